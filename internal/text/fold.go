package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as it is compared: small letters without accents, ё as е, one
// kind of quote, apostrophe, hyphen and blank, and no invisible marks. й and ї
// stay letters of their own.
func Fold(s string) string {
	if folded(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if t := asciiFold[c]; t != 0 {
				b.WriteByte(t)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if code, next, ok := composed(s, i, r); ok {
			b.WriteRune(cyrillic(code))
			i = next
			continue
		}
		foldRune(&b, r)
	}
	return b.String()
}

var asciiFold = buildASCIIFold()

func buildASCIIFold() (t [utf8.RuneSelf]byte) {
	for c := range t {
		switch b := byte(c); {
		case 'A' <= b && b <= 'Z':
			t[c] = b + 'a' - 'A'
		case b == '\t' || b == '\r' || b == '\n':
			t[c] = ' '
		case b == '`':
			t[c] = '\''
		case b >= ' ' && b < 0x7F:
			t[c] = b
		}
	}
	return t
}

func folded(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || asciiFold[c] != c {
			return false
		}
	}
	return true
}

func foldRune(b *strings.Builder, r rune) {
	if r < tableEnd {
		if f := foldTable[r]; f >= 0 {
			if f > 0 {
				b.WriteRune(f)
			}
			return
		}
	}
	b.WriteString(foldSlow(r))
}

// foldTable holds the fold of the runes below tableEnd: a rune, 0 for nothing,
// -1 where the fold is longer than one rune.
var foldTable = buildFold()

func buildFold() *[tableEnd]rune {
	t := new([tableEnd]rune)
	for r := range rune(tableEnd) {
		f := foldSlow(r)
		switch n := utf8.RuneCountInString(f); n {
		case 0:
			t[r] = 0
		case 1:
			t[r], _ = utf8.DecodeRuneInString(f)
		default:
			t[r] = -1
		}
	}
	return t
}

func foldSlow(r rune) string {
	switch {
	case isApostrophe(r):
		return "'"
	case isQuote(r):
		return `"`
	case isHyphen(r):
		return "-"
	case isInvisible(r):
		return ""
	case unicode.IsSpace(r):
		return " "
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || r == 'ـ':
		return ""
	}
	a, c := LetterOf(r)
	if a > Dot && !IsOther(a) {
		out := string(letterOfCode(a))
		if c != 0 {
			out += string(letterOfCode(c))
		}
		return out
	}
	if a <= Dot {
		return string(r)
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		if !unicode.Is(unicode.Mn, d) {
			b.WriteRune(unicode.ToLower(d))
		}
	}
	return b.String()
}

// letterOfCode is the letter that a code stands for.
func letterOfCode(c byte) rune {
	switch {
	case c < codeDigit:
		return 'a' + rune(c-codeLatin)
	case c < codeCyrillic:
		return '0' + rune(c-codeDigit)
	case c < codeGreek:
		return cyrillic(c)
	}
	r := 'α' + rune(c-codeGreek)
	if r > 'ρ' {
		r++
	}
	return r
}

func cyrillic(c byte) rune {
	k := int(c - codeCyrillic)
	if k < 32 {
		return 'а' + rune(k)
	}
	return []rune(more)[k-32]
}

// foldWord folds one word, without the marks that a word may contain.
func foldWord(w string) string { return Fold(w) }
