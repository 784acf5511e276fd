package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// toldTwice is a bench on which one event was told twice: as story x in #arms and
// #all, as story y in #nato too.
func toldTwice(t *testing.T) (b *bench, x, y Decision) {
	b = newBench(t)
	x = b.judge(piece("wire", "x", 0, firstTitle, ""), placedIn(news.Placement{Story: "sx", Reason: news.ReasonNewStory}))
	y = b.judge(piece("post", "y", 5, "NATO welcomes return of warhead inspectors", ""), placedIn(news.Placement{Story: "sy", Reason: news.ReasonNewStory}))
	if got := channels(y.Alerts); !slices.Equal(got, []string{"alert #all", "alert #arms", "alert #nato"}) {
		t.Fatalf("alerts %v", got)
	}
	return b, x, y
}

func placedIn(p news.Placement) func(*Case) { return func(c *Case) { c.Placed = &p } }

// bridge is the report that joins the two.
func (b *bench) bridge(id string, n int) Decision {
	return b.judge(piece("times", id, n, "NATO welcomes Geneva accord on nuclear warhead inspections", ""),
		placedIn(news.Placement{Story: "sx", Reason: news.ReasonFurther, Joins: "sy"}))
}

func alertIn(as []news.Alert, channel string) news.Alert {
	i := slices.IndexFunc(as, func(a news.Alert) bool { return a.Channel == channel })
	if i < 0 {
		return news.Alert{}
	}
	return as[i]
}

func TestWhatOneChannelWasToldTheJoinedStoryDoesNotTellAgain(t *testing.T) {
	b, x, y := toldTwice(t)
	dec := b.bridge("z", 10)
	if got := channels(dec.Alerts); !slices.Equal(got, []string{"update #all", "update #arms", "update #nato"}) {
		t.Fatalf("alerts %v", got)
	}
	ids := map[news.AlertID]bool{}
	for _, a := range slices.Concat(x.Alerts, y.Alerts, dec.Alerts) {
		if ids[a.ID] {
			t.Errorf("two alerts share the ID %s", a.ID)
		}
		ids[a.ID] = true
	}
	for channel, first := range map[string]Decision{"#all": x, "#arms": x, "#nato": y} {
		a := alertIn(dec.Alerts, channel)
		if told := alertIn(first.Alerts, channel); a.Target != told.ID || a.Headline != told.Headline || a.Count != 3 || len(a.Also) != 2 {
			t.Errorf("%s: update of %s with %d reports and %d beside it: %q", channel, a.Target, a.Count, len(a.Also), a.Headline)
		}
	}
	// After a restart from what was stored, the same.
	m := NewMemory(story.Options{})
	m.RecallStory(*x.Story)
	m.RecallStory(*y.Story)
	m.RecallStory(*dec.Story)
	b.m = m
	later := b.judge(piece("figaro", "later", 20, "NATO chief on nuclear warhead inspections", ""), placedIn(news.Placement{Story: "sx", Reason: news.ReasonFurther}))
	if got := channels(later.Alerts); !slices.Equal(got, []string{"update #all", "update #arms", "update #nato"}) {
		t.Errorf("after a restart: alerts %v", got)
	}
	if again := b.bridge("z2", 30); again.Story.Count != 5 {
		t.Errorf("joined once more, the story counts %d reports", again.Story.Count)
	}
}

func TestAMutedStoryStaysMutedWhenItIsJoined(t *testing.T) {
	b, _, _ := toldTwice(t)
	b.m.SetMutes([]news.Mute{{ID: "m", Story: "sy", By: "Ana", From: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}})
	if dec := b.bridge("z", 10); len(dec.Alerts) > 0 || dec.Verdict.Outcome != news.OutcomeMuted {
		t.Errorf("%s, alerts %v", dec.Verdict.Outcome, channels(dec.Alerts))
	}
}

func TestAJoinTakenBackGivesEachStoryItsChannels(t *testing.T) {
	b, x, y := toldTwice(t)
	dec := b.bridge("z", 10)
	for _, d := range []struct {
		it *news.Item
		p  news.Placement
	}{
		{piece("wire", "x", 0, firstTitle, ""), x.Verdict.Placement},
		{piece("post", "y", 5, "NATO welcomes return of warhead inspectors", ""), y.Verdict.Placement},
		{piece("times", "z", 10, "NATO welcomes Geneva accord on nuclear warhead inspections", ""), dec.Verdict.Placement},
	} {
		r := b.d.Read(d.it)
		b.m.book.Add(r.report, d.p)
	}
	sp, err := b.m.Split("sy", noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if sp.From != "sx" || sp.To != "sy" || !slices.Equal(sp.Items, []news.ItemID{"y"}) || sp.Rest.Count != 2 || sp.Part.Count != 1 || len(sp.Rest.Joined) != 0 {
		t.Errorf("split %+v", sp)
	}
	if sp.Part.Told["#nato"] != alertIn(y.Alerts, "#nato").ID || sp.Part.Headline != y.Story.Headline {
		t.Errorf("the story split off forgot what it told: %+v", sp.Part)
	}
	if got := channels(sp.Alerts); !slices.Equal(got, []string{"correction #all", "correction #arms"}) {
		t.Errorf("the split is told by %v", got)
	}
	for _, a := range sp.Alerts {
		if a.Target != alertIn(x.Alerts, a.Channel).ID || a.Headline != firstTitle || a.Count != 2 || len(a.Also) != 1 ||
			a.Note != "No part of this story: NATO welcomes return of warhead inspectors (Outlet post)" {
			t.Errorf("%+v", a)
		}
	}
	more := b.judge(piece("figaro", "more", 70, "NATO chief on nuclear warhead inspections", ""), placedIn(news.Placement{Story: "sx", Reason: news.ReasonFurther}))
	if got := channels(more.Alerts); !slices.Equal(got, []string{"alert #nato", "update #all", "update #arms"}) {
		t.Errorf("alerts %v", got)
	}
}
