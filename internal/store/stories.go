package store

import (
	"bytes"
	"context"
	"iter"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

func decodeStory(v []byte) (news.Story, error) {
	if len(v) < 8 {
		return news.Story{}, errForm
	}
	return decodeJSON[news.Story]("story", v[8:])
}

// Story returns a story, false if there is none.
func (s *Store) Story(ctx context.Context, id news.StoryID) (news.Story, bool, error) {
	var value []byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bStories).Get([]byte(id)))
		return nil
	})
	if err != nil || value == nil {
		return news.Story{}, false, err
	}
	st, err := decodeStory(value)
	return st, err == nil, err
}

// Stories yields the stories with a report at or after since, by their last
// report, oldest first. No transaction is open while the caller works; a story
// that gets a report meanwhile may be met again. After an error nothing more
// is yielded.
func (s *Store) Stories(ctx context.Context, since time.Time) iter.Seq2[news.Story, error] {
	return func(yield func(news.Story, error) bool) {
		next := number(nanos(since))
		for next != nil {
			var values [][]byte
			err := s.view(ctx, func(tx *bolt.Tx) error {
				b, c := tx.Bucket(bStories), tx.Bucket(bLast).Cursor()
				k, _ := c.Seek(next)
				for ; len(k) > 8 && len(values) < pageRecords; k, _ = c.Next() {
					values = append(values, bytes.Clone(b.Get(k[8:])))
				}
				next = bytes.Clone(k)
				return nil
			})
			if err != nil {
				yield(news.Story{}, err)
				return
			}
			for _, v := range values {
				st, err := decodeStory(v)
				if !yield(st, err) || err != nil {
					return
				}
			}
		}
	}
}
