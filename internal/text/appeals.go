package text

import (
	"cmp"
	"slices"
	"strings"
)

// A Mark is a phrase that publishers use to ask for money, attention or
// consent, in folded words. Marks are what Appeals stands on; a caller with a
// finder of its own looks for them itself and hands what it found to
// AppealRegions.
type Mark struct {
	Phrase string
	Lone   bool // enough by itself to condemn its sentence
}

// AppealMarks returns the built-in marks. They are phrases of the genre, in
// the languages of the watched press, and name no outlet.
func AppealMarks() []Mark {
	out := make([]Mark, 0, 200)
	for l := range strings.Lines(loneMarks) {
		out = append(out, Mark{Phrase: strings.TrimSpace(l), Lone: true})
	}
	for l := range strings.Lines(weakMarks) {
		out = append(out, Mark{Phrase: strings.TrimSpace(l)})
	}
	return slices.DeleteFunc(out, func(m Mark) bool { return m.Phrase == "" })
}

// Appeals returns the parts of s in which the publisher speaks of itself:
// donation appeals, newsletter and subscription lines, cookie notices. The
// ranges are sorted and do not touch.
func Appeals(s string) []Range {
	var found []Found
	found = append(found, appealIndex.find(s)...)
	return AppealRegions(s, found)
}

// Found is a mark at a place.
type Found struct {
	Range
	Lone bool
}

// The reach of one appeal: marks closer than this belong to one appeal, and
// what stands between them is part of it.
const appealReach = 800

// AppealRegions turns marks found in s into the parts of s that are appeals.
// A lone mark condemns its own sentence. Marks that stand close together
// condemn everything from the first one's sentence to the end of the last
// one's, since an appeal goes on between its set phrases with words that look
// like news.
func AppealRegions(s string, found []Found) []Range {
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b Found) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	var out []Range
	add := func(r Range) {
		if n := len(out); n > 0 && r.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, r.End)
			return
		}
		out = append(out, r)
	}
	for i := 0; i < len(found); {
		j, lone := i, found[i].Lone
		for j+1 < len(found) && found[j+1].Start-found[j].End <= appealReach {
			j++
			lone = lone || found[j].Lone
		}
		switch {
		case j > i && lone:
			add(Range{sentenceStart(s, found[i].Start), sentenceEnd(s, found[j].End)})
		case lone:
			add(Range{sentenceStart(s, found[i].Start), sentenceEnd(s, found[i].End)})
		}
		i = j + 1
	}
	return out
}

// sentenceStart returns where the sentence that holds s[i] begins: after the
// last line break or full stop before it.
func sentenceStart(s string, i int) int {
	for j := i; j > 0; j-- {
		if s[j-1] == '\n' || isStop(s, j-1) {
			for j < i && (s[j] == ' ' || s[j] == '\n') {
				j++
			}
			return j
		}
	}
	return 0
}

// sentenceEnd returns the end of the sentence that holds s[i-1].
func sentenceEnd(s string, i int) int {
	for j := max(i-1, 0); j < len(s); j++ {
		if s[j] == '\n' {
			return j
		}
		if isStop(s, j) {
			return j + 1
		}
	}
	return len(s)
}

// isStop reports whether s[j] ends a sentence: a stop after a word of two
// letters or more, with white space, a quote, a capital or nothing behind it.
// The blank may be missing, as it is where a publisher glues an appeal to the
// text that follows.
func isStop(s string, j int) bool {
	switch s[j] {
	case '!', '?':
	case '.':
		if j < 2 || !inWord(s[j-1]) || !inWord(s[j-2]) || softTitle(lastWord(s, j)) {
			return false
		}
	default:
		return false
	}
	if j+1 >= len(s) {
		return true
	}
	c := s[j+1]
	return c <= ' ' || 'A' <= c && c <= 'Z' || c == '"' || c == ')' || c == '\'' || c >= 0xC3
}

func inWord(c byte) bool { return isAlnum(c) || c >= 0x80 || c == '\'' || c == ')' || c == '"' }

// lastWord returns the word that ends at s[j].
func lastWord(s string, j int) string {
	i := j
	for i > 0 && j-i < 6 && isLetter(s[i-1]) {
		i--
	}
	return s[i:j]
}

// phraseIndex finds phrases by their first word.
type phraseIndex map[string][]phrase

type phrase struct {
	words []string
	lone  bool
}

var appealIndex = buildAppealIndex()

func buildAppealIndex() phraseIndex {
	x := phraseIndex{}
	for _, m := range AppealMarks() {
		var p phrase
		for w := range Words(m.Phrase) {
			p.words = append(p.words, w)
		}
		p.lone = m.Lone
		x[p.words[0]] = append(x[p.words[0]], p)
	}
	return x
}

func (x phraseIndex) find(s string) []Found {
	type word struct {
		text string
		at   Range
	}
	var words []word
	for w, at := range Words(s) {
		words = append(words, word{w, at})
	}
	var out []Found
	for i, w := range words {
	phrases:
		for _, p := range x[w.text] {
			if i+len(p.words) > len(words) {
				continue
			}
			for k, pw := range p.words[1:] {
				if words[i+1+k].text != pw {
					continue phrases
				}
			}
			out = append(out, Found{Range{w.at.Start, words[i+len(p.words)-1].at.End}, p.lone})
		}
	}
	return out
}
