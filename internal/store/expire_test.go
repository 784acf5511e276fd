package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

const day = 24 * time.Hour

func TestWeeksAreNamedAsISOWants(t *testing.T) {
	for date, want := range map[string]string{
		"2026-11-22": "2026-W47", "2026-11-23": "2026-W48", "2026-12-31": "2026-W53", "2027-01-03": "2026-W53",
		"2027-01-04": "2027-W01", "2024-12-30": "2025-W01", "2021-01-03": "2020-W53",
	} {
		at, err := time.Parse(time.DateOnly, date)
		must(t, err)
		if got := string(week(at)); got != want {
			t.Errorf("%s is in %s, want %s", date, got, want)
		}
		end, err := weekEnd([]byte(want))
		if err != nil || end.Before(at) || end.Sub(at) > 7*day || string(week(end)) == want || string(week(end.Add(-1))) != want {
			t.Errorf("%s ends at %v (%v)", want, end, err)
		}
	}
	if _, err := weekEnd([]byte("yesterday")); err == nil {
		t.Error("a week without a number has an end")
	}
}

func TestAnItemStillInItsFeedIsCarriedAlong(t *testing.T) {
	s := open(t, Options{})
	touched, quiet, gone := record("f", "touched", "Touched"), record("g", "quiet", "Quiet"), record("f", "gone", "Gone")
	must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{touched, quiet, gone}}))
	// g answers "not modified" all the time: no round touches its item.
	must(t, s.Commit(t.Context(), Round{At: monday, Feed: &news.FeedState{ID: "g", Habits: &news.Habits{Identity: news.Identity{Last: quiet.Item.Keys[:1]}}}}))
	for w := 1; w <= 6; w++ {
		now := monday.AddDate(0, 0, 7*w)
		before := commits(t, s)
		for range 3 { // only the first touch in a week has work to do
			must(t, s.Commit(t.Context(), Round{At: now, Touch: [][]news.Key{touched.Item.Keys[:1]}}))
		}
		if n := commits(t, s) - before; n != 1 {
			t.Errorf("three touches cost %d commits", n)
		}
		_, err := s.Expire(t.Context(), now, 14*day, 0)
		must(t, err)
	}
	for name, c := range map[string]struct {
		rec  Record
		want bool
	}{"touched": {touched, true}, "in the last body": {quiet, true}, "gone from its feed": {gone, false}} {
		seen, err := s.Known(t.Context(), c.rec.Item.Keys)
		must(t, err)
		for i := range seen {
			if (seen[i].Item == c.rec.Item.ID) != c.want {
				t.Errorf("%s: key %d: %+v", name, i, seen[i])
			}
			if c.want && (!seen[i].First.Equal(monday) || seen[i].Title != c.rec.Item.Title) {
				t.Errorf("%s: %+v", name, seen[i])
			}
		}
		if _, ok, err := s.Item(t.Context(), c.rec.Item.ID); ok || err != nil {
			t.Errorf("%s: text still there (%v)", name, err)
		}
	}
	// One that comes back with other words is stored anew, as seen then.
	again := touched
	again.Item.Version, again.Item.FirstSeen = 99, monday
	must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 43), Items: []Record{again}}))
	if r, ok, _ := s.Item(t.Context(), again.Item.ID); !ok || r.Item.Version != 99 || !r.Item.FirstSeen.Equal(monday) {
		t.Errorf("%+v", r)
	}
}

func TestExpiryForgetsByAgeButNothingUndelivered(t *testing.T) {
	s := open(t, Options{})
	for w := range 8 {
		at := monday.AddDate(0, 0, 7*w)
		id := fmt.Sprint(w)
		st := news.Story{ID: news.StoryID("s" + id), Last: at}
		r := Round{At: at, Items: []Record{record("f", id, id), record("f", id+"b", id)}, Stories: []news.Story{st},
			Mutes: []news.Mute{{ID: id, From: at, Until: at.Add(time.Hour)}}}
		must(t, s.Commit(t.Context(), r))
		sent, waiting := queued(alert(st.ID, "#a", 1), at), queued(alert(st.ID, "#b", 1), at)
		sent.State = news.StateSent
		must(t, s.Save(t.Context(), sent, waiting))
	}
	now := monday.AddDate(0, 0, 7*7)
	must(t, s.PutFeeds(t.Context(), news.FeedState{ID: "old", Removed: now.Add(-31 * day)}, news.FeedState{ID: "new", Removed: now.Add(-day)}, news.FeedState{ID: "live"}))
	e, err := s.Expire(t.Context(), now, 21*day, 0)
	must(t, err)
	// Week 3 ended a day less than 28 days ago, so it stays with weeks 4 to 7.
	if want := (Expired{Weeks: 4, Items: 8, Stories: 4, Deliveries: 4, Feeds: 1, Mutes: 4}); e != want {
		t.Errorf("%+v, want %+v", e, want)
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if c.Items != 8 || c.Stories != 4 || c.Feeds != 2 || c.Weeks != 4 || c.Deliveries[news.StateQueued] != 8 || c.Deliveries[news.StateSent] != 4 {
		t.Errorf("%+v", c)
	}
	if e, err := s.Expire(t.Context(), now, 21*day, 0); err != nil || e != (Expired{}) {
		t.Errorf("a second time: %+v %v", e, err)
	}
	if e, err := s.Expire(t.Context(), now.AddDate(1, 0, 0), 21*day, 0); err != nil || e.Weeks != 3 {
		t.Errorf("the newest week must stay: %+v %v", e, err)
	}
}

func TestTooMuchGivesUpTextsFirstThenWholeWeeks(t *testing.T) {
	s := open(t, Options{})
	var last Record
	for w := range 4 {
		var rs []Record
		for i := range 400 {
			last = record("f", fmt.Sprint(w, "-", i), fmt.Sprint("Report ", i))
			last.Item.Content = noise(w*1000 + i)
			rs = append(rs, last)
		}
		must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 7*w), Items: rs}))
	}
	now := monday.AddDate(0, 0, 22)
	before, err := s.Counts(t.Context())
	must(t, err)
	e, err := s.Expire(t.Context(), now, 900*day, before.Size*2/3)
	must(t, err)
	if e.Texts == 0 || e.Weeks != 0 {
		t.Errorf("a little too much: %+v", e)
	}
	old := record("f", "0-0", "")
	if seen, _ := s.Known(t.Context(), old.Item.Keys[:1]); seen[0].Item == "" {
		t.Error("an item was forgotten for want of room while its text was enough")
	}
	e, err = s.Expire(t.Context(), now, 900*day, 1)
	must(t, err)
	c, _ := s.Counts(t.Context())
	if e.Weeks != 3 || c.Weeks != 1 || c.Items != 400 {
		t.Errorf("much too much: %+v, left %+v", e, c)
	}
	if _, ok, _ := s.Item(t.Context(), last.Item.ID); !ok {
		t.Error("the newest week went too")
	}
}

func TestCompactingGivesSpaceBackAndLosesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("noise of megabytes: run without the race detector")
	}
	s := open(t, Options{MaxSize: 64 << 20})
	for w := range 3 {
		var rs []Record
		for i := range 1000 {
			rec := record("f", fmt.Sprint(w, "-", i), fmt.Sprint("Report ", i))
			rec.Item.Content = noise(i)
			rs = append(rs, rec)
		}
		must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 7*w), Items: rs}))
	}
	must(t, s.Commit(t.Context(), Round{At: monday, Alerts: []news.Alert{alert("s", "#a", 1)}}))
	_, err := s.Expire(t.Context(), monday.AddDate(0, 0, 21), 8*day, 0)
	must(t, err)
	before, err := s.Counts(t.Context())
	must(t, err)
	want := collect(t, s, time.Time{}, time.Time{})
	must(t, s.Compact(t.Context()))
	after, err := s.Counts(t.Context())
	must(t, err)
	if after.Size > before.Size*2/3 || after.Items != before.Items || after.Deliveries[news.StateQueued] != 1 {
		t.Errorf("before %+v\nafter  %+v", before, after)
	}
	if diff := cmp.Diff(want, collect(t, s, time.Time{}, time.Time{})); diff != "" {
		t.Error("items differ after compacting")
	}
	must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 21), Items: []Record{record("f", "new", "After")}}))
	if r, ok, _ := s.Item(t.Context(), news.NewItemID("f", "new")); !ok || r.Seq != 3001 {
		t.Errorf("the order of judgement broke: %d", r.Seq)
	}
	entries, err := os.ReadDir(filepath.Dir(s.path))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestABackupIsACheckedCopyOfOneMoment(t *testing.T) {
	s := open(t, Options{})
	for i := range 300 {
		must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{record("f", fmt.Sprint(i), fmt.Sprint(i))}}))
	}
	stop := make(chan struct{})
	written := make(chan struct{})
	go func() {
		defer close(written)
		for i := 300; ; i++ {
			select {
			case <-stop:
				return
			default:
				s.Commit(t.Context(), Round{At: monday, Items: []Record{record("f", fmt.Sprint(i), fmt.Sprint(i))}})
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "copy.db")
	for range 5 { // each replaces the one before
		must(t, s.Backup(t.Context(), path))
	}
	close(stop)
	<-written
	copied := openAt(t, path, Options{})
	rs := collect(t, copied, time.Time{}, time.Time{})
	if len(rs) < 300 || rs[len(rs)-1].Seq != uint64(len(rs)) {
		t.Errorf("%d records, the last is number %d", len(rs), rs[len(rs)-1].Seq)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if err := s.Backup(t.Context(), s.path); err == nil || !strings.Contains(err.Error(), "itself") {
		t.Errorf("over itself: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(path, "x", "y")); err == nil {
		t.Error("into nowhere")
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// The pages of what is known of items are filled where items are new, and are
// split in the middle where they are carried over in any order.
func TestPagesOfSeenItemsAreWellFilledInEveryWeek(t *testing.T) {
	s := open(t, Options{})
	const feeds, each = 100, 20
	standing := make([][]news.Key, feeds)
	for n := range each {
		for f := range feeds {
			r := record(fmt.Sprint("f", f), fmt.Sprint(n), "Standing")
			standing[f] = append(standing[f], r.Item.Keys[0])
			must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{r}}))
		}
	}
	later := monday.AddDate(0, 0, 7)
	for i := range feeds {
		var touch [][]news.Key
		for _, k := range standing[i*37%feeds] {
			touch = append(touch, []news.Key{k})
		}
		must(t, s.Commit(t.Context(), Round{At: later, Touch: touch}))
	}
	must(t, s.view(t.Context(), func(tx *bolt.Tx) error {
		for _, w := range weeks(tx) {
			st := w.seen.Stats()
			if full := float64(st.LeafInuse) / float64(st.LeafAlloc); st.KeyN != feeds*each || full < 0.55 {
				t.Errorf("%s: %d seen, pages filled to %.2f", w.name, st.KeyN, full)
			}
		}
		return nil
	}))
}
