package schedule

import "time"

const (
	outageWindow = time.Minute
	outageHosts  = 3 // fewer failing hosts prove nothing
)

// Change is what one more result did to the judgement of an [Outage].
type Change int

// The changes.
const (
	Same  Change = iota
	Began        // half of the hosts fail: it is our own network
	Ended        // hosts answer again
)

// Outage tells our own outage from that of others: if at least half of the
// distinct hosts asked within a minute fail before they could answer, and
// three of them at least, our network is down. While it lasts, the failures
// of feeds at dns and connect are not theirs. The zero value is ready. It is
// not safe for concurrent use.
type Outage struct {
	last   map[string]result // the latest result of each host in the window
	order  []noted           // all results in the window, oldest first
	failed int               // hosts whose latest result is a failure
	since  time.Time
	good   int // hosts in a row that answered
}

type result struct {
	at     time.Time
	failed bool
}

type noted struct {
	host string
	at   time.Time
}

// Note adds the result of one round: failed says that it ended at dns or
// connect. A failure of any later kind counts as an answer.
func (o *Outage) Note(host string, failed bool, now time.Time) Change {
	o.forget(now)
	if o.last == nil {
		o.last = make(map[string]result)
	}
	if old, ok := o.last[host]; ok && old.failed {
		o.failed--
	}
	o.last[host] = result{now, failed}
	o.order = append(o.order, noted{host, now})
	if failed {
		o.failed++
		o.good = 0
	} else {
		o.good++
	}
	down := o.failed >= outageHosts && 2*o.failed >= len(o.last)
	switch {
	case o.since.IsZero() && down:
		o.since = now
		return Began
	// Three answers in a row end it at once: the failures of the last
	// minute are still in the window when the network comes back.
	case !o.since.IsZero() && !failed && (!down || o.good >= outageHosts):
		o.since, o.good = time.Time{}, 0
		o.last, o.order, o.failed = nil, nil, 0
		return Ended
	}
	return Same
}

// Active reports whether an outage lasts, and since when.
func (o *Outage) Active() (since time.Time, active bool) { return o.since, !o.since.IsZero() }

// forget drops what is older than the window.
func (o *Outage) forget(now time.Time) {
	n := 0
	for n < len(o.order) && now.Sub(o.order[n].at) > outageWindow {
		e := o.order[n]
		n++
		r, ok := o.last[e.host]
		if !ok || !r.at.Equal(e.at) {
			continue // there is a later result
		}
		delete(o.last, e.host)
		if r.failed {
			o.failed--
		}
	}
	if n > 0 {
		o.order = append(o.order[:0], o.order[n:]...)
	}
}
