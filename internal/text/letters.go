package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The codes under which text is compared. Every letter that rules and news
// are written in has a code of one byte, whatever its case and accents, so
// that an automaton over codes is as small for Ukrainian as for English.
// Letters of other scripts take two codes, the first of them in
// [codeOther, codeOther+8).
const (
	Soft   byte = 0 // between words, and a phrase may run across: blank, hyphen, quote, & and /
	Hard   byte = 1 // between words, and a phrase ends: full stop, comma, block
	Ignore byte = 2 // nothing at all: soft hyphen, zero-width mark, accent
	Dot    byte = 3 // the dot inside U.S. or 3.5, the apostrophe inside п'ять

	codeLatin    byte = 4                 // a-z
	codeDigit    byte = codeLatin + 26    // 0-9
	codeCyrillic byte = codeDigit + 10    // а-я, then the letters of other alphabets
	codeGreek    byte = codeCyrillic + 46 // α-ω without final sigma
	codeOther    byte = codeGreek + 24

	// Codes is one more than the greatest code.
	Codes = int(codeOther) + 8 + 64
)

// more are the Cyrillic letters beyond а-я.
const more = "іїєґўјљњђћџѕѓќ"

// letter is the fold of one rune: up to two codes.
type letter struct{ a, b byte }

// wide is the fold of the runes below tableEnd, low the same for one-code
// ASCII. They are computed once and never written again.
const tableEnd = 0x0590

var wide = buildLetters()

// extra is the fold of the accented letters of Vietnamese and old Greek, and of
// general punctuation.
const extraStart, extraEnd = 0x1E00, 0x2070

var extra = buildExtra()

func buildExtra() *[extraEnd - extraStart]letter {
	t := new([extraEnd - extraStart]letter)
	for i := range t {
		t[i] = foldLetter(extraStart + rune(i))
	}
	return t
}

func buildLetters() *[tableEnd]letter {
	t := new([tableEnd]letter)
	for r := range rune(tableEnd) {
		t[r] = foldLetter(r)
	}
	return t
}

// LetterOf returns the codes of a rune without its surroundings: see Step for
// the few characters (dot, apostrophe, line break) whose meaning depends on
// them. The second code is 0 where there is none.
func LetterOf(r rune) (a, b byte) {
	var l letter
	switch {
	case uint32(r) < tableEnd:
		l = wide[r]
	case extraStart <= r && r < extraEnd:
		l = extra[r-extraStart]
	default:
		l = foldLetter(r)
	}
	return l.a, l.b
}

func foldLetter(r rune) letter {
	switch {
	case r == '\n' || r == ' ' || r == '\t' || r == '\r' || r == 0xA0:
		return letter{a: Soft}
	case isHyphen(r) || isQuote(r) || r == '&' || r == '/':
		return letter{a: Soft}
	case isInvisible(r):
		return letter{a: Ignore}
	case r < 0x80 && !isAlnum(byte(r)):
		return letter{a: Hard}
	}
	switch r {
	case 'ß', 'ẞ':
		return letter{latin('s'), latin('s')}
	case 'æ', 'Æ':
		return letter{latin('a'), latin('e')}
	case 'œ', 'Œ':
		return letter{latin('o'), latin('e')}
	case 'þ', 'Þ':
		return letter{latin('t'), latin('h')}
	}
	if c := plainLetter(r); c != 0 {
		return letter{a: c}
	}
	if mayDecompose(r) {
		if l, ok := decomposed(r); ok {
			return l
		}
	}
	switch {
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
		return letter{a: Ignore}
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r):
		return other(r)
	case unicode.IsSpace(r):
		return letter{a: Soft}
	}
	return letter{a: Hard}
}

// mayDecompose reports the ranges in which letters with accents, ligatures and
// compatibility forms of Latin, Greek and Cyrillic letters and digits lie.
func mayDecompose(r rune) bool {
	return r >= 0x80 && r < tableEnd || 0x1D00 <= r && r < 0x2000 || 0x2070 <= r && r < 0x2190 ||
		0x2C60 <= r && r < 0x2C80 || 0xA640 <= r && r < 0xA800 || 0xFB00 <= r && r < 0xFB07 || 0xFF00 <= r && r < 0xFF60 ||
		0x1D400 <= r && r < 0x1D800
}

// decomposed folds a letter by its compatibility decomposition: é to e, ﬁ to
// f and i, fullwidth letters to plain ones.
func decomposed(r rune) (letter, bool) {
	if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
		return letter{}, false
	}
	var l letter
	n := 0
	for _, d := range norm.NFKD.String(string(r)) {
		if unicode.Is(unicode.Mn, d) {
			continue
		}
		c := plainLetter(d)
		if c == 0 {
			return letter{}, false
		}
		switch n {
		case 0:
			l.a = c
		case 1:
			l.b = c
		}
		n++
	}
	return l, n == 1 || n == 2
}

func latin(r rune) byte { return codeLatin + byte(r-'a') }

// plainLetter returns the code of a letter or digit that has one of its own,
// else 0.
func plainLetter(r rune) byte {
	switch {
	case 'a' <= r && r <= 'z':
		return latin(r)
	case 'A' <= r && r <= 'Z':
		return latin(r + 'a' - 'A')
	case '0' <= r && r <= '9':
		return codeDigit + byte(r-'0')
	case r < 0xC0:
		return 0
	}
	r = unicode.ToLower(r)
	switch r {
	case 'ё':
		r = 'е'
	case 'ς':
		r = 'σ'
	case 'ł':
		return latin('l')
	case 'ø':
		return latin('o')
	case 'đ', 'ð':
		return latin('d')
	case 'ı':
		return latin('i')
	case 'ħ':
		return latin('h')
	case 'ŧ':
		return latin('t')
	}
	switch {
	case 'а' <= r && r <= 'я':
		return codeCyrillic + byte(r-'а')
	case 'α' <= r && r <= 'σ':
		if r == 'σ' {
			return codeGreek + byte('ρ'-'α') + 1
		}
		return codeGreek + byte(r-'α')
	case 'τ' <= r && r <= 'ω':
		return codeGreek + byte(r-'α') - 1
	}
	if r >= 0x400 && r < 0x530 {
		k := byte(0)
		for _, m := range more {
			if m == r {
				return codeCyrillic + 32 + k
			}
			k++
		}
	}
	return 0
}

// other gives a letter without a code of its own two codes. They are a hash:
// two rare letters may share them, which a finder of such letters must check.
func other(r rune) letter {
	r = unicode.ToLower(r)
	switch r {
	case 'أ', 'إ', 'آ', 'ٱ':
		r = 'ا'
	case 'ى':
		r = 'ي'
	case 'ـ':
		return letter{a: Ignore}
	}
	h := uint32(r) * 2654435761
	return letter{codeOther + byte(h>>29), codeOther + 8 + byte(h>>20&63)}
}

// IsOther reports whether a code belongs to a letter without a code of its
// own.
func IsOther(code byte) bool { return code >= codeOther }

// ASCIIOf returns the small Latin letter or the digit that a code stands for.
func ASCIIOf(code byte) (b byte, ok bool) {
	switch {
	case codeLatin <= code && code < codeDigit:
		return 'a' + code - codeLatin, true
	case codeDigit <= code && code < codeCyrillic:
		return '0' + code - codeDigit, true
	}
	return 0, false
}

func isAlnum(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func isHyphen(r rune) bool {
	switch r {
	case '-', 0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xFE63, 0xFF0D:
		return true
	}
	return false
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', 'ʹ', '`', '´', '′', '‛', '＇':
		return true
	}
	return false
}

func isQuote(r rune) bool {
	switch r {
	case '"', '“', '”', '„', '‟', '«', '»', '‹', '›', '‚', '″', '＂':
		return true
	}
	return isApostrophe(r)
}

// isInvisible reports marks that a reader does not see and that may stand
// inside a word.
func isInvisible(r rune) bool {
	switch {
	case r < 0x20 && r != '\n' && r != '\t' && r != '\r':
		return true
	case r == 0x7F, r == 0xAD, r == 0x034F, r == 0x061C, r == 0x180E, r == 0xFEFF:
		return true
	case 0x80 <= r && r < 0xA0, 0x200B <= r && r <= 0x200F, 0x202A <= r && r <= 0x202E,
		0x2060 <= r && r <= 0x206F, 0xFE00 <= r && r <= 0xFE0F:
		return true
	}
	return false
}

// isolated reports scripts written without blanks: each letter is a word.
func isolated(r rune) bool {
	return r >= 0x0E00 && (r < 0x0F00 || 0x1000 <= r && r < 0x10A0 || 0x1780 <= r && r < 0x1800 ||
		0x2E80 <= r && r < 0xA4D0 && r != 0x3000 || 0xF900 <= r && r < 0xFB00 || 0x20000 <= r && r < 0x32000)
}

func decode(s string, i int) (rune, int) {
	if b := s[i]; b < utf8.RuneSelf {
		return rune(b), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}
