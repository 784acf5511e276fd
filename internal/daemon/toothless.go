package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// Toothless warns of rule tests that say only what must not fire, though no
// word of it is anywhere in their text, not even in another case or form.
// Whatever is taken out of the rules, such a test holds. It is no fault: it
// may stand guard against a term that was taken out.
func Toothless(r *Rules) config.Faults {
	var out config.Faults
	words := vocabulary{r: r, known: make(map[news.TopicID]map[string]bool)}
	for i := range r.Config.Tests {
		t := &r.Config.Tests[i]
		if t.Title == "" && t.Text == "" || len(t.Fires) > 0 {
			continue
		}
		at, topics, whose := t.At("not"), t.Not, "of what must not fire"
		if t.Fires != nil {
			at, topics, whose = t.At("fires"), nil, "of any topic"
		}
		it := r.testItem(t.Title, t.Text, t.Lang, t.Source)
		if words.meet(&it, topics) {
			continue
		}
		f := r.Config.Fault(at, 0, fmt.Sprintf("no word %s is in this text: the test can fail only if a term is added", whose),
			"take a headline that was told wrongly, or nearly")
		f.Warning = true
		out = append(out, f)
	}
	return out
}

// vocabulary knows the words of topics, cut to their beginnings.
type vocabulary struct {
	r     *Rules
	rules match.Rules
	known map[news.TopicID]map[string]bool
}

// meet reports whether an item has a word of one of the topics; of any topic,
// if none is named.
func (v *vocabulary) meet(it *news.Item, topics []config.Line) bool {
	named := func(id news.TopicID) bool {
		return topics == nil || slices.ContainsFunc(topics, func(l config.Line) bool { return l.Text == string(id) })
	}
	met := func(m news.Miss) bool { return named(m.Topic) && len(m.Hits)+len(m.Discounted) > 0 }
	if slices.ContainsFunc(v.r.Desk.Misses(it), met) {
		return true
	}
	if len(v.rules.Topics) == 0 {
		v.rules = matchRules(v.r.Config)
	}
	for i := range v.rules.Topics {
		t := &v.rules.Topics[i]
		if !named(t.ID) {
			continue
		}
		words := v.of(t)
		for w := range text.Words(it.Title + "\n" + it.Summary) {
			if words[w] || holds(w, words) {
				return true
			}
		}
	}
	return false
}

func (v *vocabulary) of(t *match.Topic) map[string]bool {
	if words, ok := v.known[t.ID]; ok {
		return words
	}
	words := make(map[string]bool)
	for _, l := range termLines(t) {
		v.add(words, l)
	}
	v.known[t.ID] = words
	return words
}

// add notes the beginnings of a term's words; of an entity, those of all its
// names.
func (v *vocabulary) add(words map[string]bool, l match.Line) {
	term, _, ok := match.ParseTerm(l)
	if !ok {
		return
	}
	operands := append([]match.Operand{term.A}, term.With...)
	if term.B != nil {
		operands = append(operands, *term.B)
	}
	for _, o := range operands {
		if !o.Entity {
			for w := range text.Words(strings.NewReplacer("*", "", "?", " ").Replace(o.Text)) {
				words[beginning(w)] = true
			}
			continue
		}
		for i := range v.rules.Entities {
			e := &v.rules.Entities[i]
			if string(e.ID) != o.Text {
				continue
			}
			for _, name := range slices.Concat(e.Any, slices.Concat(slices.Collect(maps.Values(e.ByLang))...)) {
				v.add(words, name)
			}
		}
	}
}

// holds reports whether a word has one of the beginnings anywhere in it: the
// NATO of signatory is what such tests are for.
func holds(word string, beginnings map[string]bool) bool {
	for b := range beginnings {
		if len(b) > 2 && strings.Contains(word, b) {
			return true
		}
	}
	return false
}

// beginning is what the forms of a word have in common, near enough.
func beginning(word string) string {
	const whole, common = 4, 5
	r := []rune(word)
	if len(r) <= whole {
		return word
	}
	return string(r[:min(len(r)-1, common)])
}
