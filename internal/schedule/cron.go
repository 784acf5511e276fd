package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// starBit is how the cron library marks a field written as "*".
const starBit = 1 << 63

// cronSpec is a cron spec that keeps its hours over a change of the clocks.
type cronSpec struct{ sched *cron.SpecSchedule }

// parseCron wraps the library's parser, which panics on a zone without times
// and accepts days that never come.
func parseCron(s string, loc *time.Location) (c *cronSpec, err error) {
	defer func() {
		if recover() != nil {
			c, err = nil, wrong(fixCron, "%q cannot be read as a cron spec", s)
		}
	}()
	zone, fields, named := cutZone(s)
	if named && fields == "" {
		return nil, wrong(fmt.Sprintf("every: %q", s+" */10 * * * *"), "%q has no times after the zone", s)
	}
	if named {
		if _, err := time.LoadLocation(zone); err != nil {
			return nil, wrong("a zone such as Europe/Brussels", "%q is no time zone", zone)
		}
	}
	if n := len(strings.Fields(fields)); !strings.HasPrefix(fields, "@") && n != 5 {
		return nil, wrong(fixCron, "%q has %d fields, not five", fields, n)
	}
	parsed, err := cron.ParseStandard(s)
	if err != nil {
		return nil, wrong(fixCron, "%q is no cron spec: %v", s, err)
	}
	sched, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, wrong(fixCron, "%q is no cron spec", s)
	}
	if !named {
		sched.Location = loc
	}
	// From the year before a leap year, so that 29 February is found.
	if sched.Next(time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, wrong("another day or month", "the day that %q names never comes, so the feed would never be asked", s)
	}
	return &cronSpec{sched}, nil
}

// cutZone splits the zone from the times.
func cutZone(s string) (zone, fields string, named bool) {
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			zone, fields, _ = strings.Cut(rest, " ")
			return zone, strings.TrimSpace(fields), true
		}
	}
	return "", s, false
}

// next is the first time after now. The library goes by the clock on the
// wall: a time in the hour that is left out in spring would be missed, one in
// the hour that comes twice in autumn would come twice. Here the first comes
// at the end of the gap and the second once. Specs for every hour are left as
// they are, since there it is the pace that matters.
func (c *cronSpec) next(now time.Time) time.Time {
	now = now.In(c.sched.Location)
	t := c.sched.Next(now)
	if t.IsZero() || c.sched.Hour&starBit != 0 {
		return t
	}
	for !t.IsZero() && repeatedHour(t) {
		t = c.sched.Next(t)
	}
	if missed, ok := c.inGap(now, t); ok {
		return missed
	}
	return t
}

// cronSpread is how long after a time of theirs feeds are asked at most.
const cronSpread = 30 * time.Second

// spread is over how much time the feeds of the spec are asked that are due at
// t, a time of the spec.
func (c *cronSpec) spread(t time.Time) time.Duration {
	gap := c.next(t).Sub(t)
	if gap <= 0 { // none comes, around the year 2100
		return cronSpread
	}
	return min(gap/4, cronSpread)
}

// repeatedHour reports whether the clock showed t's time once before, just
// before it was set back.
func repeatedHour(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, before := start.Add(-time.Second).Zone()
	_, after := start.Zone()
	return t.Sub(start) < time.Duration(before-after)*time.Second
}

// inGap finds a time of the spec, after now and before next, that the clock
// leaves out, and returns the moment at which the gap ends.
func (c *cronSpec) inGap(now, next time.Time) (time.Time, bool) {
	for at := now; ; {
		_, end := at.ZoneBounds()
		if end.IsZero() || next.IsZero() || !end.Before(next) {
			return time.Time{}, false
		}
		_, before := end.Add(-time.Second).Zone()
		_, after := end.Zone()
		if gap := time.Duration(after-before) * time.Second; gap > 0 {
			old := *c.sched
			old.Location = time.FixedZone("", before)
			if t := old.Next(end.Add(-time.Nanosecond)); !t.IsZero() && t.Before(end.Add(gap)) {
				return end, true
			}
		}
		at = end
	}
}
