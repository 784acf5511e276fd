package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// Mutes returns the mutes in force at a moment, by ID. A mute is ended by
// committing it with an earlier Until.
func (s *Store) Mutes(ctx context.Context, now time.Time) ([]news.Mute, error) {
	return s.mutes(ctx, func(m *news.Mute) bool { return !m.From.After(now) && m.Until.After(now) })
}

// OpenMutes returns the mutes whose receipts have not been given, those that
// are over included.
func (s *Store) OpenMutes(ctx context.Context) ([]news.Mute, error) {
	return s.mutes(ctx, func(m *news.Mute) bool { return !m.Closed })
}

func (s *Store) mutes(ctx context.Context, pick func(*news.Mute) bool) ([]news.Mute, error) {
	var out []news.Mute
	err := s.each(ctx, bMutes, func(id, value []byte) error {
		m, err := decodeJSON[news.Mute]("mute "+string(id), value)
		if err == nil && pick(&m) {
			out = append(out, m)
		}
		return err
	})
	return out, err
}

func opinionKey(alert news.AlertID, by string) []byte { return []byte(string(alert) + "\x00" + by) }

// PutOpinion stores a reader's opinion in the place of an earlier one.
func (s *Store) PutOpinion(ctx context.Context, o news.Opinion) error {
	if o.Alert == "" {
		return fmt.Errorf("an opinion of no alert")
	}
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("opinion of %s: %w", o.Alert, err)
	}
	return s.update(ctx, 1, func(tx *bolt.Tx) error { return tx.Bucket(bOpinions).Put(opinionKey(o.Alert, cmp.Or(o.ByID, o.By)), b) })
}

// DropOpinion takes the opinion of a reader back, who is named by ID if the
// opinion has one.
func (s *Store) DropOpinion(ctx context.Context, alert news.AlertID, by string) error {
	return s.update(ctx, 1, func(tx *bolt.Tx) error { return tx.Bucket(bOpinions).Delete(opinionKey(alert, by)) })
}

// Opinions returns the readers' opinions since a moment, by alert.
func (s *Store) Opinions(ctx context.Context, since time.Time) ([]news.Opinion, error) {
	var out []news.Opinion
	err := s.each(ctx, bOpinions, func(id, value []byte) error {
		o, err := decodeJSON[news.Opinion]("opinion "+string(id), value)
		if err == nil && !o.At.Before(since) {
			out = append(out, o)
		}
		return err
	})
	return out, err
}
