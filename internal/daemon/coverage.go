package daemon

import (
	"cmp"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// TopicCoverage is how much of a topic its rule tests touch.
type TopicCoverage struct {
	Topic news.TopicID `json:"topic"`
	Fires int          `json:"fires"` // tests in which it must fire
	Not   int          `json:"not"`   // tests in which it must not, though a word of it is there
	Empty int          `json:"empty"` // tests in which it must not, and none of its words is there: they show little
	Terms int          `json:"terms"`
	Met   int          `json:"met"` // terms that counted in some test
	Unmet []TermAt     `json:"unmet"`
}

// TermAt is a term line and its place in the rules.
type TermAt struct {
	Term string   `json:"term"`
	Rule news.Pos `json:"rule"`
}

// Coverage measures the rule tests: per topic the tests that need it, and the
// terms that no test meets.
func Coverage(r *Rules) []TopicCoverage {
	rules := matchRules(r.Config)
	out := make([]TopicCoverage, len(rules.Topics))
	at := make(map[news.TopicID]int, len(out))
	met := make([]metTerms, len(out))
	for i := range rules.Topics {
		out[i] = TopicCoverage{Topic: rules.Topics[i].ID, Unmet: []TermAt{}}
		at[rules.Topics[i].ID] = i
		met[i] = metTerms{places: make(map[news.Pos]bool), entities: make(map[news.EntityID]bool)}
	}
	for i := range r.Config.Tests {
		t := &r.Config.Tests[i]
		if t.Title == "" && t.Text == "" {
			continue
		}
		it := r.testItem(t.Title, t.Text, t.Lang, t.Source)
		touched := make(map[news.TopicID]bool)
		note := func(topic news.TopicID, hits, discounted []news.Hit) {
			met[at[topic]].note(hits)
			touched[topic] = len(hits)+len(discounted) > 0
		}
		for _, m := range r.Desk.Match(&it) {
			note(m.Topic, m.Hits, m.Discounted)
		}
		for _, m := range r.Desk.Misses(&it) {
			note(m.Topic, m.Hits, m.Discounted)
		}
		wanted := make(map[news.TopicID]bool)
		for _, l := range t.Fires {
			wanted[news.TopicID(l.Text)] = true
			out[at[news.TopicID(l.Text)]].Fires++
		}
		for id, i := range at {
			named := slices.ContainsFunc(t.Not, func(l config.Line) bool { return l.Text == string(id) })
			switch {
			case wanted[id] || !named && t.Fires == nil:
			case touched[id]:
				out[i].Not++
			case named:
				out[i].Empty++
			}
		}
	}
	for i := range rules.Topics {
		out[i].count(&rules.Topics[i], &met[i])
	}
	return out
}

// metTerms are the terms of a topic that the tests met.
type metTerms struct {
	places   map[news.Pos]bool
	entities map[news.EntityID]bool
}

func (m *metTerms) note(hits []news.Hit) {
	for _, h := range hits {
		m.places[h.Rule] = true
		if h.Entity != "" {
			m.entities[h.Entity] = true
		}
	}
}

func (c *TopicCoverage) count(t *match.Topic, met *metTerms) {
	for _, l := range termLines(t) {
		c.Terms++
		entity, isEntity := entityOf(l.Text)
		if met.places[l.Pos] || isEntity && met.entities[entity] {
			c.Met++
			continue
		}
		c.Unmet = append(c.Unmet, TermAt{l.Text, l.Pos})
	}
}

// termLines are all lines of a topic that find something, in the order of the
// file.
func termLines(t *match.Topic) []match.Line {
	lists := [][]match.Line{t.Any}
	for _, ls := range t.ByLang {
		lists = append(lists, ls)
	}
	for _, g := range t.All {
		lists = append(lists, g.Any)
		for _, ls := range g.ByLang {
			lists = append(lists, ls)
		}
	}
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b match.Line) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col)
	})
	return all
}

// entityOf is the entity that a term line names, if it names one.
func entityOf(term string) (news.EntityID, bool) {
	rest, ok := strings.CutPrefix(term, "@")
	name, _, _ := strings.Cut(rest, " ")
	return news.EntityID(name), ok
}

// empty says that nothing of a test's text is left once markup is out.
func empty(title, body string) bool { return text.Title(title) == "" && text.Plain(body) == "" }
