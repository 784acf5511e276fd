package text

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
	_ "unsafe" // for the linkname below

	"github.com/abadojack/whatlanggo"
)

// sureDetected is the confidence from which the detector is believed.
const sureDetected = 0.8

// detect asks the detector by letter triples: the language, or "" if it is not
// sure of it. For Latin letters, of which it compares 48 languages one after
// the other, the same sum is made in one pass over the text.
func detect(s string) string {
	script := whatlanggo.DetectScript(s)
	if script == nil {
		return ""
	}
	if script == unicode.Latin {
		return latinTriples().detect(s)
	}
	info := whatlanggo.Detect(s)
	if info.Confidence < sureDetected {
		return ""
	}
	return info.Lang.Iso6391()
}

// latinProfiles are the detector's own: of each language with Latin letters its
// triples, the most frequent first. It exports no way to them.
//
//go:linkname latinProfiles github.com/abadojack/whatlanggo.latinLangs
var latinProfiles map[whatlanggo.Lang][]string

// absent is how far away the detector takes a triple to be that a text lacks.
const absent = 300

// triple is three letters of 21 bits; triples compare as their strings do.
type triple uint64

const tripleMask = 1<<63 - 1

func (t triple) with(r rune) triple { return (t<<21 | triple(r)) & tripleMask }

// triples says of each triple where in which languages' profiles it stands.
type triples struct {
	langs []whatlanggo.Lang
	at    map[triple][]profilePlace
}

type profilePlace struct{ lang, place uint16 }

var latinTriples = sync.OnceValue(func() *triples {
	x := &triples{at: make(map[triple][]profilePlace)}
	for lang := range latinProfiles {
		x.langs = append(x.langs, lang)
	}
	slices.Sort(x.langs)
	for l, lang := range x.langs {
		for place, s := range latinProfiles[lang] {
			if utf8.RuneCountInString(s) != 3 {
				continue // nothing can be found by it
			}
			var t triple
			for _, r := range s {
				t = t.with(r)
			}
			x.at[t] = append(x.at[t], profilePlace{uint16(l), uint16(place)})
		}
	}
	return x
})

func (x *triples) detect(s string) string {
	ranked := rankTriples(s)
	nearness := make([]int, len(x.langs))
	for rank, t := range ranked {
		for _, p := range x.at[t] {
			nearness[p.lang] += absent - max(rank-int(p.place), int(p.place)-rank)
		}
	}
	best, second := -1, -1
	for l := range nearness {
		switch {
		case best < 0 || nearness[l] > nearness[best]:
			best, second = l, best
		case second < 0 || nearness[l] > nearness[second]:
			second = l
		}
	}
	if !clearly(nearness[best], nearness[second], len(ranked)) {
		return ""
	}
	return x.langs[best].Iso6391()
}

// clearly is the detector's confidence held against what is asked of it: the
// lead over the next language, of which a short text must have more.
func clearly(first, second, n int) bool {
	switch {
	case first == 0:
		return false
	case second == 0:
		return first >= 500
	}
	lead := float64(first-second) / float64(second)
	whole := 12/float64(n) + 0.05
	return lead > whole || lead/whole >= sureDetected
}

// rankTriples lists the triples of a text, the most frequent first. Whatever
// is no letter parts words as a blank does, and no triple has two blanks
// running.
func rankTriples(s string) []triple {
	all := make([]triple, 0, len(s)+1)
	t := triple(0).with(' ')
	a, b, n := ' ', ' ', 0
	add := func(c rune) {
		if t = t.with(c); n > 0 && !(b == ' ' && (a == ' ' || c == ' ')) {
			all = append(all, t)
		}
		a, b = b, c
		n++
	}
	for _, r := range s {
		add(tripleLetter(r))
	}
	add(' ')
	slices.Sort(all)
	type counted struct {
		t triple
		n int
	}
	kinds := make([]counted, 0, len(all))
	for i, t := range all {
		if i > 0 && t == all[i-1] {
			kinds[len(kinds)-1].n++
		} else {
			kinds = append(kinds, counted{t, 1})
		}
	}
	slices.SortFunc(kinds, func(x, y counted) int { return cmp.Or(y.n-x.n, cmp.Compare(y.t, x.t)) })
	out := all[:0]
	for _, k := range kinds {
		out = append(out, k.t)
	}
	return out
}

func tripleLetter(r rune) rune {
	if unicode.IsLetter(r) {
		return unicode.ToLower(r)
	}
	if unicode.IsSymbol(r) || unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsDigit(r) {
		return ' '
	}
	return unicode.ToLower(r)
}
