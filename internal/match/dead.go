package match

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// deadRules counts the changes of this package and of text.AppealRegions by
// which other parts of an item are no evidence.
const deadRules = 1

// BuiltInDead identifies what is built in of the rules for text that is no
// evidence: by the same one, and the same boilerplate lines of the editors, an
// item has the same dead parts.
func BuiltInDead() string { return deadBy(deadRules, text.AppealMarks()) }

func deadBy(rules int, marks []text.Mark) string {
	h := fnv.New32a()
	fmt.Fprintln(h, rules)
	for _, m := range marks {
		fmt.Fprintln(h, m.Lone, m.Phrase)
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// deadKind is how a pattern shows text that is no evidence.
type deadKind uint8

const (
	deadNo     deadKind = iota
	deadWeak            // a mark of an appeal that says nothing alone
	deadLone            // a mark that condemns its sentence
	deadCut             // cut_after: from here to the end
	deadBlock           // drop_blocks: the block around it
	deadPardon          // pardon: what is learned or taken for an appeal around it counts
)

// deadLine is an editor's boilerplate line.
type deadLine struct {
	text string
	pos  news.Pos
}

// boilerplate compiles the marks of appeals and the editors' own lines. They
// are patterns among the others, so that they cost no pass of their own.
func (c *compiler) boilerplate() {
	for _, m := range text.AppealMarks() {
		if c.faultsOnly {
			break
		}
		kind := deadWeak
		if m.Lone {
			kind = deadLone
		}
		c.deadPattern(Operand{Text: m.Phrase, Exact: true}, kind, nil)
	}
	for _, l := range c.rules.Boilerplate.CutAfter {
		c.deadLine("cut_after", l, deadCut)
	}
	for _, l := range c.rules.Boilerplate.DropBlocks {
		c.deadLine("drop_blocks", l, deadBlock)
	}
	for _, l := range c.rules.Boilerplate.Pardon {
		c.deadLine("pardon", l, deadPardon)
	}
}

func (c *compiler) deadLine(what string, l Line, kind deadKind) {
	words := stripComment(l.Text)
	if strings.TrimSpace(words) == "" {
		return
	}
	if n := letters(words); n < 6 {
		c.add(l.Pos, len(words), "Write the whole phrase that the publisher uses", "%s: %q is so short that it stands in news too", what, strings.TrimSpace(words))
		return
	}
	c.deadPattern(Operand{Text: longestPhrase(words), Exact: true}, kind, &deadLine{strings.TrimSpace(words), l.Pos})
}

// longestPhrase returns the longest piece of a publisher's sentence that a
// phrase can run across: the sentence may hold any sign, a pattern may not.
func longestPhrase(s string) (best string) {
	start, word := 0, 0
	for i := 0; i < len(s); {
		p := text.Step(s, i, word)
		if p.A == text.Hard {
			if piece := s[start:i]; letters(piece) > letters(best) {
				best = piece
			}
			start = p.Next
		}
		if p.A < text.Ignore {
			word = p.Next
		}
		i = p.Next
	}
	if piece := s[start:]; letters(piece) > letters(best) {
		best = piece
	}
	return best
}

func (c *compiler) deadPattern(o Operand, kind deadKind, line *deadLine) {
	s, _ := slots(o, "")
	if len(s) == 0 {
		return
	}
	p := &c.m.patterns[c.pattern(s, o)]
	if kind > p.dead {
		p.dead, p.line = kind, line
	}
}

// deadSpan is a part of a field that is no evidence.
type deadSpan struct {
	text.Range
	reason string
}

// deadSpans returns the dead parts of a field, computed once per item.
func (j *judge) deadSpans(f int) []deadSpan {
	fd := &j.fields[f]
	if fd.deadKnown {
		return fd.dead
	}
	fd.deadKnown = true
	fd.dead = fd.dead[:0]
	for _, b := range j.item.Boilerplate {
		if b.Field == news.Fields[f] && b.Start < b.End && !j.pardoned(fd, b.Start, b.End) {
			reason := cmp.Or(b.Reason, "boilerplate that recurs in the feed")
			fd.dead = append(fd.dead, deadSpan{text.Range{Start: b.Start, End: b.End}, reason})
		}
	}
	if !j.hasMarks {
		return fd.dead
	}
	var found []text.Found
	for i := fd.occ0; i < fd.occ1; i++ {
		o := &j.occ[i]
		at := text.Range{Start: int(o.start), End: int(o.end)}
		switch p := &j.m.patterns[o.pattern]; p.dead {
		case deadWeak, deadLone:
			found = append(found, text.Found{Range: at, Lone: p.dead == deadLone})
		case deadCut:
			fd.dead = append(fd.dead, deadSpan{text.Range{Start: at.Start, End: len(fd.text)}, "after cut_after “" + p.line.text + "”"})
		case deadBlock:
			fd.dead = append(fd.dead, deadSpan{blockAround(fd.text, at), "in a block with “" + p.line.text + "”"})
		}
	}
	for _, r := range text.AppealRegions(fd.text, found) {
		if !j.pardoned(fd, r.Start, r.End) {
			fd.dead = append(fd.dead, deadSpan{r, "in an appeal of the publisher"})
		}
	}
	slices.SortFunc(fd.dead, func(a, b deadSpan) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	return fd.dead
}

// pardoned reports whether a part of a field holds one of the editor's words
// under pardon.
func (j *judge) pardoned(fd *field, start, end int) bool {
	if !j.hasMarks {
		return false
	}
	for i := fd.occ0; i < fd.occ1; i++ {
		if o := &j.occ[i]; j.m.patterns[o.pattern].dead == deadPardon && int(o.start) >= start && int(o.end) <= end {
			return true
		}
	}
	return false
}

// blockAround returns the line or block that holds a range.
func blockAround(s string, r text.Range) text.Range {
	if i := strings.LastIndexByte(s[:r.Start], '\n'); i >= 0 {
		r.Start = i + 1
	} else {
		r.Start = 0
	}
	if i := strings.IndexByte(s[r.End:], '\n'); i >= 0 {
		r.End += i
	} else {
		r.End = len(s)
	}
	return r
}

// Dead returns the parts of an item that are no evidence: what recurs in the
// feed, appeals of the publisher, and what the rules cut. They are sorted by
// field and place and may overlap.
func (m *Matcher) Dead(it *news.Item) []news.Span {
	j := m.judge(it)
	defer m.pool.Put(j)
	return j.dead()
}

func (j *judge) dead() []news.Span {
	var out []news.Span
	for f := range j.fields {
		for _, d := range j.deadSpans(f) {
			out = append(out, news.Span{Field: news.Fields[f], Start: d.Start, End: d.End, Reason: d.reason})
		}
	}
	return out
}
