package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

func (a *app) whyCmd() *cobra.Command {
	var title, body, lang, feed string
	c := &cobra.Command{
		Use: "why (URL | ID | WORDS... | --title T [--text T])", GroupID: "ask",
		Short: "What became of an item, and why; or why it never came",
		Long: `Shows the way of a stored item, named by its address, its ID, or words of its
headline: polled, matched with the words that counted, grouped, judged, told.
For topics that did not match it shows what came closest and what it lacked.
With --title it judges a text that is no stored item, by the rules in force.

Exit code 0: it was told, or would be. 1: it was not.`,
		Example: "  watcherd why https://example.org/2026/treaty\n  watcherd why inspectors return\n  watcherd why --title 'US and Russia open talks on New START' --text '...'",
		RunE: func(c *cobra.Command, args []string) error {
			if title != "" || body != "" {
				return a.whyText(title, body, lang, feed)
			}
			if len(args) == 0 {
				return usagef("why: name an item by its address, its ID or its words, or give --title")
			}
			return a.why(c.Context(), strings.Join(args, " "))
		},
	}
	c.Flags().StringVar(&title, "title", "", "judge a text with this headline")
	c.Flags().StringVar(&body, "text", "", "and this text")
	c.Flags().StringVar(&lang, "lang", "", "and this language, if it should not be detected")
	c.Flags().StringVar(&feed, "feed", "", "as an item of this feed (address, name or tag:word)")
	return c
}

func (a *app) why(ctx context.Context, q string) error {
	asker, closing, err := a.ask(ctx)
	if err != nil {
		return err
	}
	answers, err := asker.Why(ctx, q)
	if err := joinClose(err, closing); err != nil {
		return err
	}
	return a.answer(answers)
}

func (a *app) whyText(title, body, lang, feed string) error {
	r, err := a.compiled()
	if err != nil {
		return err
	}
	it := news.Item{Title: text.Title(title), Summary: text.Plain(body), Lang: lang}
	daemon.AsFrom(r, &it, feed)
	return a.answer([]daemon.WhyAnswer{daemon.Judge(r, &it)})
}

// answer prints the answers; the exit code speaks of the first.
func (a *app) answer(answers []daemon.WhyAnswer) error {
	for i, w := range answers {
		if a.json {
			if err := a.lines(w); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		a.printWhy(w)
	}
	if len(answers) == 0 {
		return errNo
	}
	switch answers[0].Outcome {
	case news.OutcomeAlert, news.OutcomeUpdate:
		return nil
	}
	return errNo
}

func (a *app) printWhy(w daemon.WhyAnswer) {
	out := a.stdout
	fmt.Fprintln(out, orDash(w.Item.Title, w.Item.URL))
	if w.Item.URL != "" && w.Item.Title != "" {
		fmt.Fprintf(out, "  %s\n", w.Item.URL)
	}
	for _, s := range w.Stages {
		mark := "ok"
		if !s.OK {
			mark = "no"
		}
		detail := s.Detail
		if s.Stage == daemon.StageGrouped { // its figures, a line each
			detail = strings.Join(clauses(detail), "\n"+strings.Repeat(" ", 16))
		}
		fmt.Fprintf(out, "  %-9s %s  %s\n", s.Stage, mark, detail)
	}
	for _, m := range w.Matches {
		fmt.Fprintf(out, "\n%s: YES  sum %g of %g\n", m.Topic, m.Score, m.Threshold)
		a.printHits(m.Hits)
		a.printHits(m.Discounted)
	}
	var nothing []string
	for _, m := range w.Missed {
		if len(m.Hits)+len(m.Discounted) == 0 {
			nothing = append(nothing, string(m.Topic))
			continue
		}
		fmt.Fprintf(out, "\n%s: NO  sum %g of %g\n", m.Topic, m.Score, m.Threshold)
		a.printHits(m.Hits)
		a.printHits(m.Discounted)
		fmt.Fprintf(out, "  lacks: %s\n", m.Lacks)
	}
	if len(nothing) > 0 {
		fmt.Fprintf(out, "\nnothing of: %s\n", strings.Join(nothing, ", "))
	}
}

// clauses cuts a sentence at its semicolons, those in quoted words apart.
func clauses(s string) []string {
	var out []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], "; "):
			out = append(out, s[from:i])
			from = i + len("; ")
		}
	}
	return append(out, s[from:])
}

func (a *app) printHits(hits []news.Hit) {
	for _, h := range hits {
		weight := fmt.Sprintf("+%g", h.Weight)
		if h.Reason != "" {
			weight = "0"
		}
		entity := ""
		if h.Entity != "" {
			entity = " @" + string(h.Entity)
		}
		fmt.Fprintf(a.stdout, "  %4s  %s %d-%d  %q%s", weight, h.Field, h.Start, h.End, h.Text, entity)
		if h.Rule.Line > 0 {
			fmt.Fprintf(a.stdout, "  %s:%d %q", h.Rule.File, h.Rule.Line, h.Term)
		}
		if h.Reason != "" {
			fmt.Fprintf(a.stdout, "  not counted: %s", h.Reason)
		}
		fmt.Fprintln(a.stdout)
	}
}

func orDash(s, other string) string {
	if s != "" {
		return s
	}
	if other != "" {
		return other
	}
	return "-"
}

// joinClose closes after a question and keeps the first error.
func joinClose(err error, closing func() error) error {
	if cerr := closing(); err == nil {
		return cerr
	}
	return err
}
