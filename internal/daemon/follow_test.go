package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// judged is a past as the rules given would have left it in the store.
func judged(t *testing.T, r *Rules, past []Past) []Past {
	t.Helper()
	var out []Past
	err := Replay(t.Context(), r, All(past), func(it *news.Item, dec desk.Decision) error {
		p := pastOf(store.Record{Item: *it, Verdict: dec.Verdict}, nil)
		if !dec.Fresh {
			t.Fatalf("%q is not judged as new", it.Title)
		}
		out = append(out, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verdicts replays a past and says whether it followed the stored places to
// the end.
func verdicts(t *testing.T, r *Rules, past []Past) (lines []Line, followed bool) {
	t.Helper()
	f := newFollower(r)
	err := replay(t.Context(), f, All(past), func(it *news.Item, dec desk.Decision) error {
		lines = append(lines, NewLine(it, dec.Verdict))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, f.following.Load()
}

// Replay takes the stored places over exactly as long as it would find the
// same ones itself.
func TestReplayFollowsTheStoredPlacesWhileTheyHold(t *testing.T) {
	const base = "listen: \"\"\ntimezone: UTC\ndefault_channel: \"#desk\"\n"
	const topics = base + "topics:\n  nato: {any: NATO}\n  ships: {any: tanker}\n"
	past := madeUpPast(2600)
	stored := judged(t, testRules(t, t.TempDir(), topics), past)
	for name, tc := range map[string]struct {
		text    string
		change  func([]Past)
		follows bool
	}{
		"the same rules":                     {text: topics, follows: true},
		"other words":                        {text: base + "topics:\n  nato: {any: [Kremlin, \"bakery ^4\"]}\n  reactors: {any: reactor, none: tanker}\n", follows: true},
		"a topic on trial":                   {text: base + "topics:\n  nato: {any: NATO, mode: shadow}\n", follows: true},
		"an entity of names":                 {text: base + "topics:\n  nato: {any: \"@nato\"}\nentities:\n  nato: {any: NATO}\n", follows: true},
		"an entity that is a word":           {text: base + "topics:\n  nato: {any: \"@crane\"}\nentities:\n  crane: {any: crane}\n"},
		"another window":                     {text: topics + "stories: {window: 30h}\n"},
		"developments not marked":            {text: topics + "stories: {develop: \"off\"}\n"},
		"blocks that are no evidence":        {text: topics + "boilerplate: {drop_blocks: \"officials say\"}\n"},
		"placed in another way":              {text: topics, change: func(p []Past) { p[0].placing = "older" }},
		"placed in another way from here on": {text: topics, change: func(p []Past) { p[2000].placing = "newer" }},
		"not known how":                      {text: topics, change: func(p []Past) { p[1500].placing = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			r := testRules(t, t.TempDir(), tc.text)
			mine := append([]Past(nil), stored...)
			if tc.change != nil {
				tc.change(mine)
			}
			got, follows := verdicts(t, r, mine)
			if follows != tc.follows {
				t.Errorf("it follows to the end: %t, want %t", follows, tc.follows)
			}
			for i := range mine {
				mine[i].placing = ""
			}
			want, follows := verdicts(t, r, mine)
			if follows {
				t.Error("what has no known place was followed")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-placed anew +followed\n%s", strings.Join(strings.Split(d, "\n")[:40], "\n"))
			}
		})
	}
}

// A feed whose past is older than any story, as at a silent first poll, ends
// no following.
func TestWhatNoStoryTakesInIsNoReasonToPlaceAnew(t *testing.T) {
	const text = "listen: \"\"\ndefault_channel: \"#desk\"\ntopics:\n  nato: {any: NATO}\n"
	r := testRules(t, t.TempDir(), text)
	past := madeUpPast(400)
	old := Past{Baseline: true, At: past[200].Item.Time(), Item: news.Item{Feed: "https://new.example/rss",
		URL: "https://new.example/1", Title: "NATO ministers met", Published: past[200].Item.Time().AddDate(0, 0, -40)}}
	old.Item.FirstSeen = old.At
	identify(&old.Item)
	past = slices.Insert(past, 200, old)
	stored := judged(t, r, past)
	if stored[200].placing != "" {
		t.Fatal("the old item was placed: nothing is tested")
	}
	got, follows := verdicts(t, r, stored)
	if !follows {
		t.Error("it places anew")
	}
	if !pairFollows(t, r, testRules(t, t.TempDir(), text+"  ships: {any: tanker}\n"), stored) {
		t.Error("the preview of a reload places anew")
	}
	for i := range stored {
		stored[i].placing = ""
	}
	want, _ := verdicts(t, r, stored)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-placed anew +followed\n%s", d)
	}
}

// pairFollows takes a past through two sets of rules and says whether both follow
// to the end.
func pairFollows(t *testing.T, before, now *Rules, past []Past) bool {
	t.Helper()
	p := newPair(before, now)
	err := readAhead(t.Context(), All(past), p.a.follower, p.b.follower, 2, func(c *chunk) error { p.judge(c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return p.a.following.Load() && p.b.following.Load()
}

// A known item with another text is compared with its earlier one, which only
// a book of stories has.
func TestARevisionIsToldAlikeWhereStoredPlacesAreFollowed(t *testing.T) {
	r := testRules(t, t.TempDir(), "listen: \"\"\ndefault_channel: \"#desk\"\ntopics:\n  nato: {any: NATO}\n")
	past := madeUpPast(60)
	of := func(i int, summary string) Past {
		it := news.Item{Feed: past[i].Item.Feed, URL: "https://toll.example/1", Title: "Warships of NATO collide in the Adriatic", Summary: summary,
			Published: past[i].Item.Published, FirstSeen: past[i].Item.FirstSeen}
		identify(&it)
		return Past{Item: it}
	}
	first, second := of(20, "At least 12 people were killed."), of(20, "At least 19 people were killed.")
	stored := judged(t, r, slices.Insert(past, 20, first))
	second.placed, second.placing = stored[20].placed, stored[20].placing
	stored = slices.Insert(stored, 40, second)
	corrections := func() (notes []string) {
		f := newFollower(r)
		f.memory.SetSilent(false)
		err := replay(t.Context(), f, All(stored), func(_ *news.Item, dec desk.Decision) error {
			for _, a := range dec.Alerts {
				if a.Kind == news.KindCorrection {
					notes = append(notes, a.Note)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return notes
	}
	got := corrections()
	for i := range stored {
		stored[i].placing = ""
	}
	want := corrections()
	if d := cmp.Diff(want, got); d != "" || len(want) != 1 || want[0] != "19 dead, was 12" {
		t.Errorf("placed anew %q, followed %q", want, got)
	}
}

// At the beginning of a stretch of the past the stories are those of before it.
func TestAStretchOfThePastBeginsInTheStoriesOfBefore(t *testing.T) {
	r := testRules(t, t.TempDir(), "listen: \"\"\ntopics:\n  nato: {any: NATO}\n")
	stored := judged(t, r, madeUpPast(600))
	whole, _ := verdicts(t, r, stored)
	part, follows := verdicts(t, r, stored[450:])
	if !follows {
		t.Error("it does not follow")
	}
	began := fmt.Sprint(news.NewStoryID(stored[450].Item.ID))
	for i, l := range part {
		if d := cmp.Diff(whole[450+i].Story, l.Story); d != "" {
			t.Fatalf("item %d: -in the whole +in the stretch\n%s", i, d)
		}
	}
	if fmt.Sprint(part[0].Story.ID) == began {
		t.Error("the first item of the stretch began a story: nothing was tested")
	}
}
