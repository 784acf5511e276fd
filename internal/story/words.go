package story

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/text"
)

// class says what kind of word a token is.
type class uint8

const (
	plain   class = iota
	name          // a capital where a capital says something
	number        // digits, or a number word
	ordinal       // 12th, or a number that tells one thing of a series from another
	gram          // a pair of letters of a script that writes no spaces
)

// token is one word of a text: its stem, hashed, and what was written.
type token struct {
	id     uint32
	class  class
	first  bool   // opens a sentence
	upper  bool   // starts with a capital
	text   string // as written
	stem   string
	joined bool // only a blank stands between it and the word before
}

// scanner cuts a field into tokens. Words inside dead spans are passed over.
type scanner struct {
	text  string
	dead  []span
	lang  string
	pos   int
	fresh bool // the next word opens a sentence
	last  int  // where the last word ended
	held  rune // the last rune of an unfinished pair in a script without spaces
	limit int  // tokens still wanted
}

// span is a half-open range of bytes.
type span struct{ start, end int }

func newScanner(s, lang string, dead []span, limit int) *scanner {
	return &scanner{text: s, dead: dead, lang: lang, fresh: true, limit: limit}
}

// next returns the next token, or false at the end of the text or the limit.
func (sc *scanner) next() (token, bool) {
	for sc.limit > 0 && sc.pos < len(sc.text) {
		r, n := utf8.DecodeRuneInString(sc.text[sc.pos:])
		if end := sc.deadUntil(); end > sc.pos {
			sc.pos, sc.fresh, sc.held = end, true, 0
			continue
		}
		switch {
		case unspaced(r):
			sc.pos += n
			if t, ok := sc.pair(r); ok {
				sc.limit--
				return t, true
			}
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			sc.held = 0
			t := sc.word()
			sc.limit--
			if t.stem == "" {
				continue
			}
			return t, true
		}
		sc.held = 0
		if strings.ContainsRune(".!?:\n\"“„«…", r) {
			sc.fresh = true
		}
		sc.pos += n
	}
	return token{}, false
}

func (sc *scanner) deadUntil() int {
	for _, d := range sc.dead {
		if d.start <= sc.pos && sc.pos < d.end {
			return min(d.end, len(sc.text))
		}
	}
	return 0
}

// pair makes a token of two neighbouring letters where words have no blanks
// between them.
func (sc *scanner) pair(r rune) (token, bool) {
	last := sc.held
	sc.held = r
	if last == 0 {
		return token{}, false
	}
	s := string([]rune{last, r})
	return token{id: hash(s), class: gram, text: s, stem: s}, true
}

// word reads one word or number. An apostrophe or a point between letters
// stays inside (U.S., Rosneft's), a comma or point between digits too.
func (sc *scanner) word() token {
	start := sc.pos
	digits := true
	for sc.pos < len(sc.text) {
		r, n := utf8.DecodeRuneInString(sc.text[sc.pos:])
		if unspaced(r) {
			break
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !invisible(r) {
			if !sc.inner(r, n, start) {
				break
			}
		} else if unicode.IsLetter(r) {
			digits = false
		}
		sc.pos += n
	}
	raw := sc.text[start:sc.pos]
	t := token{text: raw, first: sc.fresh, joined: start > 0 && sc.text[start-1] == ' ' && start == sc.last+1}
	sc.fresh, sc.last = false, sc.pos
	if digits {
		t.class, t.stem = number, plainNumber(raw)
	} else {
		first, _ := utf8.DecodeRuneInString(raw)
		t.upper = unicode.IsUpper(first)
		folded := fold(raw)
		if v, ord := numberWord(folded); v != "" {
			t.stem, t.class = v, number
			if ord {
				t.class = ordinal
			}
		} else {
			t.stem = stem(folded, sc.lang)
		}
	}
	t.id = hash(t.stem)
	return t
}

// inner tells whether the mark r at the present place joins two parts of one
// word.
func (sc *scanner) inner(r rune, n, start int) bool {
	if sc.pos == start || sc.pos+n >= len(sc.text) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(sc.text[:sc.pos])
	after, m := utf8.DecodeRuneInString(sc.text[sc.pos+n:])
	switch r {
	case '\'', '’', 'ʼ':
		return unicode.IsLetter(before) && unicode.IsLetter(after)
	case ',':
		return unicode.IsDigit(before) && unicode.IsDigit(after)
	case '.':
		if unicode.IsDigit(before) && unicode.IsDigit(after) {
			return true
		}
		// Only single letters: "U.S" but not "support.The".
		single := sc.pos == start+1 || (sc.pos >= start+2 && sc.text[sc.pos-2] == '.')
		rest, _ := utf8.DecodeRuneInString(sc.text[sc.pos+n+m:])
		return single && unicode.IsUpper(before) && unicode.IsUpper(after) && !unicode.IsLetter(rest)
	}
	return false
}

// rarity tells how much a token says. A pair of ideographs says about as much
// as a word; a pair of kana is mostly grammar.
func (t *token) rarity() float64 {
	if t.class != gram {
		return rarity(t.id)
	}
	n := 0
	for _, r := range t.stem {
		if unicode.Is(unicode.Hiragana, r) {
			n++
		}
	}
	return 5 - 2*float64(n)
}

// unspaced tells a letter of a script that writes words without blanks.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func invisible(r rune) bool {
	return r == 0xAD || (r >= 0x200B && r <= 0x200D) || r == 0x2060 || r == 0xFEFF
}

// fold makes words comparable. U.S. and US are one word.
func fold(s string) string { return strings.ReplaceAll(text.Fold(s), ".", "") }

// plainNumber writes a number without its thousands marks.
func plainNumber(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == ',' {
			return -1
		}
		if d := digit(r); d >= 0 {
			return '0' + d
		}
		return r
	}, s)
	if whole, frac, ok := strings.Cut(s, "."); ok && strings.Trim(frac, "0") == "" {
		s = whole
	}
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return "0"
}

// digit gives the value of a decimal digit of the common scripts, or -1.
func digit(r rune) rune {
	for _, zero := range [...]rune{'0', 0x0660, 0x06F0, 0x0966, 0xFF10} {
		if r >= zero && r <= zero+9 {
			return r - zero
		}
	}
	return -1
}

// numberWord reads English number words and ordinals as digits.
func numberWord(s string) (value string, ordinal bool) {
	if v, ok := cardinals[s]; ok {
		return v, false
	}
	if v, ok := ordinals[s]; ok {
		return v, true
	}
	if n := len(s); n > 2 && s[0] >= '0' && s[0] <= '9' {
		switch s[n-2:] {
		case "st", "nd", "rd", "th":
			if strings.Trim(s[:n-2], "0123456789") == "" {
				return s[:n-2], true
			}
		}
	}
	return "", false
}

var cardinals = map[string]string{
	"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
	"eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
	"thirteen": "13", "fourteen": "14", "fifteen": "15", "twenty": "20", "dozen": "12",
	"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
	"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70",
	"eighty": "80", "ninety": "90",
}

var ordinals = map[string]string{
	"second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6",
	"seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10", "eleventh": "11",
	"twelfth": "12", "thirteenth": "13", "fourteenth": "14", "fifteenth": "15",
	"sixteenth": "16", "seventeenth": "17", "eighteenth": "18", "nineteenth": "19",
	"twentieth": "20",
}

// hash is FNV-1a; with it a term needs no table of its own.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
