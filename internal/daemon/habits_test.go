package daemon

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

// A fault of the disk in what is known of a feed's habits blinds nobody: the
// feed's news is told, and its habits are learnt anew.
func TestAFeedWithDamagedHabitsIsReadAllTheSame(t *testing.T) {
	dir := t.TempDir()
	w := &world{}
	old := entry("wire", 1, "Old NATO news")
	w.set(wire, rss(old))
	first := ""
	t.Run("before", func(t *testing.T) {
		d := watch(t, w, dir)
		d.round(t.Context(), wire)
		h, err := d.store.Habits(t.Context(), wire)
		if err != nil || len(h.Identity.Last) != 1 {
			t.Fatalf("%+v, %v", h, err)
		}
		first = string(h.Identity.Last[0][:])
	})
	// The habits begin with their form, a checksum, flags, the number of
	// resets, a time, and how many items follow.
	path := filepath.Join(dir, "watcherd.db")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	faults := 0
	for at := 0; ; at++ {
		next := bytes.Index(file[at:], []byte(first))
		if next < 0 {
			break
		}
		if at += next; at > 16 && file[at-16] == 1 && file[at-1] == 1 {
			file[at-2] ^= 1
			faults++
		}
	}
	if faults == 0 {
		t.Fatal("no habits in the file")
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	w.set(wire, rss(entry("wire", 2, "NATO ministers meet in Riga"), old))
	d := watch(t, w, dir)
	d.round(t.Context(), wire)
	if diff := cmp.Diff([]string{"alert NATO ministers meet in Riga"}, outbox(t, d)); diff != "" {
		t.Error(diff)
	}
	h, err := d.store.Habits(t.Context(), news.FeedID(wire))
	if err != nil || len(h.Identity.Last) != 2 {
		t.Errorf("%+v, %v", h, err)
	}
}
