// Package story tells which reports tell the same event. It owns the likeness
// of a report to a story, the decision that follows from it, the book of
// stories of the present window, and what a story's reports add to one another
// (new names and numbers, independent sources). It leaves to others whether a
// report is the same item again (that is a matter of keys), and whether anyone
// is told.
//
// An item becomes a Report in Prepare, which is pure and does the costly
// reading. Book.Place decides where it belongs and Book.Add records it; both
// are for one goroutine at a time. Start reading at Place; the decision itself
// is in likeness.go.
package story

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Options are the settings of a Book. A zero field means its default.
type Options struct {
	// Window is how long after its last report a story takes further ones.
	// Default 96h.
	Window time.Duration
	// Develop says what happens to a further report that tells a development:
	// DevelopOff makes it like any other, DevelopMark and DevelopAlert give it
	// the reason "new development". Default DevelopMark.
	Develop string
	// Sure is the likeness from which a report belongs to a story, Maybe the
	// one from which a report told on its own points to it. Defaults 0.57 and
	// 0.35; a higher Sure misses less and repeats more.
	Sure, Maybe float64
	// Cuts are the splits made by hand, which no later decision undoes.
	Cuts []Cut
}

// placing counts the changes of this package that place reports otherwise.
// What was placed before such a change is not taken over but placed anew.
const placing = 9

// Fingerprint identifies the settings and the way by which a book places
// reports: the same reports in the same order have the same places under the
// same one. Cuts are not part of it.
func (o Options) Fingerprint() string {
	o = o.settled()
	text := fmt.Sprint(placing, o.Window, o.Develop, o.Sure, o.Maybe, weights)
	return fmt.Sprintf("%08x", hash(text))
}

func (o Options) settled() Options {
	o.Window = cmp.Or(o.Window, 96*time.Hour)
	o.Develop = cmp.Or(o.Develop, DevelopMark)
	o.Sure = cmp.Or(o.Sure, 0.57)
	o.Maybe = min(cmp.Or(o.Maybe, 0.35), o.Sure)
	return o
}

// The values of Options.Develop.
const (
	DevelopOff   = "off"
	DevelopMark  = "mark"
	DevelopAlert = "alert"
)

// Thresholds are the likeness from which a report belongs to a story, and the
// one from which it may.
func (o Options) Thresholds() (sure, maybe float64) {
	o = o.settled()
	return o.Sure, o.Maybe
}

// New makes an empty book.
func New(opt Options) *Book {
	opt = opt.settled()
	b := &Book{
		opt:     opt,
		window:  int64(opt.Window / time.Second),
		tales:   map[news.StoryID]*tale{},
		items:   map[news.ItemID]*entry{},
		index:   map[uint32]*posting{},
		severed: map[news.ItemID]map[news.StoryID]bool{},
	}
	for _, c := range opt.Cuts {
		b.sever(c)
	}
	return b
}

// Place decides where a report belongs. It changes nothing that a decision
// depends on; the same book and report give the same placement, whatever the
// clock on the wall. A report that the book has already stays where it is.
func (b *Book) Place(r *Report) news.Placement {
	if e := b.items[r.Item]; e != nil {
		return news.Placement{Story: e.tale.id, Reason: news.ReasonSameItem, Likeness: 1,
			Detail: "the story of its earlier version"}
	}
	var space [32]byte
	own := news.AppendStoryID(space[:0], r.Item)
	if t := b.tales[news.StoryID(own)]; t != nil {
		return news.Placement{Story: t.id, Reason: news.ReasonSameItem, Likeness: 1, Detail: "it began this story"}
	}
	best, next := b.judge(r)
	p := news.Placement{Reason: news.ReasonNewStory}
	if best == nil || best.p < b.opt.Sure || r.Roundup != "" && !best.copied() {
		p.Story = news.StoryID(own)
	}
	switch {
	case r.Roundup != "" && (best == nil || !best.copied()):
		p.Reason, p.Detail = news.ReasonRoundup, r.Roundup+": kept apart from the stories it touches"
		return p
	case best == nil:
		p.Detail = "no story of the window shares its words"
		return p
	case best.p >= b.opt.Sure:
		p.Story = best.tale.id
		p.Reason = news.ReasonFurther
		if next != nil {
			p.Nearest = next.tale.id
		}
		b.colour(r, best, &p)
	case best.p >= b.opt.Maybe:
		p.Reason, p.Nearest = news.ReasonMaybe, best.tale.id
	default:
		p.Nearest = best.tale.id
	}
	p.Likeness, p.Parts = best.p, best.parts()
	p.Detail = b.explain(best, &p)
	return p
}

// colour says what kind of further report r is.
func (b *Book) colour(r *Report, c *candidate, p *news.Placement) {
	if c.copied() {
		p.Reason = news.ReasonCopy
		return
	}
	p.New = c.tale.unheard(r)
	if b.opt.Develop == DevelopOff {
		return
	}
	if why := c.tale.develops(r, c); why != "" {
		p.Reason, p.Detail = news.ReasonDevelop, why
	}
}

func (b *Book) explain(c *candidate, p *news.Placement) string {
	s := make([]byte, 0, 256)
	if p.Detail != "" {
		s = append(append(s, p.Detail...), "; "...)
	}
	part := func(what string, v float64, digits int) {
		s = strconv.AppendFloat(append(s, what...), v, 'f', digits, 64)
	}
	part("likeness ", c.p, 2)
	part(" (sure from ", b.opt.Sure, 2)
	part(", may belong from ", b.opt.Maybe, 2)
	part("); words ", c.x[xCentre], 2)
	part(" (closest report ", c.x[xClosest], 2)
	part("), names and entities ", c.x[xNames], 2)
	part("; shared numbers ", c.sharedNumbers(), 0)
	part(", time apart ", c.hours, 0)
	part(" h, nearest rival ", c.x[xRival], 2)
	if c.trap != "" {
		s = append(append(s, "; "...), c.trap...)
	}
	if c.abroad {
		s = append(s, "; in another language: not joined"...)
	}
	return string(s)
}
