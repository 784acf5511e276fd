package daemon

import (
	"context"
	"iter"
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
func Compare(ctx context.Context, before, now *Rules, past iter.Seq2[*Past, error], step func()) ([]TopicDiff, error) {
	return compare(ctx, before, now, past, runtime.GOMAXPROCS(0), step)
}

func compare(ctx context.Context, before, now *Rules, past iter.Seq2[*Past, error], readers int, step func()) ([]TopicDiff, error) {
	p := newPair(before, now)
	var first, last time.Time
	err := readAhead(ctx, past, p.a.follower, p.b.follower, readers, func(c *chunk) error {
		p.judge(c)
		if first.IsZero() {
			first = c.past[0].Item.Time()
		}
		last = c.last()
		for range c.past {
			step()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	days := max(1, last.Sub(first).Hours()/24)
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
	*follower
	told  map[news.TopicID][]told
	trial map[trial]bool
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
	return &side{follower: newFollower(r), told: make(map[news.TopicID][]told), trial: make(map[trial]bool)}
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
// find other entities or other text that is no evidence: the first side follows
// the service and the second the first until that happens.
type pair struct{ a, b *side }

func newPair(before, now *Rules) pair {
	p := pair{newSide(before), newSide(now)}
	p.b.following.Store(sameStories(before, now))
	return p
}

func (p *pair) judge(c *chunk) {
	i := 0
	for ; i < len(c.past) && p.b.following.Load(); i++ {
		dec := p.a.judge(c.past[i], c.readings[i], c.placeOf(i))
		p.a.note(&c.past[i].Item, dec)
		var place *news.Placement
		if c.alike[i] {
			place = new(dec.Verdict.Placement)
		}
		p.b.note(&c.past[i].Item, p.b.judge(c.past[i], c.second[i], place))
	}
	// From here on each side places by itself.
	var wg sync.WaitGroup
	wg.Go(func() {
		for k := i; k < len(c.past); k++ {
			p.a.note(&c.past[k].Item, p.a.judge(c.past[k], c.readings[k], c.placeOf(k)))
		}
		p.a.expire(c.last())
	})
	for k := i; k < len(c.past); k++ {
		p.b.note(&c.past[k].Item, p.b.judge(c.past[k], c.second[k], nil))
	}
	p.b.expire(c.last())
	wg.Wait()
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
