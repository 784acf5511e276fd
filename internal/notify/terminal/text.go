package terminal

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

func (p *page) style(code, s string) string {
	if !p.opt.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *page) bold(s string) string { return p.style("1", s) }
func (p *page) dim(s string) string  { return p.style("2", s) }
func (p *page) red(s string) string  { return p.style("1;31", s) }

func (p *page) line(s string) {
	p.WriteString(strings.TrimRight(s, " "))
	p.WriteByte('\n')
}

// wrap prints words in lines that fit, the first with one prefix and the
// others with another. A word that does not fit a line is broken.
func (p *page) wrap(first, rest, words string) {
	room := p.opt.Width - cells(first)
	line, used, prefix := "", 0, first
	flush := func() {
		p.line(prefix + line)
		line, used, prefix = "", 0, rest
		room = p.opt.Width - cells(rest)
	}
	for word := range strings.FieldsSeq(words) {
		n := cells(word)
		if used > 0 && used+1+n > room {
			flush()
		}
		for cells(word) > room {
			head := head(word, room)
			line = head
			flush()
			word = word[len(head):]
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += cells(word)
	}
	if used > 0 || prefix == first {
		flush()
	}
}

// fit cuts words to at most n cells.
func (p *page) fit(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	return strings.TrimRight(head(s, n-1), " ") + "…"
}

// head is as much of s as n cells hold, one character at least.
func head(s string, n int) string {
	used, escape := 0, false
	for i, r := range s {
		used += cell(r, &escape)
		if used > n && i > 0 {
			return s[:i]
		}
	}
	return s
}

// cells is how wide a terminal shows s: two cells for wide East Asian
// characters and emoji, none for marks, joiners and colour.
func cells(s string) int {
	n, escape := 0, false
	for _, r := range s {
		n += cell(r, &escape)
	}
	return n
}

func cell(r rune, escape *bool) int {
	switch {
	case *escape:
		*escape = r != 'm'
		return 0
	case r == 0x1b:
		*escape = true
		return 0
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r >= 0xFE00 && r <= 0xFE0F:
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
