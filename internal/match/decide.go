package match

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// verdict is the judgement of one topic: what it is refused for, what it
// lacks, and its sum.
type verdict struct {
	source  string   // why its source keeps it out
	none    *finding // the word under none: that drops the item
	noneBy  string
	missing []int32 // groups without a hit
	apart   []int32 // near rules that do not hold, by number
	score   float64
	fires   bool
}

// decide judges one topic. Everything else, from a match to the text of a
// miss, reads what it leaves in j.found and j.verdict. Unless full is set it
// stops as soon as the topic cannot fire.
func (j *judge) decide(t *topic, full bool) bool {
	j.found = j.found[:0]
	v := &j.verdict
	*v = verdict{missing: v.missing[:0], apart: v.apart[:0]}
	if !full {
		for i := range t.groups {
			if !j.hit(t.groups[i].pats) {
				return false
			}
		}
	}
	if v.source = t.refused(j.item); v.source != "" && !full {
		return false
	}
	j.findTerms(t)
	j.settle()
	j.count(t)
	j.nearness(t)
	j.sum(t)
	for i := range t.groups {
		if !j.served(int32(i)) {
			v.missing = append(v.missing, int32(i))
		}
	}
	v.fires = v.source == "" && len(v.missing) == 0 && len(v.apart) == 0 && v.score+1e-9 >= t.threshold
	if v.fires || full {
		j.none(t)
		v.fires = v.fires && v.none == nil
	}
	return v.fires
}

// findTerms lists the occurrences of all terms.
func (j *judge) findTerms(t *topic) {
	for i := range t.terms {
		x := &t.terms[i]
		if !j.hit(x.a.pats) || !j.inLang(x.langs) {
			continue
		}
		from := len(j.found)
		if x.b != nil {
			j.found = j.pairs(x, j.found)
		} else {
			j.found = j.collect(j.found, x.a)
		}
		for k := from; k < len(j.found); k++ {
			n := &j.found[k]
			n.term, n.group = int32(i), x.group
			j.applies(t, x, n)
		}
		j.found = oncePerPlace(j.found, from)
	}
}

// oncePerPlace keeps the longest of the findings of one term that lie over
// each other: an entity may have both "Ukraine" and "Ukraine's army".
func oncePerPlace(found []finding, from int) []finding {
	if len(found)-from < 2 {
		return found
	}
	mine := found[from:]
	slices.SortStableFunc(mine, func(a, b finding) int {
		return cmp.Or(int(a.field-b.field), cmp.Compare(a.state, b.state), int((b.end-b.start)-(a.end-a.start)), int(a.start-b.start))
	})
	out := found[:from]
	for _, n := range mine {
		if !slices.ContainsFunc(out[from:], func(o finding) bool { return o.field == n.field && n.start < o.end && o.start < n.end }) {
			out = append(out, n)
		}
	}
	slices.SortFunc(out[from:], func(a, b finding) int { return cmp.Or(int(a.field-b.field), int(a.start-b.start)) })
	return out
}

// applies settles what the topic itself says of a finding.
func (j *judge) applies(t *topic, x *term, n *finding) {
	if n.state == discounted {
		return
	}
	if x.title && n.field != titleField {
		n.discount("counts only in the title")
		return
	}
	if why := j.close(t.unless, n, unlessReach); why != "" {
		n.discount("unless " + why)
		return
	}
	if why := j.close(t.groups[x.group].unless, n, unlessReach); why != "" {
		n.discount("unless " + why)
		return
	}
	if len(x.with) > 0 {
		if !j.withNear(x.with, n) {
			n.discount("needs " + withList(x.with) + " close by")
			return
		}
		n.state = counted
	}
}

func withList(words []*finder) string {
	s := ""
	for i, f := range words {
		switch {
		case i == 3 && len(words) > 4:
			return s + " or another of its words"
		case i > 0 && i == len(words)-1:
			s += " or "
		case i > 0:
			s += ", "
		}
		s += "“" + f.name + "”"
	}
	return s
}

// settle decides the unsure findings by the sure ones.
func (j *judge) settle() {
	for i := range j.found {
		n := &j.found[i]
		if n.state == unsure && j.backed(n) {
			n.reason = "backed"
		}
	}
	for i := range j.found {
		n := &j.found[i]
		switch {
		case n.state != unsure:
		case n.reason != "":
			n.state, n.reason = counted, ""
		default:
			n.discount("an ordinary word too, and capitals say little here: nothing else in the item supports it")
		}
	}
}

// count drops the terms that must occur more often than they do. The summary
// often repeats the content, so that only the richer of the two counts.
func (j *judge) count(t *topic) {
	for i := 0; i < len(j.found); {
		k := i
		var n [len(news.Fields)]int
		for ; k < len(j.found) && j.found[k].term == j.found[i].term; k++ {
			if j.found[k].state == counted {
				n[j.found[k].field]++
			}
		}
		want := t.terms[j.found[i].term].atLeast
		if got := n[0] + max(n[1], n[2]); want > 1 && got < want {
			why := fmt.Sprintf("found %d of %d times", got, want)
			for ; i < k; i++ {
				if j.found[i].state == counted {
					j.found[i].discount(why)
				}
			}
		}
		i = k
	}
}

// served reports whether a group has a hit that counts.
func (j *judge) served(g int32) bool {
	for i := range j.found {
		if n := &j.found[i]; n.group == g && n.state == counted {
			return true
		}
	}
	return false
}

// sum adds the weight of each term at its best place.
func (j *judge) sum(t *topic) {
	v := &j.verdict
	for i := 0; i < len(j.found); {
		best := 0.0
		k := i
		for ; k < len(j.found) && j.found[k].term == j.found[i].term; k++ {
			if n := &j.found[k]; n.state == counted {
				best = max(best, factor(j.place(n.field, n.w0)))
			}
		}
		v.score += best * t.terms[j.found[i].term].weight
		i = k
	}
	v.score = round(v.score)
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// none looks for a word that drops the whole item.
func (j *judge) none(t *topic) {
	for _, f := range t.none {
		if !j.hit(f.pats) {
			continue
		}
		for i := range f.atoms {
			a := &f.atoms[i]
			if j.seen[a.pattern] != j.round || !j.inLang(a.langs) {
				continue
			}
			for o := j.head[a.pattern]; o >= 0; o = j.occ[o].next {
				x := &j.occ[o]
				if (a.caps == nil || j.capsMeet(a, x)) && !j.isDead(x) {
					j.verdict.none = &finding{atom: a, field: x.field, start: x.start, end: x.end, w0: x.w0, w1: x.w1}
					j.verdict.noneBy = f.name
					return
				}
			}
		}
	}
}

// match makes the Match of the topic that was just decided.
func (j *judge) match(t *topic) news.Match {
	hits, not := j.lists(t)
	return news.Match{Topic: t.id, Name: t.name, Score: j.verdict.score, Threshold: t.threshold, Hits: hits, Discounted: not}
}

// lists lists the hits that counted and those that did not. Of a term that
// stands in many places the best place is listed with its weight, and one
// place in each other field without.
func (j *judge) lists(t *topic) (hits, not []news.Hit) {
	n := 0
	for i := range j.found {
		if j.found[i].state == counted {
			n++
		}
	}
	hits = make([]news.Hit, 0, n)
	for i := 0; i < len(j.found); {
		best, k := -1, i
		for ; k < len(j.found) && j.found[k].term == j.found[i].term; k++ {
			if f := &j.found[k]; f.state == counted &&
				(best < 0 || factor(j.place(f.field, f.w0)) > factor(j.place(j.found[best].field, j.found[best].w0))) {
				best = k
			}
		}
		listed := 0
		for ; i < k; i++ {
			f := &j.found[i]
			h := j.hitOf(t, f)
			switch {
			case f.state == discounted:
				not = append(not, h)
			case i == best:
				h.Weight = round(t.terms[f.term].weight * factor(h.Place))
				hits = append(hits, h)
			case listed < maxListed:
				listed++
				hits = append(hits, h)
			}
		}
	}
	order := func(a, b news.Hit) int {
		return cmp.Or(fieldOrder(a.Field)-fieldOrder(b.Field), a.Start-b.Start, cmp.Compare(b.Weight, a.Weight))
	}
	slices.SortStableFunc(hits, order)
	slices.SortStableFunc(not, order)
	return hits, not
}

// maxListed is how many further places of one term a Match lists.
const maxListed = 8

func fieldOrder(f news.Field) int { return slices.Index(news.Fields[:], f) }

func (j *judge) hitOf(t *topic, f *finding) news.Hit {
	x := &t.terms[f.term]
	s := j.fields[f.field].text
	h := news.Hit{Term: x.text, Field: news.Fields[f.field], Text: s[f.start:f.end],
		Start: utf8.RuneCountInString(s[:f.start]), Group: t.groups[f.group].name,
		Place: j.place(f.field, f.w0), Reason: f.reason, Rule: x.pos}
	h.End = h.Start + utf8.RuneCountInString(h.Text)
	if f.atom.entity >= 0 {
		h.Entity = j.m.entities[f.atom.entity].id
		if x.b == nil {
			h.Term, h.Rule = f.atom.text, f.atom.pos
		}
	}
	return h
}
