package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// parents finds for each update and correction the message that it changes.
// One whose parent is not out yet waits; one whose parent can never be out is
// said in full and from then on stands in for it.
func (c *Courier) parents(ctx context.Context, t *tidied, now time.Time) error {
	var failure error
	t.keep(func(d *news.Delivery) bool {
		if d.Alert.Target == "" || d.State == news.StateSent || failure != nil {
			return true
		}
		parent, ok, err := c.out.Delivery(ctx, d.Alert.Target)
		if err != nil {
			failure = fmt.Errorf("find the parent of %s: %w", d.Alert.ID, err)
			return true
		}
		c.stamp(&parent)
		d.Marks = parent.Marks
		if d.State == news.StateUnknown {
			t.targets[d.Alert.ID] = parent.Receipt
			return true
		}
		switch fate, reason := fateOf(d, parent, ok); fate {
		case fateDrop:
			t.save = append(t.save, suppressed(*d, reason, now))
			return false
		case fateWait:
			if parent.Due.After(now) {
				d.Due, d.Reason = parent.Due.Add(time.Second), reason
				t.save = append(t.save, *d)
			}
			return false
		case fateChange:
			t.targets[d.Alert.ID] = parent.Receipt
			return true
		}
		other, taken := c.standins[d.Alert.Target]
		return !taken || other == d.Alert.ID
	})
	return failure
}

// fate is what becomes of an update, given its parent.
type fate int

const (
	fateOwn    fate = iota // is said in full
	fateChange             // changes the parent's message
	fateWait               // until the parent is out
	fateDrop               // says nothing new here
)

func fateOf(d *news.Delivery, parent news.Delivery, ok bool) (fate, string) {
	update := d.Alert.Kind == news.KindUpdate
	switch {
	case update && d.Alert.Updates == updatesSilent:
		return fateDrop, "the channel wants no further reports"
	case !ok:
		return fateOwn, ""
	case parent.Receipt.Message != "":
		return fateChange, ""
	case parent.State != news.StateSent && parent.Pending():
		return fateWait, "waits for its story to be told"
	case update && parent.Digest != "":
		return fateDrop, "its story was told in a digest"
	case parent.State == news.StateSuppressed && parent.Digest == "":
		return fateDrop, "its story is held back: " + parent.Reason
	}
	return fateOwn, ""
}

// standsIn gives the parent of an update that was said in full the update's
// message, so that what comes next changes that one.
func (c *Courier) standsIn(ctx context.Context, d news.Delivery) (parent news.Delivery, ok bool) {
	if d.Alert.Target == "" {
		return parent, false
	}
	parent, ok, err := c.out.Delivery(ctx, d.Alert.Target)
	if err != nil || !ok || parent.Receipt.Message != "" {
		return parent, false // not knowing costs a second full message at worst
	}
	parent.Receipt = d.Receipt
	return parent, true
}

// orphaned is the parent of d without its message, which is gone.
func (c *Courier) orphaned(ctx context.Context, d news.Delivery) (parent news.Delivery, ok bool) {
	parent, ok, err := c.out.Delivery(ctx, d.Alert.Target)
	if err != nil || !ok {
		return parent, false
	}
	parent.Receipt, parent.Reason = news.Receipt{}, "its message is gone"
	return parent, true
}
