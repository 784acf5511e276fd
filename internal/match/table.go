package match

import (
	"math/bits"
	"slices"

	"github.com/watcherd/watcherd/internal/text"
)

// wordTable is the automaton in steps of up to eight letters: where the first
// letters of a word in ASCII lead from a state in which a word begins. It
// spares the automaton a cell for each letter, each likely far from the last.
// It knows the words that continue or begin a phrase; what it does not know
// leads nowhere, unless the automaton has wildcards. Longer words take a step
// for each eight letters and one for the rest.
type wordTable struct {
	steps []wordStep
	shift uint8
}

// wordStep leads from the state from: at eight letters to the state to, at less
// to the end of a word, of which to has the number and the flags. key is 0 in
// an empty place.
type wordStep struct {
	key      uint64
	from, to uint32
}

func (t *wordTable) place(from uint32, key uint64) uint64 {
	return (key ^ uint64(from)<<29) * aloneFactor >> (t.shift & 63)
}

// lookup returns the state, 0 if it knows none.
func (t *wordTable) lookup(from uint32, key uint64) uint32 {
	mask := uint64(len(t.steps) - 1)
	for i := t.place(from, key); ; i++ {
		s := &t.steps[i&mask]
		if s.key == key && s.from == from {
			return s.to
		}
		if s.key == 0 {
			return 0
		}
	}
}

// The flags of the end of a word.
const (
	leadsToPhrase = 1
	endsPattern   = 2
	leadsOpenly   = 4 // leads to a phrase, and the screen cannot tell which words may follow

	endFlags = 3 // how many they are
)

func (e *wordEnd) flags(start uint32) (f uint32) {
	if e.to > e.from {
		f |= endsPattern
	}
	if e.next != start {
		f |= leadsToPhrase
	}
	if e.open {
		f |= leadsOpenly
	}
	return f
}

// newWordTables lists the words of each state. A state's nodes tell its words;
// those of the start are in every state, and left out but in the start: the
// run from the word before is over there, and another may begin. The start has
// a table of its own, small enough to stay close: most words are asked there.
func (b *builder) newWordTables() {
	var first, steps []wordStep
	for i := range b.states {
		st := &b.states[i]
		if !b.begins[i] {
			continue
		}
		for _, n := range st.nodes {
			if n != rootNode || len(st.nodes) == 1 {
				steps = b.words(steps, st.id, n, 0, 0)
			}
		}
	}
	for _, s := range steps {
		if s.from == b.a.start {
			first = append(first, s)
		}
	}
	steps = slices.DeleteFunc(steps, func(s wordStep) bool { return s.from == b.a.start })
	b.a.first, b.a.table = newWordTable(first), newWordTable(steps)
}

func newWordTable(steps []wordStep) *wordTable {
	size := bits.Len(uint(len(steps)*3/2 + 1))
	t := &wordTable{steps: make([]wordStep, 1<<size), shift: uint8(64 - size)}
	mask := uint64(len(t.steps) - 1)
	for _, s := range steps {
		for i := t.place(s.from, s.key); ; i++ {
			old := &t.steps[i&mask]
			if old.key == 0 {
				*old = s
			}
			if old.key == s.key && old.from == s.from {
				break
			}
		}
	}
	return t
}

// words appends the words that lead on from a node, each with the state to
// which the automaton itself comes.
func (b *builder) words(steps []wordStep, from uint32, at int32, depth int, key uint64) []wordStep {
	n := b.n
	if depth > 0 && (depth == latinKey || n.nodes[at].end != 0) {
		to := from
		for k := range depth {
			to = b.a.step(to, b.a.ascii[byte(key>>(8*k))])
		}
		if depth < latinKey {
			to = b.a.endOf(to)
			to = to<<endFlags | b.a.ends[to].flags(b.a.start)
		}
		steps = append(steps, wordStep{key, from, to})
		if depth == latinKey {
			return b.words(steps, to, at, 0, 0)
		}
	}
	if from == b.a.start && depth < prefixKey && n.nodes[at].any != noNode {
		n.eachASCII(at, func(c byte, k int32) { steps = b.words(steps, from, k, depth+1, key|uint64(c)<<(8*depth)) })
		return steps
	}
	for k := n.nodes[at].child; k != noNode; k = n.nodes[k].sibling {
		if c, ok := text.ASCIIOf(n.nodes[k].code); ok {
			steps = b.words(steps, from, k, depth+1, key|uint64(c)<<(8*depth))
		}
	}
	return steps
}
