package match

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/watcherd/watcherd/internal/news"
)

// The naive oracle judges an item by the words of DESIGN's rule language alone:
// no patterns, no automaton, no candidate filter, nothing shared with the
// matcher but the rules as the editor writes them. It knows no inflection, no
// ordinary words and no boilerplate.

// said is a word of an item, and whether a phrase ends behind it.
type said struct {
	text string
	byte int // where it starts
	hard bool
}

// speech is an item as its words: title, summary, content.
type speech [3][]said

// at is an occurrence in words.
type at struct{ field, from, to int }

func gapOf(a, b at) int { return max(b.from-a.to, a.from-b.to) }

type naiveRules struct {
	Rules
	item speech
}

// meets compares a word of a term with a word of the text.
func meets(want, got string, last bool) bool {
	if stem, ok := strings.CutSuffix(want, "*"); ok {
		return strings.HasPrefix(strings.ToLower(got), stem)
	}
	lower := strings.ToLower(want)
	g := strings.ToLower(got)
	if g != lower && !(last && len(want) > 3 && strings.ToUpper(want) != want && g == lower+"s") {
		return false
	}
	switch {
	case want == lower:
		return true
	case strings.ToUpper(want) == want: // NATO, Nato
		return strings.ToUpper(got) == got || unicode.IsUpper(rune(got[0])) && got[1:] == strings.ToLower(got[1:])
	}
	return unicode.IsUpper(rune(got[0]))
}

func (n *naiveRules) phrase(p string) (out []at) {
	if id, ok := strings.CutPrefix(p, "@"); ok {
		for _, e := range n.Entities {
			if string(e.ID) != id {
				continue
			}
			for _, l := range e.Any {
				for _, o := range n.phrase(l.Text) {
					if !n.blocked(o, e.Unless) {
						out = append(out, o)
					}
				}
			}
		}
		return out
	}
	words := strings.Fields(p)
	for f, text := range n.item {
		for i := range text {
			ok := i+len(words) <= len(text)
			for k := 0; ok && k < len(words); k++ {
				ok = meets(words[k], text[i+k].text, k == len(words)-1) && (k == 0 || !text[i+k-1].hard)
			}
			if ok {
				out = append(out, at{f, i, i + len(words) - 1})
			}
		}
	}
	return out
}

func (n *naiveRules) blocked(o at, unless []Line) bool {
	for _, l := range unless {
		for _, u := range n.phrase(l.Text) {
			if u.field == o.field && gapOf(u, o) <= 10 {
				return true
			}
		}
	}
	return false
}

// naiveTerm is a term line read by its blanks.
type naiveTerm struct {
	a, b    string
	within  int
	ordered bool
	weight  float64
	atLeast int
	title   bool
	with    []string
}

func readNaive(line string) naiveTerm {
	t := naiveTerm{weight: 2, atLeast: 1}
	line, with, ok := strings.Cut(line, " with ")
	if ok {
		t.with = strings.Split(with, ", ")
	}
	line, t.title = strings.CutPrefix(line, "title: ")
	side := &t.a
	for w := range strings.FieldsSeq(line) {
		n, err := strconv.Atoi(w[1:])
		switch {
		case err == nil && w[0] == '^':
			t.weight = float64(n)
		case err == nil && w[0] == '#':
			t.atLeast = n
		case err == nil && (w[0] == '~' || w[0] == '>'):
			t.within, t.ordered, side = n, w[0] == '>', &t.b
		default:
			*side = strings.TrimSpace(*side + " " + w)
		}
	}
	return t
}

// hits are the occurrences of a term that count before near is asked.
func (n *naiveRules) hits(t naiveTerm, unless ...[]Line) (out []at) {
	for _, o := range n.phrase(t.a) {
		if t.b != "" {
			best, found := o, false
			for _, x := range n.phrase(t.b) {
				if g := gapOf(o, x); !found && x.field == o.field && g >= 1 && g <= t.within && (!t.ordered || x.from > o.from) {
					best, found = at{o.field, min(o.from, x.from), max(o.to, x.to)}, true
				}
			}
			if !found {
				continue
			}
			o = best
		}
		ok := !t.title || o.field == 0
		for _, u := range unless {
			ok = ok && !n.blocked(o, u)
		}
		if ok && len(t.with) > 0 {
			ok = false
			for _, w := range t.with {
				for _, x := range n.phrase(w) {
					inside := x.field == o.field && x.from >= o.from && x.to <= o.to
					near := x.field == 0 || x.field == o.field && gapOf(x, o) <= 25 || o.field == 0 && n.lead(x)
					ok = ok || !inside && near
				}
			}
		}
		if ok {
			out = append(out, o)
		}
	}
	out = n.oncePerPlace(out)
	count := [3]int{}
	for _, o := range out {
		count[o.field]++
	}
	if count[0]+max(count[1], count[2]) < t.atLeast {
		return nil
	}
	return out
}

// oncePerPlace keeps the longest of what lies over each other.
func (n *naiveRules) oncePerPlace(all []at) (out []at) {
	size := func(o at) int {
		to := n.item[o.field][o.to]
		return to.byte + len(to.text) - n.item[o.field][o.from].byte
	}
	slices.SortStableFunc(all, func(a, b at) int { return cmp.Or(size(b)-size(a), a.from-b.from) })
	for _, o := range all {
		if !slices.ContainsFunc(out, func(x at) bool { return x.field == o.field && x.from <= o.to && o.from <= x.to }) {
			out = append(out, o)
		}
	}
	return out
}

func (n *naiveRules) lead(o at) bool {
	return o.from < 60 && (o.field == 1 || o.field == 2 && len(n.item[1]) == 0)
}

// fires judges a topic and returns its sum.
func (n *naiveRules) fires(t *Topic) (bool, float64) {
	type list struct {
		name   string
		unless []Line
		terms  []naiveTerm
		hits   [][]at
	}
	var lists []list
	read := func(name string, ls, unless []Line) {
		x := list{name: name, unless: unless}
		for _, l := range ls {
			term := readNaive(l.Text)
			x.terms = append(x.terms, term)
			x.hits = append(x.hits, n.hits(term, t.Unless, unless))
		}
		lists = append(lists, x)
	}
	if len(t.Any) > 0 {
		read("", t.Any, nil)
	}
	for _, g := range t.All {
		read(g.Name, g.Any, g.Unless)
	}
	for _, rule := range t.Near {
		far := map[string][]at{} // a hit that is near no other, by term
		some := false
		for i := range lists {
			if !slices.ContainsFunc(rule.Groups, func(r Ref) bool { return r.Name == lists[i].name }) {
				continue
			}
			for k, hits := range lists[i].hits {
				for _, o := range hits {
					all := true
					for m := range lists {
						if m == i || !slices.ContainsFunc(rule.Groups, func(r Ref) bool { return r.Name == lists[m].name }) {
							continue
						}
						one := false
						for _, others := range lists[m].hits {
							for _, x := range others {
								g := gapOf(o, x)
								one = one || x.field == o.field && g >= 1 && g <= rule.Within
							}
						}
						all = all && one
					}
					if all {
						some = true
					} else {
						key := fmt.Sprint(i, " ", k)
						far[key] = append(far[key], o)
					}
				}
			}
		}
		if !some {
			return false, 0
		}
		for i := range lists {
			for k := range lists[i].hits {
				drop := far[fmt.Sprint(i, " ", k)]
				lists[i].hits[k] = slices.DeleteFunc(slices.Clone(lists[i].hits[k]), func(o at) bool { return slices.Contains(drop, o) })
			}
		}
	}
	sum := 0.0
	for _, x := range lists {
		served := false
		for k, hits := range x.hits {
			best := 0.0
			for _, o := range hits {
				served = true
				switch {
				case o.field == 0:
					best = max(best, 2)
				case n.lead(o):
					best = max(best, 1.5)
				default:
					best = max(best, 1)
				}
			}
			sum += best * x.terms[k].weight
		}
		if !served {
			return false, 0
		}
	}
	for _, l := range t.None {
		if len(n.phrase(l.Text)) > 0 {
			return false, 0
		}
	}
	threshold := t.Threshold
	if threshold == 0 {
		threshold = 2
	}
	return sum+1e-9 >= threshold, math.Round(sum*1000) / 1000
}

var (
	naiveWords = strings.Fields("arms control missile warhead Moscow Russia NATO Ukraine drone sanction sanctions league goal the of and")
	naiveLines = []string{"arms control", "missile ^3", "missile", "warhead #2", "Moscow", "@russia", "NATO ^4", "@west", "drone ~3 missile", "sanction* >4 Russia",
		"control ^5 with missile, warh*", "warhead*", "title: missile", "Ukraine", "@russia ~5 sanction*", "league", "drone #3", "NATO ^2 with arms control"}
	naiveAway = []string{"league", "goal", "arms control", "@west", "drone"}
)

func naiveRandom(rng *rand.Rand) Rules {
	r := Rules{Entities: []Entity{{ID: "russia", Any: lines("Russia\nMoscow"), Unless: pickLines(rng, naiveAway[:2], rng.IntN(2))},
		{ID: "west", Any: lines("NATO\nUkraine")}}}
	for i := range 4 {
		t := Topic{ID: news.TopicID(fmt.Sprint("t", i)), Threshold: []float64{0, 0, 3, 6, 9}[rng.IntN(5)]}
		if rng.IntN(3) > 0 {
			t.Any = pickLines(rng, naiveLines, 2+rng.IntN(4))
		}
		if len(t.Any) == 0 || rng.IntN(3) == 0 {
			t.All = []Group{{Name: "a", Any: pickLines(rng, naiveLines, 2+rng.IntN(3)), Unless: pickLines(rng, naiveAway, rng.IntN(2))},
				{Name: "b", Any: pickLines(rng, naiveLines, 2+rng.IntN(3))}}
			if rng.IntN(2) == 0 {
				t.Near = []Near{{Groups: refs("a", "b"), Within: 1 + rng.IntN(8)}}
			}
		}
		t.Unless = pickLines(rng, naiveAway, rng.IntN(3))
		t.None = pickLines(rng, naiveAway, rng.IntN(2))
		r.Topics = append(r.Topics, t)
	}
	return r
}

func naiveSpeech(rng *rand.Rand) (s speech, it *news.Item) {
	it = &news.Item{Lang: "en"}
	for f, to := range []*string{&it.Title, &it.Summary, &it.Content} {
		var b strings.Builder
		for range rng.IntN([]int{7, 14, 30}[f]) {
			w := naiveWords[rng.IntN(len(naiveWords))]
			switch rng.IntN(12) {
			case 0:
				w = strings.ToLower(w)
			case 1:
				w = strings.ToUpper(w[:1]) + strings.ToLower(w[1:])
			}
			gap := []string{" ", " ", " ", "-", "\u00a0", " ", ". ", ", ", "\n\n", " (", "\n"}[rng.IntN(11)]
			s[f] = append(s[f], said{w, b.Len(), strings.ContainsAny(gap, ".,(") || gap == "\n\n"})
			b.WriteString(w + gap)
		}
		*to = b.String()
	}
	return s, it
}

// TestMatchAgainstTheNaiveOracle judges random rules on random items in three
// ways: by candidates, every topic in full, and by the oracle. The full count
// takes some minutes: WATCHERD_PAIRS=1000000.
func TestMatchAgainstTheNaiveOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	want, _ := strconv.Atoi(os.Getenv("WATCHERD_PAIRS"))
	pairs, fired := 0, 0
	for start := time.Now(); want > 0 && pairs < want || want == 0 && time.Since(start) < 2*time.Second; {
		r := naiveRandom(rng)
		m, _ := Compile(r)
		if m == nil {
			continue
		}
		for range 200 {
			s, it := naiveSpeech(rng)
			got, full := m.Match(it), m.all(it)
			if !reflect.DeepEqual(got, full) {
				t.Fatalf("filtered %+v\nall %+v\nrules %+v\nitem %+v", got, full, r, it)
			}
			oracle := naiveRules{r, s}
			for i := range r.Topics {
				fires, sum := oracle.fires(&r.Topics[i])
				k := slices.IndexFunc(got, func(x news.Match) bool { return x.Topic == r.Topics[i].ID })
				if fires != (k >= 0) || fires && sum != got[k].Score {
					t.Fatalf("the oracle says %v, sum %v\ngot %+v\ntopic %+v\nentities %+v\nitem %+v", fires, sum, got, r.Topics[i], r.Entities, it)
				}
				if fires {
					fired++
				}
			}
			pairs += len(r.Topics)
		}
	}
	t.Logf("%d pairs, %d fired, no difference", pairs, fired)
}
