package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// StoredPast reads the stored items of the last d (0: all). While the service
// runs its file cannot be opened; a copy is taken then.
func StoredPast(ctx context.Context, r *Rules, d time.Duration) ([]Past, error) {
	s, closing, err := openStored(ctx, r.Config)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	from := time.Time{}
	if d > 0 {
		from = now.Add(-d)
	}
	var out []Past
	for rec, err := range s.Items(ctx, from, now.Add(time.Hour)) {
		if err != nil {
			return nil, errors.Join(err, closing())
		}
		out = append(out, Past{Item: rec.Item, At: rec.Verdict.At,
			Baseline: rec.Verdict.Outcome == news.OutcomeBaseline})
	}
	return out, closing()
}

// openStored opens the data file, or a copy of it while the service has it.
func openStored(ctx context.Context, c *config.Config) (*store.Store, func() error, error) {
	s, err := store.Open(askedFile(c), store.Options{ReadOnly: true})
	if err == nil {
		return s, s.Close, nil
	}
	if _, locked := errors.AsType[*store.LockedError](err); !locked {
		return nil, nil, err
	}
	svc, derr := Dial(ctx, SocketPath(c))
	if derr != nil {
		return nil, nil, errors.Join(err, derr)
	}
	// Beside the data file there is room for it; not everybody may write there.
	dir, err := os.MkdirTemp(c.StateDir, "copy-")
	if errors.Is(err, fs.ErrPermission) {
		dir, err = os.MkdirTemp("", "watcherd-copy-")
	}
	if err != nil {
		return nil, nil, err
	}
	remove := func() error { return os.RemoveAll(dir) }
	if err := svc.Backup(ctx, dir+"/watcherd.db"); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	if s, err = store.Open(dir+"/watcherd.db", store.Options{ReadOnly: true}); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return s, func() error { return errors.Join(s.Close(), remove()) }, nil
}

// All yields what is gathered.
func All(past []Past) iter.Seq2[Past, error] {
	return func(yield func(Past, error) bool) {
		for _, p := range past {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// ParseSpan reads a stretch of the past: 36h, 14d.
func ParseSpan(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		var days float64
		if _, err := fmt.Sscanf(n, "%g", &days); err != nil || days <= 0 {
			return 0, fmt.Errorf("%q is no stretch of time; write it as 14d or 36h", s)
		}
		return time.Duration(days * 24 * float64(time.Hour)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no stretch of time; write it as 14d or 36h", s)
	}
	return d, nil
}

// AsFrom gives an item the place of a feed, named by address, name or tag.
func AsFrom(r *Rules, it *news.Item, name string) {
	if f, ok := r.feed(name); ok {
		it.Feed, it.Outlet, it.Tags = f.ID, f.Name, f.Tags
		it.Lang = orElse(it.Lang, f.Lang)
	} else if tag, ok := strings.CutPrefix(name, "tag:"); ok {
		it.Tags = []string{tag}
	}
}

// identify gives an item that comes from no document its names.
func identify(it *news.Item) {
	items := []news.Item{*it}
	feeds.Identify(items, &news.FeedState{ID: it.Feed}, it.FirstSeen)
	*it = items[0]
}

// TopicDiff is what one topic gains and loses between two sets of rules.
type TopicDiff struct {
	Topic  news.TopicID `json:"topic"`
	Before float64      `json:"before"` // alerts a day
	Now    float64      `json:"now"`
	Gained []StoryDiff  `json:"gained"`
	Lost   []StoryDiff  `json:"lost"`
}

// StoryDiff is a story told under one set of rules only.
type StoryDiff struct {
	Headline string `json:"headline"`
	URL      string `json:"url"`
	Words    string `json:"words"` // that decided
}

// Compare runs the past through two sets of rules.
func Compare(ctx context.Context, before, now *Rules, past []Past, step func()) ([]TopicDiff, error) {
	a, err := tellings(ctx, before, past, step)
	if err != nil {
		return nil, err
	}
	b, err := tellings(ctx, now, past, step)
	if err != nil {
		return nil, err
	}
	days := 1.0
	if n := len(past); n > 1 {
		days = max(1, past[n-1].Item.Time().Sub(past[0].Item.Time()).Hours()/24)
	}
	var out []TopicDiff
	for _, t := range topicsOf(before, now) {
		d := TopicDiff{Topic: t, Before: float64(len(a[t])) / days, Now: float64(len(b[t])) / days,
			Gained: only(b[t], a[t]), Lost: only(a[t], b[t])}
		out = append(out, d)
	}
	return out, nil
}

// told is one alert of a topic, by the item that it told.
type told struct {
	item news.ItemID
	diff StoryDiff
}

func tellings(ctx context.Context, r *Rules, past []Past, step func()) (map[news.TopicID][]told, error) {
	out := make(map[news.TopicID][]told)
	err := Replay(ctx, r, All(past), func(it *news.Item, dec desk.Decision) error {
		step()
		if dec.Verdict.Outcome != news.OutcomeAlert {
			return nil
		}
		for _, m := range dec.Verdict.Matches {
			out[m.Topic] = append(out[m.Topic], told{dec.Verdict.Item, StoryDiff{it.Title, it.URL, hitWords(m)}})
		}
		return nil
	})
	return out, err
}

func only(a, b []told) []StoryDiff {
	in := make(map[news.ItemID]bool, len(b))
	for _, t := range b {
		in[t.item] = true
	}
	out := []StoryDiff{}
	for _, t := range a {
		if !in[t.item] {
			out = append(out, t.diff)
		}
	}
	return out
}

// topicsOf are the topics of both, in the order of the files.
func topicsOf(rs ...*Rules) []news.TopicID {
	var out []news.TopicID
	seen := make(map[news.TopicID]bool)
	for _, r := range rs {
		for _, t := range r.Config.Topics {
			if id := news.TopicID(t.Key); !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}
