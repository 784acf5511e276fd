package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// Expired counts what Expire let go.
type Expired struct {
	Weeks      int // weeks dropped whole
	Texts      int // weeks that lost their texts only, for want of room
	Items      int // items whose text went with them
	Stories    int
	Deliveries int
	Feeds      int
	Mutes      int
}

// removedFeeds is how long a feed that left the config is remembered, so that
// putting it back does not make its old items new.
const removedFeeds = 30 * 24 * time.Hour

// Forgotten reports whether a feed left the config so long ago that Expire
// lets it go.
func Forgotten(st *news.FeedState, now time.Time) bool {
	return !st.Removed.IsZero() && now.Sub(st.Removed) > removedFeeds
}

// Expire forgets: weeks that ended keep ago or longer, and as many of the
// oldest weeks as it takes to hold keepSize (0 means no bound); stories, ended
// deliveries and mutes of that age; feeds long removed. What still stands in
// its feed, and what is not delivered yet, is never forgotten, nor is the
// newest week. While the habits of a feed are damaged, nobody knows what still
// stands in it: no week is dropped, and a HabitsError says so after all other
// steps. Short transactions let rounds pass between.
func (s *Store) Expire(ctx context.Context, now time.Time, keep time.Duration, keepSize int64) (Expired, error) {
	var e Expired
	steps := []func(context.Context, *Expired) error{
		func(ctx context.Context, e *Expired) error { return s.expireWeeks(ctx, e, now, keep) },
		func(ctx context.Context, e *Expired) error { return s.expireSize(ctx, e, now, keepSize) },
		func(ctx context.Context, e *Expired) error { return s.expireStories(ctx, e, now.Add(-keep)) },
		func(ctx context.Context, e *Expired) error { return s.expireDeliveries(ctx, e, now.Add(-keep)) },
		func(ctx context.Context, e *Expired) error { return s.expireSmall(ctx, e, now, keep) },
	}
	var damaged error
	for _, step := range steps {
		err := step(ctx, &e)
		if _, ok := errors.AsType[*HabitsError](err); ok {
			damaged = err // one feed's weeks stay; the rest is not held up
			continue
		}
		if err != nil {
			return e, err
		}
	}
	return e, damaged
}

func (s *Store) expireWeeks(ctx context.Context, e *Expired, now time.Time, keep time.Duration) error {
	names, err := s.weekNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names[:max(len(names)-1, 0)] {
		end, err := weekEnd(name)
		if err != nil {
			return err
		}
		if end.After(now.Add(-keep)) {
			return nil
		}
		if err := s.dropWeek(ctx, e, now, name); err != nil {
			return err
		}
	}
	return nil
}

// expireSize gives up texts first: they are large, and only replay misses
// them. Whole weeks follow only if that was not enough.
func (s *Store) expireSize(ctx context.Context, e *Expired, now time.Time, keepSize int64) error {
	if keepSize <= 0 {
		return nil
	}
	for _, drop := range []func(context.Context, *Expired, time.Time, []byte) error{s.dropTexts, s.dropWeek} {
		names, err := s.weekNames(ctx)
		if err != nil {
			return err
		}
		for _, name := range names[:max(len(names)-1, 0)] {
			c, err := s.Counts(ctx)
			if err != nil {
				return err
			}
			if c.Size-c.Free <= keepSize {
				return nil
			}
			if err := drop(ctx, e, now, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// weekNames lists the weeks, oldest first.
func (s *Store) weekNames(ctx context.Context) (names [][]byte, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket(bWeeks).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			names = append(names, bytes.Clone(k))
		}
		return nil
	})
	return names, err
}

// dropWeek drops a week after carrying over what feeds still show. Rounds
// touch their items, but a feed that answered "not modified" all the time has
// had no round.
func (s *Store) dropWeek(ctx context.Context, e *Expired, now time.Time, name []byte) error {
	var touch [][]news.Key
	err := s.each(ctx, bHabits, func(id, value []byte) error {
		h, err := decodeHabits(news.FeedID(id), value)
		for i := range h.Identity.Last {
			touch = append(touch, h.Identity.Last[i:i+1])
		}
		return err
	})
	if err != nil {
		return err
	}
	p := prepared{s: s, at: now, week: week(now)}
	if bytes.Compare(p.week, name) > 0 {
		if err := s.view(ctx, func(tx *bolt.Tx) error { return p.lookUp(tx, touch) }); err != nil {
			return err
		}
	}
	for len(p.carry) > 0 {
		part := p
		part.carry = p.carry[:min(len(p.carry), maxPuts/5)]
		p.carry = p.carry[len(part.carry):]
		if err := s.update(ctx, 5*len(part.carry), part.apply); err != nil {
			return err
		}
	}
	return s.update(ctx, maxPuts, func(tx *bolt.Tx) error {
		w, ok := openWeek(tx, name)
		if !ok {
			return nil
		}
		if w.items != nil {
			e.Items += int(w.items.Sequence())
		}
		e.Weeks++
		return tx.Bucket(bWeeks).DeleteBucket(name)
	})
}

func (s *Store) dropTexts(ctx context.Context, e *Expired, _ time.Time, name []byte) error {
	return s.update(ctx, maxPuts, func(tx *bolt.Tx) error {
		w, ok := openWeek(tx, name)
		if !ok || w.items == nil {
			return nil
		}
		e.Items += int(w.items.Sequence())
		e.Texts++
		if err := w.b.DeleteBucket(bItems); err != nil {
			return err
		}
		return w.b.DeleteBucket(bIDs)
	})
}

func (s *Store) expireStories(ctx context.Context, e *Expired, before time.Time) error {
	return s.expireIndex(ctx, bLast, nil, before, &e.Stories, func(tx *bolt.Tx, id []byte) error {
		b := tx.Bucket(bStories)
		if err := b.SetSequence(max(b.Sequence(), 1) - 1); err != nil {
			return err
		}
		return b.Delete(id)
	})
}

// expireDeliveries forgets what has ended. A delivery sent in doubt and never
// audited has ended too by then.
func (s *Store) expireDeliveries(ctx context.Context, e *Expired, before time.Time) error {
	for _, state := range []news.State{news.StateSent, news.StateBuried, news.StateExpired, news.StateSuppressed} {
		err := s.expireIndex(ctx, bStates, []byte{stateCodes[state]}, before, &e.Deliveries, func(tx *bolt.Tx, id []byte) error {
			if err := unindex(tx, id); err != nil {
				return err
			}
			return tx.Bucket(bDeliveries).Delete(id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// expireIndex walks an index whose keys are prefix, time, ID, and removes what
// is older, in pieces.
func (s *Store) expireIndex(ctx context.Context, index, prefix []byte, before time.Time, count *int, remove func(*bolt.Tx, []byte) error) error {
	for more := true; more; {
		n := 0
		err := s.update(ctx, maxPuts, func(tx *bolt.Tx) error {
			var keys [][]byte
			c := tx.Bucket(index).Cursor()
			for k, _ := c.Seek(prefix); len(k) > len(prefix)+8 && bytes.HasPrefix(k, prefix) && len(keys) < maxPuts/4; k, _ = c.Next() {
				if binary.BigEndian.Uint64(k[len(prefix):]) >= nanos(before) {
					break
				}
				keys = append(keys, bytes.Clone(k))
			}
			for _, k := range keys {
				if err := tx.Bucket(index).Delete(k); err != nil {
					return err
				}
				if err := remove(tx, k[len(prefix)+8:]); err != nil {
					return err
				}
			}
			n = len(keys)
			return nil
		})
		if err != nil {
			return err
		}
		*count += n
		more = n == maxPuts/4
	}
	return nil
}

// keepOpinions is how long a reader's opinion says something of the rules.
const keepOpinions = 366 * 24 * time.Hour

// expireSmall looks through feeds, mutes and opinions, which are few.
func (s *Store) expireSmall(ctx context.Context, e *Expired, now time.Time, keep time.Duration) error {
	var feeds, mutes [][]byte
	err := s.each(ctx, bFeeds, func(id, value []byte) error {
		st, err := decodeJSON[news.FeedState]("feed "+string(id), value)
		if err == nil && Forgotten(&st, now) {
			feeds = append(feeds, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = s.each(ctx, bMutes, func(id, value []byte) error {
		m, err := decodeJSON[news.Mute]("mute "+string(id), value)
		if err == nil && now.Sub(m.Until) > keep {
			mutes = append(mutes, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	var opinions [][]byte
	err = s.each(ctx, bOpinions, func(id, value []byte) error {
		o, err := decodeJSON[news.Opinion]("opinion "+string(id), value)
		if err == nil && now.Sub(o.At) > keepOpinions {
			opinions = append(opinions, id)
		}
		return err
	})
	if err != nil || len(feeds)+len(mutes)+len(opinions) == 0 {
		return err
	}
	e.Feeds, e.Mutes = len(feeds), len(mutes)
	return s.update(ctx, 2*len(feeds)+len(mutes)+len(opinions), func(tx *bolt.Tx) error {
		return errors.Join(deleteAll(tx.Bucket(bFeeds), feeds), deleteAll(tx.Bucket(bHabits), feeds), deleteAll(tx.Bucket(bMutes), mutes), deleteAll(tx.Bucket(bOpinions), opinions))
	})
}

func deleteAll(b *bolt.Bucket, ids [][]byte) error {
	for _, id := range ids {
		if b.Get(id) == nil {
			continue
		}
		if err := b.Delete(id); err != nil {
			return err
		}
		if err := b.SetSequence(max(b.Sequence(), 1) - 1); err != nil {
			return err
		}
	}
	return nil
}
