// Command watcherd watches news feeds for a desk and tells each story once, in
// the right channel, with the reason. This package is the door: flags,
// signals, exit codes and tables; what the words mean is decided behind it.
//
// Results go to stdout, talk to stderr. Exit codes: 0 good, 1 the answer is
// no (faults found, tests failed, unhealthy), 2 wrong usage, 3 could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/news"
)

// The exit codes of every command.
const (
	exitGood  = 0
	exitNo    = 1
	exitUsage = 2
	exitFail  = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errNo is the answer "no": everything worked and the result is bad. What is
// wrong has been printed already.
var errNo = errors.New("no")

// usageError is a command line that means nothing.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errNo):
		return exitNo
	}
	fmt.Fprintf(stderr, "watcherd: %s\n", strings.TrimSpace(err.Error()))
	if _, ok := errors.AsType[usageError](err); ok || strings.HasPrefix(err.Error(), "unknown command") {
		fmt.Fprintln(stderr, "watcherd: hint: watcherd help, or watcherd COMMAND --help")
		return exitUsage
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		fmt.Fprintf(stderr, "watcherd: hint: %s\n", h.Hint())
	}
	return exitFail
}

// app is what the commands share.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	configPath string
	json       bool

	sources []news.Feed // of the config, with their secrets; set by pollClient
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "watcherd",
		Short: "the news watch of a desk: each story once, in the right channel, with the reason",
		Long: `watcherd polls RSS, Atom and JSON feeds, finds the stories on a desk's topics,
tells each story once in the right Slack channel, with the reason, and loses
none.

See it work, without any set-up:   watcherd demo
Make a starter config:             watcherd init
Is the config good?                watcherd check
Run it:                            watcherd run`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return c.Help()
		},
	}
	root.PersistentFlags().StringVar(&a.configPath, "config", "", "the config `FILE` (default $WATCHERD_CONFIG, else /etc/watcherd/watcherd.yaml, else configs/watcherd.yaml)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON lines for machines")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 "))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddGroup(
		&cobra.Group{ID: "watch", Title: "Watch:"},
		&cobra.Group{ID: "rules", Title: "Rules:"},
		&cobra.Group{ID: "ask", Title: "Ask:"},
		&cobra.Group{ID: "care", Title: "Care:"},
	)
	for _, c := range a.commands() {
		checkArgs(c)
		root.AddCommand(c)
	}
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Args = nil
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("completion: there is none for %s", args[0])
			}
			return c.Help()
		}
	}
	root.Version = version()
	root.SetVersionTemplate("watcherd {{.Version}}\n")
	return root
}

// checkArgs makes wrong arguments a matter of usage.
func checkArgs(c *cobra.Command) {
	if args := c.Args; args != nil {
		c.Args = func(c *cobra.Command, a []string) error {
			if err := args(c, a); err != nil {
				return usageError{fmt.Errorf("%s: %w", c.CommandPath(), err)}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
}
