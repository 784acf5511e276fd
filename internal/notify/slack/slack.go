// Package slack says alerts in Slack. It owns the shape of a message there,
// the meaning of Slack's answers, and the names of channels; it is the only
// package that knows slack-go, and trusts no more of it than the tests show.
//
// When and how often something is said is the courier's business (package
// notify); this package posts once, reads once, and reports what is certain.
// What readers do (buttons, /watch, emoji) comes in by Hands, over a connection
// of its own that no alert waits for. Start reading at Notifier.Say; message.go
// renders, errors.go judges answers, hands.go listens.
package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// EventType marks our messages in Slack's metadata.
const EventType = "watcherd_alert"

// Options are what a Notifier needs to know.
type Options struct {
	Token     string // the bot's, xoxb-
	AppToken  string // xapp-; with it, messages carry buttons
	APIURL    string // default https://slack.com/api/
	Transport http.RoundTripper
	Timeout   time.Duration // of one request; default 10 s
	// WaitFile keeps, across restarts, until when Slack wants to be asked
	// nothing about the workspace or its emoji; "" keeps it in memory alone. Its folder is
	// made if it is missing.
	WaitFile string
}

// Notifier speaks to one workspace. It may be used by many goroutines.
type Notifier struct {
	api     *slackapi.Client
	wire    *wire
	buttons bool

	base     string // of the Web API
	appToken string

	asking chan struct{} // held while asking about the workspace
	waits  *waits

	mu       sync.Mutex        // never held while waiting for Slack
	channels map[string]string // name without # to ID
	listed   time.Time
	self     *slackapi.AuthTestResponse
}

var _ notify.Notifier = (*Notifier)(nil)

// New makes a Notifier; it talks to nobody yet.
func New(o Options) (*Notifier, error) {
	base, err := apiURL(o.APIURL)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(o.Token, "xoxb-") {
		return nil, errors.New("slack: the bot token must begin with xoxb-")
	}
	if o.AppToken != "" && !strings.HasPrefix(o.AppToken, "xapp-") {
		return nil, errors.New("slack: the app token must begin with xapp-")
	}
	w := &wire{next: o.Transport}
	if w.next == nil {
		w.next = http.DefaultTransport
	}
	client := &http.Client{
		Transport: w,
		Timeout:   cmp.Or(o.Timeout, 10*time.Second),
		// The token is in the body of every request: it must not follow a
		// redirect to another host, nor a GET's answer pass for a post's.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Notifier{
		api:  slackapi.New(o.Token, slackapi.OptionAPIURL(base), slackapi.OptionHTTPClient(client)),
		wire: w, buttons: o.AppToken != "", base: base, appToken: o.AppToken, channels: map[string]string{}, asking: make(chan struct{}, 1),
		waits: readWaits(o.WaitFile),
	}, nil
}

// apiURL checks where the token will be sent.
func apiURL(raw string) (string, error) {
	if raw == "" {
		return slackapi.APIURL, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("slack: api_url %q is not a URL", raw)
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback) {
		return "", fmt.Errorf("slack: api_url %q: the token goes over https only, or to this machine", raw)
	}
	return strings.TrimSuffix(raw, "/") + "/", nil
}

// timestamp is the form of a message's name. Anything else means that nobody
// knows whether there is a message.
var timestamp = regexp.MustCompile(`^\d{10}\.\d{6}$`)

// foreign tells whether a message is one of another notifier: of the terminal,
// or of a webhook, which names none.
func foreign(r news.Receipt) bool { return r.Message != "" && !timestamp.MatchString(r.Message) }

// Say implements notify.Notifier. Step is the rung of the ladder: 0 is the
// full message, 1 a plain section, 2 text alone.
func (n *Notifier) Say(ctx context.Context, d news.Delivery, target news.Receipt) (news.Receipt, error) {
	a := &d.Alert
	if target.Message == "" {
		d.Marks = uncalled(d.Marks)
		return n.open(ctx, a.Channel, Render(d, n.buttons))
	}
	if foreign(target) {
		return news.Receipt{}, &notify.Error{Class: notify.Gone, Code: "not_in_slack", Err: errors.New("the story was told elsewhere, before there was a token")}
	}
	reply := a.Kind == news.KindCorrection || a.Updates == "thread"
	// The parent is made true first: an edit may be repeated without harm if
	// the reply after it fails. A reply without a report changes nothing.
	if d.Step == 0 && (a.Kind == news.KindCorrection || a.Latest != nil || !reply) {
		if err := n.edit(ctx, target, Render(d, n.buttons)); err != nil {
			return news.Receipt{}, err
		}
	}
	if !reply {
		return target, nil
	}
	r, err := n.post(ctx, target.Channel, target.Message, RenderReply(d))
	if e, ok := errors.AsType[*notify.Error](err); ok && noThread[e.Code] {
		return target, nil // the parent says it all
	}
	if err != nil {
		return r, err
	}
	return news.Receipt{Channel: target.Channel, Message: target.Message, Thread: r.Message, Link: target.Link}, nil
}

func (n *Notifier) post(ctx context.Context, channel, thread string, m Message) (news.Receipt, error) {
	opts := m.options()
	if thread != "" {
		opts = append(opts, slackapi.MsgOptionTS(thread))
	}
	ch, ts, msg, err := n.api.PostMessageWithResponseContext(ctx, channel, opts...)
	switch {
	case err != nil:
		return news.Receipt{}, judge(err)
	case !timestamp.MatchString(ts):
		return news.Receipt{}, &notify.Error{Class: notify.Unknown, Code: "no_ts", Err: errors.New("slack answered without naming the message")}
	}
	ch = cmp.Or(ch, channel)
	r := news.Receipt{Channel: ch, Message: ts, Link: n.permalink(ch, ts)}
	if thread != "" && msg.ThreadTimestamp == "" {
		return r, &notify.Error{Class: notify.Gone, Code: "orphan", Err: errors.New("the reply's parent is gone, so it was posted alone")}
	}
	return r, nil
}

func (n *Notifier) edit(ctx context.Context, r news.Receipt, m Message) error {
	opts := []slackapi.MsgOption{slackapi.MsgOptionText(m.Text, false)}
	if len(m.Blocks) > 0 {
		opts = append(opts, slackapi.MsgOptionBlocks(m.Blocks...))
	}
	// Metadata is left out, so that the message keeps the name it was posted
	// under.
	_, ts, _, err := n.api.UpdateMessageContext(ctx, r.Channel, r.Message, opts...)
	if err != nil {
		return judge(err)
	}
	if !timestamp.MatchString(ts) {
		return &notify.Error{Class: notify.Unknown, Code: "no_ts", Err: errors.New("slack answered an edit without naming the message")}
	}
	return nil
}

// Unsay implements notify.Notifier. Of an edited parent with a reply, the
// reply is taken back.
func (n *Notifier) Unsay(ctx context.Context, r news.Receipt) error {
	_, ts, err := n.api.DeleteMessageContext(ctx, r.Channel, cmp.Or(r.Thread, r.Message))
	if err != nil {
		err = judge(err)
		if e, ok := errors.AsType[*notify.Error](err); ok && e.Code == "message_not_found" {
			return nil
		}
		return err
	}
	if !timestamp.MatchString(ts) {
		return &notify.Error{Class: notify.Unknown, Code: "no_ts", Err: errors.New("slack answered a deletion without naming the message")}
	}
	return nil
}

// whoami is the bot's own identity, asked for once.
func (n *Notifier) whoami(ctx context.Context) (*slackapi.AuthTestResponse, error) {
	if self := n.known(); self != nil {
		return self, nil
	}
	err := n.ask(ctx, func() error {
		if n.known() != nil {
			return nil
		}
		self, err := n.api.AuthTestContext(ctx)
		if err != nil {
			return judge(err)
		}
		if self.UserID == "" {
			return &notify.Error{Class: notify.Again, Code: "no identity", Err: errors.New("slack did not say who the bot is")}
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.self = self
		return nil
	})
	return n.known(), err
}

func (n *Notifier) known() *slackapi.AuthTestResponse {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.self
}

// ask puts a question about the workspace, one at a time. If the answer was
// to wait, nobody asks again until then.
func (n *Notifier) ask(ctx context.Context, question func() error) error {
	select {
	case n.asking <- struct{}{}:
		defer func() { <-n.asking }()
	case <-ctx.Done():
		return &notify.Error{Class: notify.Again, Code: "not asked", Err: ctx.Err()}
	}
	if left := n.waits.left(waitQuestions); left > 0 {
		return &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: left, Wide: true, Err: errors.New("slack asked to wait with questions")}
	}
	err := question()
	if e, ok := errors.AsType[*notify.Error](err); ok && e.RetryAfter > 0 {
		n.waits.note(waitQuestions, e.RetryAfter)
		return &notify.Error{Class: e.Class, Code: e.Code, RetryAfter: e.RetryAfter, Wide: true, Err: e.Err}
	}
	return err
}

// permalink is a message's address in the workspace, if that is known.
func (n *Notifier) permalink(channel, ts string) string {
	self := n.known()
	if self == nil || self.URL == "" {
		return ""
	}
	return strings.TrimSuffix(self.URL, "/") + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
}
