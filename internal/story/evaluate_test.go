package story

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

// TestEvaluate scores the desk setting on the labelled time line, beside a
// fingerprint and plain likeness of words, and fails when it falls under what
// is promised. The weights were learned on this time line; what they do on
// stories that they have not seen is what TestCrosscheck prints.
func TestEvaluate(t *testing.T) {
	all := deskMix(t)
	t.Logf("SimHash, at most 8 of 64 bits apart\n%s", printTable(bySimHash(all, 8)))
	t.Logf("TF-IDF, nearest report from 0.45\n%s", printTable(byNearest(all, .45)))
	ts := run(all, Options{})
	t.Logf("this package, desk setting\n%s", printTable(ts))
	for _, sure := range []float64{.3, .4, .6, .7} {
		by, macro := table(run(all, Options{Sure: sure}))
		t.Logf("sure %.1f: macro F %.3f missed %.1f%% silenced %.1f%% a/s %.2f", sure, macro, 100*by["all"].missed, 100*by["all"].silenced, by["all"].perStory)
	}
	by, macro := table(ts)
	floors := []struct {
		what       string
		got, floor float64
	}{
		{"macro F", macro, .89},
		{"stories heard", 1 - by["all"].missed, .95},
		{"repeats silenced", by["all"].silenced, .885},
		{"F of og-en", by["og-en"].f, .74},
		{"F of uci", by["uci"].f, .86},
		{"F of ecb", by["ecb"].f, .95},
		{"F of fnc", by["fnc"].f, .92},
	}
	for _, f := range floors {
		if f.got < f.floor {
			t.Errorf("%s is %.3f, under %.3f", f.what, f.got, f.floor)
		}
	}
}

// bySimHash joins a report to the nearest fingerprint of the last 96 hours.
func bySimHash(ls []labelled, limit int) []told {
	type print struct {
		bits  uint64
		at    int64
		story string
	}
	var past []print
	var out []told
	for _, l := range ls {
		var sums [64]int
		for _, c := range l.report.terms {
			h := uint64(c.id) * 0x9e3779b97f4a7c15
			h ^= h >> 29
			h *= 0xbf58476d1ce4e5b9
			for i := range sums {
				if h>>i&1 == 1 {
					sums[i]++
				} else {
					sums[i]--
				}
			}
		}
		p := print{at: l.report.At.Unix(), story: string(l.report.Item)}
		for i, s := range sums {
			if s > 0 {
				p.bits |= 1 << i
			}
		}
		nearest := limit + 1
		for _, o := range past {
			if d := bits.OnesCount64(o.bits ^ p.bits); d < nearest && p.at-o.at < 96*3600 {
				nearest, p.story = d, o.story
			}
		}
		past = append(past, p)
		out = append(out, told{l.gold, l.kind, p.story})
	}
	return out
}

// byNearest joins a report to the story of the closest report.
func byNearest(ls []labelled, limit float64) []told {
	b := New(Options{})
	var out []told
	for _, l := range ls {
		cs := b.candidates(l.report)
		b.weigh(l.report, cs)
		p := news.Placement{Story: news.NewStoryID(l.report.Item)}
		top := limit
		for i := range cs {
			if x := cs[i].x[xClosest]; x >= top {
				top, p.Story = x, cs[i].tale.id
			}
		}
		b.Add(l.report, p)
		out = append(out, told{l.gold, l.kind, string(p.Story)})
	}
	return out
}

func ExampleSources() {
	fmt.Println(Sources([]news.Report{
		{Outlet: "The Times", Credit: "Reuters"},
		{Outlet: "Le Monde", Credit: "Reuters"},
		{Outlet: "Ukrinform"},
		{Outlet: "ABC", Copy: true},
	}))
	// Output: 4 outlets, 2 independent (Reuters x3, Ukrinform)
}
