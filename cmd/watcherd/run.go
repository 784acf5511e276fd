package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/slack"
	"github.com/watcherd/watcherd/internal/notify/terminal"
)

func (a *app) runCmd() *cobra.Command {
	var once, dry bool
	c := &cobra.Command{
		Use: "run", GroupID: "watch", Args: cobra.NoArgs,
		Short: "The service: poll, judge, group, tell",
		Long: `Watches the configured feeds until it is stopped. Without a Slack token alerts
go to this terminal. What is in a feed at first sight never alerts, unless
fetch.first_poll says so. SIGTERM stops cleanly; SIGHUP and a change of the
files reload the config.`,
		Example: "  watcherd run\n  watcherd run --once\n  watcherd run --dry-run --config configs/watcherd.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.run(c.Context(), once, dry)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "one round of every feed, deliver what it brings, and exit")
	c.Flags().BoolVar(&dry, "dry-run", false, "alerts to this terminal, nothing to Slack, and nothing of it remembered by the service")
	return c
}

// thrift is how much garbage the service lets lie, in percent of what it
// holds: it shares a small machine, and what it holds is mostly kept.
const thrift = 50

func (a *app) run(ctx context.Context, once, dry bool) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(thrift)
	}
	path := a.configFile()
	r, degraded, err := daemon.Boot(path)
	if err != nil {
		if faults, ok := errors.AsType[config.Faults](err); ok {
			a.render(nil, faults)
			return errNo
		}
		return err
	}
	log := a.logger(r.Config.Log)
	if degraded != "" {
		log.Error("the config is refused; the last good one runs until it is mended", "faults", degraded)
	}
	notifier, promise, err := a.notifier(ctx, r.Config, dry)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "watcherd %s: %s Delivery: %s\n", version(), summaryOf(r.Config), promise)
	opts := daemon.Options{Version: version(), Log: log, Notifier: notifier, Promise: promise, Degraded: degraded, Dry: dry}
	if bot, ok := notifier.(*slack.Notifier); ok {
		if hands := bot.Hands(log); hands != nil {
			opts.Hands = hands
		}
	}
	d, err := daemon.Build(ctx, r, path, opts)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // what reading the config and the past took is not needed again
	if once {
		sum, err := d.Once(ctx)
		if ctx.Err() == nil {
			fmt.Fprintln(a.stderr, "watcherd: "+sum.String())
		}
		return errors.Join(err, d.Close())
	}
	if addr := d.Addr(); addr != "" {
		fmt.Fprintf(a.stderr, "watcherd: the desk's page is http://%s/\n", addr)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	err = d.Run(ctx, hup)
	return errors.Join(err, d.Close())
}

func summaryOf(c *config.Config) string {
	return fmt.Sprintf("%d feeds, %d topics, %d entities.", len(c.Feeds), len(c.Topics), len(c.Entities))
}

// askSlack is how long the start waits for Slack's word on the token.
const askSlack = 3 * time.Second

// notifier chooses how alerts are said, and the sentence that says what that
// promises.
func (a *app) notifier(ctx context.Context, c *config.Config, dry bool) (notify.Notifier, string, error) {
	secrets, faults := c.Secrets(os.Getenv)
	if err := faults.Err(); err != nil {
		return nil, "", err
	}
	switch {
	case dry:
		return a.terminal(c), "dry run: alerts go to this terminal, nothing to Slack.", nil
	case !secrets.SlackBot.IsZero():
		n, err := slack.New(slack.Options{Token: secrets.SlackBot.Reveal(), AppToken: secrets.SlackApp.Reveal(), APIURL: c.Slack.APIURL,
			WaitFile: filepath.Join(c.StateDir, "slack.wait")})
		if err != nil {
			return nil, "", err
		}
		ctx, cancel := context.WithTimeout(ctx, askSlack)
		defer cancel()
		return n, n.Promise(ctx), nil
	case !secrets.SlackWebhook.IsZero():
		n, err := slack.NewWebhook(secrets.SlackWebhook.Reveal(), nil)
		return n, slack.WebhookPromise, err
	}
	return a.terminal(c), "no Slack token: alerts go to this terminal (docs/slack.md says how to connect Slack).", nil
}

func (a *app) terminal(c *config.Config) notify.Notifier {
	return terminal.New(a.stdout, terminal.Options{Color: isTerminal(a.stdout), Zone: c.Timezone})
}

// logger writes to stderr, which systemd keeps.
func (a *app) logger(l config.Log) *slog.Logger {
	level := slog.LevelInfo
	// The checker has seen to it that the word is a level.
	_ = level.UnmarshalText([]byte(l.Level))
	opts := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, opts))
	}
	return slog.New(slog.NewTextHandler(a.stderr, opts))
}
