package schedule

import (
	"cmp"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Limits are what the operator allows every rhythm. The zero value holds the
// built-in ones.
type Limits struct {
	// Min is the operator's own floor under adaptive intervals. Zero means
	// the built-in one: 2 min where a feed answers 304, else 15 min.
	Min time.Duration
	Max time.Duration // ceiling over adaptive intervals; default 6 h

	MaxWish  time.Duration // how far a publisher's hint is followed; default 1 h
	MaxRetry time.Duration // how far a Retry-After is followed; default 24 h

	// Gain scales the adaptive intervals: 2 asks half as often. Default 1.
	Gain float64
}

func (l Limits) withDefaults() Limits {
	l.Max = cmp.Or(l.Max, 6*time.Hour)
	l.MaxWish = cmp.Or(l.MaxWish, time.Hour)
	l.MaxRetry = cmp.Or(l.MaxRetry, 24*time.Hour)
	l.Gain = cmp.Or(l.Gain, 1)
	l.Max = max(l.Max, l.Min)
	return l
}

// floor is the shortest adaptive interval for a feed.
func (l Limits) floor(t news.Trust) time.Duration {
	switch {
	case l.Min > 0:
		return l.Min
	case t.Proven304 && !t.Liar:
		return 2 * time.Minute
	}
	return 15 * time.Minute
}

// Round is what a round brought, as far as the schedule needs to know.
type Round struct {
	Class  string    // the error class; "" after a good round
	Retry  time.Time // Retry-After; zero if none
	Frozen bool      // our own network is down: the failure is not the feed's

	Fresh int         // new items
	Times []time.Time // when the new items were published, or noticed if undated
	Lost  int         // items that went by between this round and the one before

	Wish       time.Time // how long the answer stays fresh (max-age, Expires); zero if it does not say
	WishReason string    // the header that says so
	Said       *Wishes   // what the document asks; nil if none was read this time
}

// Wishes are what a document asks of those who poll it.
type Wishes struct {
	Interval  time.Duration // ttl or sy:updatePeriod; 0 if it asks nothing
	Reason    string        // the element that says so
	SkipHours []int         // hours of the day in UTC
	SkipDays  []int         // days of the week, 0 is Sunday
}

// Plan is the decision on a feed's next round. The due time and the interval
// stand in the feed's state as well.
type Plan struct {
	Due      time.Time
	Interval time.Duration
	Why      string  // for a person: what decided
	Clamps   []Clamp // wishes that were not followed to the letter
	Stop     bool    // never again by itself: the feed is gone for good
}

// Clamp is a wish that the configuration overrules.
type Clamp struct {
	What  string        // what was asked by what
	Asked time.Duration // what was asked
	Given time.Duration // what it got
	By    string        // what overruled it
}

func (c Clamp) String() string {
	return fmt.Sprintf("%s asks for %v, gets %v: %s", c.What, c.Asked, c.Given, c.By)
}

// Next decides when a feed is asked again and writes it into the state's Due
// and Pace. The state's health and trust must be up to date with the round.
// Next is pure: the same arguments give the same plan. Its jitter is a hash
// of the feed, so that feeds spread and a restart changes nothing.
func Next(st *news.FeedState, spec Spec, r Round, lim Limits, now time.Time) Plan {
	lim = lim.withDefaults()
	first := st.Pace.Polls == 0
	prev := st.Due
	learn(st, r, now)
	p := &planner{st: st, spec: spec, lim: lim, now: now}
	switch {
	case r.Class == "gone" && st.Health.State == "gone":
		st.Due = time.Time{}
		return Plan{Stop: true, Why: "gone for good (410)"}
	case r.Class != "":
		p.failed(r)
	case spec.cron != nil:
		p.clock(r)
	case spec.every > 0:
		p.fixed(r, prev, first)
	default:
		p.adaptive(r, first)
	}
	p.Interval = p.Due.Sub(now)
	st.Due = p.Due.UTC()
	return p.Plan
}

// planner makes one plan.
type planner struct {
	Plan
	st   *news.FeedState
	spec Spec
	lim  Limits
	now  time.Time
}

// fixed keeps to the feed's own beat: the beat outlives restarts, outages and
// lateness, so that feeds of one interval stay as spread as they were. The
// first beat falls anywhere in the interval.
func (p *planner) fixed(r Round, prev time.Time, first bool) {
	every := p.spec.every
	p.st.Pace.Interval = every
	p.Why = "every " + p.spec.String()
	p.overrule(r, every, "the config says every "+p.spec.String())
	if first || prev.IsZero() {
		p.Due = p.now.Add(max(time.Duration(float64(every)*p.phase("beat")), min(every, time.Second)))
		return
	}
	p.Due = prev.Add(every)
	if late := p.now.Add(every * 3 / 4).Sub(p.Due); late > 0 {
		p.Due = p.Due.Add((late + every - 1) / every * every)
	}
	if p.Due.After(p.now.Add(2 * every)) {
		p.Due = p.now.Add(every) // the rhythm was slower before
	}
}

// clock takes the next time of the cron spec, with a small delay that is the
// feed's own, so that feeds of one spec do not start in one instant.
func (p *planner) clock(r Round) {
	t := p.spec.cron.next(p.now)
	if t.IsZero() { // only for 29 February around the year 2100
		t = p.now.Add(24 * time.Hour)
	}
	spread := p.spec.cron.spread(t)
	p.Due = t.Add(time.Duration(float64(spread) * p.phase("clock"))).Truncate(time.Millisecond)
	p.st.Pace.Interval = p.Due.Sub(p.now)
	p.Why = "cron " + p.spec.String()
	p.overrule(r, p.Due.Sub(p.now), "the config says "+p.spec.String())
}

// adaptive follows the feed's own rhythm, slowed by what the publisher asks.
func (p *planner) adaptive(r Round, first bool) {
	pace := &p.st.Pace
	floor := p.lim.floor(p.st.Trust)
	d := time.Duration(float64(interval(pace.Arrivals, p.now)) * p.lim.Gain)
	p.Why = "the feed's own pace"
	if r.Lost > 0 && pace.Interval > 0 && d > pace.Interval/2 {
		d, p.Why = pace.Interval/2, fmt.Sprintf("%d items went by between two polls", r.Lost)
	}
	if d < floor {
		d, p.Why = floor, "the shortest interval allowed"
	}
	if d > p.lim.Max {
		d, p.Why = p.lim.Max, "the longest interval allowed"
	}
	pace.Interval = d

	u := p.phase("pace", fmt.Sprint(pace.Polls))
	if first {
		// Feeds that were first asked together part here; those at the
		// longest interval towards sooner, since it is a promise.
		d += time.Duration(float64(d) * u)
		if d > p.lim.Max {
			d = p.lim.Max/2 + time.Duration(float64(p.lim.Max/2)*u)
		}
	}
	d = p.wishes(r, d)
	if !first {
		d += time.Duration(float64(d) * 0.1 * u)
	}
	p.Due = p.skip(p.now.Add(d))
}

// phase is the feed's place in [0, 1), the same for the same words.
func (p *planner) phase(words ...string) float64 {
	return phase(append([]string{string(p.st.ID)}, words...)...)
}

func phase(words ...string) float64 {
	k := news.NewKey("phase", words...)
	n := uint64(0)
	for _, b := range k[:8] {
		n = n<<8 | uint64(b)
	}
	return float64(n>>11) / (1 << 53)
}

// Begin is when a feed is due at a start or after a change of its rhythm:
// what is stored, or sooner if the new rhythm is faster and nothing else holds
// the feed back. It is never sooner than stored for an unchanged rhythm. A
// feed that was never asked is due at once; the queue's rate spreads them. A
// feed that is gone has no due time.
func Begin(st *news.FeedState, spec Spec, lim Limits, now time.Time) time.Time {
	lim = lim.withDefaults()
	switch {
	case st.Health.State == "gone":
		return time.Time{}
	case st.Due.IsZero() || st.LastPoll.IsZero():
		return now
	case st.Health.Fails > 0:
		return st.Due
	case spec.cron != nil:
		// Due has a delay of its own behind the clock's time.
		if t := spec.cron.next(st.LastPoll.Add(time.Minute)); t.Before(st.Due.Add(-time.Minute)) {
			return t
		}
	case spec.every > 0:
		if t := st.LastPoll.Add(spec.every * 2); t.Before(st.Due) {
			return st.LastPoll.Add(spec.every)
		}
	default:
		if t := st.LastPoll.Add(lim.Max * 2); t.Before(st.Due) {
			return t
		}
	}
	return st.Due
}

// Rate is how many rounds a second the queue should start at most, for a
// start or a return from an outage that is as quick as it can be without a
// herd: a quarter above what the feeds need who are each spread over such a
// time, all feeds within two minutes, and five a second in any case.
func Rate(spans []time.Duration) float64 {
	need := 0.0
	for _, d := range spans {
		if d > 0 {
			need += 1 / d.Seconds()
		}
	}
	return max(5, 1.25*need, float64(len(spans))/120)
}
