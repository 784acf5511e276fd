package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/daemon"
)

func (a *app) checkCmd() *cobra.Command {
	return &cobra.Command{
		Use: "check", GroupID: "rules", Args: cobra.NoArgs,
		Short: "Is this config good? Every fault at once, with place and fix",
		Long: `Reads the config and all files it includes, checks every value and every rule,
and runs the rule tests. What passes here is what run and reload accept. Where
stories are stored and no service runs, terms in more than 5 % of them are told.
What a reload takes only with --accept-removals gets a warning.

Exit code 0: good. 1: faults found; nothing is changed by finding them.`,
		Example: "  watcherd check\n  watcherd check --config configs/watcherd.yaml\n  watcherd check --json",
		RunE:    func(c *cobra.Command, _ []string) error { return a.check(c.Context()) },
	}
}

func (a *app) check(ctx context.Context) error {
	c, r, faults := daemon.Prepare(a.configFile())
	if r != nil {
		faults = c.Sort(slices.Concat(faults, daemon.CommonTerms(ctx, r), removals(c)))
	}
	if a.json {
		for _, f := range faults {
			if err := a.lines(faultLine{f.File, f.Line, f.Col, f.Message, f.Fix, f.Warning}); err != nil {
				return err
			}
		}
	} else {
		if err := faults.Render(a.stdout, isTerminal(a.stdout)); err != nil {
			return err
		}
	}
	if r == nil {
		return errNo
	}
	if !a.json {
		fmt.Fprintf(a.stdout, "%s: good. %s\n", c.Pos.File, summary(c))
	}
	return nil
}

// removals warns of a config that `reload` does not take without being told so,
// because too much of the one that runs is missing in it.
func removals(c *config.Config) config.Faults {
	good, _, err := config.LoadGood(c.StateDir)
	if err != nil || good.Hash() == c.Hash() || !samePath(good.Files()[0], c.Files()[0]) {
		return nil // nothing to compare with
	}
	gone := config.Shrink(good, c)
	if len(gone) == 0 {
		return nil
	}
	const shown = 3
	names := strings.Join(gone[:min(len(gone), shown)], ", ")
	if more := len(gone) - shown; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	f := c.Fault(config.Pos{File: c.Pos.File}, 0, fmt.Sprintf("so much of the config that runs is gone that a reload is refused, as of a half-saved file: %s", names),
		"if that is what you want: watcherd reload --accept-removals")
	f.Warning = true
	return config.Faults{f}
}

func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// faultLine is a fault as `check --json` prints it.
type faultLine struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Warning bool   `json:"warning,omitempty"`
}

func summary(c *config.Config) string {
	return fmt.Sprintf("%d feeds, %d topics, %d entities, %d rule tests pass.",
		len(c.Feeds), len(c.Topics), len(c.Entities), len(c.Tests))
}
