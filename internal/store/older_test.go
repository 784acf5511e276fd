package store

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// olderFile makes a file of layout 2 or 1 and returns its path: a feed's habits
// are inside its state.
func olderFile(t *testing.T, number byte, more ...func(*bolt.Tx) error) string {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "older.db"), Options{})
	must(t, err)
	must(t, s.Commit(t.Context(), Round{Items: []Record{record("f", "1", "x")}}))
	must(t, s.update(t.Context(), 1, func(tx *bolt.Tx) error {
		feeds := tx.Bucket(bFeeds)
		err := errors.Join(
			feeds.Put([]byte("f"), []byte(`{"id":"f","validators":{"etag":"\"x\""},"due":"2026-11-16T10:00:00Z","items":2,"pace":{"polls":3},`+
				`"identity":{"no_guid":true,"last":["2lnQSMGSrqdCV6J-accuUg","hdFx5c7qcYE-BwjlUUOa8A"],"said":[1,4294967295],"looked":"2026-11-16T09:00:00.5Z","titles":[3,4],"resets":1,"newest":"2026-11-16T09:00:00Z"},`+
				`"blocks":{"once":[18446744073709551615],"again":{"5":{"n":3,"t":"2026-11-16T09:00:00Z","x":"Read more"}}}}`)),
			feeds.Put([]byte("new"), []byte(`{"id":"new","added":"2026-11-16T09:00:00Z"}`)),
			feeds.SetSequence(2),
			tx.DeleteBucket(bHabits),
			tx.Bucket(bMeta).Put(kSchema, []byte{0, 0, 0, number}),
		)
		if number < 2 {
			err = errors.Join(err, tx.DeleteBucket(bOpinions))
		}
		for _, change := range more {
			err = errors.Join(err, change(tx))
		}
		return err
	}))
	must(t, s.Close())
	return s.path
}

// holdsOlder wants of a file what olderFile has put into it.
func holdsOlder(t *testing.T, s *Store) {
	t.Helper()
	st, ok, err := s.FeedState(t.Context(), "f")
	want := news.FeedState{ID: "f", Validators: news.Validators{ETag: `"x"`}, Due: monday.Add(time.Hour), Items: 2, Newest: monday, Pace: news.Pace{Polls: 3}}
	if diff := cmp.Diff(want, st); !ok || err != nil || diff != "" {
		t.Errorf("%v %v\n%s", ok, err, diff)
	}
	var last [2]news.Key
	must(t, json.Unmarshal([]byte(`["2lnQSMGSrqdCV6J-accuUg","hdFx5c7qcYE-BwjlUUOa8A"]`), &last))
	h, err := s.Habits(t.Context(), "f")
	wantHabits := news.Habits{
		Identity: news.Identity{NoGUID: true, Last: last[:], Said: []uint32{1, 1<<32 - 1}, Titles: []uint32{3, 4}, Looked: monday.Add(time.Second / 2), Resets: 1},
		Blocks:   news.Blocks{Once: []uint64{1<<64 - 1}, Again: map[uint64]news.Block{5: {Items: 3, Last: monday, Text: "Read more"}}},
	}
	if diff := cmp.Diff(wantHabits, h); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if h, err := s.Habits(t.Context(), "new"); err != nil || cmp.Diff(news.Habits{}, h) != "" {
		t.Errorf("%+v %v", h, err)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Feeds != 2 {
		t.Errorf("%+v %v", c, err)
	}
	if states, err := s.FeedStates(t.Context()); err != nil || cmp.Diff(want, states["f"]) != "" {
		t.Errorf("%v %v", states, err)
	}
	if got := collect(t, s, time.Time{}, time.Time{}); len(got) != 1 {
		t.Errorf("%d items", len(got))
	}
	if o, err := s.Opinions(t.Context(), time.Time{}); err != nil || len(o) != 0 {
		t.Errorf("%v %v", o, err)
	}
}

func TestHabitsOfLayout2ArePartedFromTheStates(t *testing.T) {
	s := openAt(t, olderFile(t, 2), Options{})
	holdsOlder(t, s)
	must(t, s.view(t.Context(), func(tx *bolt.Tx) error {
		if have, err := layout(tx); have != 3 || err != nil || tx.Bucket(bHabits).Get([]byte("f")) == nil {
			t.Errorf("layout %d %v", have, err)
		}
		return nil
	}))
}

// After an upgrade the newest backup may be one from before it.
func TestAnOlderFileIsVerifiedReadAndBackedUpAsItIs(t *testing.T) {
	for _, number := range []byte{1, 2} {
		path := olderFile(t, number)
		before, err := os.ReadFile(path)
		must(t, err)
		must(t, Verify(t.Context(), path))
		s, err := Open(path, Options{ReadOnly: true})
		must(t, err)
		holdsOlder(t, s)
		backup := filepath.Join(t.TempDir(), "copy.db")
		must(t, s.Backup(t.Context(), backup))
		must(t, s.Close())
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("layout %d: reading has changed the file: %v", number, err)
		}
		copied, err := Open(backup, Options{ReadOnly: true})
		must(t, err)
		if copied.layout != uint32(number) {
			t.Errorf("the copy of layout %d has layout %d", number, copied.layout)
		}
		must(t, copied.Close())
		holdsOlder(t, openAt(t, backup, Options{}))
	}
}

func TestAStateThatCannotBeReadIsDamageToTheMigrationAndToVerify(t *testing.T) {
	path := olderFile(t, 2, func(tx *bolt.Tx) error { return tx.Bucket(bFeeds).Put([]byte("broken"), []byte(`{"id":`)) })
	_, err := Open(path, Options{})
	for what, err := range map[string]error{"open": err, "verify": Verify(t.Context(), path)} {
		bad, ok := errors.AsType[*DamagedError](err)
		if !ok || bad.Path != path || !strings.Contains(bad.Err.Error(), "feed broken") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAFileInWhichNothingWasStoredIsNoBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	db, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Close())
	if _, ok := errors.AsType[*DamagedError](Verify(t.Context(), path)); !ok {
		t.Error("verified")
	}
	if _, err := Open(path, Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("read: %v", err)
	}
}
