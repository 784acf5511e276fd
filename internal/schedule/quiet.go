package schedule

import (
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	quietKnown   = 8 // arrivals before a habit is known
	quietFactor  = 2.5
	quietSettled = 10 * 24 * time.Hour // a weekend and a week have been seen
	quietFloor   = 24 * time.Hour      // no silence is remarkable before ...
	quietYoung   = 72 * time.Hour      // ... and before this while a feed is young
	usualHalf    = 60 * 24 * 3600      // seconds in which a long gap is half forgotten
)

// Silence is how long a feed has said nothing new, beside its habit.
type Silence struct {
	Since time.Time
	Usual time.Duration // the longest gap that is usual for it
}

// Quiet reports whether a feed that answers well has fallen silent against
// its own habit, nights and weekends included.
func Quiet(st *news.FeedState, now time.Time) (Silence, bool) {
	p := &st.Pace
	n := len(p.Arrivals)
	if n == 0 {
		return Silence{}, false
	}
	s := Silence{Since: time.Unix(p.Arrivals[n-1], 0).UTC(), Usual: p.Usual}
	floor := quietYoung
	if known := now.Sub(time.Unix(p.Arrivals[0], 0)); known >= quietSettled || !st.Added.IsZero() && now.Sub(st.Added) >= quietSettled {
		floor = quietFloor
	}
	limit := max(floor, time.Duration(quietFactor*float64(p.Usual)))
	return s, n >= quietKnown && p.Usual > 0 && now.Sub(s.Since) > limit
}

// usual is the longest gap that is usual after new arrivals. It grows with
// the gaps that are seen, to three times itself at most, so that one long
// silence does not excuse the next, and forgets slowly. last is the newest
// arrival before the new ones.
func usual(p *news.Pace, first bool, last int64) time.Duration {
	var gaps []int64
	for i := 1; i < len(p.Arrivals); i++ {
		if first || p.Arrivals[i] > last {
			gaps = append(gaps, p.Arrivals[i]-p.Arrivals[i-1])
		}
	}
	if len(gaps) == 0 {
		return p.Usual
	}
	if first || p.Usual == 0 {
		slices.Sort(gaps)
		// The longest one may only be an old item that stays in the feed.
		return time.Duration(gaps[max(0, len(gaps)-2)]) * time.Second
	}
	u := int64(p.Usual / time.Second)
	for _, g := range gaps {
		u -= u * min(g, usualHalf) / (2 * usualHalf)
		u = max(u, min(g, 3*u))
	}
	return time.Duration(u) * time.Second
}
