package story

import (
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// Cut is a split made by hand: the items that left a story, and the story they
// began. It is the caller's to store, and to give back in Options.Cuts.
type Cut struct {
	From  news.StoryID  `json:"from"`
	To    news.StoryID  `json:"to"`
	Items []news.ItemID `json:"items"` // the one named first, then those that went with it
}

// Split takes a report out of its story, with the later reports that are more
// like it than like what remains, and makes them a story of their own. No
// later decision brings them back. False if the report is not in the book or
// is the whole of its story.
func (b *Book) Split(item news.ItemID) (Cut, bool) {
	e := b.items[item]
	if e == nil || len(e.tale.reports) < 2 {
		return Cut{}, false
	}
	from := e.tale
	c := Cut{From: from.id, To: news.NewStoryID(item), Items: []news.ItemID{item}}
	if c.To == c.From {
		return Cut{}, false // the first report gives the story its name: split the others from it
	}
	to := &tale{id: c.To, numbers: map[uint32]int32{}, facts: map[uint32]int32{}, tolls: map[uint32]int32{}}
	b.tales[c.To] = to
	from.drop(e)
	to.put(e)
	for _, o := range slices.Clone(from.reports) {
		if o.seq < e.seq || len(from.reports) == 1 {
			continue
		}
		n := o.terms.norm2()
		from.drop(o)
		if to.terms.cosine(o.terms, n) > from.terms.cosine(o.terms, n) {
			to.put(o)
			c.Items = append(c.Items, o.Item)
		} else {
			from.put(o)
		}
	}
	b.sever(c)
	return c, true
}

func (b *Book) sever(c Cut) {
	for _, it := range c.Items {
		if b.severed[it] == nil {
			b.severed[it] = map[news.StoryID]bool{}
		}
		b.severed[it][c.From] = true
	}
}
