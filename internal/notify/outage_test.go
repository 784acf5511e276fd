package notify_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
)

// outage queues a story every half hour for twelve hours in which nothing gets
// through, and tells what was said once it does.
func outage(t *testing.T, refusal *notify.Error) (said []notifytest.Call, r running, all []news.Delivery) {
	t.Helper()
	var down atomic.Bool
	down.Store(true)
	rec := &notifytest.Recorder{OnSay: func(news.Delivery, news.Receipt) (news.Receipt, error) {
		if down.Load() {
			return news.Receipt{}, refusal
		}
		return news.Receipt{}, nil
	}}
	r = start(t, notify.Options{Ops: notify.NewOps("#ops")}, rec)
	for i := range 24 {
		d := story(i, "#a")
		all = append(all, d)
		r.add(t, d)
		wait(30 * time.Minute)
	}
	before := len(rec.Calls("say"))
	down.Store(false)
	wait(20 * time.Minute)
	for _, c := range rec.Calls("say")[before:] {
		if c.D.Alert.Channel == "#a" {
			said = append(said, c)
		}
	}
	return said, r, all
}

func TestALongOutageEndsInADigestOfAllThatIsOld(t *testing.T) {
	for _, c := range []struct {
		name    string
		refusal *notify.Error
		tried   int // the story that is tried all the time, and so told by itself; none if negative
	}{
		{"the token is refused", &notify.Error{Class: notify.BadApp, Code: "token_revoked"}, -1},
		{"the channel refuses", &notify.Error{Class: notify.BadChannel, Code: "not_in_channel"}, -1},
		{"posts are limited", &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: 5 * time.Minute}, 0},
		{"everything is limited", &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: 5 * time.Minute, Wide: true}, 0},
		{"nothing can be reached", &notify.Error{Class: notify.Again, Code: "connection refused"}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				said, r, all := outage(t, c.refusal)
				defer r.stop()
				told := map[string]int{}
				var digests, singles, oldest int
				for _, s := range said {
					if s.D.Alert.Kind != news.KindDigest {
						singles++
						told[s.D.Alert.Headline]++
						if s.At.Sub(s.D.Alert.Queued) > 7*time.Hour && (c.tried < 0 || s.D.Alert.ID != all[c.tried].Alert.ID) {
							t.Errorf("%q told by itself after %v", s.D.Alert.Headline, s.At.Sub(s.D.Alert.Queued))
						}
						continue
					}
					digests++
					if strings.Contains(s.D.Alert.Headline, "could not be told in time") {
						oldest = len(s.D.Alert.Lines)
					}
					for _, l := range s.D.Alert.Lines {
						told[l.Text]++
					}
				}
				for _, d := range all {
					if n := told[d.Alert.Headline]; n != 1 {
						t.Errorf("%q told %d times", d.Alert.Headline, n)
					}
				}
				// One is tried by itself; then what is old, and what is not.
				if digests != 2 || singles != 1 || oldest < 12 {
					t.Errorf("%d digests, the late one of %d stories, and %d alerts by themselves", digests, oldest, singles)
				}
				if d := r.state(all[c.tried+1]); d.State != news.StateExpired || d.Digest == "" {
					t.Errorf("the oldest is %s in %q", d.State, d.Digest)
				}
			})
		})
	}
}

func TestWhatMayHaveBeenSaidIsInNoDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, clear := story(1, "#a"), story(2, "#a")
		for _, d := range []*news.Delivery{&d, &clear} {
			d.Alert.Queued = time.Now().Add(-7 * time.Hour)
			d.State, d.Attempts = news.StateHeld, 1
		}
		d.Doubtful = true
		rec := &notifytest.Recorder{}
		third := story(3, "#a")
		r := start(t, notify.Options{}, rec, d, clear, third)
		defer r.stop()
		wait(5 * time.Minute)
		if got := r.state(d); got.State != news.StateSent || got.Digest != "" {
			t.Errorf("the doubtful one is %s in %q", got.State, got.Digest)
		}
		if got := r.state(clear); got.State != news.StateExpired {
			t.Errorf("the other is %s", got.State)
		}
	})
}

// What waits behind an alert that is limited keeps the channel's quiet hours,
// and comes in their digest.
func TestWhatWaitsBehindALimitedAlertKeepsTheQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		rec := &notifytest.Recorder{OnSay: func(news.Delivery, news.Receipt) (news.Receipt, error) {
			if down.Load() {
				return news.Receipt{}, &notify.Error{Class: notify.Again, Code: "ratelimited", RetryAfter: 2 * time.Minute}
			}
			return news.Receipt{}, nil
		}}
		quiet := notify.Quiet{From: clock(t, "00:01"), To: clock(t, "00:41")}
		r := start(t, notify.Options{Manners: map[string]notify.Manners{"#a": {Quiet: quiet}}}, rec)
		defer r.stop()
		wait(30 * time.Second)
		for i := range 5 {
			r.add(t, story(i, "#a"))
			wait(5 * time.Second)
		}
		wait(time.Minute)
		down.Store(false)
		before := len(rec.Calls("say"))
		wait(3 * time.Hour)
		var digests, lines int
		calls := rec.Calls("say")[before:]
		for _, c := range calls {
			if c.D.Alert.Kind == news.KindDigest {
				digests, lines = digests+1, len(c.D.Alert.Lines)
			}
		}
		if len(calls) != 2 || digests != 1 || lines != 4 {
			t.Errorf("%d messages, %d of them digests, the last of %d stories; want the one that was tried and a digest of four", len(calls), digests, lines)
		}
	})
}
