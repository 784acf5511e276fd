package daemon

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	// waiting is how long a server may take to answer before somebody else
	// works in the place of the one who waits for it: servers that do not
	// answer must not hold up the feeds of others.
	waiting = time.Second
	// spare is how many may wait so, for each worker of the config.
	spare = 8
)

// crew are the workers that take rounds. As many work as the config says;
// those that wait for slow servers are not counted. What an answer brought is
// in the hands of so many, too, until it is stored, whatever the number of
// those that wait: a slow disk lets nobody else in.
type crew struct {
	size  int
	next  func(context.Context) (news.FeedID, error) // waits for a feed that is due
	round func(context.Context, news.FeedID, *worker)

	mu      sync.Mutex
	workers map[*worker]struct{}
	surplus int // workers that go home after their round
	all     sync.WaitGroup

	begun chan struct{} // a server is asked; nobody looks while there is none
	desks chan struct{} // one for each who reads and stores an answer
}

type worker struct {
	crew  *crew
	since atomic.Int64 // since when it waits for a server, in Unix nanoseconds; 0 if it does not
	desk  bool         // it has one
}

// asks says that a request goes out. A nil worker belongs to no crew.
func (w *worker) asks() {
	if w == nil {
		return
	}
	w.since.Store(time.Now().UnixNano())
	select {
	case w.crew.begun <- struct{}{}:
	default:
	}
}

// answered says that the server answered, and waits for a desk, which is the
// worker's until the end of its round, or for the end of ctx.
func (w *worker) answered(ctx context.Context) {
	if w == nil {
		return
	}
	w.since.Store(0)
	select {
	case w.crew.desks <- struct{}{}:
		w.desk = true
	case <-ctx.Done():
	}
}

// rests ends a round.
func (w *worker) rests() {
	w.since.Store(0)
	if w.desk {
		w.desk = false
		<-w.crew.desks
	}
}

// run works until ctx ends and all have come home.
func (c *crew) run(ctx context.Context) {
	c.workers, c.begun, c.desks = make(map[*worker]struct{}), make(chan struct{}, 1), make(chan struct{}, c.size)
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
		w := &worker{crew: c}
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
		c.round(ctx, id, w)
		w.rests()
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
