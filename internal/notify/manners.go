package notify

import (
	"slices"
	"time"
)

// Manners are how a channel wants to be spoken to. The zero value asks for
// nothing: everything at once, no mentions.
type Manners struct {
	Zone  *time.Location // of every time of day here and of a day's budget; nil is UTC
	Quiet Quiet          // normal alerts wait until its end, then come as a digest

	Digests    []Clock // set times of the digest for what was held back
	DigestOnly bool    // normal alerts come in the digests only

	Budget   int        // normal alerts a day; over it they wait for a digest; 0 is no limit
	Mention  string     // added to urgent alerts: "here", "channel" or a group's ID; "" for none
	Escalate Escalation // for urgent alerts that nobody claims
}

// Quiet is a period of the day, on the days on which it begins. From later
// than To runs over midnight. No Days means every day; From equal to To means
// never.
type Quiet struct {
	From, To Clock
	Days     []time.Weekday
}

// Escalation says again, to somebody else, that an urgent alert is unclaimed.
type Escalation struct {
	After   time.Duration // 0 for never
	Mention string
}

func (m Manners) zone() *time.Location {
	if m.Zone == nil {
		return time.UTC
	}
	return m.Zone
}

// QuietUntil tells whether t lies in the quiet hours, and when they end.
func (m Manners) QuietUntil(t time.Time) (time.Time, bool) {
	q := m.Quiet
	if q.From == q.To {
		return time.Time{}, false
	}
	y, mo, d := t.In(m.zone()).Date()
	over := 0
	if q.To < q.From {
		over = 1
	}
	// Yesterday's period may still run; two periods may also touch.
	until, quiet := t, false
	for _, day := range [...]int{d - 1, d, d + 1} {
		from := q.From.on(y, mo, day, m.zone())
		to := q.To.on(y, mo, day+over, m.zone())
		begins := time.Date(y, mo, day, 12, 0, 0, 0, time.UTC).Weekday()
		if len(q.Days) > 0 && !slices.Contains(q.Days, begins) {
			continue
		}
		if !until.Before(from) && until.Before(to) {
			until, quiet = to, true
		}
	}
	return until, quiet
}

// NextDigest is the first set time of a digest after t that does not lie in
// the quiet hours. Without set times it is the beginning of the next day.
func (m Manners) NextDigest(t time.Time) time.Time {
	y, mo, d := t.In(m.zone()).Date()
	times := m.Digests
	if len(times) == 0 {
		times = []Clock{0}
	}
	var next time.Time
	for day := d; day <= d+1; day++ {
		for _, c := range times {
			if at := c.on(y, mo, day, m.zone()); at.After(t) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	if until, quiet := m.QuietUntil(next); quiet {
		return until
	}
	return next
}

// DayStart is the beginning of t's day in the channel's zone.
func (m Manners) DayStart(t time.Time) time.Time {
	y, mo, d := t.In(m.zone()).Date()
	return Clock(0).on(y, mo, d, m.zone())
}
