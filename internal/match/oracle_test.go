package match

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

var (
	someWords = strings.Fields("arms control treaty missile nuclear Moscow Russia NATO Ukraine drone sanction START US turkey Turkey warhead league goal Київ зброя")
	someTerms = []string{"arms control", "treaty ^3", "missile", "nuclear #2", "Moscow", "@russia", "NATO ^4", "@west", "drone ~3 missile", "sanction* >4 Russia",
		"=START ^5 with treaty, warhead*", "US", "Turkey", "warhead*", "title: treaty", "Ukraine", "@russia ~5 sanction*", "Київ", "league"}
	someAway = []string{"league", "goal", "turkey", "arms control", "@west", "drone"}
)

func pickLines(rng *rand.Rand, from []string, n int) (out []Line) {
	for _, i := range rng.Perm(len(from))[:n] {
		out = append(out, Line{Text: from[i], Pos: news.Pos{Line: i + 1, Col: 1}})
	}
	return out
}

func randomRules(rng *rand.Rand) Rules {
	r := Rules{
		Entities: []Entity{{ID: "russia", Any: lines("Russia\nMoscow"), Unless: pickLines(rng, someAway[:3], rng.IntN(2))},
			{ID: "west", Any: lines("NATO\n@russia\nUS")}},
		Contexts: []Context{{Name: "sport", Any: lines("league\ngoal")}},
	}
	for i := range 1 + rng.IntN(4) {
		t := Topic{ID: news.TopicID(fmt.Sprint("t", i)), Threshold: []float64{0, 0, 3, 6, 9}[rng.IntN(5)]}
		if rng.IntN(3) > 0 {
			t.Any = pickLines(rng, someTerms, 2+rng.IntN(4))
		}
		if len(t.Any) == 0 || rng.IntN(3) == 0 {
			t.All = []Group{{Name: "a", Any: pickLines(rng, someTerms, 2+rng.IntN(3))}, {Name: "b", Any: pickLines(rng, someTerms, 2+rng.IntN(3))}}
			if rng.IntN(2) == 0 {
				t.Near = []Near{{Groups: refs("a", "b"), Within: 1 + rng.IntN(8)}}
			}
		}
		t.Unless = pickLines(rng, someAway, rng.IntN(3))
		t.None = pickLines(rng, someAway, rng.IntN(2))
		if rng.IntN(3) == 0 {
			t.UnlessContexts = refs("sport")
		}
		if rng.IntN(5) == 0 {
			t.Exclude = lines("tag:sport")
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

func randomItem(rng *rand.Rand) *news.Item {
	say := func(n int) string {
		var b strings.Builder
		for range n {
			w := someWords[rng.IntN(len(someWords))]
			switch rng.IntN(9) {
			case 0:
				w = strings.ToUpper(w)
			case 1:
				w = "the"
			case 2:
				w += []string{".", ",", "\n\n", "'s", "s"}[rng.IntN(5)]
			case 3:
				w = "of " + w
			}
			b.WriteString(w)
			b.WriteByte(" -"[rng.IntN(2)*rng.IntN(2)])
		}
		return strings.TrimSpace(b.String())
	}
	it := &news.Item{Title: say(rng.IntN(7)), Summary: say(rng.IntN(14)), Content: say(rng.IntN(3) * 8), Lang: []string{"en", "", "uk"}[rng.IntN(3)]}
	if rng.IntN(6) == 0 {
		it.Title = strings.ToUpper(it.Title)
	}
	if rng.IntN(4) == 0 {
		it.Tags = []string{"sport"}
	}
	if n := len(it.Summary); n > 10 && rng.IntN(4) == 0 {
		it.Boilerplate = []news.Span{{Field: news.FieldSummary, Start: 0, End: n / 2}}
	}
	return it
}

// all judges every topic in full, with no candidate filter and no short way
// out.
func (m *Matcher) all(it *news.Item) (out []news.Match) {
	j := m.judge(it)
	defer m.pool.Put(j)
	for i := range m.topics {
		if j.decide(&m.topics[i], true) {
			out = append(out, j.match(&m.topics[i]))
		}
	}
	return out
}

// TestFilterIsExact compares the topics that the candidate filter lets through
// with those that judging every topic finds.
func TestFilterIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	pairs, fired := 0, 0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		r := randomRules(rng)
		m, faults := Compile(r)
		if m == nil {
			if slices.ContainsFunc(faults, func(f Fault) bool {
				return strings.Contains(f.Message, "could never") || strings.Contains(f.Message, "could ever")
			}) {
				continue
			}
			t.Fatalf("%+v", faults)
		}
		for range 200 {
			it := randomItem(rng)
			got, want := m.Match(it), m.all(it)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("filtered %+v\nall %+v\nrules %+v\nitem %+v", got, want, r, it)
			}
			pairs += len(r.Topics)
			fired += len(got)
			checkHits(t, it, got)
		}
	}
	t.Logf("%d pairs, %d fired", pairs, fired)
}

// checkHits checks that what a hit says stands where it says, and that the sum
// is the sum.
func checkHits(t *testing.T, it *news.Item, ms []news.Match) {
	t.Helper()
	for _, m := range ms {
		sum := 0.0
		for _, h := range m.Hits {
			sum += h.Weight
		}
		if d := sum - m.Score; d > 1e-6 || d < -1e-6 || m.Score < m.Threshold {
			t.Fatalf("sum %v, score %v of %v: %+v", sum, m.Score, m.Threshold, m)
		}
		for _, h := range append(slices.Clip(m.Hits), m.Discounted...) {
			r := []rune(it.Text(h.Field))
			if string(r[h.Start:h.End]) != h.Text {
				t.Fatalf("%+v stands elsewhere in %q", h, it.Text(h.Field))
			}
			if strings.ContainsAny(h.Term, "~>*@:") || h.Entity != "" {
				continue
			}
			norm := func(s string) string {
				var w []string
				for x := range text.Words(s) {
					w = append(w, x)
				}
				return strings.Join(w, " ")
			}
			if a, b := norm(h.Text), norm(strings.TrimPrefix(h.Term, "=")); !strings.HasPrefix(a, b) {
				t.Fatalf("%q is not the term %q", h.Text, h.Term)
			}
		}
	}
}

// TestWhatIsLackedIsEnough makes the change that a miss asks for, in the rules
// or in the item, and looks whether the topic then fires.
func TestWhatIsLackedIsEnough(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	n := map[changeKind]int{}
	for tries := 0; tries < 1000; {
		r := randomRules(rng)
		m, _ := Compile(r)
		if m == nil {
			continue
		}
		it := randomItem(rng)
		for i := range m.topics {
			j := m.judge(it)
			top := &m.topics[i]
			fires := j.decide(top, true)
			if fires {
				m.pool.Put(j)
				continue
			}
			edits := j.lacks(top, newJudge(m), true)
			m.pool.Put(j)
			if len(edits) == 0 {
				t.Fatalf("misses and lacks nothing: %+v %+v", r.Topics[i], it)
			}
			changed, it2 := apply(r, i, it, edits, n)
			m2, faults := Compile(changed)
			if m2 == nil {
				t.Fatalf("%+v", faults)
			}
			if !slices.ContainsFunc(m2.all(it2), func(x news.Match) bool { return x.Topic == top.id }) {
				t.Fatalf("lacks %+v, and with that still does not fire\n%+v\n%+v\nmisses %+v", edits, changed.Topics[i], it2, m2.Misses(it2))
			}
			for k := range edits {
				if tries%5 > 0 || len(edits) == 1 || slices.ContainsFunc(edits, func(e change) bool { return e.kind == changeNew }) {
					break // such a topic is past minding how few changes it takes
				}
				if without := slices.Delete(slices.Clone(edits), k, k+1); edits[k].kind != changeThreshold {
					fewer, it3 := apply(r, i, it, without, map[changeKind]int{})
					if m3, _ := Compile(fewer); m3 != nil && slices.ContainsFunc(m3.all(it3), func(x news.Match) bool { return x.Topic == top.id }) {
						t.Fatalf("lacks %+v, and fires without %q\n%+v\n%+v", edits, edits[k].text, fewer.Topics[i], it3)
					}
				}
			}
			tries++
		}
	}
	t.Log(n)
	for _, k := range []changeKind{changeSource, changeNone, changeHit, changeNew, changeClose, changeWithin, changeThreshold} {
		if n[k] < 10 {
			t.Errorf("change %d was asked for %d times, too few to have been tested", k, n[k])
		}
	}
}

// apply makes the changes in a topic's rules and in an item.
func apply(r Rules, i int, it *news.Item, edits []change, n map[changeKind]int) (Rules, *news.Item) {
	r.Topics = slices.Clone(r.Topics)
	t := &r.Topics[i]
	t.Any, t.All, t.Near, t.None = slices.Clone(t.Any), slices.Clone(t.All), slices.Clone(t.Near), slices.Clone(t.None)
	var words []word
	for _, e := range edits {
		n[e.kind]++
		switch e.kind {
		case changeSource:
			t.Exclude, t.Include = nil, nil
		case changeNone:
			t.None = slices.DeleteFunc(t.None, func(l Line) bool { return l.Text == e.none })
		case changeHit, changeClose:
			words = append(words, e.words...)
		case changeNew:
			words = append(words, word{say: "zznew", close: e.words[0].close})
			g := int(e.group)
			if len(t.Any) > 0 {
				g--
			}
			if g < 0 {
				t.Any = append(t.Any, Line{Text: "zznew"})
			} else {
				t.All[g].Any = append(slices.Clone(t.All[g].Any), Line{Text: "zznew"})
			}
		case changeWithin:
			t.Near[e.near].Within = int(e.within)
		case changeThreshold:
			t.Threshold = max(e.sum, 0.001)
		}
	}
	changed := saying(it, words)
	return r, &changed
}
