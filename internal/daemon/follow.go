package daemon

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
)

// follower judges the past by one set of rules. Placing reports in stories
// takes most of the time, and where a report has been placed among the same
// reports by the same settings (in service, or by the other of two sets of
// rules) it would be placed again where it was. So a follower takes that over,
// up to the first report that is another or came to another place by other
// settings, or whose earlier text is asked for; from there on it places by
// itself. What no story takes in needs no place and ends nothing.
type follower struct {
	rules  *Rules
	memory *desk.Memory
	// following may be looked at by the readers, who leave out what only
	// placing needs.
	following atomic.Bool
	followed  []desk.Followed // of the time that a book of stories spans
}

func newFollower(r *Rules) *follower {
	f := &follower{rules: r, memory: desk.NewMemory(r.storyOptions())}
	f.memory.SetSilent(true)
	f.following.Store(true)
	return f
}

// judge gives the verdict on an item; place is where it was placed, nil where
// that is not to be followed.
func (f *follower) judge(p *Past, r desk.Reading, place *news.Placement) desk.Decision {
	c := p.before(r)
	if f.following.Load() {
		switch wants := f.memory.Wants(&c); {
		case wants == desk.WantsNothing:
		case wants == desk.WantsPlace && place != nil:
			c.Placed = place
			f.followed = append(f.followed, desk.Follow(&c))
		default:
			f.part()
		}
	}
	return f.memory.Decide(f.rules.Desk, c)
}

// part gives the memory a book of its own.
func (f *follower) part() {
	f.following.Store(false)
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		wg.Go(func() {
			for i := w; i < len(f.followed); i += n {
				f.followed[i].Prepare()
			}
		})
	}
	wg.Wait()
	f.memory.CatchUp(f.followed)
	f.followed = nil
}

// expire forgets what is over at a moment.
func (f *follower) expire(now time.Time) {
	f.memory.Expire(now)
	n := 0
	for n < len(f.followed) && now.Sub(f.followed[n].Time()) > f.memory.Keep() {
		n++
	}
	f.followed = f.followed[n:]
}

// placeOf is where the item was placed, nil where that is not to be followed.
func (c *chunk) placeOf(i int) *news.Placement {
	if !c.stored[i] {
		return nil
	}
	return &c.past[i].placed
}
