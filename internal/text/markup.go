package text

import "strings"

// What a tag means for the text around it. A tag that is not listed is inline:
// a phrase runs across it.
type tagKind uint8

const (
	inline tagKind = iota + 1
	block          // parts blocks
	line           // <br>
	silent         // its whole content is unseen
	pre
)

var tags = map[string]tagKind{
	"p": block, "div": block, "li": block, "ul": block, "ol": block, "dl": block, "dt": block, "dd": block,
	"td": block, "th": block, "tr": block, "table": block, "tbody": block, "thead": block, "tfoot": block, "caption": block,
	"h1": block, "h2": block, "h3": block, "h4": block, "h5": block, "h6": block, "hr": block, "blockquote": block,
	"article": block, "section": block, "aside": block, "header": block, "footer": block, "main": block, "nav": block,
	"figure": block, "figcaption": block, "address": block, "form": block, "fieldset": block, "legend": block,
	"body": block, "html": block, "center": block, "details": block, "summary": block, "dir": block, "menu": block,
	"option": block, "button": block, "dialog": block, "hgroup": block, "search": block, "label": inline,
	"br": line, "pre": pre,
	"script": silent, "style": silent, "head": silent, "title": silent, "noscript": silent, "iframe": silent,
	"svg": silent, "template": silent, "object": silent, "audio": silent, "video": silent, "canvas": silent,
	"select": silent, "textarea": silent, "noembed": silent, "noframes": silent, "applet": silent, "map": silent,
	"a": inline, "b": inline, "i": inline, "em": inline, "strong": inline, "span": inline, "u": inline, "s": inline,
	"font": inline, "small": inline, "big": inline, "sub": inline, "sup": inline, "img": inline, "abbr": inline,
	"acronym": inline, "cite": inline, "code": inline, "q": inline, "mark": inline, "time": inline, "wbr": inline,
	"del": inline, "ins": inline, "kbd": inline, "var": inline, "tt": inline, "input": inline, "embed": inline,
	"source": inline, "picture": inline, "link": inline, "meta": inline, "strike": inline, "bdi": inline, "bdo": inline,
}

// structured reports whether s is HTML whose own tags make its lines and
// blocks, so that line breaks in the source are blanks. Text with a few inline
// tags in it keeps its line breaks.
func structured(s string) bool {
	for i := 0; ; {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			return false
		}
		i += j
		if t, ok := readTag(s, i); ok {
			if k := tags[t.name]; k == block || k == line {
				return true
			}
			i = t.end
			continue
		}
		i++
	}
}

// tagAt is a tag in the source: its name in small letters, whether it closes,
// where its attributes are and where it ends.
type tagAt struct {
	name  string
	close bool
	attrs string
	end   int
}

// readTag reads the tag or comment that starts at s[i] == '<'. ok is false for
// a "<" that is a character of the text.
func readTag(s string, i int) (t tagAt, ok bool) {
	rest := s[i:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return tagAt{end: endOf(s, i+4, "-->")}, true
	case strings.HasPrefix(rest, "<![CDATA["):
		return tagAt{end: i + 9}, true
	case len(rest) > 1 && (rest[1] == '!' && len(rest) > 2 && isLetter(rest[2]) || rest[1] == '?'):
		return tagAt{end: endOf(s, i+2, ">")}, true
	}
	j := i + 1
	if j < len(s) && s[j] == '/' {
		t.close = true
		j++
	}
	start := j
	for j < len(s) && (isAlnum(s[j]) || j > start && (s[j] == ':' || s[j] == '-')) {
		j++
	}
	if j == start || !isLetter(s[start]) {
		return t, false
	}
	t.name = lower(s[start:j])
	known := tags[t.name] != 0
	if j < len(s) && s[j] != '>' && s[j] != '/' && s[j] > ' ' {
		return t, false // <john@example.org>, <a,b>
	}
	if j+1 < len(s) && s[j] == '/' && s[j+1] != '>' {
		return t, false // <https://...
	}
	end, closed := tagEnd(s, j)
	if !closed && !known {
		return t, false
	}
	t.attrs, t.end = s[j:end], end
	return t, true
}

// tagEnd returns the end of a tag whose attributes start at j. A quote counts
// only after "=", as an apostrophe in broken markup must not swallow the text.
func tagEnd(s string, j int) (end int, closed bool) {
	for k := j; k < len(s); k++ {
		switch c := s[k]; {
		case c == '>':
			return k + 1, true
		case c == '<' && k > j:
			return k, true // a tag that was never closed
		case (c == '"' || c == '\'') && s[k-1] == '=':
			q := strings.IndexByte(s[k+1:], c)
			if q < 0 {
				if e := strings.IndexByte(s[k:], '>'); e >= 0 {
					return k + e + 1, true
				}
				return len(s), false
			}
			k += q + 1
		}
	}
	return len(s), false
}

// tag handles the "<" at s[i] and returns where the text goes on.
func (w *writer) tag(s string, i int) int {
	t, ok := readTag(s, i)
	if !ok {
		w.fill()
		w.b.WriteByte('<')
		return i + 1
	}
	if t.name == "" {
		return t.end
	}
	kind := tags[t.name]
	if t.close {
		w.widen(gapOf(kind))
		if kind == pre && w.pre > 0 {
			w.pre--
		}
		return t.end
	}
	if kind == silent || hidden(t.attrs) {
		w.widen(gapOf(kind))
		if w.open[t.name] {
			return t.end
		}
		if end, ok := contentEnd(s, t); ok {
			return end
		}
		// It is never closed, nor are those inside it: nobody looks again.
		if w.open == nil {
			w.open = map[string]bool{}
		}
		w.open[t.name] = true
		return t.end
	}
	w.widen(gapOf(kind))
	if kind == pre {
		w.pre++
	}
	return t.end
}

func gapOf(k tagKind) gap {
	switch k {
	case block, pre:
		return gapBlock
	case line:
		return gapLine
	}
	return gapNone
}

// hidden reports attributes that keep an element from a reader's eyes.
func hidden(attrs string) bool {
	if len(attrs) < 6 {
		return false
	}
	a := lower(attrs)
	if _, after, ok := strings.Cut(a, "display:"); ok && strings.HasPrefix(strings.TrimLeft(after, " "), "none") {
		return true
	}
	for f := range strings.FieldsSeq(strings.TrimRight(a, "/> ")) {
		if f == "hidden" || f == `hidden=""` || f == `hidden="hidden"` {
			return true
		}
	}
	return false
}

// contentEnd returns the end of the element that the tag opens. ok is false
// where it is never closed, or has no content.
func contentEnd(s string, open tagAt) (int, bool) {
	if strings.HasSuffix(open.attrs, "/>") || void(open.name) {
		return open.end, true
	}
	raw := open.name == "script" || open.name == "style"
	depth := 1
	for i := open.end; i < len(s); {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			break
		}
		i += j
		if raw && !strings.HasPrefix(s[i:], "</") {
			i++
			continue
		}
		t, ok := readTag(s, i)
		if !ok {
			i++
			continue
		}
		i = t.end
		if t.name != open.name {
			continue
		}
		if t.close {
			depth--
		} else if !strings.HasSuffix(t.attrs, "/>") {
			depth++
		}
		if depth == 0 {
			return i, true
		}
	}
	if raw {
		return len(s), true
	}
	return 0, false
}

func void(name string) bool {
	switch name {
	case "img", "br", "hr", "input", "meta", "link", "wbr", "embed", "source":
		return true
	}
	return false
}

func endOf(s string, from int, mark string) int {
	if from > len(s) {
		return len(s)
	}
	if j := strings.Index(s[from:], mark); j >= 0 {
		return from + j + len(mark)
	}
	return len(s)
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// lower is strings.ToLower for names that nearly always are in small letters.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
