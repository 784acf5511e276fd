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
		news.Miss
		edits int
	}
	var out []far
	for i := range m.topics {
		t := &m.topics[i]
		if j.decide(t, true) {
			continue
		}
		x := far{Miss: news.Miss{Topic: t.id, Score: j.verdict.score, Threshold: t.threshold}}
		x.Hits, x.Discounted = j.lists(t)
		x.Closest = j.closestText(t, x.Hits, x.Discounted)
		edits := j.lacks(t)
		x.edits = len(edits)
		var parts []string
		for _, e := range edits {
			parts = append(parts, e.text)
		}
		x.Lacks = strings.Join(parts, "; and ")
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b far) int {
		return cmp.Or(boolInt(len(b.Hits) > 0)-boolInt(len(a.Hits) > 0),
			boolInt(len(b.Discounted) > 0)-boolInt(len(a.Discounted) > 0), a.edits-b.edits,
			cmp.Compare(b.Score/b.Threshold, a.Score/a.Threshold))
	})
	misses := make([]news.Miss, len(out))
	for i := range out {
		misses[i] = out[i].Miss
	}
	return misses
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// change is one edit that a topic lacks, as text and as what to do.
type change struct {
	text  string
	kind  changeKind
	group int32   // changeHit: the group that needs a hit
	near  int     // changeWithin, changeClose: the near rule
	value float64 // changeThreshold, changeWithin
}

type changeKind uint8

const (
	changeSource    changeKind = iota // the source selectors let the item in
	changeNone                        // the word under none: is gone
	changeHit                         // a counted hit of a group
	changeWithin                      // a wider near rule
	changeClose                       // hits of the groups of a near rule close together
	changeThreshold                   // a lower threshold
)

// lacks lists what must change for the topic that was just decided to fire:
// all of it together is enough. It may decide the topic anew and so comes last.
func (j *judge) lacks(t *topic) []change {
	v := &j.verdict
	var out []change
	if v.source != "" {
		out = append(out, change{kind: changeSource, text: v.source + ": change sources:"})
	}
	if v.none != nil {
		s := j.fields[v.none.field].text[v.none.start:v.none.end]
		out = append(out, change{kind: changeNone,
			text: fmt.Sprintf("none: has “%s”, which is in the %s (“%s”): take it out", v.noneBy, news.Fields[v.none.field], s)})
	}
	for _, g := range v.missing {
		out = append(out, change{kind: changeHit, group: g, text: "one counted hit of " + listName(t.groups[g].name)})
	}
	var nears []change
	for _, n := range v.apart {
		nears = append(nears, j.lackNear(t, int(n)))
	}
	out = append(out, nears...)
	after := j.scoreAfter(t, nears)
	if after+1e-9 < t.threshold {
		out = append(out, change{kind: changeThreshold, value: after,
			text: fmt.Sprintf("a threshold of %v instead of %v, or more weight", round(after), t.threshold)})
	}
	return out
}

// scoreAfter is the least sum of the topic once the groups it lacks are hit and
// its near rules are met. Hits that are not near enough then no longer count.
func (j *judge) scoreAfter(t *topic, nears []change) float64 {
	missing := slices.Clone(j.verdict.missing)
	changed := *t
	changed.near = slices.Clone(t.near)
	fresh := map[int32]bool{} // groups of which only a new hit is sure to count
	for _, c := range nears {
		if c.kind == changeWithin {
			changed.near[c.near].within = int32(c.value)
		}
	}
	if len(nears) > 0 {
		j.decide(&changed, true)
	}
	for _, n := range j.verdict.apart {
		for _, g := range t.near[n].groups {
			fresh[g] = true
		}
	}
	for _, g := range missing {
		fresh[g] = true
	}
	after := 0.0
	for g := range fresh {
		after += j.leastWeight(t, g)
	}
	for i := 0; i < len(j.found); {
		k, best := i, 0.0
		for ; k < len(j.found) && j.found[k].term == j.found[i].term; k++ {
			if n := &j.found[k]; n.state == counted && !fresh[n.group] {
				best = max(best, factor(j.place(n.field, n.w0)))
			}
		}
		after += best * t.terms[j.found[i].term].weight
		i = k
	}
	return round(after)
}

// leastWeight is what the lightest term of a group adds in the body.
func (j *judge) leastWeight(t *topic, g int32) float64 {
	least := 0.0
	for i := range t.terms {
		if x := &t.terms[i]; x.group == g && (least == 0 || x.weight < least) {
			least = x.weight
		}
	}
	return least
}

func (j *judge) lackNear(t *topic, i int) change {
	n := &t.near[i]
	names := make([]string, len(n.groups))
	whole := true
	for k, g := range n.groups {
		names[k] = t.groups[g].name
		whole = whole && j.served(g)
	}
	if d := j.closest(n); whole && d > 0 {
		return change{kind: changeWithin, near: i, value: float64(d),
			text: fmt.Sprintf("%s within %d words of each other, not %d", strings.Join(names, " and "), d, n.within)}
	}
	return change{kind: changeClose, near: i, text: fmt.Sprintf("hits of %s within %d words of each other", strings.Join(names, " and "), n.within)}
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
