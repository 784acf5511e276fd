package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// isTerminal reports whether a person reads the stream. Colour and progress
// are for people only; NO_COLOR turns them off.
func isTerminal(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && atTerminal(w) }

// atTerminal reports whether a person is at the other end of a stream.
func atTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// lines prints values as JSON lines.
func (a *app) lines(values ...any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	return nil
}

// table prints rows under heads, aligned.
func (a *app) table(heads []string, rows [][]string) error {
	tw := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(heads, "\t"))
	for _, r := range rows {
		fmt.Fprintln(tw, strings.Join(r, "\t"))
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}

// short cuts s to n code points.
func short(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// counted says how many there are of a thing.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// wrapped sets words in lines of at most 80 characters, each after the margin.
func wrapped(margin, words string) string {
	var out strings.Builder
	line := margin
	for word := range strings.FieldsSeq(words) {
		if line != margin && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > 80 {
			out.WriteString(line + "\n")
			line = margin
		}
		if line != margin {
			line += " "
		}
		line += word
	}
	return out.String() + line + "\n"
}

// when says a moment as a person at a terminal wants it.
func when(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	suffix := " ago"
	if d < 0 {
		d, suffix = -d, ""
	}
	var s string
	switch {
	case d < time.Minute:
		s = fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		s = fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		s = fmt.Sprintf("%d h", int(d.Hours()))
	default:
		s = fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	if suffix == "" {
		return "in " + s
	}
	return s + suffix
}

// progress is a bar on stderr for work that takes more than a moment.
type progress struct {
	w     io.Writer
	on    bool
	what  string
	last  time.Time
	width int
}

func (a *app) progress(what string) *progress {
	return &progress{w: a.stderr, on: isTerminal(a.stderr), what: what, width: 30}
}

// step shows n of all; all may be 0 if it is not known.
func (p *progress) step(n, all int) {
	if !p.on || (time.Since(p.last) < 100*time.Millisecond && n < all) {
		return
	}
	p.last = time.Now()
	if all <= 0 {
		fmt.Fprintf(p.w, "\r%s: %d", p.what, n)
		return
	}
	full := p.width * n / all
	fmt.Fprintf(p.w, "\r%s [%s%s] %d/%d", p.what, strings.Repeat("=", full), strings.Repeat(" ", p.width-full), n, all)
}

func (p *progress) done() {
	if p.on && !p.last.IsZero() {
		fmt.Fprint(p.w, "\r\033[K")
	}
}
