package daemon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/config"
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

func TestUnusedNamesAreToldOneByOneAndAPackNotAtAll(t *testing.T) {
	for n := range 6 {
		text := "default_channel: \"#desk\"\ntopics: {nato: {any: NATO}}\ncontexts: {sport: {any: stadium}}\nentities:\n  used: {any: NATO}\n"
		for i := range n {
			text += fmt.Sprintf("  e%d: {any: Name%d}\n", i, i)
		}
		text = strings.Replace(text, "any: NATO}}", "any: \"@used\"}}", 1)
		c, faults := config.LoadBytes("watcherd.yaml", []byte(text))
		if faults.Bad() {
			t.Fatal(faults)
		}
		_, faults = Compile(c)
		want := n + 1
		if want >= manyUnused {
			want = 0
		}
		if len(faults) != want {
			t.Errorf("%d unused names: %d warnings, want %d:\n%v", n+1, len(faults), want, faults)
		}
	}
}
