package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// Seen is what is remembered of an item under one of its keys.
type Seen struct {
	Item    news.ItemID
	Feed    news.FeedID
	Story   news.StoryID
	Version uint64
	Title   string
	Outcome news.Outcome
	First   time.Time
}

// Memory is the past as the desk needs it: the items seen, the stories of the
// window and the mutes. It is not safe for concurrent use: verdicts are given
// one at a time, in order.
type Memory struct {
	book    *story.Book
	stories map[news.StoryID]*news.Story
	ends    endings            // when the stories may be over
	seen    map[news.Key]*Seen // lately, or ever if nothing else remembers
	before  map[news.Key]*Seen // the generation before that
	mutes   []news.Mute
	window  time.Duration
	placing string
	silent  bool
}

// DefaultWindow is how long after its last report a story still takes in
// further reports.
const DefaultWindow = 96 * time.Hour

// NewMemory makes an empty memory. A window of 0 means DefaultWindow.
func NewMemory(o story.Options) *Memory {
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	return &Memory{
		book:    story.New(o),
		stories: make(map[news.StoryID]*news.Story),
		seen:    make(map[news.Key]*Seen),
		window:  o.Window,
		placing: o.Fingerprint(),
	}
}

// SetSilent says whether the memory's decisions are verdicts only, as replay
// wants them: with no alerts and no story to be stored.
func (m *Memory) SetSilent(silent bool) { m.silent = silent }

// Placing identifies what decides, beside a report and those before it, where
// the memory places it by the desk's rules.
func (m *Memory) Placing(d *Desk) string { return m.placing + d.evidence }

// Recall puts a stored item back where its verdict placed it, as at start.
func (m *Memory) Recall(d *Desk, it *news.Item, v news.Verdict) {
	if v.Placement.Story == "" || v.Outcome == news.OutcomeRepeat ||
		v.Outcome == news.OutcomeBaseline && m.over(it, v.At) {
		return
	}
	r := story.Prepare(it, d.matcher.Dead(it), hitsOf(v.Matches))
	m.book.Add(r, v.Placement)
}

// RecallStory puts a stored story back.
func (m *Memory) RecallStory(s news.Story) { m.keepStory(&s) }

// keepStory makes a story one of the memory's.
func (m *Memory) keepStory(s *news.Story) {
	last := s.Last
	if last.IsZero() { // its first report is about to come
		last = s.First
	}
	m.stories[s.ID] = s
	m.ends.add(ending{last, s.ID})
}

// Story returns a copy of a story of the window.
func (m *Memory) Story(id news.StoryID) (news.Story, bool) {
	s, ok := m.stories[id]
	if !ok {
		return news.Story{}, false
	}
	return cloneStory(s), true
}

// SetMutes replaces the mutes in force.
func (m *Memory) SetMutes(mutes []news.Mute) { m.mutes = mutes }

// Keep is how far back the reports go that the memory needs.
func (m *Memory) Keep() time.Duration { return m.book.Keep() }

// HeldBack counts an item of a story against the mutes that held it back, and
// returns them as they are now.
func (m *Memory) HeldBack(mutes []string, id news.StoryID) []news.Mute {
	var out []news.Mute
	for i := range m.mutes {
		mu := &m.mutes[i]
		if !slices.Contains(mutes, mu.ID) {
			continue
		}
		mu.Items++
		if !slices.Contains(mu.Stories, id) && len(mu.Stories) < news.MaxHeld {
			mu.Stories = append(slices.Clone(mu.Stories), id)
		}
		out = append(out, *mu)
	}
	return out
}

// Remember makes an item known under its keys.
func (m *Memory) Remember(keys []news.Key, s Seen) {
	for _, k := range keys {
		m.seen[k] = &s
	}
}

// Age drops the keys remembered before the last call but one. Whoever looks
// keys up in lasting storage calls it from time to time; the memory then
// covers what was stored after such a look-up.
func (m *Memory) Age() {
	m.before, m.seen = m.seen, make(map[news.Key]*Seen)
}

// Expire forgets the stories that ended before now less Keep and of which the
// book has no report: a report that is dated back still finds what was told. The
// book forgets by its own clock, the reports', so that replay forgets alike.
func (m *Memory) Expire(now time.Time) {
	var later []ending
	for len(m.ends) > 0 && now.Sub(m.ends[0].last) > m.Keep() {
		id := m.ends.take().story
		s, ok := m.stories[id]
		switch {
		case !ok:
		case now.Sub(s.Last) > m.Keep() && !m.book.Holds(id):
			delete(m.stories, id)
		default:
			later = append(later, ending{s.Last, id})
		}
	}
	for _, e := range later {
		m.ends.add(e)
	}
}

// over says that an item that was there at its feed's first sight is too old
// for any report of now to join it. The memory does without it, since a feed may
// bring weeks of its past.
func (m *Memory) over(it *news.Item, now time.Time) bool {
	return !it.Time().IsZero() && now.Sub(it.Time()) > m.window
}

// known finds the item under its strongest known key.
func (m *Memory) known(keys []news.Key) (Seen, bool) {
	for _, k := range keys {
		if s, ok := m.seen[k]; ok {
			return *s, true
		}
		if s, ok := m.before[k]; ok {
			return *s, true
		}
	}
	return Seen{}, false
}

// muted returns the first mute in force for the item on the way to a channel
// for a topic.
func (m *Memory) muted(it *news.Item, id news.StoryID, channel string, topic news.TopicID, now time.Time) (news.Mute, bool) {
	for _, mu := range m.mutes {
		if now.Before(mu.From) || !now.Before(mu.Until) {
			continue
		}
		if (mu.Channel == "" || mu.Channel == channel) && (mu.Topic == "" || mu.Topic == topic) &&
			(mu.Story == "" || mu.Story == id) && (mu.Feed == "" || mu.Feed == it.Feed) {
			return mu, true
		}
	}
	return news.Mute{}, false
}

// storyFor returns the story of a placement, opening it if it is new.
func (m *Memory) storyFor(p news.Placement, it *news.Item) *news.Story {
	s, ok := m.stories[p.Story]
	if !ok {
		s = &news.Story{ID: p.Story, Headline: headline(it), First: it.Time()}
		m.keepStory(s)
	}
	return s
}

// cloneStory copies a story so that the copy can leave the memory.
func cloneStory(s *news.Story) news.Story {
	c := *s
	c.Reports = slices.Clone(s.Reports)
	c.Topics = slices.Clone(s.Topics)
	c.Told = cloneMap(s.Told)
	c.Seq = cloneMap(s.Seq)
	c.Telling = cloneMap(s.Telling)
	return c
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return nil
	}
	c := make(map[K]V, len(m))
	maps.Copy(c, m)
	return c
}
