package desk

import (
	"slices"
	"strings"
	"unicode"

	"github.com/watcherd/watcherd/internal/news"
)

// excerpt cuts the text at the place with the most matched words and marks
// them. The title is shown as the headline already, so the text is preferred;
// a text without hits gives its beginning.
func excerpt(it *news.Item, hits []news.Hit) []news.Segment {
	field := densest(it, hits)
	if field == "" {
		return nil
	}
	text := []rune(it.Text(field))
	spans := fieldSpans(hits, field, len(text))
	from, to := window(text, spans)
	return segments(text, spans, from, to)
}

// densest picks the summary or the content: the one with more hits, the
// summary in a tie, and the first that has any text if neither was hit.
func densest(it *news.Item, hits []news.Hit) news.Field {
	n := make(map[news.Field]int)
	for _, h := range hits {
		n[h.Field]++
	}
	switch {
	case it.Summary != "" && (n[news.FieldSummary] > 0 || it.Content == ""):
		return news.FieldSummary
	case it.Content != "" && (n[news.FieldContent] > 0 || it.Summary == ""):
		return news.FieldContent
	case it.Summary != "":
		return news.FieldSummary
	}
	return ""
}

type runeSpan struct{ start, end int }

// fieldSpans are the hits in one field, sorted, overlaps joined.
func fieldSpans(hits []news.Hit, f news.Field, n int) []runeSpan {
	var out []runeSpan
	for _, h := range hits {
		if h.Field == f && h.Start >= 0 && h.End <= n && h.Start < h.End {
			out = append(out, runeSpan{h.Start, h.End})
		}
	}
	slices.SortFunc(out, func(a, b runeSpan) int { return a.start - b.start })
	joined := out[:0]
	for _, s := range out {
		if k := len(joined); k > 0 && s.start <= joined[k-1].end {
			joined[k-1].end = max(joined[k-1].end, s.end)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// window chooses the stretch of at most ExcerptLen code points that holds the
// most hits, and moves its ends to sentence or word boundaries.
func window(text []rune, spans []runeSpan) (from, to int) {
	if len(text) <= ExcerptLen {
		return 0, len(text)
	}
	best, bestN := 0, 0
	for i, s := range spans {
		n := 0
		for _, t := range spans[i:] {
			if t.end-s.start > ExcerptLen-40 {
				break
			}
			n++
		}
		if n > bestN {
			best, bestN = s.start, n
		}
	}
	from = startOf(text, best)
	to = min(from+ExcerptLen, len(text))
	if to < len(text) {
		for i := to; i > to-40 && i > from; i-- {
			if unicode.IsSpace(text[i]) {
				to = i
				break
			}
		}
	}
	return from, to
}

// startOf walks back from a hit to the start of its sentence if that is near,
// else to a word boundary a little before it.
func startOf(text []rune, hit int) int {
	for i := hit; i > 0 && hit-i < 120; i-- {
		if text[i-1] == '\n' || (unicode.IsSpace(text[i-1]) && i > 1 && strings.ContainsRune(".!?…", text[i-2])) {
			return i
		}
	}
	if hit < 120 {
		return 0
	}
	for i := hit - 60; i < hit; i++ {
		if unicode.IsSpace(text[i]) {
			return i + 1
		}
	}
	return hit
}

// segments cuts the window into plain and marked pieces. Line breaks become
// blanks: an excerpt is one paragraph.
func segments(text []rune, spans []runeSpan, from, to int) []news.Segment {
	var out []news.Segment
	add := func(r []rune, hit bool) {
		if len(r) == 0 {
			return
		}
		out = append(out, news.Segment{Text: flat(r), Hit: hit})
	}
	if from > 0 {
		out = append(out, news.Segment{Text: "… "})
	}
	at := from
	for _, s := range spans {
		if s.start < at || s.end > to {
			continue
		}
		add(text[at:s.start], false)
		add(text[s.start:s.end], true)
		at = s.end
	}
	add(text[at:to], false)
	if to < len(text) {
		out = append(out, news.Segment{Text: " …"})
	}
	return out
}

// flat joins lines with single blanks and leaves everything else.
func flat(r []rune) string {
	var b strings.Builder
	space := false
	for _, c := range r {
		if c == '\n' {
			c = ' '
		}
		if c == ' ' && space {
			continue
		}
		space = c == ' '
		b.WriteRune(c)
	}
	return b.String()
}
