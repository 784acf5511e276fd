package schedule

import (
	"container/heap"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	// clockCheck is how often a waiting queue compares the clocks.
	clockCheck = time.Minute
	// clockLeap is how far the wall clock must get ahead of the monotonic
	// one to be a leap and no correction.
	clockLeap = 30 * time.Second
	// rateSlack is how much of an unused rate may be made up for at once.
	rateSlack = 100 * time.Millisecond
)

// entry is a feed in the queue.
type entry struct {
	id      news.FeedID
	host    *host
	due     time.Time     // wall time
	at      time.Time     // the same, by the monotonic clock
	gap     time.Duration // from its last round to the next; 0 if not known
	index   int           // in its host's heap; -1 while it is not there
	often   int           // among its host's eager ones; -1 while it is not there
	running bool
	removed bool
	next    string // the host for its next round, if that changed during this one
}

// host is what the queue knows of one host.
type host struct {
	name    string
	manners Manners
	feeds   feedHeap // that wait
	eager   eagerHeap
	favour  bool // the last turn went to an eager feed out of order
	running int
	free    time.Time // the spacing allows the next start
	turn    time.Time // the last start
	held    time.Time // a Retry-After
	at      time.Time // its place among the ready hosts
	index   int       // there; -1 while it is not ready
}

// mono gives a wall time the monotonic clock, so that it stays as far away as
// it is now when the clock is set.
func mono(t time.Time) time.Time {
	now := time.Now()
	return now.Add(t.Round(0).Sub(now.Round(0)))
}

// compareClocks notices that the wall clock has leapt ahead, and brings every
// feed to its stored due time again. A clock that was set back changes
// nothing: what waited five minutes still waits five minutes.
func (q *Queue) compareClocks(now time.Time) {
	elapsed := now.Sub(q.anchor)
	if elapsed < clockCheck/2 {
		return
	}
	leap := now.Round(0).Sub(q.anchor.Round(0)) - elapsed
	q.anchor = now
	if leap < clockLeap {
		return
	}
	q.rebase()
}

// rebase computes all places from the stored due times.
func (q *Queue) rebase() {
	for _, h := range q.hosts {
		for _, e := range h.feeds {
			e.at = mono(e.due)
		}
		heap.Init(&h.feeds)
		heap.Init(&h.eager)
		q.settle(h)
	}
}

// eagerGap is how often a feed must be asked to be eager.
const eagerGap = time.Minute

// add puts a feed among those that wait.
func (h *host) add(e *entry) {
	heap.Push(&h.feeds, e)
	if e.gap > 0 && e.gap <= eagerGap {
		heap.Push(&h.eager, e)
	}
}

func (h *host) remove(e *entry) {
	heap.Remove(&h.feeds, e.index)
	if e.often >= 0 {
		heap.Remove(&h.eager, e.often)
	}
}

// pick takes out the feed whose turn it is: the one that became due first, but
// every other time the eager one that is soonest due again, which would
// otherwise wait behind all of a crowded host.
func (h *host) pick(now time.Time) *entry {
	e := h.feeds[0]
	out := !h.favour && len(h.eager) > 0 && h.eager[0] != e && !h.eager[0].at.After(now)
	if out {
		e = h.eager[0]
	}
	h.favour = out
	h.remove(e)
	return e
}

// feedHeap orders a host's feeds by their due time.
type feedHeap []*entry

func (f feedHeap) Len() int           { return len(f) }
func (f feedHeap) Less(i, j int) bool { return f[i].at.Before(f[j].at) }
func (f feedHeap) Swap(i, j int)      { f[i], f[j] = f[j], f[i]; f[i].index, f[j].index = i, j }
func (f *feedHeap) Push(x any)        { e := x.(*entry); e.index = len(*f); *f = append(*f, e) }
func (f *feedHeap) Pop() any {
	old := *f
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*f = old[:len(old)-1]
	e.index = -1
	return e
}

// eagerHeap orders a host's eager feeds by when they are due again after this
// time.
type eagerHeap []*entry

func (f eagerHeap) Len() int           { return len(f) }
func (f eagerHeap) Less(i, j int) bool { return f[i].at.Add(f[i].gap).Before(f[j].at.Add(f[j].gap)) }
func (f eagerHeap) Swap(i, j int)      { f[i], f[j] = f[j], f[i]; f[i].often, f[j].often = i, j }
func (f *eagerHeap) Push(x any)        { e := x.(*entry); e.often = len(*f); *f = append(*f, e) }
func (f *eagerHeap) Pop() any {
	old := *f
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*f = old[:len(old)-1]
	e.often = -1
	return e
}

// readyHeap orders the hosts by the time at which they may start a feed.
type readyHeap []*host

func (r readyHeap) Len() int           { return len(r) }
func (r readyHeap) Less(i, j int) bool { return r[i].at.Before(r[j].at) }
func (r readyHeap) Swap(i, j int)      { r[i], r[j] = r[j], r[i]; r[i].index, r[j].index = i, j }
func (r *readyHeap) Push(x any)        { h := x.(*host); h.index = len(*r); *r = append(*r, h) }
func (r *readyHeap) Pop() any {
	old := *r
	h := old[len(old)-1]
	old[len(old)-1] = nil
	*r = old[:len(old)-1]
	h.index = -1
	return h
}
