package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// The buckets of the file. Numbers in keys are big-endian, so that they sort;
// times are Unix nanoseconds, 0 for none.
//
//	meta        "schema" -> layout number; "value/NAME" -> small values
//	feeds       feed ID -> FeedState without its habits
//	habits      feed ID -> Habits (since layout 3)
//	mutes       mute ID -> Mute
//	opinions    alert ID | 0 | who -> Opinion (since layout 2)
//	stories     story ID -> last, Story
//	last        last | story ID -> nothing
//	deliveries  alert ID -> state, lane, due, since, Delivery
//	due         lane | due | alert ID -> nothing; what a courier must look at
//	states      state | since | alert ID -> nothing
//	weeks       "2026-W47" -> the week's bucket:
//	    keys    key -> item's number
//	    seen    item's number -> what Known says of it
//	    items   item's number -> the record
//	    ids     item ID -> item's number
//
// Items are numbered in the order in which they were judged (the sequence of
// weeks). The sequence of feeds, stories and items counts their entries. An
// item still in its feed has its keys and seen entry copied into the present
// week; its text stays where it is and goes with its week.
var (
	bMeta       = []byte("meta")
	bFeeds      = []byte("feeds")
	bHabits     = []byte("habits")
	bMutes      = []byte("mutes")
	bOpinions   = []byte("opinions")
	bStories    = []byte("stories")
	bLast       = []byte("last")
	bDeliveries = []byte("deliveries")
	bDue        = []byte("due")
	bStates     = []byte("states")
	bWeeks      = []byte("weeks")

	bKeys  = []byte("keys")
	bSeen  = []byte("seen")
	bItems = []byte("items")
	bIDs   = []byte("ids")

	kSchema = []byte("schema")
)

// migrations bring the layout from each number to the next. A released one is
// never changed; a new layout is a new entry.
var migrations = []func(*bolt.Tx) error{createBuckets, addOpinions, partHabits}

func createBuckets(tx *bolt.Tx) error {
	for _, name := range [][]byte{bMeta, bFeeds, bMutes, bStories, bLast, bDeliveries, bDue, bStates, bWeeks} {
		if _, err := tx.CreateBucket(name); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return nil
}

func addOpinions(tx *bolt.Tx) error {
	_, err := tx.CreateBucket(bOpinions)
	return err
}

// habitsParted is the first layout with habits apart from the feed states.
const habitsParted = 3

// partHabits moves what every poll would have written again, though it changes
// only with the feed's body, into a bucket of its own.
func partHabits(tx *bolt.Tx) error {
	habits, err := tx.CreateBucket(bHabits)
	if err != nil {
		return err
	}
	feeds := tx.Bucket(bFeeds)
	var ids [][]byte
	if err := feeds.ForEach(func(id, _ []byte) error {
		ids = append(ids, bytes.Clone(id))
		return nil
	}); err != nil {
		return err
	}
	for _, id := range ids {
		state, h, err := parted(feeds.Get(id))
		if err != nil {
			return &DamagedError{Path: tx.DB().Path(), Err: fmt.Errorf("feed %s: %w", id, err)}
		}
		if err := errors.Join(feeds.Put(id, state), habits.Put(id, encodeHabits(&h))); err != nil {
			return err
		}
	}
	return habits.SetSequence(uint64(len(ids)))
}

// parted splits a feed's state of layout 2.
func parted(value []byte) (state []byte, h news.Habits, err error) {
	var old struct {
		Identity struct {
			news.Identity
			Newest json.RawMessage `json:"newest"`
		} `json:"identity"`
		Blocks news.Blocks `json:"blocks"`
	}
	rest := map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal(value, &old), json.Unmarshal(value, &rest)); err != nil {
		return nil, h, err
	}
	delete(rest, "identity")
	delete(rest, "blocks")
	if old.Identity.Newest != nil {
		rest["newest"] = old.Identity.Newest
	}
	state, err = json.Marshal(rest)
	return state, news.Habits{Identity: old.Identity.Identity, Blocks: old.Blocks}, err
}

// errNothingYet is met in a file whose first opening was cut short.
var errNothingYet = errors.New("nothing was ever stored in it")

// prepare reads the layout number and migrates what is older, or remembers how
// to read it where nothing may be written.
func (s *Store) prepare() error {
	have := uint32(0)
	err := s.view(context.Background(), func(tx *bolt.Tx) (err error) {
		have, err = layout(tx)
		return err
	})
	know := uint32(len(migrations))
	switch {
	case err != nil:
		if _, ok := errors.AsType[*FailedError](err); ok {
			return &DamagedError{Path: s.path, Err: errors.Unwrap(err)}
		}
		return &DamagedError{Path: s.path, Err: err}
	case have > know:
		return &SchemaError{Path: s.path, Have: have, Know: know}
	case s.opts.ReadOnly && have == 0:
		return fmt.Errorf("the data file %s: %w: start watcherd once", s.path, errNothingYet)
	case s.opts.ReadOnly || have == know:
		s.layout = have
		return nil
	}
	s.layout = know
	err = migrate(s.db, have)
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		return damaged
	}
	return opening(s.path, s.opts.MaxSize, err)
}

// layout is 0 for a file just created. One with buckets but without a number
// belongs to another program.
func layout(tx *bolt.Tx) (uint32, error) {
	if b := tx.Bucket(bMeta); b != nil {
		if v := b.Get(kSchema); len(v) == 4 {
			return binary.BigEndian.Uint32(v), nil
		}
	}
	if name, _ := tx.Cursor().First(); name != nil {
		return 0, fmt.Errorf("it has no layout number and a bucket %q: not a watcherd data file", name)
	}
	return 0, nil
}

// migrate takes each step in a transaction of its own, so that a kill in
// between leaves a known layout.
func migrate(db *bolt.DB, have uint32) error {
	for n := have; n < uint32(len(migrations)); n++ {
		err := db.Update(func(tx *bolt.Tx) error {
			if err := migrations[n](tx); err != nil {
				return fmt.Errorf("layout %d: %w", n+1, err)
			}
			return tx.Bucket(bMeta).Put(kSchema, binary.BigEndian.AppendUint32(nil, n+1))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// week names the ISO week of a moment. Names sort by time.
func week(t time.Time) []byte {
	year, n := t.UTC().ISOWeek()
	return fmt.Appendf(nil, "%04d-W%02d", year, n)
}

// weekEnd is the moment at which a named week is over.
func weekEnd(name []byte) (time.Time, error) {
	var year, n int
	if _, err := fmt.Sscanf(string(name), "%04d-W%02d", &year, &n); err != nil {
		return time.Time{}, fmt.Errorf("week %q: %w", name, err)
	}
	jan4 := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	monday := jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*n), nil
}

// weekBucket is one week's bucket with its inner buckets, each of which may be
// missing.
type weekBucket struct {
	name                   []byte
	b                      *bolt.Bucket
	keys, seen, items, ids *bolt.Bucket
}

// fullPages is how full a page is left that is split by what comes at its end:
// what comes under rising numbers leaves pages split in the middle half empty
// for good.
const fullPages = 0.95

func openWeek(tx *bolt.Tx, name []byte) (weekBucket, bool) {
	b := tx.Bucket(bWeeks).Bucket(name)
	if b == nil {
		return weekBucket{}, false
	}
	w := weekBucket{
		name: bytes.Clone(name), b: b,
		keys: b.Bucket(bKeys), seen: b.Bucket(bSeen), items: b.Bucket(bItems), ids: b.Bucket(bIDs),
	}
	if w.items != nil {
		w.items.FillPercent = fullPages
	}
	return w, true
}

func createWeek(tx *bolt.Tx, name []byte) (weekBucket, error) {
	b, err := tx.Bucket(bWeeks).CreateBucketIfNotExists(name)
	if err != nil {
		return weekBucket{}, err
	}
	for _, inner := range [][]byte{bKeys, bSeen, bItems, bIDs} {
		if _, err := b.CreateBucketIfNotExists(inner); err != nil {
			return weekBucket{}, err
		}
	}
	w, _ := openWeek(tx, name)
	return w, nil
}

// weeks opens the weeks of the file, newest first.
func weeks(tx *bolt.Tx) []weekBucket {
	var ws []weekBucket
	c := tx.Bucket(bWeeks).Cursor()
	for name, _ := c.Last(); name != nil; name, _ = c.Prev() {
		if w, ok := openWeek(tx, name); ok {
			ws = append(ws, w)
		}
	}
	return ws
}

// get is b.Get that bears a missing bucket.
func get(b *bolt.Bucket, key []byte) []byte {
	if b == nil {
		return nil
	}
	return b.Get(key)
}

// nanos is how a time stands in a key: 0 for the zero time and for all before
// 1970, the last nanosecond that an int64 counts (in 2262) for all after it.
func nanos(t time.Time) uint64 {
	if t.Unix() < 0 {
		return 0
	}
	if t.Unix() >= math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	return uint64(t.UnixNano())
}

// fromNanos is the zero time for 0, and for what nanos never writes.
func fromNanos(n uint64) time.Time {
	if n == 0 || n > math.MaxInt64 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
