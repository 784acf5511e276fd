package notify

import (
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// When a channel is flooded, its normal alerts are told together for a while.
const (
	stormOver  = 6                // queued alerts beyond which a storm begins
	stormEvery = 30 * time.Second // between two digests of a storm
	stormEnds  = 2                // alerts at a digest's time that end the storm
	mentionGap = 30 * time.Minute
)

// lane is what the courier knows of one channel. Only the goroutine of Run
// touches it.
type lane struct {
	channel string
	manners Manners
	busy    bool // one delivery of the channel is in flight

	pace    bucket
	hold    map[verb]time.Time // the other side asked to wait
	limited bool               // its last post was put off
	broken  breaker
	blind   bool // its history cannot be read

	stormNext time.Time // the next digest of a storm; zero if there is none
	mentioned time.Time // when an urgent alert last carried a mention

	day  time.Time // the day that told counts
	told int       // normal alerts sent that day
}

// breaker keeps a channel, or the whole app, from being asked in vain.
type breaker struct {
	open   bool
	until  time.Time // the next probe
	fails  int
	since  time.Time
	reason string
}

func (b *breaker) trip(now time.Time, wait time.Duration, reason string) (opened bool) {
	opened = !b.open
	if opened {
		b.since = now
	}
	b.open, b.reason = true, reason
	b.until = now.Add(min(wait<<min(b.fails, 6), probeChannel))
	b.fails++
	return opened
}

func (c *Courier) lane(channel string) *lane {
	if ln := c.lanes[channel]; ln != nil {
		return ln
	}
	ln := &lane{
		channel: channel, manners: c.mannersOf(channel), hold: map[verb]time.Time{},
		pace: bucket{every: c.pace.Every, burst: c.pace.Burst},
	}
	if time.Since(c.started) < c.pace.Every*time.Duration(c.pace.Burst) {
		ln.pace.drain(c.started)
	}
	c.lanes[channel] = ln
	return ln
}

// restore takes up what a delivery from before the start says of its channel.
func (c *Courier) restore(d news.Delivery, now time.Time) {
	ln := c.lane(d.Alert.Channel)
	switch v := verb(d.HoldOn); {
	case v == onAll:
		c.hold, c.limited = later(c.hold, d.Hold), true
	case v != "":
		if d.Hold.After(now) {
			ln.hold[v] = later(ln.hold[v], d.Hold)
		}
		ln.limited = ln.limited || v == verbSay
	}
	if d.State == news.StateHeld { // closed at the first success, with a word that it is over
		ln.broken.open, ln.broken.since, ln.broken.reason = true, d.Since, d.Reason
	}
}
