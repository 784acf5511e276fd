package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/slack"
)

func (a *app) slackCmd() *cobra.Command {
	c := &cobra.Command{Use: "slack", GroupID: "care", Short: "The Slack app's manifest; one test message", Args: cobra.NoArgs,
		Example: "  watcherd slack manifest > manifest.json\n  watcherd slack test '#watcherd-ops'",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(
		&cobra.Command{
			Use: "manifest", Args: cobra.NoArgs,
			Short:   "Print the manifest to create the Slack app from",
			Example: "  watcherd slack manifest > manifest.json",
			RunE: func(*cobra.Command, []string) error {
				_, err := a.stdout.Write(slack.Manifest())
				return err
			},
		},
		&cobra.Command{
			Use: "test CHANNEL", Args: cobra.ExactArgs(1),
			Short:   "Post one test message to a channel",
			Example: "  watcherd slack test '#watcherd-ops'",
			RunE:    func(c *cobra.Command, args []string) error { return a.slackTest(c.Context(), args[0]) },
		},
	)
	return c
}

// bot is the notifier of the configured bot token.
func (a *app) bot() (*slack.Notifier, *config.Config, error) {
	c, faults := config.Load(a.configFile())
	secrets, more := c.Secrets(os.Getenv)
	if faults = append(faults, more...); faults.Bad() {
		a.render(c, faults)
		return nil, nil, errNo
	}
	if secrets.SlackBot.IsZero() {
		return nil, c, errors.New("there is no Slack bot token: name its file as slack.bot_token_file, or set WATCHERD_SLACK_BOT_TOKEN")
	}
	n, err := slack.New(slack.Options{Token: secrets.SlackBot.Reveal(), AppToken: secrets.SlackApp.Reveal(), APIURL: c.Slack.APIURL})
	return n, c, err
}

func (a *app) slackTest(ctx context.Context, channel string) error {
	n, _, err := a.bot()
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	al := news.Alert{
		ID: news.NewAlertID(news.StoryID(now.Format(time.RFC3339Nano)), channel, news.KindOps, 0), Channel: channel, Kind: news.KindOps,
		Headline: "This is a test message of watcherd", Queued: now, Seen: now,
		Lines: []news.Line{{Text: "If you can read this, alerts for this channel will arrive."}},
	}
	r, err := n.Say(ctx, news.Delivery{Alert: al, State: news.StateSending, First: now}, news.Receipt{})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "posted to %s as message %s\n", channel, r.Message)
	return nil
}

func (a *app) doctorCmd() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", GroupID: "care", Args: cobra.NoArgs,
		Short: "Token, scopes, channels, disk, clock, names: what holds",
		Long: `Looks at everything that delivery leans on, and posts nothing.

Exit code 0: all good. 1: something needs a hand.`,
		Example: "  watcherd doctor\n  watcherd doctor --json",
		RunE:    func(c *cobra.Command, _ []string) error { return a.doctor(c.Context()) },
	}
}

func (a *app) doctor(ctx context.Context) error {
	c, faults := config.Load(a.configFile())
	if faults.Bad() {
		a.render(c, faults)
		return errNo
	}
	checks := machineChecks(ctx, c)
	secrets, more := c.Secrets(os.Getenv)
	for _, f := range more {
		checks = append(checks, slack.Check{Subject: "secrets", OK: f.Warning, Detail: f.Message, Fix: f.Fix})
	}
	if secrets.SlackBot.IsZero() {
		detail := "no token: alerts go to the terminal"
		if !secrets.SlackWebhook.IsZero() {
			detail = slack.WebhookPromise
		}
		checks = append(checks, slack.Check{Subject: "Slack", OK: true, Weak: true, Detail: detail})
	} else {
		n, _, err := a.bot()
		if err != nil {
			return err
		}
		found, err := n.Doctor(ctx, channelsOf(c))
		if err != nil {
			found = []slack.Check{{Subject: "Slack", Detail: err.Error(), Fix: "look at the network of this machine and at slack.api_url"}}
		}
		checks = append(checks, found...)
	}
	bad := false
	for _, k := range checks {
		bad = bad || !k.OK
		if a.json {
			if err := a.lines(k); err != nil {
				return err
			}
			continue
		}
		word := "ok  "
		if !k.OK {
			word = "BAD "
		} else if k.Weak {
			word = "weak"
		}
		const margin = "                     "
		lead := fmt.Sprintf("%s  %-14s ", word, k.Subject)
		fmt.Fprint(a.stdout, lead+strings.TrimLeft(wrapped(margin, k.Detail), " "))
		if k.Fix != "" && (!k.OK || k.Weak) {
			fmt.Fprint(a.stdout, wrapped(margin, "fix: "+k.Fix))
		}
	}
	if bad {
		return errNo
	}
	return nil
}

// channelsOf are all channels that the config can lead to.
func channelsOf(c *config.Config) []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for i := range c.Topics {
		add(c.Topics[i].Route()...)
	}
	add(c.DefaultChannel, c.Slack.OpsChannel)
	return out
}
