package daemon

import (
	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/notify"
)

// channelManners are the manners of every channel that the config names, and
// under "" those of all others.
func channelManners(c *config.Config) map[string]notify.Manners {
	out := map[string]notify.Manners{"": {Zone: c.Timezone}}
	for _, ch := range c.Channels {
		m := notify.Manners{
			Zone: c.Timezone, Budget: ch.Budget, DigestOnly: ch.DigestOnly, Mention: ch.Mentions.Urgent,
			Escalate: notify.Escalation{After: ch.Escalate.After, Mention: ch.Escalate.To},
		}
		if ch.Quiet.Set() {
			m.Quiet = notify.Quiet{From: notify.Clock(ch.Quiet.From), To: notify.Clock(ch.Quiet.To), Days: ch.Quiet.Days}
			if ch.Quiet.Timezone != nil {
				m.Zone = ch.Quiet.Timezone
			}
		}
		for _, t := range ch.Digest {
			m.Digests = append(m.Digests, notify.Clock(t))
		}
		out[ch.Name] = m
	}
	return out
}
