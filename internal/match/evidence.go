package match

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

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
		Start: letterCount(s[:f.start]), Group: t.groups[f.group].name,
		Place: j.place(f.field, f.w0), Reason: reasonText(t, f), Rule: x.pos}
	h.End = h.Start + utf8.RuneCountInString(h.Text)
	if f.atom.entity >= 0 {
		h.Entity = j.m.entities[f.atom.entity].id
		if x.b == nil {
			h.Term, h.Rule = f.atom.text, f.atom.pos
		}
	}
	return h
}

// letterCount counts code points, eight at a time where it can.
func letterCount(s string) (n int) {
	for i := 0; i < len(s); {
		if i+8 <= len(s) && load(s, i)&high == 0 {
			i += 8
			n += 8
			continue
		}
		for end := i + 8; i < min(end, len(s)); n++ {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
		}
	}
	return n
}

// reasonText says why a finding was discounted, "" if it counted.
func reasonText(t *topic, f *finding) string {
	x := &t.terms[f.term]
	switch f.why {
	case whyDead:
		return f.reason
	case whyUnless:
		return "unless “" + f.by.name + "”"
	case whyTitle:
		return "counts only in the title"
	case whyWith:
		return "needs " + withList(x.with) + " close by"
	case whyCount:
		return fmt.Sprintf("found %d of %d times", f.n, x.atLeast)
	case whyApart:
		return "not near a hit of " + otherGroups(t, &t.near[f.n], f.group)
	case whyOrdinary:
		return "an ordinary word too, and capitals say little here: nothing else in the item supports it"
	}
	return ""
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
