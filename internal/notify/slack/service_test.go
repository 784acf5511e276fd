package slack_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
	"github.com/watcherd/watcherd/internal/notify/slack"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

func TestDoctorPostsNothingAndNamesThePromise(t *testing.T) {
	channels := []fakeslack.Channel{{ID: "C0ARMS", Name: "arms", Member: true}, {ID: "C0OUT", Name: "outside"}, {ID: "C0OLD", Name: "old", Member: true, Archived: true}}
	for _, c := range []struct {
		name   string
		cfg    fakeslack.Config
		change func(o *slack.Options)
		want   map[string]string // subject to a part of its line: "ok", "weak" or "bad", then words
	}{
		{"all is well", fakeslack.Config{Channels: channels}, nil,
			map[string]string{"token": "ok bot watcherd", "scopes": "ok all", "#arms": "ok exactly one", "C0ARMS": "ok exactly one"}},
		{"a channel without the bot", fakeslack.Config{Channels: channels}, nil, map[string]string{"#outside": "bad the bot is not in it"}},
		{"a channel that is not there", fakeslack.Config{Channels: channels}, nil, map[string]string{"#nowhere": "bad channel_not_found: slack shows the bot no channel"}},
		{"an archived channel", fakeslack.Config{Channels: channels}, nil, map[string]string{"C0OLD": "bad is archived"}},
		{"no right to read history", fakeslack.Config{Channels: channels, Scopes: []string{"chat:write", "channels:read", "groups:read"}}, nil,
			map[string]string{"scopes": "weak lacking: channels:history", "#arms": "weak no alert is lost"}},
		{"no right to list", fakeslack.Config{Channels: channels, Scopes: []string{"chat:write", "channels:history"}}, nil,
			map[string]string{"#arms": "bad look up #arms: missing_scope: channels cannot be found by name", "C0ARMS": "ok exactly one"}},
		{"a dead token", fakeslack.Config{Token: "xoxb-other"}, nil, map[string]string{"token": "bad Slack refuses it: invalid_auth"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := fakeslack.New(c.cfg)
				n := connect(t, fake.Transport(nil))
				checks, err := n.Doctor(t.Context(), []string{"#arms", "C0ARMS", "#outside", "#nowhere", "C0OLD"})
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, k := range checks {
					state := "bad"
					switch {
					case k.OK && k.Weak:
						state = "weak"
					case k.OK:
						state = "ok"
					}
					got[k.Subject] = state + " " + k.Detail
					if state != "ok" && k.Fix == "" {
						t.Errorf("%s: no fix", k.Subject)
					}
				}
				for subject, want := range c.want {
					if !strings.HasPrefix(got[subject], want) {
						t.Errorf("%s: %q, want %q", subject, got[subject], want)
					}
				}
				if v := fake.Oracle(); len(v.Visible) > 0 {
					t.Error("the doctor posted")
				}
			})
		})
	}
}

func TestDoctorNamesEachScopeThatIsMissing(t *testing.T) {
	for _, missing := range slack.Scopes {
		synctest.Test(t, func(t *testing.T) {
			var granted []string
			for _, s := range slack.Scopes {
				if s != missing {
					granted = append(granted, s.Name)
				}
			}
			fake := fakeslack.New(fakeslack.Config{Scopes: granted})
			checks, err := connect(t, fake.Transport(nil)).Doctor(t.Context(), []string{"C0ARMS"})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(checks, func(c slack.Check) bool { return c.Subject == "scopes" })
			c := checks[i]
			if want := "lacking: " + missing.Name + " (" + missing.For + ")"; c.Detail != want || c.Fix == "" || !c.Weak || c.OK == (missing.Name == "chat:write") {
				t.Errorf("%+v, want %q", c, want)
			}
			if v := fake.Oracle(); len(v.Visible) > 0 || len(v.Violations) > 0 {
				t.Errorf("%s: the doctor posted, or broke a rule: %v", missing.Name, v.Violations)
			}
		})
	}
}

func TestAWaitWithQuestionsOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Config{Faults: fakeslack.Script("auth.test", fakeslack.Fault{Kind: "429", Delay: 30 * time.Second})})
		file := filepath.Join(t.TempDir(), "not yet there", "slack.wait")
		start := func() string {
			t.Helper()
			n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: "https://slack.test/api/", Transport: fake.Transport(nil), WaitFile: file})
			if err != nil {
				t.Fatal(err)
			}
			return n.Promise(t.Context())
		}
		for range 3 {
			if got := start(); !strings.Contains(got, "Slack does not answer now (ratelimited") {
				t.Errorf("while Slack wants no questions: %s", got)
			}
		}
		time.Sleep(2 * time.Minute)
		if got := start(); !strings.HasPrefix(got, "Slack: exactly one") {
			t.Errorf("after the wait: %s", got)
		}
		if v := fake.Oracle(); len(v.Violations) > 0 || v.Requests != 2 {
			t.Errorf("%+v", v)
		}
	})
}

func TestAMessageOfEachPathStaysTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Config{})
		out := notifytest.NewMemory()
		p := live(t, out, fake, 0)
		say := func(ds ...news.Delivery) {
			t.Helper()
			if err := out.Save(t.Context(), ds...); err != nil {
				t.Fatal(err)
			}
			p.Wake()
			time.Sleep(30 * time.Second)
		}
		state := func(d news.Delivery) news.Delivery {
			got, _, _ := out.Delivery(context.Background(), d.Alert.ID)
			return got
		}
		a := story(1, "#arms")
		say(a)
		// The person who deletes a message takes it out of our reach; what
		// comes next tells the story anew, and is edited from then on.
		first := state(a).Receipt
		fake.People().Delete(first.Channel, first.Message)
		u := update(a, 1, "thread")
		say(u)
		if got := state(u); got.State != news.StateSent || got.Receipt.Thread != "" || state(a).Receipt != got.Receipt {
			t.Errorf("after the deletion: %+v, the parent %+v", got.Receipt, state(a).Receipt)
		}
		// The reply to it.
		u2 := update(a, 2, "thread")
		say(u2)
		if got := state(u2); got.Receipt.Thread == "" || got.Receipt.Message != state(u).Receipt.Message {
			t.Errorf("the reply: %+v", got.Receipt)
		}
		c := update(a, 3, "edit")
		c.Alert.Kind, c.Alert.Note = news.KindCorrection, "Withdrawn by the source"
		say(c)
		v := fake.Oracle()
		if len(v.Violations) > 0 {
			t.Error(v.Violations)
		}
		if got := state(c); got.State != news.StateSent || got.Receipt.Thread == "" {
			t.Errorf("a correction: %+v", got)
		}
		parent := v.Visible[string(u.Alert.ID)]
		if len(parent) != 1 || !strings.Contains(parent[0].Text, "Withdrawn by the source") || parent[0].Replies != 2 {
			t.Errorf("the parent: %+v", parent)
		}
		p.cancel()
		<-p.done
	})
}

func TestAReplyThatStandsAloneIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Config{})
		n := connect(t, fake.Transport(nil))
		d := update(story(1, "C0ARMS"), 1, "thread")
		d.Step = 1 // no edit first, so that the missing parent is met by the reply
		r, err := n.Say(t.Context(), d, news.Receipt{Channel: "C0ARMS", Message: "1762351380.000100"})
		if notify.ClassOf(err) != notify.Gone || r.Message == "" {
			t.Fatalf("got %+v, %v", r, err)
		}
		if err := n.Unsay(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := n.Unsay(t.Context(), r); err != nil {
			t.Errorf("taking back what is not there: %v", err)
		}
		if v := fake.Oracle(); len(v.Visible) != 0 {
			t.Errorf("left over: %v", v.IDs())
		}
	})
}

func TestADigestOfTheLongestAddressesNamesEveryStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Config{})
		out := notifytest.NewMemory()
		var all []news.Delivery
		for i := range 60 {
			d := story(i, "#arms")
			d.Alert.Headline = fmt.Sprintf("<Story> %d & %s", i, strings.Repeat("Новини «про» договір & ", 12))
			d.Alert.URL = fmt.Sprintf("https://example.org/%d?%s", i, strings.Repeat("&a=1", 60*(i%8)))
			all = append(all, d)
		}
		if err := out.Save(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		p := live(t, out, fake, 0)
		time.Sleep(5 * time.Minute)
		p.cancel()
		<-p.done
		v := fake.Oracle()
		if len(v.Violations) > 0 {
			t.Fatal(v.Violations)
		}
		var everything strings.Builder
		for _, ms := range v.Visible {
			everything.Write(ms[0].Blocks)
		}
		for i := range all {
			if !strings.Contains(everything.String(), fmt.Sprintf(`\u003cStory\u003e %d \u0026`, i)) {
				t.Errorf("story %d is in no message", i)
			}
		}
	})
}

func TestWebhook(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		class  notify.Class
	}{
		{200, "ok", ""}, {200, "", notify.Unknown}, {200, "<html>", notify.Unknown}, {400, "invalid_payload", notify.BadMessage},
		{404, "channel_is_archived", notify.BadChannel}, {403, "invalid_token", notify.BadApp}, {404, "no_service", notify.BadApp},
		{500, "rollup_error", notify.Again}, {502, "oops", notify.Unknown}, {429, "rate_limited", notify.Again}, {302, "", notify.Unknown},
	} {
		h, err := slack.NewWebhook("https://hooks.slack.test/services/T0/B0/SECRET", canned(c.status, c.body, nil))
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.Say(t.Context(), example(), news.Receipt{})
		if got := notify.ClassOf(err); got != c.class {
			t.Errorf("%d %q: class %q, want %q", c.status, c.body, got, c.class)
		}
		if (err == nil) != (r.Message != "") {
			t.Errorf("%d %q: receipt %+v", c.status, c.body, r)
		}
	}
	h, _ := slack.NewWebhook("https://hooks.slack.test/services/SECRET", cannedAnswer{err: io.ErrUnexpectedEOF})
	if _, err := h.Say(t.Context(), example(), news.Receipt{}); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("the address is a secret: %v", err)
	}
	if _, err := slack.NewWebhook("http://hooks.slack.test/x", nil); err == nil {
		t.Error("a webhook without TLS is taken")
	}
}

// TestOverARealNetwork runs the courier against the fake as a server: what
// the in-process transport cannot show is connections that break and hang.
func TestOverARealNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	faults := []fakeslack.Fault{{Kind: "reset"}, {Kind: "drop"}, {Kind: "hang"}, {Kind: "302"}}
	classes := []notify.Class{notify.Unknown, notify.Unknown, notify.Unknown, notify.Unknown}
	fake := fakeslack.New(fakeslack.Config{Free: true, Faults: fakeslack.Script("chat.postMessage", faults...)})
	srv := httptest.NewServer(fake)
	defer srv.Close()
	n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: srv.URL + "/api/", Timeout: 300 * time.Millisecond, Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range faults {
		d := story(i, "#arms")
		d.First = time.Now()
		_, err := n.Say(t.Context(), d, news.Receipt{})
		if got := notify.ClassOf(err); got != classes[i] {
			t.Errorf("%s: class %q (%v), want %q", f.Kind, got, err, classes[i])
		}
		copies, err := n.Look(t.Context(), d, news.Receipt{})
		want := 1
		if f.Kind == "drop" {
			want = 0
		}
		if err != nil || len(copies) != want {
			t.Errorf("%s: %d copies are there (%v), want %d", f.Kind, len(copies), err, want)
		}
	}
	if v := fake.Oracle(); len(v.Violations) > 0 {
		t.Error(v.Violations)
	}
	if errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// BenchmarkCourier is what one alert costs from the outbox to Slack and back,
// without waits: rendering, two commits in memory, one request.
func BenchmarkCourier(b *testing.B) {
	b.ReportAllocs()
	n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: "https://slack.test/api/",
		Transport: canned(200, `{"ok":true,"channel":"C0ARMS","ts":"1762351380.000100","message":{"text":"x"}}`, nil)})
	if err != nil {
		b.Fatal(err)
	}
	out := notifytest.NewMemory()
	done := make(chan struct{}, 1<<20)
	c := notify.NewCourier(out, n, notify.Options{
		Pace: notify.Pace{Every: time.Nanosecond, EveryPost: time.Nanosecond, EveryEdit: time.Nanosecond, EveryLook: time.Nanosecond, Burst: 1 << 20},
		On: func(d news.Delivery) {
			if d.State == news.StateSent {
				done <- struct{}{}
			}
		},
	})
	ctx, cancel := context.WithCancel(b.Context())
	stopped := make(chan struct{})
	go func() { defer close(stopped); c.Run(ctx) }()
	i := 0
	for b.Loop() {
		d := story(i%8, fmt.Sprintf("C0ARMS%d", i%8))
		d.Alert.Urgent = true
		i++
		if err := out.Save(ctx, d); err != nil {
			b.Fatal(err)
		}
		c.Wake()
		<-done
	}
	cancel()
	<-stopped
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "alerts/s")
}

func BenchmarkRender(b *testing.B) {
	b.ReportAllocs()
	d := goldenCases()["update"]
	for b.Loop() {
		slack.Render(d, true)
	}
}
