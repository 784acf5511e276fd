package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// report is what came of a job.
type report struct {
	ln   *lane
	verb verb
	d    news.Delivery // as saved
	err  error         // of the notifier, or of the outbox before anything was said
	said bool          // the channel took something
	own  bool          // an update was said in full

	unsaved bool // err is the outbox's; nothing was said
	surplus int  // copies taken back
}

// workLimit bounds one job; a notifier has its own, shorter limits.
const workLimit = time.Minute

// work does a job. A stop of the courier does not cut it short, since an
// interrupted request is an alert of which nobody knows whether it was said.
func (c *Courier) work(ctx context.Context, j job) report {
	quit := ctx
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLimit)
	defer cancel()
	switch {
	case j.d.State == news.StateUnknown:
		return c.look(ctx, quit, j)
	case j.d.State == news.StateSent:
		return c.audit(ctx, quit, j)
	}
	return c.say(ctx, quit, j)
}

func (c *Courier) say(ctx, quit context.Context, j job) report {
	rep := report{own: j.target.Message == ""}
	d := sending(j.d, time.Now())
	if err := c.commit(ctx, d); err != nil {
		rep.d, rep.err, rep.unsaved = j.d, err, true
		return rep
	}
	r, err := c.not.Say(ctx, d, j.target)
	rep.err, rep.said = err, err == nil
	changed := make([]news.Delivery, 1, 2)
	switch {
	case err == nil:
		d = c.delivered(d, r, j.escalate)
		if parent, ok := c.standsIn(ctx, d); rep.own && ok {
			changed = append(changed, parent)
		}
	default:
		if r.Message != "" && !c.takeBack(ctx, r) {
			d.Doubtful = true // the audit will find it
		}
		d = failed(d, j.verb, err, time.Now(), j.blind)
		if parent, ok := c.orphaned(ctx, d); ClassOf(err) == Gone && ok {
			changed = append(changed, parent)
		}
	}
	changed[0] = d
	rep.d = d
	c.commitSurely(quit, changed...)
	return rep
}

// delivered is the delivery once it is out, with its time of escalation.
func (c *Courier) delivered(d news.Delivery, r news.Receipt, e Escalation) news.Delivery {
	now := time.Now()
	if e.After > 0 && d.Alert.Urgent && d.Alert.Kind == news.KindAlert {
		d.Escalate = now.Add(e.After)
	}
	return said(d, r, now)
}

func (c *Courier) look(ctx, quit context.Context, j job) report {
	var rep report
	copies, err := c.not.Look(ctx, j.d, j.target)
	rep.err = err
	d := j.d
	changed := make([]news.Delivery, 1, 2)
	switch {
	case len(copies) > 0 && j.target.Message != "" && copies[0].Thread == "":
		// A reply whose parent was deleted stands alone: it goes, and the
		// story is told anew.
		c.takeBack(ctx, copies[0])
		d.State, d.Due, d.Reason = news.StateQueued, time.Now(), "its reply stood alone"
		if parent, ok := c.orphaned(ctx, d); ok {
			changed = append(changed, parent)
		}
	case len(copies) > 0:
		d = c.delivered(d, copies[0], j.escalate)
		rep.said, rep.own = true, j.target.Message == ""
		if parent, ok := c.standsIn(ctx, d); rep.own && ok {
			changed = append(changed, parent)
		}
	default:
		d = looked(d, copies, err, time.Now(), c.opt.Blind)
	}
	changed[0] = d
	rep.d = d
	c.commitSurely(quit, changed...)
	return rep
}

func (c *Courier) audit(ctx, quit context.Context, j job) report {
	var rep report
	copies, err := c.not.Look(ctx, j.d, j.target)
	if err == nil && len(copies) > 1 {
		for _, extra := range copies[1:] {
			if err = c.not.Unsay(ctx, extra); err != nil {
				break
			}
			rep.surplus++
		}
	}
	rep.err = err
	before := j.d.Receipt
	d := audited(j.d, copies, err, time.Now())
	changed := []news.Delivery{d}
	if parent, ok := c.moved(ctx, d, before); ok {
		changed = append(changed, parent)
	}
	rep.d = d
	c.commitSurely(quit, changed...)
	return rep
}

// moved is the parent that an update stands in for, if the audit kept another
// copy of the update than the one known.
func (c *Courier) moved(ctx context.Context, d news.Delivery, before news.Receipt) (news.Delivery, bool) {
	if d.Alert.Target == "" || d.Receipt.Message == before.Message {
		return news.Delivery{}, false
	}
	parent, ok, err := c.out.Delivery(ctx, d.Alert.Target)
	if err != nil || !ok || parent.Receipt.Message != before.Message {
		return parent, false
	}
	parent.Receipt = d.Receipt
	return parent, true
}

// takeBack removes a misplaced message, with a few tries.
func (c *Courier) takeBack(ctx context.Context, r news.Receipt) bool {
	for range 3 {
		err := c.not.Unsay(ctx, r)
		if err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(max(retryAfter(err), time.Second)):
		}
	}
	return false
}

// commit saves deliveries, with the marks made meanwhile, and tells of them.
func (c *Courier) commit(ctx context.Context, ds ...news.Delivery) error {
	c.marking.RLock()
	defer c.marking.RUnlock()
	return c.save(ctx, ds...)
}

func (c *Courier) save(ctx context.Context, ds ...news.Delivery) error {
	for i := range ds {
		c.stamp(&ds[i])
	}
	if err := c.out.Save(ctx, ds...); err != nil {
		return fmt.Errorf("save deliveries: %w", err)
	}
	if c.opt.On != nil {
		for _, d := range ds {
			c.opt.On(d)
		}
	}
	return nil
}

// commitSurely saves an outcome, trying until it succeeds. If the courier is
// to stop meanwhile, it gives up after a grace: the next start then finds the
// delivery as sending, and looks.
func (c *Courier) commitSurely(quit context.Context, ds ...news.Delivery) {
	ctx := context.WithoutCancel(quit)
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		err := c.commit(ctx, ds...)
		if err == nil {
			return
		}
		c.log.Error("an outcome could not be stored", "alert", ds[0].Alert.ID, "state", ds[0].State, "err", err)
		select {
		case <-time.After(wait):
			if quit.Err() != nil {
				return
			}
		case <-quit.Done():
			time.Sleep(grace)
			if err := c.commit(ctx, ds...); err != nil && !errors.Is(err, context.Canceled) {
				c.log.Error("an outcome is lost and will be looked for", "alert", ds[0].Alert.ID, "err", err)
			}
			return
		}
	}
}
