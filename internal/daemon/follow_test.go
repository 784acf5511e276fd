package daemon

import (
	"fmt"
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
		out = append(out, pastOf(store.Record{Item: *it, Verdict: dec.Verdict}, nil))
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
