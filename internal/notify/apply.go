package notify

import (
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// apply learns from a report what it says of the channel and the app.
func (c *Courier) apply(r report) {
	now := time.Now()
	c.flying--
	r.ln.busy = false
	if r.verb == verbSay {
		r.ln.pace.took(now) // the post may have gone out only just now
	}
	c.settleStandin(r)
	c.count(r)
	if r.unsaved {
		r.ln.hold[r.verb] = now.Add(5 * time.Second)
		c.log.Error("cannot store; nothing was said", "alert", r.d.Alert.ID, "channel", r.ln.channel, "err", r.err)
		return
	}
	c.hear(r, now)
	r.ln.blind = r.ln.blind && r.verb != verbLook || errors.Is(r.err, ErrBlind)
	switch class := ClassOf(r.err); {
	case r.err == nil, class == BadMessage, class == Gone, errors.Is(r.err, ErrBlind):
		c.mend(r.ln, now)
		c.limited = false
		r.ln.limited = r.ln.limited && r.verb != verbSay
	case class == BadChannel:
		if r.ln.broken.trip(now, probeChannel, r.err.Error()) {
			c.notice(r.ln, Notice{Key: "channel " + r.ln.channel, Label: r.ln.channel,
				Text: "takes no alerts: " + r.err.Error() + ". They are kept; next try in 10 minutes."}, now)
		}
	case class == BadApp:
		if c.app.trip(now, probeApp, r.err.Error()) {
			c.log.Error("nothing can be said; alerts are kept", "err", r.err)
		}
	case class == Again:
		c.wait(r, now)
	}
	c.record(r, now)
}

// hear notes whether the other side has answered at all.
func (c *Courier) hear(r report, now time.Time) {
	class := ClassOf(r.err)
	switch unanswered := class == Unknown || class == Again && retryAfter(r.err) == 0; {
	case errors.Is(r.err, ErrBlind): // may have asked nobody
	case !unanswered:
		c.again = c.again || c.silent != "" && now.Sub(c.silentAt) > time.Minute
		c.silent, c.silentAt = "", time.Time{}
	case c.silent == "":
		c.silent, c.silentAt = r.err.Error(), now
	}
}

// wait holds a channel back after it, or the way to it, asked for a pause.
func (c *Courier) wait(r report, now time.Time) {
	if asked := retryAfter(r.err); isWide(r.err) {
		c.hold, c.limited = later(c.hold, now.Add(asked)), true
		return
	} else if asked > 0 {
		r.ln.hold[r.verb] = later(r.ln.hold[r.verb], now.Add(asked))
		r.ln.limited = r.ln.limited || r.verb == verbSay
		return
	}
	// The other side was not reached. The delivery itself waits longer with
	// each try; the channel is tried again soon.
	r.ln.hold[r.verb] = now.Add(min(backoff(r.d.Attempts), 15*time.Second))
}

// mend closes the breakers after something went through.
func (c *Courier) mend(ln *lane, now time.Time) {
	if c.app.open {
		c.log.Info("alerts are taken again", "refused_since", c.app.since)
		c.app, c.again = breaker{}, true
	}
	if ln.broken.open {
		c.notice(ln, Notice{Key: "channel " + ln.channel, Label: ln.channel, Over: true,
			Text: "takes alerts again, after " + now.Sub(ln.broken.since).Round(time.Minute).String() + "."}, now)
		ln.broken, c.again = breaker{}, true
	}
}

// notice notes a trouble for the operations channel, unless it is that
// channel's own.
func (c *Courier) notice(ln *lane, n Notice, now time.Time) {
	if c.opt.Ops != nil && c.opt.Ops.channel == ln.channel {
		c.log.Error("the operations channel is in trouble", "channel", ln.channel, "notice", n.Text, "over", n.Over)
		return
	}
	c.opt.Ops.Add(n, now)
}

// settleStandin forgets an update that was being said in full once it is.
func (c *Courier) settleStandin(r report) {
	t := r.d.Alert.Target
	if t == "" || c.standins[t] != r.d.Alert.ID {
		return
	}
	switch r.d.State {
	case news.StateSent, news.StateBuried, news.StateSuppressed:
		delete(c.standins, t)
	}
}

// record logs what happened, and notes what a person has to look after.
func (c *Courier) record(r report, now time.Time) {
	d := r.d
	attrs := []any{"alert", d.Alert.ID, "channel", r.ln.channel, "kind", d.Alert.Kind}
	switch {
	case d.State == news.StateBuried:
		c.log.Error("alert buried", append(attrs, "reason", d.Reason)...)
		if d.Alert.Kind != news.KindOps {
			c.notice(r.ln, Notice{Key: "buried " + string(d.Alert.ID), Label: r.ln.channel,
				Text: fmt.Sprintf("refused “%s”: %s", d.Alert.Headline, d.Reason), URL: d.Alert.URL}, now)
		}
	case r.surplus > 0:
		c.log.Warn("surplus copies taken back", append(attrs, "copies", r.surplus)...)
	case r.said:
		c.log.Info("alert delivered", append(attrs, "attempts", d.Attempts, "took", now.Sub(d.Alert.Queued).Round(time.Millisecond))...)
	case r.err != nil && d.Attempts <= 1:
		c.log.Warn("alert not delivered yet", append(attrs, "state", d.State, "class", ClassOf(r.err), "next", d.Due, "err", r.err)...)
	case r.err != nil:
		c.log.Debug("alert not delivered yet", append(attrs, "state", d.State, "class", ClassOf(r.err), "next", d.Due, "err", r.err)...)
	}
	if r.said && d.Alert.Kind == news.KindAlert && !d.Alert.Urgent {
		r.ln.told++
	}
}
