package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// A delivery's value begins with what its indexes were made from, so that they
// can be unmade without decoding: state, lane, due, since.
const deliveryHead = 1 + 1 + 8 + 8

const (
	laneUrgent = 0
	laneNormal = 1
	laneNone   = 2 // nothing to do: not in the index of what is due
)

// stateCodes are part of the format: never renumber.
var stateCodes = map[news.State]byte{
	news.StateQueued: 1, news.StateSending: 2, news.StateSent: 3, news.StateUnknown: 4,
	news.StateHeld: 5, news.StateBuried: 6, news.StateExpired: 7, news.StateSuppressed: 8,
}

func stateOf(code byte) news.State {
	for s, c := range stateCodes {
		if c == code {
			return s
		}
	}
	return ""
}

// lane says whether a courier has to come back to a delivery, and how soon
// among others.
func lane(d *news.Delivery) byte {
	switch {
	case !d.Pending():
		return laneNone
	case d.Alert.Urgent:
		return laneUrgent
	}
	return laneNormal
}

type preparedDelivery struct{ key, value []byte }

func queued(a news.Alert, at time.Time) news.Delivery {
	if a.Queued.IsZero() {
		a.Queued = at
	}
	due := a.NotBefore
	if due.IsZero() {
		due = a.Queued
	}
	return news.Delivery{Alert: a, State: news.StateQueued, Due: due, Since: at}
}

func encodeDelivery(d news.Delivery) (preparedDelivery, error) {
	code, ok := stateCodes[d.State]
	if !ok {
		return preparedDelivery{}, fmt.Errorf("alert %s: unknown state %q", d.Alert.ID, d.State)
	}
	if d.Alert.ID == "" {
		return preparedDelivery{}, fmt.Errorf("alert %q has no ID", d.Alert.Headline)
	}
	text, err := json.Marshal(d)
	if err != nil {
		return preparedDelivery{}, fmt.Errorf("alert %s: %w", d.Alert.ID, err)
	}
	v := append(make([]byte, 0, deliveryHead+len(text)), code, lane(&d))
	v = binary.BigEndian.AppendUint64(v, nanos(d.Due))
	v = binary.BigEndian.AppendUint64(v, nanos(d.Since))
	return preparedDelivery{[]byte(d.Alert.ID), append(v, text...)}, nil
}

func decodeDelivery(v []byte) (news.Delivery, error) {
	if len(v) < deliveryHead {
		return news.Delivery{}, errForm
	}
	return decodeJSON[news.Delivery]("delivery", v[deliveryHead:])
}

// indexKeys are the places of a delivery in the indexes; due is nil if it has
// none there.
func indexKeys(id, value []byte) (due, state []byte) {
	if value[1] != laneNone {
		due = slices.Concat(value[1:10], id)
	}
	return due, slices.Concat(value[:1], value[10:18], id)
}

// apply writes a delivery over what was there.
func (d *preparedDelivery) apply(tx *bolt.Tx) error {
	if err := unindex(tx, d.key); err != nil {
		return err
	}
	due, state := indexKeys(d.key, d.value)
	if due != nil {
		if err := tx.Bucket(bDue).Put(due, nil); err != nil {
			return err
		}
	}
	if err := tx.Bucket(bStates).Put(state, nil); err != nil {
		return err
	}
	return tx.Bucket(bDeliveries).Put(d.key, d.value)
}

// unindex takes a delivery out of the indexes.
func unindex(tx *bolt.Tx, id []byte) error {
	old := tx.Bucket(bDeliveries).Get(id)
	if len(old) < deliveryHead {
		return nil
	}
	due, state := indexKeys(id, old)
	if due != nil {
		if err := tx.Bucket(bDue).Delete(due); err != nil {
			return err
		}
	}
	return tx.Bucket(bStates).Delete(state)
}

// Save stores deliveries as they now stand, all or none, and returns when they
// are safe on the disk.
func (s *Store) Save(ctx context.Context, ds ...news.Delivery) error {
	prepared := make([]preparedDelivery, len(ds))
	var errs []error
	for i, d := range ds {
		var err error
		prepared[i], err = encodeDelivery(d)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil || len(ds) == 0 {
		return err
	}
	return s.update(ctx, 5*len(ds), func(tx *bolt.Tx) error {
		for i := range prepared {
			if err := prepared[i].apply(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Delivery returns an alert as it stands in the outbox.
func (s *Store) Delivery(ctx context.Context, id news.AlertID) (news.Delivery, bool, error) {
	var value []byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bDeliveries).Get([]byte(id)))
		return nil
	})
	if err != nil || value == nil {
		return news.Delivery{}, false, err
	}
	d, err := decodeDelivery(value)
	return d, err == nil, err
}

// Due returns at most n (all if n <= 0) of the pending deliveries whose time
// has come: urgent ones first, then by the time they became due.
func (s *Store) Due(ctx context.Context, now time.Time, n int) ([]news.Delivery, error) {
	var values [][]byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		b, c := tx.Bucket(bDeliveries), tx.Bucket(bDue).Cursor()
		for _, l := range [...]byte{laneUrgent, laneNormal} {
			k, _ := c.Seek([]byte{l})
			for ; len(k) > 9 && k[0] == l && (n <= 0 || len(values) < n); k, _ = c.Next() {
				if binary.BigEndian.Uint64(k[1:]) > nanos(now) {
					break
				}
				values = append(values, bytes.Clone(b.Get(k[9:])))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return decodeAll(values, decodeDelivery)
}

// NextDue returns the earliest time after now at which a pending delivery
// becomes due, the zero time if there is none.
func (s *Store) NextDue(ctx context.Context, now time.Time) (time.Time, error) {
	next := uint64(0)
	err := s.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket(bDue).Cursor()
		for _, l := range [...]byte{laneUrgent, laneNormal} {
			k, _ := c.Seek(append([]byte{l}, number(nanos(now)+1)...))
			if len(k) <= 9 || k[0] != l {
				continue
			}
			if due := binary.BigEndian.Uint64(k[1:]); next == 0 || due < next {
				next = due
			}
		}
		return nil
	})
	return fromNanos(next), err
}

// WaitingSince is when the alert that has waited longest to be told was
// queued, however often it was tried since; zero if none waits.
func (s *Store) WaitingSince(ctx context.Context) (oldest time.Time, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b, c := tx.Bucket(bDeliveries), tx.Bucket(bDue).Cursor()
		for k, _ := c.First(); len(k) > 9; k, _ = c.Next() {
			v := b.Get(k[9:])
			if len(v) < deliveryHead || v[0] == stateCodes[news.StateSent] {
				continue
			}
			at, err := queuedAt(v)
			if err != nil {
				return err
			}
			if !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
				oldest = at
			}
		}
		return nil
	})
	return oldest, err
}

// queuedKey stands once in a delivery's text, if at all: within words the
// quotes are escaped.
var queuedKey = []byte(`"queued":"`)

// queuedAt reads when a delivery's alert was queued, without the rest.
func queuedAt(v []byte) (at time.Time, err error) {
	_, rest, ok := bytes.Cut(v[deliveryHead:], queuedKey)
	if !ok {
		return at, nil
	}
	text, _, _ := bytes.Cut(rest, []byte{'"'})
	if err := at.UnmarshalText(text); err != nil {
		return at, fmt.Errorf("delivery: queued: %w", err)
	}
	return at, nil
}

// Told counts the alerts of a channel that were sent since a moment; updates,
// digests and urgent alerts do not count.
func (s *Store) Told(ctx context.Context, channel string, since time.Time) (int, error) {
	var values [][]byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		b, c, sent := tx.Bucket(bDeliveries), tx.Bucket(bStates).Cursor(), stateCodes[news.StateSent]
		k, _ := c.Seek(append([]byte{sent}, number(nanos(since))...))
		for ; len(k) > 9 && k[0] == sent; k, _ = c.Next() {
			values = append(values, bytes.Clone(b.Get(k[9:])))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	ds, err := decodeAll(values, decodeDelivery)
	n := 0
	for _, d := range ds {
		if d.Alert.Channel == channel && d.Alert.Kind == news.KindAlert && !d.Alert.Urgent {
			n++
		}
	}
	return n, err
}

// Filter chooses deliveries. Empty fields choose all.
type Filter struct {
	State   news.State
	Channel string
	Story   news.StoryID
	Message string // the name of the message that tells it, or of its reply
	Limit   int    // 0 means no limit
}

func (f *Filter) takes(d *news.Delivery) bool {
	return (f.State == "" || d.State == f.State) && (f.Channel == "" || d.Alert.Channel == f.Channel) &&
		(f.Story == "" || d.Alert.Story == f.Story) && (f.Message == "" || d.Receipt.Message == f.Message || d.Receipt.Thread == f.Message)
}

// Deliveries lists the outbox, the latest change of state first.
func (s *Store) Deliveries(ctx context.Context, f Filter) ([]news.Delivery, error) {
	code, ok := stateCodes[f.State]
	if !ok && f.State != "" {
		return nil, fmt.Errorf("unknown state %q", f.State)
	}
	var ids [][]byte // since and alert ID
	err := s.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket(bStates).Cursor()
		for k, _ := c.Seek([]byte{code}); len(k) > 9 && (code == 0 || k[0] == code); k, _ = c.Next() {
			ids = append(ids, bytes.Clone(k[1:]))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ids, func(a, b []byte) int {
		return cmp.Or(bytes.Compare(b[:8], a[:8]), bytes.Compare(a[8:], b[8:]))
	})
	var out []news.Delivery
	for page := range slices.Chunk(ids, pageRecords) {
		values, err := s.load(ctx, page)
		if err != nil {
			return out, err
		}
		ds, err := decodeAll(values, decodeDelivery)
		if err != nil {
			return out, err
		}
		for _, d := range ds {
			if !f.takes(&d) {
				continue
			}
			if out = append(out, d); len(out) == f.Limit {
				return out, nil
			}
		}
	}
	return out, nil
}

// load copies deliveries out; one that has gone meanwhile is left out.
func (s *Store) load(ctx context.Context, ids [][]byte) (values [][]byte, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(bDeliveries)
		for _, id := range ids {
			if v := b.Get(id[8:]); v != nil {
				values = append(values, bytes.Clone(v))
			}
		}
		return nil
	})
	return values, err
}

func decodeAll[T any](values [][]byte, decode func([]byte) (T, error)) ([]T, error) {
	out := make([]T, 0, len(values))
	for _, v := range values {
		t, err := decode(v)
		if err != nil {
			return out, err
		}
		out = append(out, t)
	}
	return out, nil
}
