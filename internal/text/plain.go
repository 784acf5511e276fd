package text

import (
	"strings"
	"unicode/utf8"
)

// Plain brings what a publisher wrote, HTML or plain text, to the normal form:
// what a reader would see, with one blank between words, "\n" where a line
// ends inside a block and "\n\n" where a block ends. Text that is in normal
// form already comes back as it is.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	// A publisher's markup may be wrapped twice, as &amp;lt;p&amp;gt; is; each
	// round takes one wrapping off.
	for range 4 {
		out, again := onePlain(s)
		if !again || out == s {
			return out
		}
		s = out
	}
	return s
}

// Title brings a title to the normal form of one line.
func Title(s string) string {
	s = Plain(s)
	if strings.IndexByte(s, '\n') < 0 {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isPlain reports whether s is in normal form beyond doubt.
func isPlain(s string) bool {
	var last byte = '\n'
	for i := 0; i < len(s); i++ {
		c := s[i]
		if plainByte[c] {
			last = c
			continue
		}
		switch {
		case c == ' ':
			if last == ' ' || last == '\n' {
				return false
			}
		case c == '\n':
			if last == ' ' || i == 0 || last == '\n' && (i < 2 || s[i-2] == '\n') {
				return false
			}
		case c < ' ', c == '<', c == '&', c == 0x7F:
			return false
		case c == 0xC2: // NBSP and the control characters of Latin-1
			if i+1 < len(s) && s[i+1] < 0xA1 {
				return false
			}
		case c == 0xE1, c == 0xE2, c == 0xE3, c == 0xEF, c >= 0xF5:
			r, n := utf8.DecodeRuneInString(s[i:])
			if isBlank(r) || isControl(r) || r == utf8.RuneError && n <= 1 {
				return false
			}
		}
		last = c
	}
	return last != ' ' && (last != '\n' || s == "") && utf8.ValidString(s)
}

// plainByte marks the bytes that are in normal form wherever they stand.
var plainByte = buildPlainBytes()

func buildPlainBytes() (t [256]bool) {
	for c := range t {
		switch {
		case c <= ' ', c == '<', c == '&', c == 0x7F, c == 0xC2, c == 0xE1, c == 0xE2, c == 0xE3, c == 0xEF, c >= 0xF5:
		default:
			t[c] = true
		}
	}
	return t
}

// onePlain takes one layer of markup and entities off. again says that what
// is left may hold another layer.
func onePlain(s string) (out string, again bool) {
	w := writer{html: structured(s)}
	w.b.Grow(len(s))
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '<':
			i = w.tag(s, i)
		case c == '&':
			i = w.entity(s, i)
		default:
			i = w.run(s, i)
		}
	}
	return w.b.String(), w.again
}

// writer collects text in normal form.
type writer struct {
	b     strings.Builder
	html  bool // line breaks of the source are blanks
	pre   int  // depth of <pre>: line breaks are line breaks
	gap   gap  // what is owed before the next letter
	again bool
	open  map[string]bool // names of unseen elements that are never closed
}

// gap is the white space between two letters, weakest first.
type gap uint8

const (
	gapNone gap = iota
	gapBlank
	gapLine
	gapBlock
)

func (w *writer) widen(g gap) { w.gap = max(w.gap, g) }

// fill writes the white space that is owed.
func (w *writer) fill() {
	if w.gap == gapNone {
		return
	}
	if w.b.Len() > 0 {
		w.b.WriteString([...]string{"", " ", "\n", "\n\n"}[w.gap])
	}
	w.gap = gapNone
}

// run copies text up to the next markup, entity or white space.
func (w *writer) run(s string, i int) int {
	j := i
	for j < len(s) {
		c := s[j]
		// A word and the blank behind it go in one piece.
		if c == ' ' && j > i && j+1 < len(s) && s[j+1] > ' ' && s[j+1] < 0x7F && s[j+1] != '<' && s[j+1] != '&' {
			j++
			continue
		}
		if c <= ' ' || c == '<' || c == '&' || c >= 0x7F {
			break
		}
		j++
	}
	if j > i {
		w.fill()
		w.b.WriteString(s[i:j])
		return j
	}
	r, n := decode(s, i)
	if r == '\n' || r == '\r' {
		return w.lineBreaks(s, i)
	}
	w.rune(r, n)
	return i + n
}

// lineBreaks reads a run of line breaks and blanks that starts with a break.
func (w *writer) lineBreaks(s string, i int) int {
	n := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '\n':
			n++
			continue
		case '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				n++
			}
			continue
		case ' ', '\t':
			continue
		}
		break
	}
	switch {
	case w.html && w.pre == 0:
		w.widen(gapBlank)
	case n > 1:
		w.widen(gapBlock)
	default:
		w.widen(gapLine)
	}
	return i
}

// rune writes one character of size n in the source.
func (w *writer) rune(r rune, n int) {
	switch {
	case isBlank(r):
		w.widen(gapBlank)
	case r == '\n':
		w.widen(gapLine)
	case r == 0x2028:
		w.widen(gapLine)
	case r == 0x2029:
		w.widen(gapBlock)
	case isControl(r):
	case r == utf8.RuneError && n == 1:
		w.fill()
		w.b.WriteRune(utf8.RuneError)
	default:
		w.fill()
		w.b.WriteRune(r)
	}
}

func isBlank(r rune) bool {
	switch {
	case r == ' ', r == '\t', r == '\r', r == 0xA0, r == 0x1680, r == 0x202F, r == 0x205F, r == 0x3000:
		return true
	}
	return 0x2000 <= r && r <= 0x200A
}

// isControl reports control and direction marks that have no place in text.
// Soft hyphens and zero-width marks are not among them.
func isControl(r rune) bool {
	switch {
	case r < ' ' && r != '\n', 0x7F <= r && r < 0xA0, r == 0xFEFF, r == 0x061C,
		r == 0x200E, r == 0x200F, 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0x2028, r == 0x2029:
		return true
	}
	return false
}
