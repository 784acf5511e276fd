package config

import (
	"slices"
	"strings"
)

// nearest returns the candidate that a misspelt word most likely means, or ""
// if none is near enough.
func nearest(word string, candidates []string) string {
	w := strings.ToLower(word)
	best, least := "", 1+min(len(w), 12)/4
	for _, c := range candidates {
		switch n := distance(w, strings.ToLower(c)); {
		case n < least, n == least && best == "":
			best, least = c, n
		}
	}
	if best == "" && len(w) >= 4 {
		i := slices.IndexFunc(candidates, func(c string) bool { return strings.HasPrefix(c, w) || strings.HasPrefix(w, c) && len(c) >= 4 })
		if i >= 0 {
			best = candidates[i]
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their
// neighbour to make a into b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if n := len(s) - len(t); n > 4 || n < -4 {
		return 99
	}
	before, prev, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(prev[j+1]+1, row[j]+1, prev[j]+cost)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(t)]
}

// quoteIfNeeded writes a text as a YAML scalar that reads back as itself.
func quoteIfNeeded(s string) string {
	if isPlain(s) {
		return s
	}
	return quote(s)
}

// quote writes a text in YAML double quotes.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case hidden(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isPlain reports whether a text can stand in YAML without quotes, in a list
// in brackets too, and is a text to every reader. It errs on the safe side.
func isPlain(s string) bool {
	if s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s, "\"'`#,[]{}&*!|>%@\\\n\r\t") ||
		strings.Contains(s, ": ") || strings.HasSuffix(s, ":") || strings.ContainsRune(s, '\u00a0') || strings.ContainsFunc(s, hidden) {
		return false
	}
	if strings.ContainsRune("-?:=~<.+0123456789", rune(s[0])) {
		return false
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return true
}
