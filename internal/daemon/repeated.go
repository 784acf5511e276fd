package daemon

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
	"github.com/watcherd/watcherd/internal/text"
)

// Repeated is a block of text that a feed was found to repeat, and that is
// therefore no evidence unless it is pardoned.
type Repeated struct {
	Feed     string    `json:"feed"`
	URL      string    `json:"url"`
	Items    int       `json:"items"` // that it stood in
	Last     time.Time `json:"last"`
	Text     string    `json:"text"` // its beginning
	Pardoned bool      `json:"pardoned,omitempty"`
}

// Repeated lists what the feeds whose name or address holds some words repeat,
// what stands in most items first; of all feeds for no words.
func (v *view) Repeated(ctx context.Context, feed string) ([]Repeated, error) {
	states := v.live
	if states == nil {
		var err error
		if states, err = v.store.FeedStates(ctx); err != nil {
			return nil, err
		}
	}
	out := []Repeated{}
	for _, id := range v.rules.order {
		f := v.rules.feeds[id]
		st := states[id]
		name := cmp.Or(f.Name, st.Title, string(id))
		if !strings.Contains(text.Fold(name), text.Fold(feed)) && !strings.Contains(string(id), feed) {
			continue
		}
		h, err := v.store.Habits(ctx, id)
		if _, damaged := errors.AsType[*store.HabitsError](err); damaged {
			continue // its next round with news makes good for it, and says so
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v.repeatedBy(name, id, h.Blocks)...)
	}
	return out, nil
}

func (v *view) repeatedBy(name string, id news.FeedID, blocks news.Blocks) (out []Repeated) {
	for _, b := range blocks.Again {
		if b.Text == "" {
			continue // it has not recurred often enough
		}
		out = append(out, Repeated{Feed: name, URL: string(id), Items: b.Items, Last: b.Last, Text: b.Text,
			Pardoned: b.Pardoned || v.pardons(b.Text)})
	}
	slices.SortFunc(out, func(a, b Repeated) int { return cmp.Or(b.Items-a.Items, cmp.Compare(a.Text, b.Text)) })
	return out
}

func (v *view) pardons(block string) bool {
	return slices.ContainsFunc(lines(v.rules.Config.Boilerplate.Pardon), func(l match.Line) bool {
		return strings.Contains(text.Fold(block), text.Fold(strings.TrimSpace(l.Text)))
	})
}
