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
	r        *Rules
	rules    match.Rules
	entities map[news.EntityID]*match.Entity
	known    map[news.TopicID]map[string]bool
}

// meet reports whether an item has a word of one of the topics; of any topic,
// if none is named.
func (v *vocabulary) meet(it *news.Item, topics []config.Line) bool {
	named := func(id news.TopicID) bool {
		return topics == nil || slices.ContainsFunc(topics, func(l config.Line) bool { return l.Text == string(id) })
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
	// Few get here: a form that has nothing in common with its word.
	return slices.ContainsFunc(v.r.Desk.Misses(it), func(m news.Miss) bool {
		return named(m.Topic) && len(m.Hits)+len(m.Discounted) > 0
	})
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

// add notes the beginnings of the words in a line; where it names entities, of
// those in all their names.
func (v *vocabulary) add(words map[string]bool, l match.Line) {
	for token := range strings.FieldsSeq(l.Text) {
		if id, ok := entityOf(token); ok {
			v.addEntity(words, news.EntityID(strings.TrimRight(string(id), ",")))
			continue
		}
		for w := range text.Words(token) {
			words[beginning(w)] = true
		}
	}
}

func (v *vocabulary) addEntity(words map[string]bool, id news.EntityID) {
	if len(v.entities) == 0 {
		v.entities = make(map[news.EntityID]*match.Entity, len(v.rules.Entities))
		for i := range v.rules.Entities {
			v.entities[v.rules.Entities[i].ID] = &v.rules.Entities[i]
		}
	}
	e := v.entities[id]
	if e == nil {
		return
	}
	for _, name := range slices.Concat(e.Any, slices.Concat(slices.Collect(maps.Values(e.ByLang))...)) {
		v.add(words, name)
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
