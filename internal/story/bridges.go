package story

import (
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// One event may begin as two stories, by reports with too few words in common.
// Later reports then tell both. Once so many are sure of two stories that it
// can be no chance, the stories are one: the younger one's reports move to the
// older one, and so does whatever comes later.
const (
	bridgeSure  = 0.9 // likeness, but for the rival, of a bridge to its own story
	bridgeOther = 0.8 // ... and to the other
	bridgeCount = 2   // bridges that join two stories
)

// bridges is what the reports in the book say of stories being one.
type bridges struct {
	votes  map[bridge]int
	joined map[news.StoryID]news.StoryID // the younger story to the older
}

// bridge names two stories, the lower name first.
type bridge struct{ a, b news.StoryID }

func bridgeOf(a, b news.StoryID) bridge {
	if b < a {
		a, b = b, a
	}
	return bridge{a, b}
}

// standing is what a placement says of a report's story for as long as the book
// has the report.
type standing struct {
	story, also, joins news.StoryID
}

func (p standing) placement() news.Placement {
	return news.Placement{Story: p.story, Also: p.also, Joins: p.joins}
}

// resolve follows the joins from a story to the one that has its reports.
func (s *bridges) resolve(id news.StoryID) news.StoryID {
	for range len(s.joined) {
		to, ok := s.joined[id]
		if !ok {
			break
		}
		id = to
	}
	return id
}

// span decides whether a report that belongs to best is a bridge to next, and
// completes the placement: where the two are one, with the older.
func (b *Book) span(p *news.Placement, best, next *candidate) {
	if next == nil || best.copied() || best.twin || best.tale.roundup() || next.tale.roundup() ||
		best.unrivalled() < bridgeSure || next.unrivalled() < bridgeOther || b.kept(best.tale, next.tale) {
		return
	}
	old, young := best.tale, next.tale
	if young.reports[0].seq < old.reports[0].seq {
		old, young = young, old
	}
	if b.bridges.votes[bridgeOf(old.id, young.id)]+1 < bridgeCount {
		p.Also = next.tale.id
		return
	}
	p.Story, p.Joins, p.Nearest = old.id, young.id, young.id
}

// unrivalled is the likeness of the candidate as if it were the only one.
func (c *candidate) unrivalled() float64 {
	if c.p <= trapLikeness || c.abroad {
		return c.p
	}
	x := c.x
	x[xRival] = min(x[xRival], rivalFloor)
	return logistic(&x, &weights)
}

// kept tells whether a split by hand keeps two stories apart.
func (b *Book) kept(s, t *tale) bool {
	if len(b.severed) == 0 {
		return false
	}
	from := func(s, t *tale) bool {
		return slices.ContainsFunc(s.reports, func(e *entry) bool { return b.severed[e.Item][t.id] })
	}
	return from(s, t) || from(t, s)
}

// bridge counts what an entry says of stories being one.
func (b *Book) bridge(e *entry) {
	switch s := &b.bridges; {
	case e.joins != "":
		young, old := b.tales[e.joins], e.tale
		if young == old || young != nil && b.kept(young, old) {
			return
		}
		s.joined[e.joins] = e.story
		if young != nil {
			b.settle(young)
		}
	case e.also != "":
		s.votes[bridgeOf(e.story, e.also)]++
	}
}

// unbridge takes it back.
func (b *Book) unbridge(e *entry) {
	switch s := &b.bridges; {
	case e.joins != "" && s.joined[e.joins] == e.story:
		old := b.tales[s.resolve(e.joins)]
		delete(s.joined, e.joins)
		if old != nil {
			b.settle(old)
		}
	case e.also != "":
		k := bridgeOf(e.story, e.also)
		if s.votes[k]--; s.votes[k] == 0 {
			delete(s.votes, k)
		}
	}
}

// settle moves the reports of a story to where they belong.
func (b *Book) settle(t *tale) {
	for _, e := range slices.Clone(t.reports) {
		if id := b.bridges.resolve(e.story); id != t.id {
			b.leave(e)
			b.house(e, b.taleOf(id))
		}
	}
}
