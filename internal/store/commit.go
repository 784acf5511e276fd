package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// Round is what one round of one feed leaves behind. It is stored whole or not
// at all. Zero parts are left out.
type Round struct {
	At   time.Time       // when the round was judged; it decides the week. Zero means now
	Feed *news.FeedState // with its habits if they may have changed

	// Items are new ones, and known ones that say something else now: an item
	// whose ID is stored already is written in its old place, keeps its
	// FirstSeen, and what it said before becomes a Revision.
	Items []Record

	// Touch are items that are known and still in the feed, each by its keys,
	// strongest first. A key that is new becomes one more name of the item.
	Touch [][]news.Key

	Stories []news.Story

	// Alerts enter the outbox as queued. One whose ID is there already is left
	// as it stands.
	Alerts []news.Alert
	Mutes  []news.Mute
}

// Commit stores a round and returns when it is safe on the disk. Rounds that
// wait at the same time share a transaction. After a FullError nothing of the
// round is stored and it may be committed again later. ctx ends only the
// waiting for a turn, never a round already begun.
func (s *Store) Commit(ctx context.Context, r Round) error {
	return s.CommitAll(ctx, []Round{r})
}

// CommitAll stores rounds in their order, all of them or none.
func (s *Store) CommitAll(ctx context.Context, rounds []Round) error {
	ready, err := s.Prepare(ctx, rounds)
	if err != nil {
		return err
	}
	return ready.Commit(ctx)
}

// Prepared are rounds made ready, so that committing them takes little more
// than the disk does. What is committed between Prepare and Commit is heeded.
type Prepared struct {
	s  *Store
	op *op
}

// Prepare makes rounds ready, on every core: a round is mostly encoding.
func (s *Store) Prepare(ctx context.Context, rounds []Round) (*Prepared, error) {
	if err := s.writable(); err != nil {
		return nil, err
	}
	ready, errs := make([]*prepared, len(rounds)), make([]error, len(rounds))
	n := min(runtime.GOMAXPROCS(0), len(rounds))
	some := func(w int) {
		for i := w; i < len(rounds); i += n {
			ready[i], errs[i] = s.prepareRound(ctx, rounds[i])
		}
	}
	var wg sync.WaitGroup
	for w := 1; w < n; w++ {
		wg.Go(func() { some(w) })
	}
	if n > 0 {
		some(0)
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	all := &op{}
	for _, p := range ready {
		all.puts += p.puts
		all.grows = all.grows || len(p.items) > 0
	}
	all.apply = func(tx *bolt.Tx) error {
		for _, p := range ready {
			if err := p.apply(tx); err != nil {
				return err
			}
		}
		return nil
	}
	return &Prepared{s, all}, nil
}

// Commit stores what is prepared, once, as [Store.CommitAll] does.
func (p *Prepared) Commit(ctx context.Context) error {
	if p.op.puts == 0 {
		return nil
	}
	return p.s.submit(ctx, p.op)
}

// prepared is a round made ready: encoded, and with what it replaces found.
type prepared struct {
	s          *Store
	at         time.Time
	week       []byte
	puts       int
	items      []preparedItem
	carry      []news.Key
	rename     [][]news.Key // items that have a new name
	plain      []preparedPut
	deliveries []preparedDelivery
}

type preparedItem struct {
	record Record
	value  []byte
	old    place // where it stands already; no week if it is new
}

type place struct {
	week  []byte
	seq   []byte
	value []byte // what stood there
}

type preparedPut struct {
	bucket, key, value []byte
	last               uint64 // of a story
}

// prepareRound does all that can be done outside the writer.
func (s *Store) prepareRound(ctx context.Context, r Round) (*prepared, error) {
	if r.At.IsZero() {
		r.At = time.Now()
	}
	p := &prepared{s: s, at: r.At, week: week(r.At)}
	if err := p.encodePlain(&r); err != nil {
		return nil, err
	}
	for i := range r.Items {
		rec := r.Items[i]
		if rec.Item.ID == "" {
			return nil, fmt.Errorf("item %q has no ID", rec.Item.Title)
		}
		if rec.Item.FirstSeen.IsZero() {
			rec.Item.FirstSeen = r.At
		}
		p.items = append(p.items, preparedItem{record: rec})
		p.puts += 3 + len(rec.Item.Keys)
	}
	if len(r.Items)+len(r.Touch) > 0 {
		if err := s.view(ctx, func(tx *bolt.Tx) error { return p.lookUp(tx, r.Touch) }); err != nil {
			return nil, err
		}
	}
	for i := range p.items {
		it := &p.items[i]
		if it.value == nil {
			v, err := s.codec.encode(&it.record, r.At)
			if err != nil {
				return nil, err
			}
			it.value = v
		}
	}
	p.puts += 4 * (len(p.carry) + len(p.rename))
	return p, nil
}

func (p *prepared) encodePlain(r *Round) error {
	add := func(bucket []byte, id string, last uint64, v any) error {
		if id == "" {
			return fmt.Errorf("%s: a value without an ID", bucket)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("%s %s: %w", bucket, id, err)
		}
		p.plain = append(p.plain, preparedPut{bucket, []byte(id), b, last})
		p.puts += 2
		return nil
	}
	var errs []error
	if r.Feed != nil {
		errs = append(errs, add(bFeeds, string(r.Feed.ID), 0, r.Feed))
		if h := r.Feed.Habits; h != nil {
			p.plain = append(p.plain, preparedPut{bucket: bHabits, key: []byte(r.Feed.ID), value: encodeHabits(h)})
			p.puts++
		}
	}
	for _, st := range r.Stories {
		errs = append(errs, add(bStories, string(st.ID), nanos(st.Last), st))
	}
	for _, m := range r.Mutes {
		errs = append(errs, add(bMutes, m.ID, 0, m))
	}
	for _, a := range r.Alerts {
		d, err := encodeDelivery(queued(a, r.At))
		errs = append(errs, err)
		p.deliveries = append(p.deliveries, d)
		p.puts += 3
	}
	return errors.Join(errs...)
}

// lookUp finds the items that stand in the file already, and the touched keys
// that the present week does not have yet.
func (p *prepared) lookUp(tx *bolt.Tx, touch [][]news.Key) error {
	ws := weeks(tx)
	for i := range p.items {
		it := &p.items[i]
		for _, w := range ws {
			if seq := get(w.ids, []byte(it.record.Item.ID)); seq != nil {
				if err := p.revise(it, w, seq); err != nil {
					return err
				}
				break
			}
		}
	}
	for _, keys := range touch {
		renamed := false
		for _, k := range keys {
			switch w := weekOf(ws, k); {
			case w == nil:
				renamed = true
			case !bytes.Equal(w, p.week):
				p.carry = append(p.carry, k)
			}
		}
		// Even if no name is known yet: the item may be on its way to the disk.
		if renamed {
			p.rename = append(p.rename, keys)
		}
	}
	return nil
}

// weekOf names the newest week that has a key; nil if none has.
func weekOf(ws []weekBucket, k news.Key) []byte {
	for _, w := range ws {
		if get(w.keys, k[:]) != nil {
			return w.name
		}
	}
	return nil
}

// revise makes a record that is stored again the successor of the stored one.
func (p *prepared) revise(it *preparedItem, w weekBucket, seq []byte) error {
	value := get(w.items, seq)
	if value == nil {
		return nil
	}
	old, err := p.s.codec.decode(binary.BigEndian.Uint64(seq), value, new(unpacker))
	if err != nil {
		return err
	}
	it.old = place{week: w.name, seq: bytes.Clone(seq), value: bytes.Clone(value)}
	rec := &it.record
	rec.Revisions = old.Revisions
	if old.Item.Version != rec.Item.Version {
		rev := Revision{At: p.at, Title: old.Item.Title, Version: old.Item.Version, Verdict: old.Verdict}
		if len(rec.Revisions) == 0 {
			rev.Item = &old.Item
		}
		rec.Revisions = append(rec.Revisions, rev)
	}
	if n := len(rec.Revisions); n > maxRevisions {
		rec.Revisions = append(rec.Revisions[:1:1], rec.Revisions[n-maxRevisions+1:]...)
	}
	if !old.Item.FirstSeen.IsZero() {
		rec.Item.FirstSeen = old.Item.FirstSeen
	}
	it.value, err = p.s.codec.encode(rec, fromNanos(recordAt(value)))
	return err
}

// apply writes the round. It runs in the writer, possibly more than once.
func (p *prepared) apply(tx *bolt.Tx) error {
	if len(p.items)+len(p.carry)+len(p.rename) > 0 {
		if err := p.applyWeek(tx); err != nil {
			return err
		}
	}
	for _, put := range p.plain {
		if err := put.apply(tx); err != nil {
			return err
		}
	}
	for _, d := range p.deliveries {
		if tx.Bucket(bDeliveries).Get(d.key) != nil {
			continue
		}
		if err := d.apply(tx); err != nil {
			return err
		}
	}
	return nil
}

func (p *prepared) applyWeek(tx *bolt.Tx) error {
	now, err := createWeek(tx, p.week)
	if err != nil {
		return err
	}
	added := uint64(0)
	for i := range p.items {
		fresh, err := p.applyItem(tx, now, &p.items[i])
		if err != nil {
			return err
		}
		if fresh {
			added++
		}
	}
	if added > 0 {
		if err := now.items.SetSequence(now.items.Sequence() + added); err != nil {
			return err
		}
	}
	for _, k := range p.carry {
		if err := carry(tx, now, k); err != nil {
			return err
		}
	}
	for _, keys := range p.rename {
		if err := rename(tx, now, keys); err != nil {
			return err
		}
	}
	return nil
}

// applyItem writes a record, its ID and its keys. An item that another round
// has stored or changed since lookUp is looked up again here; one whose week
// has gone is stored as new.
func (p *prepared) applyItem(tx *bolt.Tx, now weekBucket, it *preparedItem) (fresh bool, err error) {
	id := []byte(it.record.Item.ID)
	home, seq := now, it.old.seq
	if seq == nil {
		seq = bytes.Clone(now.ids.Get(id))
	} else if w, ok := openWeek(tx, it.old.week); ok && get(w.items, seq) != nil {
		home = w
	} else {
		seq = nil
	}
	if seq != nil && !bytes.Equal(get(home.items, seq), it.old.value) {
		again := preparedItem{record: it.record}
		if err := p.revise(&again, home, seq); err != nil {
			return false, err
		}
		it, seq = &again, again.old.seq
	}
	if fresh = seq == nil; fresh {
		n, err := tx.Bucket(bWeeks).NextSequence()
		if err != nil {
			return false, err
		}
		seq = number(n)
		if err := now.ids.Put(id, seq); err != nil {
			return false, err
		}
	}
	if err := home.items.Put(seq, it.value); err != nil {
		return false, err
	}
	rec := &it.record
	return fresh, putSeen(tx, now, seq, Seen{
		Item: rec.Item.ID, Feed: rec.Item.Feed, Story: rec.Verdict.Placement.Story,
		Outcome: rec.Verdict.Outcome, Version: rec.Item.Version, First: rec.Item.FirstSeen, Title: rec.Item.Title,
		keys: rec.Item.Keys, carried: !bytes.Equal(home.name, now.name),
	})
}

// apply writes one small value, keeping the count of its bucket and, for a
// story, the index of last reports.
func (put *preparedPut) apply(tx *bolt.Tx) error {
	b := tx.Bucket(put.bucket)
	old := b.Get(put.key)
	if old == nil {
		if err := b.SetSequence(b.Sequence() + 1); err != nil {
			return err
		}
	}
	value := put.value
	if bytes.Equal(put.bucket, bStories) {
		index := tx.Bucket(bLast)
		if len(old) >= 8 {
			if err := index.Delete(append(bytes.Clone(old[:8]), put.key...)); err != nil {
				return err
			}
		}
		last := number(put.last)
		if err := index.Put(append(last, put.key...), nil); err != nil {
			return err
		}
		value = append(number(put.last), value...)
	}
	return b.Put(put.key, value)
}
