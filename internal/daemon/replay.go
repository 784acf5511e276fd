package daemon

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// Past is one item of the past as replay needs it.
type Past struct {
	Item     news.Item
	Baseline bool
	At       time.Time // when it was judged; zero means at the item's own time
}

// Replay runs the desk over the past, with no effects, and calls emit with
// each verdict in order. Reading runs on every core; verdicts are given one
// after the other, as in service.
func Replay(ctx context.Context, r *Rules, past iter.Seq2[Past, error], emit func(*news.Item, desk.Decision) error) error {
	memory := desk.NewMemory(r.storyOptions())
	chunk := make([]Past, 0, 1024)
	flush := func() error {
		readings := readAll(r.Desk, chunk)
		for i := range chunk {
			p := &chunk[i]
			at := p.At
			if at.IsZero() {
				at = p.Item.Time()
			}
			dec := memory.Decide(r.Desk, desk.Case{Reading: readings[i], Now: at, Baseline: p.Baseline})
			if err := emit(&p.Item, dec); err != nil {
				return err
			}
		}
		if len(chunk) > 0 {
			memory.Expire(chunk[len(chunk)-1].Item.Time())
		}
		chunk = chunk[:0]
		return nil
	}
	for p, err := range past {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if chunk = append(chunk, p); len(chunk) == cap(chunk) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// readAll reads items in parallel.
func readAll(d *desk.Desk, items []Past) []desk.Reading {
	out := make([]desk.Reading, len(items))
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		wg.Go(func() {
			for i := w; i < len(items); i += n {
				out[i] = d.Read(&items[i].Item)
			}
		})
	}
	wg.Wait()
	return out
}

// given is an item as a file gives it.
type given struct {
	ID         string   `json:"id"`
	Feed       string   `json:"feed"`
	URL        string   `json:"url"`
	GUID       string   `json:"guid"`
	Title      string   `json:"title"`
	Summary    string   `json:"summary"`
	Content    string   `json:"content"`
	Published  string   `json:"published"`
	Lang       string   `json:"lang"`
	Categories []string `json:"categories"`
	Authors    []string `json:"authors"`
	Source     string   `json:"source"`

	// Item holds the same one level down, as `replay --json` prints it.
	Item *given `json:"item"`
}

// ReadItems reads items as JSON lines, puts them in time order, and gives each
// the place that its feed has in the rules. Markup is taken out as for a feed.
func ReadItems(r *Rules, in io.Reader, name string) ([]Past, error) {
	var out []Past
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), 64<<20)
	for n := 1; sc.Scan(); n++ {
		line := sc.Bytes()
		if len(line) == 0 {
			continue
		}
		var g given
		if err := json.Unmarshal(line, &g); err != nil {
			return nil, fmt.Errorf("%s:%d: not an item: %w", name, n, err)
		}
		if g.Item != nil {
			g = *g.Item
		}
		it, err := g.item(r, n)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		out = append(out, Past{Item: it})
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	inTimeOrder(out)
	return out, nil
}

// inTimeOrder sorts by publication; an undated item stays behind the one
// before it.
func inTimeOrder(items []Past) {
	var last time.Time
	for i := range items {
		it := &items[i].Item
		if it.Published.IsZero() {
			it.FirstSeen = last
			continue
		}
		it.FirstSeen, last = it.Published, it.Published
	}
	slices.SortStableFunc(items, func(a, b Past) int { return a.Item.FirstSeen.Compare(b.Item.FirstSeen) })
}

// item normalises what a file gives. Without an address or an ID the line
// itself is the identity, so that no two items are taken for one.
func (g *given) item(r *Rules, n int) (news.Item, error) {
	it := news.Item{
		Feed: news.FeedID(g.Feed), URL: g.URL, GUID: g.GUID,
		Title: text.Title(g.Title), Summary: text.Plain(g.Summary), Content: text.Plain(g.Content),
		Lang: g.Lang, Categories: g.Categories, Authors: g.Authors, Source: g.Source,
	}
	if g.Published != "" {
		t, ok := feeds.ParseDate(g.Published)
		if !ok {
			return it, fmt.Errorf("published %q is no date; write it as 2026-01-31T12:00:00Z", g.Published)
		}
		it.Published = t.UTC()
	}
	if f, ok := r.feed(g.Feed); ok {
		it.Feed, it.Outlet, it.Tags = f.ID, f.Name, f.Tags
		it.Lang = cmp.Or(it.Lang, f.Lang)
	}
	identify(&it)
	if g.ID != "" {
		it.ID = news.ItemID(g.ID)
		it.Keys = append(it.Keys, news.NewKey("id", g.ID))
	}
	if it.ID == "" || (g.ID == "" && g.URL == "" && g.GUID == "") {
		it.ID = news.NewItemID(it.Feed, fmt.Sprintf("line %d", n))
	}
	return it, nil
}
