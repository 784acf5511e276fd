package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// capsStyle is how a field uses capitals.
type capsStyle uint8

const (
	styleUnknown  capsStyle = iota
	styleSentence           // capitals tell names
	styleCapitals           // ALL CAPITALS: they tell nothing
	styleTitle              // Every Word Has One: they tell little
)

// styleOf works out a field's style when it is first asked for.
func (j *judge) styleOf(f int32) capsStyle {
	fd := &j.fields[f]
	if fd.style == styleUnknown {
		fd.style = readStyle(fd.text, news.Fields[f] == news.FieldTitle)
	}
	return fd.style
}

func readStyle(s string, title bool) capsStyle {
	upper, lower, words, small, big := 0, 0, 0, 0, 0
	n, first := 0, false // of the word that is running
	flush := func() {
		if n > 0 {
			words++
		}
		if n > 3 {
			if first {
				big++
			} else {
				small++
			}
		}
		n = 0
	}
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLetter(r):
			lower++
		default:
			if r != '\'' && r != '’' {
				flush()
			}
			continue
		}
		if n == 0 {
			first = unicode.IsUpper(r)
		}
		n++
	}
	flush()
	switch {
	case words > 1 && upper > 5 && upper > 8*lower:
		return styleCapitals
	case title && big > 2 && big > 5*small:
		return styleTitle
	}
	return styleSentence
}

// weak reports whether the place of an occurrence keeps its capitals from
// showing that a name is meant.
func (j *judge) weak(o *finding) bool {
	s := j.fields[o.field].text
	style := j.styleOf(o.field)
	if allCapitals(s[o.start:o.end]) {
		return style == styleCapitals || j.shouted(o)
	}
	return style != styleSentence || sentenceStart(s, int(o.start))
}

func allCapitals(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n > 1
}

// shouted reports whether the words around are in capitals too, as in a
// headline set in capitals within other text.
func (j *judge) shouted(o *finding) bool {
	s := j.fields[o.field].text
	capitals, plain := 0, 0
	look := func(start, end int) {
		w := strings.TrimFunc(s[start:end], func(r rune) bool { return !unicode.IsLetter(r) })
		switch {
		case utf8.RuneCountInString(w) < 3:
		case allCapitals(w):
			capitals++
		default:
			plain++
		}
	}
	j.blocks = readBlocks(j.blocks, s)
	last := -1 // the start of a word to look at
	for w := range allWords(j.blocks) {
		if last >= 0 {
			look(last, int(w.start))
			last = -1
		}
		if d := w.ord - o.w0; d >= -3 && w.ord <= o.w1+3 && (d < 0 || w.ord > o.w1) {
			last = int(w.start)
		}
	}
	if last >= 0 {
		look(last, len(s))
	}
	return capitals > 1 && plain == 0
}

// sentenceStart reports whether a place is where a sentence, a quotation, a
// line or the part of a headline after a colon begins.
func sentenceStart(s string, i int) bool {
	for i > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		switch r {
		case ' ', '\'', '’', '‘', '"', '“', '”', '„', '«', '(', '[', '—', '–', '-', '•', '|':
			i -= n
			continue
		case '.', '!', '?', ':', '\n', '…', ';', '/':
			return true
		}
		return false
	}
	return true
}

// agencyVerbs follow a name that acts. After one of them a capital at the
// start of a sentence is a name's: "Turkey says", not "Turkey sandwiches".
var agencyVerbs = wordSet(`says said vows vowed warns warned urges urged rejects rejected threatens threatened
	agrees agreed signs signed condemns condemned denies denied announces announced approves approved
	ratifies ratified blocks blocked vetoes vetoed demands demanded accuses accused invades invaded
	deploys deployed withdraws withdrew joins joined expels expelled recalls recalled suspends suspended
	imposes imposed lifts lifted bans banned summons summoned offers offered refuses refused insists insisted
	to will would has is seeks sought wants wanted plans planned hopes hosts hosted backs backed supports`)

func wordSet(s string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		out[w] = true
	}
	return out
}
