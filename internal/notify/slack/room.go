package slack

import (
	"regexp"
	"strings"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"
)

// linesMax is how many lines a reader takes in at a glance.
const linesMax = 9

// room is how many characters the parts of a message may have, and how many
// further outlets are named.
type room struct {
	excerpt, fresh, note, why, sources int
	also                               int
}

// rooms are tried in turn until a message is short enough: what tells least
// gives way first, the reason before what is new, and that before the excerpt.
var rooms = []room{
	{excerpt: 280, fresh: 300, note: 300, why: 240, sources: 160, also: 5},
	{excerpt: 280, fresh: 150, note: 300, why: 170, sources: 90, also: 5},
	{excerpt: 220, fresh: 150, note: 150, why: 86, sources: 60, also: 4},
	{excerpt: 150, fresh: 72, note: 150, why: 86, sources: 40, also: 3},
	{excerpt: 76, fresh: 72, note: 76, why: 86, sources: 30, also: 2},
}

// Characters of a line in a window of 640 pixels, and of one in small print.
const (
	wideLine  = 78
	smallLine = 92
)

// labelled are links and dates, of which a reader sees the words.
var labelled = regexp.MustCompile(`<[^|>]*\|([^>]*)>`)

// lines is how many lines a message takes; its buttons are none.
func lines(bs []slackapi.Block) (n int) {
	broken := func(words string, width int) int { return 1 + utf8.RuneCountInString(words)/width }
	for _, b := range bs {
		switch b := b.(type) {
		case *slackapi.RichTextBlock:
			for _, e := range b.Elements {
				switch e := e.(type) {
				case *slackapi.RichTextSection:
					n += broken(words(e.Elements), wideLine)
				case *slackapi.RichTextQuote:
					n += broken(words(e.Elements), wideLine)
				}
			}
		case *slackapi.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slackapi.TextBlockObject); ok {
					n += broken(labelled.ReplaceAllString(t.Text, "$1"), smallLine)
				}
			}
		}
	}
	return n
}

// words are what a reader sees of rich text.
func words(els []slackapi.RichTextSectionElement) string {
	var b strings.Builder
	for _, e := range els {
		switch e := e.(type) {
		case *slackapi.RichTextSectionTextElement:
			b.WriteString(e.Text)
		case *slackapi.RichTextSectionLinkElement:
			b.WriteString(e.Text)
		}
	}
	return b.String()
}
