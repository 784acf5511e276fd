package match

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestOtherMarksAreAnotherWayToFindDeadText(t *testing.T) {
	marks := text.AppealMarks()
	is := deadBy(deadRules, marks)
	if BuiltInDead() != is {
		t.Error("the built-in marks are not those of the matcher")
	}
	fewer := marks[1:]
	louder, reworded := slices.Clone(marks), slices.Clone(marks)
	louder[0].Lone = !louder[0].Lone
	reworded[len(marks)-1].Phrase += " now"
	for name, other := range map[string]string{
		"one mark less": deadBy(deadRules, fewer), "one that counts alone": deadBy(deadRules, louder),
		"one in other words": deadBy(deadRules, reworded), "other rules": deadBy(deadRules+1, marks),
	} {
		if other == is {
			t.Errorf("%s makes no difference", name)
		}
	}
}

// deadSample are items with a little of everything that can be no evidence.
// Marks is a lone mark and a weak one, whichever are built in.
func deadSample(lone, weak string) []news.Item {
	far := strings.Repeat("Inspectors of the agency went on with their work. ", 30)
	learned := "Dr. Smith edits this letter. Write to him."
	return []news.Item{
		{Title: "Treaty signed", Summary: "The treaty was signed. Please " + lone + " today! The ministers left."},
		{Title: "Weak alone", Summary: "The treaty was signed. Readers " + weak + " as well. The ministers left."},
		{Title: "Near each other", Content: "Talks go on. Do " + lone + " now. Arms control matters. Then " + weak + ", the U.S. team said. Talks end."},
		{Title: "Far from each other", Content: "Do " + lone + " now. " + far + "Then " + weak + ". The end."},
		{Title: "Lines", Content: "Talks go on\nand do " + lone + " with no stop\nTalks end"},
		{Title: "Glued", Content: "Talks end.Do " + lone + ".Mr. Jones spoke. Talks end"},
		{Title: "Please " + lone, Summary: "Talks."},
		{Title: "Cut", Content: "Talks go on. More of our coverage below: NATO, Moscow. NATO again."},
		{Title: "Block", Content: "Talks go on.\nThis column first ran elsewhere, in NATO Review.\nTalks end."},
		{Title: "Pardoned", Summary: "Talks. The editors of the bulletin " + lone + " here. Talks end."},
		{Title: "Learned", Summary: "Talks. " + learned + " Talks end.", Boilerplate: []news.Span{{Field: news.FieldSummary, Start: 7, End: 7 + len(learned)}}},
		{Title: "Learned and pardoned", Summary: "The editors of the bulletin write.", Boilerplate: []news.Span{{Field: news.FieldSummary, Start: 0, End: 34}}},
	}
}

// Where stories were placed while other text was dead, they are not taken over:
// who changes what is dead raises deadRules.
func TestWhoeverChangesWhatIsDeadSaysSo(t *testing.T) {
	const file = "testdata/dead.golden"
	m, faults := Compile(Rules{
		Topics: []Topic{{ID: "nato", Any: []Line{{Text: "NATO"}}}},
		Boilerplate: Boilerplate{CutAfter: []Line{{Text: "More of our coverage below"}}, DropBlocks: []Line{{Text: "This column first ran"}},
			Pardon: []Line{{Text: "The editors of the bulletin"}}},
	})
	if m == nil {
		t.Fatal(faults)
	}
	marks := text.AppealMarks()
	weak := marks[slices.IndexFunc(marks, func(m text.Mark) bool { return !m.Lone })].Phrase
	lone := marks[slices.IndexFunc(marks, func(m text.Mark) bool { return m.Lone })].Phrase
	var found strings.Builder
	reasons := map[string]bool{}
	for _, it := range deadSample(lone, weak) {
		fmt.Fprintf(&found, "%s\n", it.Title)
		for _, s := range m.Dead(&it) {
			reasons[s.Reason] = true
			fmt.Fprintf(&found, "\t%s %d-%d %s\n", s.Field, s.Start, s.End, s.Reason)
		}
	}
	if len(reasons) != 4 {
		t.Errorf("the sample is dead for %d reasons, want 4: %v", len(reasons), reasons)
	}
	golden, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	by, want, _ := strings.Cut(string(golden), "\n")
	now := fmt.Sprint("rules ", deadRules)
	switch {
	case by == now && want != found.String():
		t.Errorf("other text is dead: raise deadRules, then run with -update\nwas:\n%s\nis:\n%s", want, found.String())
	case *update:
		if err := os.WriteFile(file, []byte(now+"\n"+found.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	case by != now:
		t.Errorf("%s is of %s, and these are %s: run with -update", file, by, now)
	}
}
