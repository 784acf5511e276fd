package match

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// capsKind is what a word's capitals ask of the text.
type capsKind uint8

const (
	capsFree  capsKind = iota // small letters only: any case
	capsMask                  // a capital must be a capital
	capsShort                 // two or three capitals: only so
	capsLong                  // four capitals or more: NATO and Nato
	capsExact                 // exactly as written
)

// wordCaps is the rule for one word of a term.
type wordCaps struct {
	kind  capsKind
	mask  uint64 // letters that must be capitals, first letter lowest
	exact string // the letters themselves
}

// capsOf reads the rule off a word as the editor wrote it.
func capsOf(word string, exact bool) wordCaps {
	var c wordCaps
	n, upper := 0, 0
	for _, r := range word {
		if !unicode.IsLetter(r) {
			continue
		}
		if unicode.IsUpper(r) {
			upper++
			if n < 64 {
				c.mask |= 1 << n
			}
		}
		n++
	}
	switch {
	case exact:
		c.kind, c.exact = capsExact, lettersOnly(word)
	case upper == 0:
		c.kind = capsFree
	case upper < n || n == 1:
		c.kind = capsMask
	case n <= 3:
		c.kind = capsShort
	default:
		c.kind = capsLong
	}
	return c
}

func lettersOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) && r >= 0x300 {
			return r
		}
		return -1
	}, s)
}

// meets reports whether a word of the text has the capitals that the rule
// asks for.
func (c *wordCaps) meets(word string) bool {
	switch c.kind {
	case capsFree:
		return true
	case capsExact:
		return sameLetters(word, c.exact)
	}
	n, upper, lower, first := 0, 0, 0, false
	for _, r := range word {
		if r < utf8.RuneSelf && !isAlpha(byte(r)) || r >= utf8.RuneSelf && !unicode.IsLetter(r) {
			continue
		}
		if unicode.IsUpper(r) {
			upper++
			first = first || n == 0
		} else {
			lower++
			if c.kind == capsMask && n < 64 && c.mask>>n&1 == 1 {
				return false
			}
		}
		n++
	}
	switch c.kind {
	case capsShort:
		return lower == 0
	case capsLong:
		return first && (lower == 0 || upper == 1)
	}
	return true
}

// sameLetters compares the letters of a word with those wanted.
func sameLetters(word, want string) bool {
	for _, r := range word {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !(unicode.Is(unicode.Mn, r) && r >= 0x300) {
			continue
		}
		w, n := utf8.DecodeRuneInString(want)
		if n == 0 || w != r {
			return false
		}
		want = want[n:]
	}
	return want == ""
}

func isAlpha(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

// asks reports whether any word of a term asks for a capital.
func asks(caps []wordCaps) bool {
	for _, c := range caps {
		if c.kind != capsFree {
			return true
		}
	}
	return false
}
