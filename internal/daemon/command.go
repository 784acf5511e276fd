package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/store"
)

const commandHelp = `/watch status: how the watch fares
/watch why URL or words: what became of an item
/watch missed URL: why you did not hear of it, and what would have changed that
/watch mute TOPIC 8h: no alerts of a topic in this channel for a while
/watch unmute [TOPIC]: end the mutes of this channel
/watch digest: what waits for this channel's digest`

// command answers /watch and its words. Only what changes the channel for
// everybody is told to everybody.
func (h house) command(ctx context.Context, a notify.Act) (notify.Answer, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(a.Words), " ")
	rest = strings.TrimSpace(rest)
	var ans notify.Answer
	var err error
	switch strings.ToLower(verb) {
	case "status":
		ans.Text, err = h.status(ctx)
	case "why":
		ans.Text, err = h.why(ctx, rest)
	case "missed":
		ans.Text, err = h.missed(ctx, rest)
	case "mute":
		ans, err = h.muteTopic(ctx, a, rest)
	case "unmute":
		ans, err = h.unmute(ctx, a, rest)
	case "digest":
		ans.Text, err = h.digest(ctx, h.channel(a))
	default:
		ans.Text = commandHelp
	}
	return ans, err
}

func (h house) status(ctx context.Context) (string, error) {
	st, err := h.d.Status(ctx)
	if err != nil {
		return "", err
	}
	now := time.Now()
	word := "healthy"
	if !st.Healthy {
		word = "UNHEALTHY"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The watch is %s, up %s.\n", word, span(now.Sub(st.Since)))
	if st.Degraded != "" {
		b.WriteString("The last good config runs, since the files are refused.\n")
	}
	fmt.Fprintf(&b, "Feeds: %d of %d ok. Topics: %d.\n", st.Feeds.OK, st.Feeds.All, st.Topics)
	fmt.Fprintf(&b, "Alerts: %d sent, %d waiting, %d held, %d buried.\n", st.Outbox["sent"], st.Outbox["queued"]+st.Outbox["sending"]+st.Outbox["unknown"], st.Outbox["held"], st.Outbox["buried"])
	if d := st.LastAlert; d != nil {
		fmt.Fprintf(&b, "Last alert %s in %s: %s\n", ago(d.Since, now), d.Alert.Channel, d.Alert.Headline)
	}
	for _, m := range st.Muted {
		fmt.Fprintf(&b, "Muted in %s by %s until %s: %s (%s so far)\n", m.Channel, m.By, h.d.moment(m.Until), m.About, plural(m.Items, "item", "items"))
	}
	return b.String(), nil
}

func (h house) why(ctx context.Context, q string) (string, error) {
	if q == "" {
		return "Say which item: /watch why URL, or words of its headline.", nil
	}
	ws, err := h.d.view().Why(ctx, unbracket(q))
	return whyText(ws), err
}

// unbracket takes off what a chat program puts around an address.
func unbracket(q string) string {
	if u, ok := strings.CutPrefix(q, "<"); ok {
		u, _, _ = strings.Cut(strings.TrimSuffix(u, ">"), "|")
		return u
	}
	return q
}

// whyText tells an item's way in a few lines.
func whyText(ws []WhyAnswer) string {
	var b strings.Builder
	for i, w := range ws[:min(len(ws), 3)] {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n", orElse(w.Item.Title, w.Item.URL))
		for _, s := range w.Stages {
			mark := "ok"
			if !s.OK {
				mark = "no"
			}
			fmt.Fprintf(&b, "%s %s: %s\n", s.Stage, mark, s.Detail)
		}
		for _, m := range w.Matches {
			var words []string
			for _, hit := range m.Hits[:min(len(m.Hits), 5)] {
				word := fmt.Sprintf("“%s” in the %s", hit.Text, hit.Field)
				if hit.Rule.Line > 0 {
					word += fmt.Sprintf(" (%s:%d)", hit.Rule.File, hit.Rule.Line)
				}
				words = append(words, word)
			}
			fmt.Fprintf(&b, "%s: %s\n", m.Topic, strings.Join(words, ", "))
		}
	}
	if more := len(ws) - 3; more > 0 {
		fmt.Fprintf(&b, "\nand %d more with these words", more)
	}
	return strings.TrimSpace(b.String())
}

func (h house) muteTopic(ctx context.Context, a notify.Act, rest string) (notify.Answer, error) {
	r, channel := h.d.rules.Load(), h.channel(a)
	name, lasts := rest, muteUsual
	if i := strings.LastIndexByte(rest, ' '); i > 0 {
		if d, err := ParseSpan(rest[i+1:]); err == nil {
			name, lasts = strings.TrimSpace(rest[:i]), d
		}
	}
	topic, ok := r.topic(strings.Trim(name, "\"“”"))
	if !ok {
		return notify.Answer{Text: fmt.Sprintf("There is no topic “%s”. Topics of %s: %s. Say /watch mute TOPIC 8h", name, channel, strings.Join(r.topicsOf(channel), ", "))}, nil
	}
	m, err := h.d.mute(ctx, news.Mute{Channel: channel, Topic: topic, About: "“" + r.topicName(topic) + "”", By: a.By}, a.At, lasts)
	if err != nil || m.ID == "" {
		return notify.Answer{Text: muteOver}, err
	}
	return notify.Answer{Public: true, Text: fmt.Sprintf("%s muted %s here until %s. Sooner: /watch unmute", m.By, m.About, h.d.moment(m.Until))}, nil
}

func (h house) unmute(ctx context.Context, a notify.Act, rest string) (notify.Answer, error) {
	r, channel := h.d.rules.Load(), h.channel(a)
	var topic news.TopicID
	if rest != "" {
		var ok bool
		if topic, ok = r.topic(strings.Trim(rest, "\"“”")); !ok {
			return notify.Answer{Text: fmt.Sprintf("There is no topic “%s”. Say /watch unmute to end all mutes here.", rest)}, nil
		}
	}
	ended, err := h.d.endMutes(ctx, a.By, func(m *news.Mute) bool {
		return m.Channel == channel && (topic == "" || m.Topic == topic)
	})
	return notify.Answer{Text: receipts(ended)}, err
}

// digest lists what waits to be told together.
func (h house) digest(ctx context.Context, channel string) (string, error) {
	queued, err := h.d.store.Deliveries(ctx, store.Filter{State: news.StateQueued, Channel: channel})
	if err != nil {
		return "", err
	}
	queued = slices.DeleteFunc(queued, func(d news.Delivery) bool { return !d.Gather })
	if len(queued) == 0 {
		return "Nothing waits for a digest in " + channel + ".", nil
	}
	slices.SortFunc(queued, func(a, b news.Delivery) int { return a.Alert.Queued.Compare(b.Alert.Queued) })
	due := queued[0].Due
	var b strings.Builder
	for _, d := range queued {
		if d.Due.Before(due) {
			due = d.Due
		}
	}
	fmt.Fprintf(&b, "%s in %s for the digest, due %s:\n", plural(len(queued), "story waits", "stories wait"), channel, h.d.moment(due))
	for _, d := range queued[:min(len(queued), 20)] {
		fmt.Fprintf(&b, "%s: %s\n", d.Alert.Outlet, d.Alert.Headline)
	}
	if more := len(queued) - 20; more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return b.String(), nil
}

// topic finds a topic by its key or its name, in any case.
func (r *Rules) topic(name string) (news.TopicID, bool) {
	for i := range r.Config.Topics {
		t := &r.Config.Topics[i]
		if strings.EqualFold(t.Key, name) || strings.EqualFold(topicName(t), name) {
			return news.TopicID(t.Key), true
		}
	}
	return "", false
}

func (r *Rules) topicName(id news.TopicID) string {
	for i := range r.Config.Topics {
		if t := &r.Config.Topics[i]; t.Key == string(id) {
			return topicName(t)
		}
	}
	return string(id)
}

// topicsOf are the names of the topics that lead to a channel.
func (r *Rules) topicsOf(channel string) []string {
	var out []string
	for i := range r.Config.Topics {
		t := &r.Config.Topics[i]
		to := t.Route()
		if len(to) == 0 {
			to = []string{r.Config.DefaultChannel}
		}
		if slices.Contains(to, channel) {
			out = append(out, t.Key)
		}
	}
	return out
}
