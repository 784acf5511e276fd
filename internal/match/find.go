package match

import (
	"strings"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// finding is one occurrence of one term of the topic under judgement.
type finding struct {
	term       int32
	group      int32
	atom       *atom
	field      int32
	start, end int32
	w0, w1     int32
	pattern    int32

	state  findingState
	why    reason
	reason string  // for whyDead
	by     *finder // for whyUnless
	n      int32   // for whyCount how often it was found, for whyApart the near rule
}

// reason is why a finding was discounted. It is put into words only when a
// person asks.
type reason uint8

const (
	whyNone     reason = iota
	whyBacked          // not discounted: an unsure finding that something supports
	whyDead            // it stands in text that is no evidence
	whyUnless          // one of the words under unless: is close by
	whyTitle           // it counts only in the title
	whyWith            // none of the words after with is close by
	whyCount           // it is found too seldom
	whyApart           // no hit of the other groups is near
	whyOrdinary        // an ordinary word, and nothing supports it
)

type findingState uint8

const (
	counted findingState = iota
	unsure               // an ordinary word where case says little
	discounted
)

// collect lists the occurrences of an operand that meet its case and language,
// each with what speaks against it whatever the topic.
func (j *judge) collect(out []finding, f *finder) []finding {
	for i := range f.atoms {
		a := &f.atoms[i]
		if !j.has(a.pattern) || !j.atomInLang(a) {
			continue
		}
		for o := j.head[a.pattern]; o >= 0; o = j.occ[o].next {
			x := &j.occ[o]
			if a.caps != nil && !j.capsMeet(a, x) {
				continue
			}
			n := finding{atom: a, field: x.field, start: x.start, end: x.end, w0: x.w0, w1: x.w1, pattern: a.pattern}
			j.check(&n)
			out = append(out, n)
		}
	}
	return out
}

// capsMeet checks the capitals of each word of an occurrence.
func (j *judge) capsMeet(a *atom, o *occurrence) bool {
	s := j.fields[o.field].text
	if len(a.caps) == 1 {
		return a.caps[0].meets(s[o.start:o.end])
	}
	w := j.wordAt(o.field, o.start)
	for k := range a.caps {
		end := o.end
		if k < len(a.caps)-1 {
			end = j.words[w+k+1].start
		}
		if !a.caps[k].meets(s[j.words[w+k].start:end]) {
			return false
		}
	}
	return true
}

// wordAt returns the word that starts at a byte of a field.
func (j *judge) wordAt(f, start int32) int {
	lo, hi := j.fields[f].word0, j.fields[f].word1
	for lo < hi {
		mid := (lo + hi) / 2
		if j.words[mid].start < start {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// check settles what can be said of an occurrence without its topic: dead
// text, the exceptions of its entity, an ordinary word.
func (j *judge) check(n *finding) {
	for _, d := range j.deadSpans(int(n.field)) {
		if int(n.start) < d.End && int(n.end) > d.Start {
			n.discount(whyDead)
			n.reason = d.reason
			return
		}
	}
	if n.atom.entity >= 0 {
		if e := &j.m.entities[n.atom.entity]; len(e.unless) > 0 {
			if by := j.close(e.unless, n, unlessReach); by != nil {
				n.discountBy(by)
				return
			}
		}
	}
	if n.atom.ordinary != 0 && j.ordinaryHere(n.atom) && j.weak(n) {
		n.state = unsure
	}
}

func (n *finding) discount(why reason) { n.state, n.why = discounted, why }

func (n *finding) discountBy(f *finder) {
	n.discount(whyUnless)
	n.by = f
}

// ordinaryHere reports whether an atom's word is an ordinary word in the
// item's language, or in the one that it seems to have.
func (j *judge) ordinaryHere(a *atom) bool {
	return j.likelyLanguage()&a.ordinary != 0
}

// close returns the first of the words that stands within reach of a finding,
// or nil.
func (j *judge) close(words []*finder, n *finding, reach int32) *finder {
	for _, f := range words {
		if !j.hit(f.pats) {
			continue
		}
		for i := range f.atoms {
			if j.atomClose(&f.atoms[i], n, reach) {
				return f
			}
		}
	}
	return nil
}

func (j *judge) atomClose(a *atom, n *finding, reach int32) bool {
	if !j.has(a.pattern) || !j.atomInLang(a) {
		return false
	}
	for o := j.head[a.pattern]; o >= 0; o = j.occ[o].next {
		x := &j.occ[o]
		if x.field == n.field && gapWords(x.w0, x.w1, n.w0, n.w1) <= reach && (a.caps == nil || j.capsMeet(a, x)) {
			return true
		}
	}
	return false
}

// gapWords is how many words apart two places are: 1 for neighbours, 0 or less
// if they overlap.
func gapWords(a0, a1, b0, b1 int32) int32 { return max(b0-a1, a0-b1) }

// withNear reports whether the condition "with" holds: one of the words
// within reach, or in the title; for a hit in the title, in the lead too.
func (j *judge) withNear(words []*finder, n *finding) bool {
	for _, f := range words {
		if !j.hit(f.pats) {
			continue
		}
		for i := range f.atoms {
			if j.withAtom(&f.atoms[i], n) {
				return true
			}
		}
	}
	return false
}

func (j *judge) withAtom(a *atom, n *finding) bool {
	if !j.has(a.pattern) || !j.atomInLang(a) {
		return false
	}
	for o := j.head[a.pattern]; o >= 0; o = j.occ[o].next {
		x := &j.occ[o]
		if x.field == n.field && x.start >= n.start && x.end <= n.end {
			continue // a word is no witness for itself
		}
		ok := x.field == titleField || x.field == n.field && gapWords(x.w0, x.w1, n.w0, n.w1) <= withReach ||
			n.field == titleField && j.place(x.field, x.w0) == placeLead
		if ok && (a.caps == nil || j.capsMeet(a, x)) && !j.isDead(x) {
			return true
		}
	}
	return false
}

func (j *judge) isDead(o *occurrence) bool {
	for _, d := range j.deadSpans(int(o.field)) {
		if int(o.start) < d.End && int(o.end) > d.Start {
			return true
		}
	}
	return false
}

// The places of a hit, best first.
const (
	placeTitle = "title"
	placeLead  = "lead"
	placeBody  = "body"

	titleField int32 = 0
)

// place is where a word stands: the lead is the first words of the summary, or
// of the content where there is no summary.
func (j *judge) place(f, word int32) string {
	switch {
	case f == titleField:
		return placeTitle
	case word < leadWords && (news.Fields[f] == news.FieldSummary || j.item.Summary == ""):
		return placeLead
	}
	return placeBody
}

func factor(place string) float64 {
	switch place {
	case placeTitle:
		return titleFactor
	case placeLead:
		return leadFactor
	}
	return 1
}

// pairs joins the occurrences of two operands that stand close enough.
func (j *judge) pairs(t *term, out []finding) []finding {
	j.sides[0] = j.collect(j.sides[0][:0], t.a)
	if len(j.sides[0]) == 0 {
		return out
	}
	j.sides[1] = j.collect(j.sides[1][:0], t.b)
	for i := range j.sides[0] {
		a := &j.sides[0][i]
		best := -1
		for k := range j.sides[1] {
			b := &j.sides[1][k]
			gap := gapWords(a.w0, a.w1, b.w0, b.w1)
			if b.field != a.field || gap < 1 || gap > t.within || t.ordered && b.w0 < a.w0 {
				continue
			}
			if best < 0 || b.state < j.sides[1][best].state {
				best = k
			}
		}
		if best >= 0 {
			out = append(out, joinPair(a, &j.sides[1][best]))
		}
	}
	return out
}

func joinPair(a, b *finding) finding {
	n := *a
	n.start, n.end = min(a.start, b.start), max(a.end, b.end)
	n.w0, n.w1 = min(a.w0, b.w0), max(a.w1, b.w1)
	if b.state == discounted {
		n.state, n.why, n.reason, n.by = discounted, b.why, b.reason, b.by
	} else if n.state == unsure {
		n.state = counted // each is the other's support
	}
	return n
}

// backed reports whether something else in the item shows that an unsure
// finding is the name it looks like: a sure finding of the topic, another name
// close by, or a verb that only an actor takes.
func (j *judge) backed(n *finding) bool {
	for i := range j.found {
		if f := &j.found[i]; f.state == counted && (f.pattern != n.pattern || f.field != n.field || f.start != n.start) {
			return true
		}
	}
	fd := &j.fields[n.field]
	for i := fd.occ0; i < fd.occ1; i++ {
		o := &j.occ[i]
		a := j.m.patterns[o.pattern].name
		if a == nil || o.pattern == n.pattern || o.start < n.end && n.start < o.end {
			continue
		}
		if gapWords(o.w0, o.w1, n.w0, n.w1) <= nameReach && j.atomInLang(a) && j.capsMeet(a, o) && !j.isDead(o) {
			return true
		}
	}
	return j.acts(n)
}

// acts reports whether the word after a finding is a verb of agency in small
// letters.
func (j *judge) acts(n *finding) bool {
	s := j.fields[n.field].text
	rest := s[n.end:]
	if !strings.HasPrefix(rest, " ") || allCapitals(s[n.start:n.end]) && j.styleOf(n.field) == styleCapitals {
		return false
	}
	for w, at := range text.Words(rest) {
		return at.Start == 1 && agencyVerbs[w] && rest[1] >= 'a'
	}
	return false
}
