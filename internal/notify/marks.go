package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// Mark records what a reader did with an alert, or that it is taken back, and
// returns the alert with its marks. Of claims the first stands until it is
// taken back: a later one is not recorded. A mark that is there already is
// not made again, nor one removed that is not there: changed is false then.
func (c *Courier) Mark(ctx context.Context, id news.AlertID, m news.Mark, undo bool) (d news.Delivery, changed bool, err error) {
	// Nobody saves between the reading and the saving, or the outcome of a
	// request under way would be overwritten.
	c.marking.Lock()
	defer c.marking.Unlock()
	d, ok, err := c.out.Delivery(ctx, id)
	if err != nil || !ok {
		return d, false, errors.Join(err, missing(ok, id))
	}
	c.mu.Lock()
	before, ours := c.marks[id]
	if ours {
		d.Marks = before
	}
	d.Marks, changed = withMark(d.Marks, m, undo)
	if changed {
		c.marks[id] = d.Marks
	}
	c.mu.Unlock()
	if !changed {
		return d, false, nil
	}
	err = c.save(ctx, d)
	if err != nil { // the reader is told that it did not work, and may try again
		c.mu.Lock()
		delete(c.marks, id)
		if ours {
			c.marks[id] = before
		}
		c.mu.Unlock()
	}
	return d, true, err
}

// withMark is the list of marks after one more, or without it.
func withMark(marks []news.Mark, m news.Mark, undo bool) ([]news.Mark, bool) {
	same := func(o news.Mark) bool { return o.Same(&m) }
	at := slices.IndexFunc(marks, same)
	if undo {
		if at < 0 {
			return withoutInstead(marks, m)
		}
		return slices.Delete(slices.Clone(marks), at, at+1), true
	}
	taken := m.What == news.MarkClaim && slices.ContainsFunc(marks, func(o news.Mark) bool { return o.What == m.What })
	if at >= 0 && marks[at].Until.Equal(m.Until) || taken {
		return marks, false
	}
	marks = slices.DeleteFunc(slices.Clone(marks), func(o news.Mark) bool {
		if contrary(o, m) {
			m.Instead = o.What
		}
		return same(o) || contrary(o, m)
	})
	return append(marks, m), true
}

// withoutInstead takes back a mark that another has replaced: its emoji is
// gone, so a new one is a new word.
func withoutInstead(marks []news.Mark, m news.Mark) ([]news.Mark, bool) {
	at := slices.IndexFunc(marks, func(o news.Mark) bool { return contrary(o, m) && o.Instead == m.What })
	if at < 0 {
		return marks, false
	}
	marks = slices.Clone(marks)
	marks[at].Instead = ""
	return marks, true
}

// contrary tells whether a reader's mark takes back another of the same
// reader.
func contrary(a, b news.Mark) bool {
	pair := func(x, y string) bool { return a.What == x && b.What == y || a.What == y && b.What == x }
	return a.SameReader(&b) && pair(news.MarkUseful, news.MarkNotRelevant)
}

func missing(ok bool, id news.AlertID) error {
	if ok {
		return nil
	}
	return fmt.Errorf("no alert %s", id)
}

// stamp puts the marks made meanwhile on a delivery about to be saved or
// shown: one in flight was read before they were made.
func (c *Courier) stamp(d *news.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if marks, ours := c.marks[d.Alert.ID]; ours {
		d.Marks = marks
	}
	if d.Alert.Target != "" { // its marks are its target's
		return
	}
	d.Claimed = ""
	for _, m := range d.Marks {
		if m.What == news.MarkClaim {
			d.Claimed = m.By
		}
	}
}
