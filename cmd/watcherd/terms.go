package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/news"
)

func (a *app) termsCmd() *cobra.Command {
	var since, items string
	c := &cobra.Command{
		Use: "terms [TOPIC]", GroupID: "rules", Args: cobra.MaximumNArgs(1),
		Short: "What each term really caught in the stored past",
		Long: `For each term of a topic: in how many matched items it was found, how many it
fired alone, the forms in which it stood in the text, and what readers thought
of the alerts that it had part in ("Not relevant" and "useful" in Slack). Silent
terms come last.`,
		Example: "  watcherd terms\n  watcherd terms nato --since 14d\n  watcherd terms sanctions --items past.jsonl --json",
		RunE: func(c *cobra.Command, args []string) error {
			topic := ""
			if len(args) == 1 {
				topic = args[0]
			}
			return a.terms(c.Context(), topic, since, items)
		},
	}
	c.Flags().StringVar(&since, "since", "", "how far back to go, as 14d (default: everything stored)")
	c.Flags().StringVar(&items, "items", "", "read the items from `FILE` instead of the data file")
	return c
}

func (a *app) terms(ctx context.Context, topic, since, items string) error {
	r, err := a.compiled()
	if err != nil {
		return err
	}
	if topic != "" && !hasTopic(r, topic) {
		return usagef("terms: there is no topic %q", topic)
	}
	past, err := a.past(ctx, r, since, items)
	if err != nil {
		return err
	}
	bar := a.progress("judging")
	n := 0
	uses, stories, err := daemon.Terms(ctx, r, past, topic, func() { n++; bar.step(n, len(past)) })
	bar.done()
	if err != nil {
		return err
	}
	ratings, err := a.ratings(ctx, r)
	if err != nil {
		return err
	}
	for i := range uses {
		uses[i].Rating = ratings.Term[daemon.TopicTerm{Topic: uses[i].Topic, Term: uses[i].Term}]
	}
	if a.json {
		for _, u := range uses {
			if err := a.lines(u); err != nil {
				return err
			}
		}
		return nil
	}
	a.printTerms(r, uses, stories, ratings, len(past))
	return nil
}

// ratings are what readers thought; nothing where nothing is stored.
func (a *app) ratings(ctx context.Context, r *daemon.Rules) (daemon.Ratings, error) {
	if _, err := os.Stat(daemon.DataFile(r.Config)); errors.Is(err, fs.ErrNotExist) {
		return daemon.Ratings{}, nil
	}
	asker, closing, err := a.ask(ctx)
	if err != nil {
		return daemon.Ratings{}, err
	}
	all, err := asker.Opinions(ctx)
	return daemon.Rate(all), joinClose(err, closing)
}

func hasTopic(r *daemon.Rules, key string) bool {
	for _, t := range r.Config.Topics {
		if t.Key == key {
			return true
		}
	}
	return false
}

func (a *app) printTerms(r *daemon.Rules, uses []daemon.TermUse, stories map[news.TopicID]int, ratings daemon.Ratings, n int) {
	trial := make(map[string]bool)
	for _, t := range r.Config.Topics {
		trial[t.Key] = t.Mode == "shadow"
	}
	topic := ""
	silent := 0
	flush := func() {
		if silent > 0 {
			fmt.Fprintf(a.stdout, "  %d terms caught nothing in these %d items (--json lists them)\n", silent, n)
		}
		silent = 0
	}
	for _, u := range uses {
		if string(u.Topic) != topic {
			flush()
			topic = string(u.Topic)
			if trial[topic] {
				fmt.Fprintf(a.stdout, "%s, on trial: would have told %d stories of these %d items, posted none\n", topic, stories[u.Topic], n)
			} else {
				fmt.Fprintf(a.stdout, "%s: %d stories told of these %d items\n", topic, stories[u.Topic], n)
			}
			if r := ratings.Topic[u.Topic]; r.Judged() > 0 {
				fmt.Fprintf(a.stdout, "  readers: %s\n", r)
			}
			fmt.Fprintln(a.stdout, "  ITEMS  ALONE  TERM")
		}
		if u.Items == 0 {
			silent++
			continue
		}
		var forms strings.Builder
		for i, f := range u.Forms {
			if i > 0 {
				forms.WriteString(", ")
			}
			forms.WriteString(fmt.Sprintf("%s %d", f.Text, f.Count))
		}
		fmt.Fprintf(a.stdout, "  %5d  %5d  %s\n                %s\n", u.Items, u.Alone, short(u.Term, 60), short(forms.String(), 62))
		if u.Common {
			fmt.Fprintf(a.stdout, "                too common: in %d %% of the past\n", 100*u.Items/n)
		}
		if u.Judged() > 0 {
			fmt.Fprintf(a.stdout, "                readers: %s\n", u.Rating)
		}
	}
	flush()
	if len(uses) == 0 {
		fmt.Fprintln(a.stdout, "no topic matched anything")
	}
}
