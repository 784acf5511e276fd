package notify

import (
	"cmp"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Status is what the courier is up to.
type Status struct {
	App      string          `json:"app,omitempty"`    // why nothing at all can be said; "" if it can
	Outbox   string          `json:"outbox,omitempty"` // why the outbox cannot be used; "" if it can
	Silent   string          `json:"silent,omitempty"` // why the other side gives no answer; "" if it does
	SilentAt time.Time       `json:"silent_at,omitzero"`
	Since    time.Time       `json:"since,omitzero"` // of App
	Channels []ChannelStatus `json:"channels,omitempty"`
	Totals   Totals          `json:"totals"`
	Flying   int             `json:"flying"` // requests under way
}

// ChannelStatus is how one channel fares.
type ChannelStatus struct {
	Channel string    `json:"channel"`
	State   string    `json:"state"` // ok, waiting, broken, storm, quiet
	Reason  string    `json:"reason,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Blind   bool      `json:"blind,omitempty"` // without history: an alert may show twice
	Sent    int       `json:"sent"`            // normal alerts today
}

// Totals count since the start.
type Totals struct {
	Sent    int `json:"sent"`
	Edited  int `json:"edited"`
	Looks   int `json:"looks"`
	Unclear int `json:"unclear"` // attempts whose outcome was not known
	Again   int `json:"again"`   // attempts that were put off
	Buried  int `json:"buried"`
	Surplus int `json:"surplus"` // extra copies taken back
}

// Healthy tells whether everything can be said everywhere.
func (s Status) Healthy() bool {
	return s.App == "" && s.Outbox == "" &&
		!slices.ContainsFunc(s.Channels, func(c ChannelStatus) bool { return c.State == "broken" })
}

// Status may be called at any time.
func (c *Courier) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.status
	s.Channels = slices.Clone(s.Channels)
	return s
}

// count adds a report to the totals.
func (c *Courier) count(r report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.status.Totals
	switch {
	case r.unsaved:
	case r.said && r.verb == verbEdit:
		t.Edited++
	case r.said && r.verb == verbSay:
		t.Sent++
	case r.said: // found by a look
		t.Sent++
	}
	if r.verb == verbLook {
		t.Looks++
	}
	switch {
	case r.d.State == news.StateBuried:
		t.Buried++
	case r.verb != verbLook && ClassOf(r.err) == Unknown:
		t.Unclear++
	case ClassOf(r.err) == Again:
		t.Again++
	}
	t.Surplus += r.surplus
}

// publish makes the present state visible to Status.
func (c *Courier) publish(now time.Time) {
	channels := make([]ChannelStatus, 0, len(c.lanes))
	for _, ln := range c.lanes {
		channels = append(channels, ln.status(now))
	}
	slices.SortFunc(channels, func(a, b ChannelStatus) int { return cmp.Compare(a.Channel, b.Channel) })
	for m, at := range c.edited {
		if now.Sub(at) > c.pace.EditGap {
			delete(c.edited, m)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status.App, c.status.Since, c.status.Outbox = c.app.reason, c.app.since, ""
	c.status.Silent, c.status.SilentAt = c.silent, c.silentAt
	c.status.Channels, c.status.Flying = channels, c.flying
}

func (ln *lane) status(now time.Time) ChannelStatus {
	s := ChannelStatus{Channel: ln.channel, State: "ok", Blind: ln.blind, Sent: ln.told}
	until, quiet := ln.manners.QuietUntil(now)
	switch {
	case ln.broken.open:
		s.State, s.Reason, s.Until = "broken", ln.broken.reason, ln.broken.until
	case ln.hold[verbSay].After(now):
		s.State, s.Reason, s.Until = "waiting", "asked to wait", ln.hold[verbSay]
	case !ln.stormNext.IsZero():
		s.State, s.Reason, s.Until = "storm", "told in digests", ln.stormNext
	case quiet:
		s.State, s.Until = "quiet", until
	}
	return s
}
