package daemon

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
)

// What a change of the rules gains and loses on the past.

// TopicDiff is what one topic gains and loses between two sets of rules.
type TopicDiff struct {
	Topic  news.TopicID `json:"topic"`
	Before float64      `json:"before"` // alerts a day
	Now    float64      `json:"now"`
	Shadow bool         `json:"shadow,omitempty"` // on trial now: what is counted would be told
	Gained []StoryDiff  `json:"gained"`
	Lost   []StoryDiff  `json:"lost"`
}

// StoryDiff is a story told under one set of rules only.
type StoryDiff struct {
	Headline string    `json:"headline"`
	URL      string    `json:"url"`
	Words    string    `json:"words"` // that decided
	At       time.Time `json:"at,omitzero"`
}

// Compare runs the past through two sets of rules, side by side. step is
// called once for each item that both have judged.
func Compare(ctx context.Context, before, now *Rules, past []Past, step func()) ([]TopicDiff, error) {
	return compare(ctx, before, now, past, runtime.GOMAXPROCS(0), step)
}

func compare(ctx context.Context, before, now *Rules, past []Past, readers int, step func()) ([]TopicDiff, error) {
	p := pair{a: newSide(before), b: newSide(now), follows: sameStories(before, now)}
	err := readAhead(ctx, All(past), []*desk.Desk{before.Desk, now.Desk}, readers, func(c *chunk) error {
		p.judge(c)
		for range c.past {
			step()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	days := 1.0
	if n := len(past); n > 1 {
		days = max(1, past[n-1].Item.Time().Sub(past[0].Item.Time()).Hours()/24)
	}
	var out []TopicDiff
	for _, t := range topicsOf(before, now) {
		a, b := p.a.told[t], p.b.told[t]
		out = append(out, TopicDiff{Topic: t, Before: float64(len(a)) / days, Now: float64(len(b)) / days,
			Shadow: now.shadow(t), Gained: only(b, a), Lost: only(a, b)})
	}
	return out, nil
}

// sameStories says that both place reports by the same settings.
func sameStories(a, b *Rules) bool {
	return a.Config.Stories.Window == b.Config.Stories.Window && a.Config.Stories.Develop == b.Config.Stories.Develop
}

// side is one of the two sets of rules with its own memory.
type side struct {
	rules  *Rules
	memory *desk.Memory
	told   map[news.TopicID][]told
	trial  map[trial]bool
}

// trial is a story that a topic on trial has counted.
type trial struct {
	topic news.TopicID
	story news.StoryID
}

// told is one alert of a topic, by its story and the item that it told.
type told struct {
	story news.StoryID
	item  news.ItemID
	diff  StoryDiff
}

func newSide(r *Rules) *side {
	return &side{rules: r, memory: desk.NewMemory(r.storyOptions()), told: make(map[news.TopicID][]told), trial: make(map[trial]bool)}
}

// note counts what the verdict tells, and what it would tell of topics on
// trial.
func (s *side) note(it *news.Item, dec desk.Decision) {
	v := dec.Verdict
	for _, m := range v.Matches {
		switch {
		case s.rules.shadow(m.Topic):
			k := trial{m.Topic, v.Placement.Story}
			if s.trial[k] || v.Outcome == news.OutcomeBaseline || v.Outcome == news.OutcomeLate || v.Outcome == news.OutcomeRepeat {
				continue
			}
			s.trial[k] = true
		case !slices.ContainsFunc(v.Routes, func(r news.Route) bool {
			return r.Kind == news.KindAlert && slices.Contains(r.Topics, m.Topic)
		}):
			continue
		}
		s.told[m.Topic] = append(s.told[m.Topic], told{v.Placement.Story, v.Item,
			StoryDiff{Headline: it.Title, URL: it.URL, Words: hitWords(m), At: it.Time()}})
	}
}

// pair judges one past twice. The stories depend on the rules only where they
// find other entities or other text that is no evidence; until that happens
// the second side follows the first, and the costly placing is done once.
type pair struct {
	a, b    *side
	follows bool
	placed  []placed // of the time that a book of stories spans
}

type placed struct {
	reading desk.Reading
	place   news.Placement
}

func (p *pair) judge(c *chunk) {
	i := 0
	for ; i < len(c.past) && p.follows; i++ {
		if !c.readings[1][i].PlacedLike(c.readings[0][i]) {
			p.part()
			break
		}
		dec := p.a.memory.Decide(p.a.rules.Desk, c.past[i].before(c.readings[0][i]))
		p.a.note(&c.past[i].Item, dec)
		second := c.past[i].before(c.readings[1][i])
		second.Placed = &dec.Verdict.Placement
		p.b.note(&c.past[i].Item, p.b.memory.Decide(p.b.rules.Desk, second))
		if dec.Fresh && !dec.Archived {
			p.placed = append(p.placed, placed{c.readings[0][i], dec.Verdict.Placement})
		}
	}
	// From here on each side places by itself.
	rest := func(s *side, readings []desk.Reading) {
		for k := i; k < len(c.past); k++ {
			s.note(&c.past[k].Item, s.memory.Decide(s.rules.Desk, c.past[k].before(readings[k])))
		}
		s.memory.Expire(c.last())
	}
	var wg sync.WaitGroup
	wg.Go(func() { rest(p.a, c.readings[0]) })
	rest(p.b, c.readings[1])
	wg.Wait()
	// Twice the window and an hour is what a book holds.
	span := 2*p.a.rules.Config.Stories.Window + time.Hour
	n := 0
	for n < len(p.placed) && c.last().Sub(p.placed[n].reading.Item.Time()) > span {
		n++
	}
	p.placed = p.placed[n:]
}

// part gives the second side a book of its own.
func (p *pair) part() {
	p.follows = false
	for _, x := range p.placed {
		p.b.memory.CatchUp(x.reading, x.place)
	}
	p.placed = nil
}

// only are the stories of a that b does not tell, by whatever item.
func only(a, b []told) []StoryDiff {
	stories, items := make(map[news.StoryID]bool, len(b)), make(map[news.ItemID]bool, len(b))
	for _, t := range b {
		stories[t.story], items[t.item] = true, true
	}
	out := []StoryDiff{}
	for _, t := range a {
		if !stories[t.story] && !items[t.item] {
			out = append(out, t.diff)
		}
	}
	return out
}

// shadow says that a topic is on trial.
func (r *Rules) shadow(t news.TopicID) bool {
	i := slices.IndexFunc(r.Config.Topics, func(c config.Topic) bool { return c.Key == string(t) })
	return i >= 0 && r.Config.Topics[i].Mode == "shadow"
}

// topicsOf are the topics of both, in the order of the files.
func topicsOf(rs ...*Rules) []news.TopicID {
	var out []news.TopicID
	seen := make(map[news.TopicID]bool)
	for _, r := range rs {
		for _, t := range r.Config.Topics {
			if id := news.TopicID(t.Key); !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}
