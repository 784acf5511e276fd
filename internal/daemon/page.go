package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
	"github.com/watcherd/watcherd/internal/web"
)

// pageSource fills the desk's page.
type pageSource struct{ d *Daemon }

// Checks are the parts that must progress.
func (p pageSource) Checks() []web.Check { return p.d.checks(time.Now()) }

// Page gathers what a desk looks for first: is it well, what was told, what
// waits, and which feeds need a look.
func (p pageSource) Page(ctx context.Context) (web.Page, error) {
	st, err := p.d.Status(ctx)
	if err != nil {
		return web.Page{}, err
	}
	v, now := p.d.view(), time.Now()
	pg := web.Page{Title: "watcherd", Checks: st.Checks, Now: now, Lead: lead(st, now)}
	told, err := v.store.Deliveries(ctx, store.Filter{Limit: 60})
	if err != nil {
		return pg, err
	}
	rows, err := v.Feeds(ctx)
	if err != nil {
		return pg, err
	}
	pg.Tables = []web.Table{toldTable(told, now), waitingTable(st, now), feedTable(rows, now)}
	return pg, nil
}

func lead(st Status, now time.Time) string {
	s := fmt.Sprintf("Up %s. %d of %d feeds are well. %d items and %d stories stored. %s",
		span(now.Sub(st.Since)), st.Feeds.OK, st.Feeds.All, st.Items, st.Stories, st.Promise)
	if st.Degraded != "" {
		s = "The last good config runs, since the files are refused. " + s
	}
	return s
}

func toldTable(ds []news.Delivery, now time.Time) web.Table {
	t := web.Table{Title: "Told lately", Empty: "Nothing has been told yet.", Heads: []string{"Headline", "Outlet", "Channel", "Reports", "When"}}
	for _, d := range ds {
		if d.State != news.StateSent || d.Alert.Kind != news.KindAlert || len(t.Rows) == 25 {
			continue
		}
		t.Rows = append(t.Rows, web.Row{Link: d.Alert.URL, Cells: []string{
			d.Alert.Headline, d.Alert.Outlet, d.Alert.Channel, fmt.Sprint(max(d.Alert.Count, 1)), ago(d.Since, now)}})
	}
	return t
}

func waitingTable(st Status, now time.Time) web.Table {
	t := web.Table{Title: "Does not get through", Empty: "Every alert gets through.", Heads: []string{"Headline", "Channel", "State", "Since", "Reason"}}
	for _, x := range st.Troubles {
		t.Rows = append(t.Rows, web.Row{Warn: true, Cells: []string{x.Headline, x.Channel, string(x.State), ago(x.Since, now), x.Reason}})
	}
	return t
}

func feedTable(rows []FeedRow, now time.Time) web.Table {
	t := web.Table{Title: "Feeds", Empty: "No feeds are configured.", Heads: []string{"Feed", "State", "Last story", "Next", "Items", "Note"}}
	for _, bad := range []bool{true, false} {
		for _, r := range rows {
			if r.Unhealthy() != bad {
				continue
			}
			note := r.Message
			if r.State == feeds.StateQuiet {
				note = "nothing new for longer than is usual for it"
			}
			if r.Repaired && note == "" {
				note = "its markup is broken and is repaired"
			}
			next := "-"
			switch {
			case r.Next.IsZero():
			case r.Next.Before(now): // its host has its turn later
				next = "due"
			default:
				next = "in " + span(r.Next.Sub(now))
			}
			t.Rows = append(t.Rows, web.Row{Warn: bad, Link: webOnly(r.URL), Cells: []string{
				r.Name, r.State, ago(r.LastStory, now), next, fmt.Sprint(r.Items), note}})
		}
	}
	return t
}

func webOnly(u string) string {
	if strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
		return u
	}
	return ""
}
