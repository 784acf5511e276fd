package daemon

import (
	"fmt"
	"sync/atomic"
	"time"

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

func (b *beats) healthy(now time.Time) bool {
	for _, c := range b.checks(now) {
		if !c.OK {
			return false
		}
	}
	return true
}
