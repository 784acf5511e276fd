package match

import (
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

func TestTermForms(t *testing.T) {
	for _, tt := range []struct {
		name, term, text string
		want             bool
	}{
		{"a phrase is found in any case", "arms control", "Arms Control talks", true},
		{"a phrase runs across a hyphen", "arms control", "an arms-control treaty", true},
		{"a phrase runs across a line break", "arms control", "on arms\ncontrol today", true},
		{"a phrase runs across a no-break space", "arms control", "on arms\u00a0control", true},
		{"a phrase runs across quotes", "arms control", "on “arms” control", true},
		{"a phrase ends with a sentence", "arms control", "They sold arms. Control was lost", false},
		{"a phrase ends with a comma", "arms control", "on arms, control", false},
		{"a phrase ends with a block", "arms control", "arms\n\ncontrol", false},
		{"a word is whole", "assad", "the ambassador spoke", false},
		{"the plural of the last word is found", "missile", "two missiles flew", true},
		{"the possessive is found", "missile", "the missile's range", true},
		{"the curly possessive is found", "missile", "the missile’s range", true},
		{"the plural in y is found", "no fly treaty", "no-fly treaties", true},
		{"the plural of an inner word is not", "missile treaty", "missiles treaty", false},
		{"a short word has no plural", "=ban", "the bans", false},
		{"capitals have no plural", "ETS", "the ETSs", false},
		{"a soft hyphen inside a word is nothing", "sanctions", "the sanc\u00adtions", true},
		{"a zero-width space inside a word is nothing", "sanctions", "the sanc\u200btions", true},
		{"accents are nothing", "Türkiye", "in Turkiye today", true},
		{"accents are nothing the other way", "Erdogan", "as Erdoğan said", true},
		{"ё is е", "Королёв", "город Королев", true},
		{"a capital must be a capital", "Turkey", "we ate turkey there", false},
		{"a capital is a capital", "Turkey", "talks with Turkey there", true},
		{"a capital in capitals is one too", "Ankara", "talks with ANKARA there", true},
		{"NATO is found", "NATO", "in NATO today", true},
		{"NATO is found as Nato", "NATO", "in Nato today", true},
		{"NATO is not found as nato", "NATO", "in nato today", false},
		{"NATO is not found in signatory", "NATO", "a sigNATOry", false},
		{"NATO is found in NATO-led", "NATO", "a NATO-led force", true},
		{"NATO is found in NATO's", "NATO", "in NATO's east", true},
		{"INF is found only so", "INF", "the Inf treaty", false},
		{"INF is found so", "INF", "the INF treaty", true},
		{"US is not us", "US", "with us today", false},
		{"US is not Us", "US", "with Us today", false},
		{"US is US", "US", "with US troops", true},
		{"exactly is exactly", "=START", "to Start now", false},
		{"exactly is exactly so", "=START", "the START treaty", true},
		{"exactly takes no plural", "=missile", "missiles", false},
		{"words that begin so are found", "sanction*", "sanctioned banks", true},
		{"the beginning itself is found", "sanction*", "a sanction", true},
		{"words that contain it are not", "sanction*", "unsanctioned", false},
		{"exactly one letter is found", "defen?e", "air defence", true},
		{"exactly one letter, the other way", "defen?e", "air defense", true},
		{"no letter is not one", "defen?e", "air defene", false},
		{"both within six words", "sanctions ~6 Russia", "Russia faces a new set of sanctions", true},
		{"not beyond six words", "sanctions ~6 Russia", "Russia one two three four five six sanctions", false},
		{"in this order", "sanctions >6 Russia", "sanctions on Russia", true},
		{"not in the other order", "sanctions >6 Russia", "Russia under sanctions", false},
		{"a dotted abbreviation", "U.S.", "the U.S. and the", true},
		{"a dotted abbreviation before a word", "U.S. troops", "the U.S. troops", true},
		{"a designation with a plural", "F-16", "two F-16s", true},
		{"a number is a word", "Article 5", "under Article 5 of", true},
		{"an address is not text", "NATO", "see https://x.org/NATO now", false},
		{"a French elision parts words", "Ukraine", "l’Ukraine résiste", true},
		{"Chinese needs no blanks", "北约", "他说北约是", true},
		{"brackets do not hide a word", "INF", "Forces (INF) treaty", true},
		{"at least three times", "drone #3", "drone drone drone", true},
		{"twice is not three times", "drone #3", "drone drone", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := compile(t, Rules{Topics: []Topic{anyOf("t", tt.term)}})
			it := &news.Item{Summary: "so " + tt.text + " so", Lang: "en"}
			if got := fires(m, it) != ""; got != tt.want {
				t.Errorf("%s in %q: %v, want %v", tt.term, tt.text, got, tt.want)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules Rules
		item  news.Item
		want  string
	}{
		{"with: the word alone does not count", Rules{Topics: []Topic{anyOf("a", "=START ^5 with treaty, warhead*")}},
			news.Item{Summary: "the START of term"}, ""},
		{"the same line twice counts once", Rules{Topics: []Topic{{ID: "a", Any: lines("NATO\nNATO\ntreaty ^3"), Threshold: 5}}},
			news.Item{Summary: "troops of NATO"}, ""},
		{"with: an entity needs no weight before it", Rules{Topics: []Topic{anyOf("a", "@pact with summit")}, Entities: []Entity{{ID: "pact", Any: lines("NATO")}}},
			news.Item{Summary: "troops of NATO"}, ""},
		{"with: an entity as the condition", Rules{Topics: []Topic{anyOf("a", "defence summit with @pact")}, Entities: []Entity{{ID: "pact", Any: lines("NATO")}}},
			news.Item{Summary: "the defence summit of NATO"}, "a"},
		{"with: after capitals", Rules{Topics: []Topic{anyOf("a", "INF with treaty")}},
			news.Item{Summary: "the INF treaty ends"}, "a"},
		{"a name at the start of a short headline", Rules{Topics: []Topic{anyOf("a", "NATO")}},
			news.Item{Title: "Nato chief warns Russia"}, "a"},
		{"with: close by it counts", Rules{Topics: []Topic{anyOf("a", "=START ^5 with treaty, warhead*")}},
			news.Item{Summary: "the START limits on warheads"}, "a"},
		{"with: in the title it counts", Rules{Topics: []Topic{anyOf("a", "=START ^5 with treaty")}},
			news.Item{Title: "A treaty", Summary: "so START is gone"}, "a"},
		{"with: a hit in the title is backed by the lead", Rules{Topics: []Topic{anyOf("a", "=START ^5 with treaty")}},
			news.Item{Title: "Talks on START", Summary: "The treaty ends"}, "a"},
		{"unless drops the occurrence", Rules{Topics: []Topic{{ID: "a", Any: lines("Patriot*"), Unless: lines("New England")}}},
			news.Item{Summary: "the New England Patriots won"}, ""},
		{"unless leaves another occurrence", Rules{Topics: []Topic{{ID: "a", Any: lines("Patriot*"), Unless: lines("quarterback")}}},
			news.Item{Title: "A Patriot battery", Summary: "the Patriots quarterback"}, "a"},
		{"unless by context", Rules{Topics: []Topic{{ID: "a", Any: lines("offensive"), UnlessContexts: refs("sport")}},
			Contexts: []Context{{Name: "sport", Any: lines("goal\ncup\nNFL")}}},
			news.Item{Summary: "an offensive goal in the NFL"}, ""},
		{"none drops the item", Rules{Topics: []Topic{{ID: "a", Any: lines("Arsenal"), None: lines("transfer window")}}},
			news.Item{Title: "so Arsenal buys", Summary: "in the transfer window"}, ""},
		{"all needs each group", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "act", Any: lines("sanction*")}, {Name: "who", Any: lines("Russia")}}}}},
			news.Item{Summary: "the sanctions bite"}, ""},
		{"all has each group", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "act", Any: lines("sanction*")}, {Name: "who", Any: lines("Russia")}}}}},
			news.Item{Summary: "the sanctions bite in Russia"}, "a"},
		{"near: too far", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "act", Any: lines("sanction*")}, {Name: "who", Any: lines("Russia")}},
			Near: []Near{{Groups: refs("act", "who"), Within: 3}}}}},
			news.Item{Summary: "the sanctions one two three Russia"}, ""},
		{"near: close enough", Rules{Topics: []Topic{{ID: "a", All: []Group{{Name: "act", Any: lines("sanction*")}, {Name: "who", Any: lines("Russia")}},
			Near: []Near{{Groups: refs("act", "who"), Within: 4}}}}},
			news.Item{Summary: "the sanctions one two three Russia"}, "a"},
		{"a threshold that one term does not reach", Rules{Topics: []Topic{{ID: "a", Any: lines("drone ^2\nstrike ^2"), Threshold: 4}}},
			news.Item{Content: strings.Repeat("x ", 70) + "a drone"}, ""},
		{"a threshold that the title reaches", Rules{Topics: []Topic{{ID: "a", Any: lines("drone ^2\nstrike ^2"), Threshold: 4}}},
			news.Item{Title: "The drone"}, "a"},
		{"title: only there", Rules{Topics: []Topic{anyOf("a", "title: mobilisation")}}, news.Item{Summary: "a mobilisation"}, ""},
		{"title: there", Rules{Topics: []Topic{anyOf("a", "title: mobilisation")}}, news.Item{Title: "New mobilisation"}, "a"},
		{"sources: a tag excludes", Rules{Topics: []Topic{{ID: "a", Any: lines("drone"), Exclude: lines("tag:sport")}}},
			news.Item{Title: "drone", Tags: []string{"sport"}}, ""},
		{"sources: a host includes", Rules{Topics: []Topic{{ID: "a", Any: lines("drone"), Include: lines("bbc.co.uk")}}},
			news.Item{Title: "drone", URL: "https://www.bbc.co.uk/x"}, "a"},
		{"sources: another host does not", Rules{Topics: []Topic{{ID: "a", Any: lines("drone"), Include: lines("bbc.co.uk")}}},
			news.Item{Title: "drone", URL: "https://notbbc.co.uk/x"}, ""},
		{"an entity and its aliases", Rules{Topics: []Topic{anyOf("a", "@nato")},
			Entities: []Entity{{ID: "nato", Any: lines("NATO\nNorth Atlantic Treaty Organization"), ByLang: langs("fr", "OTAN")}}},
			news.Item{Title: "l'OTAN avance", Lang: "fr"}, "a"},
		{"an alias of another language does not count", Rules{Topics: []Topic{anyOf("a", "@nato")},
			Entities: []Entity{{ID: "nato", Any: lines("NATO"), ByLang: langs("fr", "OTAN")}}},
			news.Item{Title: "the OTAN thing", Lang: "en"}, ""},
		{"an entity in an entity", Rules{Topics: []Topic{anyOf("a", "@west")},
			Entities: []Entity{{ID: "nato", Any: lines("NATO")}, {ID: "west", Any: lines("@nato\nG7 summit")}}},
			news.Item{Title: "In NATO now"}, "a"},
		{"an entity within reach of a word", Rules{Topics: []Topic{anyOf("a", "@nato ~4 expansion")},
			Entities: []Entity{{ID: "nato", Any: lines("NATO")}}},
			news.Item{Title: "the expansion of NATO"}, "a"},
		{"an entity's unless", Rules{Topics: []Topic{anyOf("a", "@nato")},
			Entities: []Entity{{ID: "nato", Any: lines("NATO"), Unless: lines("phonetic alphabet")}}},
			news.Item{Title: "the NATO phonetic alphabet"}, ""},
		{"an appeal is no evidence", Rules{Topics: []Topic{anyOf("a", "NATO")}},
			news.Item{Summary: "Sign up to our newsletter on NATO."}, ""},
		{"learned boilerplate is no evidence", Rules{Topics: []Topic{anyOf("a", "NATO")}},
			news.Item{Summary: "Read about NATO.", Boilerplate: []news.Span{{Field: news.FieldSummary, Start: 0, End: 16}}}, ""},
		{"a pardoned block is evidence again", Rules{Topics: []Topic{anyOf("a", "NATO")}, Boilerplate: Boilerplate{Pardon: lines("read about nato")}},
			news.Item{Summary: "Read about NATO.", Boilerplate: []news.Span{{Field: news.FieldSummary, Start: 0, End: 16}}}, "a"},
		{"a pardon is for its own block", Rules{Topics: []Topic{anyOf("a", "NATO")}, Boilerplate: Boilerplate{Pardon: lines("weekly column")}},
			news.Item{Summary: "Read about NATO.\n\nWeekly column", Boilerplate: []news.Span{{Field: news.FieldSummary, Start: 0, End: 16}}}, ""},
		{"cut_after cuts", Rules{Topics: []Topic{anyOf("a", "NATO")}, Boilerplate: Boilerplate{CutAfter: lines("More from our desk")}},
			news.Item{Summary: "A quiet day. More from our desk: NATO"}, ""},
		{"drop_blocks drops its block only", Rules{Topics: []Topic{anyOf("a", "NATO")}, Boilerplate: Boilerplate{DropBlocks: lines("Most read today")}},
			news.Item{Summary: "Most read today: NATO\n\nIn NATO news"}, "a"},
		{"any with all: one of any is needed too", Rules{Topics: []Topic{{ID: "a", Any: lines("drone strike"), All: []Group{{Name: "who", Any: lines("Russia")}}}}},
			news.Item{Title: "In Russia today"}, ""},
		{"a list of a language only there", Rules{Topics: []Topic{{ID: "a", Any: lines("zzzz"), ByLang: langs("uk", "зброя")}}},
			news.Item{Title: "нова зброя прибула", Lang: "uk"}, "a"},
		{"a list of a language not elsewhere", Rules{Topics: []Topic{{ID: "a", Any: lines("zzzz"), ByLang: langs("uk", "зброя")}}},
			news.Item{Title: "новая зброя прибула", Lang: "ru"}, ""},
		{"an item of unknown language is of all", Rules{Topics: []Topic{{ID: "a", Any: lines("zzzz"), ByLang: langs("uk", "зброя")}}},
			news.Item{Title: "зброя"}, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := compile(t, tt.rules)
			if got := fires(m, &tt.item); got != tt.want {
				t.Errorf("got %q, want %q; misses %+v", got, tt.want, m.Misses(&tt.item))
			}
		})
	}
}

func TestEvidence(t *testing.T) {
	m := compile(t, Rules{Topics: []Topic{{ID: "a", Name: "A", Any: lines("@nato ^3\ndrone ^2\nabsent")}},
		Entities: []Entity{{ID: "nato", Any: lines("NATO")}}})
	it := &news.Item{Title: "Дрони: a drone over NATO", Summary: "More drones came. Subscribe to our NATO letter."}
	got := m.Match(it)
	if len(got) != 1 || got[0].Score != 10 || len(got[0].Hits) != 3 || len(got[0].Discounted) != 1 {
		t.Fatalf("%+v", got)
	}
	for _, h := range append(got[0].Hits, got[0].Discounted...) {
		if s := string([]rune(it.Text(h.Field))[h.Start:h.End]); s != h.Text {
			t.Errorf("%q stands at %d-%d, not %q", s, h.Start, h.End, h.Text)
		}
		if h.Rule.Line == 0 || h.Weight > 0 && h.Reason != "" {
			t.Errorf("%+v", h)
		}
	}
}
