package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// FeedState returns what is remembered of a feed but for its habits, false if
// nothing is.
func (s *Store) FeedState(ctx context.Context, id news.FeedID) (news.FeedState, bool, error) {
	var value []byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bFeeds).Get([]byte(id)))
		return nil
	})
	if err != nil || value == nil {
		return news.FeedState{}, false, err
	}
	st, err := s.decodeFeed(id, value)
	return st, err == nil, err
}

func (s *Store) decodeFeed(id news.FeedID, value []byte) (news.FeedState, error) {
	if s.layout < habitsParted {
		state, _, err := parted(value)
		if err != nil {
			return news.FeedState{}, fmt.Errorf("feed %s: %w", id, err)
		}
		value = state
	}
	return decodeJSON[news.FeedState]("feed "+string(id), value)
}

// Habits returns the habits of a feed, the zero value if none are known, and a
// HabitsError if they are damaged.
func (s *Store) Habits(ctx context.Context, id news.FeedID) (news.Habits, error) {
	bucket := bHabits
	if s.layout < habitsParted {
		bucket = bFeeds
	}
	var value []byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bucket).Get([]byte(id)))
		return nil
	})
	if err != nil || value == nil {
		return news.Habits{}, err
	}
	if s.layout < habitsParted {
		_, h, err := parted(value)
		if err != nil {
			return news.Habits{}, &HabitsError{Feed: id, Err: err}
		}
		return h, nil
	}
	return decodeHabits(id, value)
}

// FeedStates returns what is remembered of every feed but for the habits,
// removed ones included.
func (s *Store) FeedStates(ctx context.Context) (map[news.FeedID]news.FeedState, error) {
	out := map[news.FeedID]news.FeedState{}
	err := s.each(ctx, bFeeds, func(id, value []byte) error {
		st, err := s.decodeFeed(news.FeedID(id), value)
		out[news.FeedID(id)] = st
		return err
	})
	return out, err
}

// PutFeeds stores feed states outside a round: for feeds added to the config,
// removed from it, or moved by hand.
func (s *Store) PutFeeds(ctx context.Context, states ...news.FeedState) error {
	if err := s.writable(); err != nil {
		return err
	}
	p := prepared{s: s, at: time.Now()}
	for i := range states {
		if err := p.encodePlain(&Round{Feed: &states[i]}); err != nil {
			return err
		}
	}
	if p.puts == 0 {
		return nil
	}
	return s.submit(ctx, &op{apply: p.apply, puts: p.puts})
}

// each calls fn for every entry of a bucket of small values. A page of entries
// is copied out first, so that no decoding is done inside a transaction. A
// bucket that the file's layout does not have yet is empty.
func (s *Store) each(ctx context.Context, bucket []byte, fn func(id, value []byte) error) error {
	type entry struct{ id, value []byte }
	next := []byte{}
	for next != nil {
		var page []entry
		size := 0
		err := s.view(ctx, func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket)
			if b == nil && s.layout < uint32(len(migrations)) {
				next = nil
				return nil
			}
			c := b.Cursor()
			k, v := c.Seek(next)
			for ; k != nil && len(page) < pageRecords && size < pageBytes; k, v = c.Next() {
				page = append(page, entry{bytes.Clone(k), bytes.Clone(v)})
				size += len(v)
			}
			next = bytes.Clone(k)
			return nil
		})
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := fn(e.id, e.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// Get returns a small value stored under a name, nil if there is none.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bMeta).Get(valueKey(name)))
		return nil
	})
	return value, err
}

// Put stores a small value under a name: the hash of the config in force, the
// time of the last start. An empty value is kept as such.
func (s *Store) Put(ctx context.Context, name string, value []byte) error {
	value = append([]byte{}, value...)
	return s.update(ctx, 1, func(tx *bolt.Tx) error {
		return tx.Bucket(bMeta).Put(valueKey(name), value)
	})
}

// Values returns the small values whose names begin so, by name.
func (s *Store) Values(ctx context.Context, prefix string) (map[string][]byte, error) {
	found := make(map[string][]byte)
	err := s.view(ctx, func(tx *bolt.Tx) error {
		c, from := tx.Bucket(bMeta).Cursor(), valueKey(prefix)
		for k, v := c.Seek(from); bytes.HasPrefix(k, from); k, v = c.Next() {
			found[prefix+string(k[len(from):])] = bytes.Clone(v)
		}
		return nil
	})
	return found, err
}

// Drop deletes small values.
func (s *Store) Drop(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	return s.update(ctx, len(names), func(tx *bolt.Tx) error {
		for _, name := range names {
			if err := tx.Bucket(bMeta).Delete(valueKey(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

func valueKey(name string) []byte { return []byte("value/" + name) }

// Heartbeat makes a commit of its own and returns when it is on the disk: it
// proves that storing works, not only that the process lives.
func (s *Store) Heartbeat(ctx context.Context) error {
	return s.Put(ctx, "heartbeat", []byte(time.Now().UTC().Format(time.RFC3339Nano)))
}
