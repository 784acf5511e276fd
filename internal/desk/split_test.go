package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func TestASplitCorrectsWhatWasToldAndTheRestIsToldOn(t *testing.T) {
	b := newBench(t)
	x := b.judge(piece("wire", "x", 0, firstTitle, ""))
	y := b.judge(piece("post", "y", 5, secondTitle, ""))
	z := b.judge(piece("times", "z", 10, firstTitle+", officials say", ""))
	from := x.Verdict.Placement.Story
	if y.Verdict.Placement.Story != from || z.Verdict.Placement.Story != from {
		t.Fatalf("%s and %s are no further reports", y.Verdict.Placement.Reason, z.Verdict.Placement.Reason)
	}
	at := noon.Add(time.Hour)
	sp, err := b.m.Split("y", at)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.silent.Split("y", at); err != nil {
		t.Fatal(err)
	}
	if sp.From != from || sp.To != news.NewStoryID("y") || !slices.Equal(sp.Items, []news.ItemID{"y"}) || sp.Rest.Count != 2 || sp.Part.Count != 1 ||
		sp.Part.Headline != secondTitle || len(sp.Part.Told) != 0 {
		t.Errorf("split %+v", sp)
	}
	if got := channels(sp.Alerts); !slices.Equal(got, []string{"correction #all", "correction #arms"}) {
		t.Errorf("the split is told by %v", got)
	}
	ids := map[news.AlertID]bool{}
	for _, a := range slices.Concat(x.Alerts, y.Alerts, z.Alerts, sp.Alerts) {
		if ids[a.ID] {
			t.Errorf("two alerts share the ID %s", a.ID)
		}
		ids[a.ID] = true
	}
	for _, a := range sp.Alerts {
		told := x.Alerts[slices.IndexFunc(x.Alerts, func(o news.Alert) bool { return o.Channel == a.Channel })]
		if a.Target != told.ID || a.Headline != firstTitle || a.Count != 2 || len(a.Also) != 1 || a.Also[0].Outlet != "Outlet times" ||
			a.Note != "No part of this story: "+secondTitle+" (Outlet post)" || a.NoteURL != "https://post.example/y" {
			t.Errorf("%+v", a)
		}
	}
	further := func(feed, id string, st news.StoryID) Decision {
		return b.judge(piece(feed, id, 70, firstTitle, ""), func(c *Case) { c.Placed = &news.Placement{Story: st, Reason: news.ReasonFurther} })
	}
	if got := channels(further("figaro", "more", sp.From).Alerts); !slices.Equal(got, []string{"update #all", "update #arms"}) {
		t.Errorf("of the rest: alerts %v", got)
	}
	if got := channels(further("monde", "other", sp.To).Alerts); !slices.Equal(got, []string{"alert #all", "alert #arms"}) {
		t.Errorf("of what was split off: alerts %v", got)
	}
}
