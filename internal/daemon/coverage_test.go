package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
)

func TestCoverageCountsWhatTheTestsTouch(t *testing.T) {
	r := testRules(t, t.TempDir(), `
default_channel: "#desk"
topics:
  arms:
    any: |
      warhead*
      treaty ~4 Moscow
      @nato
    uk: "ракета"
  act:
    all: {what: "sanction*", who: "Rosneft\nGazprom"}
entities:
  nato: {any: "NATO\nNorth Atlantic Alliance"}
tests:
  - {title: "Warheads counted by the North Atlantic Alliance", fires: [arms]}
  - {title: "Sanctions hit farmers", not: [act, arms]}
  - {title: "Sanctions against Rosneft", fires: [act]}
  - same_story: ["Warheads counted in Omsk", "In Omsk, warheads are counted"]
`)
	at := func(line, col int) news.Pos { return news.Pos{File: "watcherd.yaml", Line: line, Col: col} }
	want := []TopicCoverage{
		{Topic: "arms", Fires: 1, Empty: 1, Terms: 4, Met: 2, Unmet: []TermAt{{"treaty ~4 Moscow", at(8, 7)}, {"ракета", at(10, 10)}}},
		{Topic: "act", Fires: 1, Not: 1, Terms: 3, Met: 2, Unmet: []TermAt{{"Gazprom", at(12, 47)}}},
	}
	got := Coverage(r)
	for i := range got {
		for k := range got[i].Unmet {
			got[i].Unmet[k].Rule.Col = want[i].Unmet[k].Rule.Col // columns inside quotes are config's matter
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestARuleTestWithoutTextCannotFailAndIsAFault(t *testing.T) {
	c, faults := config.LoadBytes("watcherd.yaml", []byte("default_channel: \"#x\"\ntopics: {nato: {any: NATO}}\ntests:\n  - {title: \"<b> </b>\", fires: []}\n"))
	if faults.Bad() {
		t.Fatal(faults)
	}
	r, _ := Compile(c)
	if failed := TestFaults(c, RunTests(r)); len(failed) != 1 {
		t.Errorf("%v", failed)
	}
}

func TestATestThatNoWordOfTheRulesTouchesIsWarnedOf(t *testing.T) {
	r := testRules(t, t.TempDir(), `
default_channel: "#desk"
topics:
  sanctions: {any: "sanctions\nprice cap\n@bank\n@nato"}
  arms: {any: "warhead*\nзброя", unless: stadium}
entities:
  bank: {any: "Deutsche Bank", ru: "Дойче Банк"}
  nato: {any: NATO}
tests:
  - {title: "Fish market reopens", not: [sanctions]}
  - {title: "Fish market reopens", fires: []}
  - {title: "A sanctioned motorway", not: [arms]}
  - {title: "Warheads fans throng stadium", fires: []}
  - {title: "A bank was robbed", not: [sanctions]}
  - {title: "Signatory opens the fair", not: [sanctions]}
  - {title: "Зброї не знайшли", lang: ru, not: [arms]}
  - {title: "A sanctioned motorway", not: [arms, sanctions]}
  - {title: "Fish market reopens under a price cap", fires: [sanctions]}
  - same_story: ["Fish market reopens", "The fish market has reopened"]
`)
	var got []int
	for _, f := range Toothless(r) {
		if !f.Warning || f.Col < 5 {
			t.Errorf("%+v", f)
		}
		got = append(got, f.Line-9)
	}
	if want := []int{2, 3, 4}; !cmp.Equal(got, want) {
		t.Errorf("warned of the tests %v, want %v", got, want)
	}
}

// Every unused name is told where the desk's own topics stand, however many
// there are, and none of a file that only brings names.
func TestUnusedNamesAreToldButThoseOfAPack(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := func(prefix string, n int) (text string) {
		for i := range n {
			text += fmt.Sprintf("  %s%d: {any: Name%s%d}\n", prefix, i, prefix, i)
		}
		return text
	}
	write("pack.yaml", "entities:\n  used: {any: NATO}\n"+names("pack", 2)+"contexts:\n"+names("ctx", 1))
	write("ships.yaml", "topics: {ships: {any: tanker}}\nentities:\n"+names("ship", 5))
	for n := 1; n < 7; n++ {
		write("watcherd.yaml", "include: [pack.yaml, ships.yaml]\ndefault_channel: \"#desk\"\ntopics: {nato: {any: \"@used\"}}\ncontexts: {sport: {any: stadium}}\nentities:\n"+names("main", n))
		_, _, faults := Prepare(filepath.Join(dir, "watcherd.yaml"))
		told := map[string]int{}
		for _, f := range faults {
			if strings.Contains(f.Message, "uses the") {
				told[filepath.Base(f.File)]++
			}
		}
		if want := map[string]int{"watcherd.yaml": n + 1, "ships.yaml": 5}; !cmp.Equal(told, want) || faults.Bad() {
			t.Errorf("%d unused entities in the main file: told %v, want %v:\n%v", n, told, want, faults)
		}
	}
}

// What was placed while other text was no evidence is not taken over, be it the
// editors' words that changed or what is built in.
func TestPlacesDependOnWhatIsBuiltInToo(t *testing.T) {
	c := &config.Config{}
	if evidence(c, "one") == evidence(c, "other") {
		t.Error("what is built in makes no difference")
	}
	r := testRules(t, t.TempDir(), "listen: \"\"\ntopics: {nato: {any: NATO}}\n")
	if m := newFollower(r).memory; !strings.HasSuffix(m.Placing(r.Desk), evidence(r.Config, match.BuiltInDead())) {
		t.Errorf("%s does not tell the matcher's", m.Placing(r.Desk))
	}
}
