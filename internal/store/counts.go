package store

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// Counts is what the file holds, without reading through it.
type Counts struct {
	Items      int // with their text
	Stories    int
	Feeds      int
	Weeks      int
	Deliveries map[news.State]int

	Oldest time.Time // when the oldest item with its text was judged; zero if none

	Size int64 // of the file, as far as it is in use
	Free int64 // of Size, what could be given back by Compact
}

// Wasteful says that compacting would give back much of the file.
func (c Counts) Wasteful() bool {
	return c.Free > 256<<20 && c.Free > c.Size/2
}

// Counts counts. It is cheap enough for a metrics page.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Deliveries: map[news.State]int{}}
	err := s.view(ctx, func(tx *bolt.Tx) error {
		c.Stories = int(tx.Bucket(bStories).Sequence())
		c.Feeds = int(tx.Bucket(bFeeds).Sequence())
		c.Size, c.Free = tx.Size(), int64(s.db.Stats().FreeAlloc)
		for _, w := range weeks(tx) { // newest first
			c.Weeks++
			if w.items == nil {
				continue
			}
			c.Items += int(w.items.Sequence())
			if k, v := w.items.Cursor().First(); k != nil {
				c.Oldest = fromNanos(recordAt(v))
			}
		}
		countStates(tx, &c)
		return nil
	})
	return c, err
}

// countStates walks the keys of the index of states, which are short and lie
// side by side.
func countStates(tx *bolt.Tx, c *Counts) {
	var counts [256]int
	cur := tx.Bucket(bStates).Cursor()
	for k, _ := cur.First(); len(k) > 9; k, _ = cur.Next() {
		counts[k[0]]++
	}
	for code, n := range counts {
		if n > 0 {
			c.Deliveries[stateOf(byte(code))] = n
		}
	}
}
