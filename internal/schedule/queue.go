package schedule

import (
	"cmp"
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Manners are how a host is treated.
type Manners struct {
	Concurrent int           // rounds at once; 0 means 2
	Spacing    time.Duration // between two starts
}

// QueueOptions set up a [Queue].
type QueueOptions struct {
	Manners // towards every host ...
	// ... but those for which Host returns others; may be nil.
	Host func(host string) (Manners, bool)
	// Rate is how many rounds start per second at most, whatever is due; 0
	// means no bound. It spreads a start, and the return from a suspend.
	Rate float64
}

// Queue holds the feeds until they are due and hands them out, to one caller
// at a time, in the order in which they became due, with manners towards
// their hosts. A host that hangs or owns half of the feeds holds up only
// itself, and a feed that is asked every few seconds has every other turn of a
// host that has more due than it may be asked. It lives in memory; what is due when stands in the feeds' states.
//
// An operation costs O(log n). There is no goroutine, and one timer while
// somebody waits, so that feeds at rest cost nothing.
//
// Due times are wall time when they come in and measured by the monotonic
// clock from then on, so that setting the clock moves nothing; a leap of the
// clock, as after a suspend, is noticed and what has become due is released
// at the Rate.
type Queue struct {
	opt QueueOptions

	mu      sync.Mutex
	feeds   map[news.FeedID]*entry
	hosts   map[string]*host
	ready   readyHeap // hosts that have a feed waiting and a slot free
	waiters []chan news.FeedID
	running int
	free    time.Time // when the Rate allows the next start
	timer   *time.Timer
	anchor  time.Time // when the clocks were last compared
}

// NewQueue returns an empty queue.
func NewQueue(opt QueueOptions) *Queue {
	return &Queue{
		opt:    opt,
		feeds:  make(map[news.FeedID]*entry),
		hosts:  make(map[string]*host),
		anchor: time.Now(),
	}
}

// Put adds a feed, or moves it if it waits. A feed that is out keeps its
// round: Put then only notes its host, and Done decides when it is due.
func (q *Queue) Put(id news.FeedID, hostname string, due time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.feeds[id]
	if e == nil {
		e = &entry{id: id, index: -1, often: -1}
		q.feeds[id] = e
	}
	e.removed = false
	if e.running {
		e.next = hostname
		return
	}
	q.take(e)
	e.host = q.host(hostname)
	q.place(e, due)
	q.serve()
}

// Remove takes a feed out for good. If it is out for a round, Done will not
// bring it back.
func (q *Queue) Remove(id news.FeedID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.feeds[id]
	if e == nil {
		return
	}
	e.removed = true
	if !e.running {
		q.take(e)
		delete(q.feeds, id)
	}
	q.serve()
}

// Next waits for a feed that is due and whose host is free, and hands it
// out. The caller must call Done for it. Any number of callers may wait; the
// one who waited longest is served first.
func (q *Queue) Next(ctx context.Context) (news.FeedID, error) {
	if err := ctx.Err(); err != nil {
		return "", context.Cause(ctx)
	}
	ch := make(chan news.FeedID, 1)
	q.mu.Lock()
	q.waiters = append(q.waiters, ch)
	q.serve()
	q.mu.Unlock()
	select {
	case id := <-ch:
		return id, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range q.waiters {
		if w == ch {
			q.waiters = append(q.waiters[:i], q.waiters[i+1:]...)
			q.serve()
			return "", context.Cause(ctx)
		}
	}
	return <-ch, nil // handed out in the same moment
}

// Done ends the round of a feed that Next handed out and puts it back for
// its next one; a zero due takes it out of the queue.
func (q *Queue) Done(id news.FeedID, due time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.feeds[id]
	if e == nil || !e.running {
		return
	}
	e.running = false
	e.gap = time.Until(due)
	q.running--
	old := e.host
	old.running--
	if e.next != "" {
		e.host, e.next = q.host(e.next), ""
	}
	if e.removed || due.IsZero() {
		delete(q.feeds, id)
	} else {
		q.place(e, due)
	}
	q.settle(old)
	q.serve()
}

// HoldHost lets no feed of a host start before a time, as a 429 asks. A
// shorter hold does not end a longer one.
func (q *Queue) HoldHost(hostname string, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !until.After(time.Now()) {
		return
	}
	h := q.host(hostname)
	h.held = later(h.held, mono(until))
	q.settle(h)
	q.serve()
}

// SetRate changes the bound on starts per second; 0 lifts it.
func (q *Queue) SetRate(perSecond float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opt.Rate = perSecond
	q.serve()
}

// Len is the number of feeds in the queue, those out for a round included.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.feeds)
}

// Stats are figures for the status page and for metrics.
type Stats struct {
	Feeds, Hosts int
	Running      int           // rounds under way
	Due          int           // hosts that could start a feed now
	Held         int           // hosts that are held
	Late         time.Duration // how long the feed that is served next has been ready
}

// Stats counts. It looks at every host.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	s := Stats{Feeds: len(q.feeds), Hosts: len(q.hosts), Running: q.running}
	for _, h := range q.hosts {
		if h.held.After(now) {
			s.Held++
		}
	}
	for _, h := range q.ready {
		if !h.at.After(now) {
			s.Due++
			s.Late = max(s.Late, now.Sub(h.at))
		}
	}
	return s
}

// serve gives what is due to those who wait and sets the timer for the rest.
// The caller holds the lock.
func (q *Queue) serve() {
	now := time.Now()
	q.compareClocks(now)
	for len(q.waiters) > 0 && len(q.ready) > 0 {
		h := q.ready[0]
		at := later(h.at, q.free)
		if at.After(now) {
			q.wake(at.Sub(now))
			return
		}
		e := h.pick(now)
		e.running = true
		q.running++
		h.running++
		h.free = now.Add(h.manners.Spacing)
		h.turn = now
		if q.opt.Rate > 0 {
			q.free = later(q.free, now.Add(-rateSlack)).Add(time.Duration(float64(time.Second) / q.opt.Rate))
		}
		q.settle(h)
		q.waiters[0] <- e.id
		q.waiters = q.waiters[1:]
	}
	if len(q.waiters) > 0 {
		q.wake(clockCheck)
	} else if q.timer != nil {
		q.timer.Stop()
	}
}

// wake has serve run again after d, or sooner to compare the clocks.
func (q *Queue) wake(d time.Duration) {
	d = min(d, clockCheck)
	if q.timer != nil {
		q.timer.Reset(d)
		return
	}
	q.timer = time.AfterFunc(d, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.serve()
	})
}

// place puts a feed that does not wait among those of its host.
func (q *Queue) place(e *entry, due time.Time) {
	e.due, e.at = due, mono(due)
	e.host.add(e)
	q.settle(e.host)
}

// take removes a waiting feed from its host.
func (q *Queue) take(e *entry) {
	if e.index < 0 {
		return
	}
	e.host.remove(e)
	q.settle(e.host)
}

// host returns the record of a host and makes one at need.
func (q *Queue) host(name string) *host {
	h := q.hosts[name]
	if h == nil {
		h = &host{name: name, index: -1, manners: q.opt.Manners}
		if q.opt.Host != nil {
			if m, ok := q.opt.Host(name); ok {
				h.manners = m
			}
		}
		h.manners.Concurrent = cmp.Or(max(0, h.manners.Concurrent), 2)
		q.hosts[name] = h
	}
	return h
}

// settle brings a host's place among the ready ones up to date, and forgets
// a host of which nothing is left.
func (q *Queue) settle(h *host) {
	if len(h.feeds) == 0 || h.running >= h.manners.Concurrent {
		if h.index >= 0 {
			heap.Remove(&q.ready, h.index)
		}
		now := time.Now()
		if len(h.feeds) == 0 && h.running == 0 && !h.free.After(now) && !h.held.After(now) {
			delete(q.hosts, h.name)
		}
		return
	}
	// A host that has just had its turn comes after the others that wait.
	h.at = later(later(h.feeds[0].at, h.turn), later(h.free, h.held))
	if h.index < 0 {
		heap.Push(&q.ready, h)
	} else {
		heap.Fix(&q.ready, h.index)
	}
}
