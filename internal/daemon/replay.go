package daemon

import (
	"bufio"
	"bytes"
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

	// What the verdict of then says: the story, and the topics that matched.
	Story  news.StoryID
	Topics []news.TopicID
	Apart  []news.StoryID // stories that it was split from by hand

	matches []news.Match
	placed  news.Placement // where it was placed
	placing string         // ... and by what; "" if that is not known
}

// Replay runs the desk over the past, with no effects, and calls emit with
// each verdict in order; what else a decision has is left out. Reading runs on every core, ahead of the verdicts;
// these are given one after the other, as in service.
func Replay(ctx context.Context, r *Rules, past iter.Seq2[*Past, error], emit func(*news.Item, desk.Decision) error) error {
	return replay(ctx, newFollower(r), past, emit)
}

func replay(ctx context.Context, f *follower, past iter.Seq2[*Past, error], emit func(*news.Item, desk.Decision) error) error {
	out := newTeller(emit)
	err := readAhead(ctx, past, f, nil, runtime.GOMAXPROCS(0), func(c *chunk) error {
		decs := make([]desk.Decision, len(c.past))
		for i := range c.past {
			decs[i] = f.judge(c.past[i], c.readings[i], c.placeOf(i))
		}
		f.expire(c.last())
		return out.tell(c.past, decs)
	})
	return cmp.Or(out.close(), err)
}

// teller hands the verdicts on in their order, while the next are given.
type teller struct {
	judged chan judgedChunk
	failed chan struct{} // closed at the first error
	err    error
	done   sync.WaitGroup
}

type judgedChunk struct {
	past []*Past
	decs []desk.Decision
}

func newTeller(emit func(*news.Item, desk.Decision) error) *teller {
	t := &teller{judged: make(chan judgedChunk, 1), failed: make(chan struct{})}
	t.done.Go(func() {
		for c := range t.judged {
			for i := range c.past {
				if t.err = emit(&c.past[i].Item, c.decs[i]); t.err != nil {
					close(t.failed)
					return
				}
			}
		}
	})
	return t
}

// tell fails as soon as emit has failed.
func (t *teller) tell(past []*Past, decs []desk.Decision) error {
	select {
	case t.judged <- judgedChunk{past, decs}:
		return nil
	case <-t.failed:
		return t.err
	}
}

// close waits until all is told.
func (t *teller) close() error {
	close(t.judged)
	t.done.Wait()
	return t.err
}

// before is the item as it comes before the desk again.
func (p *Past) before(r desk.Reading) desk.Case {
	at := p.At
	if at.IsZero() {
		at = p.Item.Time()
	}
	return desk.Case{Reading: r, Now: at, Baseline: p.Baseline, Apart: p.Apart}
}

// chunk is a stretch of the past with what one or two desks read in it.
type chunk struct {
	past     []*Past
	readings []desk.Reading // in the order of past
	stored   []bool         // the stored place may be taken over
	second   []desk.Reading // by the second desk, if there is one
	alike    []bool         // the second desk has the same report
	err      error
}

func (c *chunk) last() time.Time { return c.past[len(c.past)-1].Item.Time() }

// chunkItems is how many items are read and judged in one go.
const chunkItems = 1024

// readAhead gives the past in chunks, read by the desks of one set of rules or
// two. Meanwhile it fetches the next ones and reads them with n readers.
func readAhead(ctx context.Context, past iter.Seq2[*Past, error], first, second *follower, n int, give func(*chunk) error) error {
	ctx, stop := context.WithCancel(ctx)
	gathered, chunks := make(chan *chunk, 1), make(chan *chunk, 1)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	working.Go(func() { defer close(gathered); gather(ctx, past, gathered) })
	working.Go(func() {
		defer close(chunks)
		for c := range gathered {
			if c.read(first, second, n); !c.send(ctx, chunks) {
				return
			}
		}
	})
	for c := range chunks {
		if len(c.past) > 0 {
			if err := give(c); err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
	}
	return context.Cause(ctx)
}

// gather cuts the past into chunks.
func gather(ctx context.Context, past iter.Seq2[*Past, error], to chan<- *chunk) {
	c := newChunk()
	for p, err := range past {
		if c.err = err; err != nil {
			break
		}
		if c.past = append(c.past, p); len(c.past) < cap(c.past) {
			continue
		}
		if !c.send(ctx, to) {
			return
		}
		c = newChunk()
	}
	if len(c.past) > 0 || c.err != nil {
		c.send(ctx, to)
	}
}

func newChunk() *chunk { return &chunk{past: make([]*Past, 0, chunkItems)} }

// send hands the chunk on; it is false where nobody wants it any more.
func (c *chunk) send(ctx context.Context, to chan<- *chunk) bool {
	select {
	case to <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// read lets the desks read the chunk, n items at a time.
func (c *chunk) read(first, second *follower, n int) {
	c.readings, c.stored = make([]desk.Reading, len(c.past)), make([]bool, len(c.past))
	if second != nil {
		c.second, c.alike = make([]desk.Reading, len(c.past)), make([]bool, len(c.past))
	}
	placing := first.memory.Placing(first.rules.Desk)
	following, alone := first.following.Load(), second != nil && !second.following.Load()
	some := func(w int) {
		for i := w; i < len(c.past); i += n {
			p := c.past[i]
			c.readings[i], c.stored[i] = first.rules.Desk.ReadJudged(&p.Item, p.matches, following && p.placing == placing)
			if second != nil {
				c.second[i], c.alike[i] = second.rules.Desk.ReadLike(&p.Item, &c.readings[i])
				if alone {
					c.second[i].Prepare()
				}
			}
		}
	}
	var wg sync.WaitGroup
	for w := 1; w < n; w++ {
		wg.Go(func() { some(w) })
	}
	some(0)
	wg.Wait()
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
// Lines are decoded on every core.
func ReadItems(r *Rules, in io.Reader, name string) ([]Past, error) {
	var out pile
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), 64<<20)
	lines := make([]givenLine, 0, 1024)
	for n, more := 1, true; more; n++ {
		if more = sc.Scan(); more {
			line := bytes.TrimSpace(sc.Bytes())
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			if len(line) > 0 {
				lines = append(lines, givenLine{n: n, text: bytes.Clone(line)})
			}
		}
		if more && len(lines) < cap(lines) {
			continue
		}
		decodeLines(r, lines)
		for i := range lines {
			if err := lines[i].err; err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, lines[i].n, err)
			}
			out.add(Past{Item: lines[i].item})
		}
		lines = lines[:0]
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out.inTimeOrder(), nil
}

// givenLine is a line of a file and the item that it gives.
type givenLine struct {
	n    int
	text []byte
	item news.Item
	err  error
}

func decodeLines(r *Rules, lines []givenLine) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(lines); i += workers {
				lines[i].decode(r)
			}
		})
	}
	wg.Wait()
}

func (l *givenLine) decode(r *Rules) {
	var g given
	if err := json.Unmarshal(l.text, &g); err != nil {
		l.err = fmt.Errorf("not an item: %w", err)
		return
	}
	if g.Item != nil {
		g = *g.Item
	}
	l.item, l.err = g.item(r, l.n)
}

// pile gathers a past of unknown length. A Past is large, and a slice that
// grows copies it time and again.
type pile struct{ blocks [][]Past }

func (p *pile) add(x Past) {
	if n := len(p.blocks); n == 0 || len(p.blocks[n-1]) == cap(p.blocks[n-1]) {
		p.blocks = append(p.blocks, make([]Past, 0, 1024))
	}
	last := &p.blocks[len(p.blocks)-1]
	*last = append(*last, x)
}

// inTimeOrder gives all by publication; an undated item stays behind the one
// before it.
func (p *pile) inTimeOrder() []Past {
	var last time.Time
	var order []*Past
	for _, block := range p.blocks {
		for i := range block {
			it := &block[i].Item
			order = append(order, &block[i])
			if it.Published.IsZero() {
				it.FirstSeen = last
				continue
			}
			it.FirstSeen, last = it.Published, it.Published
		}
	}
	slices.SortStableFunc(order, func(a, b *Past) int { return a.Item.FirstSeen.Compare(b.Item.FirstSeen) })
	out := make([]Past, len(order))
	for i, x := range order {
		out[i] = *x
	}
	return out
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
