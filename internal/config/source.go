package config

import (
	"strings"
	"unicode/utf8"
)

// bom is the invisible mark that some editors put before the first line.
const bom = "\ufeff"

// source is the text of one file as it was read.
type source struct {
	name  string
	text  string
	lines []string // without their ends
	// blanked marks lines (from 1) that the parser could not make sense of and
	// that were left out so that the rest could be read.
	blanked map[int]bool
}

func newSource(name string, text []byte) *source {
	s := &source{name: name, text: string(text), blanked: make(map[int]bool)}
	s.lines = strings.Split(strings.TrimPrefix(s.text, bom), "\n")
	for i, l := range s.lines {
		s.lines[i] = strings.TrimSuffix(l, "\r")
	}
	return s
}

// line returns line n, counted from 1; "" outside the file.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// rest returns what stands on a line from a column on, both counted from 1.
func (s *source) rest(line, col int) string {
	l := s.line(line)
	return l[offsetOf(l, 1, 0, col):]
}

// before returns what stands on a line left of a column.
func (s *source) before(line, col int) string {
	l := s.line(line)
	return l[:offsetOf(l, 1, 0, col)]
}

// offsetOf counts on from a known column and its offset to another column.
func offsetOf(l string, at, offset, col int) int {
	for ; at < col && offset < len(l); at++ {
		_, n := utf8.DecodeRuneInString(l[offset:])
		offset += n
	}
	return offset
}

func (s *source) pos(line, col int) Pos { return Pos{File: s.name, Line: line, Col: col} }

// extent guesses how many code points the word or value at a place has, for
// the caret line: a quoted string, a key, or a value up to its comment.
func (s *source) extent(line, col int) int {
	r := s.rest(line, col)
	if r == "" {
		return 1
	}
	if r[0] == '"' || r[0] == '\'' {
		if end := closingQuote(r); end > 0 {
			return utf8.RuneCountInString(r[:end])
		}
	}
	if i := strings.Index(r, " #"); i > 0 {
		r = r[:i]
	}
	if i := strings.Index(r+" ", ": "); i > 0 {
		r = r[:i]
	}
	if strings.ContainsAny(s.before(line, col), "[{") {
		if i := strings.IndexAny(r, ",]}"); i > 0 {
			r = r[:i]
		}
	}
	return max(1, utf8.RuneCountInString(strings.TrimRight(r, " \t")))
}

// closingQuote returns the offset after the quote that closes the one at the
// start of s, or 0 if none does.
func closingQuote(s string) int {
	q := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case q == '"' && s[i] == '\\':
			i++
		case q == '\'' && strings.HasPrefix(s[i:], "''"):
			i++
		case s[i] == q:
			return i + 1
		}
	}
	return 0
}

// indent counts the blanks at the start of a line; -1 for a line that holds
// nothing or only a comment.
func indent(l string) int {
	t := strings.TrimLeft(l, " ")
	if t == "" || t[0] == '#' {
		return -1
	}
	return len(l) - len(t)
}
