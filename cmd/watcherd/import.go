package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
)

func (a *app) feedsImportCmd() *cobra.Command {
	var into string
	var noCheck bool
	c := &cobra.Command{
		Use: "import FILE", Args: cobra.ExactArgs(1),
		Short: "Add the feeds of an OPML file or a plain list to the config",
		Long: `Adds the feeds of an OPML file, or of a plain list with one address a line, to
feeds.yaml beside the config, keeping what stands there as it is. Each new feed
is asked once first; one that cannot be read is left out and named. A FILE of -
is standard input.`,
		Example: "  watcherd feeds import subscriptions.opml\n  watcherd feeds import list.txt --into configs/feeds.yaml --no-check",
		RunE: func(c *cobra.Command, args []string) error {
			return a.importFeeds(c.Context(), args[0], into, !noCheck)
		},
	}
	c.Flags().StringVar(&into, "into", "", "the YAML `FILE` to add to (default: see above)")
	c.Flags().BoolVar(&noCheck, "no-check", false, "do not ask the feeds first")
	return c
}

func (a *app) importFeeds(ctx context.Context, from, into string, check bool) error {
	src, err := a.readSource(from)
	if err != nil {
		return err
	}
	found, err := readList(src)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	c, _ := config.Load(a.configFile())
	known := make(map[string]bool)
	for _, f := range c.Feeds {
		known[feeds.Canonical(f.URL)] = true
	}
	var fresh []config.Feed
	for _, f := range found {
		if k := feeds.Canonical(f.URL); !known[k] {
			known[k] = true
			fresh = append(fresh, f)
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("%s names no feeds", from)
	}
	skipped := len(found) - len(fresh)
	var bad []string
	if check {
		fresh, bad = a.checkFeeds(ctx, fresh)
	}
	if into == "" {
		into = a.feedsFile(c)
	}
	if len(fresh) > 0 {
		if err := addTo(into, fresh); err != nil {
			return err
		}
	}
	for _, b := range bad {
		fmt.Fprintf(a.stdout, "left out: %s\n", b)
	}
	fmt.Fprintf(a.stdout, "%d feeds added to %s, %d known already, %d left out\n", len(fresh), into, skipped, len(bad))
	if len(fresh) > 0 && !a.reads(c, into) {
		fmt.Fprintf(a.stdout, "%s does not read that file yet: name it under include:\n", a.configFile())
	}
	if len(bad) > 0 {
		return errNo
	}
	return nil
}

// feedsFile is where new feeds belong: feeds.yaml beside the config, unless
// there is a config that does not read it.
func (a *app) feedsFile(c *config.Config) string {
	beside := filepath.Join(filepath.Dir(a.configFile()), "feeds.yaml")
	if len(c.Files()) > 0 && !a.reads(c, beside) {
		return a.configFile()
	}
	return beside
}

// reads says whether the config is the file or includes it, there or not.
func (a *app) reads(c *config.Config, file string) bool {
	dir := filepath.Dir(a.configFile())
	same := func(other string) bool {
		x, err := filepath.Abs(file)
		y, err2 := filepath.Abs(other)
		return err == nil && err2 == nil && x == y
	}
	if same(a.configFile()) {
		return true
	}
	for _, inc := range c.Include {
		pattern := inc.Text
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(dir, pattern)
		}
		if ok, err := filepath.Match(pattern, filepath.Clean(file)); same(pattern) || err == nil && ok {
			return true
		}
	}
	return false
}

// readList reads OPML, else one feed a line: an address and a name, or a line
// of a table with an address in it. # begins a comment.
func readList(src []byte) ([]config.Feed, error) {
	var out []config.Feed
	if bytes.Contains(bytes.ToLower(src[:min(len(src), 4096)]), []byte("<opml")) || bytes.Contains(src, []byte("<outline")) {
		list, err := feeds.ParseOPML(src)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			out = append(out, config.Feed{URL: o.URL, Name: o.Title, Lang: o.Lang, Tags: tagWords(o.Tags())})
		}
		return out, nil
	}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f, ok := listed(line)
		switch {
		case ok:
			out = append(out, f)
		case len(out) > 0 || !strings.ContainsAny(line, "\t,;"): // not the head of a table
			return nil, fmt.Errorf("%q has no address; want OPML, or one feed a line", short(line, 60))
		}
	}
	return out, nil
}

// listed reads a line of a plain list or of a table.
func listed(line string) (config.Feed, bool) {
	if isWeb(line) && !strings.ContainsAny(line, "\t,;") {
		address, name, _ := strings.Cut(line, " ")
		return config.Feed{URL: address, Name: strings.TrimSpace(name)}, true
	}
	var f config.Feed
	cells := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' || r == ';' })
	if len(cells) == 1 {
		cells = strings.Split(line, ",")
	}
	for _, cell := range cells {
		cell = strings.Trim(strings.TrimSpace(cell), `"`)
		switch {
		case isWeb(cell) && f.URL == "" && !strings.ContainsAny(cell, " "):
			f.URL = cell
		case f.Name == "" && len(cell) > 4 && strings.ContainsAny(cell, " ") && !isWeb(cell): // a name has a blank; a category has none
			f.Name = cell
		}
	}
	return f, f.URL != ""
}

// tagWords puts the folders of a feed list into the form of tags.
func tagWords(folders []string) []string {
	var out []string
	for _, f := range folders {
		w := strings.Join(strings.FieldsFunc(strings.ToLower(f), func(r rune) bool {
			return r == ' ' || r == '/' || r == ',' || r == ':' || r == '&'
		}), "-")
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// checkFeeds asks each feed once, a few at a time.
func (a *app) checkFeeds(ctx context.Context, list []config.Feed) (good []config.Feed, bad []string) {
	client, err := a.pollClient(nil)
	if err != nil {
		return list, nil
	}
	defer client.Close()
	bar := a.progress("asking feeds")
	faults := make([]string, len(list))
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	n := 0
	for i := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := tryFeed(ctx, client, list[i].URL); err != nil {
				faults[i] = list[i].URL + ": " + err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			n++
			bar.step(n, len(list))
		})
	}
	wg.Wait()
	bar.done()
	for i, f := range list {
		if faults[i] != "" {
			bad = append(bad, faults[i])
		} else {
			good = append(good, f)
		}
	}
	return good, bad
}

func tryFeed(ctx context.Context, client *feeds.Client, url string) error {
	now := time.Now()
	f := news.Feed{ID: news.FeedID(url), URL: url}
	ans, err := client.Fetch(ctx, f, nil, now)
	if err != nil {
		return err
	}
	_, err = feeds.Parse(ans.Body, feeds.Source{Feed: f, URL: ans.FinalURL}, ans.ContentType, now)
	return err
}

// addTo writes the file whole, or not at all.
func addTo(file string, list []config.Feed) error {
	src, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := config.AddFeeds(src, list)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return renameio.WriteFile(file, out, 0o644)
}
