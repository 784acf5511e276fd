package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/schedule"
	"github.com/watcherd/watcherd/internal/store"
)

// Blindness is declared: what keeps the watch from seeing is said in the
// operations channel, grouped, after it has shown itself more than once, and
// again when it is over. Nothing of it goes to a news channel.

// notice adds a line for the operations channel and tells whether it will be
// said.
func (d *Daemon) notice(n notify.Notice) bool {
	if !d.ops.Add(n, time.Now()) {
		return false
	}
	d.log.Warn("notice", "about", n.Label, "text", n.Text)
	d.courier.Wake()
	return true
}

// feedTrouble is the key of the notices of a feed's health.
func feedTrouble(id news.FeedID) string { return "feed " + string(id) }

// noteTold remembers over a restart that the operations channel knows of a
// feed's trouble.
func (d *Daemon) noteTold(ctx context.Context, id news.FeedID) {
	defer d.pushes.turn(id)()
	d.marking.RLock()
	defer d.marking.RUnlock()
	st := d.states.get(id)
	if st.Health.Told || st.Health.State == feeds.StateOK {
		return
	}
	st.Health.Told = true
	if err := d.store.PutFeeds(ctx, st); err != nil {
		return // told again after the restart
	}
	d.states.put(st)
}

// recallTold tells the operations channel's gatherer what it knew before the
// restart.
func (d *Daemon) recallTold(r *Rules, now time.Time) {
	for _, id := range r.order {
		if st := d.states.get(id); st.Health.Told {
			d.ops.Recall(feedTrouble(id), now)
		}
	}
}

// failsBeforeNotice is how often in a row a feed must fail before anybody is
// told: one failure is weather.
const failsBeforeNotice = 3

// report tells of a feed what its round has shown.
func (d *Daemon) report(ctx context.Context, v *visit) {
	h, name := v.st.Health, orElse(v.feed.Name, v.feed.URL)
	key, told := feedTrouble(v.feed.ID), false
	if v.was.State != h.State {
		d.log.Info("feed "+orElse(h.State, "new"), "feed", v.feed.ID, "was", v.was.State, "class", h.Class, "message", h.Message)
	} else if h.Class != "" {
		d.log.Debug("poll failed", "feed", v.feed.ID, "class", h.Class, "message", h.Message)
	}
	switch h.State {
	case feeds.StateOK:
		if v.was.State != feeds.StateOK && v.was.State != "" {
			d.notice(notify.Notice{Key: key, Label: name, Text: "is well again after " + span(v.now.Sub(v.was.Since)), Over: true})
		}
	case feeds.StateFailing:
		if !v.plan.Frozen {
			told = d.notice(notify.Notice{Key: key, Label: name, Text: fmt.Sprintf("fails (%s): %s", h.Class, h.Message), URL: v.feed.URL, After: failsBeforeNotice})
		}
	case feeds.StateWalled:
		told = d.notice(notify.Notice{Key: key, Label: name, Text: "keeps us out: " + h.Message, URL: v.feed.URL, After: failsBeforeNotice})
	case stateMerged:
		told = d.notice(notify.Notice{Key: key, Label: name, Text: h.Message, URL: v.feed.URL})
	case feeds.StateGone:
		told = d.notice(notify.Notice{Key: key, Label: name, Text: "is gone for good (410) and is not asked again; remove it from the config or give its new address", URL: v.feed.URL})
	case feeds.StateQuiet:
		if s, quiet := schedule.Quiet(&v.st, v.now); quiet {
			told = d.notice(notify.Notice{Key: key, Label: name, URL: v.feed.URL,
				Text: fmt.Sprintf("has gone quiet: nothing new for %s, it used to pause %s at most", span(v.now.Sub(s.Since)), span(s.Usual))})
		}
	}
	if told {
		d.noteTold(ctx, v.feed.ID)
	}
	if v.brief.lied {
		d.log.Warn("a server is no longer believed", "feed", v.feed.ID, "held_back", v.brief.fresh)
		d.notice(notify.Notice{Key: "lie " + string(v.feed.ID), Label: name, URL: v.feed.URL,
			Text: fmt.Sprintf("says “not modified” though it is not: %s came late; from now on it is asked in full each time and compared",
				plural(v.brief.fresh, "item", "items"))})
	}
	id := v.brief.ident
	if id.Gap && id.Lost > 0 {
		d.metrics.lost.Add(float64(id.Lost))
		between := "two polls"
		if !id.From.IsZero() && !id.To.IsZero() {
			between = fmt.Sprintf("two polls, %s to %s", clock(id.From), clock(id.To))
		}
		d.notice(notify.Notice{Key: fmt.Sprintf("gap %s %d", v.feed.ID, v.now.Unix()), Label: name,
			Text: fmt.Sprintf("about %s went by between %s; it is asked more often now", plural(id.Lost, "item", "items"), between)})
	}
	if id.Reset {
		d.notice(notify.Notice{Key: "identity " + string(v.feed.ID), Label: name,
			Text: fmt.Sprintf("gave new identifiers to %s at once; they are recognised, only what is really new is told",
				plural(id.Renamed, "item", "items"))})
	}
}

// noteNetwork feeds the recognition of an outage of our own: when half of the
// hosts fail at once, it is not the hosts.
func (d *Daemon) noteNetwork(address string, err error, now time.Time) {
	failed := feeds.ClassOf(err).Network()
	d.outage.mu.Lock()
	change := d.outage.o.Note(hostOf(address), failed, now)
	d.outage.mu.Unlock()
	switch change {
	case schedule.Began:
		d.log.Error("half of the hosts cannot be reached: our own network is down; failures are not counted against feeds")
		d.notice(notify.Notice{Key: "network", Label: "The network of this machine", Text: "is down: half of all hosts cannot be reached. Failures are not counted against feeds meanwhile"})
	case schedule.Ended:
		d.log.Info("the network is back")
		d.notice(notify.Notice{Key: "network", Label: "The network of this machine", Text: "is back; feeds are asked again, spread out", Over: true})
	}
}

func (d *Daemon) ownOutage() bool {
	d.outage.mu.Lock()
	defer d.outage.mu.Unlock()
	_, down := d.outage.o.Active()
	return down
}

// storeTrouble says once that what a feed brought cannot be stored. A failed
// store ends the service: what reached the disk is not known, and the next
// start looks.
func (d *Daemon) storeTrouble(id news.FeedID, err error) {
	if d.storing.note(id, err) {
		d.log.Error("what came in cannot be stored; nothing is lost, feeds are asked again", "err", err)
		if full, ok := errors.AsType[*store.FullError](err); ok {
			d.notice(notify.Notice{Key: "store", Label: "The data file", Text: "is full: " + full.Error()})
		}
	}
	if _, ok := errors.AsType[*store.FailedError](err); ok {
		d.fail(err)
	}
}

// storeFine takes it back once everything can be stored again.
func (d *Daemon) storeFine(id news.FeedID) {
	if d.storing.note(id, nil) {
		d.log.Info("storing works again")
		d.notice(notify.Notice{Key: "store", Label: "The data file", Text: "can be written again", Over: true})
	}
}
