package story

import (
	"cmp"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Book holds the stories of the present window.
//
// What it decides depends on the reports it holds, in the order of their first
// Add, and on nothing else: every figure is a whole-number sum or an extreme
// over them. It holds the reports that are at most Keep older than the newest
// one, by their own times and in steps of an hour. So a new book to which the
// reports of that stretch are added again, in the same order and with their
// stored placements, decides as the old one.
type Book struct {
	opt    Options
	window int64 // seconds

	entries []*entry // in the order of their first Add; nil where forgotten
	rows    []row    // of the entries, for the search
	base    uint32   // seq of entries[0]
	live    int
	clock   int64 // time of the newest report, seconds
	horizon int64 // reports at or before it are forgotten
	oldest  int64 // no report held is older; a bound, not exact

	tales   map[news.StoryID]*tale
	byNo    []shelf // the same by their numbers; empty where one is free
	free    []int32 // the numbers free
	items   map[news.ItemID]*entry
	index   map[uint32]*posting
	severed map[news.ItemID]map[news.StoryID]bool

	scratch scratch // working space of Place
}

// tale is a story as the book knows it.
type tale struct {
	id      news.StoryID
	reports []*entry // in the order of their first Add
	times   []int64  // ... with their times, for the sake of speed
	terms   sumVec
	names   sumVec
	numbers tally
	facts   tally
	tolls   tally
	first   int64 // times of the earliest and the latest report
	last    int64
	digests int // round-ups among the reports

	no int32 // names the story within the book, while it is there
}

// entry is a report in the book.
type entry struct {
	*Report
	at     int64
	seq    uint32
	digest bool // a round-up; here for the sake of speed
	tale   *tale
}

// Keep is how far behind its newest report a book remembers: what must be
// added again after a restart.
func (b *Book) Keep() time.Duration { return 2*b.opt.Window + time.Hour }

// Holds tells whether a further report may be placed in the story.
func (b *Book) Holds(id news.StoryID) bool { return b.tales[id] != nil }

// Len is how many reports and stories the book holds.
func (b *Book) Len() (reports, stories int) { return b.live, len(b.tales) }

// Add records a report at its place. A report that is in the book already is
// replaced where it stands, so that the present text of an item is what counts.
func (b *Book) Add(r *Report, p news.Placement) {
	at := r.At.Unix()
	b.advance(at)
	if at <= b.horizon || p.Story == "" {
		return
	}
	e := b.items[r.Item]
	if e == nil {
		e = &entry{seq: b.base + uint32(len(b.entries))}
		b.entries = append(b.entries, e)
		b.rows = append(b.rows, row{tale: none})
		b.items[r.Item] = e
		b.live++
	} else {
		b.unlink(e)
	}
	e.Report, e.at, e.digest = r.trimmed(), at, r.Roundup != ""
	b.oldest = min(b.oldest, at)
	t := b.tales[p.Story]
	if t == nil {
		t = b.open(p.Story)
	}
	b.house(e, t)
	b.post(e)
}

// Order sorts reports that came in together: by time, then feed, then item. A
// caller that sorts the items of a round so has the same stories whatever
// order they came in.
func Order(a, b *Report) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Feed, b.Feed), cmp.Compare(a.Item, b.Item))
}

// Expire forgets what is older than Keep before now. Add does so by itself as
// newer reports come; a book whose feeds are silent needs Expire to give its
// memory back.
func (b *Book) Expire(now time.Time) { b.advance(now.Unix()) }

// advance moves the clock and forgets, in steps of an hour, so that forgetting
// costs little and falls at the same places whenever it is done over.
func (b *Book) advance(at int64) {
	b.clock = max(b.clock, at)
	h := b.clock - 2*b.window
	h -= h % 3600
	if h <= b.horizon && b.horizon != 0 {
		return
	}
	b.horizon = h
	if b.oldest > h {
		return
	}
	b.oldest = b.clock
	for i, e := range b.entries {
		switch {
		case e == nil:
		case e.at <= h:
			b.unlink(e)
			delete(b.items, e.Item)
			b.entries[i] = nil
			b.live--
		default:
			b.oldest = min(b.oldest, e.at)
		}
	}
	b.trim()
}

// trim drops the forgotten entries at the front.
func (b *Book) trim() {
	n := 0
	for n < len(b.entries) && b.entries[n] == nil {
		n++
	}
	b.entries = append(make([]*entry, 0, len(b.entries)-n+1024), b.entries[n:]...)
	b.rows = append(make([]row, 0, len(b.rows)-n+1024), b.rows[n:]...)
	b.base += uint32(n)
}

// unlink takes an entry out of its story and the index.
func (b *Book) unlink(e *entry) {
	t := e.tale
	b.evict(e)
	if len(t.reports) == 0 {
		b.shut(t)
	}
	b.unpost(e)
}

func (t *tale) put(e *entry) {
	e.tale = t
	if len(t.reports) == 0 {
		t.first, t.last = e.at, e.at
	}
	t.first, t.last = min(t.first, e.at), max(t.last, e.at)
	i, _ := slices.BinarySearchFunc(t.reports, e.seq, func(o *entry, seq uint32) int { return int(int64(o.seq) - int64(seq)) })
	t.reports = slices.Insert(t.reports, i, e)
	t.times = slices.Insert(t.times, i, e.at)
	t.count(e, 1)
}

func (t *tale) drop(e *entry) {
	i := slices.Index(t.reports, e)
	t.reports = slices.Delete(t.reports, i, i+1)
	t.times = slices.Delete(t.times, i, i+1)
	t.count(e, -1)
	e.tale = nil
	if len(t.reports) == 0 || (e.at != t.first && e.at != t.last) {
		return
	}
	t.first, t.last = t.reports[0].at, t.reports[0].at
	for _, o := range t.reports {
		t.first, t.last = min(t.first, o.at), max(t.last, o.at)
	}
}

func (t *tale) count(e *entry, sign int32) {
	t.terms.add(e.terms, sign)
	t.names.add(e.names, sign)
	t.numbers.add(e.numbers, sign)
	t.facts.add(e.factIDs, sign)
	t.tolls.add(e.tolls, sign)
	if e.digest {
		t.digests += int(sign)
	}
}

// tally counts, sorted by id. Most stories have one report and a few numbers: a
// map would take many times the room.
type tally []tallied

type tallied struct {
	id uint32
	n  int32
}

func (t tally) find(id uint32) (int, bool) {
	return slices.BinarySearchFunc(t, id, func(c tallied, id uint32) int { return cmp.Compare(c.id, id) })
}

func (t tally) has(id uint32) bool {
	_, ok := t.find(id)
	return ok
}

// add counts each id once more, or once less for sign -1.
func (t *tally) add(ids []uint32, sign int32) {
	if sign > 0 {
		*t = slices.Grow(*t, len(ids))
	}
	for _, id := range ids {
		i, ok := t.find(id)
		if !ok {
			*t = slices.Insert(*t, i, tallied{id, sign})
			continue
		}
		if (*t)[i].n += sign; (*t)[i].n == 0 {
			*t = slices.Delete(*t, i, i+1)
		}
	}
}
