package daemon

import (
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// What a hand took out of a story, replay does not put back, whatever came
// after it.
func TestReplayKeepsTheLastPlaceGivenByHand(t *testing.T) {
	at := func(s news.StoryID, why news.Reason, placing string) news.Verdict {
		return news.Verdict{Item: "i", Outcome: news.OutcomeNoMatch, Placing: placing, Placement: news.Placement{Story: s, Reason: why}}
	}
	placed := at("A", news.ReasonFurther, "by")
	hand, again := at("B", news.ReasonSplit, ""), at("B", news.ReasonRevision, "")
	for name, tc := range map[string]struct {
		old            []news.Verdict
		last           news.Verdict
		apart          []news.StoryID
		story, placing string
	}{
		"never touched":           {nil, placed, nil, "A", "by"},
		"revised":                 {[]news.Verdict{placed}, at("A", news.ReasonRevision, ""), nil, "A", "by"},
		"split":                   {nil, at("B", news.ReasonSplit, "by"), []news.StoryID{"A"}, "B", "by"},
		"revised, split":          {[]news.Verdict{placed}, hand, []news.StoryID{"A"}, "B", "by"},
		"revised, split, revised": {[]news.Verdict{placed, hand}, again, []news.StoryID{"A"}, "B", "by"},
		"split twice, revised":    {[]news.Verdict{placed, hand, at("C", news.ReasonSplit, "")}, again, []news.StoryID{"A", "B"}, "C", "by"},
		"the split is not kept":   {[]news.Verdict{placed, again}, again, []news.StoryID{"A"}, "A", ""},
		"never split by a record": {nil, placed, []news.StoryID{"A"}, "A", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rec := store.Record{Item: news.Item{ID: "i"}, Verdict: tc.last}
			for _, v := range tc.old {
				rec.Revisions = append(rec.Revisions, store.Revision{Verdict: v})
			}
			p := pastOf(rec, map[news.ItemID][]news.StoryID{"i": tc.apart})
			if string(p.placed.Story) != tc.story || p.placing != tc.placing {
				t.Errorf("placed in %s by %q, want %s by %q", p.placed.Story, p.placing, tc.story, tc.placing)
			}
		})
	}
}
