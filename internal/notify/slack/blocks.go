package slack

import (
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// blocks are a message in full. less takes away, step by step, what a reader
// misses least: the links of further reports, the excerpt, every link.
func blocks(d news.Delivery, buttons bool, less int, r room) []slackapi.Block {
	a := &d.Alert
	if a.Kind == news.KindDigest || a.Kind == news.KindOps {
		return listBlocks(d, less)
	}
	bs := []slackapi.Block{
		slackapi.NewRichTextBlock(blockID("h", d), slackapi.NewRichTextSection(headLine(a, less < 3)...)),
		contextBlock("s", d, sourceLine(a)),
	}
	if body := bodyOf(a, less < 2 && !dismissed(d), r); len(body) > 0 {
		bs = append(bs, slackapi.NewRichTextBlock(blockID("x", d), body...))
	}
	if lines := append(footer(a, less < 1, r), marks(d)...); len(lines) > 0 {
		bs = append(bs, contextBlock("a", d, lines...))
	}
	if buttons {
		bs = append(bs, buttonRow(d))
	}
	return bs
}

func headLine(a *news.Alert, links bool) []slackapi.RichTextSectionElement {
	var line []slackapi.RichTextSectionElement
	if a.Urgent {
		line = append(line, slackapi.NewRichTextSectionEmojiElement("red_circle", 0, nil), text(" "), bold("URGENT"), text(" "))
	}
	raw := a.URL
	if !links {
		raw = ""
	}
	line = append(line, linked(headline(a), raw, headlineMax, true))
	if a.Withdrawn {
		line[len(line)-1] = struck(headline(a), raw)
		line = append(line, bold(" WITHDRAWN"))
	}
	return append(line, call(a.Mention)...)
}

// sourceLine says who and when, and for which topics.
func sourceLine(a *news.Alert) string {
	var parts []string
	if by := name(a.Outlet, 80); by != "" {
		parts = append(parts, "*"+by+"*")
	}
	if a.At.IsZero() {
		parts = append(parts, "seen "+date(a.Seen))
	} else {
		parts = append(parts, date(a.At))
	}
	for _, t := range a.Topics[:min(len(a.Topics), 6)] {
		parts = append(parts, name(t, 40))
	}
	if more := len(a.Topics) - 6; more > 0 {
		parts = append(parts, fmt.Sprintf("+%d", more))
	}
	return strings.Join(parts, " · ")
}

// bodyOf is the excerpt with its matched words, what is new, and the note.
func bodyOf(a *news.Alert, withExcerpt bool, r room) []slackapi.RichTextElement {
	var body []slackapi.RichTextElement
	if quote := notify.Excerpt(a.Excerpt, r.excerpt); withExcerpt && len(quote) > 0 {
		var els []slackapi.RichTextSectionElement
		for _, s := range quote {
			if s.Hit {
				els = append(els, bold(s.Text))
			} else if s.Text != "" {
				els = append(els, text(s.Text))
			}
		}
		body = append(body, &slackapi.RichTextQuote{Type: slackapi.RTEQuote, Elements: els})
	}
	if fresh := clean(strings.Join(a.New, " · "), r.fresh); fresh != "" {
		body = append(body, slackapi.NewRichTextSection(bold("New: "), text(fresh)))
	}
	note := a.Note
	if a.Withdrawn { // its headline stands above, struck out
		note = strings.TrimSuffix(note, ", was: "+a.Headline)
	}
	if note = clean(note, r.note); note != "" {
		el := linked(note, a.NoteURL, r.note, false)
		body = append(body, slackapi.NewRichTextSection(el))
	}
	return body
}

// footer is who else has it, and why it is here.
func footer(a *news.Alert, links bool, r room) []string {
	var lines []string
	if len(a.Also) > 0 {
		lines = append(lines, also(a, links, r))
	}
	if why := name(strings.Join(a.Why, " · "), r.why); why != "" {
		lines = append(lines, "Why: "+why)
	}
	return lines
}

func also(a *news.Alert, links bool, rm room) string {
	var names []string
	seen := map[string]bool{}
	others := 0
	for _, r := range a.Also {
		label := name(r.Outlet, 40)
		if label == "" {
			label = "another outlet"
		}
		if seen[label] || len(names) == rm.also {
			if !seen[label] {
				others++
			}
			seen[label] = true
			continue
		}
		seen[label] = true
		if u, ok := cleanURL(r.URL); ok && links && len(escape(u)) <= 350 {
			label = "<" + escape(u) + "|" + label + ">"
		}
		if r.Copy {
			label += " (copy)"
		}
		names = append(names, label)
	}
	s := "Also: " + strings.Join(names, ", ")
	if others > 0 {
		s += fmt.Sprintf(" +%d", others)
	}
	if a.Count > 1 {
		s += fmt.Sprintf(" · %d reports", a.Count)
	}
	switch {
	case a.Sources != "":
		s += ", " + name(a.Sources, rm.sources)
	case a.Independent > 1:
		s += fmt.Sprintf(", %d independent", a.Independent)
	}
	return s
}

// listBlocks are a digest or a notice: a headline and a list, one line each.
func listBlocks(d news.Delivery, less int) []slackapi.Block {
	a := &d.Alert
	var head []slackapi.RichTextSectionElement
	if a.Kind == news.KindOps {
		head = append(head, slackapi.NewRichTextSectionEmojiElement("wrench", 0, nil), text(" "))
	}
	head = append(head, bold(headline(a)))
	most := []int{200, 140, 100, 80}[less]
	if a.Kind == news.KindOps {
		most = 400 - 80*less
	}
	rich := []slackapi.RichTextElement{slackapi.NewRichTextSection(append(head, call(a.Mention)...)...)}
	var items []slackapi.RichTextElement
	flush := func() {
		if len(items) > 0 {
			rich = append(rich, slackapi.NewRichTextList(slackapi.RTEListBullet, 0, items...))
			items = nil
		}
	}
	for _, l := range a.Lines {
		if l.Text == "" { // a heading
			if label := clean(l.Label, 80); label != "" {
				flush()
				rich = append(rich, slackapi.NewRichTextSection(bold(label)))
			}
			continue
		}
		var els []slackapi.RichTextSectionElement
		if label := clean(l.Label, 60); label != "" {
			els = append(els, text(label+": "))
		}
		raw := l.URL
		if less == 3 || less > 0 && len(raw) > 300 {
			raw = ""
		}
		items = append(items, slackapi.NewRichTextSection(append(els, linked(l.Text, raw, most, false))...))
	}
	flush()
	return []slackapi.Block{slackapi.NewRichTextBlock(blockID("d", d), rich...)}
}

// plainBlocks are the second form: a section of text and a context.
func plainBlocks(d news.Delivery) []slackapi.Block {
	a := &d.Alert
	if a.Kind == news.KindDigest || a.Kind == news.KindOps {
		return []slackapi.Block{section("p", d, clip(fallback(a), 2900))}
	}
	words := name(headline(a), headlineMax)
	if u, ok := cleanURL(a.URL); ok && len(escape(u)) <= 1200 {
		words = "<" + escape(u) + "|" + words + ">"
	}
	if a.Urgent {
		words = "*URGENT* " + words
	}
	return []slackapi.Block{section("p", d, words+callText(a.Mention)), contextBlock("s", d, sourceLine(a))}
}

// clip is shorten for less than the whole message.
func clip(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	s = string(rs[:n])
	if i := strings.LastIndexByte(s, ';'); i > 0 { // the end of a line or of an escape
		s = s[:i+1]
	}
	return s + " …"
}

func section(part string, d news.Delivery, mrkdwn string) slackapi.Block {
	return &slackapi.SectionBlock{Type: slackapi.MBTSection, BlockID: blockID(part, d), Text: markup(mrkdwn)}
}

func contextBlock(part string, d news.Delivery, lines ...string) slackapi.Block {
	els := make([]slackapi.MixedElement, len(lines))
	for i, l := range lines {
		els[i] = markup(l)
	}
	return slackapi.NewContextBlock(blockID(part, d), els...)
}

// markup is marked-up text in which nothing is linked by itself.
func markup(s string) *slackapi.TextBlockObject {
	return &slackapi.TextBlockObject{Type: slackapi.MarkdownType, Text: s, Verbatim: true}
}

func text(s string) slackapi.RichTextSectionElement {
	return slackapi.NewRichTextSectionTextElement(s, nil)
}

func bold(s string) slackapi.RichTextSectionElement {
	return slackapi.NewRichTextSectionTextElement(s, &slackapi.RichTextSectionTextStyle{Bold: true})
}

// struck is a headline that does not hold any more, with its link.
func struck(words, raw string) slackapi.RichTextSectionElement {
	style := &slackapi.RichTextSectionTextStyle{Strike: true}
	if u, ok := cleanURL(raw); ok {
		return slackapi.NewRichTextSectionLinkElement(u, words, style)
	}
	return slackapi.NewRichTextSectionTextElement(words, style)
}

// linked is words with a link, or without one if the address is not fit.
func linked(words, raw string, most int, strong bool) slackapi.RichTextSectionElement {
	var style *slackapi.RichTextSectionTextStyle
	if strong {
		style = &slackapi.RichTextSectionTextStyle{Bold: true}
	}
	words = clean(words, most)
	if words == "" {
		words = "(no headline)"
	}
	if u, ok := cleanURL(raw); ok {
		return slackapi.NewRichTextSectionLinkElement(u, words, style)
	}
	return slackapi.NewRichTextSectionTextElement(words, style)
}
