package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// WebhookPromise says what a desk gets from a webhook, for the start and the
// documentation.
const WebhookPromise = "webhook: everything goes to the webhook's one channel; " + atLeastOnce +
	"; further reports of a told story are not shown"

// Webhook posts through an incoming webhook. Slack names no message back, so
// nothing can be edited, answered, looked for or taken back.
type Webhook struct {
	url    string
	client *http.Client
}

var _ notify.Notifier = (*Webhook)(nil)

// NewWebhook makes a Webhook. Its address is a secret: no error repeats it.
func NewWebhook(address string, transport http.RoundTripper) (*Webhook, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return nil, errors.New("slack: the webhook's address is not a URL")
	}
	if _, err := apiURL(u.String()); err != nil {
		return nil, errors.New("slack: a webhook's address begins with https://")
	}
	w := &wire{next: transport}
	if w.next == nil {
		w.next = http.DefaultTransport
	}
	return &Webhook{url: u.String(), client: &http.Client{
		Transport: w, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// hookMessage stands for the name that Slack does not give. It lets updates
// of a told story end here instead of being said as stories of their own.
const hookMessage = "webhook"

// Say implements notify.Notifier. An update is taken and not shown; a
// correction is said as a message of its own, since people may have acted.
func (h *Webhook) Say(ctx context.Context, d news.Delivery, target news.Receipt) (news.Receipt, error) {
	if target.Message != "" && d.Alert.Kind != news.KindCorrection {
		return target, nil
	}
	m := Render(d, false)
	body := map[string]any{"text": m.Text, "unfurl_links": false, "unfurl_media": false}
	if len(m.Blocks) > 0 {
		body["blocks"] = m.Blocks
	}
	b, err := json.Marshal(body)
	if err != nil {
		return news.Receipt{}, &notify.Error{Class: notify.BadMessage, Code: "encode", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(b))
	if err != nil {
		return news.Receipt{}, &notify.Error{Class: notify.BadApp, Code: "webhook", Err: errors.New("the webhook's address cannot be used")}
	}
	req.Header.Set("Content-Type", "application/json")
	// A body that cannot be read again is never sent again behind our back.
	req.GetBody = nil
	resp, err := h.client.Do(req)
	if err != nil {
		return news.Receipt{}, hookError(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	if err != nil {
		return news.Receipt{}, &notify.Error{Class: notify.Unknown, Code: "no answer", Err: err}
	}
	if err := hookAnswer(resp, strings.TrimSpace(string(answer))); err != nil {
		return news.Receipt{}, err
	}
	return news.Receipt{Channel: d.Alert.Channel, Message: hookMessage}, nil
}

// hookError judges a request without an answer. The library puts the address
// into its errors; it is taken out.
func hookError(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return judge(err)
}

// hookCodes are the plain-text refusals of a webhook.
var hookCodes = byCode(map[notify.Class]string{
	notify.BadMessage: "invalid_payload no_text too_many_attachments invalid_blocks invalid_blocks_format user_not_found msg_blocks_too_long",
	notify.BadChannel: "channel_not_found channel_is_archived action_prohibited posting_to_general_channel_denied",
	notify.BadApp:     "no_service no_service_id no_team team_disabled invalid_token no_active_hooks",
	notify.Again:      "rate_limited rollup_error",
})

func hookAnswer(resp *http.Response, answer string) error {
	switch {
	case resp.StatusCode == http.StatusOK && answer == "ok":
		return nil
	case resp.StatusCode == http.StatusTooManyRequests:
		var seconds int
		_, _ = fmt.Sscan(resp.Header.Get("Retry-After"), &seconds) // a date or none: the usual wait
		return &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: time.Duration(max(seconds, 1)) * time.Second}
	}
	if class, known := hookCodes[answer]; known {
		return &notify.Error{Class: class, Code: answer, Err: errors.New("the webhook answered " + answer)}
	}
	return &notify.Error{Class: notify.Unknown, Code: fmt.Sprintf("http %d", resp.StatusCode), Err: errors.New("the webhook gave an unknown answer")}
}

// Look implements notify.Notifier.
func (h *Webhook) Look(context.Context, news.Delivery, news.Receipt) ([]news.Receipt, error) {
	return nil, notify.ErrBlind
}

// Unsay implements notify.Notifier.
func (h *Webhook) Unsay(context.Context, news.Receipt) error { return nil }
