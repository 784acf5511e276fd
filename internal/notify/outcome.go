package notify

import (
	"errors"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// The waits around an unclear answer. A message whose answer was lost may
// still be on its way, and a channel's history shows it only after a while.
const (
	settle        = 15 * time.Second // before the first look; longer than a request may last
	settleUrgent  = 3 * time.Second
	spacing       = 15 * time.Second // between two looks
	spacingUrgent = 3 * time.Second
	enoughLooks   = 2 // empty looks after which it was surely not said
	auditAfter    = time.Minute
	editAgain     = 5 * time.Second

	probeChannel = 10 * time.Minute // a refusing channel is tried again
	probeApp     = time.Minute      // doubling up to probeChannel
	blindAgain   = time.Hour        // an unreadable history is tried again
	lastStep     = 2                // the plainest form of a message
	sendingDue   = time.Hour        // no sending is picked up while it is in flight
)

// Policy is what to do with an alert that may have been said in a channel
// whose history cannot be read.
type Policy string

// The policies: an alert told twice, or one that a person has to look after.
const (
	Resend Policy = "resend" // say it again; the default
	Keep   Policy = "hold"   // keep it as unknown until the history can be read
)

// verb is what a delivery needs; the other side limits each by itself.
type verb string

const (
	verbSay  verb = "say"
	verbEdit verb = "edit"
	verbLook verb = "look"

	onAll = "all" // in Delivery.HoldOn: a wait that concerns every channel
)

// sending is the delivery as committed before any byte of it goes out.
func sending(d news.Delivery, now time.Time) news.Delivery {
	d.State, d.Since, d.Due = news.StateSending, now, now.Add(sendingDue)
	d.Attempts++
	if d.First.IsZero() {
		d.First = now
	}
	d.Looks, d.Reason, d.Hold, d.HoldOn = 0, "", time.Time{}, ""
	return d
}

// recovered is what a sending found at start becomes: nobody knows whether
// it was said.
func recovered(d news.Delivery, now time.Time) news.Delivery {
	since := d.Since
	if since.After(now) {
		since = now // the clock was set back
	}
	d = unknown(d, now)
	d.Due = later(now, since.Add(settleFor(d)))
	d.Reason = "interrupted while being sent"
	return d
}

func unknown(d news.Delivery, now time.Time) news.Delivery {
	d.State, d.Since, d.Looks, d.Doubtful, d.Audited = news.StateUnknown, now, 0, true, false
	d.Due = now.Add(settleFor(d))
	return d
}

func settleFor(d news.Delivery) time.Duration {
	if d.Alert.Urgent {
		return settleUrgent
	}
	return settle
}

// said is the delivery after the other side has confirmed it.
func said(d news.Delivery, r news.Receipt, now time.Time) news.Delivery {
	d.State, d.Since, d.Receipt, d.Reason = news.StateSent, now, r, ""
	d.Hold, d.HoldOn, d.Due = time.Time{}, "", d.Escalate
	if d.Doubtful && !d.Audited {
		d.Due = sooner(d.Due, now.Add(auditAfter))
	}
	return d
}

// failed is the delivery after an attempt to say it, or to edit, has failed.
// What was asked to wait is looked for once before it is said again, because
// a limit was seen to be answered although the message had gone through.
func failed(d news.Delivery, v verb, err error, now time.Time, blind bool) news.Delivery {
	d.Since, d.Reason = now, err.Error()
	switch ClassOf(err) {
	case Again:
		wait := retryAfter(err)
		d.State = news.StateQueued
		if wait == 0 {
			d.Due = now.Add(backoff(d.Attempts))
			break
		}
		if isWide(err) { // met before anything was posted
			d.Due = now.Add(wait)
			d.Hold, d.HoldOn = d.Due, onAll
			break
		}
		if v == verbSay && !blind {
			d = unknown(d, now)
			d.Looks = enoughLooks - 1
		}
		d.Due = now.Add(wait)
		d.Hold, d.HoldOn = d.Due, string(v)
	case Unknown:
		if v == verbEdit { // the same text again does no harm
			d.State, d.Due = news.StateQueued, now.Add(editAgain)
			break
		}
		d = unknown(d, now)
	case BadMessage:
		if v == verbEdit || d.Step >= lastStep {
			return buried(d, now)
		}
		d.State, d.Due = news.StateQueued, now
		d.Step++
	case Gone:
		d.State, d.Due = news.StateQueued, now
	case BadChannel:
		d.State, d.Due = news.StateHeld, now.Add(probeChannel)
	case BadApp:
		d.State, d.Due = news.StateHeld, now.Add(probeApp)
	}
	return d
}

func buried(d news.Delivery, now time.Time) news.Delivery {
	d.State, d.Since, d.Due = news.StateBuried, now, time.Time{}
	return d
}

func suppressed(d news.Delivery, reason string, now time.Time) news.Delivery {
	d.State, d.Since, d.Due, d.Reason = news.StateSuppressed, now, time.Time{}, reason
	return d
}

// backoff is the wait after an attempt that never reached the other side.
func backoff(attempts int) time.Duration {
	return min(5*time.Second<<min(max(attempts-1, 0), 6), 5*time.Minute)
}

// looked is an unknown delivery after its channel has been read.
func looked(d news.Delivery, copies []news.Receipt, err error, now time.Time, policy Policy) news.Delivery {
	switch {
	case errors.Is(err, ErrBlind):
		return unseen(d, now, policy)
	case err != nil:
		return unreadable(d, err, now)
	case len(copies) > 0:
		return said(d, copies[0], now)
	}
	d.Looks++
	if d.Looks >= enoughLooks {
		d.State, d.Since, d.Due = news.StateQueued, now, now
		return d
	}
	d.Due = now.Add(spacing)
	if d.Alert.Urgent {
		d.Due = now.Add(spacingUrgent)
	}
	return d
}

// unseen decides an unknown delivery that cannot be looked for. One that was
// only asked to wait counts as not said.
func unseen(d news.Delivery, now time.Time, policy Policy) news.Delivery {
	if policy == Keep && d.HoldOn != string(verbSay) {
		d.Due, d.Reason = now.Add(blindAgain), "may have been said, and "+ErrBlind.Error()
		return d
	}
	d.State, d.Since, d.Due, d.Doubtful = news.StateQueued, now, now, false
	return d
}

// unreadable puts a look off; it does not count as one.
func unreadable(d news.Delivery, err error, now time.Time) news.Delivery {
	d.Reason = "look: " + err.Error()
	switch ClassOf(err) {
	case BadChannel:
		d.Due = now.Add(probeChannel)
	case BadApp:
		d.Due = now.Add(probeApp)
	default:
		d.Due = now.Add(max(retryAfter(err), editAgain))
		if retryAfter(err) > 0 {
			d.Hold, d.HoldOn = d.Due, string(verbLook)
			if isWide(err) {
				d.HoldOn = onAll
			}
		}
	}
	return d
}

// audited is a sent delivery after its channel has been read once more and
// the surplus copies were taken back. Where there was a surplus, there may be
// another still on its way.
func audited(d news.Delivery, copies []news.Receipt, err error, now time.Time) news.Delivery {
	switch {
	case err != nil && !errors.Is(err, ErrBlind):
		state := d.State
		d = unreadable(d, err, now)
		d.State = state
		return d
	case len(copies) > 1:
		d.Receipt = copies[0]
		d.Due = now.Add(auditAfter)
		return d
	case len(copies) == 1:
		d.Receipt = copies[0]
	}
	d.Audited, d.Due, d.Reason = true, d.Escalate, ""
	return d
}
