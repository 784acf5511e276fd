package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/feeds"
)

func (a *app) feedsCmd() *cobra.Command {
	var unhealthy bool
	list := func(c *cobra.Command, _ []string) error { return a.listFeeds(c.Context(), unhealthy) }
	c := &cobra.Command{
		Use: "feeds", GroupID: "ask", Args: cobra.NoArgs,
		Short: "Feeds and their health: state, since when, last story, next try",
		Long: `Lists the configured feeds in the order of the files, as the running service or
the data file knows them. docs/feeds.md explains the states and error classes.`,
		Example: "  watcherd feeds\n  watcherd feeds --unhealthy\n  watcherd feeds export > feeds.opml",
		RunE:    list,
	}
	c.PersistentFlags().BoolVar(&unhealthy, "unhealthy", false, "only feeds that need a look; exit code 1 if there are any")
	c.AddCommand(
		&cobra.Command{Use: "list", Args: cobra.NoArgs, Short: "List the feeds", Example: "  watcherd feeds list --json", RunE: list},
		a.feedsRepeatedCmd(),
		a.feedsExportCmd(),
		a.feedsImportCmd(),
	)
	return c
}

// feedRows asks how the feeds fare; before the first start all are new.
func (a *app) feedRows(ctx context.Context) ([]daemon.FeedRow, error) {
	asker, closing, err := a.ask(ctx)
	if _, none := errors.AsType[*daemon.NoDataError](err); none {
		r, err := a.compiled()
		if err != nil {
			return nil, err
		}
		return daemon.NewFeeds(r), nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := asker.Feeds(ctx)
	return rows, joinClose(err, closing)
}

func (a *app) listFeeds(ctx context.Context, unhealthy bool) error {
	rows, err := a.feedRows(ctx)
	if err != nil {
		return err
	}
	if unhealthy {
		rows = slices.DeleteFunc(rows, func(r daemon.FeedRow) bool { return !r.Unhealthy() })
	}
	if a.json {
		for _, r := range rows {
			if err := a.lines(r); err != nil {
				return err
			}
		}
	} else if err := a.printFeeds(rows, unhealthy); err != nil {
		return err
	}
	if unhealthy && len(rows) > 0 {
		return errNo
	}
	return nil
}

func (a *app) printFeeds(rows []daemon.FeedRow, unhealthy bool) error {
	now := time.Now()
	if len(rows) == 0 {
		if unhealthy {
			fmt.Fprintln(a.stdout, "all feeds are well")
		} else {
			fmt.Fprintln(a.stdout, "no feeds are configured")
		}
		return nil
	}
	if unhealthy {
		for _, r := range rows {
			fmt.Fprintf(a.stdout, "%s  %s\n", r.Name, r.URL)
			fmt.Fprintf(a.stdout, "    %s for %s%s\n", r.State, strings.TrimSuffix(when(r.Since, now), " ago"), inARow(r.Fails))
			if r.Message != "" {
				fmt.Fprint(a.stdout, wrapped("    ", r.Class+": "+r.Message))
			}
			fmt.Fprintf(a.stdout, "    last good answer %s, last story %s, next try %s\n", when(r.LastGood, now), when(r.LastStory, now), nextTry(r.Next, now))
		}
		return nil
	}
	var table [][]string
	for _, r := range rows {
		table = append(table, []string{short(r.Name, 28), r.State, when(r.LastGood, now), when(r.LastStory, now), nextTry(r.Next, now), fmt.Sprint(r.Items)})
	}
	if err := a.table([]string{"FEED", "STATE", "LAST GOOD", "LAST STORY", "NEXT", "ITEMS"}, table); err != nil {
		return err
	}
	for _, r := range rows {
		for _, remark := range remarks(r) {
			fmt.Fprint(a.stdout, wrapped("", short(r.Name, 28)+" "+remark))
		}
	}
	return nil
}

// remarks are what is worth knowing of a feed beside its state.
func remarks(r daemon.FeedRow) []string {
	var all []string
	if r.Lies {
		all = append(all, "said “not modified” though it was not; it is asked in full each time")
	}
	if r.Repaired {
		all = append(all, "has broken markup, which is mended before it is read")
	}
	if r.Lost > 0 {
		all = append(all, fmt.Sprintf("has lost about %d items between two polls", r.Lost))
	}
	return all
}

func inARow(fails int) string {
	switch fails {
	case 0:
		return ""
	case 1:
		return ", 1 failure"
	}
	return fmt.Sprintf(", %d failures in a row", fails)
}

// nextTry says when a feed is asked again. One that is due and waits, since its
// host was asked to be left alone or has its turn later, is "due".
func nextTry(t, now time.Time) string {
	if !t.IsZero() && t.Before(now) {
		return "due"
	}
	return when(t, now)
}

func (a *app) feedsExportCmd() *cobra.Command {
	return &cobra.Command{
		Use: "export", Args: cobra.NoArgs,
		Short: "Print the configured feeds as OPML",
		Long: `Prints the configured feeds as OPML, which feed readers read; tags become
categories. No header and no password is printed.`,
		Example: "  watcherd feeds export > feeds.opml",
		RunE: func(*cobra.Command, []string) error {
			r, err := a.compiled()
			if err != nil {
				return err
			}
			var out []feeds.Outline
			for _, f := range r.Config.Feeds {
				out = append(out, feeds.Outline{Title: f.Name, URL: f.URL, Lang: f.Lang, Category: strings.Join(f.Tags, ",")})
			}
			if err := feeds.WriteOPML(a.stdout, "watcherd feeds", out); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout)
			return err
		},
	}
}
