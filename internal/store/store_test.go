package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

var monday = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC) // of week 47

// open opens a data file whose consistency is checked when the test ends, by
// our own walk and by the engine's check.
func open(t testing.TB, opts Options) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "state", "watcherd.db"), opts)
}

func openAt(t testing.TB, path string, opts Options) *Store {
	t.Helper()
	s, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && s.failure() == nil {
			t.Errorf("close: %v", err)
		}
		consistent(t, s.path)
	})
	return s
}

func consistent(t testing.TB, path string) {
	t.Helper()
	if err := Verify(context.Background(), path); err != nil {
		t.Errorf("verify: %v", err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	if err != nil {
		t.Errorf("check: %v", err)
		return
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		var errs []error
		for err := range tx.Check() {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Errorf("check: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// record is an item as a round would bring it.
func record(feed, guid, title string) Record {
	it := news.Item{
		ID: news.NewItemID(news.FeedID(feed), guid), Feed: news.FeedID(feed), Outlet: "Harbour Gazette", GUID: guid,
		URL: "https://harbour.example/" + guid, Title: title,
		Summary: "The ministers met for the second day and said that the talks would go on.",
		Content: strings.Repeat("A longer paragraph about the talks, with names and numbers in it. ", 12),
		Version: uint64(len(title))<<32 | 7,
		Keys:    []news.Key{news.NewKey("guid", feed, guid), news.NewKey("link", guid)},
		Lang:    "en",
	}
	return Record{Item: it, Verdict: news.Verdict{
		Item: it.ID, Outcome: news.OutcomeNoMatch,
		Placement: news.Placement{Story: news.NewStoryID(it.ID), Reason: news.ReasonNewStory},
	}}
}

func alert(story news.StoryID, channel string, seq int) news.Alert {
	return news.Alert{
		ID: news.NewAlertID(story, channel, news.KindAlert, seq), Channel: channel, Kind: news.KindAlert,
		Story: story, Seq: seq, Headline: "Ministers agree on inspections",
	}
}

func collect(t testing.TB, s *Store, from, to time.Time) []Record {
	t.Helper()
	var rs []Record
	for r, err := range s.Items(t.Context(), from, to) {
		must(t, err)
		rs = append(rs, r)
	}
	return rs
}

func TestARoundIsThereWholeAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "state", "watcherd.db")
	s := openAt(t, path, Options{})
	rec := record("f", "1", "Talks on inspections resume")
	rec.Verdict.At, rec.Item.Published = monday, monday.Add(-time.Hour)
	story := news.Story{ID: rec.Verdict.Placement.Story, Headline: rec.Item.Title, First: monday, Last: monday, Count: 1}
	feed := news.FeedState{ID: "f", Validators: news.Validators{ETag: `"x"`}, Newest: monday}
	habits := news.Habits{Identity: news.Identity{Last: rec.Item.Keys[:1], Said: []uint32{7}}, Blocks: news.Blocks{Once: []uint64{1 << 63}}}
	round := feed
	round.Habits = &habits
	mute := news.Mute{ID: "m", Topic: "sport", By: "desk", From: monday.Add(-time.Hour), Until: monday.Add(time.Hour)}
	al := alert(story.ID, "#desk", 1)
	must(t, s.Commit(t.Context(), Round{
		At: monday, Feed: &round, Items: []Record{rec}, Stories: []news.Story{story}, Alerts: []news.Alert{al}, Mutes: []news.Mute{mute},
	}))
	must(t, s.Put(t.Context(), "config", []byte("abc")))
	must(t, s.Close())
	must(t, s.Close())

	s = openAt(t, path, Options{})
	want := rec
	want.Seq, want.Item.FirstSeen = 1, monday
	got, ok, err := s.Item(t.Context(), rec.Item.ID)
	if diff := cmp.Diff(want, got); !ok || err != nil || diff != "" {
		t.Errorf("Item: %v %v\n%s", ok, err, diff)
	}
	if st, ok, err := s.Story(t.Context(), story.ID); !ok || err != nil || cmp.Diff(story, st) != "" {
		t.Errorf("Story: %v %v %v", st, ok, err)
	}
	if fs, ok, err := s.FeedState(t.Context(), "f"); !ok || err != nil || cmp.Diff(feed, fs) != "" {
		t.Errorf("FeedState: %v %v\n%s", ok, err, cmp.Diff(feed, fs))
	}
	must(t, s.Commit(t.Context(), Round{Feed: &feed}))
	if h, err := s.Habits(t.Context(), "f"); err != nil || cmp.Diff(habits, h) != "" {
		t.Errorf("Habits, after a round without: %v\n%s", err, cmp.Diff(habits, h))
	}
	if ms, err := s.Mutes(t.Context(), monday); err != nil || cmp.Diff([]news.Mute{mute}, ms) != "" {
		t.Errorf("Mutes: %v %v", ms, err)
	}
	if ms, err := s.Mutes(t.Context(), monday.Add(2*time.Hour)); err != nil || len(ms) != 0 {
		t.Errorf("a mute that ended is in force: %v %v", ms, err)
	}
	seen, err := s.Known(t.Context(), append(slices.Clone(rec.Item.Keys), news.NewKey("other")))
	must(t, err)
	for i := range 2 {
		if seen[i].Item != rec.Item.ID || seen[i].Version != rec.Item.Version || !seen[i].First.Equal(monday) ||
			seen[i].Title != rec.Item.Title || seen[i].Story != story.ID || seen[i].Feed != "f" || seen[i].Outcome != news.OutcomeNoMatch {
			t.Errorf("Known: %+v", seen[i])
		}
	}
	if seen[2].Item != "" {
		t.Errorf("an unknown key is known: %+v", seen[2])
	}
	if v, err := s.Get(t.Context(), "config"); err != nil || string(v) != "abc" {
		t.Errorf("Get: %q %v", v, err)
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if c.Items != 1 || c.Stories != 1 || c.Feeds != 1 || c.Weeks != 1 || c.Deliveries[news.StateQueued] != 1 || !c.Oldest.Equal(monday) {
		t.Errorf("Counts: %+v", c)
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	s := open(t, Options{})
	for path, want := range map[string]os.FileMode{s.path: 0o600, filepath.Dir(s.path): 0o700} {
		info, err := os.Stat(path)
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: mode %o, want %o", path, got, want)
		}
	}
}

func TestARevisedItemStaysInItsPlaceWithWhatItSaidBefore(t *testing.T) {
	s := open(t, Options{})
	first := record("f", "1", "Talks end without result")
	first.Verdict.Outcome, first.Verdict.At = news.OutcomeAlert, monday
	must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{first, record("f", "2", "Rain")}}))

	next := monday.AddDate(0, 0, 7)
	second := record("f", "1", "Talks end with a partial result")
	second.Verdict.Outcome = news.OutcomeRepeat
	must(t, s.Commit(t.Context(), Round{At: next, Items: []Record{second}}))

	got := collect(t, s, time.Time{}, time.Time{})
	if len(got) != 2 || got[0].Item.Title != second.Item.Title || got[0].Seq != 1 || !got[0].Item.FirstSeen.Equal(monday) {
		t.Fatalf("items: %+v", got)
	}
	as := first.Item // keys are those of the item as it is
	as.Keys, as.FirstSeen = nil, monday
	want := []Revision{{At: next, Title: first.Item.Title, Version: first.Item.Version, Verdict: first.Verdict, Item: &as}}
	if diff := cmp.Diff(want, got[0].Revisions); diff != "" {
		t.Errorf("revisions:\n%s", diff)
	}
	if it, v := got[0].FirstJudged(); it.Title != first.Item.Title || v.Outcome != news.OutcomeAlert || len(it.Keys) == 0 {
		t.Errorf("first judged as %+v %+v", it, v)
	}
	seen, err := s.Known(t.Context(), second.Item.Keys)
	must(t, err)
	if seen[0].Version != second.Item.Version || !seen[0].First.Equal(monday) || seen[0].Title != second.Item.Title {
		t.Errorf("Known says %+v", seen[0])
	}
	if c, _ := s.Counts(t.Context()); c.Items != 2 {
		t.Errorf("%d items counted", c.Items)
	}
	// The same wording once more is no further revision.
	must(t, s.Commit(t.Context(), Round{At: next, Items: []Record{second}}))
	if r, _, _ := s.Item(t.Context(), second.Item.ID); len(r.Revisions) != 1 {
		t.Errorf("%d revisions", len(r.Revisions))
	}
	// A live page keeps its first wording and the latest.
	for i := range 2 * maxRevisions {
		again := second
		again.Item.Version = uint64(1000 + i)
		must(t, s.Commit(t.Context(), Round{At: next, Items: []Record{again}}))
	}
	r, _, _ := s.Item(t.Context(), second.Item.ID)
	if len(r.Revisions) != maxRevisions || r.Revisions[0].Title != first.Item.Title || r.Revisions[maxRevisions-1].Version != 1000+2*maxRevisions-2 {
		t.Errorf("%d revisions: %+v", len(r.Revisions), r.Revisions)
	}
}

func TestTheSameNewItemInTwoRoundsAtOnceIsOneItem(t *testing.T) {
	s := open(t, Options{})
	a, b := record("f", "1", "One"), record("f", "1", "One, corrected")
	pa, err := s.prepareRound(t.Context(), Round{At: monday, Items: []Record{a}})
	must(t, err)
	pb, err := s.prepareRound(t.Context(), Round{At: monday, Items: []Record{b}})
	must(t, err)
	for _, p := range []*prepared{pa, pb} {
		must(t, s.submit(t.Context(), &op{apply: p.apply, puts: p.puts}))
	}
	got := collect(t, s, time.Time{}, time.Time{})
	if len(got) != 1 || got[0].Item.Title != b.Item.Title || len(got[0].Revisions) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestAnItemThatChangedWhileItsNextRevisionWasMadeReadyKeepsBoth(t *testing.T) {
	s := open(t, Options{})
	must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{record("f", "1", "One")}}))
	var ready []*Prepared
	for _, title := range []string{"One, corrected", "One, corrected again"} {
		p, err := s.Prepare(t.Context(), []Round{{At: monday, Items: []Record{record("f", "1", title)}}})
		must(t, err)
		ready = append(ready, p)
	}
	for _, p := range ready {
		must(t, p.Commit(t.Context()))
	}
	got := collect(t, s, time.Time{}, time.Time{})
	if len(got) != 1 || got[0].Item.Title != "One, corrected again" || len(got[0].Revisions) != 2 || got[0].Revisions[1].Title != "One, corrected" {
		t.Errorf("%+v", got)
	}
}

func TestRoundsCommittedTogetherAreThereTogetherOrNot(t *testing.T) {
	s := open(t, Options{})
	round := func(guid, title string) Round {
		rec := record("f", guid, title)
		return Round{At: monday, Items: []Record{rec}, Stories: []news.Story{{ID: "s", Headline: title}}}
	}
	before := commits(t, s)
	must(t, s.CommitAll(t.Context(), []Round{round("1", "One"), round("2", "Two"), round("1", "One, corrected")}))
	if n := commits(t, s) - before; n != 1 {
		t.Errorf("%d transactions", n)
	}
	got := collect(t, s, time.Time{}, time.Time{})
	if len(got) != 2 || got[0].Item.Title != "One, corrected" || len(got[0].Revisions) != 1 {
		t.Errorf("%+v", got)
	}
	if st, _, _ := s.Story(t.Context(), "s"); st.Headline != "One, corrected" {
		t.Errorf("rounds out of order: %+v", st)
	}
	bad := round("4", "Four")
	bad.Stories[0].ID = ""
	if err := s.CommitAll(t.Context(), []Round{round("3", "Three"), bad}); err == nil || len(collect(t, s, time.Time{}, time.Time{})) != 2 {
		t.Errorf("half of them were stored (%v)", err)
	}
	must(t, s.CommitAll(t.Context(), nil))
}

func TestARoundThatCannotBeStoredFailsAlone(t *testing.T) {
	s := open(t, Options{})
	nameless := record("f", "1", "x")
	nameless.Item.ID = ""
	for name, r := range map[string]Round{
		"an item without an ID":   {Items: []Record{nameless}},
		"a feed without an ID":    {Feed: &news.FeedState{}},
		"an alert without an ID":  {Alerts: []news.Alert{{Channel: "#x"}}},
		"a story without an ID":   {Stories: []news.Story{{}}},
		"a mute without an ID":    {Mutes: []news.Mute{{}}},
		"a time beyond year 9999": {Stories: []news.Story{{ID: "s", Last: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}}},
	} {
		if err := s.Commit(t.Context(), r); err == nil {
			t.Errorf("%s was stored", name)
		}
	}
	if err := s.Save(t.Context(), news.Delivery{Alert: alert("s", "#x", 1), State: "flying"}); err == nil {
		t.Error("an unknown state was stored")
	}
	refused := errors.New("refused")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if i%4 == 0 {
				err := s.update(t.Context(), 1, func(tx *bolt.Tx) error {
					tx.Bucket(bMeta).Put(valueKey("leak"), []byte("x"))
					return refused
				})
				if !errors.Is(err, refused) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err := s.Put(t.Context(), fmt.Sprint(i), []byte("v")); err != nil {
				t.Errorf("a good change fell with a bad one: %v", err)
			}
		})
	}
	wg.Wait()
	if v, _ := s.Get(t.Context(), "leak"); v != nil {
		t.Error("a refused change left something behind")
	}
	if v, _ := s.Get(t.Context(), "39"); string(v) != "v" {
		t.Error("a good change is missing")
	}
}

func TestAContextThatEndedStoresNothing(t *testing.T) {
	s := open(t, Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopping")
	cancel(stop)
	if err := s.Commit(ctx, Round{Items: []Record{record("f", "1", "x")}}); !errors.Is(err, stop) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := s.Known(ctx, nil); !errors.Is(err, stop) {
		t.Errorf("Known: %v", err)
	}
}

func TestAfterCloseEveryCallSaysSo(t *testing.T) {
	s := open(t, Options{})
	must(t, s.Close())
	if err := s.Commit(t.Context(), Round{Items: []Record{record("f", "1", "x")}}); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit: %v", err)
	}
	if _, _, err := s.Item(t.Context(), "x"); !errors.Is(err, ErrClosed) {
		t.Errorf("Item: %v", err)
	}
	for _, err := range s.Items(t.Context(), time.Time{}, time.Time{}) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("Items: %v", err)
		}
	}
}

// commits is the number of transactions the file has seen.
func commits(t testing.TB, s *Store) (n int) {
	t.Helper()
	must(t, s.view(t.Context(), func(tx *bolt.Tx) error { n = tx.ID(); return nil }))
	return n
}

func TestManyRoundsAtOnceShareCommits(t *testing.T) {
	s := open(t, Options{})
	const callers, rounds = 64, 20
	before := commits(t, s)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range rounds {
				feed := fmt.Sprint("feed", c)
				rec := record(feed, fmt.Sprint(i), fmt.Sprintf("Report %d of %d", i, c))
				st := news.Story{ID: rec.Verdict.Placement.Story, Last: monday}
				err := s.Commit(t.Context(), Round{
					At: monday, Feed: &news.FeedState{ID: news.FeedID(feed), Total: i + 1}, Items: []Record{rec},
					Stories: []news.Story{st}, Alerts: []news.Alert{alert(st.ID, "#desk", 1)},
				})
				if err != nil {
					t.Errorf("%d/%d: %v", c, i, err)
					return
				}
				if _, ok, err := s.Item(t.Context(), rec.Item.ID); !ok || err != nil {
					t.Errorf("a committed item cannot be read: %v", err)
				}
				if i%5 == 0 {
					if _, err := s.Known(t.Context(), rec.Item.Keys); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	n := commits(t, s) - before
	t.Logf("%d rounds in %d commits", callers*rounds, n)
	if n >= callers*rounds {
		t.Error("no two rounds shared a commit")
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if n := callers * rounds; c.Items != n || c.Stories != n || c.Deliveries[news.StateQueued] != n || c.Feeds != callers {
		t.Errorf("%+v", c)
	}
	rs := collect(t, s, time.Time{}, time.Time{})
	if len(rs) != callers*rounds || !slices.IsSortedFunc(rs, func(a, b Record) int { return int(a.Seq) - int(b.Seq) }) {
		t.Errorf("%d items, or out of order", len(rs))
	}
}

func TestItemsAreReadWhileOthersWrite(t *testing.T) {
	s := open(t, Options{})
	const n = 3 * pageRecords
	for i := range n {
		if i%100 == 0 {
			var rs []Record
			for j := i; j < min(i+100, n); j++ {
				rs = append(rs, record("f", fmt.Sprint(j), fmt.Sprint("Item ", j)))
			}
			must(t, s.Commit(t.Context(), Round{At: monday.Add(time.Duration(i) * time.Second), Items: rs}))
		}
	}
	read := 0
	for r, err := range s.Items(t.Context(), time.Time{}, time.Time{}) {
		must(t, err)
		// Were a transaction open here, a commit that grows the map would hang.
		if read%50 == 0 {
			must(t, s.Commit(t.Context(), Round{At: monday, Items: []Record{record("g", fmt.Sprint(read), "More")}}))
		}
		if open := s.db.Stats().OpenTxN; open != 0 {
			t.Fatalf("%d read transactions open while the caller works", open)
		}
		read++
		_ = r
	}
	if read < n {
		t.Errorf("read %d of %d", read, n)
	}
	for range s.Items(t.Context(), time.Time{}, time.Time{}) {
		break // a caller that stops leaves nothing open
	}
}

func TestItemsOfASpanAreThoseFirstJudgedInIt(t *testing.T) {
	s := open(t, Options{})
	for i := range 400 { // four weeks, one item each 100 minutes
		at := monday.Add(time.Duration(i) * 100 * time.Minute)
		must(t, s.Commit(t.Context(), Round{At: at, Items: []Record{record("f", fmt.Sprint(i), fmt.Sprint(i))}}))
	}
	for _, span := range []struct{ from, to int }{{0, 400}, {1, 2}, {150, 151}, {30, 260}, {399, 400}, {400, 500}, {-10, 3}} {
		from, to := monday.Add(time.Duration(span.from)*100*time.Minute), monday.Add(time.Duration(span.to)*100*time.Minute)
		var want, got []string
		for i := max(span.from, 0); i < min(span.to, 400); i++ {
			want = append(want, fmt.Sprint(i))
		}
		for _, r := range collect(t, s, from, to) {
			got = append(got, r.Item.Title)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v:\n%s", span, diff)
		}
	}
	if got := collect(t, s, monday.Add(399*100*time.Minute), time.Time{}); len(got) != 1 {
		t.Errorf("without an end: %d", len(got))
	}
}

func TestSearchFindsTitlesNewestFirst(t *testing.T) {
	s := open(t, Options{})
	titles := []string{"Ukraine asks for inspectors", "Rain in the north", "Ёлка на площади", "UKRAINE: second day of talks", "Inspectors arrive"}
	for i, title := range titles {
		rec := record("f", fmt.Sprint(i), title)
		must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 5*i), Items: []Record{rec}}))
		must(t, s.Commit(t.Context(), Round{At: monday.AddDate(0, 0, 5*i+7), Touch: [][]news.Key{rec.Item.Keys}})) // copies are not found twice
	}
	for words, want := range map[string][]string{
		"ukraine":            {titles[3], titles[0]},
		"inspectors UKRAINE": {titles[0]},
		"елка":               {titles[2]},
		"nowhere":            nil,
		"  ":                 nil,
	} {
		rs, err := s.Search(t.Context(), words, 10)
		must(t, err)
		var got []string
		for _, r := range rs {
			got = append(got, r.Item.Title)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", words, diff)
		}
	}
	if rs, _ := s.Search(t.Context(), "ukraine", 1); len(rs) != 1 || rs[0].Item.Title != titles[3] {
		t.Errorf("the newest one: %+v", rs)
	}
}

func TestStoriesComeByTheirLastReport(t *testing.T) {
	s := open(t, Options{})
	const n = pageRecords + 50
	for i := range n {
		st := news.Story{ID: news.StoryID(fmt.Sprintf("s%04d", i)), Headline: "first", Last: monday.Add(time.Duration(i) * time.Minute)}
		must(t, s.Commit(t.Context(), Round{At: monday, Stories: []news.Story{st}}))
	}
	moved := news.Story{ID: "s0000", Headline: "second", Last: monday.AddDate(0, 0, 1)}
	must(t, s.Commit(t.Context(), Round{At: monday, Stories: []news.Story{moved}}))
	var got []news.Story
	for st, err := range s.Stories(t.Context(), monday) {
		must(t, err)
		got = append(got, st)
	}
	if len(got) != n || got[n-1].Headline != "second" || got[0].ID != "s0001" {
		t.Errorf("%d stories, last %+v", len(got), got[len(got)-1])
	}
	late := 0
	for _, err := range s.Stories(t.Context(), monday.Add((n-10)*time.Minute)) {
		must(t, err)
		late++
	}
	if late != 11 {
		t.Errorf("%d late stories", late)
	}
	if c, _ := s.Counts(t.Context()); c.Stories != n {
		t.Errorf("%d counted", c.Stories)
	}
}

func TestATouchedItemIsKnownUnderItsNewName(t *testing.T) {
	s := open(t, Options{})
	rec := record("f", "0", "A title")
	must(t, s.Commit(t.Context(), Round{At: rec.Item.FirstSeen, Items: []Record{rec}}))
	newer, stranger := news.NewKey("guid", "f", "renamed"), news.NewKey("guid", "f", "another item's")
	weeksOn := rec.Item.FirstSeen.AddDate(0, 0, 20)
	must(t, s.Commit(t.Context(), Round{At: weeksOn, Touch: [][]news.Key{{newer, rec.Item.Keys[0]}, {stranger}}}))
	seen, err := s.Known(t.Context(), []news.Key{newer, rec.Item.Keys[0], stranger})
	must(t, err)
	if seen[0].Item != rec.Item.ID || seen[1].Item != rec.Item.ID || seen[2].Item != "" {
		t.Errorf("known: %+v", seen)
	}
}

// Items come at the end of their week for ever: what a page split left empty
// would stay empty.
func TestThePagesOfItemsAreFull(t *testing.T) {
	s := open(t, Options{})
	for i := 0; i < 1000; i += 50 {
		var rs []Record
		for j := range 50 {
			rs = append(rs, record("f", fmt.Sprint(i+j), fmt.Sprint("Report number ", i+j)))
		}
		must(t, s.Commit(t.Context(), Round{At: monday, Items: rs}))
	}
	must(t, s.view(t.Context(), func(tx *bolt.Tx) error {
		w, _ := openWeek(tx, week(monday))
		for name, b := range map[string]*bolt.Bucket{"items": w.items, "seen": w.seen} {
			if st := b.Stats(); st.LeafInuse*100 < st.LeafAlloc*75 {
				t.Errorf("%s: %d bytes in pages of %d", name, st.LeafInuse, st.LeafAlloc)
			}
		}
		return nil
	}))
}

// A second feed's name for an item that is on its way to the disk is kept.
func TestANameOfAnItemThatCommitsMeanwhileIsKept(t *testing.T) {
	s := open(t, Options{})
	rec := record("f", "1", "One")
	second := news.NewKey("guid", "other feed", "x")
	first, err := s.Prepare(t.Context(), []Round{{At: monday, Items: []Record{rec}}})
	must(t, err)
	touch, err := s.Prepare(t.Context(), []Round{{At: monday, Touch: [][]news.Key{append(slices.Clone(rec.Item.Keys), second)}}})
	must(t, err)
	must(t, first.Commit(t.Context()))
	must(t, touch.Commit(t.Context()))
	seen, err := s.Known(t.Context(), []news.Key{rec.Item.Keys[0], second})
	must(t, err)
	if seen[1].Item != seen[0].Item || seen[1].Item == "" {
		t.Errorf("known as %q by its own name, as %q by the second", seen[0].Item, seen[1].Item)
	}
}
