package notify_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
)

func TestFurtherReportsEditTheirParentAtMostOnceInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &notifytest.Recorder{}
		p := story(1, "#a")
		r := start(t, notify.Options{}, rec, p)
		defer r.stop()
		wait(15 * time.Second)
		for i := 1; i <= 20; i++ {
			u := update(p, i)
			u.Alert.New = []string{"fact"}
			r.add(t, u)
			wait(time.Second)
		}
		wait(30 * time.Second)
		var edits []notifytest.Call
		for _, s := range rec.Calls("say")[1:] {
			if s.Target.Message != r.state(p).Receipt.Message {
				t.Errorf("an update went to %+v", s.Target)
			}
			edits = append(edits, s)
		}
		if len(edits) < 3 || len(edits) > 4 {
			t.Errorf("%d edits for 20 updates in 20 s", len(edits))
		}
		for i := 1; i < len(edits); i++ {
			if gap := edits[i].At.Sub(edits[i-1].At); gap < 10*time.Second {
				t.Errorf("two edits within %v", gap)
			}
		}
		if last := edits[len(edits)-1].D.Alert; last.Seq != 20 {
			t.Errorf("the last edit is update %d, want 20", last.Seq)
		}
		sup := 0
		for i := 1; i <= 20; i++ {
			if r.state(update(p, i)).State == news.StateSuppressed {
				sup++
			}
		}
		if sup != 20-len(edits) {
			t.Errorf("%d overtaken, want %d", sup, 20-len(edits))
		}
	})
}

func TestAReplyNamesTheOutletsOfTheReportsItStandsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := story(1, "#a")
		p.State, p.Due, p.Receipt.Message = news.StateSent, time.Time{}, "m"
		ds := []news.Delivery{p}
		for i, outlet := range []string{"Gazette", "Herald", "Gazette", "Post"} {
			u := update(p, i+1)
			u.Alert.Updates, u.Alert.Latest = "thread", &news.Report{Outlet: outlet}
			ds = append(ds, u)
		}
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{}, rec, ds...)
		defer r.stop()
		wait(time.Minute)
		says := rec.Calls("say")
		if len(says) == 0 {
			t.Fatal("nothing was said")
		}
		last := says[len(says)-1].D.Alert
		if got := append(last.With, last.Latest.Outlet); !slices.Equal(got, []string{"Herald", "Gazette", "Post"}) {
			t.Errorf("the reply is of %q", got)
		}
	})
}

func TestAnUpdateFollowsTheFateOfItsParent(t *testing.T) {
	parent := func(st news.State, change func(*news.Delivery)) func() news.Delivery {
		return func() news.Delivery {
			p := story(1, "#a")
			p.State, p.Due = st, time.Time{}
			if change != nil {
				change(&p)
			}
			return p
		}
	}
	for _, c := range []struct {
		name   string
		parent func() news.Delivery
		mode   string
		want   news.State
		target bool // said as a change of the parent
		says   int
	}{
		{"sent: it is edited", parent(news.StateSent, func(p *news.Delivery) { p.Receipt.Message = "m" }), "edit", news.StateSent, true, 1},
		{"sent, in a silent channel: nothing", parent(news.StateSent, func(p *news.Delivery) { p.Receipt.Message = "m" }), "silent", news.StateSuppressed, false, 0},
		{"buried: said in full", parent(news.StateBuried, nil), "edit", news.StateSent, false, 1},
		{"told in a digest: nothing", parent(news.StateSuppressed, func(p *news.Delivery) { p.Digest = "d" }), "edit", news.StateSuppressed, false, 0},
		{"muted: nothing", parent(news.StateSuppressed, func(p *news.Delivery) { p.Reason = "muted" }), "edit", news.StateSuppressed, false, 0},
		{"queued for later: it waits", parent(news.StateQueued, func(p *news.Delivery) { p.Due = time.Now().Add(time.Hour) }), "edit", news.StateQueued, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := c.parent()
				u := update(p, 1)
				u.Alert.Updates = c.mode
				u.Digest, u.Reason = "", ""
				rec := &notifytest.Recorder{}
				r := start(t, notify.Options{}, rec, p, u)
				defer r.stop()
				wait(time.Minute)
				says := rec.Calls("say")
				if got := r.state(u); got.State != c.want || len(says) != c.says {
					t.Fatalf("state %s (%s) after %d calls, want %s after %d", got.State, got.Reason, len(says), c.want, c.says)
				}
				if len(says) > 0 && (says[0].Target.Message != "") != c.target {
					t.Errorf("target %+v", says[0].Target)
				}
			})
		})
	}
}

func TestAnUpdateSaidInFullStandsInForItsParent(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		rc   news.Receipt
	}{
		{"the parent's message is gone", &notify.Error{Class: notify.Gone, Code: "message_not_found"}, news.Receipt{}},
		{"the reply stood alone", &notify.Error{Class: notify.Gone, Code: "orphan"}, news.Receipt{Channel: "#a", Message: "orphan"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := story(1, "#a")
				p.State, p.Receipt, p.Due = news.StateSent, news.Receipt{Channel: "#a", Message: "old"}, time.Time{}
				rec := &notifytest.Recorder{OnSay: func(d news.Delivery, target news.Receipt) (news.Receipt, error) {
					if target.Message == "old" {
						return c.rc, c.err
					}
					return news.Receipt{}, nil
				}}
				r := start(t, notify.Options{}, rec, p, update(p, 1))
				defer r.stop()
				wait(20 * time.Second)
				r.add(t, update(p, 2))
				wait(20 * time.Second)
				says := rec.Calls("say")
				if len(says) != 3 || says[1].Target.Message != "" || says[2].Target.Message == "" || says[2].Target.Message == "old" {
					t.Fatalf("said %d times: %+v", len(says), says)
				}
				if r.state(p).Receipt != says[2].Target {
					t.Errorf("the parent's receipt is %+v", r.state(p).Receipt)
				}
				if n := len(rec.Calls("unsay")); (c.rc.Message != "") != (n == 1) {
					t.Errorf("%d messages taken back", n)
				}
			})
		})
	}
}

func TestTwoUpdatesOfABuriedParentMakeOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := story(1, "#a")
		p.State, p.Due = news.StateBuried, time.Time{}
		fails := 1
		rec := &notifytest.Recorder{OnSay: func(news.Delivery, news.Receipt) (news.Receipt, error) {
			if fails--; fails >= 0 {
				return news.Receipt{}, errors.New("timeout")
			}
			return news.Receipt{}, nil
		}}
		r := start(t, notify.Options{}, rec, p, update(p, 1))
		defer r.stop()
		wait(5 * time.Second) // the first one is unknown now
		r.add(t, update(p, 2))
		wait(5 * time.Minute)
		own := 0
		for _, s := range rec.Calls("say") {
			if s.Target.Message == "" {
				own++
			}
		}
		if own != 2 { // the unclear one, and again
			t.Errorf("%d full messages, want the first and its repetition", own)
		}
	})
}

func TestRepliesThatWaitTogetherAreMergedWithAllThatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := story(1, "#a")
		p.State, p.Receipt, p.Due = news.StateSent, news.Receipt{Channel: "#a", Message: "m"}, time.Time{}
		a, b := update(p, 1), update(p, 2)
		a.Alert.Updates, b.Alert.Updates = "thread", "thread"
		a.Alert.New, b.Alert.New = []string{"12 dead"}, []string{"a minister"}
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{}, rec, p, a, b)
		defer r.stop()
		wait(time.Minute)
		says := rec.Calls("say")
		if len(says) != 1 || len(says[0].D.Alert.New) != 2 || r.state(a).State != news.StateSuppressed {
			t.Errorf("said %+v", says)
		}
	})
}
