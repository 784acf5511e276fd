package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/daemon"
)

func (a *app) testCmd() *cobra.Command {
	var coverage bool
	c := &cobra.Command{
		Use: "test", GroupID: "rules", Args: cobra.NoArgs,
		Short: "Run the rule tests that stand in the config",
		Long: `Runs every example under tests: in the config. An example says which topics a
text must fire (fires), which it must not (not), or which headlines are one
story (same_story). --coverage shows per topic how many tests need it, and the
terms that no test meets.

Exit code 0: all pass. 1: some fail.`,
		Example: "  watcherd test\n  watcherd test --coverage\n  watcherd test --json",
		RunE: func(*cobra.Command, []string) error {
			if coverage {
				return a.coverage()
			}
			return a.test()
		},
	}
	c.Flags().BoolVar(&coverage, "coverage", false, "show what of each topic the tests touch")
	return c
}

func (a *app) test() error {
	r, err := a.compiled()
	if err != nil {
		return err
	}
	failed := 0
	results := daemon.RunTests(r)
	for _, t := range results {
		if !t.OK {
			failed++
		}
		if a.json {
			if err := a.lines(t); err != nil {
				return err
			}
			continue
		}
		if !t.OK {
			fmt.Fprintf(a.stdout, "%s: FAIL %q\n", t.At, t.Name)
			for _, w := range t.Wrong {
				fmt.Fprintf(a.stdout, "    %s\n", w)
			}
		}
	}
	if !a.json {
		fmt.Fprintf(a.stdout, "%d rule tests, %d failed\n", len(results), failed)
	}
	if failed > 0 {
		return errNo
	}
	return nil
}

// coverage shows what the tests touch, and still says no if one fails.
func (a *app) coverage() error {
	r, err := a.compiled()
	if err != nil {
		return err
	}
	failed := 0
	for _, t := range daemon.RunTests(r) {
		if !t.OK {
			failed++
		}
	}
	topics := daemon.Coverage(r)
	if a.json {
		for _, t := range topics {
			if err := a.lines(t); err != nil {
				return err
			}
		}
	} else if err := a.printCoverage(topics, failed); err != nil {
		return err
	}
	if failed > 0 {
		return errNo
	}
	return nil
}

// maxUnmet is how many terms without a test are listed per topic; --json has
// all.
const maxUnmet = 12

func (a *app) printCoverage(topics []daemon.TopicCoverage, failed int) error {
	var rows [][]string
	for _, t := range topics {
		rows = append(rows, []string{string(t.Topic), fmt.Sprint(t.Fires), fmt.Sprint(t.Not), fmt.Sprint(t.Empty), fmt.Sprintf("%d of %d", t.Met, t.Terms)})
	}
	if err := a.table([]string{"TOPIC", "FIRES", "NOT", "EMPTY", "TERMS MET"}, rows); err != nil {
		return err
	}
	for _, t := range topics {
		if t.Fires == 0 {
			fmt.Fprintf(a.stdout, "\n%s: no test needs it to fire, so nobody would notice if it never did\n", t.Topic)
		}
		if len(t.Unmet) == 0 {
			continue
		}
		fmt.Fprintf(a.stdout, "\n%s, met by no test:\n", t.Topic)
		for i, u := range t.Unmet {
			if i == maxUnmet {
				fmt.Fprintf(a.stdout, "  and %d more (--json lists them)\n", len(t.Unmet)-i)
				break
			}
			fmt.Fprintf(a.stdout, "  %s:%d  %s\n", u.Rule.File, u.Rule.Line, short(strings.TrimSpace(u.Term), 50))
		}
	}
	if failed > 0 {
		fmt.Fprintf(a.stdout, "\n%d rule tests fail: watcherd test shows them\n", failed)
	}
	return nil
}
