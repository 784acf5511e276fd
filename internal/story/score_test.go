package story

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// told is a labelled report with the story that a method gave it.
type told struct {
	gold, kind, story string
}

// score measures a method on one time line.
type score struct {
	p, r, f          float64 // B-cubed
	missed, silenced float64 // stories that never started an alert; repeats that raised none
	perStory         float64 // alerts for a gold story
	n, stories       int
}

// measureTold scores the reports that count; the others are there, and may be
// confused with them.
func measureTold(ts []told, counts func(told) bool) score {
	story, gold, both := map[string]float64{}, map[string]float64{}, map[[2]string]float64{}
	for _, t := range ts {
		story[t.story]++
		gold[t.gold]++
		both[[2]string{t.story, t.gold}]++
	}
	var s score
	begun, heard, alerted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	alerts, repeats, silent := 0, 0, 0
	for _, t := range ts {
		alert := !begun[t.story]
		begun[t.story] = true
		if !counts(t) {
			continue
		}
		b := both[[2]string{t.story, t.gold}]
		s.n++
		s.p += b / story[t.story]
		s.r += b / gold[t.gold]
		if heard[t.gold] {
			repeats++
			if !alert {
				silent++
			}
		}
		heard[t.gold] = true
		if alert {
			alerts++
			alerted[t.gold] = true
		}
	}
	s.stories = len(heard)
	s.p, s.r = s.p/float64(s.n), s.r/float64(s.n)
	s.f = 2 * s.p * s.r / (s.p + s.r)
	s.missed = 1 - float64(len(alerted))/float64(s.stories)
	s.silenced = float64(silent) / float64(max(1, repeats))
	s.perStory = float64(alerts) / float64(s.stories)
	return s
}

// table scores a run per kind. The macro F is the mean over the kinds.
func table(ts []told) (map[string]score, float64) {
	return tableOf(ts, func(told) bool { return true })
}

func tableOf(ts []told, counts func(told) bool) (map[string]score, float64) {
	kinds := map[string]bool{}
	for _, t := range ts {
		kinds[t.kind] = true
	}
	out := map[string]score{"all": measureTold(ts, counts)}
	macro := 0.0
	for k := range kinds {
		out[k] = measureTold(ts, func(t told) bool { return t.kind == k && counts(t) })
		macro += out[k].f / float64(len(kinds))
	}
	return out, macro
}

func printTable(ts []told) string {
	var b strings.Builder
	by, macro := table(ts)
	for _, k := range slices.Sorted(maps.Keys(by)) {
		s := by[k]
		fmt.Fprintf(&b, "%-6s %5d %4d  P %.3f R %.3f F %.3f  missed %4.1f%% silenced %5.1f%% a/s %.2f\n",
			k, s.n, s.stories, s.p, s.r, s.f, 100*s.missed, 100*s.silenced, s.perStory)
	}
	fmt.Fprintf(&b, "macro F %.3f\n", macro)
	return b.String()
}

// run places a time line and tells what came of it.
func run(ls []labelled, opt Options) []told {
	b := New(opt)
	out := make([]told, 0, len(ls))
	for _, l := range ls {
		p := b.Place(l.report)
		b.Add(l.report, p)
		out = append(out, told{l.gold, l.kind, string(p.Story)})
	}
	return out
}
