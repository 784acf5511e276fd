package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// batch is how many sittings share one commit at most.
const batch = 256

// sitting is one round of one feed before the bench.
type sitting struct {
	desk  *desk.Desk
	cases []desk.Case
	// old are the stored verdicts of the cases that are known already, in
	// the order of the cases.
	old   []news.Verdict
	feed  news.FeedState
	touch [][]news.Key
	at    time.Time
	done  chan ruling

	// alone, if set, is run instead: work on the memory between two rounds.
	alone func() error
}

// ruling is what became of a sitting. After an error nothing of it is stored
// and the feed's state must stay as it was.
type ruling struct {
	decisions []desk.Decision
	err       error
}

// bench is where verdicts are given: by one goroutine, one item at a time, in
// order, and stored before anybody hears of them. What waits meanwhile shares
// the next commit, and is decided and made ready while the last one is on its
// way to the disk.
type bench struct {
	store   *store.Store
	queue   chan *sitting
	memory  *desk.Memory
	recall  func(context.Context) (*desk.Memory, error)
	stale   bool        // the memory holds what is not stored; nothing may be decided by it
	landing chan landed // gives one value when what is under way has landed; nil if nothing is
}

// landed is what became of a commit, whose sittings have been answered unless
// it failed.
type landed struct {
	all []*sitting
	err error
}

func newBench(s *store.Store, m *desk.Memory, recall func(context.Context) (*desk.Memory, error)) *bench {
	return &bench{store: s, queue: make(chan *sitting, batch), memory: m, recall: recall}
}

// sit brings a round before the bench and waits until it is durable.
func (b *bench) sit(ctx context.Context, s *sitting) ruling {
	s.done = make(chan ruling, 1)
	select {
	case b.queue <- s:
	case <-ctx.Done():
		return ruling{err: context.Cause(ctx)}
	}
	// Once taken, a sitting always gets its ruling, unless the bench stopped.
	select {
	case r := <-s.done:
		return r
	case <-ctx.Done():
	}
	select {
	case r := <-s.done:
		return r
	case <-time.After(2 * time.Second):
		return ruling{err: context.Cause(ctx)}
	}
}

// with runs work on the memory between two rounds.
func (b *bench) with(ctx context.Context, work func() error) error {
	return b.sit(ctx, &sitting{alone: work}).err
}

// expire lets go of the stories that are over.
func (b *bench) expire(ctx context.Context, now time.Time) error {
	return b.with(ctx, func() error { b.memory.Expire(now); return nil })
}

// renew builds the memory anew from what is stored.
func (b *bench) renew(ctx context.Context) error {
	return b.with(ctx, func() error { return b.refresh(ctx) })
}

// refresh takes the memory anew from what is stored. After an error the bench
// decides nothing until it succeeds: a memory that ran ahead of the store
// takes for known what nobody has stored or told.
func (b *bench) refresh(ctx context.Context) error {
	m, err := b.recall(ctx)
	if b.stale = err != nil; b.stale {
		return fmt.Errorf("recall the stories: %w", err)
	}
	b.memory = m
	return nil
}

// run rules until the context ends; what was taken by then is still ruled.
func (b *bench) run(ctx context.Context) {
	aging := time.NewTicker(2 * time.Minute)
	defer aging.Stop()
	lasting := context.WithoutCancel(ctx)
	for {
		select {
		case <-ctx.Done():
			_ = b.land(lasting) // the sittings have been told
			return
		case <-aging.C:
			b.memory.Age()
		case l := <-b.landing:
			_ = b.settle(lasting, l)
		case s := <-b.queue:
			b.rule(lasting, b.gather(s))
		}
	}
}

// gather takes what else waits.
func (b *bench) gather(first *sitting) []*sitting {
	all := []*sitting{first}
	for len(all) < batch {
		select {
		case s := <-b.queue:
			all = append(all, s)
		default:
			return all
		}
	}
	return all
}

// rule decides every sitting and commits them together.
func (b *bench) rule(ctx context.Context, all []*sitting) {
	var sittings []*sitting
	var rounds []store.Round
	var decisions [][]desk.Decision
	for _, s := range all {
		if s.alone == nil {
			sittings = append(sittings, s)
			continue
		}
		// Work on the memory goes first and finds everything landed, so that
		// what it stores and what the rounds store do not overtake one another.
		_ = b.land(ctx) // work on the memory as it is stored then
		err := b.trusted(ctx)
		if err == nil {
			err = s.alone()
		}
		s.done <- ruling{err: err}
	}
	if err := b.trusted(ctx); err != nil {
		answer(sittings, ruling{err: err})
		return
	}
	for _, s := range sittings {
		d, r := b.decide(s)
		decisions, rounds = append(decisions, d), append(rounds, r)
	}
	if len(sittings) == 0 {
		return
	}
	ready, err := b.store.Prepare(ctx, rounds)
	if before := b.land(ctx); before != nil {
		// These were decided by a memory that held what has not been stored.
		answer(sittings, ruling{err: before})
		return
	}
	b.landing = make(chan landed, 1)
	if err != nil {
		b.landing <- landed{sittings, err}
		return
	}
	go func() {
		err := ready.Commit(ctx)
		if err == nil {
			for i, s := range sittings {
				s.done <- ruling{decisions: decisions[i]}
			}
		}
		b.landing <- landed{sittings, err}
	}()
}

// land waits for what is under way, if anything is.
func (b *bench) land(ctx context.Context) error {
	if b.landing == nil {
		return nil
	}
	return b.settle(ctx, <-b.landing)
}

// trusted sees to it that the memory is what is stored.
func (b *bench) trusted(ctx context.Context) error {
	if !b.stale {
		return nil
	}
	return b.refresh(ctx)
}

// settle ends a landing. After a failed one the memory has run ahead of the
// store: it takes what is stored.
func (b *bench) settle(ctx context.Context, l landed) error {
	b.landing = nil
	if l.err == nil {
		return nil
	}
	err := fmt.Errorf("store: %w", errors.Join(l.err, b.refresh(ctx)))
	answer(l.all, ruling{err: err})
	return err
}

func answer(all []*sitting, r ruling) {
	for _, s := range all {
		s.done <- r
	}
}

// decide gives the verdicts of one sitting and the round to store.
func (b *bench) decide(s *sitting) ([]desk.Decision, store.Round) {
	feed := s.feed
	r := store.Round{At: s.at, Feed: &feed, Touch: s.touch}
	decisions := make([]desk.Decision, 0, len(s.cases))
	changed := make(map[news.StoryID]int)
	for i, c := range s.cases {
		dec := b.memory.Decide(s.desk, c)
		decisions = append(decisions, dec)
		it := *c.Reading.Item
		switch {
		case dec.Fresh:
			r.Items = append(r.Items, store.Record{Item: it, Verdict: dec.Verdict})
		case dec.Revised:
			it.ID, it.FirstSeen = dec.Known.Item, dec.Known.First
			v := dec.Verdict
			if v.Outcome == news.OutcomeRepeat && s.old[i].Outcome != "" {
				v = s.old[i]
			}
			r.Items = append(r.Items, store.Record{Item: it, Verdict: v})
		default:
			r.Touch = append(r.Touch, it.Keys)
		}
		if dec.Story != nil && !dec.Archived { // no other report will come to an archived one
			if at, ok := changed[dec.Story.ID]; ok {
				r.Stories[at] = *dec.Story
			} else {
				changed[dec.Story.ID] = len(r.Stories)
				r.Stories = append(r.Stories, *dec.Story)
			}
		}
		r.Alerts = append(r.Alerts, dec.Alerts...)
		r.Mutes = append(r.Mutes, b.memory.HeldBack(dec.Muted, dec.Verdict.Placement.Story)...)
	}
	return decisions, r
}
