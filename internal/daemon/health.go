package daemon

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/web"
)

// stalled is how long a part may make no progress before it counts as
// stopped. systemd's watchdog is told nothing from then on.
const stalled = 60 * time.Second

// beat is the last progress of one part.
type beat struct{ last atomic.Int64 }

func (b *beat) mark(t time.Time) { b.last.Store(t.UnixNano()) }

func (b *beat) check(name, doing string, now time.Time) web.Check {
	n := b.last.Load()
	if n == 0 {
		return web.Check{Name: name, Detail: "has not started"}
	}
	age := now.Sub(time.Unix(0, n)).Round(time.Second)
	if age > stalled {
		return web.Check{Name: name, Detail: fmt.Sprintf("no progress for %s", age)}
	}
	return web.Check{Name: name, OK: true, Detail: fmt.Sprintf("%s %s ago", doing, max(age, 0))}
}

// beats are the three things that must go on for the watch to be a watch.
type beats struct {
	polling    beat // the due-queue was served
	storing    beat // a real commit became durable
	delivering beat // the courier looked through the outbox
}

func (b *beats) checks(now time.Time) []web.Check {
	return []web.Check{
		b.polling.check("polling", "queue served", now),
		b.storing.check("storing", "commit", now),
		b.delivering.check("delivering", "outbox read", now),
	}
}

// alive is what systemd's watchdog is told. A full disk is no reason to start
// anew.
func (b *beats) alive(now time.Time) bool { return allOK(b.checks(now)) }

func allOK(checks []web.Check) bool {
	return !slices.ContainsFunc(checks, func(c web.Check) bool { return !c.OK })
}

// taken adds to the check of the outbox that alerts are refused, or have had
// no answer for long.
func taken(c web.Check, s notify.Status, now time.Time) web.Check {
	switch {
	case !c.OK:
	case s.App != "":
		return web.Check{Name: c.Name, Detail: "nothing can be said: " + s.App}
	case s.Silent != "" && now.Sub(s.SilentAt) > stalled:
		return web.Check{Name: c.Name, Detail: fmt.Sprintf("no answer for %s: %s", now.Sub(s.SilentAt).Round(time.Second), s.Silent)}
	}
	return c
}

// checks are the beats', whether what comes in can be stored, and whether
// what goes out is taken.
func (d *Daemon) checks(now time.Time) []web.Check {
	all := d.beats.checks(now)
	for i := range all {
		switch all[i].Name {
		case "storing":
			all[i] = d.storing.check(all[i])
		case "delivering":
			all[i] = taken(all[i], d.courier.Status(), now)
		}
	}
	return all
}
