package daemon

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/store"
)

// olderData makes the data file of a version with layout 2.
func olderData(t *testing.T, file string) []byte {
	t.Helper()
	s, err := store.Open(file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := (*bolt.DB)(nil)
	if err = s.Close(); err == nil {
		db, err = bolt.Open(file, 0o600, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return errors.Join(
			tx.Bucket([]byte("feeds")).Put([]byte("f"), []byte(`{"id":"f","items":2,"identity":{"resets":1,"newest":"2026-11-16T09:00:00Z"}}`)),
			tx.Bucket([]byte("feeds")).SetSequence(1),
			tx.DeleteBucket([]byte("habits")),
			tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 2}),
		)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return contents(t, file)
}

func contents(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnOlderFileIsBackedUpRestoredAndThenOpens(t *testing.T) {
	c := &config.Config{StateDir: t.TempDir()}
	backup := filepath.Join(t.TempDir(), "copy.db")
	was := olderData(t, DataFile(c))
	if err := Backup(t.Context(), c, backup); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), c, backup, true); err != nil {
		t.Errorf("verify: %v", err)
	}
	if !bytes.Equal(contents(t, DataFile(c)), was) {
		t.Error("a backup or a check has changed the data file")
	}
	kept, err := Restore(t.Context(), c, backup, false)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(contents(t, kept), was) {
		t.Error("the file that is kept is not the one that was there")
	}
	s, err := store.Open(DataFile(c), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if h, err := s.Habits(t.Context(), "f"); err != nil || h.Identity.Resets != 1 {
		t.Errorf("%+v %v", h, err)
	}
	if st, ok, err := s.FeedState(t.Context(), "f"); !ok || err != nil || st.Items != 2 || st.Newest.IsZero() {
		t.Errorf("%+v %v %v", st, ok, err)
	}
}

func TestReplayAndDryRunsReadAnOlderFileAndLeaveIt(t *testing.T) {
	c := &config.Config{StateDir: t.TempDir()}
	was := olderData(t, DataFile(c))
	past, err := OpenPast(t.Context(), c, 0)
	if err != nil {
		t.Fatal("replay: ", err)
	}
	n := 0
	for _, err := range past.Items(t.Context()) {
		if n++; err != nil {
			t.Errorf("replay: %v", err)
		}
	}
	if err := past.Close(); past.About() < n || err != nil {
		t.Errorf("%d items of about %d, %v", n, past.About(), err)
	}
	if err := prepareDryRun(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(dryRunFile(c), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if h, err := s.Habits(t.Context(), "f"); err != nil || h.Identity.Resets != 1 {
		t.Errorf("%+v %v", h, err)
	}
	if !bytes.Equal(contents(t, DataFile(c)), was) {
		t.Error("the data file was changed")
	}
}

func TestARestoreWhereNoFileWasKeepsNone(t *testing.T) {
	c := &config.Config{StateDir: filepath.Join(t.TempDir(), "new")}
	backup := filepath.Join(t.TempDir(), "copy.db")
	olderData(t, backup)
	if kept, err := Restore(t.Context(), c, backup, false); err != nil || kept != "" {
		t.Errorf("kept %q, %v", kept, err)
	}
	if _, err := os.Stat(DataFile(c) + ".restoring"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
}
