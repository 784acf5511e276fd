package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// missedQuestion is what the command was asked.
type missedQuestion struct {
	words, title, body, lang, topic, since, items string
}

func (a *app) missedCmd() *cobra.Command {
	var q missedQuestion
	c := &cobra.Command{
		Use: "missed (URL | ID | WORDS... | --title T [--text T])", GroupID: "rules",
		Short: "What would have brought this: a term or a feed, and its cost",
		Long: `Looks for what would have told a story that was not told. For an item that was
polled and matched no topic it proposes terms, tried on the stored past: stories
gained, how many of them another topic tells already, alerts more a day. For an
address that was never polled it asks the site for its feeds and shows what the
rules make of them. Nothing is changed; paste what you like into your files.

Exit code 0: something is proposed. 1: nothing is, or it was told.`,
		Example: "  watcherd missed https://example.org/2026/treaty\n  watcherd missed --title 'Two banks frozen' --topic sanctions --since 14d",
		RunE: func(c *cobra.Command, args []string) error {
			q.words = strings.Join(args, " ")
			if q.words == "" && q.title == "" {
				return usagef("missed: name the story by its address, its ID or its words, or give --title")
			}
			return a.missed(c.Context(), q)
		},
	}
	c.Flags().StringVar(&q.title, "title", "", "the headline, where the story is not stored")
	c.Flags().StringVar(&q.body, "text", "", "and its text")
	c.Flags().StringVar(&q.lang, "lang", "", "and its language, if it should not be detected")
	c.Flags().StringVar(&q.topic, "topic", "", "the topic that should have had it (default: the closest)")
	c.Flags().StringVar(&q.since, "since", "14d", "how much of the stored past to try terms on")
	c.Flags().StringVar(&q.items, "items", "", "try them on the items of `FILE` instead")
	return c
}

func (a *app) missed(ctx context.Context, q missedQuestion) error {
	r, err := a.compiled()
	if err != nil {
		return err
	}
	if q.topic != "" && !hasTopic(r, q.topic) {
		return usagef("missed: there is no topic %q", q.topic)
	}
	past, err := a.past(ctx, r, q.since, q.items)
	if err != nil {
		return err
	}
	it, found := missedItem(q, past)
	if !found && isWeb(q.words) {
		return a.missedFeed(ctx, r, q.words)
	}
	bar := a.progress("trying terms")
	n := 0
	m, err := daemon.Propose(ctx, r, &it, news.TopicID(q.topic), past, func() { n++; bar.step(n, len(past)) })
	bar.done()
	if err != nil {
		return err
	}
	if a.json {
		if err := a.lines(m); err != nil {
			return err
		}
	} else if err := a.printMissed(m); err != nil {
		return err
	}
	if len(m.Proposals) == 0 {
		return errNo
	}
	return nil
}

// missedItem is the story: as given, as stored, or the words as a headline.
func missedItem(q missedQuestion, past []daemon.Past) (news.Item, bool) {
	if q.title != "" {
		return news.Item{Title: text.Title(q.title), Summary: text.Plain(q.body), Lang: q.lang, FirstSeen: time.Now().UTC()}, true
	}
	address := feeds.Canonical(q.words)
	words := strings.Fields(strings.ToLower(q.words))
	for i := len(past) - 1; i >= 0; i-- {
		it := &past[i].Item
		switch {
		case string(it.ID) == q.words, isWeb(q.words) && feeds.Canonical(it.URL) == address:
			return *it, true
		case !isWeb(q.words) && hasWords(it.Title, words):
			return *it, true
		}
	}
	return news.Item{Title: text.Title(q.words), Lang: q.lang, FirstSeen: time.Now().UTC()}, false
}

func hasWords(title string, words []string) bool {
	title = strings.ToLower(title)
	for _, w := range words {
		if !strings.Contains(title, w) {
			return false
		}
	}
	return true
}

func (a *app) printMissed(m daemon.Missed) error {
	fmt.Fprintln(a.stdout, orDash(m.Item.Title, m.Item.URL))
	if len(m.Fired) > 0 && len(m.Proposals) == 0 && m.Lacks == "" {
		fmt.Fprintf(a.stdout, "  the rules as they stand match it: %s; watcherd why says what became of it\n", joinTopics(m.Fired))
		return nil
	}
	if m.Topic == "" {
		fmt.Fprintln(a.stdout, "  there is no topic that could have it")
		return nil
	}
	fmt.Fprintf(a.stdout, "  %s lacks: %s\n", m.Topic, m.Lacks)
	if len(m.Proposals) == 0 {
		fmt.Fprintln(a.stdout, "  no words of it would make a term")
		return nil
	}
	if m.Items == 0 {
		fmt.Fprint(a.stdout, "  nothing is stored yet, so what a term would gain and cost is not known\n\n")
	} else {
		fmt.Fprintf(a.stdout, "  tried on %s of %s:\n\n", counted(m.Items, "stored item"), counted(int(m.Days+0.5), "day"))
	}
	rows := make([][]string, 0, len(m.Proposals))
	for _, p := range m.Proposals {
		term := p.Term
		if p.Group != "" {
			term += "  (under all: " + p.Group + ")"
		}
		rows = append(rows, []string{term, strconv.Itoa(p.Agrees), strconv.Itoa(p.Gains), strconv.Itoa(p.Known), fmt.Sprintf("%.1f", p.PerDay)})
	}
	if err := a.table([]string{"TERM FOR " + string(m.Topic), "HAS ALREADY", "GAINS", "OF THESE TOLD ELSEWHERE", "MORE A DAY"}, rows); err != nil {
		return err
	}
	for _, p := range m.Proposals {
		for _, s := range p.Sample {
			fmt.Fprintf(a.stdout, "  + %s  (%s)\n", short(s.Headline, 70), p.Term)
		}
	}
	fmt.Fprintf(a.stdout, "\nPut the term you choose into the topic, and the example beside it:\n\ntests:\n  - title: %s\n    fires: [%s]\n",
		strconv.Quote(m.Item.Title), joinTopics(append(m.Fired, m.Topic)))
	return nil
}

func joinTopics(ids []news.TopicID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, ", ")
}

// newFeed is a feed that would have brought a story.
type newFeed struct {
	URL    string             `json:"url"`
	Title  string             `json:"title"`
	Has    bool               `json:"has"` // the story is in it now
	Items  int                `json:"items"`
	PerDay float64            `json:"per_day"` // items
	Told   []daemon.StoryDiff `json:"told"`    // what the rules make of them
}

// missedFeed looks for feeds of the site that would have brought the address.
func (a *app) missedFeed(ctx context.Context, r *daemon.Rules, address string) error {
	client, err := a.pollClient(nil)
	if err != nil {
		return err
	}
	defer client.Close()
	have := make(map[string]bool)
	for i := range r.Config.Feeds {
		have[feeds.Canonical(r.Config.Feeds[i].URL)] = true
	}
	found := 0
	for _, link := range a.feedsOfSite(ctx, client, address) {
		if key := feeds.Canonical(link); have[key] {
			continue
		} else {
			have[key] = true
		}
		f, ok := tryNewFeed(ctx, client, r, link, address)
		if !ok {
			continue
		}
		found++
		if a.json {
			err = a.lines(f)
		} else {
			a.printNewFeed(f)
		}
		if err != nil {
			return err
		}
		if found == 5 {
			break
		}
	}
	if found == 0 {
		fmt.Fprintf(a.stderr, "watcherd: %s was never polled, and its site names no feed that is not configured yet\n", address)
		return errNo
	}
	return nil
}

// feedsOfSite are the feeds that the page names, then those of the front page.
func (a *app) feedsOfSite(ctx context.Context, client *feeds.Client, address string) []string {
	pages := []string{address}
	if u, err := url.Parse(address); err == nil {
		pages = append(pages, u.Scheme+"://"+u.Host+"/")
	}
	var out []string
	for _, p := range pages {
		got := a.pollOne(ctx, client, p, "", "")
		if got.OK {
			out = append(out, p)
		}
		for _, l := range got.Feeds {
			out = append(out, l.URL)
		}
	}
	return out
}

// tryNewFeed asks a feed once and judges its items.
func tryNewFeed(ctx context.Context, client *feeds.Client, r *daemon.Rules, link, address string) (newFeed, bool) {
	now := time.Now().UTC()
	f := news.Feed{ID: news.FeedID(link), URL: link}
	ans, err := client.Fetch(ctx, f, &news.FeedState{ID: f.ID}, now)
	if err != nil {
		return newFeed{}, false
	}
	doc, err := feeds.Parse(ans.Body, feeds.Source{Feed: f, URL: ans.FinalURL}, ans.ContentType, now)
	if err != nil {
		return newFeed{}, false
	}
	out := newFeed{URL: link, Title: doc.Title, Items: len(doc.Items), Told: []daemon.StoryDiff{}}
	var first, last time.Time
	for i := range doc.Items {
		it := &doc.Items[i]
		out.Has = out.Has || feeds.Canonical(it.URL) == feeds.Canonical(address)
		if t := it.Published; !t.IsZero() {
			if first.IsZero() || t.Before(first) {
				first = t
			}
			if t.After(last) {
				last = t
			}
		}
		if told, ok := r.WouldTell(it); ok {
			out.Told = append(out.Told, told)
		}
	}
	out.PerDay = float64(out.Items) / max(1, last.Sub(first).Hours()/24)
	return out, true
}

func (a *app) printNewFeed(f newFeed) {
	has := "the story is not in it any more"
	if f.Has {
		has = "the story is in it"
	}
	fmt.Fprintf(a.stdout, "%s  %s\n  %s; %d items, %.1f a day; the rules would tell %d of them\n", f.URL, f.Title, has, f.Items, f.PerDay, len(f.Told))
	for i, s := range f.Told {
		if i == 5 {
			fmt.Fprintf(a.stdout, "  and %d more\n", len(f.Told)-i)
			break
		}
		fmt.Fprintf(a.stdout, "  + %s\n%s", short(s.Headline, 74), wrapped("      ", short(s.Words, maxWords)))
	}
	fmt.Fprintf(a.stdout, "  add it:\n    feeds:\n      - url: %s\n", f.URL)
}
