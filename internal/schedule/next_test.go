package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) // a Wednesday

func spec(t testing.TB, s string) Spec {
	t.Helper()
	p, err := ParseSpec(s, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// known is a feed that has been polled for a while and answers 304, with an
// item every gap up to now.
func known(gap time.Duration) *news.FeedState {
	st := &news.FeedState{ID: "https://example.org/rss", Due: noon, LastPoll: noon, LastGood: noon, Added: noon.AddDate(0, -1, 0)}
	st.Trust.Proven304 = true
	st.Pace.Polls = 100
	for i := maxArrivals; i > 0; i-- {
		st.Pace.Arrivals = append(st.Pace.Arrivals, noon.Add(-time.Duration(i)*gap).Unix())
	}
	st.Pace.Usual = gap
	return st
}

func TestNextKeepsWithinItsBounds(t *testing.T) {
	for _, c := range []struct {
		name   string
		gap    time.Duration
		lim    Limits
		change func(*news.FeedState)
		lo, hi time.Duration
	}{
		{name: "a busy feed that answers 304 is asked every two minutes", gap: 2 * time.Minute, lo: 2 * time.Minute, hi: 132 * time.Second},
		{name: "a busy feed that does not is asked every quarter of an hour", gap: 2 * time.Minute, change: func(st *news.FeedState) { st.Trust.Proven304 = false }, lo: 15 * time.Minute, hi: 17 * time.Minute},
		{name: "a liar counts as one that does not", gap: 2 * time.Minute, change: func(st *news.FeedState) { st.Trust.Liar = true }, lo: 15 * time.Minute, hi: 17 * time.Minute},
		{name: "the operator's floor wins over both", gap: 2 * time.Minute, lim: Limits{Min: 30 * time.Second}, change: func(st *news.FeedState) { st.Trust.Proven304 = false }, lo: 30 * time.Second, hi: 33 * time.Second},
		{name: "a feed with an item an hour is asked every six minutes or so", gap: time.Hour, lo: 4 * time.Minute, hi: 12 * time.Minute},
		{name: "a daily feed is asked every hour or two", gap: 25 * time.Hour, lo: 40 * time.Minute, hi: 2 * time.Hour},
		{name: "a monthly feed is asked at the ceiling", gap: 725 * time.Hour, lo: 6 * time.Hour, hi: 7 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := known(c.gap)
			if c.change != nil {
				c.change(st)
			}
			p := Next(st, Spec{}, Round{}, c.lim, noon)
			if d := st.Due.Sub(noon); d < c.lo || d > c.hi || d != p.Interval {
				t.Errorf("asked again after %v (plan %v: %s), want %v to %v", d, p.Interval, p.Why, c.lo, c.hi)
			}
		})
	}
}

func TestNextFollowsThePublishersWishes(t *testing.T) {
	hourly := &Wishes{Interval: time.Hour, Reason: "ttl"}
	for _, c := range []struct {
		name   string
		spec   string
		round  Round
		lim    Limits
		atMin  time.Duration
		atMost time.Duration
		clamp  string
	}{
		{name: "max-age is a lower bound", round: Round{Wish: noon.Add(20 * time.Minute), WishReason: "Cache-Control: max-age"}, atMin: 20 * time.Minute, atMost: 22 * time.Minute},
		{name: "ttl is a lower bound", round: Round{Said: hourly}, atMin: time.Hour, atMost: 66 * time.Minute},
		{name: "a day of max-age is followed for an hour and said", round: Round{Wish: noon.Add(24 * time.Hour), WishReason: "Expires"}, atMin: time.Hour, atMost: 66 * time.Minute, clamp: "Expires asks for 24h0m0s, gets 1h0m0s"},
		{name: "unless the operator allows more", round: Round{Wish: noon.Add(24 * time.Hour)}, lim: Limits{MaxWish: 48 * time.Hour}, atMin: 24 * time.Hour, atMost: 27 * time.Hour},
		{name: "an interval in the config wins, and says so", spec: "1s", round: Round{Said: hourly}, atMin: time.Second, atMost: time.Second, clamp: "ttl asks for 1h0m0s, gets 1s: the config says every 1s"},
		{name: "a cron spec wins, and says so", spec: "*/10 * * * *", round: Round{Said: hourly}, atMin: 10 * time.Minute, atMost: 10*time.Minute + 30*time.Second, clamp: "ttl asks"},
		{name: "a Retry-After holds against the config", spec: "1s", round: Round{Class: "rate_limited", Retry: noon.Add(10 * time.Minute)}, atMin: 10 * time.Minute, atMost: 11 * time.Minute},
		{name: "a Retry-After holds against a cron spec", spec: "*/5 * * * *", round: Round{Class: "unavailable", Retry: noon.Add(2 * time.Hour)}, atMin: 2 * time.Hour, atMost: 130 * time.Minute},
		{name: "a Retry-After of a week is followed for a day and said", round: Round{Class: "unavailable", Retry: noon.Add(168 * time.Hour)}, atMin: 24 * time.Hour, atMost: 24*time.Hour + time.Minute, clamp: "Retry-After asks for 168h0m0s, gets 24h0m0s"},
		{name: "skipHours move the round behind them", round: Round{Said: &Wishes{SkipHours: []int{12, 13, 14}}}, atMin: 3 * time.Hour, atMost: 190 * time.Minute},
		{name: "skipDays cannot blind the watch for a day", round: Round{Said: &Wishes{SkipDays: []int{3}}}, atMin: 6 * time.Hour, atMost: 6 * time.Hour, clamp: "skipHours or skipDays"},
		{name: "all hours skipped is nonsense", round: Round{Said: &Wishes{SkipHours: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}}}, atMin: 6 * time.Hour, atMost: 6 * time.Hour, clamp: "skipHours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := known(time.Hour)
			if c.round.Class != "" {
				st.Health.Fails = 1
			}
			p := Next(st, spec(t, c.spec), c.round, c.lim, noon)
			if d := st.Due.Sub(noon); d < c.atMin || d > c.atMost {
				t.Errorf("asked again after %v (%s), want %v to %v", d, p.Why, c.atMin, c.atMost)
			}
			if got := fmt.Sprint(p.Clamps); (c.clamp == "") != (len(p.Clamps) == 0) || !strings.Contains(got, c.clamp) {
				t.Errorf("clamps %v, want %q", got, c.clamp)
			}
		})
	}
}

func TestNextRemembersADocumentsWishesOver304s(t *testing.T) {
	st := known(time.Hour)
	Next(st, Spec{}, Round{Said: &Wishes{Interval: 40 * time.Minute, Reason: "ttl"}}, Limits{}, noon)
	Next(st, Spec{}, Round{}, Limits{}, noon.Add(time.Hour))
	if d := st.Due.Sub(noon.Add(time.Hour)); d < 40*time.Minute {
		t.Errorf("asked again %v after a 304, though the document asks for 40m", d)
	}
}

func TestBackoffNeverGivesUpAndNeverHurries(t *testing.T) {
	for class, step := range ladder {
		st := known(time.Hour)
		now := noon
		var last time.Duration
		for n := 1; n <= 200; n++ {
			st.Health.Fails, st.Health.State = n, "failing"
			p := Next(st, Spec{}, Round{Class: class}, Limits{}, now)
			d := st.Due.Sub(now)
			switch {
			case p.Stop:
				t.Fatalf("%s: stopped after %d failures", class, n)
			case d < 51*time.Second:
				t.Fatalf("%s: failure %d: asked again after only %v", class, n, d)
			case d > step.last*115/100:
				t.Fatalf("%s: failure %d: asked again after %v, more than %v", class, n, d, step.last)
			case d < last/2 && last < step.last/2:
				t.Fatalf("%s: failure %d: wait fell from %v to %v", class, n, last, d)
			}
			last, now = d, st.Due
		}
		if last < step.last/2 {
			t.Errorf("%s: still asked every %v after 200 failures", class, last)
		}
	}
}

func TestNextStopsAtGone(t *testing.T) {
	st := known(time.Hour)
	st.Health.State, st.Health.Fails = "gone", 1
	if p := Next(st, Spec{}, Round{Class: "gone"}, Limits{}, noon); !p.Stop || !st.Due.IsZero() {
		t.Errorf("plan %+v, due %v: want a stop", p, st.Due)
	}
	if due := Begin(st, Spec{}, Limits{}, noon); !due.IsZero() {
		t.Errorf("a feed that is gone begins at %v", due)
	}
}

func TestAFixedIntervalReallyIsKept(t *testing.T) {
	st := &news.FeedState{ID: "f"}
	now := noon
	every := spec(t, "1s")
	for range 100 {
		Next(st, every, Round{}, Limits{}, now.Add(120*time.Millisecond)) // each round takes its time
		if d := st.Due.Sub(now); now != noon && d != time.Second {
			t.Fatalf("asked again after %v", d)
		}
		now = st.Due
	}
}

func TestAFixedIntervalKeepsItsBeatOverAnOutage(t *testing.T) {
	st := known(time.Hour)
	every := spec(t, "10m")
	Next(st, every, Round{}, Limits{}, noon)
	beat := st.Due.Unix() % 600
	now := st.Due.Add(8*time.Hour + 7*time.Minute) // suspended, then paced by the queue
	Next(st, every, Round{}, Limits{}, now)
	if got := st.Due.Unix() % 600; got != beat {
		t.Errorf("beat moved from %d to %d", beat, got)
	}
	if d := st.Due.Sub(now); d < 150*time.Second || d > 1050*time.Second {
		t.Errorf("asked again after %v", d)
	}
}

func TestLostItemsShortenTheInterval(t *testing.T) {
	st := known(25 * time.Hour)
	st.Pace.Interval = 80 * time.Minute
	Next(st, Spec{}, Round{Lost: 3}, Limits{}, noon)
	if d := st.Pace.Interval; d != 40*time.Minute {
		t.Errorf("interval %v after items were lost at 80m", d)
	}
}

func TestFeedsDoNotComeAsAHerd(t *testing.T) {
	const n = 10_000
	for _, c := range []struct {
		spec  string
		class string
		retry time.Duration
		span  time.Duration // in which the rounds fall
	}{
		{spec: "10m", span: 10 * time.Minute},
		{spec: "adaptive", span: 15 * time.Minute},
		{spec: "0 * * * *", span: 30 * time.Second},
		{spec: "adaptive", class: "rate_limited", retry: time.Hour, span: time.Minute},
		{spec: "10m", class: "connect", span: 18 * time.Second},
	} {
		t.Run(c.spec+" "+c.class, func(t *testing.T) {
			perSecond := map[int64]int{}
			for i := range n {
				st := &news.FeedState{ID: news.FeedID(fmt.Sprintf("https://example.org/%d", i))}
				r := Round{Class: c.class}
				if c.class != "" {
					st.Health.Fails = 1
					st.Pace.Polls = 5
				}
				if c.retry > 0 {
					r.Retry = noon.Add(c.retry)
				}
				Next(st, spec(t, c.spec), r, Limits{}, noon)
				perSecond[st.Due.Unix()]++
			}
			planned := n / c.span.Seconds()
			for s, got := range perSecond {
				if float64(got) > 1.5*planned+5*3 {
					t.Errorf("%d rounds in the second %v, planned %.0f", got, time.Unix(s, 0).UTC(), planned)
				}
			}
		})
	}
}

func TestARestartAsksNobodySooner(t *testing.T) {
	for _, s := range []string{"adaptive", "10m", "*/10 * * * *"} {
		st := known(time.Hour)
		Next(st, spec(t, s), Round{}, Limits{}, noon)
		if due := Begin(st, spec(t, s), Limits{}, noon.Add(time.Second)); due.Before(st.Due) {
			t.Errorf("%s: stored %v, begins %v", s, st.Due, due)
		}
	}
	st := known(time.Hour)
	Next(st, spec(t, "6h"), Round{}, Limits{}, noon)
	if due := Begin(st, spec(t, "1m"), Limits{}, noon); !due.Equal(noon.Add(time.Minute)) {
		t.Errorf("a faster rhythm begins at %v", due)
	}
}

func TestNextIsPure(t *testing.T) {
	a, b := known(time.Hour), known(time.Hour)
	r := Round{Fresh: 2, Times: []time.Time{noon.Add(-time.Minute), noon.Add(time.Hour)}}
	pa, pb := Next(a, Spec{}, r, Limits{}, noon), Next(b, Spec{}, r, Limits{}, noon)
	if pa.Due != pb.Due || fmt.Sprint(a.Pace) != fmt.Sprint(b.Pace) {
		t.Errorf("two runs differ: %+v %+v", pa, pb)
	}
	if n := len(a.Pace.Arrivals); n > maxArrivals {
		t.Errorf("%d arrivals are remembered", n)
	}
}

func TestDatesThatLieDoNotSteer(t *testing.T) {
	st := known(time.Hour)
	var old []time.Time
	for i := range 30 {
		old = append(old, noon.AddDate(-10, 0, i))
	}
	Next(st, Spec{}, Round{Fresh: 30, Times: old}, Limits{}, noon)
	if got := st.Pace.Arrivals[len(st.Pace.Arrivals)-1]; got != noon.Unix() {
		t.Errorf("items dated ten years ago arrived at %v", time.Unix(got, 0).UTC())
	}
	if st.Pace.Interval > 12*time.Minute {
		t.Errorf("interval %v after a burst with false dates", st.Pace.Interval)
	}
}

func FuzzNextKeepsItsBounds(f *testing.F) {
	f.Add(int64(0), int64(3600), uint8(0), uint8(1), int64(60), uint8(3))
	f.Fuzz(func(t *testing.T, base, gap int64, what, fails uint8, wish int64, n uint8) {
		st := &news.FeedState{ID: "f", Due: noon}
		for i := range int64(n % 70) {
			st.Pace.Arrivals = append(st.Pace.Arrivals, min(noon.Unix(), base%1e10+i*(max(gap, 0)%1e7)))
		}
		st.Pace.Polls, st.Health.Fails = int(n), int(fails)
		specs := []string{"adaptive", "1s", "10m", "*/7 * * * *"}
		r := Round{Wish: noon.Add(time.Duration(wish)), Retry: noon.Add(time.Duration(wish))}
		if what&4 != 0 {
			r.Class = "timeout"
		}
		r.Frozen = what&8 != 0
		r.Times = []time.Time{noon.Add(time.Duration(base))}
		p := Next(st, spec(t, specs[what&3]), r, Limits{}, noon)
		if d := p.Due.Sub(noon); d < 700*time.Millisecond || d > 26*time.Hour {
			t.Fatalf("asked again after %v", d)
		}
	})
}
