package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	bad, good := feedTables(rows, now)
	// What needs a look comes first; what is well has no place above the news.
	for _, t := range []web.Table{waitingTable(st, now), bad} {
		if len(t.Rows) > 0 {
			pg.Tables = append(pg.Tables, t)
		}
	}
	pg.Tables = append(pg.Tables, toldTable(told, now), good)
	return pg, nil
}

func lead(st Status, now time.Time) string {
	s := fmt.Sprintf("Up %s. %d of %d feeds are well. %d items and %d stories stored. %s",
		span(now.Sub(st.Since)), st.Feeds.OK, st.Feeds.All, st.Items, st.Stories, sentence(st.Promise))
	if st.Degraded != "" {
		s = "The last good config runs, since the files are refused. " + s
	}
	return s
}

// sentence begins a text with a capital.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
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
	t := web.Table{Title: "Alerts that do not get through", Heads: []string{"Headline", "Channel", "State", "Since", "Reason"}}
	for _, x := range st.Troubles {
		t.Rows = append(t.Rows, web.Row{Warn: true, Cells: []string{x.Headline, x.Channel, string(x.State), ago(x.Since, now), x.Reason}})
	}
	return t
}

// feedTables are the feeds that need a look and the others, in the order of
// the files.
func feedTables(rows []FeedRow, now time.Time) (bad, good web.Table) {
	heads := []string{"Feed", "State", "Last story", "Next", "Items", "Note"}
	bad = web.Table{Title: "Feeds that need a look", Heads: heads}
	good = web.Table{Title: "Feeds", Empty: "No feed is well.", Heads: heads}
	if len(rows) == 0 {
		good.Empty = "No feeds are configured."
	}
	for _, r := range rows {
		row := web.Row{Warn: r.Unhealthy(), Link: webOnly(r.URL), Cells: []string{
			r.Name, r.State, ago(r.LastStory, now), nextTry(r, now), fmt.Sprint(r.Items), feedNote(r)}}
		if row.Warn {
			bad.Rows = append(bad.Rows, row)
		} else {
			good.Rows = append(good.Rows, row)
		}
	}
	return bad, good
}

func nextTry(r FeedRow, now time.Time) string {
	switch {
	case r.Next.IsZero():
		return "-"
	case r.Next.Before(now): // its host has its turn later
		return "due"
	}
	return "in " + span(r.Next.Sub(now))
}

func feedNote(r FeedRow) string {
	switch {
	case r.State == feeds.StateQuiet:
		return "nothing new for longer than is usual for it"
	case r.Message != "":
		return r.Message
	case r.Lies:
		return "says “not modified” falsely; it is asked in full each time"
	case r.Repaired:
		return "its markup is broken and is repaired"
	}
	return ""
}

func webOnly(u string) string {
	if strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
		return u
	}
	return ""
}
