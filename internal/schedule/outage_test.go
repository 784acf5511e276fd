package schedule

import (
	"fmt"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func TestOutageTellsOurNetworkFromTheirs(t *testing.T) {
	type note struct {
		host   string
		failed bool
		after  time.Duration // since the note before
	}
	hosts := func(n int, failed bool, gap time.Duration) (all []note) {
		for i := range n {
			all = append(all, note{fmt.Sprintf("h%d", i), failed, gap})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		notes  [][]note
		began  int
		ended  int
		active bool
	}{
		{"one dead host that is asked again and again is its own fault", [][]note{{{"a", true, 0}, {"a", true, time.Second}, {"a", true, time.Second}, {"a", true, time.Second}}}, 0, 0, false},
		{"two dead hosts prove nothing", [][]note{hosts(2, true, time.Second)}, 0, 0, false},
		{"all hosts fail", [][]note{hosts(10, true, time.Second)}, 1, 0, true},
		{"a third of the hosts fails", [][]note{hosts(20, false, time.Second), {{"x", true, 0}, {"y", true, 0}, {"z", true, 0}, {"w", true, 0}}}, 0, 0, false},
		{"failures far apart are not one outage", [][]note{hosts(10, true, 40*time.Second)}, 0, 0, false},
		{"it ends when three hosts answer", [][]note{hosts(10, true, time.Second), hosts(3, false, time.Second)}, 1, 1, false},
		{"one answer among failures does not end it", [][]note{hosts(10, true, time.Second), hosts(1, false, time.Second), hosts(10, true, time.Second)}, 1, 0, true},
		{"it can begin again", [][]note{hosts(10, true, time.Second), hosts(3, false, time.Second), hosts(10, true, time.Second)}, 2, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o Outage
			now, began, ended := noon, 0, 0
			for _, run := range c.notes {
				for _, n := range run {
					now = now.Add(n.after)
					switch o.Note(n.host, n.failed, now) {
					case Began:
						began++
					case Ended:
						ended++
					}
				}
			}
			if _, active := o.Active(); began != c.began || ended != c.ended || active != c.active {
				t.Errorf("began %d, ended %d, active %v", began, ended, active)
			}
		})
	}
}

func TestAFrozenRoundIsRetriedSoonAndSpread(t *testing.T) {
	seen := map[int64]bool{}
	for i := range 100 {
		st := known(24 * time.Hour)
		st.ID = news.FeedID(fmt.Sprint(i))
		st.Health.Fails = 9
		Next(st, Spec{}, Round{Class: "dns", Frozen: true}, Limits{}, noon)
		d := st.Due.Sub(noon)
		if d < 30*time.Second || d > 8*time.Minute {
			t.Fatalf("asked again after %v", d)
		}
		seen[int64(d/time.Second)] = true
	}
	if len(seen) < 50 {
		t.Errorf("100 feeds come back in only %d different seconds", len(seen))
	}
}

// habit of a paper with an item an hour by day, none by night, few on Sunday.
func paper(days int) (st *news.FeedState, end time.Time) {
	st = &news.FeedState{ID: "paper", Added: noon}
	now := noon
	for range days * 24 {
		now = now.Add(time.Hour)
		r := Round{}
		if h := now.Hour(); h >= 7 && h <= 21 && now.Weekday() != time.Sunday {
			r.Fresh, r.Times = 1, []time.Time{now}
		}
		Next(st, Spec{}, r, Limits{}, now)
	}
	return st, now
}

func TestQuietKnowsNightsAndSundays(t *testing.T) {
	st, now := paper(30) // ends on a Friday at noon
	for h := range 60 {
		if s, quiet := Quiet(st, now.Add(time.Duration(h)*time.Hour)); quiet {
			t.Fatalf("quiet %d h after its last item: %+v", h, s)
		}
	}
	s, quiet := Quiet(st, now.Add(6*24*time.Hour))
	if !quiet || s.Usual < 9*time.Hour || s.Usual > 48*time.Hour || now.Sub(s.Since) > time.Hour {
		t.Errorf("six silent days of an hourly paper: quiet=%v %+v", quiet, s)
	}
}

func TestQuietNeedsAHabit(t *testing.T) {
	st := &news.FeedState{ID: "f"}
	Next(st, Spec{}, Round{Fresh: 2, Times: []time.Time{noon.Add(-time.Hour), noon}}, Limits{}, noon)
	if _, quiet := Quiet(st, noon.AddDate(1, 0, 0)); quiet {
		t.Error("two items are no habit")
	}
	if _, quiet := Quiet(&news.FeedState{}, noon); quiet {
		t.Error("no items are no habit")
	}
}

func TestOneLongSilenceDoesNotExcuseTheNext(t *testing.T) {
	st := known(time.Hour)
	now := noon.AddDate(0, 0, 20)
	Next(st, Spec{}, Round{Fresh: 1, Times: []time.Time{now}}, Limits{}, now)
	if st.Pace.Usual > 4*time.Hour {
		t.Errorf("usual gap %v after one silence of 20 days", st.Pace.Usual)
	}
}
