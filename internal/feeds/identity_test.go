package feeds

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// desk is a feed in one test: bodies served one after the other to a memory.
type desk struct {
	t   *testing.T
	mem *memory
	st  news.FeedState
	now time.Time
}

func newDesk(t *testing.T) *desk {
	return &desk{t: t, mem: newMemory(), st: news.FeedState{ID: "https://example.org/feed"}, now: time.Date(2025, 9, 2, 12, 0, 0, 0, time.UTC)}
}

// serve identifies a body an hour later and returns the titles of new items.
func (d *desk) serve(items ...news.Item) (fresh []string, res Identified) {
	d.now = d.now.Add(time.Hour)
	for i := range items {
		items[i].Feed, items[i].FirstSeen = d.st.ID, d.now
	}
	res = Identify(items, &d.st, d.now)
	d.st.LastPoll = d.now
	d.st = restarted(d.t, d.st)
	for i := range items {
		if _, isNew, _ := d.mem.see(&items[i]); isNew {
			fresh = append(fresh, items[i].Title)
		}
	}
	return fresh, res
}

func (d *desk) want(step string, got []string, want ...string) {
	d.t.Helper()
	if strings.Join(got, "|") != strings.Join(want, "|") {
		d.t.Errorf("%s: new are %q, want %q", step, got, want)
	}
}

// item makes an item published n hours after noon.
func (d *desk) item(guid, link, title string, hours int) news.Item {
	return news.Item{GUID: guid, URL: link, Title: title, Published: time.Date(2025, 9, 2, 12+hours, 0, 0, 0, time.UTC)}
}

func TestAnItemIsNewOnceHoweverItIsNamed(t *testing.T) {
	t.Run("guids change at every poll and links stay", func(t *testing.T) {
		d := newDesk(t)
		for poll := range 5 {
			var items []news.Item
			for i := range 6 {
				items = append(items, d.item(fmt.Sprintf("poll-%d-item-%d", poll, i), fmt.Sprintf("https://example.org/%d", i), fmt.Sprintf("Story %d of the day", i), -i))
			}
			fresh, res := d.serve(items...)
			if poll > 0 {
				d.want("poll", fresh)
			}
			if reset := poll == 1 || poll == 2; res.Reset != reset {
				t.Errorf("poll %d: reset %v", poll, res.Reset)
			}
		}
		if !d.st.Habits.Identity.NoGUID {
			t.Error("guids that change at every poll are still names")
		}
	})
	t.Run("all guids and links change at once, and one item is new", func(t *testing.T) {
		d := newDesk(t)
		body := func(site string) (items []news.Item) {
			for i := range 10 {
				items = append(items, d.item(fmt.Sprintf("%s-%d", site, i), fmt.Sprintf("https://%s.example/%s%d", site, site, i), fmt.Sprintf("Story %d of the day", i), -i))
			}
			return items
		}
		d.serve(body("old")...)
		fresh, res := d.serve(append(body("new"), d.item("new-10", "https://new.example/10", "The one new story", 1))...)
		d.want("move", fresh, "The one new story")
		if !res.Reset || res.Renamed != 10 {
			t.Errorf("%+v", res)
		}
		fresh, res = d.serve(body("new")...)
		d.want("afterwards", fresh)
		if res.Reset {
			t.Error("told twice")
		}
	})
	t.Run("guids are reused for other items in one body", func(t *testing.T) {
		d := newDesk(t)
		fresh, _ := d.serve(d.item("1", "https://example.org/a", "First", 0), d.item("1", "https://example.org/b", "Second", 0), d.item("1", "https://example.org/c", "Third", 0))
		d.want("first", fresh, "First", "Second", "Third")
		fresh, _ = d.serve(d.item("1", "https://example.org/d", "Fourth", 1), d.item("1", "https://example.org/a", "First", 0))
		d.want("second", fresh, "Fourth")
	})
	t.Run("every item has the same link, no guid, and no date", func(t *testing.T) {
		d := newDesk(t)
		bare := func(title string) news.Item { return news.Item{URL: "https://example.io/", Title: title} }
		fresh, _ := d.serve(bare("One"), bare("Two"), bare("Three"), bare("Four"))
		d.want("first", fresh, "One", "Two", "Three", "Four")
		fresh, _ = d.serve(bare("Five"), bare("One"), bare("Two"), bare("Three"))
		d.want("second", fresh, "Five")
		same := func(title string) news.Item { return news.Item{URL: "https://example.io/live/now", Title: title} }
		d = newDesk(t)
		fresh, _ = d.serve(same("One"), same("Two"), same("Three"), same("Four"))
		d.want("a link with a path", fresh, "One", "Two", "Three", "Four")
		fresh, _ = d.serve(same("Five"))
		d.want("one item only", fresh, "Five")
	})
	t.Run("only links", func(t *testing.T) {
		d := newDesk(t)
		d.serve(d.item("", "http://example.org/a?utm_source=rss", "First", 0))
		fresh, _ := d.serve(d.item("", "https://www.example.org/a/", "First, corrected", 0))
		d.want("other spelling", fresh)
	})
	t.Run("a guid that is an address moves from http to https", func(t *testing.T) {
		d := newDesk(t)
		d.serve(d.item("http://example.org/?p=17", "", "First", 0))
		fresh, res := d.serve(d.item("https://www.example.org/?p=17", "", "First", 0))
		d.want("moved", fresh)
		if res.Reset {
			t.Error("a reset")
		}
	})
	t.Run("a site moves to another host", func(t *testing.T) {
		d := newDesk(t)
		d.serve(d.item("", "https://old.example/2025/09/02/talks-on-missiles-resume", "Talks resume", 0))
		fresh, _ := d.serve(d.item("", "https://new.example/2025/09/02/talks-on-missiles-resume", "Talks have resumed", 0))
		d.want("moved", fresh)
	})
	t.Run("guids count updates in their fragment", func(t *testing.T) {
		d := newDesk(t)
		d.serve(d.item("https://example.org/news/a1#0", "https://example.org/news/a1", "First", 0))
		fresh, _ := d.serve(d.item("https://example.org/news/a1#1", "https://example.org/news/a1", "First, updated", 1))
		d.want("update", fresh)
	})
	t.Run("fragments are the items of a live page", func(t *testing.T) {
		d := newDesk(t)
		at := func(n string) news.Item {
			return d.item("https://example.org/live#"+n, "https://example.org/live", "Post "+n, 0)
		}
		fresh, _ := d.serve(at("1"), at("2"), at("3"))
		d.want("first", fresh, "Post 1", "Post 2", "Post 3")
		fresh, _ = d.serve(at("4"), at("1"), at("2"))
		d.want("second", fresh, "Post 4")
	})
	t.Run("no guid and no link", func(t *testing.T) {
		d := newDesk(t)
		d.serve(news.Item{Title: "First"}, news.Item{Title: "Second"}, news.Item{Summary: "Only a text"}, news.Item{})
		fresh, _ := d.serve(news.Item{Title: "Third"}, news.Item{Title: "First"}, news.Item{Summary: "Only a text"}, news.Item{})
		d.want("second", fresh, "Third")
	})
	t.Run("a regular column under one title is new every day", func(t *testing.T) {
		d := newDesk(t)
		d.serve(d.item("c1", "https://example.org/c1", "Morning briefing", 0))
		fresh, _ := d.serve(d.item("c2", "https://example.org/c2", "Morning briefing", 2))
		d.want("next", fresh, "Morning briefing")
	})
	t.Run("gone and back again", func(t *testing.T) {
		d := newDesk(t)
		d.serve(d.item("a", "https://example.org/a", "First", 0))
		d.serve(d.item("b", "https://example.org/b", "Second", 1))
		fresh, _ := d.serve(d.item("a", "https://example.org/a", "First", 0))
		d.want("back", fresh)
	})
}

func TestTheFirstBodyIsNeitherResetNorGap(t *testing.T) {
	d := newDesk(t)
	if _, res := d.serve(); res != (Identified{}) {
		t.Errorf("empty: %+v", res)
	}
	if _, res := d.serve(d.item("a", "", "First", 0)); res != (Identified{}) {
		t.Errorf("first: %+v", res)
	}
}

func TestItemsThatWentByBetweenTwoPollsAreCounted(t *testing.T) {
	d := newDesk(t)
	var first, later []news.Item
	for i := range 5 {
		first = append(first, d.item(fmt.Sprint("a", i), fmt.Sprintf("https://example.org/a%d", i), fmt.Sprint("Early ", i), -i))
		later = append(later, d.item(fmt.Sprint("b", i), fmt.Sprintf("https://example.org/b%d", i), fmt.Sprint("Late ", i), 20-i))
	}
	d.serve(first...)
	d.now = d.now.Add(24 * time.Hour)
	_, res := d.serve(later...)
	if !res.Gap || res.Lost != 15 {
		t.Errorf("%+v, want 15 lost: hours 1 to 15", res)
	}
	if _, res := d.serve(append(later, d.item("c", "https://example.org/c", "Next", 21))...); res.Gap {
		t.Errorf("a body that overlaps: %+v", res)
	}
}

func TestVersionDiffersExactlyWhenTheTextDoes(t *testing.T) {
	a := news.Item{GUID: "1", Title: "T", Summary: "S", Content: "C"}
	b, c, e := a, a, a
	b.URL, b.Categories = "https://example.org/x", []string{"x"}
	c.Title = "T2"
	e.Summary, e.Content = "SC", ""
	items := []news.Item{a, b, c, e}
	Identify(items, &news.FeedState{ID: "f"}, testNow)
	if items[0].Version != items[1].Version || items[0].Version == items[2].Version || items[0].Version == items[3].Version {
		t.Errorf("%x %x %x %x", items[0].Version, items[1].Version, items[2].Version, items[3].Version)
	}
}

func TestAReusedNameIsFoundOut(t *testing.T) {
	old := news.Item{Feed: "f", GUID: "17", URL: "https://example.org/talks", Title: "Talks on missiles resume", Published: testNow.Add(-90 * 24 * time.Hour)}
	fresh := news.Item{Feed: "f", GUID: "17", URL: "https://example.org/flood", Title: "Floods hit the southern coast", Published: testNow.Add(-time.Hour)}
	edited := news.Item{Feed: "f", GUID: "17", URL: "https://example.org/talks", Title: "Missiles: negotiations adjourned", Published: testNow.Add(-time.Hour)}
	if !Reused(&old, &fresh) || Reused(&old, &edited) {
		t.Error("another story under an old name is reused, an edit is not")
	}
	was := fresh
	Distinguish(&fresh)
	Distinguish(&was)
	if fresh.ID == "" || fresh.ID != was.ID || fresh.Keys[0] == news.NewKey("guid", "f", "17") {
		t.Errorf("%+v", fresh)
	}
}

func BenchmarkIdentify(b *testing.B) {
	doc, err := Parse([]byte(sample(plainTitles)), Source{}, "", testNow)
	if err != nil {
		b.Fatal(err)
	}
	st := news.FeedState{ID: "f"}
	b.ReportAllocs()
	for b.Loop() {
		Identify(doc.Items, &st, testNow)
	}
}
