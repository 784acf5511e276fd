package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// word puts the library's message into an editor's words.
func (d *decoder) word(s *slip, le *yaml.LoadError) {
	l := d.src.line(s.line)
	here := d.rest(s.line, s.col)
	first := indent(l) + 1
	switch m := le.Message; {
	case strings.Contains(m, "unexpected end of stream"), strings.Contains(m, "document indicator"):
		s.message, s.fix = openQuoteMessage, openQuoteFix
		s.to = s.from
	case strings.Contains(m, "unknown escape"):
		s.message, s.fix = `\ has a meaning of its own in double quotes`, `write \\, or use single quotes`
	case strings.Contains(m, "without preceding whitespace"):
		word := firstWord(here)
		s.len = utf8.RuneCountInString(word)
		s.message, s.fix = "a text that begins with # needs quotes, or it is a comment", quote(word)
	case strings.Contains(m, "cannot start any token"):
		d.wordToken(s, here)
	case strings.Contains(m, "alphabetic or numeric character"), strings.Contains(m, "unknown anchor"):
		d.wordStar(s, l)
	case strings.Contains(m, "did not find expected") && d.wordHash(s):
	case strings.Contains(m, "expected ',' or"):
		d.wordFlow(s)
	case strings.Contains(m, "mapping values are not allowed"):
		d.wordColon(s, l, first)
	case strings.Contains(m, "could not find expected ':'"):
		s.len = utf8.RuneCountInString(strings.TrimRight(here, " "))
		s.to = max(s.from, s.to-1) // the line where it is noticed is the next one
		switch t := strings.TrimSpace(l); {
		case d.blockAbove(s.line) != "":
			key, depth := d.blockAbove(s.line), strings.Repeat(" ", indent(l)+2)
			s.message, s.fix = fmt.Sprintf("this line belongs to the text under %s: and must stand further right than it", key), depth+t
		case len(t) > 1 && t[0] == '-' && t[1] != ' ':
			s.message, s.fix = "there is no blank after the dash", "- "+t[1:]
		case noBlank.MatchString(t):
			s.message, s.fix = "there is no blank after the colon", strings.Replace(t, ":", ": ", 1)
		default:
			s.message, s.fix = "this line is neither a key with a colon nor an entry with a dash", d.likelyKey(l)
		}
	case strings.Contains(m, "did not find expected"):
		d.wordExpected(s, l, here, first)
	case strings.Contains(m, "depth"):
		s.message, s.fix = "this is nested too deeply to mean anything", "take the brackets out"
	default:
		s.message = "this is not valid YAML: " + m
	}
}

func (d *decoder) wordToken(s *slip, here string) {
	r, _ := utf8.DecodeRuneInString(here)
	word := strings.TrimRight(here, " ")
	s.len = utf8.RuneCountInString(firstWord(word))
	if r == '\t' {
		s.message, s.fix = "there is a tab here; YAML takes only blanks", strings.TrimSpace(word)
		return
	}
	text := word
	if strings.ContainsAny(d.before(s.line, s.col), "[{") {
		text = firstWord(word)
	}
	s.message, s.fix = fmt.Sprintf("a text that begins with %c needs quotes", r), quote(strings.Trim(text, "`"))
}

// wordStar finds the value that YAML takes for a reference, and is none.
func (d *decoder) wordStar(s *slip, l string) {
	value := strings.TrimSpace(l)
	for _, lead := range []string{": ", "- "} {
		if i := strings.Index(l, lead); i >= 0 && len(value) > len(l)-i-2 {
			value = strings.TrimSpace(l[i+2:])
			break
		}
	}
	if value != "" && (value[0] == '*' || value[0] == '&') {
		s.col = 1 + utf8.RuneCountInString(l[:strings.LastIndex(l, value)])
		s.len = utf8.RuneCountInString(value)
		s.fix = quote(value)
	}
	s.message = "a text that begins with * or & needs quotes"
}

// wordHash finds a text that begins with # inside brackets, which made a
// comment of it and of the closing bracket. It is false if there is none.
func (d *decoder) wordHash(s *slip) bool {
	for no := s.from; no <= s.to; no++ {
		l := d.src.line(no)
		for i := 1; i+1 < len(l); i++ {
			open := strings.Count(l[:i], "[")+strings.Count(l[:i], "{") > strings.Count(l[:i], "]")+strings.Count(l[:i], "}")
			if l[i] != '#' || !open && no == s.from || strings.IndexByte(" ,[{", l[i-1]) < 0 || l[i+1] == ' ' {
				continue
			}
			word := l[i : i+strings.IndexAny(l[i:]+" ", " ,]}")]
			s.line, s.col, s.len = no, 1+utf8.RuneCountInString(l[:i]), utf8.RuneCountInString(word)
			s.message, s.fix = "a text that begins with # needs quotes, or it and all after it is a comment", quote(word)
			s.to = s.line
			return true
		}
	}
	return false
}

// wordFlow speaks of a list in brackets that does not end.
func (d *decoder) wordFlow(s *slip) {
	open := firstRune(d.rest(s.line, s.col))
	closing := map[rune]string{'[': "]", '{': "}"}[open]
	s.message, s.fix = fmt.Sprintf("the %c that opens here is never closed, or a comma is missing after one of its parts", open), strings.TrimSpace(d.src.line(s.line))+closing
	s.len = 1
}

func (d *decoder) wordColon(s *slip, l string, first int) {
	if key, rest, ok := strings.Cut(strings.TrimSpace(l), ": "); ok && s.col > first+utf8.RuneCountInString(key)+1 {
		s.message, s.fix = "a second colon in one line: the text needs quotes", key+": "+quote(strings.TrimSpace(rest))
		s.col = first + utf8.RuneCountInString(key) + 2
		s.len = utf8.RuneCountInString(rest)
		return
	}
	s.col = max(first, 1)
	s.len = utf8.RuneCountInString(strings.TrimSpace(l))
	s.message, s.fix = "this line stands too far to the right: the line above has its value already", "move it left, under the key above"
}

func (d *decoder) wordExpected(s *slip, l, here string, first int) {
	if s.col > first && first > 0 {
		s.len = utf8.RuneCountInString(strings.TrimRight(here, " "))
		s.message, s.fix = "this stands behind a text that ended with its quote", "take the quotes away, or put the whole text into them"
		if lead, value, ok := strings.Cut(strings.TrimSpace(l), `"`); ok && lead != "" {
			s.fix = lead + quote(strings.ReplaceAll(value, `"`, ""))
		}
		return
	}
	s.col = max(first, 1)
	s.len = utf8.RuneCountInString(strings.TrimSpace(l))
	s.message, s.fix = "this line begins at a depth that fits none of the lines above it", "put it under the first letter of the line that it belongs with"
	switch t := strings.TrimSpace(l); {
	case len(t) > 1 && t[0] == '-' && t[1] != ' ':
		s.message, s.fix = "there is no blank after the dash", "- "+t[1:]
	case strings.HasPrefix(t, "-"):
		s.message = "this dash stands at a depth that fits none of the lines above it"
	}
}

var blockKey = regexp.MustCompile(`^ *(?:- +)*([^ :#]+): +[|>][-+0-9]*[ \t]*(?:#.*)?$`)

// blockAbove is the key of a block text that begins in the line above, if the
// line stands no further right than that key.
func (d *decoder) blockAbove(line int) string {
	for no := line - 1; no >= 1; no-- {
		l := d.src.line(no)
		if strings.TrimSpace(l) == "" {
			continue
		}
		if m := blockKey.FindStringSubmatch(l); m != nil && indent(d.src.line(line)) <= indent(l) {
			return m[1]
		}
		return ""
	}
	return ""
}

var noBlank = regexp.MustCompile(`^(- )?[a-z_]+:[^ ]`)

// likelyKey guesses the key in a line that lacks its colon.
func (d *decoder) likelyKey(l string) string {
	word := firstWord(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), "- ")))
	if word == "" || strings.ContainsAny(word, ":,") {
		return ""
	}
	return word + ": " + strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), word))
}

func firstWord(s string) string {
	return s[:strings.IndexAny(s+" ", " \t,]}")]
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
