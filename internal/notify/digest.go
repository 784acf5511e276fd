package notify

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// What one digest holds: as much as one message can show whole.
const (
	digestLines    = 20
	digestSize     = 9000 // characters, with what a line costs around its words
	digestLineCost = 140
	headlineMax    = 200 // characters of a headline in a digest
)

// cause is why stories are told together.
type cause string

const (
	causeStorm cause = "at once"
	causeQuiet cause = "from the quiet hours"
	causeHeld  cause = "held back until now"
	causeLate  cause = "that could not be told in time"
)

// compose moves deliveries of one channel into digests, as many as it takes
// to show every story. It returns what to save: the digests, and the members,
// each with the digest that tells it.
func compose(members []news.Delivery, why cause, now time.Time) (digests, moved []news.Delivery) {
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b news.Delivery) int {
		return cmp.Or(cmp.Compare(firstTopic(a), firstTopic(b)), a.Alert.Queued.Compare(b.Alert.Queued))
	})
	for len(members) > 0 {
		n := fits(members)
		d := digestOf(members[:n], why, now)
		digests = append(digests, d)
		for _, m := range members[:n] {
			m.Digest, m.Gather = d.Alert.ID, false
			m = suppressed(m, "told in digest "+string(d.Alert.ID), now)
			if why == causeLate {
				m.State = news.StateExpired
			}
			moved = append(moved, m)
		}
		members = members[n:]
	}
	return digests, moved
}

// fits is how many of the members one digest holds, one at least.
func fits(members []news.Delivery) int {
	size := 0
	for i, m := range members[:min(len(members), digestLines)] {
		a := &m.Alert
		size += digestLineCost + min(utf8.RuneCountInString(a.Headline), headlineMax) +
			utf8.RuneCountInString(a.Outlet) + utf8.RuneCountInString(a.URL)
		if size > digestSize && i > 0 {
			return i
		}
	}
	return min(len(members), digestLines)
}

// digestOf writes the alert. Its name follows from its members, so that the
// same composition twice is one digest.
func digestOf(members []news.Delivery, why cause, now time.Time) news.Delivery {
	first, last := members[0].Alert, members[len(members)-1].Alert
	a := news.Alert{
		ID:      news.NewAlertID(news.StoryID(first.ID+last.ID), first.Channel, news.KindDigest, len(members)),
		Channel: first.Channel, Kind: news.KindDigest, Seen: now, Queued: now, Count: len(members),
	}
	a.Headline = fmt.Sprintf("%d stories %s", len(members), why)
	if len(members) == 1 {
		a.Headline = fmt.Sprintf("A story %s", why)
	}
	for _, m := range members {
		if t := firstTopic(m); t != "" && !slices.Contains(a.Topics, t) {
			a.Topics = append(a.Topics, t)
		}
	}
	topic := ""
	for _, m := range members {
		if t := firstTopic(m); t != topic && len(a.Topics) > 1 {
			a.Lines = append(a.Lines, news.Line{Label: t}) // a line of a label alone is a heading
			topic = t
		}
		a.Lines = append(a.Lines, news.Line{Label: m.Alert.Outlet, Text: m.Alert.Headline, URL: m.Alert.URL})
	}
	return news.Delivery{Alert: a, State: news.StateQueued, Since: now, Due: now}
}

func firstTopic(d news.Delivery) string {
	if len(d.Alert.Topics) == 0 {
		return ""
	}
	return d.Alert.Topics[0]
}
