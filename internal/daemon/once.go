package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// Summary is what one round of every feed brought.
type Summary struct {
	Feeds, Failed int
	Items         int
	Outcomes      map[news.Outcome]int
	Said          int
	Waiting       int // alerts that could not be said yet; the next run does
}

func (s Summary) String() string {
	return fmt.Sprintf("%d feeds polled, %d failed; %d new items: %d alerts, %d updates, %d matched nothing, %d were there at first sight; %d said, %d waiting",
		s.Feeds, s.Failed, s.Items, s.Outcomes[news.OutcomeAlert], s.Outcomes[news.OutcomeUpdate],
		s.Outcomes[news.OutcomeNoMatch], s.Outcomes[news.OutcomeBaseline], s.Said, s.Waiting)
}

const (
	// deliverFor is how long a single run waits for the courier at most.
	deliverFor = 2 * time.Minute
	// patience is how long it waits for what the courier has put off: enough
	// for a short Retry-After, and for the looks after an unclear answer.
	patience = 45 * time.Second
)

// Once makes one round of every feed, with the usual manners towards hosts,
// and delivers what it brings.
func (d *Daemon) Once(ctx context.Context) (Summary, error) {
	began := time.Now().UTC()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.cancel.Store(&cancel)
	d.now()
	var parts sync.WaitGroup
	parts.Go(func() { d.bench.run(ctx) })
	parts.Go(func() {
		if err := d.courier.Run(ctx); err != nil {
			cancel(fmt.Errorf("courier: %w", err))
		}
	})
	d.queue.SetRate(0) // somebody waits; the manners towards hosts hold
	rules := d.rules.Load()
	want := make(map[news.FeedID]bool)
	held := d.held(rules, began)
	for _, id := range rules.order {
		f, st := rules.feeds[id], d.states.get(id)
		if f.Paused || st.Health.State == feeds.StateGone || st.Health.State == stateMerged {
			continue
		}
		host := hostOf(feeds.Address(f.URL, &st))
		if until, ok := held[host]; ok {
			d.log.Warn("not asked: its host wants to be left alone", "feed", id, "until", clock(until))
			continue
		}
		want[id] = true
		d.queue.Put(id, host, began)
	}
	polled := len(want)
	start := time.Now()
	d.eachOnce(ctx, want)
	d.log.Info("asked all feeds", "feeds", polled, "took", time.Since(start).Round(time.Millisecond))
	err := errors.Join(d.storing.err(), d.deliverAll(ctx))
	sum := d.summarize(ctx, began, polled)
	cause := context.Cause(ctx)
	cancel(nil)
	d.closeBy = time.Now().Add(stopWithin)
	wait(&parts, time.Now().Add(landing))
	if cause != nil {
		return sum, cause
	}
	return sum, err
}

// eachOnce takes rounds until every wanted feed had one.
func (d *Daemon) eachOnce(ctx context.Context, want map[news.FeedID]bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	var workers sync.WaitGroup
	left := len(want)
	if left == 0 {
		return
	}
	for range min(d.rules.Load().Config.Fetch.Workers, len(want)) {
		workers.Go(func() {
			for {
				id, err := d.queue.Next(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				mine := want[id]
				delete(want, id)
				mu.Unlock()
				if !mine { // it had its round; leave it
					d.queue.Remove(id)
					continue
				}
				d.round(ctx, id)
				d.queue.Remove(id)
				mu.Lock()
				left--
				if left == 0 {
					stop()
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
}

// deliverAll waits until nothing waits in the outbox that is due now or will
// be soon. What a refusing channel or the quiet hours hold back is kept for
// the next run.
func (d *Daemon) deliverAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, deliverFor)
	defer cancel()
	until := time.Now().Add(patience)
	d.courier.Wake()
	for {
		waits, err := d.waits(ctx, until)
		if err != nil || !waits {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // kept for the next run
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// waits reports whether something is under way, due, or put off by a short
// failure until a moment before the given one.
func (d *Daemon) waits(ctx context.Context, until time.Time) (bool, error) {
	flying := d.courier.Status().Flying
	now := time.Now()
	soon, err := d.store.Due(ctx, later(now, until), 0)
	pending := slices.ContainsFunc(soon, func(x news.Delivery) bool {
		failed := x.Attempts > 0 && (x.State == news.StateQueued || x.State == news.StateUnknown)
		return !x.Due.After(now) || failed && !x.Gather
	})
	return pending || flying > 0 || d.courier.Status().Flying > 0, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (d *Daemon) summarize(ctx context.Context, began time.Time, polled int) Summary {
	ctx = context.WithoutCancel(ctx)
	s := Summary{Feeds: polled, Outcomes: make(map[news.Outcome]int)}
	for _, st := range d.states.all() {
		if !st.LastPoll.Before(began) && st.LastGood.Before(began) {
			s.Failed++
		}
	}
	for rec, err := range d.store.Items(ctx, began, time.Now().Add(time.Hour)) {
		if err != nil {
			break
		}
		s.Items++
		s.Outcomes[rec.Verdict.Outcome]++
	}
	if c, err := d.store.Counts(ctx); err == nil {
		s.Waiting = c.Deliveries[news.StateQueued] + c.Deliveries[news.StateUnknown] + c.Deliveries[news.StateHeld]
	}
	sent, err := d.store.Deliveries(ctx, store.Filter{State: news.StateSent})
	if err != nil {
		return s
	}
	for _, x := range sent {
		if !x.Since.Before(began) {
			s.Said++
		}
	}
	return s
}
