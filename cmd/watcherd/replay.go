package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
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
	before := func() (*daemon.Rules, error) { return nil, nil }
	if against != "" {
		before = a.compiling(against)
	}
	r, err := a.compiled()
	if err != nil {
		return err
	}
	past, err := a.openPast(ctx, r, since, items)
	if err != nil {
		return err
	}
	if against != "" {
		err = a.compare(ctx, before, r, past)
	} else {
		err = a.judge(ctx, r, past)
	}
	return errors.Join(err, past.close())
}

// compiling begins to make the rules of another config ready, and gives the
// function that waits for them.
func (a *app) compiling(file string) func() (*daemon.Rules, error) {
	var talk bytes.Buffer
	other := &app{stdin: a.stdin, stdout: a.stdout, stderr: &talk, configPath: file}
	var r *daemon.Rules
	var err error
	var done sync.WaitGroup
	done.Go(func() { r, err = other.compiled() })
	return func() (*daemon.Rules, error) {
		done.Wait()
		_, werr := a.stderr.Write(talk.Bytes())
		return r, errors.Join(err, werr)
	}
}

// judge shows what the rules make of each item.
func (a *app) judge(ctx context.Context, r *daemon.Rules, past past) error {
	bar := a.progress("judging")
	out := bufio.NewWriterSize(a.stdout, 64<<10)
	buffered := &app{stdout: out}
	counts := make(map[news.Outcome]int)
	n := 0
	err := daemon.Replay(ctx, r, past.items, func(it *news.Item, dec desk.Decision) error {
		n++
		bar.step(n, past.about)
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

// past is a stretch of the past.
type past struct {
	items iter.Seq2[*daemon.Past, error]
	about int // items, or a few more
	close func() error
}

// openPast finds the items to judge: given, else stored.
func (a *app) openPast(ctx context.Context, r *daemon.Rules, since, items string) (past, error) {
	if items != "" {
		all, err := a.past(ctx, r, since, items)
		return past{daemon.All(all), len(all), func() error { return nil }}, err
	}
	d := time.Duration(0)
	if since != "" {
		var err error
		if d, err = daemon.ParseSpan(since); err != nil {
			return past{}, usagef("--since: %v", err)
		}
	}
	p, err := daemon.OpenPast(ctx, r.Config, d)
	if err != nil {
		return past{}, err
	}
	return past{p.Items(ctx), p.About(), p.Close}, nil
}

// past gathers the items to judge.
func (a *app) past(ctx context.Context, r *daemon.Rules, since, items string) ([]daemon.Past, error) {
	if items == "" {
		p, err := a.openPast(ctx, r, since, "")
		if err != nil {
			return nil, err
		}
		var all []daemon.Past
		for x, err := range p.items {
			if err != nil {
				return nil, errors.Join(err, p.close())
			}
			all = append(all, *x)
		}
		return all, p.close()
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
func (a *app) compare(ctx context.Context, compiled func() (*daemon.Rules, error), now *daemon.Rules, past past) error {
	before, err := compiled()
	if err != nil {
		return err
	}
	bar := a.progress("judging with both")
	n := 0
	diff, err := daemon.Compare(ctx, before, now, past.items, func() { n++; bar.step(n, past.about) })
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
