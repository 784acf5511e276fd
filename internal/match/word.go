package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/text"
)

// minStem is how many letters a wildcard needs before it.
const minStem = 4

// word checks one word of a phrase for what editors mistype.
func (p *termParser) word(w token, i, n int) {
	s := w.text
	switch {
	case p.quotes(w), p.regex(w, i), p.logic(w, i, n), p.alien(w):
		return
	case strings.Contains(s, "*"):
		p.star(w)
	case strings.Contains(s, "?"):
		p.question(w)
	}
	p.punctuation(w, i, n)
}

func (p *termParser) quotes(w token) bool {
	for _, q := range []string{"“", "”", "„", "«", "»", `"`} {
		if strings.Contains(w.text, q) {
			kind := "quotation mark"
			if q != `"` {
				kind = "curly quotation mark"
			}
			p.fault(w, "Take the quotation marks away: words in a line are a phrase already", "%s has a %s, which is no letter to find", w.text, kind)
			return true
		}
	}
	for _, q := range []string{"’", "‘"} {
		if strings.HasPrefix(w.text, q) || strings.HasSuffix(w.text, q) {
			p.fault(w, "Take the quotation marks away: words in a line are a phrase already", "%s has a curly quotation mark at its edge", w.text)
			return true
		}
		if strings.Contains(w.text, q) {
			p.warn(w, "Nothing has to change; "+strings.ReplaceAll(w.text, q, "'")+" means the same", "%s is written with a curly apostrophe, which finds the straight one too", w.text)
		}
	}
	if len(w.text) > 1 && (w.text[0] == '\'' || w.text[len(w.text)-1] == '\'') {
		p.fault(w, "Take the quotation marks away: words in a line are a phrase already", "%s has a quotation mark at its edge", w.text)
		return true
	}
	return false
}

// regex reports the signs of a regular expression.
func (p *termParser) regex(w token, i int) bool {
	s := w.text
	signs := []string{"(?", "(i", "\\", "[", "]", ".*", ".+", "|", "$", "{", "}", ")?", ")*", "(", ")"}
	for _, sign := range signs {
		if !strings.Contains(s, sign) {
			continue
		}
		switch sign {
		case "|":
			p.fault(w, "Write each alternative in a line of its own", "“|” is no letter, and a term cannot have alternatives")
		case "(", ")":
			p.fault(w, "Take the brackets away, or write what is in them as a term of its own", "%s has a bracket, which ends a phrase", s)
		default:
			p.fault(w, "Write plain words; sanction* finds words that begin so, defen?e exactly one letter", "%s looks like a regular expression, and terms are plain words", s)
		}
		return true
	}
	if i == 0 && (strings.HasPrefix(s, "/") && len(s) > 1) {
		p.fault(w, "Write the words without slashes", "%s looks like a regular expression, and terms are plain words", s)
		return true
	}
	return false
}

// logic reports operators of other rule languages.
func (p *termParser) logic(w token, i, n int) bool {
	switch w.text {
	case "AND", "&&":
		if n > 1 {
			p.fault(w, "Use groups under all:, or words ~6 words for both close together", "%s is read as a word to find, not as an operator", w.text)
			return true
		}
	case "OR", "||":
		if n > 1 {
			p.fault(w, "Write each alternative in a line of its own", "%s is read as a word to find, not as an operator", w.text)
			return true
		}
	case "NOT":
		if n > 1 {
			p.fault(w, "Move the words that follow to unless: or none:", "NOT is read as a word to find, not as an operator")
			return true
		}
	case "-", "*":
		if i == 0 {
			p.fault(w, "Take the "+w.text+" away: a line of block text is a term already", "The line begins with a lone %s, as a YAML list would", w.text)
			return true
		}
	case "NEAR":
		if n > 2 {
			p.fault(w, "Write words ~6 words", "NEAR is read as a word to find, not as an operator")
			return true
		}
	}
	if i == 0 && (w.text[0] == '!' || w.text[0] == '-' && len(w.text) > 1) {
		p.fault(w, "Move "+w.text[1:]+" to unless: or none:", "A %q before a word does not keep it out", w.text[:1])
		return true
	}
	return false
}

// star checks a trailing wildcard.
func (p *termParser) star(w token) {
	stem := strings.TrimRight(w.text, "*")
	switch {
	case stem == "":
		p.fault(w, "Write at least four letters before it, as in sanction*", "A lone * would find every word")
	case strings.HasPrefix(w.text, "*"):
		p.fault(w, "Write the beginnings, or each word in a line of its own", "A * can only stand at the end of a word, and %s begins with one", w.text)
	case strings.Contains(stem, "*"):
		p.fault(w, "For one unknown letter write ?, as in defen?e", "A * can only stand at the end of a word, and %s has one inside", w.text)
	case letters(stem) < minStem:
		p.fault(w, "Write more letters, or each word in a line of its own", "%s would find too many words: a * needs at least four letters before it", w.text)
	case len(w.text)-len(stem) > 1:
		p.fault(w, "Write one *", "%s has more than one *", w.text)
	}
}

func (p *termParser) question(w token) {
	if letters(strings.ReplaceAll(w.text, "?", "")) < 3 {
		p.fault(w, "Write the words out, each in a line of its own", "%s would find too many words: a ? needs at least three letters beside it", w.text)
	}
}

// punctuation reports characters that end a phrase in text, so that a term
// with them inside could never be found.
func (p *termParser) punctuation(w token, i, n int) {
	s := w.text
	last := strings.TrimRight(s, ",;")
	if last != s {
		p.fault(w, "Write each term in a line of its own, without commas", "A comma or semicolon ends a phrase, and there is one in “%s”", s)
		return
	}
	if letters(s) == 0 && strings.Trim(s, "-&/–?*") != "" || letters(s) == 0 && n == 1 {
		p.fault(w, "Write a word", "%s has no letter or digit to find", s)
		return
	}
	start := 0
	for j := 0; j < len(s); {
		if s[j] == '?' || s[j] == '*' {
			j++
			continue
		}
		step := text.Step(s, j, start)
		if step.A == text.Hard && !(step.Next >= len(s) && i == n-1) {
			r, _ := utf8.DecodeRuneInString(s[j:])
			if strings.TrimLeft(s[:j], "#@$€£") == "" {
				p.warn(w, "Write it without the "+string(r), "The %q before the word is not looked for", r)
			} else {
				p.fault(w, "Write the parts as terms of their own, or join them with ~1", "%q ends a phrase in a text, so %s could never be found", r, s)
				return
			}
		}
		j = step.Next
	}
}

// alien reports letters of two scripts in one word, and words that look Latin
// but are not.
func (p *termParser) alien(w token) bool {
	var latin, cyrillic, greek int
	for _, r := range w.text {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Greek, r):
			greek++
		}
	}
	mixed := 0
	for _, n := range []int{latin, cyrillic, greek} {
		if n > 0 {
			mixed++
		}
	}
	if mixed < 2 {
		return false
	}
	col := w.col
	common := latin >= cyrillic+greek
	for _, r := range w.text {
		if isLatin := unicode.Is(unicode.Latin, r); unicode.IsLetter(r) && isLatin != common {
			script := "Latin"
			if unicode.Is(unicode.Cyrillic, r) {
				script = "Cyrillic"
			} else if unicode.Is(unicode.Greek, r) {
				script = "Greek"
			}
			p.fault(token{string(r), col}, "Type the word again on one keyboard", "The letter %c in %s is %s, and the others are not, so the word would never be found", r, w.text, script)
			return true
		}
		col++
	}
	return true
}

// letters counts letters and digits.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
