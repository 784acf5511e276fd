package fakeslack

import (
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

// Measure is what a reader has to take in of a message.
type Measure struct {
	Blocks  int
	Lines   int // as they break in a window of 640 pixels; the buttons are none
	Primary int // buttons that stand out
	Label   int // characters of the longest label of a button or choice
}

// Characters of a line, and of one in small print.
const (
	wideLine  = 78
	smallLine = 92
)

var linkWords = regexp.MustCompile(`<[^|>]*\|([^>]*)>`)

// MeasureBlocks measures a message by its blocks.
func MeasureBlocks(blocks []byte) (Measure, error) {
	var bs []object
	if err := json.Unmarshal(blocks, &bs); err != nil {
		return Measure{}, err
	}
	m := Measure{Blocks: len(bs)}
	for _, b := range bs {
		for _, e := range b.list("elements") {
			if b.str("type") == "actions" {
				m.button(e)
				continue
			}
			words, width := e.str("text"), smallLine
			for _, x := range e.list("elements") {
				words, width = words+x.str("text"), wideLine
			}
			words = linkWords.ReplaceAllString(words, "$1")
			m.Lines += 1 + utf8.RuneCountInString(words)/width
		}
	}
	return m, nil
}

func (m *Measure) button(e object) {
	if e.str("style") == "primary" {
		m.Primary++
	}
	for _, o := range append(e.list("options"), e) {
		label, _ := o["text"].(map[string]any)
		words, _ := label["text"].(string)
		m.Label = max(m.Label, utf8.RuneCountInString(words))
	}
}
