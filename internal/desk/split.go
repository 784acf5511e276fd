package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// Split is a story taken apart by hand, with all that has to be stored.
type Split struct {
	story.Cut
	At time.Time
	// Rest and Part are the two stories as they are now.
	Rest, Part news.Story
	// Alerts correct what the channels were told of the first.
	Alerts []news.Alert
}

// Placement is where a report of the part stands from now on.
func (s *Split) Placement() news.Placement {
	return news.Placement{Story: s.To, Reason: news.ReasonSplit, Nearest: s.From,
		Detail: fmt.Sprintf("taken out of story %s on %s; no later decision brings it back", s.From, stamp(s.At))}
}

// Split takes a report out of its story, with those that are more like it than
// like the rest. Of a story named as a whole it takes the report that is least
// like the others.
func (m *Memory) Split(id string, now time.Time) (Split, error) {
	item := news.ItemID(id)
	home := m.book.Home(item)
	if home == "" {
		var ok bool
		home = news.StoryID(id)
		if item, ok = m.book.Outlier(home); !ok {
			return Split{}, fmt.Errorf("%s is no report and no story of several reports in the window", id)
		}
	}
	cut, ok := m.book.Split(item)
	if !ok {
		return Split{}, fmt.Errorf("%s began its story: split the others from it", id)
	}
	s := Split{Cut: cut, At: now}
	rest := m.stories[cut.From]
	if rest == nil {
		rest = &news.Story{ID: cut.From}
	}
	part := &news.Story{ID: cut.To, Count: len(cut.Items), Topics: slices.Clone(rest.Topics)}
	gone := func(r news.Report) bool { return slices.Contains(cut.Items, r.Item) }
	for _, r := range rest.Reports {
		if gone(r) {
			part.Reports = append(part.Reports, r)
		}
	}
	rest.Reports = slices.DeleteFunc(slices.Clone(rest.Reports), gone)
	rest.Count -= len(cut.Items)
	spanOf(rest)
	spanOf(part)
	if len(part.Reports) > 0 {
		part.Headline = part.Reports[0].Title
	}
	m.keepStory(rest)
	m.keepStory(part)
	for _, seen := range []map[news.Key]*Seen{m.seen, m.before} {
		for _, v := range seen {
			if slices.Contains(cut.Items, v.Item) {
				v.Story = cut.To
			}
		}
	}
	s.Alerts = takeOut(rest, part, now)
	s.Rest, s.Part = cloneStory(rest), cloneStory(part)
	return s, nil
}

// takeOut corrects the messages of a story that reports were split from.
func takeOut(rest, off *news.Story, now time.Time) []news.Alert {
	if len(off.Reports) == 0 {
		return nil
	}
	r := off.Reports[0]
	note := fmt.Sprintf("No part of this story: %s (%s)", r.Title, r.Outlet)
	if n := off.Count - 1; n > 0 {
		note += fmt.Sprintf(" and %d more", n)
	}
	var out []news.Alert
	for _, channel := range sortedKeys(rest.Told) {
		first, ok := rest.Telling[channel]
		if !ok {
			continue
		}
		seq := rest.Seq[channel]
		id := news.Alert{ID: news.NewAlertID(rest.ID, channel, news.KindCorrection, seq), Kind: news.KindCorrection, Seq: seq,
			Target: rest.Told[channel], Queued: now, Seen: now, Updates: first.Updates, Urgent: first.Urgent}
		a := updated(first, id, rest, news.Report{}, news.Placement{})
		a.Latest, a.Note, a.NoteURL = nil, note, r.URL
		mark(&rest.Seq, channel, seq+1)
		first.Also, first.Count, first.Independent, first.Sources = a.Also, a.Count, a.Independent, a.Sources
		mark(&rest.Telling, channel, first)
		out = append(out, a)
	}
	return out
}

// spanOf sets a story's time to that of its reports, as far as they are
// listed.
func spanOf(st *news.Story) {
	if len(st.Reports) == 0 {
		return
	}
	at := func(a, b news.Report) int { return a.At.Compare(b.At) }
	st.First, st.Last = slices.MinFunc(st.Reports, at).At, slices.MaxFunc(st.Reports, at).At
}
