package match

import (
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

// Each fault that editors make gives one sentence with its column and a fix.
func TestFaultsOfALine(t *testing.T) {
	for _, tt := range []struct {
		line string
		col  int
		want string // part of the message
	}{
		{"“arms control”", 1, "curly quotation mark"},
		{`"arms control"`, 1, "quotation mark"},
		{"«санкции»", 1, "curly quotation mark"},
		{"'arms control'", 1, "quotation mark at its edge"},
		{"(i?)nato", 1, "regular expression"},
		{"(?i)nato", 1, "regular expression"},
		{`\bnato\b`, 1, "regular expression"},
		{"[Nn]ato", 1, "regular expression"},
		{"sanction.*", 1, "regular expression"},
		{"arms|weapons", 1, "alternatives"},
		{"treaty (INF)", 8, "bracket"},
		{"*nato", 1, "begins with one"},
		{"*", 1, "lone *"},
		{"tr*ty", 1, "has one inside"},
		{"war*", 1, "at least four letters"},
		{"sanction**", 1, "more than one *"},
		{"a?b", 1, "too many words"},
		{"arms control ^", 14, "not a weight"},
		{"arms control ^x", 14, "not a weight"},
		{"arms control ^0", 14, "greater than 0"},
		{"arms control ^-2", 14, "greater than 0"},
		{"arms control ^99999", 14, "out of any measure"},
		{"arms control^4", 6, "runs into the word"},
		{"^4 arms", 4, "comes after the weight"},
		{"warhead* ^4 ^5", 13, "second weight"},
		{"drone #3 ^2 #4", 13, "second count"},
		{"=START with treaty ^5", 20, "after “with”"},
		{"=START ^5 with treaty, #3", 24, "after “with”"},
		{"drone #0", 7, "not a count"},
		{"drone #", 7, "not a count"},
		{"sanctions ~ Russia", 11, "within how many words"},
		{"sanctions ~6", 11, "both sides"},
		{"~6 Russia", 1, "both sides"},
		{"a1 ~6 bb ~6 cc", 10, "second"},
		{"sanctions ~9999 Russia", 11, "within how many words"},
		{"@", 1, "no name after the @"},
		{"@nato summit", 7, "stands alone"},
		{"@natoo", 1, "no entity @natoo"},
		{"=", 1, "no word after the ="},
		{"headline: NATO", 1, "not a place"},
		{"any: NATO", 1, "key of the topic"},
		{"title:", 1, "no words to find"},
		{"arms, control", 1, "comma"},
		{"Kyiv,Ukraine", 1, "ends a phrase"},
		{"missile AND drone", 9, "not as an operator"},
		{"missile OR drone", 9, "not as an operator"},
		{"NOT drone", 1, "NOT is read"},
		{"missile NEAR drone", 9, "NEAR is read"},
		{"!NATO", 1, "does not keep it out"},
		{"-NATO", 1, "does not keep it out"},
		{"- NATO", 1, "YAML list"},
		{"NАTO", 2, "Cyrillic"}, // Cyrillic А
		{"СНB", 3, "Latin"},     // Latin B
		{"Τurkey", 1, "Greek"},
		{"act", 1, "too short"},
		{"us", 1, "too short"},
		{"a", 1, "finds every"},
		{"would", 1, "nearly every text"},
		{"===", 2, "no letter"},
		{"€", 1, "no letter"},
		{"START ^5 with", 10, "nothing after"},
		{"START ^5 with tre*", 15, "at least four letters"},
		{"  arms control ^", 16, "not a weight"},
	} {
		indent := len(tt.line) - len(strings.TrimLeft(tt.line, " "))
		_, faults := Compile(Rules{Topics: []Topic{{ID: "t", Pos: news.Pos{Line: 1, Col: 1},
			Any: []Line{{tt.line, news.Pos{File: "r.yaml", Line: 7, Col: 1}}, {"plain words", news.Pos{Line: 8, Col: 1}}}}},
			Entities: []Entity{{ID: "nato", Any: lines("NATO")}}})
		ok := false
		for _, f := range faults {
			if f.Pos.Line == 7 && f.Pos.Col == tt.col && strings.Contains(f.Message, tt.want) && f.Fix != "" && f.Len > 0 && !f.Warning {
				ok = true
			}
		}
		if !ok {
			t.Errorf("%q: no fault at %d with %q: %+v", tt.line, tt.col, tt.want, faults)
		}
		_ = indent
	}
}

func TestFaultsOfRules(t *testing.T) {
	p := func(line int) news.Pos { return news.Pos{File: "r.yaml", Line: line, Col: 3} }
	any := lines("some words")
	for _, tt := range []struct {
		name    string
		rules   Rules
		want    string
		warning bool
	}{
		{"a topic without words", Rules{Topics: []Topic{{ID: "a", Pos: p(1)}}}, "no words to find", false},
		{"a list of comments", Rules{Topics: []Topic{{ID: "a", Pos: p(1), Any: lines("// later")}}}, "is empty", false},
		{"an empty group", Rules{Topics: []Topic{{ID: "a", Pos: p(1), All: []Group{{Name: "who", Pos: p(2)}, {Name: "act", Any: any}}}}}, "group who is empty", false},
		{"a group without a name", Rules{Topics: []Topic{{ID: "a", All: []Group{{Any: any, Pos: p(2)}}}}}, "no name", false},
		{"a group twice", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "x", Any: any}, {Name: "x", Any: any, Pos: p(2)}}}}}, "there twice", false},
		{"near names no group", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "who", Any: any}, {Name: "act", Any: any}},
			Near: []Near{{Groups: refs("who", "acts"), Within: 5, Pos: p(3)}}}}}, "not under all:", false},
		{"near with one group", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "who", Any: any}},
			Near: []Near{{Groups: refs("who"), Within: 5, Pos: p(3)}}}}}, "two groups", false},
		{"near without a distance", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "who", Any: any}, {Name: "act", Any: any}},
			Near: []Near{{Groups: refs("who", "act"), Pos: p(3)}}}}}, "no distance", false},
		{"near without groups", Rules{Topics: []Topic{{ID: "a", Any: any, Near: []Near{{Groups: refs("who", "act"), Within: 5, Pos: p(3)}}}}}, "has no groups", false},
		{"a threshold out of reach", Rules{Topics: []Topic{{ID: "a", Any: any, Threshold: 50, ThresholdPos: p(4)}}}, "could never fire", false},
		{"a negative threshold", Rules{Topics: []Topic{{ID: "a", Any: any, Threshold: -1, ThresholdPos: p(4)}}}, "threshold", false},
		{"an unknown context", Rules{Topics: []Topic{{ID: "a", Any: any, UnlessContexts: []Ref{{"sprot", p(5)}}}}, Contexts: []Context{{Name: "sport", Any: any}}}, "no context sprot", false},
		{"an unused context", Rules{Topics: []Topic{{ID: "a", Any: any}}, Contexts: []Context{{Name: "sport", Any: any, Pos: p(6)}}}, "Nothing uses", true},
		{"an unused entity", Rules{Topics: []Topic{{ID: "a", Any: any}}, Entities: []Entity{{ID: "e", Any: any, Pos: p(6)}}}, "No topic uses", true},
		{"an entity without names", Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{{ID: "e", Pos: p(6)}}}, "no names", false},
		{"an entity twice", Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{{ID: "e", Any: any}, {ID: "e", Any: any, Pos: p(6)}}}, "there twice", false},
		{"an entity in itself", Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{{ID: "e", Any: lines("@f"), Pos: p(6)}, {ID: "f", Any: lines("@e")}}}, "contains itself", false},
		{"a weight on an alias", Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{{ID: "e", Any: lines("NATO ^4")}}}, "A weight means nothing", false},
		{"a condition in unless", Rules{Topics: []Topic{{ID: "a", Any: any, Unless: lines("one ~4 two")}}}, "cannot be used in unless", false},
		{"a topic twice", Rules{Topics: []Topic{{ID: "a", Any: any}, {ID: "a", Any: any, Pos: p(9)}}}, "there twice", false},
		{"a term twice", Rules{Topics: []Topic{{ID: "a", Any: lines("same words\nsame words")}}}, "in the list twice", true},
		{"a term twice with two weights", Rules{Topics: []Topic{{ID: "a", Any: lines("same words ^2\nsame words ^3")}}}, "in the list twice", false},
		{"a threshold that only a term twice reaches", Rules{Topics: []Topic{{ID: "a", Any: lines("same words\nsame words"), Threshold: 5, ThresholdPos: p(4)}}}, "could never fire", false},
		{"a term under a wildcard", Rules{Topics: []Topic{{ID: "a", Any: lines("sanction*\nsanctions")}}}, "adds nothing", true},
		{"every term under none", Rules{Topics: []Topic{{ID: "a", Any: any, None: lines("some words")}}}, "also under none", false},
		{"a country for a language", Rules{Topics: []Topic{{ID: "a", ByLang: langs("ua", "зброя")}}}, "not a language", false},
		{"no language at all", Rules{Topics: []Topic{{ID: "a", ByLang: langs("ukrainian", "зброя")}}}, "not a language", false},
		{"an empty source", Rules{Topics: []Topic{{ID: "a", Any: any, Exclude: []Line{{" ", p(3)}}}}}, "empty", false},
		{"an empty tag", Rules{Topics: []Topic{{ID: "a", Any: any, Exclude: []Line{{"tag:", p(3)}}}}}, "no tag", false},
		{"a cut that is too short", Rules{Topics: []Topic{{ID: "a", Any: any}}, Boilerplate: Boilerplate{CutAfter: []Line{{"More", p(3)}}}}, "so short", false},
		{"a curly apostrophe", Rules{Topics: []Topic{{ID: "a", Any: lines("Nato’s flank")}}}, "curly apostrophe", true},
		{"with as a word", Rules{Topics: []Topic{{ID: "a", Any: lines("talks with missile*")}}}, "read as a word", true},
		{"a surname in one spelling", Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{{ID: "e", Any: lines("Zelensky"), ByLang: langs("uk", "Зеленський")}}}, "is written Zelenskyy, Zelenskiy and Selenskyj too", true},
		{"a place in one spelling", Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{{ID: "e", Any: lines("Kyiv")}}}, "is written Kiev too", true},
		{"a name of an entity beside it", Rules{Topics: []Topic{{ID: "a", Any: lines("@e\nNATO")}}, Entities: []Entity{{ID: "e", Any: lines("NATO")}}}, "is a name of @e", true},
		{"a plural beside its singular", Rules{Topics: []Topic{{ID: "a", Any: lines("missile\nmissiles")}}}, "missiles adds nothing", true},
		{"capitals beside small letters", Rules{Topics: []Topic{{ID: "a", Any: lines("opec\nOPEC")}}}, "OPEC adds nothing", true},
		{"every term under unless", Rules{Topics: []Topic{{ID: "a", Any: any, Unless: lines("some words")}}}, "also under unless", false},
		{"groups of two languages", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "x", ByLang: langs("uk", "зброя")}, {Name: "y", ByLang: langs("ru", "ракета"), Pos: p(2)}}}}}, "of other languages", true},
		{"a source in and out", Rules{Topics: []Topic{{ID: "a", Any: any, Include: []Line{{"tag:x", p(3)}}, Exclude: []Line{{"tag:x", p(4)}}}}}, "under include: and under exclude:", false},
		{"a pardon that is too short", Rules{Topics: []Topic{{ID: "a", Any: any}}, Boilerplate: Boilerplate{Pardon: []Line{{"More", p(3)}}}}, "so short", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, faults := Compile(tt.rules)
			for _, f := range faults {
				if strings.Contains(f.Message, tt.want) && f.Warning == tt.warning && f.Fix != "" {
					if (m != nil) != tt.warning {
						t.Errorf("matcher %v with %+v", m != nil, faults)
					}
					return
				}
			}
			t.Errorf("no %q in %+v", tt.want, faults)
		})
	}
}

func TestPlainLinesHaveNoFaults(t *testing.T) {
	for _, l := range []string{"arms control ^4", "New START ^6", "=START ^5 with treaty, warhead*, nuclear, Moscow", "INF ^5 with treaty, missile*",
		"draft treat* ~12 Russia", "sanctions >6 Russia", "title: mobilisation", "drone #3", "drone ^2 #3", "U.S. troops", "AT&T", "F-16", "9/11", "S-400",
		"peace deal with Iran", "Ukraine's army", "контроль над вооружениями", "=gas", "Türkiye", "defen?e", "北约", "// a comment", "   ", "NATO // the alliance", "title:Kyiv", "St. Petersburg", "G7"} {
		if _, f, _ := ParseTerm(Line{Text: l}); len(f) > 0 {
			t.Errorf("%q: %+v", l, f)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"=START ^5 with treaty, warhead*", "a ~6 b", "@e", "title: x", "“”", "*?*", "\xff\x00", "北约 ~3 *"} {
		f.Add(s, "the START treaty on warheads", 3.0)
	}
	f.Fuzz(func(t *testing.T, line, body string, threshold float64) {
		r := Rules{Topics: []Topic{{ID: "t", Any: []Line{{Text: line}, {Text: "plain words"}}, Unless: []Line{{Text: line}}, Threshold: threshold,
			ByLang: map[string][]Line{"uk": {{Text: line}}}}},
			Entities: []Entity{{ID: "e", Any: []Line{{Text: line}}}}}
		m, faults := Compile(r)
		for _, x := range faults {
			if x.Message == "" || x.Fix == "" || x.Len < 1 {
				t.Fatalf("%+v", x)
			}
		}
		if m == nil {
			return
		}
		it := &news.Item{Title: body, Summary: body + " " + line}
		checkHitsFuzz(t, it, m.Match(it))
		m.Misses(it)
		m.Dead(it)
	})
}

func checkHitsFuzz(t *testing.T, it *news.Item, ms []news.Match) {
	for _, m := range ms {
		for _, h := range m.Hits {
			if r := []rune(it.Text(h.Field)); h.Start < 0 || h.End > len(r) || h.Start >= h.End {
				t.Fatalf("%+v", h)
			}
		}
	}
}

// TestCompleteNamesAreLeftAlone proposes nothing where nothing is missing, or
// where a name is written alike everywhere.
func TestCompleteNamesAreLeftAlone(t *testing.T) {
	for _, e := range []Entity{
		{ID: "e", Any: lines("Zelensky\nZelenskyy\nZelenskiy\nSelenskyj"), ByLang: langs("uk", "Зеленський")},
		{ID: "e", Any: lines("Kaczynski"), ByLang: langs("pl", "Kaczyński", "ru", "Качинский")},
		{ID: "e", Any: lines("Polanski")}, {ID: "e", Any: lines("=Kaspersky")}, {ID: "e", Any: lines("Kyiv\nKiev")},
	} {
		_, faults := Compile(Rules{Topics: []Topic{{ID: "a", Any: lines("@e")}}, Entities: []Entity{e}})
		if len(faults) > 0 {
			t.Errorf("%+v: %+v", e.Any, faults)
		}
	}
}
