package notify

import "time"

// Pace is how fast the courier speaks. Zero fields take the defaults, which
// stay within what Slack allows one app.
type Pace struct {
	Every, EveryPost, EveryEdit, EveryLook time.Duration // one post in a channel; one post, edit, reading in all
	Burst                                  int           // posts at once in a channel after a pause
	EditGap                                time.Duration // between two edits of one message
}

func (p Pace) withDefaults() Pace {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&p.Every, time.Second)
	set(&p.EveryPost, 250*time.Millisecond)
	set(&p.EveryEdit, 2*time.Second)
	set(&p.EveryLook, 1500*time.Millisecond)
	set(&p.EditGap, 10*time.Second)
	if p.Burst == 0 {
		p.Burst = 3
	}
	return p
}

// bucket lets one through every so often, and a burst after a pause. full is
// the moment at which it will have forgotten everything that passed.
type bucket struct {
	every time.Duration
	burst int
	full  time.Time
}

// next is when one may pass, now at the earliest.
func (b *bucket) next(now time.Time) time.Time {
	return later(now, b.full.Add(-time.Duration(b.burst-1)*b.every))
}

func (b *bucket) take(now time.Time) { b.full = later(b.full, now).Add(b.every) }

// took counts one that passed at the latest now.
func (b *bucket) took(now time.Time) { b.full = later(b.full, now.Add(b.every)) }

// drain empties it, so that a restart brings no second burst.
func (b *bucket) drain(now time.Time) { b.full = now.Add(time.Duration(b.burst) * b.every) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sooner is the earlier of two moments; a zero one is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
