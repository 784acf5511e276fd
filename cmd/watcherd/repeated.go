package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) feedsRepeatedCmd() *cobra.Command {
	return &cobra.Command{
		Use: "repeated [FEED]", Aliases: []string{"boilerplate"}, Args: cobra.ArbitraryArgs,
		Short: "What each feed repeats, and so is no evidence",
		Long: `Lists the blocks of text that were found in three or more items of a feed:
appeals, newsletters, notes on the author. They are learned as boilerplate, and
a topic does not fire on their words. FEED is a part of its name or address.

To have one count again, copy words of it to pardon: in the config:

  boilerplate:
    pardon: "A weekly column on the alliance"`,
		Example: "  watcherd feeds repeated\n  watcherd feeds repeated guardian --json",
		RunE: func(c *cobra.Command, args []string) error {
			return a.repeated(c.Context(), strings.Join(args, " "))
		},
	}
}

func (a *app) repeated(ctx context.Context, feed string) error {
	asker, closing, err := a.ask(ctx)
	if err != nil {
		return err
	}
	blocks, err := asker.Repeated(ctx, feed)
	if err := joinClose(err, closing); err != nil {
		return err
	}
	if a.json {
		for _, b := range blocks {
			if err := a.lines(b); err != nil {
				return err
			}
		}
		return nil
	}
	if len(blocks) == 0 {
		fmt.Fprintln(a.stdout, "nothing was learned: no block of text stands in three items of a feed")
		return nil
	}
	now := time.Now()
	var table [][]string
	for _, b := range blocks {
		mark := ""
		if b.Pardoned {
			mark = "pardoned"
		}
		table = append(table, []string{short(b.Feed, 24), fmt.Sprint(b.Items), when(b.Last, now), mark, short(strings.Join(strings.Fields(b.Text), " "), 60)})
	}
	return a.table([]string{"FEED", "ITEMS", "LAST", "", "TEXT"}, table)
}
