package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// StoredPast is a stretch of the stored past, which is read as it is asked for:
// all of it may be larger than the machine.
type StoredPast struct {
	store    *store.Store
	closing  func() error
	from, to time.Time
	apart    map[news.ItemID][]news.StoryID
	about    int
}

// OpenPast finds the stored items of the last d (0: all). While the service
// runs its file cannot be opened; a copy is taken then.
func OpenPast(ctx context.Context, c *config.Config, d time.Duration) (*StoredPast, error) {
	s, closing, err := openStored(ctx, c)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	p := &StoredPast{store: s, closing: closing, to: now.Add(time.Hour)}
	if d > 0 {
		p.from = now.Add(-d)
	}
	if p.apart, err = apartIn(ctx, s); err == nil {
		p.about, err = s.CountItems(ctx, p.from, p.to)
	}
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	return p, nil
}

// About is how many items there are, or a few more.
func (p *StoredPast) About() int { return p.about }

// Items yields them in the order in which they were judged.
func (p *StoredPast) Items(ctx context.Context) iter.Seq2[*Past, error] {
	return func(yield func(*Past, error) bool) {
		var block []Past
		for rec, err := range p.store.Items(ctx, p.from, p.to) {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(block) == cap(block) {
				block = make([]Past, 0, chunkItems)
			}
			block = append(block, pastOf(rec, p.apart))
			if !yield(&block[len(block)-1], nil) {
				return
			}
		}
	}
}

// Close lets go of the data file.
func (p *StoredPast) Close() error { return p.closing() }

// pastOf is a stored item as replay needs it.
func pastOf(rec store.Record, apart map[news.ItemID][]news.StoryID) Past {
	it, v := rec.FirstJudged()
	p := Past{Item: it, At: v.At, Baseline: v.Outcome == news.OutcomeBaseline,
		Story: v.Placement.Story, Apart: apart[it.ID]}
	for _, m := range v.Matches {
		p.Topics = append(p.Topics, m.Topic)
	}
	p.matches = v.Matches
	p.placed, p.placing = placeIn(rec)
	if slices.Contains(p.Apart, p.placed.Story) {
		p.placing = "" // nobody goes back to where a hand took it from
	}
	return p
}

// placeIn is where a stored item stands, and by what: the last place that it
// was given by hand, else what it got when it was first judged.
func placeIn(rec store.Record) (news.Placement, string) {
	first := rec.Verdict
	if len(rec.Revisions) > 0 {
		first = rec.Revisions[0].Verdict
	}
	if rec.Verdict.Placement.Reason == news.ReasonSplit {
		return rec.Verdict.Placement, first.Placing
	}
	for _, old := range slices.Backward(rec.Revisions) {
		if p := old.Verdict.Placement; p.Reason == news.ReasonSplit {
			return p, first.Placing
		}
	}
	return first.Placement, first.Placing
}

// openStored opens the data file, or a copy of it while the service has it.
func openStored(ctx context.Context, c *config.Config) (*store.Store, func() error, error) {
	s, err := openData(askedFile(c), store.Options{ReadOnly: true})
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
	dir, err := os.MkdirTemp(c.StateDir, copyName)
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
	// What is open lives on without a name, and is gone with the process, however
	// that ends: a reader who leaves a pager ends it by a signal.
	if err := remove(); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, s.Close, nil
}

// copyName begins the folders of copies beside the data file, and copyLeft is
// the age from which one has been left by a command that was killed while it
// took the copy.
const (
	copyName = "copy-"
	copyLeft = 24 * time.Hour
)

// dropCopies removes the left copies of a state folder. They are as large as
// the data file.
func dropCopies(state string, now time.Time) error {
	all, err := filepath.Glob(filepath.Join(state, copyName+"*"))
	for _, dir := range all {
		info, serr := os.Stat(dir)
		if serr == nil && info.IsDir() && now.Sub(info.ModTime()) > copyLeft {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}

// All yields what is gathered.
func All(past []Past) iter.Seq2[*Past, error] {
	return func(yield func(*Past, error) bool) {
		for i := range past {
			if !yield(&past[i], nil) {
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
