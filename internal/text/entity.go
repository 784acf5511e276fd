package text

import (
	"html"
	"strings"
	"unicode/utf8"
)

// entity handles the "&" at s[i] and returns where the text goes on.
func (w *writer) entity(s string, i int) int {
	body, end := entityAt(s, i)
	if body == "" {
		w.fill()
		w.b.WriteByte('&')
		return i + 1
	}
	// What comes out may be the start of another layer: "&lt;" begins a tag
	// and "&amp;" an entity that the next round reads.
	if body == "<" && (end < len(s) && (isLetter(s[end]) || s[end] == '/' || s[end] == '!')) ||
		body == "&" && end < len(s) && (isLetter(s[end]) || s[end] == '#') {
		w.again = true
	}
	for _, r := range body {
		w.rune(r, utf8.RuneLen(r))
	}
	return end
}

// entityAt decodes the character reference at s[i]. body is "" where there is
// none: "AT&T" and "Q&A" are text.
func entityAt(s string, i int) (body string, end int) {
	const longest = 34
	stop := min(len(s), i+longest)
	j := i + 1
	for j < stop && (isAlnum(s[j]) || s[j] == '#') {
		j++
	}
	closed := j < len(s) && s[j] == ';'
	if closed {
		switch s[i+1 : j] {
		case "amp":
			return "&", j + 1
		case "lt":
			return "<", j + 1
		case "gt":
			return ">", j + 1
		case "quot":
			return `"`, j + 1
		case "nbsp", "#160":
			return " ", j + 1
		case "apos", "#39", "#039", "#x27":
			return "'", j + 1
		}
		j++
	} else if !bare(s[i+1 : j]) {
		return "", 0
	}
	raw := s[i:j]
	out := html.UnescapeString(raw)
	if out == raw || strings.HasPrefix(out, "&") && !strings.HasPrefix(raw, "&amp") && !strings.HasPrefix(raw, "&#") {
		return "", 0
	}
	return out, j
}

// bare reports the references that are read without a semicolon too.
func bare(name string) bool {
	switch name {
	case "nbsp", "amp", "lt", "gt", "quot":
		return true
	}
	return len(name) > 2 && name[0] == '#'
}
