package config

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// widest is how much of a long line an excerpt shows.
const widest = 100

// paint holds the terminal's codes for one kind of emphasis.
type paint struct{ bold, red, yellow, green, dim, off string }

var colours = paint{bold: "\x1b[1m", red: "\x1b[31m", yellow: "\x1b[33m", green: "\x1b[32m", dim: "\x1b[2m", off: "\x1b[0m"}

// Render prints each fault as file:line:column: message, with the line and
// its neighbours, the place marked, and the fix; then a count.
func (fs Faults) Render(w io.Writer, color bool) error {
	var p paint
	if color {
		p = colours
	}
	var b strings.Builder
	for _, f := range fs {
		f.render(&b, p)
		b.WriteByte('\n')
	}
	if len(fs) > 0 {
		b.WriteString(p.bold + fs.Count() + p.off + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Count says how many faults there are.
func (fs Faults) Count() string {
	bad, warn := 0, 0
	for _, f := range fs {
		if f.Warning {
			warn++
		} else {
			bad++
		}
	}
	switch {
	case bad == 0 && warn == 0:
		return "no faults"
	case warn == 0:
		return plural(bad, "fault")
	case bad == 0:
		return plural(warn, "warning")
	}
	return plural(bad, "fault") + ", " + plural(warn, "warning")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

func (f Fault) render(b *strings.Builder, p paint) {
	tone := p.red
	word := ""
	if f.Warning {
		tone, word = p.yellow, "warning: "
	}
	fmt.Fprintf(b, "%s%s:%s %s%s%s%s\n", p.bold, f.Pos, p.off, tone, word, show(f.Message), p.off)
	f.excerpt(b, p, tone)
	if f.Fix != "" {
		lead := "   Fix: "
		fmt.Fprintf(b, "%s%s%s%s\n", p.green, lead, strings.ReplaceAll(show(f.Fix), "\n", "\n"+strings.Repeat(" ", len(lead))), p.off)
	}
}

// Excerpt shows a fault's line between its neighbours, the place underlined;
// "" if the fault has no place in a known file.
func (f Fault) Excerpt() string {
	var b strings.Builder
	f.excerpt(&b, paint{}, "")
	return b.String()
}

func (f Fault) excerpt(b *strings.Builder, p paint, tone string) {
	if f.src == nil || f.Line < 1 || f.Line > len(f.src.lines) {
		return
	}
	gutter := len(strconv.Itoa(f.Line + 1))
	neighbour := func(n int) {
		if l := f.src.line(n); strings.TrimSpace(l) != "" {
			text, _ := visible(l, 0)
			fmt.Fprintf(b, "%s   %*d | %s%s\n", p.dim, gutter, n, text, p.off)
		}
	}
	neighbour(f.Line - 1)
	text, shift := visible(f.src.line(f.Line), f.Col)
	fmt.Fprintf(b, "   %*d | %s\n", gutter, f.Line, text)
	if f.Col > 0 {
		n := f.Len
		if n == 0 {
			n = f.src.extent(f.Line, f.Col)
		}
		room := utf8.RuneCountInString(text) - (f.Col - 1 - shift)
		n = max(1, min(n, room))
		fmt.Fprintf(b, "   %*s | %s%s%s%s\n", gutter, "", strings.Repeat(" ", max(0, f.Col-1-shift)), tone, strings.Repeat("^", n), p.off)
	}
	neighbour(f.Line + 1)
}

// visible makes a line fit to print, each code point one column: secrets
// hidden, tabs and invisible characters shown, long lines cut around col. It
// says how many code points were cut off at the start.
func visible(l string, col int) (text string, shift int) {
	r := []rune(hide(l))
	for i, c := range r {
		switch {
		case c == '\t':
			r[i] = '→'
		case c == 0xa0 || c >= 0x200b && c <= 0x200f || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == 0xfeff:
			r[i] = '␣'
		case c < ' ' || c >= 0x7f && c < 0xa0:
			r[i] = '�'
		}
	}
	if len(r) <= widest {
		return string(r), 0
	}
	shift = min(max(0, col-widest/2), len(r)-widest)
	r = r[shift : shift+widest]
	if shift > 0 {
		r[0] = '…'
	}
	r[len(r)-1] = '…'
	return string(r), shift
}

// show makes a message safe for a terminal.
func show(s string) string {
	lines := strings.Split(hide(s), "\n")
	for i, l := range lines {
		lines[i] = strings.Map(func(r rune) rune {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				return '�'
			}
			return r
		}, l)
	}
	return strings.Join(lines, "\n")
}

// hide puts dots in place of secrets, code point for code point.
func hide(s string) string {
	dots := func(m string) string { return strings.Repeat("•", utf8.RuneCountInString(m)) }
	s = secretText.ReplaceAllStringFunc(s, dots)
	return userInfo.ReplaceAllStringFunc(s, func(m string) string {
		i := strings.Index(m, "://") + 3
		return m[:i] + dots(m[i:len(m)-1]) + "@"
	})
}
