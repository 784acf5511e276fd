package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is one step over a string: its codes and where the next step begins.
type Piece struct {
	A, B  byte // B is 0 where there is one code only
	Next  int
	Alone bool // the letter is a word by itself, as in Chinese
}

// Step reads the character at s[i]. word is where the word that runs up to i
// began, or i if no word is running. Step is the one place that knows what a
// character means in its surroundings:
//
//   - a dot inside U.S., e.g. or 3.5 belongs to the word, the dot after such
//     an abbreviation or after a title (Gen., St.) parts words softly, and any
//     other dot ends a phrase;
//   - an apostrophe between Cyrillic letters belongs to the word (об'єкт), any
//     other parts words softly (NATO's, l'Ukraine);
//   - one line break is a blank, an empty line ends a phrase;
//   - a web address is one hard break: nothing in it is a word.
func Step(s string, i, word int) Piece {
	switch b := s[i]; {
	case b == '.':
		return stepDot(s, i, word)
	case b == '\'':
		return stepApostrophe(s, i, word, 1)
	case b == '\n':
		return stepBreak(s, i)
	case b == ':':
		return stepColon(s, i, word)
	case b < utf8.RuneSelf:
		l := wide[b]
		return Piece{A: l.a, B: l.b, Next: i + 1}
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if isApostrophe(r) {
		return stepApostrophe(s, i, word, n)
	}
	a, b := LetterOf(r)
	if next, w, ok := composed(s, i+n, r); ok {
		return Piece{A: next, Next: w}
	}
	return Piece{A: a, B: b, Next: i + n, Alone: isolated(r) && a > Ignore}
}

// composed joins и with a following breve and і with a following diaeresis:
// й and ї are letters, not accents.
func composed(s string, i int, r rune) (code byte, next int, ok bool) {
	switch r {
	case 'и', 'И':
		if strings.HasPrefix(s[i:], "\u0306") {
			a, _ := LetterOf('й')
			return a, i + 2, true
		}
	case 'і', 'І':
		if strings.HasPrefix(s[i:], "\u0308") {
			a, _ := LetterOf('ї')
			return a, i + 2, true
		}
	}
	return 0, 0, false
}

func stepDot(s string, i, word int) Piece {
	if i == word {
		return Piece{A: Hard, Next: i + 1}
	}
	before, bn := utf8.DecodeLastRuneInString(s[:i])
	short := i-bn == word || i-bn > word && s[i-bn-1] == '.' // one letter before the dot
	if i+1 < len(s) {
		after, an := decode(s, i+1)
		if isDigit(before) && isDigit(after) {
			return Piece{A: Dot, Next: i + 1}
		}
		if short && unicode.IsLetter(before) && unicode.IsLetter(after) && !isolated(after) && !letterAt(s, i+1+an) {
			return Piece{A: Dot, Next: i + 1}
		}
	}
	switch {
	case short && unicode.IsUpper(before), softTitle(s[word:i]):
		return Piece{A: Soft, Next: i + 1}
	case strings.EqualFold(s[word:i], "www"):
		return Piece{A: Hard, Next: skipAddress(s, i)}
	}
	return Piece{A: Hard, Next: i + 1}
}

// softTitle reports abbreviations that stand before a name.
func softTitle(w string) bool {
	switch w {
	case "St", "Mr", "Mrs", "Ms", "Dr", "Gen", "Lt", "Col", "Adm", "Sgt", "Sen", "Rep", "Gov", "Prof", "им", "ім", "св":
		return true
	}
	return false
}

func stepApostrophe(s string, i, word, n int) Piece {
	if i > word && i+n < len(s) {
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := decode(s, i+n)
		if unicode.Is(unicode.Cyrillic, before) && unicode.Is(unicode.Cyrillic, after) {
			return Piece{A: Dot, Next: i + n}
		}
	}
	return Piece{A: Soft, Next: i + n}
}

func stepBreak(s string, i int) Piece {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case ' ', '\t', '\r':
		case '\n':
			return Piece{A: Hard, Next: j + 1}
		default:
			return Piece{A: Soft, Next: i + 1}
		}
	}
	return Piece{A: Soft, Next: i + 1}
}

func stepColon(s string, i, word int) Piece {
	if strings.HasPrefix(s[i:], "://") && i > word && i-word <= 6 && isAlnum(s[word]) {
		return Piece{A: Hard, Next: skipAddress(s, i)}
	}
	return Piece{A: Hard, Next: i + 1}
}

// skipAddress returns the end of the web address that runs through s[i].
func skipAddress(s string, i int) int {
	for i < len(s) {
		r, n := decode(s, i)
		if unicode.IsSpace(r) || r == '<' || r == '>' || r == '"' || r == '”' || r == '»' {
			break
		}
		i += n
	}
	return i
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func letterAt(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	r, _ := decode(s, i)
	return unicode.IsLetter(r)
}

// Words yields the words of s in order: the folded word, and where it stands
// in s. Words are maximal runs of letters and digits as Step sees them, so
// that "U.S." is the word "u.s" and "missile's" the words "missile" and "s".
func Words(s string) iter.Seq2[string, Range] {
	return func(yield func(string, Range) bool) {
		for i := 0; i < len(s); {
			r, next := nextWord(s, i)
			if r.End == r.Start {
				return
			}
			if !yield(foldWord(s[r.Start:r.End]), r) {
				return
			}
			i = next
		}
	}
}

// nextWord finds the first word at or after i.
func nextWord(s string, i int) (Range, int) {
	for i < len(s) {
		p := Step(s, i, i)
		if p.A > Ignore {
			break
		}
		i = p.Next
	}
	start, end := i, i
	for i < len(s) {
		p := Step(s, i, start)
		if p.Alone && i > start {
			break
		}
		if p.A < Ignore {
			i = p.Next // an address is left behind whole
			break
		}
		i = p.Next
		if p.A > Ignore {
			end = i
		}
		if p.Alone {
			break
		}
	}
	return Range{start, end}, i
}
