package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// tidied is what a channel's due deliveries come to before anything is said.
type tidied struct {
	save    []news.Delivery // changed deliveries, to be saved in one go
	due     []news.Delivery // what is to be done, in order
	wake    time.Time       // when something that waits here is to be taken up again
	targets map[news.AlertID]news.Receipt
}

// tidy applies the channel's manners to its due deliveries: what waits for a
// digest, what is told in one now, which updates are overtaken, what nobody
// has claimed. It saves the changes.
func (c *Courier) tidy(ctx context.Context, ln *lane, ds []news.Delivery, now time.Time) (tidied, error) {
	t := tidied{due: ds, targets: map[news.AlertID]news.Receipt{}}
	c.escalate(&t, ln, now)
	overtake(&t, now)
	for _, d := range t.save {
		if d.State == news.StateSuppressed && c.standins[d.Alert.Target] == d.Alert.ID {
			delete(c.standins, d.Alert.Target)
		}
	}
	if err := c.parents(ctx, &t, now); err != nil {
		return t, err
	}
	barred := c.barred(ln)
	if late := expired(now); barred {
		// What is tried meanwhile is rather today's news than this morning's.
		slices.SortStableFunc(t.due, func(a, b news.Delivery) int { return rank(late(&a)) - rank(late(&b)) })
	} else {
		fold(&t, late, 1, causeLate, now)
	}
	if err := c.postpone(ctx, &t, ln, now); err != nil {
		return t, err
	}
	if c.limited || ln.limited {
		t.oneTry()
	}
	fold(&t, gathered, 2, c.gatherCause(ln, now), now)
	if !barred { // else the queue is kept until something may go through
		storm(&t, ln, now)
	}
	if len(t.save) > 0 {
		if err := c.commit(ctx, latest(t.save)...); err != nil {
			return t, err
		}
	}
	return t, nil
}

// latest keeps the last of each delivery.
func latest(ds []news.Delivery) []news.Delivery {
	seen := map[news.AlertID]bool{}
	var last []news.Delivery
	for _, d := range slices.Backward(ds) {
		if !seen[d.Alert.ID] {
			seen[d.Alert.ID] = true
			last = append(last, d)
		}
	}
	slices.Reverse(last)
	return last
}

// keep runs through the due deliveries and keeps those for which f is true.
func (t *tidied) keep(f func(d *news.Delivery) bool) {
	var kept []news.Delivery
	for _, d := range t.due {
		if f(&d) {
			kept = append(kept, d)
		}
	}
	t.due = kept
}

// untold tells whether d is a story not yet told, as far as is known.
func untold(d *news.Delivery) bool {
	return (d.State == news.StateQueued || d.State == news.StateHeld) && d.Alert.Kind == news.KindAlert
}

// fresh tells whether d may be told in a digest. One that may still turn up
// by itself may not: the audit follows its own name.
func fresh(d *news.Delivery) bool { return untold(d) && !d.Doubtful }

func gathered(d *news.Delivery) bool { return fresh(d) && d.Gather }

// oldNews is how long after it was queued a normal alert is told by itself: a
// Slack or a token that was gone for half a day leaves a digest, no row of
// alerts about this morning. It is written once something may go through
// again, of everything old that waits in the channel. What waits for a digest
// anyway is told in that.
const oldNews = 6 * time.Hour

// barred tells whether nothing is known to get through to the channel. The end
// of a pause that was asked for proves nothing: of what waits one is tried
// first, and the rest is told once that went through.
func (c *Courier) barred(ln *lane) bool {
	return c.app.open || ln.broken.open || c.silent != "" || c.limited || ln.limited
}

// oneTry leaves the trying to the normal alert that was tried before, if there
// is one: a limit may be answered to what went through, so each that was tried
// is told by itself, and a long limit would end in a row of them.
func (t *tidied) oneTry() {
	tried := func(d *news.Delivery) bool {
		return d.Attempts > 0 && (untold(d) || d.State == news.StateUnknown && d.Alert.Kind == news.KindAlert)
	}
	if slices.ContainsFunc(t.due, func(d news.Delivery) bool { return tried(&d) }) {
		t.keep(func(d *news.Delivery) bool { return tried(d) || d.Alert.Urgent || !fresh(d) })
	}
}

func rank(late bool) int {
	if late {
		return 1
	}
	return 0
}

func expired(now time.Time) func(*news.Delivery) bool {
	return func(d *news.Delivery) bool {
		return fresh(d) && !d.Gather && !d.Alert.Urgent && now.Sub(later(d.Alert.Queued, d.Alert.NotBefore)) > oldNews
	}
}

// fold tells those of the due deliveries that are picked in digests, if there
// are enough of them.
func fold(t *tidied, pick func(*news.Delivery) bool, atLeast int, why cause, now time.Time) {
	var members []news.Delivery
	for _, d := range t.due {
		if pick(&d) {
			members = append(members, d)
		}
	}
	if len(members) < atLeast {
		return
	}
	t.keep(func(d *news.Delivery) bool { return !pick(d) })
	digests, moved := compose(members, why, now)
	t.save = append(t.save, moved...)
	t.save = append(t.save, digests...)
	t.due = append(t.due, digests...)
}

// storm tells a flood of normal alerts in digests, and keeps gathering until
// the flood is over.
func storm(t *tidied, ln *lane, now time.Time) {
	pick := func(d *news.Delivery) bool { return fresh(d) && !d.Alert.Urgent && !d.Gather }
	n := 0
	for _, d := range t.due {
		if pick(&d) {
			n++
		}
	}
	flood := n > stormOver
	switch {
	case ln.stormNext.IsZero() && !flood:
	case !ln.stormNext.IsZero() && now.Before(ln.stormNext) && n < digestLines:
		t.keep(func(d *news.Delivery) bool { return !pick(d) })
		t.wake = sooner(t.wake, ln.stormNext)
	case n <= stormEnds:
		ln.stormNext = time.Time{}
	default:
		ln.stormNext = now.Add(stormEvery)
		fold(t, pick, 1, causeStorm, now)
	}
}

// postpone lets normal alerts wait for the digest: in quiet hours, over the
// day's budget, or always where the channel wants digests only.
func (c *Courier) postpone(ctx context.Context, t *tidied, ln *lane, now time.Time) error {
	m := ln.manners
	until, quiet := m.QuietUntil(now)
	budget := -1
	if m.Budget > 0 && !quiet {
		told, err := c.told(ctx, ln, now)
		if err != nil {
			return err
		}
		budget = max(m.Budget-told, 0)
	}
	t.keep(func(d *news.Delivery) bool {
		reply := d.Alert.Kind == news.KindUpdate && d.Alert.Updates == updatesThread && d.State == news.StateQueued
		switch {
		case d.Alert.Urgent || d.Gather && !quiet || !untold(d) && !reply:
			return true
		case quiet:
			d.Due, d.Gather = until, !reply
			d.Reason = "quiet hours until " + until.In(m.zone()).Format("15:04")
		case reply:
			return true
		case m.DigestOnly:
			d.Due, d.Gather = m.NextDigest(now), true
			d.Reason = "waits for the digest"
		case budget == 0:
			d.Due, d.Gather = m.NextDigest(now), true
			d.Reason = fmt.Sprintf("over the budget of %d a day", m.Budget)
		default:
			budget--
			return true
		}
		t.save = append(t.save, *d)
		return false
	})
	return nil
}

func (c *Courier) gatherCause(ln *lane, now time.Time) cause {
	// A minute back lies in the quiet hours exactly if they have just ended.
	if _, quiet := ln.manners.QuietUntil(now.Add(-time.Minute)); quiet {
		return causeQuiet
	}
	return causeHeld
}

// told is how many normal alerts were sent in the channel today.
func (c *Courier) told(ctx context.Context, ln *lane, now time.Time) (int, error) {
	day := ln.manners.DayStart(now)
	if !ln.day.Equal(day) {
		ln.day, ln.told = day, 0
		if tally, ok := c.out.(Tally); ok {
			n, err := tally.Told(ctx, ln.channel, day)
			if err != nil {
				ln.day = time.Time{}
				return 0, fmt.Errorf("count what %s was told: %w", ln.channel, err)
			}
			ln.told = n
		}
	}
	return ln.told, nil
}

// escalate says of urgent alerts that nobody has claimed them.
func (c *Courier) escalate(t *tidied, ln *lane, now time.Time) {
	var more []news.Delivery
	t.keep(func(d *news.Delivery) bool {
		if d.State != news.StateSent || d.Escalate.IsZero() || d.Escalate.After(now) {
			return true
		}
		if c.stamp(d); d.Claimed == "" {
			more = append(more, escalation(*d, ln.manners.Escalate, now))
		}
		d.Escalate, d.Due = time.Time{}, time.Time{}
		audit := d.Doubtful && !d.Audited
		if audit {
			d.Due = now
		}
		t.save = append(t.save, *d)
		return audit
	})
	t.save = append(t.save, more...)
	t.due = append(t.due, more...)
}

// escalation is the reply under an alert that nobody has claimed.
func escalation(d news.Delivery, e Escalation, now time.Time) news.Delivery {
	a := d.Alert
	a.ID = news.NewAlertID(a.Story, a.Channel, "escalation", a.Seq)
	a.Kind, a.Target, a.Updates = news.KindUpdate, d.Alert.ID, updatesThread
	a.Mention, a.Queued = e.Mention, now
	a.Note, a.NoteURL = fmt.Sprintf("Nobody has claimed this for %d minutes.", int(e.After.Minutes())), ""
	a.Latest, a.With, a.New = nil, nil, nil
	return news.Delivery{Alert: a, State: news.StateQueued, Since: now, Due: now}
}

// The ways in which a channel wants further reports.
const (
	updatesThread = "thread"
	updatesSilent = "silent"
)

// overtake drops updates whose successor is due too: each carries the whole
// present state. What an overtaken one had new, and its outlet, go over to its
// successor. An update that is already on its way is left alone.
func overtake(t *tidied, now time.Time) {
	newest := map[news.AlertID]*news.Alert{}
	for i := range t.due {
		if d := &t.due[i]; mergeable(d) {
			// What only shows marks says nothing new: of its sequence a
			// report goes before it.
			n := newest[d.Alert.Target]
			if n == nil || d.Alert.Seq > n.Seq || d.Alert.Seq == n.Seq && n.Latest == nil {
				newest[d.Alert.Target] = &d.Alert
			}
		}
	}
	changed := map[news.AlertID]bool{}
	for i := len(t.due) - 1; i >= 0; i-- {
		d := &t.due[i]
		if !mergeable(d) || newest[d.Alert.Target].ID == d.Alert.ID {
			continue
		}
		n := newest[d.Alert.Target]
		for _, s := range d.Alert.New {
			if !slices.Contains(n.New, s) && len(n.New) < 12 {
				n.New, changed[n.ID] = append(slices.Clone(n.New), s), true
			}
		}
		if l := d.Alert.Latest; l != nil && n.Latest != nil && l.Outlet != n.Latest.Outlet && !slices.Contains(n.With, l.Outlet) && len(n.With) < 12 {
			n.With, changed[n.ID] = append([]string{l.Outlet}, n.With...), true
		}
	}
	t.keep(func(d *news.Delivery) bool {
		if !mergeable(d) {
			return true
		}
		n := newest[d.Alert.Target]
		if n.ID == d.Alert.ID {
			if changed[n.ID] {
				t.save = append(t.save, *d)
			}
			return true
		}
		if d.Alert.Updates == updatesThread && n.Latest == nil {
			return true // its reply is still to be said
		}
		t.save = append(t.save, suppressed(*d, "overtaken by "+string(n.ID), now))
		return false
	})
}

func mergeable(d *news.Delivery) bool {
	return d.State == news.StateQueued && !d.Doubtful && d.Alert.Kind == news.KindUpdate && d.Alert.Target != "" &&
		(d.Alert.Updates != updatesThread || d.Alert.Latest != nil) // an escalation stands for itself
}
