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
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use: "status", GroupID: "ask", Args: cobra.NoArgs,
		Short: "Is it healthy? The watch at a glance",
		Long: `Asks the running service, or the data file if none runs.

Exit code 0: healthy. 1: something stopped, or no service runs.`,
		Example: "  watcherd status\n  watcherd status --json",
		RunE:    func(c *cobra.Command, _ []string) error { return a.status(c.Context()) },
	}
}

func (a *app) status(ctx context.Context) error {
	asker, closing, err := a.ask(ctx)
	if err != nil {
		return err
	}
	st, err := asker.Status(ctx)
	if err := joinClose(err, closing); err != nil {
		return err
	}
	if a.json {
		if err := a.lines(st); err != nil {
			return err
		}
	} else {
		a.printStatus(st)
	}
	if !st.Healthy {
		return errNo
	}
	return nil
}

func (a *app) printStatus(st daemon.Status) {
	now, out := time.Now(), a.stdout
	switch {
	case !st.Running:
		fmt.Fprintln(out, "watcherd is NOT RUNNING; this is what its data file holds")
	case st.Healthy:
		fmt.Fprintf(out, "watcherd %s is healthy, up %s\n", st.Version, strings.TrimSuffix(when(st.Since, now), " ago"))
	default:
		fmt.Fprintf(out, "watcherd %s is UNHEALTHY, up %s\n", st.Version, strings.TrimSuffix(when(st.Since, now), " ago"))
	}
	if st.Degraded != "" {
		fmt.Fprintf(out, "DEGRADED: the last good config runs, since the file is refused:\n  %s\n", strings.ReplaceAll(st.Degraded, "\n", "\n  "))
	}
	for _, c := range st.Checks {
		if !c.OK {
			fmt.Fprintf(out, "  %s: %s\n", c.Name, c.Detail)
		}
	}
	fmt.Fprintf(out, "feeds     %d of %d ok%s\n", st.Feeds.OK, st.Feeds.All, byState(st.Feeds.ByState))
	if remarks := feedRemarks(st.Feeds); remarks != "" {
		fmt.Fprintf(out, "          %s\n", remarks)
	}
	fmt.Fprintf(out, "topics    %d\n", st.Topics)
	fmt.Fprintf(out, "stored    %d items, %d stories, %s in %s\n", st.Items, st.Stories, size(st.Bytes), st.DataFile)
	fmt.Fprintf(out, "outbox    %d sent, %d queued, %d unknown, %d held, %d buried\n",
		st.Outbox["sent"], st.Outbox["queued"]+st.Outbox["sending"], st.Outbox["unknown"], st.Outbox["held"], st.Outbox["buried"])
	if !st.Waiting.IsZero() {
		fmt.Fprintf(out, "          the oldest has waited since %s\n", when(st.Waiting, now))
	}
	for _, t := range st.Troubles {
		fmt.Fprintf(out, "          %s %s: %s\n            %s\n", t.State, t.Channel, short(t.Headline, 50), short(t.Reason, 66))
	}
	if d := st.LastAlert; d != nil {
		fmt.Fprintf(out, "last      %s in %s: %s\n", when(d.Since, now), d.Alert.Channel, short(d.Alert.Headline, 44))
	}
	for _, m := range st.Muted {
		fmt.Fprintf(out, "muted     in %s by %s until %s: %s, %d held back\n", m.Channel, m.By, m.Until.Local().Format("2 Jan 15:04 MST"), m.About, m.Items)
	}
	if h := st.Hands; h != nil {
		fmt.Fprintf(out, "buttons   %s since %s%s\n", h.State, when(h.Since, now), handsDetail(h))
	}
	if st.Promise != "" {
		fmt.Fprintf(out, "promise   %s\n", st.Promise)
	}
	fmt.Fprintf(out, "config    %s\n", st.Config)
}

// handsDetail says what stands in the way of clicks.
func handsDetail(h *notify.HandsState) string {
	switch {
	case h.State != "connected" && h.Reason != "":
		return ": " + short(h.Reason, 60) + "; alerts are not affected"
	case h.Connections > 1:
		return fmt.Sprintf("; %d connections share the clicks: does another watcherd run with this app token?", h.Connections)
	}
	return ""
}

func byState(states map[string]int) string {
	var parts []string
	for _, s := range []string{"new", "failing", "walled", "gone", "quiet", "merged", "paused"} {
		if n := states[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// feedRemarks is what is worth knowing of feeds that are well.
func feedRemarks(c daemon.FeedCounts) string {
	var parts []string
	if c.Lie > 0 {
		parts = append(parts, fmt.Sprintf("%d said “not modified” falsely and not believed", c.Lie))
	}
	if c.Repaired > 0 {
		parts = append(parts, fmt.Sprintf("%d with broken markup, mended", c.Repaired))
	}
	if c.Lost > 0 {
		parts = append(parts, fmt.Sprintf("%d items went by between polls", c.Lost))
	}
	return strings.Join(parts, "; ")
}

func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d kB", n/1000)
}

var states = []news.State{news.StateQueued, news.StateSending, news.StateSent, news.StateUnknown,
	news.StateHeld, news.StateBuried, news.StateExpired, news.StateSuppressed}

func (a *app) outboxCmd() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use: "outbox", GroupID: "ask", Args: cobra.NoArgs,
		Short: "What was said, what waits, and what could not be said",
		Long: `Lists the last 200 changes in the outbox, newest first: queued (waits for its
turn), sending, sent, unknown (may have been said: looked for before it is said
again), held (Slack refuses for now), buried (can never be said), expired (too
old to be news), suppressed (overtaken or muted).`,
		Example: "  watcherd outbox\n  watcherd outbox --state held --json",
		RunE: func(c *cobra.Command, _ []string) error {
			if state != "" && !slices.Contains(states, news.State(state)) {
				return usagef("outbox: there is no state %q", state)
			}
			asker, closing, err := a.ask(c.Context())
			if err != nil {
				return err
			}
			ds, err := asker.Outbox(c.Context(), state)
			if err := joinClose(err, closing); err != nil {
				return err
			}
			if a.json {
				for _, d := range ds {
					if err := a.lines(d); err != nil {
						return err
					}
				}
				return nil
			}
			var rows [][]string
			for _, d := range ds {
				rows = append(rows, []string{string(d.State), when(d.Since, time.Now()), string(d.Alert.Kind), d.Alert.Channel,
					short(d.Alert.Headline, 36), short(d.Reason, 30)})
			}
			if len(rows) == 0 {
				fmt.Fprintln(a.stdout, "the outbox is empty")
				return nil
			}
			return a.table([]string{"STATE", "SINCE", "KIND", "CHANNEL", "HEADLINE", "REASON"}, rows)
		},
	}
	c.Flags().StringVar(&state, "state", "", "only queued, sending, sent, unknown, held, buried, expired or suppressed")
	return c
}

func (a *app) storiesCmd() *cobra.Command {
	var n int
	c := &cobra.Command{
		Use: "stories", GroupID: "ask", Args: cobra.NoArgs,
		Short: "The stories of the window, newest first, with their reports",
		Long: `Lists the stories on the desk's topics that a report can still join, with the
first five of their reports. docs/stories.md says what makes one story.

Reports that do not belong together are taken apart with stories split.`,
		Example: "  watcherd stories\n  watcherd stories -n 5 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			asker, closing, err := a.ask(c.Context())
			if err != nil {
				return err
			}
			sts, err := asker.Stories(c.Context(), n)
			if err := joinClose(err, closing); err != nil {
				return err
			}
			for _, st := range sts {
				if a.json {
					if err := a.lines(st); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(a.stdout, "%s  %s\n", st.ID, short(st.Headline, 56))
				fmt.Fprintf(a.stdout, "    %s, last %s; topics %s\n", counted(st.Count, "report"), when(st.Last, time.Now()), join(st.Topics))
				for _, r := range st.Reports[:min(len(st.Reports), 5)] {
					fmt.Fprintf(a.stdout, "    %s  %s  %s: %s\n", r.Item, r.At.UTC().Format("01-02 15:04"), short(r.Outlet, 16), short(r.Title, 32))
				}
			}
			if len(sts) == 0 && !a.json {
				fmt.Fprintln(a.stdout, "no stories in the window")
			}
			return nil
		},
	}
	c.Flags().IntVarP(&n, "number", "n", 20, "how many; 0 for all")
	c.AddCommand(a.splitCmd())
	return c
}

func join[S ~string](ss []S) string {
	parts := make([]string, len(ss))
	for i, s := range ss {
		parts[i] = string(s)
	}
	return strings.Join(parts, ", ")
}

func (a *app) splitCmd() *cobra.Command {
	return &cobra.Command{
		Use: "split ID", Args: cobra.ExactArgs(1),
		Short: "Take a report out of a story that it does not belong to",
		Long: `Takes the report named by its ID or address out of its story, with the later
reports that are more like it than like the rest, and makes them a story of
their own. Of a story named by its ID it takes the report that is least like the
others. No later decision brings them back. Nothing is posted: a further report
of the new story is told as a new one.

It works through the running service, or on the data file if none runs.`,
		Example: "  watcherd stories split i9pq2c1x8m4tz\n  watcherd stories split https://example.org/news/42",
		RunE: func(c *cobra.Command, args []string) error {
			r, _, err := a.service(c.Context())
			var s daemon.SplitAnswer
			switch {
			case err == nil:
				s, err = r.Split(c.Context(), args[0])
			case errors.Is(err, daemon.ErrNotRunning):
				rules, rerr := a.compiled()
				if rerr != nil {
					return rerr
				}
				s, err = daemon.Split(c.Context(), rules, args[0])
			}
			if err != nil {
				return err
			}
			if a.json {
				return a.lines(s)
			}
			fmt.Fprintf(a.stdout, "%s  %s\n    %d reports stay\n", s.From.ID, short(s.From.Headline, 56), s.From.Count)
			fmt.Fprintf(a.stdout, "%s  %s\n    %d reports left; no later decision brings them back\n", s.To.ID, short(s.To.Headline, 56), s.To.Count)
			return nil
		},
	}
}
