package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
)

// Misses returns the topics that the item does not satisfy, closest first,
// each with the smallest change that would make it fire.
func (m *Matcher) Misses(it *news.Item) []news.Miss {
	j := m.judge(it)
	defer m.pool.Put(j)
	type far struct {
		topic     *topic
		hits, not bool
		edits     int
		part      float64 // of the threshold that was reached
	}
	var out []far
	for i := range m.topics {
		t := &m.topics[i]
		if j.decide(t, true) {
			continue
		}
		v := &j.verdict
		x := far{topic: t, part: v.score / t.threshold,
			edits: boolInt(v.source != "") + boolInt(v.none != nil) + len(v.missing) + len(v.apart) + boolInt(v.score+1e-9 < t.threshold)}
		for k := range j.found {
			x.hits = x.hits || j.found[k].state == counted
			x.not = x.not || j.found[k].state == discounted
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b far) int {
		return cmp.Or(boolInt(b.hits)-boolInt(a.hits), boolInt(b.not)-boolInt(a.not), a.edits-b.edits, cmp.Compare(b.part, a.part))
	})
	second := newJudge(m)
	misses := make([]news.Miss, len(out))
	for i, x := range out {
		j.decide(x.topic, true)
		misses[i] = j.miss(x.topic, second, i < triedTopics)
	}
	return misses
}

// triedTopics is how many topics get the best advice. To those further off,
// which nobody asks about, the first that serves is given.
const triedTopics = 50

// miss says how far the topic that was just decided is from firing.
func (j *judge) miss(t *topic, second *judge, best bool) news.Miss {
	x := news.Miss{Topic: t.id, Score: j.verdict.score, Threshold: t.threshold}
	x.Hits, x.Discounted = j.lists(t)
	x.Closest = j.closestText(t, x.Hits, x.Discounted)
	var parts []string
	for _, e := range j.lacks(t, second, best) {
		parts = append(parts, e.text)
	}
	x.Lacks = strings.Join(parts, "; and ")
	return x
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// closestText says in one line what came closest.
func (j *judge) closestText(t *topic, hits, not []news.Hit) string {
	switch {
	case len(hits) > 0:
		h := slices.MaxFunc(hits, func(a, b news.Hit) int { return cmp.Compare(a.Weight, b.Weight) })
		return fmt.Sprintf("“%s” in the %s; sum %v of %v", h.Text, h.Place, j.verdict.score, t.threshold)
	case len(not) > 0:
		return fmt.Sprintf("“%s” in the %s did not count: %s", not[0].Text, not[0].Place, not[0].Reason)
	}
	return "none of its words"
}
