package slack

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// Hands bring what readers do in Slack to the watch, over Socket Mode: clicks,
// /watch, and emoji. It shares nothing with the delivery of alerts but the
// token: it may be down for as long as it likes. What changes something is
// acknowledged only once it is stored, so that a crash forgets none of it. Slack
// repeats an emoji until it is acknowledged, and what was set while nobody
// listened is looked up later; a click or command that gets no answer is lost,
// and the reader sees that it did nothing.
type Hands struct {
	n    *Notifier
	http *http.Client // for answers
	log  *slog.Logger

	came chan task // acknowledged once they are kept
	work chan task // kept, to be done one after the other

	mu   sync.Mutex
	st   notify.HandsState
	seen []seenID // the last envelopes and events, to do none twice

	look chan struct{} // holds a wish to look up emoji, one at most

	names map[string]string // of those who clicked or asked, by ID
}

// task is an act under way.
type task struct {
	act  notify.Act
	ids  []string   // of what Slack sent, if it did
	kept chan error // once it is stored, or cannot be
	done chan notify.Answer
}

// seenID is an envelope or event that has come.
type seenID struct {
	id   string
	kept bool // stored or done: if it comes again it may be acknowledged
}

const (
	ackWithin  = 400 * time.Millisecond // Slack waits 3 s, a person less
	keepWithin = 2500 * time.Millisecond
	actLimit   = 20 * time.Second
	seenMost   = 1000
	refusedMin = time.Minute // until a refused token is tried again
	refusedMax = time.Hour
	lookBehind = time.Hour // how old a message may be to look for emoji on it
	lookMost   = 30
	answerMax  = 2900
	pingEvery  = 45 * time.Second // without a ping for so long the connection is dead
)

// Hands are those of the notifier's workspace; nil without an app token.
func (n *Notifier) Hands(log *slog.Logger) *Hands {
	if n.appToken == "" {
		return nil
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hands{
		n: n, log: log, look: make(chan struct{}, 1), came: make(chan task, 256), work: make(chan task, 256), names: map[string]string{},
		http: &http.Client{Transport: n.wire.next, Timeout: 10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		st: notify.HandsState{State: "connecting", Since: time.Now()},
	}
}

// State may be called at any time.
func (h *Hands) State() notify.HandsState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.st
}

func (h *Hands) set(state, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	// Trying again does not make a trouble younger.
	if h.st.State != state && (state == "connected" || h.st.State == "connected") {
		h.st.Since = time.Now()
	}
	h.st.State, h.st.Reason = state, reason
}

// Run listens until ctx ends. Slack's library connects again by itself after
// most troubles; what it gives up on is tried again ever more seldom.
func (h *Hands) Run(ctx context.Context, house notify.House) {
	var parts sync.WaitGroup
	parts.Go(func() { h.keep(ctx, house) })
	parts.Go(func() { h.perform(ctx, house) })
	parts.Go(func() { h.lookUps(ctx, house) })
	defer parts.Wait()
	api := slackapi.New("", slackapi.OptionAppLevelToken(h.n.appToken), slackapi.OptionAPIURL(h.n.base),
		slackapi.OptionHTTPClient(&http.Client{Transport: &gate{next: &wire{next: h.n.wire.next}}, Timeout: 2 * time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}))
	for wait := refusedMin; ctx.Err() == nil; wait = min(2*wait, refusedMax) {
		began := time.Now()
		err := h.listen(ctx, socketmode.New(api, socketmode.OptionReadLimit(1<<20), socketmode.OptionPingInterval(pingEvery),
			socketmode.OptionLog(quiet{})))
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > refusedMax {
			wait = refusedMin
		}
		h.set("refused", err.Error())
		h.log.Error("Slack takes no Socket Mode connection; buttons, /watch and emoji do nothing, alerts are not affected", "err", err, "again_in", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// quiet keeps the library from logging what the state tells.
type quiet struct{}

func (quiet) Output(int, string) error { return nil }

// listen serves one client until it gives up. Nothing here may wait: while an
// event is not taken, the library answers no ping.
func (h *Hands) listen(ctx context.Context, client *socketmode.Client) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			return cmp.Or(err, errors.New("the connection ended"))
		case evt := <-client.Events:
			h.event(ctx, client, evt)
		}
	}
}

func (h *Hands) event(ctx context.Context, client *socketmode.Client, evt socketmode.Event) {
	switch evt.Type {
	case socketmode.EventTypeConnecting:
		if h.State().State == "connected" {
			h.set("connecting", "")
		}
	case socketmode.EventTypeHello:
		h.hello(evt.Request.NumConnections)
	case socketmode.EventTypeConnectionError:
		reason := "cannot be reached"
		if e, ok := evt.Data.(*slackapi.ConnectionErrorEvent); ok {
			reason = e.ErrorObj.Error()
		}
		if s := h.State().State; s != "down" {
			h.log.Warn("Socket Mode is down; alerts are not affected", "err", reason)
		}
		h.set("down", reason)
	case socketmode.EventTypeErrorWriteFailed:
		h.log.Warn("Slack did not take an answer")
	case socketmode.EventTypeErrorBadMessage:
		h.log.Debug("Slack sent what cannot be read")
	case socketmode.EventTypeInteractive:
		c, ok := evt.Data.(slackapi.InteractionCallback)
		if !ok {
			return
		}
		if a, ok := h.click(&c); ok {
			h.take(ctx, client, evt.Request.EnvelopeID, "", a, c.ResponseURL, false)
			return
		}
		h.ack(ctx, client, evt.Request.EnvelopeID, nil)
	case socketmode.EventTypeSlashCommand:
		c, ok := evt.Data.(slackapi.SlashCommand)
		if !ok {
			return
		}
		h.take(ctx, client, evt.Request.EnvelopeID, "", notify.Act{Verb: notify.VerbCommand, Words: c.Text,
			Channel: h.n.channelName(c.ChannelID, c.ChannelName), ChannelID: c.ChannelID, By: h.reader(c.UserName, c.UserID), ByID: c.UserID}, c.ResponseURL, true)
	case socketmode.EventTypeEventsAPI:
		e, ok := evt.Data.(slackevents.EventsAPIEvent)
		if !ok {
			return
		}
		if a, ok := h.reaction(&e); ok {
			key := ""
			if cb, ok := e.Data.(*slackevents.EventsAPICallbackEvent); ok {
				key = cb.EventID
			}
			h.take(ctx, client, evt.Request.EnvelopeID, key, a, "", false)
			return
		}
		h.ack(ctx, client, evt.Request.EnvelopeID, nil)
	}
}

// hello is Slack's word that it will send now.
func (h *Hands) hello(connections int) {
	h.set("connected", "")
	h.mu.Lock()
	h.st.Connections = connections
	h.mu.Unlock()
	h.log.Info("buttons, /watch and emoji are heard", "connections", connections)
	if connections > 1 {
		h.log.Warn("other connections of this app take a part of the clicks; does another watcherd run with its app token?", "connections", connections)
	}
	select {
	case h.look <- struct{}{}:
	default: // the look that waits will see all that this one would
	}
}

// lookUps looks up emoji after each new connection; those that come during a
// look make one more together.
func (h *Hands) lookUps(ctx context.Context, house notify.House) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.look:
			h.lookUp(ctx, house)
		}
	}
}

// lookUp finds the emoji on the last hour's messages that were set while
// nobody listened.
func (h *Hands) lookUp(ctx context.Context, house notify.House) {
	shown, err := house.Shown(ctx, time.Now().Add(-lookBehind))
	if err != nil {
		h.log.Warn("emoji set meanwhile are not looked up", "err", err)
		return
	}
	for _, r := range shown[:min(len(shown), lookMost)] {
		item, err := h.reactions(ctx, r)
		if err != nil {
			h.log.Debug("emoji of a message", "err", err)
			if notify.ClassOf(err) != notify.Gone {
				return
			}
			continue
		}
		for _, e := range item.Reactions {
			a, ok := emoji(e.Name)
			for _, user := range e.Users {
				if ok && !h.ours(user) {
					a.Message, a.ChannelID, a.By, a.ByID, a.Found = r.Message, r.Channel, h.reader("", user), user, true
					h.queue(ctx, a, nil)
				}
			}
		}
	}
}

// reactions reads the emoji of a message, as soon as Slack lets it.
func (h *Hands) reactions(ctx context.Context, r news.Receipt) (slackapi.ReactedItem, error) {
	for {
		select {
		case <-ctx.Done():
			return slackapi.ReactedItem{}, ctx.Err()
		case <-time.After(h.n.waits.left(waitEmoji)):
		}
		item, err := h.n.api.GetReactionsContext(ctx, slackapi.NewRefToMessage(r.Channel, r.Message), slackapi.GetReactionsParameters{Full: true})
		if err == nil {
			return item, nil
		}
		e, ok := errors.AsType[*notify.Error](judge(err))
		if !ok || e.RetryAfter == 0 {
			return item, judge(err)
		}
		h.n.waits.note(waitEmoji, e.RetryAfter)
	}
}

func (h *Hands) ours(user string) bool {
	self := h.n.known()
	return self != nil && self.UserID == user
}

// take does an act once. It is acknowledged once it is kept, since Slack sends
// what was acknowledged to nobody again: with the answer if that is quick, else
// without, and the answer follows. What cannot be kept in time is not
// acknowledged: the reader is shown that it did nothing, and an emoji comes
// again.
func (h *Hands) take(ctx context.Context, client *socketmode.Client, envelope, event string, a notify.Act, answerTo string, command bool) {
	ids := []string{envelope}
	if event != "" {
		ids = append(ids, event)
	}
	if before, kept := h.again(ids); before {
		if kept {
			h.ack(ctx, client, envelope, nil)
		}
		return
	}
	a.ID, a.At = cmp.Or(event, envelope), time.Now().UTC()
	go h.follow(ctx, client, envelope, h.queue(ctx, a, ids), answerTo, command)
}

// follow acknowledges an act and answers its reader.
func (h *Hands) follow(ctx context.Context, client *socketmode.Client, envelope string, t task, answerTo string, command bool) {
	quick, late := time.NewTimer(ackWithin), time.NewTimer(keepWithin)
	defer quick.Stop()
	defer late.Stop()
	var kept, waited, acknowledged bool
	ack := func(payload any) {
		if !acknowledged {
			acknowledged = true
			h.ack(ctx, client, envelope, payload)
		}
	}
	tell := func(ans notify.Answer) {
		if command && !acknowledged {
			ack(reply(ans))
			return
		}
		h.answer(ctx, answerTo, ans)
	}
	for {
		select {
		case err := <-t.kept:
			if err != nil {
				h.forget(t.ids)
				h.log.Error("a reader's wish could not be stored, and is not met", "wish", t.act.Verb, "words", t.act.Words, "by", t.act.By, "err", err)
				tell(notify.Answer{Text: "That could not be stored, and nothing was changed. Try again in a moment."})
				return
			}
			if kept = true; waited {
				ack(nil)
			}
		case <-quick.C:
			if waited = true; kept {
				ack(nil)
			}
		case <-late.C:
			// Slack tells the reader that it failed. It is done all the same
			// once it is stored.
			acknowledged = true
		case ans := <-t.done:
			if !command {
				ack(nil)
			}
			tell(ans)
			return
		case <-ctx.Done():
			return
		}
	}
}

func (h *Hands) ack(ctx context.Context, client *socketmode.Client, envelope string, payload any) {
	if err := client.AckCtx(ctx, envelope, payload); err != nil && ctx.Err() == nil {
		h.log.Warn("an answer was too long for Slack", "err", err)
		_ = client.AckCtx(ctx, envelope, nil) // an empty one is not
	}
}

// again tells whether one of the names came before, and notes them.
func (h *Hands) again(ids []string) (before, kept bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		if at := slices.IndexFunc(h.seen, func(s seenID) bool { return s.id == id }); at >= 0 {
			return true, h.seen[at].kept
		}
	}
	for _, id := range ids {
		h.seen = append(h.seen, seenID{id: id})
	}
	if len(h.seen) > seenMost {
		h.seen = slices.Delete(h.seen, 0, seenMost/2)
	}
	return false, false
}

// remember notes that what came is kept.
func (h *Hands) remember(ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.seen {
		h.seen[i].kept = h.seen[i].kept || slices.Contains(ids, h.seen[i].id)
	}
}

// forget lets what could not be kept come again.
func (h *Hands) forget(ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = slices.DeleteFunc(h.seen, func(s seenID) bool { return slices.Contains(ids, s.id) })
}

// queue puts an act in line, with the names of what Slack sent.
func (h *Hands) queue(ctx context.Context, a notify.Act, ids []string) task {
	t := task{a, ids, make(chan error, 1), make(chan notify.Answer, 1)}
	select {
	case h.came <- t:
	case <-ctx.Done():
	default:
		t.kept <- errors.New("too much at once")
	}
	return t
}

// keep stores what comes, in its order.
func (h *Hands) keep(ctx context.Context, house notify.House) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-h.came:
			err := house.Keep(ctx, t.act)
			if err == nil {
				h.remember(t.ids) // whoever follows it may be gone
			}
			t.kept <- err
			if err != nil {
				continue
			}
			select {
			case h.work <- t:
			case <-ctx.Done():
				return
			}
		}
	}
}

// perform does what is kept, one after the other.
func (h *Hands) perform(ctx context.Context, house notify.House) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-h.work:
			h.mu.Lock()
			h.st.Acts++
			h.mu.Unlock()
			act, cancel := context.WithTimeout(ctx, actLimit)
			t.done <- house.Act(act, t.act)
			cancel()
		}
	}
}

// click is the act of an interaction with one of our messages.
func (h *Hands) click(c *slackapi.InteractionCallback) (notify.Act, bool) {
	for _, b := range c.ActionCallback.BlockActions {
		parts := strings.Split(b.BlockID, ":")
		if len(parts) < 2 || parts[0] != actionBlock {
			continue
		}
		verb := b.ActionID
		if verb == actionMore {
			verb = b.SelectedOption.Value
		}
		return notify.Act{
			Verb: notify.Verb(verb), Alert: news.AlertID(parts[1]), Message: c.Container.MessageTs,
			Channel: h.n.channelName(c.Channel.ID, c.Channel.Name), ChannelID: c.Channel.ID,
			By: h.reader(c.User.Name, c.User.ID), ByID: c.User.ID,
		}, true
	}
	return notify.Act{}, false
}

// reaction is the act of an emoji, if it means one and stands on a message of
// ours.
func (h *Hands) reaction(e *slackevents.EventsAPIEvent) (notify.Act, bool) {
	var name, user string
	var item slackevents.Item
	undo := false
	switch r := e.InnerEvent.Data.(type) {
	case *slackevents.ReactionAddedEvent:
		name, user, item = r.Reaction, r.User, r.Item
	case *slackevents.ReactionRemovedEvent:
		name, user, item, undo = r.Reaction, r.User, r.Item, true
	default:
		return notify.Act{}, false
	}
	a, ok := emoji(name)
	if !ok || h.ours(user) || item.Timestamp == "" {
		return a, false
	}
	a.Message, a.ChannelID, a.By, a.ByID, a.Undo = item.Timestamp, item.Channel, h.reader("", user), user, undo
	return a, true
}

// Emoji are the emoji that mean something on an alert, and what.
var Emoji = []struct {
	Name string
	Verb notify.Verb
	For  time.Duration
}{
	{"eyes", notify.VerbClaim, 0},
	{"white_check_mark", notify.VerbDone, 0},
	{"+1", notify.VerbUseful, 0},
	{"-1", notify.VerbNotRelevant, 0},
	{"zzz", notify.VerbSnooze, time.Hour},
	{"mute", notify.VerbMuteTopic, time.Hour},
}

func emoji(name string) (notify.Act, bool) {
	name, _, _ = strings.Cut(name, "::") // a skin tone
	switch name {
	case "thumbsup":
		name = "+1"
	case "thumbsdown":
		name = "-1"
	}
	for _, e := range Emoji {
		if e.Name == name {
			return notify.Act{Verb: e.Verb, For: e.For, Once: true}, true
		}
	}
	return notify.Act{}, false
}

// reader is who acts; by their ID where that is all that is known, as with an
// emoji, which Slack then shows as the name.
func (h *Hands) reader(name, id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name == "" {
		name = h.names[id]
	}
	if name = clean(name, 40); name == "" || name == id {
		return "@" + id
	}
	h.names[id] = name
	return name
}

// reply is an answer as Slack shows it: to one person, unless it concerns the
// channel. What it says is literal text.
func reply(a notify.Answer) map[string]any {
	text := strings.TrimSpace(a.Text)
	if rs := []rune(text); len(rs) > answerMax {
		text = string(rs[:answerMax]) + " …"
	}
	kind := "ephemeral"
	if a.Public {
		kind = "in_channel"
	}
	block := slackapi.NewRichTextBlock("", slackapi.NewRichTextSection(linkedText(text)...))
	return map[string]any{"response_type": kind, "text": escape(text), "blocks": []slackapi.Block{block}, "replace_original": false}
}

// linkedText is text with its addresses as links.
func linkedText(s string) []slackapi.RichTextSectionElement {
	var out []slackapi.RichTextSectionElement
	for s != "" {
		at := strings.Index(s, "https://")
		if at < 0 {
			return append(out, text(s))
		}
		end := at + strings.IndexAny(s[at:]+" ", " \n)>,;")
		if u, ok := cleanURL(s[at:end]); ok && u == s[at:end] {
			if at > 0 {
				out = append(out, text(s[:at]))
			}
			out = append(out, slackapi.NewRichTextSectionLinkElement(u, "", nil))
		} else {
			out = append(out, text(s[:end]))
		}
		s = s[end:]
	}
	return out
}

// answer tells a reader what came of a click, at the address that came with
// it. Slack takes five such answers within half an hour.
func (h *Hands) answer(ctx context.Context, to string, a notify.Answer) {
	if to == "" || a.Text == "" {
		return
	}
	if !h.n.mayAnswerAt(to) {
		h.log.Warn("an answer is wanted at an address that is not Slack's")
		return
	}
	body, err := json.Marshal(reply(a))
	if err != nil {
		h.log.Error("an answer cannot be written", "err", err)
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		h.log.Warn("a reader got no answer", "err", "the address cannot be used")
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.http.Do(req)
	if err != nil {
		h.log.Warn("a reader got no answer", "err", withoutURL(err))
		return
	}
	defer resp.Body.Close() // only its status counts
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode != http.StatusOK {
		h.log.Warn("a reader got no answer", "status", resp.StatusCode)
	}
}

// withoutURL is an error without the address, which is a secret of its own.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// mayAnswerAt tells whether an address is Slack's, or where Slack is said to
// be.
func (n *Notifier) mayAnswerAt(raw string) bool {
	u, err := url.Parse(raw)
	base, berr := url.Parse(n.base)
	if err != nil || berr != nil {
		return false
	}
	if u.Scheme == "https" && (u.Hostname() == "slack.com" || strings.HasSuffix(u.Hostname(), ".slack.com")) {
		return true
	}
	return u.Scheme == base.Scheme && u.Host == base.Host
}

// channelName is a channel's name as the config would give it. Slack calls
// every private channel the same in its payloads.
func (n *Notifier) channelName(id, given string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, c := range n.channels {
		if c == id {
			return "#" + name
		}
	}
	if given == "" || given == "privategroup" || given == "directmessage" {
		return ""
	}
	return "#" + given
}

// gate keeps the library from asking for connections in a tight loop: Slack
// lets an app ask about once a minute.
type gate struct {
	next http.RoundTripper

	mu   sync.Mutex
	last []time.Time
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	now := time.Now()
	g.last = slices.DeleteFunc(g.last, func(t time.Time) bool { return now.Sub(t) > 10*time.Minute })
	wait := time.Duration(0)
	if n := len(g.last); n >= 3 {
		wait = time.Until(g.last[n-1].Add(min(time.Second<<(n-3), time.Minute)))
	}
	g.mu.Unlock()
	if wait > 0 {
		select {
		case <-r.Context().Done():
			return nil, fmt.Errorf("wait to connect: %w", r.Context().Err())
		case <-time.After(wait):
		}
	}
	g.mu.Lock()
	g.last = append(g.last, time.Now())
	g.mu.Unlock()
	return g.next.RoundTrip(r)
}
