package main

import (
	"iter"
	"maps"

	"github.com/spf13/cobra"
)

// commands are all commands, in the order in which the help lists them.
// Completion is cobra's own.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.runCmd(), a.demoCmd(),
		a.checkCmd(), a.testCmd(), a.replayCmd(), a.termsCmd(), a.missedCmd(), a.reloadCmd(),
		a.statusCmd(), a.whyCmd(), a.feedsCmd(), a.storiesCmd(), a.outboxCmd(), a.pollCmd(),
		a.initCmd(), a.slackCmd(), a.doctorCmd(), a.backupCmd(), a.restoreCmd(), a.compactCmd(), a.versionCmd(),
	}
}

func keys[M ~map[K]V, K comparable, V any](m M) iter.Seq[K] { return maps.Keys(m) }
