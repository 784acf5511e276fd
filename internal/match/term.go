package match

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// Term is a term line understood.
type Term struct {
	Text string // the words as written, without weight, count and condition
	Pos  news.Pos
	Len  int

	Title   bool // only in the title
	A       Operand
	B       *Operand // the other side of ~ or >
	Within  int
	Ordered bool

	Weight  float64
	AtLeast int
	With    []Operand
}

// Operand is a phrase or an entity.
type Operand struct {
	Text   string // as written, without = and @
	Entity bool
	Exact  bool
	Pos    news.Pos
	Len    int
}

// ParseTerm reads one term line. It returns every fault it finds; ok is false
// for a line without a usable term, among them blank lines and comments, which
// are no faults.
func ParseTerm(line Line) (t Term, faults []Fault, ok bool) {
	p := termParser{line: line}
	p.split(stripComment(line.Text))
	if len(p.words) == 0 {
		return t, nil, false
	}
	t = p.term()
	for _, f := range p.faults {
		ok = ok || f.Warning
	}
	return t, p.faults, ok || len(p.faults) == 0
}

// stripComment cuts a "//" at the start of a word and what follows. The "//"
// of an address is none.
func stripComment(s string) string {
	for i := 0; ; {
		j := strings.Index(s[i:], "//")
		if j < 0 {
			return s
		}
		i += j
		if i == 0 || s[i-1] == ' ' || s[i-1] == '\t' {
			return s[:i]
		}
		i += 2
	}
}

// token is a run of characters without blanks, and its column from 0.
type token struct {
	text string
	col  int
}

type termParser struct {
	line   Line
	words  []token
	faults []Fault
}

func (p *termParser) split(s string) {
	col, start, startCol := 0, -1, 0
	flush := func(end int) {
		if start >= 0 {
			p.words = append(p.words, token{s[start:end], startCol})
			start = -1
		}
	}
	for i, r := range s {
		if unicode.IsSpace(r) {
			flush(i)
		} else if start < 0 {
			start, startCol = i, col
		}
		col++
	}
	flush(len(s))
}

func (p *termParser) pos(col int) news.Pos {
	pos := p.line.Pos
	if pos.Line > 0 || pos.Col > 0 {
		pos.Col = max(pos.Col, 1) + col
	}
	return pos
}

func (p *termParser) fault(t token, fix, format string, args ...any) {
	p.faults = append(p.faults, Fault{Pos: p.pos(t.col), Len: utf8.RuneCountInString(t.text),
		Message: fmt.Sprintf(format, args...), Fix: fix})
}

func (p *termParser) warn(t token, fix, format string, args ...any) {
	p.fault(t, fix, format, args...)
	p.faults[len(p.faults)-1].Warning = true
}

// term reads the whole line: prefix, operands and operator, then weight, count
// and condition.
func (p *termParser) term() Term {
	t := Term{Weight: DefaultWeight, AtLeast: 1, Pos: p.pos(p.words[0].col)}
	words := p.prefix(&t)
	body, with := p.modifiers(&t, words)
	if len(body) == 0 {
		if len(p.faults) == 0 {
			at := p.words[0]
			p.fault(at, "Write the words to find first, as in: arms control ^4", "There are no words to find in this line")
		}
		return t
	}
	last := body[len(body)-1]
	t.Text = joined(body)
	if t.Title {
		t.Text = "title: " + t.Text
	}
	t.Len = last.col + utf8.RuneCountInString(last.text) - p.words[0].col
	p.operands(&t, body)
	t.With = p.condition(with)
	return t
}

// prefix reads "title:".
func (p *termParser) prefix(t *Term) []token {
	first := p.words[0]
	name, rest, found := strings.Cut(first.text, ":")
	if !found {
		return p.words
	}
	switch strings.ToLower(name) {
	case "title":
		t.Title = true
		if rest == "" {
			return p.words[1:]
		}
		out := append([]token{{rest, first.col + 6}}, p.words[1:]...)
		return out
	case "headline", "intitle", "in", "summary", "content", "lead", "body", "text":
		p.fault(token{name + ":", first.col}, "Only title: can stand before a term", "%q is not a place that a term can ask for", name+":")
	case "any", "all", "none", "unless", "with", "near", "threshold":
		p.fault(token{name + ":", first.col}, "Move it out of the block text, to the column of the other keys",
			"%q is a key of the topic, not a word to find", name+":")
	}
	return p.words
}

// modifiers takes ^weight, #count and the condition off the words.
func (p *termParser) modifiers(t *Term, words []token) (body, with []token) {
	weighted, counted := false, false
	for i, w := range words {
		modified := weighted || counted
		switch {
		case strings.HasPrefix(w.text, "^"):
			if weighted {
				p.fault(w, "Keep one of the two", "There is a second weight, %q, in the line", w.text)
			}
			p.weight(t, w)
			weighted = true
		case isCount(w.text):
			if counted {
				p.fault(w, "Keep one of the two", "There is a second count, %q, in the line", w.text)
			}
			p.count(t, w)
			counted = true
		case w.text == "with" && p.isCondition(words, i, modified):
			if i+1 == len(words) {
				p.fault(w, "Name the words after it: with treaty, warhead*", "There is nothing after “with”")
			}
			return body, words[i+1:]
		case modified:
			p.fault(w, "Put the weight after all the words: "+joined(append(slices.Clip(body), w))+" ^4",
				"%q comes after the weight or count", w.text)
		default:
			if k := strings.IndexAny(w.text, "^"); k > 0 {
				p.fault(w, "Put a blank before it: "+w.text[:k]+" "+w.text[k:], "The weight in %q runs into the word", w.text)
				continue
			}
			body = append(body, w)
		}
	}
	return body, nil
}

func isCount(w string) bool {
	return strings.HasPrefix(w, "#") && (len(w) == 1 || isDigit(w[1]))
}

// isCondition tells the condition "with" from the word: it is one after a
// weight or count, before a list with commas or an @entity, and after a single
// =word, @entity or word in capitals, which are hardly the start of a phrase.
func (p *termParser) isCondition(words []token, i int, modified bool) bool {
	if i == 0 {
		return false
	}
	rest, head := joined(words[i+1:]), words[0].text
	alone := i == 1 && (strings.HasPrefix(head, "=") || strings.HasPrefix(head, "@") || isCapitals(head))
	if modified || alone || strings.ContainsAny(rest, ",@") {
		return true
	}
	if strings.Contains(rest, "*") {
		p.warn(words[i], fmt.Sprintf("For a condition put the weight before it: %s ^2 with %s", joined(words[:i]), rest),
			"“with” is read as a word of the phrase here")
	}
	return false
}

func (p *termParser) weight(t *Term, w token) {
	n, err := strconv.ParseFloat(w.text[1:], 64)
	switch {
	case err != nil || n != n:
		p.fault(w, "Write a number right after the ^, as in ^4", "%q is not a weight", w.text)
	case n <= 0:
		p.fault(w, "Use unless: or none: to keep something out", "A weight must be greater than 0, and %q is not", w.text)
	case n > maxWeight:
		p.fault(w, "Weights from 1 to 10 are enough", "The weight %q is out of any measure", w.text)
	default:
		t.Weight = n
	}
}

func (p *termParser) count(t *Term, w token) {
	n, err := strconv.Atoi(w.text[1:])
	if err != nil || n < 1 || n > 1000 {
		p.fault(w, "Write how often it must occur, as in #3", "%q is not a count", w.text)
		return
	}
	t.AtLeast = n
}

// operands splits the words at ~N or >N.
func (p *termParser) operands(t *Term, body []token) {
	at := -1
	for i, w := range body {
		if (w.text[0] != '~' && w.text[0] != '>') || w.text == ">" && i == 0 {
			continue
		}
		if at >= 0 {
			p.fault(w, "Write two terms with one operator each, or use groups with near:", "There is a second %q in the line", w.text[:1])
			return
		}
		at = i
		n, err := strconv.Atoi(w.text[1:])
		if err != nil || n < 1 || n > maxWithin {
			fix := "Write how many words may lie between, as in ~6 or >6"
			if letters(w.text) == len(w.text)-1 && len(w.text) > 1 {
				fix += ": " + w.text[:1] + "6 " + w.text[1:]
			}
			p.fault(w, fix, "%q does not say within how many words", w.text)
			return
		}
		t.Within, t.Ordered = n, w.text[0] == '>'
	}
	if at < 0 {
		t.A = p.operand(body)
		return
	}
	if at == 0 || at == len(body)-1 {
		p.fault(body[at], "Write words on both sides: sanctions "+body[at].text+" Russia", "%q needs words on both sides", body[at].text)
		return
	}
	t.A = p.operand(body[:at])
	b := p.operand(body[at+1:])
	t.B = &b
}

// operand reads a phrase or an @entity.
func (p *termParser) operand(body []token) Operand {
	first, last := body[0], body[len(body)-1]
	o := Operand{Text: joined(body), Pos: p.pos(first.col),
		Len: last.col + utf8.RuneCountInString(last.text) - first.col}
	switch first.text[0] {
	case '@':
		o.Entity, o.Text = true, strings.TrimPrefix(first.text, "@")
		if o.Text == "" {
			p.fault(first, "Write the entity's name right after it: @nato", "There is no name after the @")
		}
		if len(body) > 1 {
			p.fault(body[1], "Write @"+o.Text+" ~6 "+joined(body[1:]), "An entity stands alone: %q cannot follow it in a phrase", joined(body[1:]))
		}
		return o
	case '=':
		o.Exact, o.Text = true, strings.TrimPrefix(o.Text, "=")
		body = append([]token{{strings.TrimPrefix(first.text, "="), first.col + 1}}, body[1:]...)
		if body[0].text == "" {
			p.fault(first, "Write the word right after it: =START", "There is no word after the =")
			return o
		}
	}
	for i, w := range body {
		p.word(w, i, len(body))
	}
	return o
}

// condition reads the list after "with".
func (p *termParser) condition(words []token) []Operand {
	var out []Operand
	var one []token
	flush := func() {
		if len(one) > 0 {
			out = append(out, p.operand(one))
		}
		one = nil
	}
	for _, w := range words {
		if isCount(w.text) || strings.HasPrefix(w.text, "^") {
			p.fault(w, "Put it before the with: … "+w.text+" with …", "%q stands in the list after “with”", w.text)
			continue
		}
		for piece, rest, more := w, "", true; more; {
			piece.text, rest, more = strings.Cut(piece.text, ",")
			if piece.text != "" {
				one = append(one, piece)
			}
			if more {
				flush()
				piece.col += utf8.RuneCountInString(piece.text) + 1
				piece.text = rest
			}
		}
	}
	flush()
	return out
}

func joined(words []token) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isCapitals reports a word of two letters or more, all of them capitals.
func isCapitals(w string) bool {
	n := 0
	for _, r := range w {
		if unicode.IsLetter(r) {
			if !unicode.IsUpper(r) {
				return false
			}
			n++
		}
	}
	return n > 1
}
