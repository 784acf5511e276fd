package feeds

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	maxLease    = 14 * 24 * time.Hour // hubs that promise more forget
	hubPatience = time.Hour           // between two requests to a hub that does not confirm
	hubMisses   = 3                   // missed pushes in a row before a hub is no longer believed
)

// Discover notes the hub that a feed names, in its headers first and in its
// document second, as the standard orders them. A new hub or topic starts a
// new subscription with a secret of its own.
func Discover(p *news.Push, a Answer, doc Document) {
	hub, topic := a.Hub, a.Self
	if hub == "" {
		hub, topic = doc.Hub, doc.Self
	}
	if topic == "" {
		topic = a.FinalURL
	}
	if hub == "" || hub == p.Hub && topic == p.Topic {
		return
	}
	*p = news.Push{Hub: hub, Topic: topic, Secret: rand.Text()}
}

// Wanted reports whether it is time to ask the hub for a subscription or for
// its renewal. A hub that missed pushes is left alone until its lease is over.
func Wanted(p news.Push, now time.Time) bool {
	switch lease := p.Until.Sub(p.Asked); {
	case p.Hub == "":
		return false
	case lease <= 0 || !now.Before(p.Until): // not confirmed, or over
		return now.Sub(p.Asked) >= hubPatience
	case p.Missed >= hubMisses:
		return false
	default: // in the last seventh; after each request that is not confirmed, of what is left then
		return p.Until.Sub(now) < min(maxLease, lease)/7
	}
}

// Trusted reports whether pushes may be relied on, so that the backup poll,
// which always stays, can be rare.
func Trusted(p news.Push, now time.Time) bool {
	return p.Hub != "" && now.Before(p.Until) && p.Missed < hubMisses
}

// Polled tells the subscription what a backup poll found: news that was never
// pushed count against the hub.
func Polled(p *news.Push, fresh int, now time.Time) {
	if fresh > 0 && now.Before(p.Until) {
		p.Missed++
	}
}

// Subscribe asks the hub to push to the callback. The hub answers at the
// callback itself; see [Confirm].
func (c *Client) Subscribe(ctx context.Context, p *news.Push, callback string, now time.Time) error {
	p.Asked = now
	return c.askHub(ctx, p, url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {p.Topic}, "hub.callback": {callback},
		"hub.lease_seconds": {strconv.Itoa(int(maxLease / time.Second))}, "hub.secret": {p.Secret},
	})
}

// Unsubscribe asks the hub to stop.
func (c *Client) Unsubscribe(ctx context.Context, p *news.Push, callback string) error {
	return c.askHub(ctx, p, url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {p.Topic}, "hub.callback": {callback}})
}

func (c *Client) askHub(ctx context.Context, p *news.Push, form url.Values) error {
	u, err := url.Parse(p.Hub)
	if err == nil {
		err = checkURL(u)
	}
	if err != nil {
		return &Error{Class: ClassRedirectBlocked, Message: clip(p.Hub) + ": the hub's address cannot be used: " + err.Error(), Err: err}
	}
	run, done := context.WithTimeoutCause(ctx, c.opt.Timeout, errRound)
	defer done()
	req, err := http.NewRequestWithContext(run, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	x := &exchange{c: c, at: u}
	resp, err := c.roundTripper(u.Host).RoundTrip(req) //nolint:bodyclose // drain closes it
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return x.verdict(run, err)
	}
	drain(resp.Body)
	if resp.StatusCode/100 != 2 {
		return x.fail(ClassServerError, resp, "the hub refuses the subscription (%d); the feed is polled as before", resp.StatusCode)
	}
	return nil
}

// Confirm answers a hub's request at the callback. It returns the challenge
// that must be echoed with 200; on an error the answer is 404, so that nobody
// can subscribe us to what we did not ask for.
func Confirm(p *news.Push, q url.Values, now time.Time) (challenge string, err error) {
	if q.Get("hub.topic") != p.Topic || p.Topic == "" {
		return "", fmt.Errorf("the hub speaks of %q, not of %q", clip(q.Get("hub.topic")), p.Topic)
	}
	switch mode := q.Get("hub.mode"); mode {
	case "subscribe":
		if now.Sub(p.Asked) > 24*time.Hour {
			return "", errors.New("no subscription was asked for")
		}
		lease := maxLease
		if s, ok := seconds(q.Get("hub.lease_seconds")); ok && s > 0 {
			lease = min(s, maxLease)
		}
		p.Until, p.Missed = now.Add(lease), 0
		return q.Get("hub.challenge"), nil
	case "denied":
		p.Until = time.Time{}
		return "", fmt.Errorf("the hub denies the subscription: %s", clip(q.Get("hub.reason")))
	case "unsubscribe":
		if p.Hub == "" { // given up by us
			return q.Get("hub.challenge"), nil
		}
		return "", errors.New("no end of the subscription was asked for")
	default:
		return "", fmt.Errorf("the hub asks for %q, which means nothing", clip(mode))
	}
}

// Pushed reports whether a pushed body is the hub's: signed with our secret.
// What is not must be ignored, though the answer may be 2xx.
func Pushed(p *news.Push, signature string, body []byte) bool {
	method, sum, _ := strings.Cut(signature, "=")
	var h func() hash.Hash
	switch strings.ToLower(method) {
	case "sha1":
		h = sha1.New
	case "sha256":
		h = sha256.New
	case "sha384":
		h = sha512.New384
	case "sha512":
		h = sha512.New
	default:
		return false
	}
	given, err := hex.DecodeString(sum)
	if err != nil || p.Secret == "" {
		return false
	}
	mac := hmac.New(h, []byte(p.Secret))
	mac.Write(body)
	if !hmac.Equal(given, mac.Sum(nil)) {
		return false
	}
	p.Missed = 0
	return true
}
