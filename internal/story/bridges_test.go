package story

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

// beginnings tell one event: the first two in other words, the next two in the
// words of both, so many minutes after one another.
func beginnings(minutes int) []*Report {
	titles := []string{
		"Rallies in Berlin and Paris call for peace in Ukraine",
		"Wagenknecht leads protest against arms deliveries at Brandenburg Gate",
		"Rallies in Berlin and Paris call for peace in Ukraine, Wagenknecht leads protest against arms deliveries at Brandenburg Gate",
		"Wagenknecht protest at Brandenburg Gate against arms deliveries: rallies in Berlin and Paris call for peace in Ukraine",
		"Protest against arms deliveries at Brandenburg Gate",
	}
	var out []*Report
	for i, s := range titles {
		out = append(out, read(piece(fmt.Sprint("w", i), minutes*i, s, "")))
	}
	return out
}

// crowded is a book that knows the words of a few hundred reports.
func crowded(opt Options) *Book {
	b := New(opt)
	for i, r := range stream(400, 5) {
		r.At = noon.Add(-time.Duration(400-i) * time.Minute)
		b.Add(r, b.Place(r))
	}
	return b
}

func TestTwoBeginningsOfOneEventBecomeOneStory(t *testing.T) {
	b := crowded(Options{})
	p := place(b, beginnings(10))
	if p[1].Story == p[0].Story {
		t.Fatal("the two beginnings have no need of a bridge")
	}
	if p[2].Also == "" || p[2].Joins != "" {
		t.Errorf("the first report sure of both: %+v", p[2])
	}
	if p[3].Story != p[0].Story || p[3].Joins != p[1].Story {
		t.Errorf("the second one: %+v", p[3])
	}
	if p[4].Story != p[0].Story {
		t.Errorf("what comes later has the younger story's words and is told in %q: %s", p[4].Story, p[4].Detail)
	}
	if got := b.Home("w1"); got != p[0].Story {
		t.Errorf("the younger story's report stands in %q", got)
	}
	// The wire copy of a bridge tells nothing that the bridge has not told.
	again := crowded(Options{})
	rs := beginnings(10)
	place(again, rs[:3])
	same := *rs[2]
	same.Item, same.Feed = "copy", "https://example.org/copy"
	if q := again.Place(&same); q.Joins != "" || q.Reason != news.ReasonCopy {
		t.Errorf("a copy joins stories: %+v", q)
	}
}

// joined is a book in which story y was joined to story x by report 3, with the
// placements that made it so.
func joined(t *testing.T, opt Options) (*Book, []*Report, []news.Placement) {
	rs := beginnings(60)
	x, y := news.NewStoryID("w0"), news.NewStoryID("w1")
	ps := []news.Placement{{Story: x}, {Story: y}, {Story: x, Also: y}, {Story: x, Joins: y}, {Story: x}}
	b := New(opt)
	for i, r := range rs {
		b.Add(r, ps[i])
	}
	if b.Home("w1") != x && len(opt.Cuts) == 0 {
		t.Fatal("the stories were not joined")
	}
	return b, rs, ps
}

func TestAJoinLastsAsLongAsWhatMadeIt(t *testing.T) {
	b, rs, ps := joined(t, Options{})
	edited := *rs[3]
	b.Add(&edited, news.Placement{Story: ps[3].Story, Joins: ps[3].Joins})
	if b.Home("w1") != ps[0].Story {
		t.Error("an edit of the bridge parts the stories")
	}
	b.Revise(rs[1])
	if b.Home("w1") != ps[0].Story {
		t.Error("an edited report of the younger story leaves the older")
	}
	// A book that is filled again has the reports of a stretch, and only those.
	late := *rs[1]
	late.At = noon.Add(100 * time.Hour)
	parted := false
	for from := range 5 {
		full, part := New(Options{}), New(Options{})
		for i, r := range rs {
			full.Add(r, ps[i])
		}
		full.Add(&late, ps[1]) // the young story's report is the newest by its own time
		now := noon.Add(time.Duration(from)*time.Hour + 2*full.opt.Window)
		full.Expire(now)
		for i, r := range rs {
			if i == 1 {
				r = &late
			}
			if _, in := full.items[r.Item]; in {
				part.Add(r, ps[i])
			}
		}
		for _, r := range rs {
			if full.Home(r.Item) != part.Home(r.Item) {
				t.Errorf("from report %d on: %s stands in %q, after a restart in %q", from, r.Item, full.Home(r.Item), part.Home(r.Item))
			}
		}
		parted = parted || full.Home("w1") == ps[1].Story
		if !reflect.DeepEqual(full.bridges, part.bridges) {
			t.Errorf("from report %d on: %s", from, cmp.Diff(fmt.Sprint(full.bridges), fmt.Sprint(part.bridges)))
		}
	}
	if !parted {
		t.Error("the join outlives the report that made it")
	}
}

func TestAJoinTakenBackByHandNeverComesBack(t *testing.T) {
	for _, by := range []string{"the story", "its first report"} {
		b, rs, ps := joined(t, Options{})
		x, y := ps[0].Story, ps[1].Story
		var cut Cut
		var ok bool
		if by == "the story" {
			cut, ok = b.Part(y)
		} else {
			cut, ok = b.Split("w1")
		}
		if want := (Cut{From: x, To: y, Items: []news.ItemID{"w1"}}); !ok || !reflect.DeepEqual(cut, want) {
			t.Fatalf("by %s: %v, %+v", by, ok, cut)
		}
		if b.Home("w1") != y || b.Home("w3") != x {
			t.Errorf("by %s: the reports stand in %q and %q", by, b.Home("w1"), b.Home("w3"))
		}
		again, _, _ := joined(t, Options{Cuts: []Cut{cut}})
		if again.Home("w1") != y {
			t.Errorf("by %s: joined again after a restart", by)
		}
		for i := range 3 {
			r := *rs[2+i%2]
			r.Item = news.ItemID(fmt.Sprint("more", i))
			p := b.Place(&r)
			b.Add(&r, p)
			if p.Joins != "" || p.Also != "" {
				t.Errorf("by %s: joined again by a later report: %+v", by, p)
			}
		}
	}
}

func TestSplittingTheBridgeOffPartsTheStories(t *testing.T) {
	b, _, ps := joined(t, Options{})
	cut, ok := b.Split("w3")
	if !ok || cut.To != news.NewStoryID("w3") {
		t.Fatalf("%v %+v", ok, cut)
	}
	if b.Home("w1") != ps[1].Story || b.Home("w0") != ps[0].Story || b.Home("w3") != cut.To {
		t.Errorf("w0 stands in %q, w1 in %q, w3 in %q", b.Home("w0"), b.Home("w1"), b.Home("w3"))
	}
	if len(b.bridges.joined) != 0 {
		t.Error("the join is still known")
	}
}
