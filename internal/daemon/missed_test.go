package daemon

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func pastItem(id, title string, story news.StoryID, topics ...news.TopicID) Past {
	at := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	it := news.Item{ID: news.ItemID(id), Title: title, Published: at, FirstSeen: at}
	return Past{Item: it, Story: story, Topics: topics}
}

func TestAProposedTermShowsWhatItGainsAndCosts(t *testing.T) {
	r := testRules(t, t.TempDir(), `
default_channel: "#desk"
topics:
  sanctions: {any: "sanctions"}
  act:
    all: {what: "seized", who: "Rosneft\nGazprom"}
`)
	past := []Past{
		pastItem("1", "Assets frozen under new sanctions", "s1", "sanctions"),
		pastItem("2", "Assets frozen in London", "s2"),
		pastItem("3", "Assets frozen in Zug", "s3", "act"),
		pastItem("4", "Assets frozen in Zug again", "s3"),
		pastItem("5", "Bakery opens", "s4"),
		pastItem("6", "More on frozen assets", "s1"),
	}
	it := news.Item{Title: "Assets frozen by Brussels", FirstSeen: time.Now()}
	m, err := Propose(t.Context(), r, &it, "sanctions", past, func() {})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Proposals, func(p Proposal) bool { return p.Term == "Assets frozen" })
	if i < 0 {
		t.Fatalf("%+v", m)
	}
	p := m.Proposals[i]
	if p.Agrees != 1 || p.Gains != 2 || p.Known != 1 || p.PerDay != 2 || len(p.Sample) != 2 {
		t.Errorf("%+v", p)
	}
	if i > 2 {
		t.Errorf("it stands only at place %d of %+v", i, m.Proposals)
	}
	// A topic of groups gets the term where it makes the item fire.
	it = news.Item{Title: "Tanker of Rosneft impounded off Brest", FirstSeen: time.Now()}
	m, err = Propose(t.Context(), r, &it, "act", past, func() {})
	if err != nil || len(m.Proposals) == 0 || m.Proposals[0].Group != "what" || !strings.Contains(m.Lacks, "what") {
		t.Errorf("%+v %v", m, err)
	}
	// A word with look-alike letters is no term, and harms no other.
	it = news.Item{Title: "Assets frozen in Mоscow vault", FirstSeen: time.Now()} // a Cyrillic о
	if m, err = Propose(t.Context(), r, &it, "sanctions", past, func() {}); err != nil || len(m.Proposals) == 0 {
		t.Errorf("%+v %v", m, err)
	}
	// What fires needs no term.
	it = news.Item{Title: "New sanctions", FirstSeen: time.Now()}
	m, err = Propose(t.Context(), r, &it, "", past, func() {})
	if err != nil || len(m.Proposals) > 0 || !slices.Equal(m.Fired, []news.TopicID{"sanctions"}) {
		t.Errorf("%+v %v", m, err)
	}
}

func TestPhrasesOfAnItemAreThoseThatATermCanBe(t *testing.T) {
	got := candidates(&news.Item{Title: "“Swift” ban: Kremlin's #1 fear, says Ursula von der Leyen", Summary: "The bank told Reuters that Bank Rossiya agreed."})
	for _, want := range []string{"Kremlin", "Swift", "Ursula", "Leyen", "Reuters", "Bank Rossiya"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	for _, p := range got {
		if strings.ContainsAny(p, "“”'’#:,") || strings.Contains(p, "ban Kremlin") {
			t.Errorf("%q is no term", p)
		}
	}
}
