package daemon

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/watcherd/watcherd/internal/news"
)

// missed answers "why did we not hear of this?": the stage at which the item's
// way ended, and the smallest change that would have brought it through.
func (h house) missed(ctx context.Context, q string) (string, error) {
	if q == "" {
		return "Say which item: /watch missed URL.", nil
	}
	q = unbracket(q)
	ws, err := h.d.view().Why(ctx, q)
	if err != nil || len(ws) == 0 {
		return "", err
	}
	w := ws[0]
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", orElse(w.Item.Title, orElse(w.Item.URL, q)))
	end := ended(&w)
	if end == nil {
		b.WriteString("It was not missed.\n")
		for _, d := range w.Sent {
			fmt.Fprintf(&b, "Told in %s at %s %s\n", d.Alert.Channel, clock(d.Since), d.Receipt.Link)
		}
		return b.String(), nil
	}
	fmt.Fprintf(&b, "It ended at the stage “%s”: %s\n", end.Stage, end.Detail)
	fmt.Fprintf(&b, "What would have brought it: %s", h.remedy(ctx, &w, end.Stage))
	return b.String(), nil
}

// ended is the stage at which an item's way ended; nil if it was told.
func ended(w *WhyAnswer) *Stage {
	for _, d := range w.Sent {
		if d.State == news.StateSent || d.Digest != "" {
			return nil
		}
	}
	for i := range w.Stages {
		if !w.Stages[i].OK {
			return &w.Stages[i]
		}
	}
	return nil
}

// remedy is the smallest change that would have brought an item through.
func (h house) remedy(ctx context.Context, w *WhyAnswer, stage string) string {
	switch stage {
	case "polled":
		return h.source(ctx, w)
	case "matched":
		return h.rule(ctx, w)
	case "delivered":
		return "nothing in the rules; the channel is what stands in the way (watcherd outbox tells how)."
	}
	switch w.Outcome {
	case news.OutcomeMuted:
		return "/watch unmute in the channel; the mute then says what it held back."
	case news.OutcomeLate:
		return "a longer stories.late, or a feed that brings it sooner."
	case news.OutcomeBaseline:
		return "fetch.first_poll: a duration instead of silent, as 24h; then what is new in a feed at its first poll is told."
	case news.OutcomeShadow:
		var topics []string
		for _, m := range w.Matches {
			topics = append(topics, string(m.Topic))
		}
		return "mode: live for " + strings.Join(topics, ", ") + ", which is on trial."
	}
	return "nothing in the rules: it matches now. They may have changed since, or its text did."
}

// rule is the change of a rule that is nearest to catching the item.
func (h house) rule(ctx context.Context, w *WhyAnswer) string {
	missed := w.Missed
	var best *news.Miss
	gap := 0.0
	for i := range missed {
		m := &missed[i]
		if len(m.Hits)+len(m.Discounted) == 0 {
			continue
		}
		if g := m.Threshold - m.Score; best == nil || g < gap {
			best, gap = m, g
		}
	}
	if best == nil {
		if p, topic, ok := h.proposal(ctx, w.Item.ID); ok {
			return fmt.Sprintf("a new term: no topic has any of its words. The line “%s” in %s would have, and %s more of the last %s with it. watcherd missed shows others.",
				p.Term, h.d.rules.Load().topicName(topic), plural(max(p.Gains-1, 0), "story", "stories"), days(proposeSpan))
		}
		return "a new term: no topic has any of its words. Put the word that matters on a line of its own under `any` of the topic that should have it."
	}
	return fmt.Sprintf("in %s, which came closest (%g of %g, with %s): it lacks %s", h.d.rules.Load().topicName(best.Topic), best.Score, best.Threshold, best.Closest, best.Lacks)
}

// What of the past a term is tried on while a reader waits.
const (
	proposeSpan  = 3 * 24 * time.Hour
	proposeItems = 5000
)

// proposal is the term that would have caught an item at the least cost.
func (h house) proposal(ctx context.Context, id news.ItemID) (Proposal, news.TopicID, bool) {
	rec, ok, err := h.d.store.Item(ctx, id)
	if err != nil || !ok {
		return Proposal{}, "", false
	}
	now := time.Now()
	var past []Past
	for r, err := range h.d.store.Items(ctx, now.Add(-proposeSpan), now.Add(time.Hour)) {
		if err != nil || len(past) == proposeItems {
			break
		}
		past = append(past, pastOf(r, nil))
	}
	m, err := Propose(ctx, h.d.rules.Load(), &rec.Item, "", past, func() {})
	if err != nil || len(m.Proposals) == 0 {
		return Proposal{}, "", false
	}
	return m.Proposals[0], m.Topic, true
}

// source is what would have brought an item that no feed brought, and whether
// the rules would have taken it then, as far as its address shows.
func (h house) source(ctx context.Context, w *WhyAnswer) string {
	u, err := url.Parse(w.Item.URL)
	if err != nil || u.Host == "" {
		return "its address would tell more: /watch missed URL"
	}
	site := siteOf(u.Hostname())
	s := fmt.Sprintf("a feed of %s (watcherd poll https://%s/ finds it).", site, u.Hostname())
	rows, err := h.d.view().Feeds(ctx)
	if err == nil {
		for _, r := range rows {
			fu, perr := url.Parse(r.URL)
			if perr != nil || siteOf(fu.Hostname()) != site {
				continue
			}
			if r.Unhealthy() {
				s = fmt.Sprintf("a healthy feed: %s is %s.", r.Name, r.State)
			} else {
				s = fmt.Sprintf("another feed of %s: those configured are well and did not have it, or not yet.", site)
			}
			break
		}
	}
	if words := wordsOf(u); words != "" {
		// An address has no capitals, which are read as they would stand in a
		// headline that is all capitals.
		a := Judge(h.d.rules.Load(), &news.Item{Title: strings.ToUpper(words), URL: w.Item.URL})
		var topics []string
		for _, m := range a.Matches {
			topics = append(topics, h.d.rules.Load().topicName(m.Topic))
		}
		if len(topics) > 0 {
			s += fmt.Sprintf(" By the words of its address it would then have been told for %s.", strings.Join(topics, ", "))
		} else {
			s += " By the words of its address alone no topic would have taken it; /watch why tells more once it is there."
		}
	}
	return s
}

// wordsOf are the words that an address shows of a headline.
func wordsOf(u *url.URL) string {
	best := ""
	for part := range strings.SplitSeq(strings.Trim(u.Path, "/"), "/") {
		part, _, _ = strings.Cut(part, ".")
		words := strings.FieldsFunc(part, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) })
		if len(words) >= 3 && len(part) > len(best) {
			best = strings.Join(words, " ")
		}
	}
	return best
}
