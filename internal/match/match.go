// Package match finds what matters: rules compiled once, an item in, the
// topics that it satisfies out, with the evidence for each. It owns the rule
// language (terms, groups, weights, contexts, case, inflection), the faults
// that editors make in it, and the automaton that finds all words of all rules
// in one pass. It leaves to others where rules are read from, what a story is
// and what to do about a match.
//
// Rules are plain values (rules.go). Compile checks them (check.go), turns
// words into letter patterns (phrase.go, inflect.go), patterns into one
// automaton (nfa.go, dfa.go, layout.go) and topics into a form that is quick to
// judge (compile.go). Match scans an item: it reads the text in blocks of 64
// bytes (blocks.go), all of them told apart at once (planes.go), tells the
// words that may begin a pattern (screen.go) and runs the automaton from those
// (scan.go), a word in one step where it can (table.go). Then it judges the
// topics of which each group was hit, sought by their rarest (judge.go, find.go,
// decide.go). The same judgement yields the explanation (evidence.go) and, for
// a topic that did not fire, what it lacks (miss.go).
//
// A Matcher is immutable and safe for any number of goroutines.
package match

import (
	"sync"

	"github.com/watcherd/watcherd/internal/news"
)

// Matcher is a set of compiled rules.
type Matcher struct {
	auto     *automaton
	patterns []patternInfo
	shapes   []uint32 // per pattern: twice its words, plus shapeOdd
	topics   []topic
	finders  []*finder // those of entities, by entity number
	entities []entity
	langs    map[string]uint64 // primary subtag -> bit
	common   ordinary
	hash     string
	pool     sync.Pool

	// The topics that a pattern can start the judging of, those of one pattern
	// in a row: the topic, its reach, a count, and so many numbers for its
	// other groups, each group as a count and its patterns. What is long stands
	// in quick, and is the same for all patterns of a topic: then the count is
	// the complement of the place there.
	anchors   []int32
	anchorsOf []int32 // pattern -> where its anchors begin; those of the next one follow
	quick     []int32

	// The finders of terms, by number, that a pattern is of.
	sought   int
	soughtBy []int32
	soughtOf []int32 // pattern -> where its finders begin; those of the next one follow
}

// anchorRoom is how many numbers of a topic's groups stand with each pattern.
const anchorRoom = 24

// shapeOdd says that more must be known of a pattern than its words.
const shapeOdd = 1

// patternInfo is what a pattern means beside the topics that use it.
type patternInfo struct {
	words int32
	exact string    // folded text to compare with, for letters without a code of their own
	name  *atom     // an entity's alias that is only a name, if it is one
	dead  deadKind  // a mark of an appeal or of boilerplate
	line  *deadLine // the editor's line, for boilerplate
}

// Hash identifies the rules: equal rules have equal hashes.
func (m *Matcher) Hash() string { return m.hash }

// Topics returns the number of topics.
func (m *Matcher) Topics() int { return len(m.topics) }

// Match returns the topics that the item satisfies, in the order of the rules.
func (m *Matcher) Match(it *news.Item) []news.Match {
	j := m.judge(it)
	defer m.pool.Put(j)
	return j.matches()
}

// Read is Match and Dead in one pass over the item.
func (m *Matcher) Read(it *news.Item) ([]news.Match, []news.Span) {
	j := m.judge(it)
	defer m.pool.Put(j)
	return j.matches(), j.dead()
}

func (j *judge) matches() []news.Match {
	var out []news.Match
	for _, t := range j.candidates() {
		if topic := &j.m.topics[t]; j.decide(topic, false) {
			out = append(out, j.match(topic))
		}
	}
	return out
}

// Found returns, for each topic of whose terms some are found in the item, the
// hits, whether the topic fires or not.
func (m *Matcher) Found(it *news.Item) []news.Match {
	j := m.judge(it)
	defer m.pool.Put(j)
	var out []news.Match
	for i := range m.topics {
		t := &m.topics[i]
		if j.decide(t, true); len(j.found) > 0 {
			out = append(out, j.match(t))
		}
	}
	return out
}

// judge takes a judge from the pool and lets it read the item.
func (m *Matcher) judge(it *news.Item) *judge {
	j, _ := m.pool.Get().(*judge)
	if j == nil {
		j = newJudge(m)
	}
	j.read(it)
	return j
}
