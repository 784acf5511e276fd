package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// Clean makes a line of a feed's text safe to show: one line, no controls,
// nothing that turns the reading direction or hides, at most n characters cut
// between words. It is cut before it is rendered, never after.
func Clean(s string, n int) string { return cut(plain(s, n), n) }

// plain is Clean without the cut; only the part that n characters can need
// is looked at.
func plain(s string, n int) string {
	if most := 16*n + 1024; len(s) > most {
		s = s[:most]
	}
	var b strings.Builder
	blank := true // swallows blanks at the beginning
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case unicode.IsSpace(r):
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		case hidden(r):
			continue
		}
		blank = false
		b.WriteRune(r)
	}
	return strings.TrimRight(b.String(), " ")
}

// hidden tells whether a character is one that a reader does not see but that
// changes what he sees. The joiners stay: emoji and scripts need them.
func hidden(r rune) bool {
	switch {
	case r == 0x200C || r == 0x200D:
		return false
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError, r == 0x2028, r == 0x2029:
		return true
	case r >= 0xFFF0 && r <= 0xFFFF, unicode.Is(unicode.Co, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
		return true
	}
	return false
}

// cut shortens to n characters with an ellipsis, between words where one ends
// near, and never between a letter and its marks.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	rs := []rune(s)
	i := n - 1
	for j := i; j > i-30 && j > 0; j-- {
		if rs[j] == ' ' {
			return strings.TrimRight(string(rs[:j]), " ") + "…"
		}
	}
	for i > 1 && (clings(rs[i]) || rs[i-1] == 0x200D) {
		i--
	}
	return string(rs[:i]) + "…"
}

// clings tells whether a character belongs to the one before it.
func clings(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r == 0x200D || r >= 0x1F3FB && r <= 0x1F3FF || r >= 0xFE00 && r <= 0xFE0F
}

// Excerpt cleans an excerpt and cuts it to n characters around the most hits.
func Excerpt(segs []news.Segment, n int) []news.Segment {
	var rs []rune
	var hit []bool
	for _, s := range segs {
		text := plain(s.Text, 2000)
		if text == "" {
			continue
		}
		edge := func(r rune, at int) bool { return at > 0 && unicode.IsSpace(r) }
		first, _ := utf8.DecodeRuneInString(s.Text)
		if len(rs) > 0 && rs[len(rs)-1] != ' ' && edge(first, len(rs)) {
			rs, hit = append(rs, ' '), append(hit, false)
		}
		for _, r := range text {
			rs, hit = append(rs, r), append(hit, s.Hit)
		}
		if last, _ := utf8.DecodeLastRuneInString(s.Text); unicode.IsSpace(last) {
			rs, hit = append(rs, ' '), append(hit, false)
		}
	}
	from, to := densest(rs, hit, n-2)
	out := segments(rs[from:to], hit[from:to])
	if len(out) == 0 {
		return nil
	}
	if from > 0 {
		out[0].Text = strings.TrimLeft(out[0].Text, " ")
		out = append([]news.Segment{{Text: "…"}}, out...)
	}
	if to < len(rs) {
		out = append(out, news.Segment{Text: "…"})
	}
	return out
}

// densest is the window of at most n characters with the most hits, moved to
// the borders of words.
func densest(rs []rune, hit []bool, n int) (from, to int) {
	if len(rs) <= n {
		return 0, len(rs)
	}
	best := -1
	for i := range rs {
		starts := hit[i] && (i == 0 || !hit[i-1])
		if !starts && i > 0 {
			continue
		}
		start := max(min(i-60, len(rs)-n), 0)
		count := 0
		for _, h := range hit[start:min(start+n, len(rs))] {
			if h {
				count++
			}
		}
		if count > best {
			best, from = count, start
		}
	}
	to = min(from+n, len(rs))
	for from > 0 && from < to && rs[from-1] != ' ' && !hit[from] {
		from++
	}
	for to < len(rs) && to > from+1 && rs[to] != ' ' {
		to--
	}
	if to <= from+1 { // one endless word
		to = min(from+n, len(rs))
	}
	return from, to
}

func segments(rs []rune, hit []bool) []news.Segment {
	var out []news.Segment
	for i := 0; i < len(rs); {
		j := i
		for j < len(rs) && hit[j] == hit[i] {
			j++
		}
		out = append(out, news.Segment{Text: string(rs[i:j]), Hit: hit[i]})
		i = j
	}
	return out
}
