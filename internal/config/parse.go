package config

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// maxRepairs bounds how many syntax faults of one file are looked for.
const maxRepairs = 100

// parse makes a tree of nodes from a text. Where YAML gives up, the fault is
// noted, the smallest block around it is left out, and the rest is tried
// again, so that one slip does not hide the next. nil means that nothing
// could be read.
func (d *decoder) parse(text string) *yaml.Node {
	lines := strings.Split(text, "\n")
	told := make(map[int]bool)
	for range maxRepairs {
		root, err := d.compose(strings.Join(lines, "\n"))
		if err == nil {
			return root
		}
		slip := d.blame(err, lines)
		if no := colonless(lines, slip.line); no > 0 {
			key := strings.TrimSpace(bareKey.FindStringSubmatch(lines[no-1])[1])
			d.fault(d.src.pos(no, 1+indent(lines[no-1])), len(key), plain, "there is no colon after "+strings.TrimPrefix(key, "- "), key+":")
			lines[no-1] = bareKey.ReplaceAllString(lines[no-1], "${1}:")
			continue
		}
		if !told[slip.line] {
			told[slip.line] = true
			d.fault(d.src.pos(slip.line, slip.col), slip.len, plain, slip.message, slip.fix)
		}
		if !d.leaveOut(lines, slip) {
			return nil
		}
	}
	return nil
}

// compose reads the one document that a file holds. A second one is a fault,
// not an error.
func (d *decoder) compose(text string) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	err = loader.Load(&second)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err == nil {
		line := max(second.Line, 1)
		d.fault(d.src.pos(line, 1), 0, plain, "a second document begins here, which would not be read", "take the line --- out, or put what follows into a file of its own under include:")
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
	}
	return doc.Content[0], nil
}

// slip is a syntax fault.
type slip struct {
	line, col, len int
	from, to       int // the lines (from 1, inclusive) that it may have spoilt
	message, fix   string
}

// blame turns the library's error into a fault at the place an editor would
// point at.
func (d *decoder) blame(err error, lines []string) slip {
	le, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return slip{line: 1, col: 1, len: 1, from: 1, to: len(lines), message: "this is not valid YAML: " + err.Error()}
	}
	last := len(lines)
	for last > 1 && strings.TrimSpace(lines[last-1]) == "" {
		last--
	}
	mark, context := le.Mark, le.ContextMark
	s := slip{line: mark.Line, col: max(mark.Column, 1), len: 1, message: le.Message}
	if s.line < 1 {
		s.line, s.col = max(context.Line, 1), max(context.Column, 1)
	}
	if strings.Contains(le.ContextMsg, "quoted scalar") || strings.Contains(le.ContextMsg, "simple key") ||
		strings.Contains(le.Message, "expected ',' or") || s.line > last {
		if context.Line > 0 {
			s.line, s.col = context.Line, max(context.Column, 1)
		}
	}
	s.line = min(s.line, last)
	if strings.Contains(le.ContextMsg, "flow node") {
		s.line, s.col = d.opener(s.line, s.col)
	}
	if le.Message == "did not find expected key" || strings.Contains(le.ContextMsg, "flow") {
		if no, col := d.openQuote(s.line, s.col); no > 0 {
			return slip{line: no, col: col, len: 1, from: no, to: no, message: openQuoteMessage, fix: openQuoteFix}
		}
	}
	s.from, s.to = s.line, min(max(s.line, mark.Line), last)
	d.word(&s, le)
	return s
}

var bareKey = regexp.MustCompile(`^( *(?:- )?[a-z_]+) *(?:#.*)?$`)

// colonless finds the key without a colon that a line is, or stands under; 0 if
// there is none.
func colonless(lines []string, line int) int {
	if isBareKey(lines[line-1]) {
		return line
	}
	depth := indent(lines[line-1])
	if strings.HasPrefix(strings.TrimSpace(lines[line-1]), "-") {
		depth++ // its key may stand right above it
	}
	for no := line - 1; no >= 1 && no > line-lookBack; no-- {
		in := indent(lines[no-1])
		if in < 0 || in >= depth {
			continue
		}
		if isBareKey(lines[no-1]) {
			return no
		}
		return 0
	}
	return 0
}

func isBareKey(l string) bool {
	m := bareKey.FindStringSubmatch(l)
	return m != nil && top.has(strings.TrimPrefix(strings.TrimSpace(m[1]), "- "))
}

const (
	openQuoteMessage = "the quote that opens here is never closed"
	openQuoteFix     = "close it, or write the text without quotes"

	lookBack = 200 // lines that are searched for the cause of a fault
)

// opener finds the bracket that is still open at a place: where it does not
// end is less telling than where it begins.
func (d *decoder) opener(line, col int) (int, int) {
	for no := line; no >= 1 && no > line-lookBack; no-- {
		l := d.src.line(no)
		if no == line {
			l = d.before(no, col)
		}
		if i := strings.Index(" "+l, " #"); i >= 0 {
			l = l[:max(0, i-1)]
		}
		var open []int
		for i := 0; i < len(l); i++ {
			switch l[i] {
			case '"', '\'':
				if end := closingQuote(l[i:]); end > 0 {
					i += end - 1
				}
			case '[', '{':
				open = append(open, i)
			case ']', '}':
				open = open[:max(0, len(open)-1)]
			}
		}
		if len(open) > 0 {
			return no, 1 + utf8.RuneCountInString(l[:open[0]])
		}
	}
	return line, col
}

// openQuote finds a value above whose quote is not closed on its line, where
// the place itself stands right behind a quote that seems to open: the two
// belong together, and all between them was swallowed.
func (d *decoder) openQuote(line, col int) (int, int) {
	before := strings.TrimRight(d.before(line, col), " ")
	if !strings.HasSuffix(before, `"`) || strings.Count(before, `"`)%2 == 0 {
		return 0, 0
	}
	for no := line - 1; no >= 1 && no > line-lookBack; no-- {
		l := d.src.line(no)
		for _, lead := range []string{`: "`, `- "`} {
			i := strings.Index(l, lead)
			if i >= 0 && closingQuote(l[i+2:]) == 0 && !d.src.blanked[no] {
				return no, 3 + utf8.RuneCountInString(l[:i])
			}
		}
	}
	return 0, 0
}

// leaveOut blanks the smallest block that holds the slip and has not been
// blanked yet. It is false when there is nothing left to leave out.
func (d *decoder) leaveOut(lines []string, s slip) bool {
	from := s.from
	for from > 1 && indent(lines[from-1]) < 0 {
		from--
	}
	if blank(lines, from, s.to) {
		from = parentOf(lines, from)
	}
	if from < 1 {
		return false
	}
	depth := indent(lines[from-1])
	to := from
	for to < len(lines) {
		if in := indent(lines[to]); to+1 > s.to && in >= 0 && in <= depth {
			break
		}
		to++
	}
	for i := from; i <= to; i++ {
		if strings.TrimSpace(lines[i-1]) != "" {
			d.src.blanked[i] = true
		}
		lines[i-1] = ""
	}
	return true
}

// blank reports whether lines from..to hold nothing any more.
func blank(lines []string, from, to int) bool {
	for i := from; i <= to; i++ {
		if strings.TrimSpace(lines[i-1]) != "" {
			return false
		}
	}
	return true
}

// parentOf finds the next line above that still holds something; 0 if none.
func parentOf(lines []string, from int) int {
	for from--; from >= 1 && indent(lines[from-1]) < 0; from-- {
	}
	return from
}
