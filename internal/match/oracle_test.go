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
			if slices.ContainsFunc(faults, func(f Fault) bool { return strings.Contains(f.Message, "could never") }) {
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

// TestWhatIsLackedIsEnough makes the change that a miss asks for and looks
// whether the topic then fires.
func TestWhatIsLackedIsEnough(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	n := map[changeKind]int{}
	pairs := 1000
	if raceDetector {
		pairs = 50
	}
	for tries := 0; tries < pairs; {
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
			edits := j.lacks(top)
			m.pool.Put(j)
			if fires {
				if len(edits) > 0 {
					t.Fatalf("fires, yet lacks %+v", edits)
				}
				continue
			}
			if len(edits) == 0 {
				t.Fatalf("misses and lacks nothing: %+v %+v", r.Topics[i], it)
			}
			changed := apply(r, i, edits, n)
			m2, faults := Compile(changed)
			if m2 == nil {
				t.Fatalf("%+v", faults)
			}
			it2 := *it
			it2.Content += "\n\n" + strings.Repeat("qq ", 30) + "zzfirst zzsecond zzthird zzfourth"
			if !slices.ContainsFunc(m2.all(&it2), func(x news.Match) bool { return x.Topic == top.id }) {
				t.Fatalf("lacks %+v, and with that still does not fire\n%+v\n%+v\nmisses %+v", edits, changed.Topics[i], it2, m2.Misses(&it2))
			}
			tries++
		}
	}
	t.Log(n)
}

// apply makes the changes in the rules. A hit that a group lacks is a new word
// of the group, which the caller adds to the text.
func apply(r Rules, i int, edits []change, n map[changeKind]int) Rules {
	r.Topics = slices.Clone(r.Topics)
	t := &r.Topics[i]
	t.All, t.Near, t.Any = slices.Clone(t.All), slices.Clone(t.Near), slices.Clone(t.Any)
	m, _ := Compile(r)
	names := []string{"zzfirst", "zzsecond", "zzthird", "zzfourth"}
	add := func(g int32) {
		word := Line{Text: fmt.Sprintf("%s ^%v", names[g], func() float64 { j := newJudge(m); return max(j.leastWeight(&m.topics[i], g), 0.5) }())}
		name := m.topics[i].groups[g].name
		if name == "" {
			t.Any = append(t.Any, word)
		}
		for k := range t.All {
			if t.All[k].Name == name && name != "" {
				t.All[k].Any = append(slices.Clone(t.All[k].Any), word)
			}
		}
	}
	added := map[int32]bool{}
	for _, e := range edits {
		n[e.kind]++
		switch e.kind {
		case changeSource:
			t.Exclude, t.Include = nil, nil
		case changeNone:
			t.None = nil
		case changeHit:
			added[e.group] = true
			add(e.group)
		case changeWithin:
			t.Near[e.near].Within = int(e.value)
		case changeClose:
			for _, g := range m.topics[i].near[e.near].groups {
				if !added[g] {
					added[g] = true
					add(g)
				}
			}
			t.Near[e.near].Within = max(t.Near[e.near].Within, 3)
		case changeThreshold:
			t.Threshold = max(e.value, 0.001)
		}
	}
	return r
}
