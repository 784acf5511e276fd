package story

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func TestLanguagesAreNotJoinedButNamed(t *testing.T) {
	in := func(lang string, it *news.Item) *news.Item { it.Lang = lang; return it }
	en := in("en", piece("en", 0, "Shamima Begum loses UK citizenship appeal", "Shamima Begum has lost her appeal."))
	pl := in("pl", piece("pl", 10, "Wielka Brytania: Shamima Begum przegrała apelację", "Sąd odrzucił odwołanie byłej bojowniczki w sprawie obywatelstwa."))
	more := in("en", piece("more", 20, "Shamima Begum loses appeal over UK citizenship", "Shamima Begum lost her appeal on Wednesday."))
	b := crowded()
	var p []news.Placement
	for _, it := range []*news.Item{en, pl, more} {
		r := read(it)
		q := b.Place(r)
		b.Add(r, q)
		p = append(p, q)
	}
	if p[1].Story == p[0].Story || p[1].Reason != news.ReasonMaybe || p[1].Nearest != p[0].Story || !strings.Contains(p[1].Detail, "in another language: not joined") {
		t.Errorf("in another language: %+v", p[1])
	}
	if p[2].Story != p[0].Story {
		t.Errorf("in the same language: %s", p[2].Detail)
	}
	// What a feed says of its language may be wrong.
	same := in("uk", piece("uk", 30, "Shamima Begum loses UK citizenship appeal", "Shamima Begum has lost her appeal."))
	if q := b.Place(read(same)); q.Story != p[0].Story {
		t.Errorf("the same words under another language: %s", q.Detail)
	}
}

// crowded is a book that knows the words of a few hundred reports.
func crowded() *Book {
	b := New(Options{})
	for i, r := range stream(400, 5) {
		r.At = noon.Add(-time.Duration(400-i) * time.Minute)
		b.Add(r, b.Place(r))
	}
	return b
}

// TestLanguagesOnTheArchive places a fortnight of Polish and English news on one
// time line, and counts what is said to belong together across the two.
func TestLanguagesOnTheArchive(t *testing.T) {
	type entry struct{ Feed, T, Title, Link, Desc, Lang string }
	var es []entry
	seen := map[string]bool{}
	for line := range lines(t, "feeds-archive-window-2022-09-19") {
		var e entry
		if json.Unmarshal(line, &e) == nil && !seen[e.Link] {
			seen[e.Link] = true
			e.Lang, _, _ = strings.Cut(e.Lang, "-")
			es = append(es, e)
		}
	}
	slices.SortStableFunc(es, func(a, b entry) int { return strings.Compare(a.T, b.T) })
	b := New(Options{})
	maybe := 0
	for i, e := range es {
		at, err := time.Parse(time.RFC3339, e.T)
		if err != nil {
			t.Fatal(err)
		}
		r := read(&news.Item{ID: news.ItemID(fmt.Sprint(i)), Feed: news.FeedID(e.Feed), Title: e.Title, Summary: e.Desc, Lang: e.Lang, FirstSeen: at})
		best, _ := b.judge(r)
		p := b.Place(r)
		if best != nil && best.abroad {
			switch p.Reason {
			case news.ReasonFurther, news.ReasonDevelop:
				if p.Story == best.tale.id {
					t.Errorf("%q joins a story in another language: %s", e.Title, p.Detail)
				}
			case news.ReasonMaybe:
				maybe++
			}
		}
		b.Add(r, p)
	}
	t.Logf("%d reports, %d told with a hint at a story in the other language", len(es), maybe)
}
