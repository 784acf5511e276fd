package slack_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/slack"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// home remembers what readers did.
type home struct {
	slow     time.Duration
	slowKeep time.Duration
	refuse   error // of Keep
	shown    []news.Receipt

	mu   sync.Mutex
	acts []notify.Act
	kept []notify.Act
}

func (h *home) Keep(_ context.Context, a notify.Act) error {
	time.Sleep(h.slowKeep)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse == nil {
		h.kept = append(h.kept, a)
	}
	return h.refuse
}

func (h *home) Act(_ context.Context, a notify.Act) notify.Answer {
	time.Sleep(h.slow)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acts = append(h.acts, a)
	return notify.Answer{Text: "You did <" + string(a.Verb) + "> & more, see https://example.org/a?b=c."}
}

func (h *home) Shown(context.Context, time.Time) ([]news.Receipt, error) { return h.shown, nil }

func (h *home) done() []notify.Act {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]notify.Act(nil), h.acts...)
}

// listening is a workspace on a real port with a message in it, and hands that
// listen to its readers.
type listening struct {
	*fakeslack.Server
	*home
	n     *slack.Notifier
	hands *slack.Hands
	r     news.Receipt // of the message
}

func listen(t *testing.T, cfg fakeslack.Config, h *home) *listening {
	t.Helper()
	t.Parallel()
	cfg.Free, cfg.Hasty = true, true
	fake := fakeslack.New(cfg)
	web := httptest.NewServer(fake)
	t.Cleanup(web.Close)
	n, err := slack.New(slack.Options{Token: "xoxb-test", AppToken: "xapp-test", APIURL: web.URL + "/api/"})
	if err != nil {
		t.Fatal(err)
	}
	l := &listening{Server: fake, home: h, n: n, hands: n.Hands(nil)}
	if l.r, err = n.Say(t.Context(), example(), news.Receipt{}); err != nil {
		t.Fatal(err)
	}
	h.shown = []news.Receipt{l.r}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.hands.Run(ctx, h); close(ended) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		for _, v := range fake.Oracle().Violations {
			t.Error(v)
		}
	})
	return l
}

func (l *listening) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s; state %+v, acts %+v, answers %+v", what, l.hands.State(), l.done(), l.Oracle().Answered)
		}
	}
}

func (l *listening) connected() bool { return l.hands.State().State == "connected" }

func (l *listening) click(t *testing.T, action string) string {
	t.Helper()
	id, err := l.People().Click(l.r.Channel, l.r.Message, "U0ANA", action)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAClickIsAcknowledgedAtOnceHoweverLongTheHouseTakes(t *testing.T) {
	l := listen(t, fakeslack.Config{}, &home{slow: 1200 * time.Millisecond})
	l.await(t, "connected", l.connected)
	id := l.click(t, "claim")
	told := func() (text string, ack time.Duration) {
		for _, a := range l.Oracle().Answered {
			if a.Envelope == id && a.Took > 0 {
				ack = a.Took
			}
			if a.Envelope == id && a.Text != "" {
				text = a.Text
			}
		}
		return text, ack
	}
	l.await(t, "an answer", func() bool { text, _ := told(); return text != "" })
	text, ack := told()
	if ack == 0 || ack > 900*time.Millisecond {
		t.Errorf("acknowledged after %v", ack)
	}
	if !strings.HasPrefix(text, "You did &lt;claim&gt; &amp; more") {
		t.Errorf("told %q", text)
	}
	got := l.done()[0]
	if got.Alert != example().Alert.ID || got.By != "ana" || got.Verb != notify.VerbClaim || got.ChannelID != "C0ARMS" {
		t.Errorf("%+v", got)
	}
}

// acked is how long an acknowledgement took; 0 if there was none.
func (l *listening) acked(envelope string) time.Duration {
	for _, a := range l.Oracle().Answered {
		if a.Envelope == envelope && a.Took > 0 {
			return a.Took
		}
	}
	return 0
}

func TestAClickIsAcknowledgedOnlyOnceItIsKept(t *testing.T) {
	l := listen(t, fakeslack.Config{}, &home{slowKeep: 900 * time.Millisecond, slow: 5 * time.Second})
	l.await(t, "connected", l.connected)
	id := l.click(t, "claim")
	l.await(t, "an acknowledgement", func() bool { return l.acked(id) > 0 })
	if took := l.acked(id); took < 900*time.Millisecond || took > 2500*time.Millisecond {
		t.Errorf("acknowledged after %v, though it was kept after 900ms and done after 5.9s", took)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) != 1 || l.kept[0].ID != id || l.kept[0].At.IsZero() || len(l.acts) != 0 {
		t.Errorf("kept %+v, done %+v", l.kept, l.acts)
	}
}

func TestWhatCannotBeKeptIsSaidSoAndComesAgain(t *testing.T) {
	h := &home{refuse: errors.New("the disk is full")}
	l := listen(t, fakeslack.Config{}, h)
	l.await(t, "connected", l.connected)
	if err := l.People().React(l.r.Channel, l.r.Message, "U0ANA", "eyes", true); err != nil {
		t.Fatal(err)
	}
	id, err := l.People().Command("C0ARMS", "U0ANA", "/watch mute nato 2h")
	if err != nil {
		t.Fatal(err)
	}
	l.await(t, "an answer", func() bool { return l.acked(id) > 0 })
	if a := l.Oracle().Answered; len(a) != 1 || !strings.Contains(a[0].Text, "could not be stored") {
		t.Errorf("answered %+v", a)
	}
	if got := l.done(); len(got) != 0 {
		t.Errorf("done: %+v", got)
	}
	h.mu.Lock()
	h.refuse = nil
	h.mu.Unlock()
	// Slack sends the emoji again, since it was not acknowledged.
	l.await(t, "the emoji", func() bool { return len(l.done()) == 1 })
	if got := l.done()[0]; got.Verb != notify.VerbClaim {
		t.Errorf("%+v", got)
	}
}

func TestWhatComesTwiceIsDoneOnce(t *testing.T) {
	l := listen(t, fakeslack.Config{}, &home{})
	l.await(t, "connected", l.connected)
	id := l.click(t, "mute_topic")
	l.await(t, "the click", func() bool { return len(l.done()) == 1 })
	l.People().Repeat(id)
	l.People().Repeat(id)
	id = l.click(t, "why")
	l.await(t, "the second click", func() bool { return len(l.done()) >= 2 })
	if got := l.done(); len(got) != 2 || got[0].Verb != notify.VerbMuteTopic || got[1].Verb != notify.VerbWhy {
		t.Errorf("done: %+v, %s", got, id)
	}
}

func TestAnEmojiThatAGhostSwallowedComesAgain(t *testing.T) {
	l := listen(t, fakeslack.Config{}, &home{})
	l.await(t, "connected", l.connected)
	l.Ghosts()
	l.click(t, "claim") // lost: a click is sent once
	if err := l.People().React(l.r.Channel, l.r.Message, "U0ANA", "thumbsup::skin-tone-2", true); err != nil {
		t.Fatal(err)
	}
	l.Disconnect("link_disabled")
	l.await(t, "the emoji", func() bool { return len(l.done()) > 0 })
	time.Sleep(50 * time.Millisecond)
	got := l.done()[0]
	if got.Verb != notify.VerbUseful || got.Message != l.r.Message || got.By != "@U0ANA" || got.ByID != "U0ANA" || !got.Once {
		t.Errorf("%+v", got)
	}
}

func TestEmojiSetWhileNobodyListenedAreLookedUp(t *testing.T) {
	l := listen(t, fakeslack.Config{NoSockets: true, NoEvents: true}, &home{})
	l.await(t, "that it is down", func() bool { return l.hands.State().State == "down" })
	for user, name := range map[string]string{"U0ANA": "eyes", "U0BO": "tada"} {
		if err := l.People().React(l.r.Channel, l.r.Message, user, name, true); err != nil {
			t.Fatal(err)
		}
	}
	// Alerts are said all the same.
	d := example()
	d.Alert.ID = "second"
	if _, err := l.n.Say(t.Context(), d, news.Receipt{}); err != nil {
		t.Error(err)
	}
	l.Change(func(c *fakeslack.Config) { c.NoSockets = false })
	l.await(t, "connected again", l.connected)
	l.await(t, "the emoji", func() bool { return len(l.done()) > 0 })
	if got := l.done(); len(got) != 1 || got[0].Verb != notify.VerbClaim || got[0].By != "@U0ANA" || got[0].ByID != "U0ANA" {
		t.Errorf("%+v", got)
	}
}

func TestALimitOnEmojiIsKeptAndThenTheyAreRead(t *testing.T) {
	l := listen(t, fakeslack.Config{NoSockets: true, NoEvents: true, Faults: fakeslack.Script("reactions.get", fakeslack.Fault{Kind: "429", Delay: 2 * time.Second})}, &home{})
	l.await(t, "that it is down", func() bool { return l.hands.State().State == "down" })
	if err := l.People().React(l.r.Channel, l.r.Message, "U0ANA", "eyes", true); err != nil {
		t.Fatal(err)
	}
	l.Change(func(c *fakeslack.Config) { c.NoSockets = false })
	l.await(t, "connected", l.connected)
	l.Disconnect("refresh_requested") // the next connection looks too
	l.await(t, "the emoji", func() bool { return len(l.done()) > 0 })
}

func TestARefusedAppTokenStopsNoAlert(t *testing.T) {
	l := listen(t, fakeslack.Config{AppToken: "xapp-other"}, &home{})
	l.await(t, "refused", func() bool { return l.hands.State().State == "refused" })
	if s := l.hands.State(); s.Reason != "invalid_auth" || strings.Contains(s.Reason, "xapp-test") {
		t.Errorf("%+v", s)
	}
	d := example()
	d.Alert.ID = "second"
	if _, err := l.n.Say(t.Context(), d, news.Receipt{}); err != nil {
		t.Error(err)
	}
}

func TestWithoutAnAppTokenThereAreNoHands(t *testing.T) {
	n, err := slack.New(slack.Options{Token: "xoxb-test"})
	if err != nil {
		t.Fatal(err)
	}
	if n.Hands(nil) != nil {
		t.Error("hands without a token")
	}
}

func TestACommandIsAnsweredInItsAcknowledgement(t *testing.T) {
	l := listen(t, fakeslack.Config{}, &home{})
	l.await(t, "connected", l.connected)
	id, err := l.People().Command("C0ARMS", "U0ANA", "/watch why https://example.org/1")
	if err != nil {
		t.Fatal(err)
	}
	l.await(t, "an answer", func() bool { return len(l.Oracle().Answered) > 0 })
	a := l.Oracle().Answered[0]
	if a.Envelope != id || a.Took == 0 || a.Took > 500*time.Millisecond || a.User != "U0ANA" || a.Text == "" {
		t.Errorf("%+v", a)
	}
	if got := l.done()[0]; got.Words != "why https://example.org/1" || got.Verb != notify.VerbCommand || got.Channel != "#arms" {
		t.Errorf("%+v", got)
	}
}
