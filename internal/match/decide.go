package match

import (
	"cmp"
	"math"
	"slices"

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

// seek tells, once per item, which finders of terms were hit. A topic may have
// hundreds, with dozens of patterns each, and an item hits few.
func (j *judge) seek() {
	if j.soughtKnown {
		return
	}
	j.soughtKnown = true
	clear(j.soughtSet)
	for i := range j.occ {
		if p := j.occ[i].pattern; j.head[p] == int32(i) {
			for _, f := range j.m.soughtBy[j.m.soughtOf[p]:j.m.soughtOf[p+1]] {
				j.soughtSet[f>>6] |= 1 << (f & 63)
			}
		}
	}
}

// findTerms lists the occurrences of all terms.
func (j *judge) findTerms(t *topic) {
	if pats := t.termPats; len(pats) > 0 {
		for i := range t.terms {
			n := pats[0] + 1
			if j.hit(pats[1:n]) {
				j.findTerm(t, i)
			}
			pats = pats[n:]
		}
		return
	}
	j.seek()
	for i, f := range t.sought {
		if j.soughtSet[f>>6]>>(f&63)&1 == 1 {
			j.findTerm(t, i)
		}
	}
}

func (j *judge) findTerm(t *topic, i int) {
	x := &t.terms[i]
	if !j.inLang(x.langs) {
		return
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
		n.discount(whyTitle)
		return
	}
	for _, list := range [...][]*finder{t.unless, t.groups[x.group].unless} {
		if by := j.close(list, n, unlessReach); by != nil {
			n.discountBy(by)
			return
		}
	}
	if len(x.with) > 0 {
		if !j.withNear(x.with, n) {
			n.discount(whyWith)
			return
		}
		n.state = counted
	}
}

// settle decides the unsure findings by the sure ones.
func (j *judge) settle() {
	for i := range j.found {
		n := &j.found[i]
		if n.state == unsure && j.backed(n) {
			n.why = whyBacked
		}
	}
	for i := range j.found {
		n := &j.found[i]
		switch {
		case n.state != unsure:
		case n.why == whyBacked:
			n.state, n.why = counted, whyNone
		default:
			n.discount(whyOrdinary)
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
			for ; i < k; i++ {
				if j.found[i].state == counted {
					j.found[i].discount(whyCount)
					j.found[i].n = int32(got)
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
	if j.hit(t.nonePats) {
		j.noneOf(t.none)
	}
}

func (j *judge) noneOf(words []*finder) {
	for _, f := range words {
		if !j.hit(f.pats) {
			continue
		}
		for i := range f.atoms {
			a := &f.atoms[i]
			if !j.has(a.pattern) || !j.atomInLang(a) {
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
