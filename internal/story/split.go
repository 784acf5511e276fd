package story

import (
	"math"
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
	to := b.open(c.To)
	b.evict(e)
	b.house(e, to)
	for _, o := range slices.Clone(from.reports) {
		if o.seq < e.seq || len(from.reports) == 1 {
			continue
		}
		n := o.terms.norm2()
		b.evict(o)
		if to.terms.cosine(o.terms, n) > from.terms.cosine(o.terms, n) {
			b.house(o, to)
			c.Items = append(c.Items, o.Item)
		} else {
			b.house(o, from)
		}
	}
	b.sever(c)
	return c, true
}

// Outlier is the report of a story that is least like the others, the one that
// began it apart. False if the story is not in the book or has but one report.
func (b *Book) Outlier(id news.StoryID) (news.ItemID, bool) {
	t := b.tales[id]
	if t == nil || len(t.reports) < 2 {
		return "", false
	}
	var found news.ItemID
	least := 2.0
	for _, e := range t.reports {
		if news.NewStoryID(e.Item) == id {
			continue
		}
		rest := float64(t.terms.norm2 + e.terms.norm2() - 2*t.terms.dot(e.terms))
		like := 0.0
		if n := float64(e.terms.norm2()); n > 0 && rest > 0 {
			like = (float64(t.terms.dot(e.terms)) - n) / math.Sqrt(rest*n)
		}
		if like < least {
			least, found = like, e.Item
		}
	}
	return found, found != ""
}

// Home is the story that a report stands in; "" if the report is not in the
// book.
func (b *Book) Home(item news.ItemID) news.StoryID {
	if e := b.items[item]; e != nil {
		return e.tale.id
	}
	return ""
}

// KeepApart makes a split known that was made by hand before.
func (b *Book) KeepApart(c Cut) { b.sever(c) }

func (b *Book) sever(c Cut) {
	for _, it := range c.Items {
		if b.severed[it] == nil {
			b.severed[it] = map[news.StoryID]bool{}
		}
		b.severed[it][c.From] = true
	}
}
