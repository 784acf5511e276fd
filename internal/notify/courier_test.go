package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
)

func story(n int, channel string) news.Delivery {
	id := news.StoryID(fmt.Sprint("s", n))
	now := time.Now()
	return news.Delivery{
		Alert: news.Alert{
			ID: news.NewAlertID(id, channel, news.KindAlert, 0), Channel: channel, Kind: news.KindAlert, Story: id,
			Headline: fmt.Sprintf("Story %d happens", n), Outlet: "Example", URL: fmt.Sprintf("https://example.org/%d", n),
			Topics: []string{"Arms control"}, Queued: now,
		},
		State: news.StateQueued, Since: now, Due: now,
	}
}

func urgent(n int, channel string) news.Delivery {
	d := story(n, channel)
	d.Alert.Urgent = true
	return d
}

func update(of news.Delivery, seq int) news.Delivery {
	d := of
	d.Alert.Kind, d.Alert.Target, d.Alert.Seq = news.KindUpdate, of.Alert.ID, seq
	d.Alert.ID = news.NewAlertID(of.Alert.Story, of.Alert.Channel, news.KindUpdate, seq)
	d.Alert.Latest = &news.Report{Outlet: fmt.Sprint("Outlet ", seq)}
	d.Alert.Count = seq + 1
	d.State, d.Due, d.Receipt, d.Attempts, d.First = news.StateQueued, time.Now(), news.Receipt{}, 0, time.Time{}
	return d
}

// running is a courier at work in a bubble.
type running struct {
	*notify.Courier
	out  *notifytest.Memory
	rec  *notifytest.Recorder
	stop func()
}

func start(t *testing.T, opt notify.Options, rec *notifytest.Recorder, ds ...news.Delivery) running {
	t.Helper()
	out := notifytest.NewMemory(ds...)
	return startOn(t, opt, rec, out)
}

func startOn(t *testing.T, opt notify.Options, rec *notifytest.Recorder, out *notifytest.Memory) running {
	t.Helper()
	c := notify.NewCourier(out, rec, opt)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop := func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	return running{c, out, rec, stop}
}

func (r running) add(t *testing.T, ds ...news.Delivery) {
	t.Helper()
	if err := r.out.Save(t.Context(), ds...); err != nil {
		t.Fatal(err)
	}
	r.Wake()
}

func (r running) state(d news.Delivery) news.Delivery {
	got, _, _ := r.out.Delivery(context.Background(), d.Alert.ID)
	return got
}

func wait(d time.Duration) { time.Sleep(d); synctest.Wait() }

func TestACommittedSendingPrecedesEveryPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := story(1, "#a")
		out := notifytest.NewMemory(d)
		var seen news.State
		rec := &notifytest.Recorder{OnSay: func(d news.Delivery, _ news.Receipt) (news.Receipt, error) {
			stored, _, _ := out.Delivery(context.Background(), d.Alert.ID)
			seen = stored.State
			return news.Receipt{}, nil
		}}
		r := startOn(t, notify.Options{}, rec, out)
		defer r.stop()
		wait(time.Second)
		if seen != news.StateSending {
			t.Errorf("stored state at the post: %q, want sending", seen)
		}
		if got := r.state(d); got.State != news.StateSent || got.Receipt.Message == "" {
			t.Errorf("got %+v, want sent with a receipt", got)
		}
	})
}

func TestNothingIsSaidWhenTheOutboxCannotStoreIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := notifytest.NewMemory(story(1, "#a"))
		var broken atomic.Bool
		broken.Store(true)
		out.Fail = func() error {
			if broken.Load() {
				return errors.New("disk full")
			}
			return nil
		}
		rec := &notifytest.Recorder{}
		r := startOn(t, notify.Options{}, rec, out)
		defer r.stop()
		wait(time.Minute)
		if n := len(rec.Calls("say")); n != 0 {
			t.Fatalf("%d posts without a stored sending", n)
		}
		broken.Store(false)
		wait(10 * time.Second)
		if n := len(rec.Calls("say")); n != 1 {
			t.Errorf("%d posts after the disk has space again, want 1", n)
		}
	})
}

func TestAnUnclearAnswerIsLookedForTwiceBeforeTheAlertIsSaidAgain(t *testing.T) {
	for _, c := range []struct {
		name    string
		urgent  bool
		looks   []time.Duration // after the failure
		resaid  time.Duration
		visible bool
	}{
		{"a normal alert waits half a minute", false, []time.Duration{15 * time.Second, 30 * time.Second}, 30 * time.Second, false},
		{"an urgent one six seconds", true, []time.Duration{3 * time.Second, 6 * time.Second}, 6 * time.Second, false},
		{"one that is found is not said again", false, []time.Duration{15 * time.Second, 75 * time.Second}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := true
				rec := &notifytest.Recorder{
					OnSay: func(news.Delivery, news.Receipt) (news.Receipt, error) {
						if first {
							first = false
							return news.Receipt{}, errors.New("connection reset")
						}
						return news.Receipt{}, nil
					},
					OnLook: func(news.Delivery) ([]news.Receipt, error) {
						if c.visible {
							return []news.Receipt{{Channel: "#a", Message: "found"}}, nil
						}
						return nil, nil
					},
				}
				d := story(1, "#a")
				d.Alert.Urgent = c.urgent
				r := start(t, notify.Options{}, rec, d)
				defer r.stop()
				wait(80 * time.Second)
				t0 := rec.Calls("say")[0].At
				var looks []time.Duration
				for _, call := range rec.Calls("look") {
					looks = append(looks, call.At.Sub(t0))
				}
				if len(looks) < len(c.looks) || !slices.Equal(looks[:len(c.looks)], c.looks) {
					t.Errorf("looked at %v, want %v", looks, c.looks)
				}
				says := rec.Calls("say")
				if c.visible {
					if got := r.state(d); len(says) != 1 || got.State != news.StateSent || got.Receipt.Message != "found" || !got.Audited {
						t.Errorf("%d posts, %+v", len(says), got)
					}
					return
				}
				if len(says) != 2 || says[1].At.Sub(t0) != c.resaid {
					t.Errorf("posts: %v, want a second one after %v", says, c.resaid)
				}
			})
		})
	}
}

func TestTheAuditTakesBackAllCopiesButTheOneToKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		rec := &notifytest.Recorder{
			OnSay: func(d news.Delivery, _ news.Receipt) (news.Receipt, error) {
				if d.Attempts == 1 {
					return news.Receipt{}, errors.New("timeout")
				}
				return news.Receipt{Channel: "#a", Message: "young"}, nil
			},
			OnLook: func(news.Delivery) ([]news.Receipt, error) {
				if looks++; looks == 3 {
					return []news.Receipt{{Channel: "#a", Message: "old"}, {Channel: "#a", Message: "young"}}, nil
				} else if looks > 3 {
					return []news.Receipt{{Channel: "#a", Message: "old"}}, nil
				}
				return nil, nil
			},
		}
		d := story(1, "#a")
		r := start(t, notify.Options{}, rec, d)
		defer r.stop()
		wait(5 * time.Minute)
		unsaid := rec.Calls("unsay")
		if len(unsaid) != 1 || unsaid[0].Target.Message != "young" {
			t.Errorf("took back %v, want the young copy", unsaid)
		}
		if got := r.state(d); got.Receipt.Message != "old" || !got.Audited || got.Pending() {
			t.Errorf("got %+v", got)
		}
		if r.Status().Totals.Surplus != 1 {
			t.Errorf("totals: %+v", r.Status().Totals)
		}
	})
}

func TestWhatWasBeingSentAtACrashIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := story(1, "#a")
		d.State, d.Since, d.First, d.Attempts, d.Due = news.StateSending, time.Now(), time.Now(), 1, time.Now().Add(time.Hour)
		rec := &notifytest.Recorder{OnLook: func(news.Delivery) ([]news.Receipt, error) {
			return []news.Receipt{{Channel: "#a", Message: "there"}}, nil
		}}
		r := start(t, notify.Options{}, rec, d)
		defer r.stop()
		wait(14 * time.Second)
		if len(rec.Calls("")) != 0 {
			t.Errorf("did %v before the bytes under way can have settled", rec.Calls(""))
		}
		wait(2 * time.Minute)
		if got := r.state(d); len(rec.Calls("say")) != 0 || got.State != news.StateSent {
			t.Errorf("%d posts, state %s", len(rec.Calls("say")), got.State)
		}
	})
}

func TestAPauseThatWasAskedForOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limited atomic.Bool
		limited.Store(true)
		rec := &notifytest.Recorder{OnSay: func(d news.Delivery, _ news.Receipt) (news.Receipt, error) {
			if limited.Load() && d.Alert.Channel == "#a" {
				return news.Receipt{}, &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: 90 * time.Second}
			}
			return news.Receipt{}, nil
		}}
		t0 := time.Now()
		r := start(t, notify.Options{}, rec, story(1, "#a"))
		wait(time.Second)
		r.stop()
		limited.Store(false)
		out := r.out
		r = startOn(t, notify.Options{}, rec, out)
		defer r.stop()
		r.add(t, urgent(2, "#a"), story(3, "#b"))
		wait(20 * time.Second)
		says := rec.Calls("say")
		if len(says) != 2 || says[1].D.Alert.Channel != "#b" || says[1].At.Sub(t0) > 2*time.Second {
			t.Fatalf("while #a is limited: %v", says)
		}
		wait(2 * time.Minute)
		for _, s := range rec.Calls("say")[2:] {
			if at := s.At.Sub(t0); at < 90*time.Second {
				t.Errorf("%s said after %v, the wait was 90 s", s.D.Alert.ID, at)
			}
		}
		if n := len(rec.Calls("say")); n != 4 {
			t.Errorf("%d posts, want 4", n)
		}
		if n := len(rec.Calls("look")); n < 1 {
			t.Error("a limited alert is said again without a look")
		}
	})
}

func TestARefusedMessageWalksDownTheLadderWithoutDelayingItsNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poison, well := story(1, "#a"), story(2, "#a")
		rec := &notifytest.Recorder{OnSay: func(d news.Delivery, _ news.Receipt) (news.Receipt, error) {
			if d.Alert.ID == poison.Alert.ID {
				return news.Receipt{}, &notify.Error{Class: notify.BadMessage, Code: "invalid_blocks"}
			}
			return news.Receipt{}, nil
		}}
		ops := notify.NewOps("#ops")
		t0 := time.Now()
		r := start(t, notify.Options{Ops: ops}, rec, poison, well)
		defer r.stop()
		wait(time.Minute)
		var steps []int
		for _, s := range rec.Calls("say") {
			switch s.D.Alert.ID {
			case poison.Alert.ID:
				steps = append(steps, s.D.Step)
			case well.Alert.ID:
				if s.At.Sub(t0) > 2*time.Second {
					t.Errorf("the neighbour waited %v", s.At.Sub(t0))
				}
			}
		}
		if !slices.Equal(steps, []int{0, 1, 2}) {
			t.Errorf("steps %v, want 0 1 2", steps)
		}
		if got := r.state(poison); got.State != news.StateBuried || got.Reason != "invalid_blocks" {
			t.Errorf("got %s, %q", got.State, got.Reason)
		}
		last := rec.Calls("say")[len(rec.Calls("say"))-1].D.Alert
		if last.Kind != news.KindOps || last.Channel != "#ops" || !strings.Contains(last.Lines[0].Text, "Story 1 happens") {
			t.Errorf("no notice of the burial: %+v", last)
		}
	})
}

func TestARefusingChannelKeepsItsQueueAndIsToldElsewhereOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refusing atomic.Bool
		refusing.Store(true)
		rec := &notifytest.Recorder{OnSay: func(d news.Delivery, _ news.Receipt) (news.Receipt, error) {
			if refusing.Load() && d.Alert.Channel == "#a" {
				return news.Receipt{}, &notify.Error{Class: notify.BadChannel, Code: "not_in_channel"}
			}
			return news.Receipt{}, nil
		}}
		var ds []news.Delivery
		for i := range 20 {
			ds = append(ds, story(i, "#a"))
		}
		r := start(t, notify.Options{Ops: notify.NewOps("#ops")}, rec, append(ds, story(99, "#b"))...)
		wait(31 * time.Minute)
		if got := r.Status(); got.Healthy() {
			t.Errorf("healthy with a refusing channel: %+v", got)
		}
		tries, notices, other := 0, 0, 0
		for _, s := range rec.Calls("say") {
			switch s.D.Alert.Channel {
			case "#a":
				tries++
			case "#ops":
				notices++
			case "#b":
				other++
			}
		}
		if tries != 4 || notices != 1 || other != 1 {
			t.Errorf("%d tries in 31 minutes, %d notices, %d elsewhere; want 4, 1, 1", tries, notices, other)
		}
		r.stop()
		refusing.Store(false)
		out := r.out
		r = startOn(t, notify.Options{Ops: notify.NewOps("#ops")}, rec, out)
		defer r.stop()
		wait(25 * time.Minute)
		told := map[string]bool{}
		posts := 0
		for _, s := range rec.Calls("say") {
			if s.D.Alert.Channel != "#a" || s.D.Attempts == 0 {
				continue
			}
			if got := r.state(s.D); got.State == news.StateSent {
				told[s.D.Alert.Headline] = true
				for _, l := range s.D.Alert.Lines {
					told[l.Text] = true
				}
				posts++
			}
		}
		for _, d := range ds {
			if !told[d.Alert.Headline] {
				t.Errorf("%q was never told", d.Alert.Headline)
			}
		}
		if !r.Status().Healthy() {
			t.Errorf("still unhealthy: %+v", r.Status())
		}
	})
}

func TestADeadTokenStopsEverythingAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dead atomic.Bool
		dead.Store(true)
		rec := &notifytest.Recorder{OnSay: func(d news.Delivery, _ news.Receipt) (news.Receipt, error) {
			if dead.Load() {
				return news.Receipt{}, &notify.Error{Class: notify.BadApp, Code: "token_revoked"}
			}
			return news.Receipt{}, nil
		}}
		ds := []news.Delivery{story(1, "#a"), story(2, "#b"), story(3, "#c")}
		r := start(t, notify.Options{Ops: notify.NewOps("#ops")}, rec, ds...)
		defer r.stop()
		wait(time.Hour)
		if n := len(rec.Calls("say")); n > 12 {
			t.Errorf("%d tries in an hour with a dead token", n)
		}
		if r.Status().Healthy() || r.Status().App != "token_revoked" {
			t.Errorf("status %+v", r.Status())
		}
		dead.Store(false)
		wait(12 * time.Minute)
		for _, d := range ds {
			if got := r.state(d); got.State != news.StateSent {
				t.Errorf("%s is %s: %s", d.Alert.Headline, got.State, got.Reason)
			}
		}
		if !r.Status().Healthy() {
			t.Errorf("status %+v", r.Status())
		}
	})
}

func TestAnUrgentAlertOvertakesThreeHundred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &notifytest.Recorder{Takes: 100 * time.Millisecond}
		var ds []news.Delivery
		for i := range 300 {
			ds = append(ds, story(i, "#a"))
		}
		r := start(t, notify.Options{}, rec, ds...)
		defer r.stop()
		for i := range 5 {
			wait(1700 * time.Millisecond)
			u := urgent(1000+i, "#a")
			t0 := time.Now()
			r.add(t, u)
			wait(2 * time.Second)
			says := rec.Calls("say")
			j := slices.IndexFunc(says, func(c notifytest.Call) bool { return c.D.Alert.ID == u.Alert.ID })
			if j < 0 || says[j].At.Sub(t0) >= 2*time.Second {
				t.Fatalf("urgent alert %d not on the wire in 2 s", i)
			}
		}
	})
}

func TestAStormBecomesDigestsThatNameEveryStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &notifytest.Recorder{Takes: 50 * time.Millisecond}
		r := start(t, notify.Options{}, rec)
		defer r.stop()
		channels := []string{"#a", "#b", "#c"}
		var all []news.Delivery
		for i := range 500 {
			d := story(i, channels[i%3])
			all = append(all, d)
			r.add(t, d)
			wait(120 * time.Millisecond)
		}
		wait(3 * time.Minute)
		told, times := map[string]int{}, map[string][]time.Time{}
		for _, s := range rec.Calls("say") {
			ch := s.D.Alert.Channel
			times[ch] = append(times[ch], s.At)
			if s.D.Alert.Kind == news.KindDigest {
				for _, l := range s.D.Alert.Lines {
					told[l.Text]++
				}
				continue
			}
			told[s.D.Alert.Headline]++
		}
		for _, d := range all {
			if n := told[d.Alert.Headline]; n != 1 {
				t.Errorf("%q told %d times", d.Alert.Headline, n)
			}
		}
		for ch, at := range times {
			if len(at) > 20 {
				t.Errorf("%s: %d messages, want at most 20", ch, len(at))
			}
			for i := 3; i < len(at); i++ {
				if at[i].Sub(at[i-3]) < time.Second {
					t.Errorf("%s: four posts within %v", ch, at[i].Sub(at[i-3]))
				}
			}
		}
	})
}

func TestOldNewsIsToldInADigestAndOldUrgentNewsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, urgent, young := story(1, "#a"), story(2, "#a"), story(3, "#a")
		d.Alert.Queued = time.Now().Add(-7 * time.Hour)
		urgent.Alert.Queued, urgent.Alert.Urgent = time.Now().Add(-7*time.Hour), true
		young.Alert.Queued = time.Now().Add(-5 * time.Hour)
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{}, rec, d, urgent, young)
		defer r.stop()
		wait(time.Minute)
		says := map[string]notifytest.Call{}
		for _, s := range rec.Calls("say") {
			says[s.D.Alert.Headline] = s
		}
		digest := says["A story that could not be told in time"]
		if len(says) != 3 || says[urgent.Alert.Headline].D.Alert.ID == "" || says[young.Alert.Headline].D.Alert.ID == "" ||
			digest.D.Alert.Kind != news.KindDigest || digest.D.Alert.Lines[0].Text != d.Alert.Headline {
			t.Errorf("said %+v", says)
		}
		if got := r.state(d); got.State != news.StateExpired || got.Digest != digest.D.Alert.ID {
			t.Errorf("got %s in %q", got.State, got.Digest)
		}
	})
}
