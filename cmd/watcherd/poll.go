package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
)

func (a *app) pollCmd() *cobra.Command {
	var contentType, lang string
	var private []string
	c := &cobra.Command{
		Use: "poll URL|FILE...", GroupID: "ask", Args: cobra.MinimumNArgs(1),
		Short: "One round of one feed, without any effect: print its items",
		Long: `Asks a feed once, or reads a saved one, and prints what the watch makes of it.
Nothing is stored and nothing is posted. A file name of - is standard input.
An address of an ordinary page is searched for its feeds.

Exit code 0: all could be read. 1: some could not.`,
		Example: "  watcherd poll https://example.org/world/rss\n  watcherd poll saved.xml --json\n  watcherd poll saved.xml --content-type 'text/xml; charset=koi8-r'",
		RunE: func(c *cobra.Command, args []string) error {
			return a.poll(c.Context(), args, contentType, lang, private)
		},
	}
	c.Flags().StringVar(&contentType, "content-type", "", "the Content-Type that came with a FILE")
	c.Flags().StringVar(&lang, "lang", "", "the language, where the feed does not say")
	c.Flags().StringSliceVar(&private, "allow-private", nil, "private `NETWORKS` that a feed may live in, such as 127.0.0.0/8 (default: the config's)")
	return c
}

// polled is one source as `poll --json` prints it.
type polled struct {
	Source   string       `json:"source"`
	OK       bool         `json:"ok"`
	Error    *polledError `json:"error,omitempty"`
	Format   string       `json:"format"`
	Title    string       `json:"title"`
	Repaired bool         `json:"repaired"`
	Items    []polledItem `json:"items"`
	Feeds    []feeds.Link `json:"feeds,omitempty"` // found in a page that is no feed
}

type polledError struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

type polledItem struct {
	ID         string     `json:"id"`
	GUID       string     `json:"guid"`
	URL        string     `json:"url"`
	Title      string     `json:"title"`
	Summary    string     `json:"summary"`
	Content    string     `json:"content,omitempty"`
	Published  *time.Time `json:"published"`
	Updated    *time.Time `json:"updated"`
	Authors    []string   `json:"authors"`
	Categories []string   `json:"categories"`
	Lang       string     `json:"lang"`
	RawDate    string     `json:"raw_date,omitempty"`
	Source     string     `json:"source,omitempty"`
}

func (a *app) poll(ctx context.Context, sources []string, contentType, lang string, private []string) error {
	client, err := a.pollClient(private)
	if err != nil {
		return err
	}
	defer client.Close()
	bad := 0
	for _, src := range sources {
		p := a.pollOne(ctx, client, src, contentType, lang)
		if !p.OK {
			bad++
		}
		if a.json {
			err = a.lines(p)
		} else {
			err = a.printPolled(p)
		}
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return errNo
	}
	return nil
}

// pollClient has the manners of the config, if there is a usable one, and
// knows its feeds, which may have passwords.
func (a *app) pollClient(private []string) (*feeds.Client, error) {
	opt := feeds.Options{Version: version()}
	if c, _ := config.Load(a.configFile()); c != nil {
		opt = daemon.FetchOptions(c, version())
		a.sources, _ = daemon.Sources(c) // check names the faults
	}
	for _, n := range private {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, usagef("--allow-private %q: want a network such as 127.0.0.0/8", n)
		}
		opt.AllowPrivate = append(opt.AllowPrivate, p)
	}
	return feeds.NewClient(opt), nil
}

func (a *app) pollOne(ctx context.Context, client *feeds.Client, src, contentType, lang string) polled {
	now := time.Now().UTC()
	p := polled{Source: src, Items: []polledItem{}}
	feed := news.Feed{ID: news.FeedID(src), URL: src, Lang: lang}
	if i := slices.IndexFunc(a.sources, func(f news.Feed) bool { return f.URL == src }); i >= 0 {
		feed = a.sources[i]
		feed.Lang = cmp.Or(lang, feed.Lang)
	}
	var body []byte
	var final string
	var broken error // of a body that was cut: what came of it counts
	if isWeb(src) {
		ans, err := client.Fetch(ctx, feed, &news.FeedState{ID: feed.ID}, now)
		if err != nil && len(ans.Body) == 0 {
			p.fail(err)
			return p
		}
		body, contentType, final, broken = ans.Body, ans.ContentType, ans.FinalURL, err
	} else {
		var err error
		if body, err = a.readSource(src); err != nil {
			p.fail(err)
			return p
		}
	}
	doc, err := feeds.Parse(body, feeds.Source{Feed: feed, URL: final}, contentType, now)
	if err != nil {
		p.fail(cmp.Or(broken, err))
		p.Feeds = feeds.DiscoverFeeds(body, final)
		return p
	}
	if broken != nil {
		p.fail(broken)
	}
	feeds.Identify(doc.Items, &news.FeedState{ID: feed.ID}, now)
	p.OK, p.Format, p.Title, p.Repaired = broken == nil, doc.Format, doc.Title, doc.Repaired
	for i := range doc.Items {
		p.Items = append(p.Items, newPolledItem(&doc.Items[i]))
	}
	return p
}

func isWeb(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func (a *app) readSource(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.stdin)
	}
	return os.ReadFile(name)
}

// fail names what went wrong. A file's trouble has the word that the same
// trouble has on the web.
func (p *polled) fail(err error) {
	class := feeds.ClassOf(err)
	switch {
	case class != "":
	case errors.Is(err, fs.ErrNotExist):
		class = feeds.ClassNotFound
	case errors.Is(err, fs.ErrPermission):
		class = feeds.ClassForbidden
	default: // a folder, a device, a failing disk
		class = feeds.ClassNotFeed
	}
	p.Error = &polledError{Class: string(class), Message: err.Error()}
	if e, ok := errors.AsType[*feeds.Error](err); ok {
		p.Error.Message = e.Message
	}
}

func newPolledItem(it *news.Item) polledItem {
	return polledItem{
		ID: string(it.ID), GUID: it.GUID, URL: it.URL, Title: it.Title, Summary: it.Summary, Content: it.Content,
		Published: stamped(it.Published), Updated: stamped(it.Updated), Authors: filled(it.Authors),
		Categories: filled(it.Categories), Lang: it.Lang, RawDate: it.RawDate, Source: it.Source,
	}
}

func stamped(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

func filled(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// printPolled prints a source for a person.
func (a *app) printPolled(p polled) error {
	if !p.OK {
		fmt.Fprintf(a.stdout, "%s\n%s", p.Source, wrapped("  ", p.Error.Class+": "+p.Error.Message))
		for _, l := range p.Feeds {
			fmt.Fprintf(a.stdout, "  feed found: %s  %s\n", l.URL, l.Title)
		}
		if len(p.Items) == 0 {
			return nil
		}
	}
	note := ""
	if p.Repaired {
		note = ", repaired"
	}
	if p.OK {
		fmt.Fprintln(a.stdout, p.Source)
	}
	fmt.Fprintf(a.stdout, "  %s, %s, %d items%s\n", p.Title, p.Format, len(p.Items), note)
	for _, it := range p.Items {
		date := "undated         "
		if it.Published != nil {
			date = it.Published.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(a.stdout, "  %s  %s\n", date, short(it.Title, 60))
	}
	return nil
}
