package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
)

func (a *app) replayCmd() *cobra.Command {
	var since, items, against string
	c := &cobra.Command{
		Use: "replay [--since 14d | --items FILE] [--against OTHER.yaml]", GroupID: "rules", Args: cobra.NoArgs,
		Short: "Run the desk over the stored (or given) past, without effects",
		Long: `Judges every item of the past again with the rules as they stand in the files,
in time order, and shows what each became. Nothing is posted or changed.
--items reads JSON lines (the "item" object that replay --json prints; summary,
content, lang, feed and categories are optional; - is standard input).
--against judges with another config too and shows, per topic, the stories that
the present files gain and lose.`,
		Example: "  watcherd replay --since 14d\n  watcherd replay --items past.jsonl --json\n  watcherd replay --since 14d --against old/watcherd.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.replay(c.Context(), since, items, against)
		},
	}
	c.Flags().StringVar(&since, "since", "", "how far back to go, as 14d or 36h (default: everything stored)")
	c.Flags().StringVar(&items, "items", "", "read the items from `FILE` instead of the data file")
	c.Flags().StringVar(&against, "against", "", "compare with what another config `FILE` makes of them")
	return c
}

func (a *app) replay(ctx context.Context, since, items, against string) error {
	if since != "" && items != "" {
		return usagef("replay: --since goes back in the stored past, --items reads another: give one of them")
	}
	r, err := a.compiled()
	if err != nil {
		return err
	}
	past, err := a.past(ctx, r, since, items)
	if err != nil {
		return err
	}
	if against != "" {
		return a.compare(ctx, r, past, against)
	}
	bar := a.progress("judging")
	out := bufio.NewWriterSize(a.stdout, 64<<10)
	buffered := &app{stdout: out}
	counts := make(map[news.Outcome]int)
	n := 0
	err = daemon.Replay(ctx, r, daemon.All(past), func(it *news.Item, dec desk.Decision) error {
		n++
		bar.step(n, len(past))
		counts[dec.Verdict.Outcome]++
		if a.json {
			return buffered.lines(daemon.NewLine(it, dec.Verdict))
		}
		if o := dec.Verdict.Outcome; o == news.OutcomeAlert || o == news.OutcomeUpdate || o == news.OutcomeShadow {
			bar.done()
			a.printReplayed(it, dec.Verdict)
		}
		return nil
	})
	bar.done()
	if err := errors.Join(err, out.Flush()); err != nil || a.json {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%d items:", n)
	for _, o := range slices.Sorted(keys(counts)) {
		fmt.Fprintf(a.stdout, " %d %s", counts[o], o)
	}
	fmt.Fprintln(a.stdout)
	return nil
}

// past gathers the items to judge: given, else stored.
func (a *app) past(ctx context.Context, r *daemon.Rules, since, items string) ([]daemon.Past, error) {
	if items == "" {
		d := time.Duration(0)
		if since != "" {
			var err error
			if d, err = daemon.ParseSpan(since); err != nil {
				return nil, usagef("--since: %v", err)
			}
		}
		return daemon.StoredPast(ctx, r, d)
	}
	in := a.stdin
	if items != "-" {
		f, err := os.Open(items)
		if err != nil {
			return nil, err
		}
		defer f.Close() // only read
		in = f
	}
	return daemon.ReadItems(r, in, items)
}

func (a *app) printReplayed(it *news.Item, v news.Verdict) {
	fmt.Fprintf(a.stdout, "%s  %-6s  %s\n", it.Time().UTC().Format("2006-01-02 15:04"), v.Outcome, short(it.Title, 54))
	for _, m := range v.Matches {
		var words strings.Builder
		for i, h := range m.Hits {
			if i == 4 {
				break
			}
			if i > 0 {
				words.WriteString(", ")
			}
			words.WriteString(h.Text)
		}
		fmt.Fprintf(a.stdout, "                          %s %g: %s\n", m.Topic, m.Score, short(words.String(), 50))
	}
}

// maxWords bounds the words that decided, as they are shown of one story.
const maxWords = 220

// compare shows what the present rules gain and lose against others.
func (a *app) compare(ctx context.Context, now *daemon.Rules, past []daemon.Past, against string) error {
	other := &app{stdin: a.stdin, stdout: a.stdout, stderr: a.stderr, configPath: against}
	before, err := other.compiled()
	if err != nil {
		return err
	}
	bar := a.progress("judging with both")
	n := 0
	diff, err := daemon.Compare(ctx, before, now, past, func() { n++; bar.step(n, len(past)) })
	bar.done()
	if err != nil {
		return err
	}
	if a.json {
		for _, t := range diff {
			if err := a.lines(t); err != nil {
				return err
			}
		}
		return nil
	}
	a.printChange(diff)
	return nil
}

// printChange shows the topics that a change touches, and names the others.
func (a *app) printChange(diff []daemon.TopicDiff) {
	var same []string
	for _, t := range diff {
		if len(t.Gained)+len(t.Lost) == 0 && t.Before == t.Now {
			same = append(same, fmt.Sprintf("%s (%.1f a day)", t.Topic, t.Now))
			continue
		}
		trial := ""
		if t.Shadow {
			trial = ", on trial: counted and not posted"
		}
		fmt.Fprintf(a.stdout, "%s: %.1f alerts a day before, %.1f now; stories: %d gained, %d lost%s\n",
			t.Topic, t.Before, t.Now, len(t.Gained), len(t.Lost), trial)
		for _, s := range t.Gained {
			fmt.Fprintf(a.stdout, "  + %s\n%s", short(s.Headline, 74), wrapped("      ", short(s.Words, maxWords)))
		}
		for _, s := range t.Lost {
			fmt.Fprintf(a.stdout, "  - %s\n%s", short(s.Headline, 74), wrapped("      ", short(s.Words, maxWords)))
		}
	}
	if len(same) > 0 {
		fmt.Fprintf(a.stdout, "as before: %s\n", strings.Join(same, ", "))
	}
}
