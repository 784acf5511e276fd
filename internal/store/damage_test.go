package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

func TestASecondOpenerIsToldWhoHoldsTheFile(t *testing.T) {
	s := open(t, Options{})
	for _, opts := range []Options{{Timeout: 50 * time.Millisecond}, {Timeout: 50 * time.Millisecond, ReadOnly: true}} {
		_, err := Open(s.path, opts)
		locked, ok := errors.AsType[*LockedError](err)
		if !ok || locked.Path != s.path || !strings.Contains(err.Error(), "already running") {
			t.Errorf("got %v", err)
		}
	}
	must(t, s.Commit(t.Context(), Round{Items: []Record{record("f", "1", "x")}}))
	must(t, s.Compact(t.Context())) // the file that takes its place is locked too
	if _, err := Open(s.path, Options{Timeout: 50 * time.Millisecond}); err == nil {
		t.Error("after compacting, a second opener got in")
	}
}

func TestReadersMayShareTheFile(t *testing.T) {
	s := open(t, Options{})
	must(t, s.Commit(t.Context(), Round{Items: []Record{record("f", "1", "x")}}))
	must(t, s.Close())
	a, err := Open(s.path, Options{ReadOnly: true})
	must(t, err)
	defer a.Close()
	b, err := Open(s.path, Options{ReadOnly: true})
	must(t, err)
	defer b.Close()
	if got := collect(t, b, time.Time{}, time.Time{}); len(got) != 1 {
		t.Errorf("%d items", len(got))
	}
	if err := b.Commit(t.Context(), Round{Items: []Record{record("f", "2", "y")}}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.db"), Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestAFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	paths := []string{filepath.Join(file, "watcherd.db"), dir}
	if os.Geteuid() != 0 {
		locked := filepath.Join(dir, "locked")
		must(t, os.Mkdir(locked, 0o500))
		paths = append(paths, filepath.Join(locked, "watcherd.db"))
	}
	for _, path := range paths {
		_, err := Open(path, Options{})
		if _, ok := errors.AsType[*AccessError](err); !ok {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestAFileFromElsewhereOrLaterIsRefused(t *testing.T) {
	s := open(t, Options{})
	must(t, s.update(t.Context(), 1, func(tx *bolt.Tx) error {
		return tx.Bucket(bMeta).Put(kSchema, binary.BigEndian.AppendUint32(nil, 99))
	}))
	must(t, s.Close())
	_, err := Open(s.path, Options{})
	if newer, ok := errors.AsType[*SchemaError](err); !ok || newer.Have != 99 {
		t.Errorf("newer: %v", err)
	}
	must(t, os.Remove(s.path))

	db, err := bolt.Open(s.path, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("photos")); return err }))
	must(t, db.Close())
	_, err = Open(s.path, Options{})
	if _, ok := errors.AsType[*DamagedError](err); !ok || !strings.Contains(err.Error(), "photos") {
		t.Errorf("foreign: %v", err)
	}
	must(t, os.Remove(s.path))

	// What a power cut during the first start leaves is an empty file.
	must(t, os.WriteFile(s.path, make([]byte, 16<<10), 0o600))
	fresh, err := Open(s.path, Options{})
	must(t, err)
	must(t, fresh.Close())
}

func TestLayoutsAreBroughtUpStepByStep(t *testing.T) {
	s := open(t, Options{})
	must(t, s.Put(t.Context(), "x", []byte("kept")))
	old := migrations
	defer func() { migrations = old }()
	migrations = append(slices.Clip(migrations), func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("later"))
		return err
	})
	must(t, s.Close())
	reading, err := Open(s.path, Options{ReadOnly: true})
	must(t, err)
	if v, _ := reading.Get(t.Context(), "x"); string(v) != "kept" || reading.layout != uint32(len(old)) {
		t.Errorf("reading an older layout: %q, layout %d", v, reading.layout)
	}
	must(t, reading.Close())
	up, err := Open(s.path, Options{})
	must(t, err)
	must(t, up.view(t.Context(), func(tx *bolt.Tx) error {
		if have, err := layout(tx); have != uint32(len(migrations)) || err != nil || tx.Bucket([]byte("later")) == nil {
			t.Errorf("layout %d %v", have, err)
		}
		return nil
	}))
	if v, _ := up.Get(t.Context(), "x"); string(v) != "kept" {
		t.Errorf("lost: %q", v)
	}
	must(t, up.update(t.Context(), 1, func(tx *bolt.Tx) error { // for the check at the end
		return tx.Bucket(bMeta).Put(kSchema, binary.BigEndian.AppendUint32(nil, uint32(len(old))))
	}))
	must(t, up.Close())
}

// filled is the bytes of a sound file with some depth to it.
func filled(t testing.TB) []byte {
	path := filepath.Join(t.TempDir(), "watcherd.db")
	s, err := Open(path, Options{MaxSize: 64 << 20})
	must(t, err)
	for week := range 3 {
		var rs []Record
		for i := range 300 {
			rs = append(rs, record("f", fmt.Sprint(week, i), fmt.Sprint("Report ", i)))
		}
		st := news.Story{ID: news.StoryID(fmt.Sprint("s", week)), Last: monday}
		must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 7*week), Items: rs, Stories: []news.Story{st}, Feed: &news.FeedState{ID: "f"}}))
	}
	must(t, s.Close())
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

func TestADamagedFileIsRefusedOrReadButNeverFatal(t *testing.T) {
	t.Parallel()
	whole := filled(t)
	const page = 4096
	used := len(bytes.TrimRight(whole, "\x00"))
	rng := rand.New(rand.NewPCG(47, 11))
	cases := map[string]func(b []byte) []byte{
		"cut to nothing but a head":   func(b []byte) []byte { return b[:page] },
		"cut in the middle":           func(b []byte) []byte { return b[:used/2] },
		"cut inside the first page":   func(b []byte) []byte { return b[:100] },
		"text":                        func([]byte) []byte { return bytes.Repeat([]byte("not a data file\n"), 1000) },
		"both heads lost":             func(b []byte) []byte { clear(b[:2*page]); return b },
		"a page in place of another":  func(b []byte) []byte { copy(b[5*page:6*page], b[7*page:]); return b },
		"zeros where pages should be": func(b []byte) []byte { clear(b[used/3 : used/3+8*page]); return b },
	}
	rounds := 150
	if testing.Short() {
		rounds = 20
	}
	for i := range rounds {
		cases[fmt.Sprint("scattered bits ", i)] = func(b []byte) []byte {
			for range 1 + i/10 {
				b[2*page+rng.IntN(used-2*page)] ^= 1 << rng.IntN(8)
			}
			return b
		}
		cases[fmt.Sprint("a torn copy ", i)] = func(b []byte) []byte { // pages of another moment
			for range 1 + i/10 {
				at := page * (2 + rng.IntN(used/page-2))
				copy(b[at:at+page], b[page*(2+rng.IntN(used/page-2)):])
			}
			return b
		}
	}
	refused := 0
	for name, spoil := range cases {
		path := filepath.Join(t.TempDir(), "watcherd.db")
		must(t, os.WriteFile(path, spoil(bytes.Clone(whole)), 0o600))
		s, err := Open(path, Options{})
		if err != nil {
			refused++
			if _, ok := errors.AsType[*DamagedError](err); !ok {
				t.Errorf("%s: not told as damage: %v", name, err)
			}
			continue
		}
		// Damage inside a text is not seen by the walk; it must be an error
		// to the reader, at worst.
		for _, err := range s.Items(t.Context(), time.Time{}, time.Time{}) {
			if err != nil {
				break
			}
		}
		s.Commit(t.Context(), Round{At: monday, Items: []Record{record("g", "1", "x")}})
		s.Close()
	}
	if refused < len(cases)/3 {
		t.Errorf("only %d of %d damaged files were noticed", refused, len(cases))
	}
	t.Logf("%d of %d refused at once", refused, len(cases))
}

func TestACycleOfPagesEnds(t *testing.T) {
	b := filled(t)
	m, err := newestMeta(bytes.NewReader(b), int64(len(b)))
	must(t, err)
	// Make the first branch page found point to itself.
	for id := uint64(2); id < m.high; id++ {
		p := b[id*4096:]
		if binary.NativeEndian.Uint16(p[8:]) == branchPage {
			binary.NativeEndian.PutUint64(p[pageHeader+8:], id)
			break
		}
	}
	path := filepath.Join(t.TempDir(), "watcherd.db")
	must(t, os.WriteFile(path, b, 0o600))
	_, err = Open(path, Options{})
	if _, ok := errors.AsType[*DamagedError](err); !ok || !strings.Contains(err.Error(), "twice") {
		t.Errorf("got %v", err)
	}
}

func TestAFileCutUnderTheMapEndsTheStoreNotTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watcherd.db")
	must(t, os.WriteFile(path, filled(t), 0o600))
	s, err := Open(path, Options{})
	must(t, err)
	must(t, os.Truncate(path, 8192))
	_, err = s.FeedStates(t.Context())
	if _, ok := errors.AsType[*FailedError](err); !ok {
		t.Fatalf("reading: %v", err)
	}
	if again := s.Heartbeat(t.Context()); !errors.Is(again, errors.Unwrap(err)) {
		t.Errorf("the next call says something else: %v", again)
	}
	s.Close()
}

func TestAFailedCommitIsTheLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watcherd.db")
	s, err := Open(path, Options{})
	must(t, err)
	must(t, s.Heartbeat(t.Context()))
	// Commits go through the descriptor: swap it for one that cannot write.
	ro, err := os.Open(path)
	must(t, err)
	defer ro.Close()
	swapDescriptor(t, s, ro)
	err = s.Heartbeat(t.Context())
	failed, ok := errors.AsType[*FailedError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Known(t.Context(), nil); !errors.Is(err, error(failed)) {
		t.Errorf("a later call says %v", err)
	}
	s.Close()
	consistent(t, path)
}

func TestAFullFileRefusesNewsAndMovesAlertsAndRecovers(t *testing.T) {
	if raceDetector {
		t.Skip("noise of megabytes: run without the race detector")
	}
	s := open(t, Options{MaxSize: 8 << 20})
	al := alert("s1", "#desk", 1)
	must(t, s.Commit(t.Context(), Round{At: monday, Alerts: []news.Alert{al}}))
	stored, guid := 0, 0
	fill := func(at time.Time) error {
		for {
			var rs []Record
			for range 50 {
				rec := record("f", fmt.Sprint(guid), fmt.Sprint("Report ", guid))
				rec.Item.Content = noise(guid)
				rs, guid = append(rs, rec), guid+1
			}
			if err := s.Commit(t.Context(), Round{At: at, Items: rs}); err != nil {
				return err
			}
			stored += 50
		}
	}
	err := fill(monday)
	full, ok := errors.AsType[*FullError](err)
	if !ok || full.Limit != 8<<20 {
		t.Fatalf("got %v", err)
	}
	if info, _ := os.Stat(s.path); info.Size() > 8<<20 {
		t.Errorf("the file has %d bytes", info.Size())
	}
	if stored < 500 {
		t.Errorf("full after %d items", stored)
	}
	if got := len(collect(t, s, time.Time{}, time.Time{})); got != stored {
		t.Errorf("%d stored, %d there", stored, got)
	}
	for i := range 200 { // alerts still move
		d := queued(al, monday)
		d.State, d.Attempts = news.StateSending, i
		must(t, s.Save(t.Context(), d))
	}
	must(t, s.Heartbeat(t.Context()))

	later := monday.AddDate(0, 0, 60)
	must(t, s.Commit(t.Context(), Round{At: later, Touch: [][]news.Key{record("f", "0", "").Item.Keys}}))
	if _, err := s.Expire(t.Context(), later, 30*24*time.Hour, 0); err != nil {
		t.Fatalf("nothing can be forgotten in a full file: %v", err)
	}
	before := stored
	if err := fill(later); err == nil || stored < before+500 {
		t.Errorf("after expiry %d items fit (%v)", stored-before, err)
	}
}

// noise is text that does not compress.
func noise(seed int) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	b := make([]byte, 2000)
	for i := range b {
		b[i] = byte('!' + rng.IntN(90))
	}
	return string(b)
}

func FuzzTheWalkEndsOnAnyFile(f *testing.F) {
	whole := filled(f)
	f.Add([]byte{}, 0)
	f.Add([]byte("\x00\x01\x02"), 8200)
	f.Add(whole[12288:12400], 16384)
	f.Fuzz(func(t *testing.T, patch []byte, at int) {
		b := bytes.Clone(whole)
		if at < 0 || at > len(b) {
			return
		}
		copy(b[at:], patch)
		if err := fsck(bytes.NewReader(b), int64(len(b))); err != nil && err.Error() == "" {
			t.Error("damage without a word")
		}
	})
}

// A damaged list of habits is found by whoever checks the file, and takes
// nothing with it but the weeks that nobody can judge then.
func TestDamagedHabitsAreFoundAndHoldUpNothingElse(t *testing.T) {
	s := open(t, Options{})
	habits := &news.Habits{Identity: news.Identity{Last: record("f", "standing", "Standing").Item.Keys, Said: []uint32{7}}}
	must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{record("f", "standing", "Standing")}, Feed: &news.FeedState{ID: "f", Habits: habits}}))
	gone := news.FeedState{ID: "gone", Removed: monday}
	must(t, s.PutFeeds(t.Context(), gone))
	whole := encodeHabits(habits)
	for at := range whole {
		bad := bytes.Clone(whole)
		bad[at] ^= 0x10
		if _, err := decodeHabits("f", bad); err == nil {
			t.Errorf("a fault in byte %d of %d is not noticed", at, len(whole))
		}
	}
	whole[len(whole)-3] ^= 1
	must(t, s.update(t.Context(), 1, func(tx *bolt.Tx) error { return tx.Bucket(bHabits).Put([]byte("f"), whole) }))
	_, err := s.Habits(t.Context(), "f")
	if _, ok := errors.AsType[*HabitsError](err); !ok {
		t.Errorf("the habits are read: %v", err)
	}
	must(t, s.Commit(t.Context(), Round{At: monday.Add(60 * day)})) // another week to keep
	must(t, s.Commit(t.Context(), Round{At: monday.Add(60 * day), Items: []Record{record("f", "later", "Later")}}))
	e, err := s.Expire(t.Context(), monday.Add(60*day), 14*day, 0)
	if _, ok := errors.AsType[*HabitsError](err); !ok || e.Weeks != 0 || e.Feeds != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	must(t, s.Close())
	err = Verify(t.Context(), s.path)
	if _, ok := errors.AsType[*DamagedError](err); !ok {
		t.Errorf("the file passes for whole: %v", err)
	}
	s = openAt(t, s.path, Options{})
	must(t, s.Commit(t.Context(), Round{At: monday, Feed: &news.FeedState{ID: "f", Habits: habits}}))
	if e, err = s.Expire(t.Context(), monday.Add(60*day), 14*day, 0); err != nil || e.Weeks != 1 {
		t.Errorf("after new habits: %+v, %v", e, err)
	}
}
