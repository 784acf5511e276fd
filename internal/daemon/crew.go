package daemon

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	// waiting is how long a round may take before somebody else works in the
	// place of the one who waits for its end: servers that do not answer must
	// not hold up the feeds of others.
	waiting = time.Second
	// spare is how many may wait so, for each worker of the config.
	spare = 8
)

// crew are the workers that take rounds. As many work as the config says;
// those that wait for slow servers are not counted.
type crew struct {
	size  int
	next  func(context.Context) (news.FeedID, error) // waits for a feed that is due
	round func(context.Context, news.FeedID)

	mu      sync.Mutex
	workers map[*worker]struct{}
	surplus int // workers that go home after their round
	all     sync.WaitGroup

	begun chan struct{} // a round began; nobody looks while there is none
}

type worker struct {
	since atomic.Int64 // start of its round, in Unix nanoseconds; 0 between rounds
}

// run works until ctx ends and all have come home.
func (c *crew) run(ctx context.Context) {
	c.workers, c.begun = make(map[*worker]struct{}), make(chan struct{}, 1)
	c.hire(ctx, c.size)
	look := time.NewTimer(waiting)
	look.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-c.begun:
		}
		for busy := true; busy; {
			look.Reset(waiting / 2)
			select {
			case <-ctx.Done():
				busy = false
			case now := <-look.C:
				busy = c.level(ctx, now)
			}
		}
	}
	look.Stop()
	c.all.Wait()
}

// level hires for those that wait, and lets go whom nobody needs any more. It
// reports whether there is anything left to look after.
func (c *crew) level(ctx context.Context, now time.Time) (busy bool) {
	c.mu.Lock()
	slow := 0
	for w := range c.workers {
		at := w.since.Load()
		busy = busy || at != 0
		if at != 0 && now.Sub(time.Unix(0, at)) >= waiting {
			slow++
		}
	}
	want := c.size + min(slow, spare*c.size)
	lacking := want - len(c.workers)
	c.surplus = max(0, -lacking)
	c.mu.Unlock()
	c.hire(ctx, lacking)
	return busy
}

func (c *crew) hire(ctx context.Context, n int) {
	for range n {
		w := new(worker)
		c.mu.Lock()
		c.workers[w] = struct{}{}
		c.mu.Unlock()
		c.all.Go(func() {
			c.work(ctx, w)
			c.mu.Lock()
			delete(c.workers, w)
			c.mu.Unlock()
		})
	}
}

// work takes rounds until ctx ends or there are more workers than are needed.
func (c *crew) work(ctx context.Context, w *worker) {
	for !c.surplusTaken() {
		id, err := c.next(ctx)
		if err != nil {
			return
		}
		w.since.Store(time.Now().UnixNano())
		select {
		case c.begun <- struct{}{}:
		default:
		}
		c.round(ctx, id)
		w.since.Store(0)
	}
}

// surplusTaken reports whether the one who asks goes home.
func (c *crew) surplusTaken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.surplus == 0 {
		return false
	}
	c.surplus--
	return true
}
