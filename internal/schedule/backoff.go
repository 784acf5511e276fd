package schedule

import (
	"fmt"
	"time"
)

// rungs is the back-off after failures in a row: the first wait, doubled each
// time up to the last. No failure but 410 ends the asking: feeds answer 404
// for a week and come back.
type rungs struct {
	first, last time.Duration
	answered    bool // the server spoke: do not come back sooner than the floor
}

// ladder gives each class its back-off. What heals by itself is asked again
// soon; what needs a person is asked rarely.
var ladder = map[string]rungs{
	"dns":              {time.Minute, 6 * time.Hour, false},
	"connect":          {time.Minute, 6 * time.Hour, false},
	"tls":              {10 * time.Minute, 6 * time.Hour, false},
	"timeout":          {time.Minute, 6 * time.Hour, false},
	"reset":            {time.Minute, 6 * time.Hour, false},
	"truncated":        {time.Minute, 6 * time.Hour, true},
	"server_error":     {2 * time.Minute, 6 * time.Hour, true},
	"unavailable":      {5 * time.Minute, 6 * time.Hour, true},
	"rate_limited":     {15 * time.Minute, 12 * time.Hour, true},
	"not_found":        {15 * time.Minute, 24 * time.Hour, true},
	"gone":             {15 * time.Minute, 24 * time.Hour, true},
	"forbidden":        {30 * time.Minute, 12 * time.Hour, true},
	"auth":             {30 * time.Minute, 12 * time.Hour, true},
	"bot_wall":         {30 * time.Minute, 12 * time.Hour, true},
	"not_feed":         {10 * time.Minute, 12 * time.Hour, true},
	"redirect_loop":    {30 * time.Minute, 24 * time.Hour, true},
	"redirect_blocked": {30 * time.Minute, 24 * time.Hour, true},
	"too_large":        {time.Hour, 24 * time.Hour, true},
	"bomb":             {time.Hour, 24 * time.Hour, true},
	"hostile_markup":   {time.Hour, 24 * time.Hour, true},
	"bad_encoding":     {15 * time.Minute, 12 * time.Hour, true},
	"bad_headers":      {15 * time.Minute, 12 * time.Hour, true},
}

// failed plans the round after a failure.
func (p *planner) failed(r Round) {
	normal := p.normal()
	u := p.phase("retry", fmt.Sprint(p.st.Health.Fails), p.now.Format(time.RFC3339))
	if r.Frozen {
		d := min(max(normal, time.Minute), 5*time.Minute)
		p.Due = p.now.Add(d/2 + time.Duration(float64(d)*u))
		p.Why = "our own network seems to be down"
		return
	}
	step, ok := ladder[r.Class]
	if !ok {
		step = ladder["server_error"]
	}
	d := min(step.first, normal)
	if step.answered && p.spec.Adaptive() {
		d = max(d, p.lim.floor(p.st.Trust))
	}
	d = max(d, time.Second)
	for n := 1; n < p.st.Health.Fails && d < step.last; n++ {
		d *= 2
	}
	d = min(d, max(step.last, normal))
	p.Due = p.now.Add(time.Duration(float64(d) * (0.85 + 0.3*u)))
	p.Why = fmt.Sprintf("failed %d times in a row (%s)", max(1, p.st.Health.Fails), r.Class)
	p.retry(r, u)
	if c := p.spec.cron; c != nil {
		p.Due = later(p.Due, c.soonAfter(p.now, p.Due, p.st.Health.Fails))
	}
}

// normal is the interval that the feed has when all is well.
func (p *planner) normal() time.Duration {
	switch {
	case p.spec.every > 0:
		return p.spec.every
	case p.spec.cron != nil:
		t := p.spec.cron.next(p.now)
		return max(time.Minute, p.spec.cron.next(t).Sub(t))
	case p.st.Pace.Interval > 0:
		return max(p.st.Pace.Interval, p.lim.floor(p.st.Trust))
	}
	return p.lim.floor(p.st.Trust)
}

// retry keeps to a Retry-After: never sooner, and a little later for each
// feed in its own way, since the whole host may have been told the same time.
func (p *planner) retry(r Round, u float64) {
	wait := r.Retry.Sub(p.now)
	if r.Retry.IsZero() || wait <= 0 {
		return
	}
	if wait > p.lim.MaxRetry {
		p.Clamps = append(p.Clamps, Clamp{What: "Retry-After", Asked: wait, Given: p.lim.MaxRetry, By: "the longest that it is followed"})
		wait = p.lim.MaxRetry
	}
	wait += time.Duration(u * float64(min(wait/10, time.Minute)))
	if t := p.now.Add(wait); t.After(p.Due) {
		p.Due, p.Why = t, "the server asks (Retry-After)"
	}
}

// soonAfter keeps a failing feed to the hours that its spec names once a few
// quick tries have failed: a desk that polls by day does not want retries by
// night.
func (c *cronSpec) soonAfter(now, due time.Time, fails int) time.Time {
	if fails <= 3 && due.Sub(now) < 15*time.Minute {
		return due
	}
	if t := c.next(due.Add(-time.Second)); !t.IsZero() {
		return t
	}
	return due
}
