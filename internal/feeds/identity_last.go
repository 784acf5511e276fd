package feeds

import (
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// lookEvery is how long what stands in a feed may go without being looked up.
// It must be less than the shortest time that anything is kept.
const lookEvery = 12 * time.Hour

// compare holds the body against the last one: which items are known, which
// only changed their names, and whether anything went by in between.
func (n *naming) compare(id *news.Identity, st *news.FeedState) Identified {
	var res Identified
	if len(id.Last) == 0 || len(n.items) == 0 {
		return res
	}
	vanished := n.vanished(id)
	var renamed []int
	for i := range n.items {
		if old, ok := vanished[n.titles[i]]; ok && !n.known[i] && old != (news.Key{}) {
			renamed = append(renamed, i)
			n.old[i] = old
		}
	}
	res.Reset = len(renamed) >= 3 && float64(len(renamed)) > resetShare*float64(min(len(id.Last), len(n.items)))
	for _, i := range renamed {
		// A title that returns is a new item if it was published since; but
		// not if the whole feed was built anew.
		if it := &n.items[i]; res.Reset || !it.Published.After(st.LastPoll) {
			it.Keys = appendNew(it.Keys, n.old[i])
			res.Renamed++
		} else {
			n.old[i] = news.Key{}
		}
	}
	if count(n.known) == 0 && res.Renamed == 0 {
		n.gap(st.Newest, &res)
	}
	return res
}

// vanished maps the titles of the last body's items that are not in this one
// to their names; titles that stood there twice to none.
func (n *naming) vanished(id *news.Identity) map[uint32]news.Key {
	last := make(map[news.Key]bool, len(id.Last))
	for _, k := range id.Last {
		last[k] = false
	}
	for i := range n.items {
		for _, k := range n.items[i].Keys {
			if _, ok := last[k]; ok {
				last[k] = true
				n.known[i] = true
			}
		}
	}
	gone := make(map[uint32]news.Key)
	for i, k := range id.Last {
		if last[k] || i >= len(id.Titles) || id.Titles[i] == 0 {
			continue
		}
		if _, twice := gone[id.Titles[i]]; twice {
			k = news.Key{}
		}
		gone[id.Titles[i]] = k
	}
	return gone
}

// gap estimates what went by: the silence between the newest item known and
// the oldest here, at the rhythm of the items here.
func (n *naming) gap(known time.Time, res *Identified) {
	var oldest, newest time.Time
	dated := 0
	for i := range n.items {
		t := n.items[i].Published
		if t.IsZero() {
			continue
		}
		dated++
		if oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
		if t.After(newest) {
			newest = t
		}
	}
	if dated > 0 && !known.IsZero() && !oldest.After(known) {
		return // other items of a time that is known: no overflow
	}
	res.Gap, res.Lost, res.From, res.To = true, 1, known, oldest
	if dated > 1 && !known.IsZero() {
		if rhythm := newest.Sub(oldest) / time.Duration(dated-1); rhythm > 0 {
			res.Lost = int(min(max(oldest.Sub(known)/rhythm-1, 1), time.Duration(10*len(n.items))))
		}
	}
}

// remember keeps the body's names for the next comparison.
func (n *naming) remember(id *news.Identity) {
	id.Last = make([]news.Key, len(n.items))
	id.Titles = make([]uint32, len(n.items))
	id.Said = make([]uint32, len(n.items))
	for i := range n.items {
		it := &n.items[i]
		id.Last[i], id.Titles[i], id.Said[i] = it.Keys[0], n.titles[i], uint32(it.Version)
	}
}

// newest is the newest publication time known, if known was until now.
func (n *naming) newest(known, now time.Time) time.Time {
	for i := range n.items {
		if t := n.items[i].Published; t.After(known) && t.Before(now) {
			known = t
		}
	}
	return known
}

// Amend adds to what a body that held only news left the names of the items
// known before it, so that the next whole body has both to be compared with.
func Amend(id, before *news.Identity) {
	have := make(map[news.Key]bool, len(id.Last))
	for _, k := range id.Last {
		have[k] = true
	}
	whole := len(before.Last) == len(before.Titles) && len(before.Last) == len(before.Said)
	for i, k := range before.Last {
		if !whole || len(id.Last) >= maxAmended {
			return
		}
		if !have[k] {
			id.Last, id.Titles, id.Said = append(id.Last, k), append(id.Titles, before.Titles[i]), append(id.Said, before.Said[i])
		}
	}
}

// maxAmended bounds the names kept between two whole bodies.
const maxAmended = 500

// Repeats tells which items stood in the body that id remembers, word for
// word: everything about them is known. id is what was known before the last
// call of [Identify]. Twelve hours after all of them were last looked up it
// says none, so that the store hears from time to time what still stands in
// its feed.
func Repeats(items []news.Item, id *news.Identity, now time.Time) []bool {
	if len(id.Said) != len(id.Last) || now.Sub(id.Looked) > lookEvery || now.Before(id.Looked) {
		return nil
	}
	said := make(map[news.Key]uint32, len(id.Last))
	for i, k := range id.Last {
		said[k] = id.Said[i]
	}
	same := make([]bool, len(items))
	for i := range items {
		v, ok := said[items[i].Keys[0]]
		same[i] = ok && v == uint32(items[i].Version)
	}
	return same
}
