package schedule

import (
	"math"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	maxArrivals = 64
	day         = 24 * 3600 // seconds
	// burst is the span in which arrivals count as one: a feed that writes
	// twenty items at once needs one poll for them, not twenty.
	burst = 60
)

// The adaptive interval is a function of the gap that is expected before the
// next item. Feeds that write often are asked in proportion to it: their items
// are the many, and each waits for its share of a gap. Below one item in a few
// hours it grows more slowly than the gap, so that a quiet feed that wakes up
// is not noticed a day late. The figures were found with the simulation in the
// tests.
const (
	kneeGap      = 4 * time.Hour
	kneeInterval = 24 * time.Minute // at kneeGap
	slowPower    = 0.65             // above kneeGap
	recentShare  = 0.6              // of the recent rate in the whole
	recentGaps   = 4                // how many mean gaps are recent
	unknown      = 30 * time.Minute // nothing was ever seen
)

// interval is how long to wait for a feed with these arrivals (Unix seconds,
// oldest first), before limits.
func interval(arrivals []int64, now time.Time) time.Duration {
	if len(arrivals) == 0 {
		return unknown
	}
	gap := 1 / (rate(arrivals, now) * habit(arrivals, now)) / kneeGap.Seconds()
	if gap > 1 {
		gap = math.Pow(gap, slowPower)
	}
	return time.Duration(min(gap*float64(kneeInterval), float64(1000*time.Hour)))
}

// rate is the rate of arrivals per second now: the mean over all that are
// known and over the silence since, blended with a recent one.
func rate(arrivals []int64, now time.Time) float64 {
	t := float64(now.Unix())
	span := max(t-float64(arrivals[0]), burst)
	long := float64(len(arrivals)) / span
	tau := recentGaps / long
	recent := 0.0
	for _, a := range slices.Backward(arrivals) {
		age := t - float64(a)
		if age > 8*tau {
			break
		}
		recent += math.Exp(-age/tau) / tau
	}
	return long*(1-recentShare) + recent*recentShare
}

// habit is how much the feed favours this time of day: 1 for no habit.
func habit(arrivals []int64, now time.Time) float64 {
	span := now.Unix() - arrivals[0]
	if span < day {
		return 1 // the recent rate follows the hour by itself
	}
	const width = 5400
	at := (now.Unix() + width/2) % day
	in := 0.0
	for _, a := range arrivals {
		d := (a%day - at + day + day/2) % day
		if d -= day / 2; d < 0 {
			d = -d
		}
		if d < width {
			in++
		}
	}
	expected := float64(len(arrivals)) * 2 * width / day
	const prior = 3
	return (in + prior) / (expected + prior)
}

// learn adds a round to the feed's pace.
func learn(st *news.FeedState, r Round, now time.Time) {
	p := &st.Pace
	if r.Class != "" {
		return
	}
	first := p.Polls == 0
	p.Polls++
	if r.Fresh > 0 {
		p.Fresh++
	}
	if r.Said != nil {
		p.Wish, p.SkipHours, p.SkipDays = r.Said.Interval, r.Said.SkipHours, r.Said.SkipDays
	}
	if len(r.Times) == 0 {
		return
	}
	last := int64(0)
	if n := len(p.Arrivals); n > 0 {
		last = p.Arrivals[n-1]
	}
	p.Arrivals = merge(p.Arrivals, arrivals(r.Times, p.Interval, first, now))
	p.Usual = usual(p, first, last)
}

// arrivals are the times that can be believed. What claims to be much older
// than the round before was not there then: it arrived now.
func arrivals(times []time.Time, interval time.Duration, first bool, now time.Time) []int64 {
	oldest := now.Add(-max(4*interval, 24*time.Hour))
	if first {
		oldest = now.AddDate(-1, 0, 0)
	}
	var out []int64
	for _, t := range times {
		switch {
		case t.After(now), t.Before(oldest) && !first:
			t = now
		case t.Before(oldest):
			continue
		}
		out = append(out, t.Unix())
	}
	return out
}

// merge joins two runs of arrivals: in order, bursts as one, the newest kept.
func merge(old, fresh []int64) []int64 {
	all := slices.Concat(old, fresh)
	slices.Sort(all)
	out := all[:0]
	for _, a := range all {
		if len(out) == 0 || a-out[len(out)-1] >= burst {
			out = append(out, a)
		}
	}
	return slices.Clone(out[max(0, len(out)-maxArrivals):])
}
