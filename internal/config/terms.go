package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// termField is the form of every term list.
var termField = &field{key: "", kind: "terms"}

// terms reads a list of terms: block text with one per line, a quoted text
// with \n between them, or a plain list. Each keeps the place where it stands.
func (d *decoder) terms(key, n *yaml.Node) []Line {
	if !d.usable(n) {
		return nil
	}
	var lines []Line
	before := len(*d.faults)
	switch {
	case n.Kind == yaml.MappingNode:
		d.notA(n, "terms", key.Value, "term")
		return nil
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			lines = append(lines, d.termsIn(item, item, true)...)
		}
	case isNull(n) && n.Value == "" && d.gap(key):
		return nil
	default:
		lines = d.termsIn(key, n, false)
	}
	if len(lines) == 0 && len(*d.faults) == before {
		s := absence
		if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
			s |= shape
		}
		d.faultAt(key, s, fmt.Sprintf("there are no terms under %s", key.Value), "write terms, one per line, or take the line out")
	}
	return lines
}

// termsIn reads the terms of one YAML text.
func (d *decoder) termsIn(key, n *yaml.Node, entry bool) []Line {
	if !d.usable(n) {
		return nil
	}
	f := *termField
	f.key = key.Value
	if entry {
		f.key = "- "
	}
	if n.Kind != yaml.ScalarNode {
		d.notTerm(n)
		return nil
	}
	if isNull(n) {
		d.null(key, n, &f)
		return nil
	}
	switch {
	case n.Style&yaml.FoldedStyle != 0:
		d.faultAt(n, plain, "> joins all lines to one term", key.Value+": |")
	case n.Style&yaml.LiteralStyle != 0:
		return d.blockTerms(n)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return d.quotedTerms(key, n, entry)
	default:
		return d.oneTerm(key, n, entry)
	}
	return nil
}

// notTerm reports a list entry that YAML does not read as a text.
func (d *decoder) notTerm(n *yaml.Node) {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		text := n.Content[0].Value + ": " + n.Content[1].Value
		d.faultAt(n, shape, "the colon makes this a key with a value, not a term", "- "+quote(text))
		return
	}
	d.faultAt(n, shape, "a term is one line of text", "- "+quote(strings.TrimSpace(d.rest(n.Line, n.Column))))
}

// blockTerms reads the lines of a block text from the file itself, where they
// stand below the |.
func (d *decoder) blockTerms(n *yaml.Node) []Line {
	var lines []Line
	for i, text := range strings.Split(n.Value, "\n") {
		no := n.Line + 1 + i
		raw := d.src.line(no)
		lead := len(raw) - len(strings.TrimLeft(raw, " \t"))
		if strings.TrimSpace(text) == "" {
			continue
		}
		t, ok := d.term(text, d.src.pos(no, lead+1), true)
		if ok {
			lines = append(lines, t)
		}
	}
	return lines
}

// quotedTerms finds where each term of "a\nb" begins.
func (d *decoder) quotedTerms(key, n *yaml.Node, entry bool) []Line {
	rest := d.rest(n.Line, n.Column)
	end := 0
	if rest != "" {
		end = closingQuote(rest)
	}
	if end == 0 {
		d.faultAt(n, plain, "a text in quotes goes on in the next line, which joins the lines to one term", key.Value+": |")
		return nil
	}
	if n.Value == "" {
		d.faultAt(n, shape, "the term is empty", "fill it, or take it out")
		return nil
	}
	var lines []Line
	col, begin := n.Column+1, n.Column+1
	texts := strings.Split(n.Value, "\n")
	next := func() {
		if len(texts) == 0 {
			return
		}
		text := texts[0]
		texts = texts[1:]
		lead := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " "))
		if strings.TrimSpace(text) == "" {
			return // an empty line says nothing, as in block text
		}
		if t, ok := d.term(text, d.src.pos(n.Line, begin+lead), false); ok {
			lines = append(lines, t)
		}
	}
	body := rest[1 : end-1]
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRuneInString(body[i:])
		step := 1
		if r == '\\' && i+1 < len(body) {
			_, esc := utf8.DecodeRuneInString(body[i+1:])
			size, step = size+esc, 2
		}
		col += step
		i += size
		if r == '\\' && size == 2 && body[i-1] == 'n' {
			next()
			begin = col
		}
	}
	next()
	return lines
}

// oneTerm reads a text without escapes: exactly one term.
func (d *decoder) oneTerm(key, n *yaml.Node, entry bool) []Line {
	f := *termField
	f.key = key.Value
	rest := d.rest(n.Line, n.Column)
	quoted := n.Style&yaml.SingleQuotedStyle != 0
	whole := strings.HasPrefix(rest, n.Value)
	if quoted {
		whole = rest != "" && closingQuote(rest) > 0
	}
	switch {
	case n.Value == "":
		d.faultAt(n, shape, "the term is empty", "fill it, or take it out")
		return nil
	case !whole && entry:
		d.faultAt(n, plain, "this term goes on in the next line, which YAML joins to it; one of the lines lacks its dash", "- "+strings.TrimSpace(d.src.line(n.Line+1)))
		return nil
	case !whole:
		d.faultAt(n, plain, "these lines are read as one single term, because there is no | after the colon", key.Value+": |")
		return nil
	case strings.Contains(n.Value, `\n`):
		d.faultAt(n, plain, `\n parts terms only inside double quotes`, quote(strings.ReplaceAll(n.Value, `\n`, "\n")))
		return nil
	case !quoted && !d.asMeant(n, &f):
		return nil
	}
	pos := d.at(n)
	if quoted {
		pos.Col++
	}
	if t, ok := d.term(n.Value, pos, false); ok {
		return []Line{t}
	}
	return nil
}

// strayKey is a line of a block text that was surely meant as a key.
var strayKey = regexp.MustCompile(`^(any|unless|none|threshold|channels?|urgency|mode|all|near|sources|name|[a-z]{2}):( *[|>]?$| )`)

// term takes the comment off one line and refuses what can never be meant. It
// is not ok for lines that hold no term.
func (d *decoder) term(text string, pos Pos, block bool) (Line, bool) {
	text = strings.TrimSpace(cutComment(text))
	if text == "" {
		return Line{}, false
	}
	length := utf8.RuneCountInString(text)
	bad := func(message, fix string) (Line, bool) {
		d.fault(pos, length, plain, message, fix)
		return Line{}, false
	}
	switch {
	case strings.ContainsRune(text, '\u00a0') || strings.ContainsRune(text, '\u200b'):
		r := strings.NewReplacer("\u00a0", " ", "\u200b", "")
		return bad("there is a no-break space or an invisible mark in this term", r.Replace(text))
	case strings.ContainsRune(text, '\t'):
		return bad("there is a tab in this term", strings.Join(strings.Fields(text), " "))
	case strings.ContainsFunc(text, hidden):
		return bad("there is an invisible character in this term", "write it again by hand")
	case strings.ContainsAny(text, "“”„‟«»"):
		return bad("there are curly quotes in this term, so it would never be found", strings.NewReplacer("“", "", "”", "", "„", "", "‟", "", "«", "", "»", "").Replace(text))
	case block && strings.HasPrefix(text, "- "):
		return bad("lines of a block text have no dash; it would be part of the term", text[2:])
	case block && text[0] == '#' && (len(text) == 1 || text[1] == ' '):
		return bad("in a block text # is no comment; // is", "// "+strings.TrimLeft(text[1:], " "))
	case text[0] == '"' && (block || strings.Count(text, `"`) == 2):
		return bad("the quotes would be part of the term", strings.ReplaceAll(text, `"`, ""))
	case block && strayKey.MatchString(text) && !(text[2] == ':' && !isLang(text[:2])):
		key, _, _ := strings.Cut(text, ":")
		return bad(fmt.Sprintf("this line is read as a term, not as the key %s: it stands too far to the right", key), "move it left, under the key above")
	}
	return Line{Text: text, Pos: pos}, true
}

// cutComment takes off what follows //, at the start or after a blank: the //
// of an address stays.
func cutComment(s string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], "//")
		if i < 0 {
			return s
		}
		i += from
		if i == 0 || s[i-1] == ' ' || s[i-1] == '\t' {
			return s[:i]
		}
		from = i + 2
	}
}
