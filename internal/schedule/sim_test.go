package schedule

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// trace is when one feed published, in Unix seconds and in order.
type trace struct {
	id     string
	at     []int64
	window int  // items that the feed shows
	honest bool // answers 304
}

// shown returns the items in the feed at a time, oldest first.
func (tr trace) shown(now int64) []int64 {
	n := sort.Search(len(tr.at), func(i int) bool { return tr.at[i] > now })
	return tr.at[max(0, n-tr.window):n]
}

// policy decides the wait after a poll that showed these items, of which the
// last `fresh` are new.
type policy func(shown []int64, fresh int, now int64) time.Duration

// outcome is what a schedule achieved: its cost and the lags of the items
// that were published in the measured time.
type outcome struct {
	requests int
	lags     []float64 // seconds, sorted
}

func (o outcome) at(q float64) float64 {
	if len(o.lags) == 0 {
		return math.NaN()
	}
	return o.lags[min(len(o.lags)-1, int(q*float64(len(o.lags))))]
}

func (o outcome) mean() float64 {
	sum := 0.0
	for _, l := range o.lags {
		sum += l
	}
	return sum / float64(len(o.lags))
}

// simulate polls every trace by a policy of its own from start to end and
// counts what happens from measure on. Each feed starts somewhere in the
// first hour.
func simulate(traces []trace, start, measure, end int64, make func(trace) policy) outcome {
	var o outcome
	for _, tr := range traces {
		next := make(tr)
		now := start + int64(phase(tr.id, "start")*3600)
		seen := sort.Search(len(tr.at), func(i int) bool { return tr.at[i] > now })
		from := max(0, seen-tr.window) // everything shown is new at first
		for now < end {
			n := seen + sort.Search(len(tr.at)-seen, func(i int) bool { return tr.at[seen+i] > now })
			for _, at := range tr.at[seen:n] {
				if at >= measure {
					o.lags = append(o.lags, float64(now-at))
				}
			}
			shown := tr.at[max(0, n-tr.window):n]
			if now >= measure {
				o.requests++
			}
			d := next(shown, min(n-from, len(shown)), now)
			seen, from = n, n
			now += max(1, int64(d/time.Second))
		}
		for _, at := range tr.at[seen:] {
			if at >= measure && at < end {
				o.lags = append(o.lags, float64(end-at)) // at least
			}
		}
	}
	slices.Sort(o.lags)
	return o
}

// ours is the adaptive schedule as the daemon runs it.
func ours(lim Limits) func(trace) policy {
	return func(tr trace) policy {
		st := &news.FeedState{ID: news.FeedID(tr.id)}
		st.Trust.Proven304 = tr.honest
		return func(shown []int64, fresh int, now int64) time.Duration {
			r := Round{Fresh: fresh}
			for _, at := range shown[len(shown)-fresh:] {
				r.Times = append(r.Times, time.Unix(at, 0))
			}
			return Next(st, Spec{}, r, lim, time.Unix(now, 0)).Interval
		}
	}
}

// powerLaw makes feeds whose rates follow a power law, with the day and night
// of one of a few regions, quieter weekends, and items that bring others in
// their wake.
func powerLaw(n int, start, end int64, seed uint64) []trace {
	rng := rand.New(rand.NewPCG(seed, 1))
	regions := []float64{0, 1, 1, 2, 3, 8, 9, 17, 20}
	traces := make([]trace, n)
	for i := range traces {
		perDay := min(200, 0.3*math.Pow(1-rng.Float64(), -1/0.9))
		east := regions[rng.IntN(len(regions))]
		night := 0.05 + 0.5*rng.Float64()*rng.Float64()
		traces[i] = trace{
			id:     string(rune('a'+i%26)) + time.Duration(i).String(),
			at:     publish(rng, perDay, east, night, start, end),
			window: 15 + rng.IntN(36),
			honest: rng.Float64() < 0.75,
		}
	}
	return traces
}

// publish draws publication times: a Poisson process thinned by the hour of
// the day and the day of the week, of which a quarter bring a follower within
// half an hour.
func publish(rng *rand.Rand, perDay, east, night float64, start, end int64) []int64 {
	var at []int64
	peak := perDay / 86400 * 2
	for t := float64(start); ; {
		t += rng.ExpFloat64() / peak
		if t >= float64(end) {
			break
		}
		hour := math.Mod(t/3600+east, 24)
		level := night
		if hour >= 6 && hour < 23 {
			level = night + (1-night)*math.Sin(math.Pi*(hour-6)/17)
		}
		if d := (int64(t)/86400 + 4) % 7; d == 0 || d == 6 {
			level *= 0.6
		}
		if rng.Float64() > level {
			continue
		}
		at = append(at, int64(t))
		for f := t; rng.Float64() < 0.25; {
			f += rng.Float64() * 1800
			if f < float64(end) {
				at = append(at, int64(f))
			}
		}
	}
	slices.Sort(at)
	return at
}
