package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
)

// change is one edit that a topic or an item lacks, as text and as what to do.
type change struct {
	text   string
	kind   changeKind
	near   int     // changeWithin: the near rule
	group  int32   // changeNew
	within int32   // changeWithin
	sum    float64 // changeThreshold
	none   string  // changeNone: the word to take out
	words  []word  // changeHit, changeClose: what the item would have to say
}

type changeKind uint8

const (
	changeSource    changeKind = iota // the source selectors let the item in
	changeNone                        // a word under none: is gone
	changeHit                         // the item has a word of a group
	changeNew                         // a group has a new word that the item has: none of its own can count
	changeClose                       // the item has words of the groups of a near rule, close together
	changeWithin                      // a wider near rule
	changeThreshold                   // a lower threshold
)

// remedy is a change of a topic under trial: the topic as it would be, and the
// groups of which the item would have to say a word.
type remedy struct {
	topic  topic
	groups []int32
	close  map[int32]bool // of those, the groups of a near rule
}

// lacks lists what must change for the topic that was just decided to fire:
// all of it together is enough, which a second judge tries before it is said.
func (j *judge) lacks(t *topic, second *judge, best bool) []change {
	v := &j.verdict
	r := remedy{topic: *t, close: map[int32]bool{}}
	var out []change
	if v.source != "" {
		out = append(out, change{kind: changeSource, text: v.source + ": change sources:"})
		r.topic.include, r.topic.exclude = nil, nil
	}
	out = append(out, j.lackNone(t, &r)...)
	r.groups = slices.Clone(v.missing)
	r.topic.near = slices.Clone(t.near)
	for _, n := range v.apart {
		if c, ok := j.widen(t, int(n)); ok {
			out = append(out, c)
			r.topic.near[n].within = c.within
			continue
		}
		for _, g := range t.near[n].groups {
			r.close[g] = true
			if !slices.Contains(r.groups, g) {
				r.groups = append(r.groups, g)
			}
		}
	}
	return append(out, j.try(t, &r, second, best)...)
}

// lackNone takes the words out of none: that drop the item.
func (j *judge) lackNone(t *topic, r *remedy) (out []change) {
	if j.verdict.none == nil {
		return nil
	}
	r.topic.none = nil
	was, by := j.verdict.none, j.verdict.noneBy
	for _, f := range t.none {
		j.verdict.none = nil
		j.noneOf([]*finder{f})
		n := j.verdict.none
		if n == nil {
			r.topic.none = append(r.topic.none, f)
			continue
		}
		out = append(out, change{kind: changeNone, none: f.name,
			text: fmt.Sprintf("“%s” out of none: (the %s has “%s”)", f.name, news.Fields[n.field], j.fields[n.field].text[n.start:n.end])})
	}
	j.verdict.none, j.verdict.noneBy = was, by
	return out
}

// widen is the wider near rule that the hits would satisfy as they stand.
func (j *judge) widen(t *topic, i int) (change, bool) {
	n := &t.near[i]
	for _, g := range n.groups {
		if !j.served(g) {
			return change{}, false
		}
	}
	d := j.closest(n)
	if d == 0 {
		return change{}, false
	}
	return change{kind: changeWithin, near: i, within: d,
		text: fmt.Sprintf("%s within %s of each other, not %d", groupNames(t, n.groups), wordCount(d), n.within)}, true
}

func wordCount(n int32) string {
	if n == 1 {
		return "1 word"
	}
	return fmt.Sprintf("%d words", n)
}

func groupNames(t *topic, groups []int32) string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = t.groups[g].name
	}
	return strings.Join(names, " and ")
}

// triedWords is how many terms of a group are tried.
const triedWords = 12

// try looks for words that the item would have to say and for the threshold
// that the topic would have to have: the heaviest words first, since one heavy
// word is the smaller change.
func (j *judge) try(t *topic, r *remedy, second *judge, thorough bool) []change {
	say := j.wordsFor(t, r, second, thorough)
	score, ok := second.tried(j.item, r, say)
	if ok {
		say = j.fewest(r, say, second, min(score, t.threshold))
		score, ok = second.tried(j.item, r, say)
	}
	out := j.hitChanges(t, r, say)
	for _, c := range out {
		if c.kind == changeNew {
			if r.close[c.group] && !ok {
				score = 0 // hits that are near nothing will not count
			}
			score, ok = round(score+DefaultWeight), true
		}
	}
	if ok && score+1e-9 < t.threshold {
		c := change{kind: changeThreshold, sum: score, text: fmt.Sprintf("a threshold of %v instead of %v", score, t.threshold)}
		if thorough && len(out) == 0 {
			if w := j.heavier(t, r, second); w != "" {
				c.text += fmt.Sprintf(", or one more of its words, as “%s”", w)
			}
		}
		out = append(out, c)
	}
	return out
}

// wordsFor finds for each group that lacks a hit a word that would be one.
// Where there is none, the word is empty.
func (j *judge) wordsFor(t *topic, r *remedy, second *judge, thorough bool) []word {
	slices.SortStableFunc(r.groups, func(a, b int32) int { return boolInt(r.close[a]) - boolInt(r.close[b]) })
	var say []word
	for i, g := range r.groups {
		if r.close[g] {
			return j.closeWords(t, r, second, say, r.groups[i:], thorough)
		}
		best := word{}
		for _, w := range j.wordsOf(t, g, thorough) {
			second.tried(j.item, r, append(slices.Clip(say), w))
			if second.served(g) && second.verdict.none == nil {
				best = w
				break
			}
		}
		say = append(say, best)
	}
	return say
}

// closeWords finds words for the groups of near rules, which must bear each
// other's company.
func (j *judge) closeWords(t *topic, r *remedy, second *judge, say []word, groups []int32, thorough bool) []word {
	lists := make([][]word, len(groups))
	for i, g := range groups {
		lists[i] = j.wordsOf(t, g, thorough)
	}
	picked := make([]word, len(groups))
	var search func(i int) bool
	search = func(i int) bool {
		if i == len(groups) {
			second.tried(j.item, r, append(slices.Clip(say), picked...))
			return len(second.verdict.apart) == 0 && second.verdict.none == nil
		}
		for _, w := range lists[i] {
			w.close = true
			if picked[i] = w; search(i + 1) {
				return true
			}
		}
		return false
	}
	if !search(0) {
		clear(picked)
	}
	return append(say, picked...)
}

// fewest drops words, and their groups, where one of the others serves for two
// groups.
func (j *judge) fewest(r *remedy, say []word, second *judge, enough float64) []word {
	for i := len(say) - 1; i >= 0 && len(say) > 1; i-- {
		fewer := slices.Delete(slices.Clone(say), i, i+1)
		if score, ok := second.tried(j.item, r, fewer); ok && score+1e-9 >= enough {
			say = fewer
			r.groups = slices.Delete(slices.Clone(r.groups), i, i+1)
		}
	}
	return say
}

// word is a term, and what an item would say to have it.
type word struct {
	term, say string
	title     bool // it would have to say so in the title
	close     bool // and right after the word before
}

// wordsOf lists terms of a group for the item to say, plain ones first and
// heavy ones before light ones.
func (j *judge) wordsOf(t *topic, g int32, thorough bool) []word {
	var terms []*term
	for i := range t.terms {
		if x := &t.terms[i]; x.group == g && j.inLang(x.langs) {
			terms = append(terms, x)
		}
	}
	slices.SortStableFunc(terms, func(a, b *term) int {
		return cmp.Or(a.demands()-b.demands(), cmp.Compare(b.weight, a.weight))
	})
	var out []word
	most := 1
	if thorough {
		most = triedWords
	}
	for _, x := range terms[:min(len(terms), most)] {
		if say := j.spoken(x); say != "" {
			out = append(out, word{term: x.text, say: say, title: x.title})
		}
	}
	return out
}

// demands is how much a term asks for beside its words.
func (x *term) demands() int {
	return boolInt(x.b != nil) + boolInt(x.title) + boolInt(x.atLeast > 1) + boolInt(len(x.with) > 0)
}

// spoken is a term as a text would have it, "" if its words are of another
// language.
func (j *judge) spoken(x *term) string {
	parts := []string{j.spokenOf(x.a)}
	if x.b != nil {
		parts = append(parts, j.spokenOf(x.b))
	}
	if len(x.with) > 0 {
		parts = append(parts, j.spokenOf(x.with[0]))
	}
	if slices.Contains(parts, "") {
		return ""
	}
	return strings.TrimSpace(strings.Repeat(strings.Join(parts, " ")+" ", x.atLeast))
}

func (j *judge) spokenOf(f *finder) string {
	best := ""
	for i := range f.atoms {
		a := &f.atoms[i]
		if a.guest || !j.inLang(a.langs) || best != "" && a.ordinary != 0 {
			continue
		}
		best = strings.NewReplacer("*", "", "?", "s").Replace(a.text)
		if a.ordinary == 0 {
			break
		}
	}
	return strings.TrimPrefix(best, "=")
}

// hitChanges says which words the item would have to have.
func (j *judge) hitChanges(t *topic, r *remedy, words []word) (out []change) {
	var near change
	var names, examples []string
	for i, g := range r.groups {
		w := words[i]
		as := "“" + w.term + "”"
		if w.term == "" {
			out = append(out, change{kind: changeNew, group: g, text: "a new word " + listWords(t.groups[g].name) + " (none of its own can count here)", words: []word{{close: r.close[g]}}})
			continue
		}
		if r.close[g] {
			near.words = append(near.words, w)
			names, examples = append(names, t.groups[g].name), append(examples, as)
			continue
		}
		in := ""
		switch {
		case w.title:
			in = " in the title"
		case slices.ContainsFunc(j.found, func(n finding) bool { return n.group == g && n.state == discounted }):
			in = " that counts"
		}
		out = append(out, change{kind: changeHit, words: []word{w}, text: "a word " + listWords(t.groups[g].name) + in + ", as " + as})
	}
	if len(names) > 0 {
		near.kind = changeClose
		near.text = "words of " + strings.Join(names, " and ") + j.reachOf(t, r) + ", as " + strings.Join(examples, " and ")
		out = append(out, near)
	}
	return out
}

// listWords says where the words of a group stand.
func listWords(group string) string {
	if group == "" {
		return "under any:"
	}
	return "of the group " + group
}

// reachOf says how close the groups of the unmet near rules must stand.
func (j *judge) reachOf(t *topic, r *remedy) string {
	within := int32(0)
	for _, n := range j.verdict.apart {
		if x := &t.near[n]; slices.ContainsFunc(x.groups, func(g int32) bool { return r.close[g] }) && (within == 0 || x.within < within) {
			within = x.within
		}
	}
	return " within " + wordCount(within) + " of each other"
}

// heavier is a further term that would reach the threshold.
func (j *judge) heavier(t *topic, r *remedy, second *judge) string {
	for g := range t.groups {
		for _, w := range j.wordsOf(t, int32(g), true) {
			if score, ok := second.tried(j.item, r, []word{w}); ok && score+1e-9 >= t.threshold {
				return w.term
			}
		}
	}
	return ""
}

// apartWords keeps what an item would have to say away from what it says.
const apartWords = 30

// tried judges the item with some words added to its end by the changed topic.
// It returns the sum, and whether the topic would fire but for that.
func (j *judge) tried(it *news.Item, r *remedy, words []word) (float64, bool) {
	changed := saying(it, words)
	j.read(&changed)
	t := r.topic
	t.threshold = 0
	fires := j.decide(&t, true)
	return j.verdict.score, fires
}

// saying is an item with words added to its title and to its end.
func saying(it *news.Item, words []word) news.Item {
	changed := *it
	close := false
	for _, w := range words {
		if w.title {
			changed.Title += strings.Repeat(" – x", apartWords) + " " + w.say
			continue
		}
		if !w.close || !close {
			changed.Content += "\n\n" + strings.Repeat("– x ", apartWords)
		}
		close = w.close
		changed.Content += w.say + " "
	}
	return changed
}
