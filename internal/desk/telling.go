package desk

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// ExcerptLen is the length of an excerpt in code points: what a reader takes
// in at a glance.
const ExcerptLen = 280

// telling is an alert's content: the item as a reader of the channel needs it.
func (d *Desk) telling(c Case, st *news.Story, r route, v *news.Verdict) news.Alert {
	it := c.Reading.Item
	a := news.Alert{
		Channel: r.channel, Story: st.ID, Urgent: r.urgent,
		Headline: headline(it), URL: it.URL, Outlet: it.Outlet, Lang: it.Lang,
		At: published(it), Seen: c.Now, Item: it.ID, Count: st.Count + 1,
		Queued: c.Now, Updates: d.updates(r.channel),
	}
	if r.urgent {
		a.Mention = d.channels[r.channel].Mention
	}
	var hits []news.Hit
	for _, m := range v.Matches {
		for _, t := range r.topics {
			if m.Topic == t {
				a.Topics = append(a.Topics, d.topicName(t))
				a.Why = append(a.Why, whyLine(m))
				hits = append(hits, m.Hits...)
			}
		}
	}
	a.Excerpt = excerpt(it, hits)
	return a
}

// published is the item's date as a reader may be told it: none where the
// publisher's own date lies in the future.
func published(it *news.Item) time.Time {
	if it.RawDate != "" && !it.Published.Before(it.FirstSeen) {
		return time.Time{}
	}
	return it.Published
}

func (d *Desk) updates(channel string) string {
	if u := d.channels[channel].Updates; u != "" {
		return u
	}
	return "edit"
}

// headline is the item's title or, where it has none, the beginning of its
// text.
func headline(it *news.Item) string {
	if it.Title != "" {
		return it.Title
	}
	for _, s := range []string{it.Summary, it.Content} {
		if s = strings.TrimSpace(strings.Join(strings.Fields(s), " ")); s != "" {
			return cut(s, 120)
		}
	}
	return it.URL
}

// cut shortens s to at most n code points at a word's end.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-1]
	for i := len(r) - 1; i > n*2/3; i-- {
		if unicode.IsSpace(r[i]) {
			r = r[:i]
			break
		}
	}
	return strings.TrimRightFunc(string(r), func(c rune) bool { return unicode.IsSpace(c) || unicode.IsPunct(c) }) + "…"
}

// whyLine names the topic, the words that satisfied it and their place in the
// rules.
func whyLine(m news.Match) string {
	var words []string
	seen := make(map[string]bool)
	for _, h := range m.Hits {
		w := h.Text
		if h.Entity != "" && !strings.EqualFold(h.Text, string(h.Entity)) {
			w += " (@" + string(h.Entity) + ")"
		}
		if k := strings.ToLower(w); !seen[k] && len(words) < 4 {
			seen[k] = true
			words = append(words, w)
		}
	}
	name := m.Name
	if name == "" {
		name = string(m.Topic)
	}
	line := fmt.Sprintf("%s: %s", name, strings.Join(words, ", "))
	if at := rulePlace(m.Hits); at.Line > 0 {
		return fmt.Sprintf("%s (%s:%d)", line, base(at.File), at.Line)
	}
	return line
}

// rulePlace is where the heaviest term stands; one of the topic's own before
// an entity's, which many topics share.
func rulePlace(hits []news.Hit) news.Pos {
	var best news.Hit
	for _, h := range hits {
		if h.Rule.Line > 0 && (best.Rule.Line == 0 || best.Entity != "" && h.Entity == "" ||
			(best.Entity == "") == (h.Entity == "") && h.Weight > best.Weight) {
			best = h
		}
	}
	return best.Rule
}

func base(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[i+1:]
	}
	return path
}

// updated is a story's telling with what has come since. The identity of the
// update (ID, kind, sequence, target) is u's.
func updated(first, u news.Alert, st *news.Story, latest news.Report, p news.Placement) news.Alert {
	a := first
	a.ID, a.Kind, a.Seq, a.Target = u.ID, u.Kind, u.Seq, u.Target
	a.Queued, a.Seen, a.Updates = u.Queued, u.Seen, u.Updates
	a.Urgent, a.Mention = u.Urgent, ""
	a.Count = st.Count
	a.Also = nil
	for _, r := range st.Reports {
		if r.Item != first.Item {
			a.Also = append(a.Also, r)
		}
	}
	tally := story.Sources(st.Reports)
	a.Independent = tally.Independent()
	a.Sources = ""
	if tally.Outlets > 1 {
		a.Sources = tally.String()
	}
	if strings.HasPrefix(a.Note, confirmedBy) {
		a.Note = confirmedBy + tally.Named()
	}
	a.New = p.New
	a.Latest = &latest
	if p.Reason == news.ReasonDevelop {
		a.Note = "New in this story: " + strings.Join(p.New, ", ")
	}
	return a
}

// pointTo marks an alert that may belong to a story told here before. A story
// that nobody was told is no help to a reader.
func (m *Memory) pointTo(id news.StoryID, channel string, a *news.Alert) {
	st, ok := m.stories[id]
	if !ok {
		return
	}
	if t, ok := st.Telling[channel]; ok {
		a.Note, a.NoteURL = "May belong to: "+t.Headline, t.URL
	}
}
