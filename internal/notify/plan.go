package notify

import (
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// job is one delivery with what is to be done for it.
type job struct {
	d      news.Delivery
	verb   verb
	target news.Receipt

	// What its channel is like when it starts.
	escalate Escalation
	blind    bool
}

// verbFor tells what a delivery needs next.
func verbFor(d *news.Delivery, target news.Receipt) verb {
	switch {
	case d.State == news.StateUnknown || d.State == news.StateSent:
		return verbLook
	case target.Message == "":
		return verbSay
	case d.Alert.Kind == news.KindUpdate && d.Alert.Updates != updatesThread:
		return verbEdit
	}
	return verbSay
}

// next picks the first of a channel's deliveries that may go now. If none
// may, it tells when one will.
func (c *Courier) next(ln *lane, t tidied, now time.Time) (j job, ok bool, at time.Time) {
	for _, d := range t.due {
		j := job{d: d, target: t.targets[d.Alert.ID]}
		if d.State == news.StateSent && d.Receipt.Thread != "" {
			j.target = news.Receipt{Channel: d.Receipt.Channel, Message: d.Receipt.Message}
		}
		j.verb = verbFor(&d, j.target)
		ready := c.ready(ln, j, now)
		if !ready.After(now) {
			return j, true, time.Time{}
		}
		at = sooner(at, ready)
	}
	return job{}, false, at
}

// ready is when a job may go: at the end of every wait that concerns it.
func (c *Courier) ready(ln *lane, j job, now time.Time) time.Time {
	at := later(now, c.hold)
	if c.app.open {
		at = later(at, c.app.until)
		if c.flying > 0 {
			at = later(at, now.Add(time.Second)) // one probe at a time
		}
	}
	if ln.broken.open {
		at = later(at, ln.broken.until)
	}
	at = later(at, ln.hold[j.verb])
	urgent := j.d.Alert.Urgent
	switch j.verb {
	case verbSay:
		at = later(at, ln.pace.next(now))
		if !urgent {
			at = later(at, c.posts.next(now))
		}
	case verbEdit:
		at = later(at, c.edits.next(now))
		at = later(at, c.lastEdit(j.target).Add(c.pace.EditGap))
	case verbLook:
		if !urgent {
			at = later(at, c.looks.next(now))
		}
	}
	return at
}

// spend takes what a job uses up.
func (c *Courier) spend(ln *lane, j job, now time.Time) {
	switch j.verb {
	case verbSay:
		ln.pace.take(now)
		c.posts.take(now)
	case verbEdit:
		c.edits.take(now)
	case verbLook:
		c.looks.take(now)
	}
	if j.verb != verbLook && j.target.Message != "" {
		c.edited[messageOf(j.target)] = now
	}
}

// lastEdit is when a message was last edited. Of edits before the start
// nothing is known, so the start counts as one.
func (c *Courier) lastEdit(r news.Receipt) time.Time {
	if at, ok := c.edited[messageOf(r)]; ok {
		return at
	}
	return c.started
}

func messageOf(r news.Receipt) string { return r.Channel + " " + r.Message }
