package schedule

import (
	"slices"
	"time"
)

// wishes raises an adaptive interval to what the publisher asks, as far as
// the limits follow it.
func (p *planner) wishes(r Round, d time.Duration) time.Duration {
	for _, w := range p.asked(r) {
		got := w.Asked
		if got > p.lim.MaxWish {
			got = p.lim.MaxWish
			p.Clamps = append(p.Clamps, Clamp{What: w.What, Asked: w.Asked, Given: max(got, d), By: "hints are followed for " + p.lim.MaxWish.String() + " at most"})
		}
		if got > d {
			d, p.Why = got, "the publisher asks ("+w.What+")"
		}
	}
	return d
}

// overrule reports the hints that a rhythm of the config overrules.
func (p *planner) overrule(r Round, d time.Duration, by string) {
	for _, w := range p.asked(r) {
		if w.Asked > d {
			p.Clamps = append(p.Clamps, Clamp{What: w.What, Asked: w.Asked, Given: d, By: by})
		}
	}
}

// asked are the publisher's hints: of the answer just now, and of the last
// document that was read, since a 304 brings none.
func (p *planner) asked(r Round) []Clamp {
	var all []Clamp
	if d := r.Wish.Sub(p.now); !r.Wish.IsZero() && d > 0 {
		all = append(all, Clamp{What: r.WishReason, Asked: d})
	}
	if d := p.st.Pace.Wish; d > 0 {
		what := "the document"
		if r.Said != nil && r.Said.Reason != "" {
			what = r.Said.Reason
		}
		all = append(all, Clamp{What: what, Asked: d})
	}
	return all
}

// skip moves a time out of the hours and days that the document asks to leave
// out. A feed that leaves out so much that it would be blind is asked at the
// longest interval instead.
func (p *planner) skip(t time.Time) time.Time {
	pace := p.st.Pace
	if len(pace.SkipHours) == 0 && len(pace.SkipDays) == 0 {
		return t
	}
	latest := p.now.Add(p.lim.Max)
	moved := t.UTC()
	for range 24 * 8 {
		if !slices.Contains(pace.SkipHours, moved.Hour()) && !slices.Contains(pace.SkipDays, int(moved.Weekday())) {
			break
		}
		moved = moved.Truncate(time.Hour).Add(time.Hour)
	}
	if moved.Equal(t) {
		return t
	}
	what := "skipHours or skipDays"
	// All feeds that leave out the night must not come back in one instant.
	moved = moved.Add(time.Duration(float64(10*time.Minute) * p.phase("skip")))
	if moved.After(latest) {
		end := later(t, latest)
		p.Clamps = append(p.Clamps, Clamp{What: what, Asked: moved.Sub(p.now), Given: end.Sub(p.now), By: "the longest interval allowed"})
		moved = end
	}
	p.Why = "the publisher asks (" + what + ")"
	return moved
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
