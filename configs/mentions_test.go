package configs_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
)

// around holds sentences of each language in which a name may stand, at %s: in
// the middle, in quotes, in brackets, before a comma and at the end.
var around = map[string][]string{
	"uk": {"Учора міністри обговорили %s на засіданні уряду.", "У газеті пишуть про «%s», але подробиць немає.", "Речник згадав також (%s)."},
	"ru": {"Вчера министры обсудили %s на заседании правительства.", "В газете пишут о «%s», но подробностей нет.", "Спикер упомянул также (%s)."},
	"pl": {"Wczoraj ministrowie omawiali %s na posiedzeniu rządu.", "W gazecie piszą o „%s”, ale bez szczegółów.", "Rzecznik wspomniał też (%s)."},
	"cs": {"Včera ministři projednali %s na zasedání vlády.", "V novinách píší o „%s“, ale bez podrobností.", "Mluvčí zmínil také (%s)."},
	"sk": {"Včera ministri prerokovali %s na zasadnutí vlády.", "V novinách píšu o „%s“, ale bez podrobností.", "Hovorca spomenul aj (%s)."},
	"sl": {"Včeraj so ministri obravnavali %s na seji vlade.", "V časopisu pišejo o »%s«, a brez podrobnosti.", "Govorec je omenil tudi (%s)."},
	"bg": {"Вчера министрите обсъдиха %s на заседание на правителството.", "Във вестника пишат за „%s“, но без подробности.", "Говорителят спомена и (%s)."},
	"de": {"Gestern berieten die Minister über %s in der Sitzung.", "In der Zeitung steht etwas über „%s“, aber nichts Genaues.", "Der Sprecher erwähnte auch (%s)."},
}

// sanctions is no entity: the words as an editor would type them.
var sanctions = map[string]string{
	"uk": "санкція|санкційний|підсанкційний|антисанкційний", "ru": "санкция|санкционный|подсанкционный|антисанкционный|контрсанкция",
	"pl": "sankcja|sankcyjny|antysankcyjny", "cs": "sankce|sankční|protisankce|protisankční", "sk": "sankcia|sankčný|protisankcia",
	"sl": "sankcija|sankcijski|protisankcija", "bg": "санкция|санкционен|антисанкция", "de": "Sanktion*|Russlandsanktionen|Gegensanktion",
}

type mention struct {
	lang, entity, form string
	want               bool
}

func mentions(t *testing.T) []mention {
	t.Helper()
	text, err := os.ReadFile("testdata/mentions.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []mention
	for line := range strings.Lines(string(text)) {
		head, forms, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		head, not := strings.CutPrefix(head, "!")
		lang, entity, _ := strings.Cut(head, " ")
		for f := range strings.FieldsSeq(forms) {
			out = append(out, mention{lang, entity, strings.ReplaceAll(f, "_", " "), !not})
		}
	}
	return out
}

// watched has a topic for each watched name, which fires where the name stands.
func watched(t *testing.T) *match.Matcher {
	t.Helper()
	c, _ := shipped(t)
	r := rules(c)
	r.Topics = nil
	for _, e := range []string{"ukraine", "kyiv", "crimea", "donbas", "russia", "putin", "zelensky", "nato", "nord-stream"} {
		r.Topics = append(r.Topics, match.Topic{ID: news.TopicID(e), Threshold: 1, Any: []match.Line{{Text: "@" + e}}})
	}
	words := map[string][]match.Line{}
	for lang, forms := range sanctions {
		for f := range strings.SplitSeq(forms, "|") {
			words[lang] = append(words[lang], match.Line{Text: f})
		}
	}
	r.Topics = append(r.Topics, match.Topic{ID: "sanctions", Threshold: 1, ByLang: words})
	m, faults := match.Compile(r)
	for _, f := range faults {
		if !f.Warning {
			t.Fatalf("%v", f)
		}
	}
	return m
}

// TestEvaluateMentions prints, per language and name, how many of its forms are
// found and how many words that only look like one are taken for it. Each form
// stands in several sentences, and alone at the head of a title.
func TestEvaluateMentions(t *testing.T) {
	m := watched(t)
	type count struct{ found, forms, wrong, friends int }
	sum := make(map[string]*count)
	var order []string
	for _, x := range mentions(t) {
		key := x.lang + " " + x.entity
		c := sum[key]
		if c == nil {
			c = &count{}
			sum[key] = c
			order = append(order, key)
		}
		items := []news.Item{{Title: upperFirst(x.form) + ": " + heads[x.lang]}}
		if key == "sl nato" {
			items = nil // at the head of a sentence it is the adverb
		}
		for _, s := range around[x.lang] {
			items = append(items, news.Item{Summary: strings.Replace(s, "%s", x.form, 1)})
		}
		for _, it := range items {
			it.Lang = x.lang
			if !x.want && it.Title != "" {
				continue // a capital says nothing there
			}
			got := slices.Contains(fires(m, &it), x.entity)
			switch {
			case x.want:
				c.forms++
				if got {
					c.found++
				} else {
					t.Logf("%s: %s is not found in %q", key, x.form, it.Title+it.Summary)
				}
			default:
				c.friends++
				if got {
					c.wrong++
					t.Logf("%s: %s is found in %q", key, x.form, it.Summary)
				}
			}
		}
	}
	for _, key := range order {
		c := sum[key]
		if c.forms == 0 {
			t.Errorf("%s: no form of it", key)
			continue
		}
		recall := float64(c.found) / float64(c.forms)
		precision := float64(c.found) / float64(max(1, c.found+c.wrong))
		t.Logf("%-15s recall %.3f of %3d  precision %.3f, %d of %d look-alikes", key, recall, c.forms, precision, c.wrong, c.friends)
		if recall < 0.97 || precision < 0.88 || c.wrong*10 > c.friends {
			t.Errorf("%s: recall %.3f, precision %.3f, %d of %d look-alikes; want 0.97, 0.88 and one in ten", key, recall, precision, c.wrong, c.friends)
		}
	}
}

// heads follow a name at the head of a title.
var heads = map[string]string{
	"uk": "що сказали міністри", "ru": "что сказали министры", "pl": "co powiedzieli ministrowie", "cs": "co řekli ministři",
	"sk": "čo povedali ministri", "sl": "kaj so povedali ministri", "bg": "какво казаха министрите", "de": "was die Minister sagten",
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
