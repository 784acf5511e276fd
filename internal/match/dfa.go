package match

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/watcherd/watcherd/internal/text"
)

// automaton finds all patterns in one pass over a text. It is built once,
// never written again and shared by all goroutines.
//
// All states share one array of cells, their rows laid over each other where
// they leave gaps: state s owns the cell at s>>stateShift+column if the cell's
// check is s. There is a column per letter class, one for the end of a word and one for
// the state to fall back on. An odd state has one: it tells only the letters
// in which it differs from the state it falls back on. State 0 is "in a word
// that nothing begins with".
type automaton struct {
	ascii [256]uint8        // class of an ASCII byte, or a class* constant
	wide  [wideEnd]uint8    // class of a rune of two bytes, or a class* constant
	class [text.Codes]uint8 // class of a letter code

	classes int // letter classes, class 0 among them: letters of no pattern
	start   uint32
	cells   []cell
	ends    []wordEnd
	accepts []int32 // the patterns that end, those of one end in a row
	screen  *screen
	first   *wordTable // from the start
	table   *wordTable // from all other states
	wild    bool       // some forms have wildcards
}

type cell struct{ check, next uint32 }

const wideEnd = 0x800

// wordEnd is what the end of a word means in a state: where in accepts the
// patterns are that end, the state in which the next word begins after a soft
// gap, and whether the screen cannot tell which words may follow.
type wordEnd struct {
	next     uint32
	from, to uint32
	open     bool
}

// accept lists the patterns that end with a word.
func (a *automaton) accept(end uint32) []int32 {
	e := &a.ends[end]
	return a.accepts[e.from:e.to]
}

// The bytes that are no plain letters.
const (
	classSoft  uint8 = 250 + iota // parts words
	classHard                     // ends a phrase
	classStep                     // its meaning depends on what stands around it
	classMulti                    // begins a character of several bytes
)

// builder turns an nfa into an automaton by the subset construction. Sets of
// nodes are small: one node per phrase that is under way.
type builder struct {
	n       *nfa
	a       *automaton
	states  []stateSet
	ids     map[string]int // set -> index in states
	single  []int32        // node -> index of the state with that node alone, plus 1
	open    []bool         // ends of words after which the screen does not know all
	begins  map[int]bool   // states in which a word begins
	itself  []int32        // node -> node, so that a set of one is a piece of it
	endIDs  map[string]uint32
	room    []setEdge
	scratch []byte
	nodes   []int32
	ends    []int32
}

type stateSet struct {
	nodes []int32
	edges []setEdge // by class
	back  int       // the state to fall back on; -1: none
	end   uint32
	id    uint32
}

type setEdge struct {
	class uint8
	to    int
}

func build(n *nfa) *automaton {
	b := &builder{n: n, a: &automaton{}, ids: map[string]int{}, endIDs: map[string]uint32{}, begins: map[int]bool{},
		states: make([]stateSet, 0, len(n.nodes)*5/4), single: make([]int32, len(n.nodes)), itself: make([]int32, len(n.nodes))}
	for i := range b.itself {
		b.itself[i] = int32(i)
	}
	b.a.ends = []wordEnd{{}}
	b.a.screen, b.open = newScreen(n)
	b.classes()
	start := b.state([]int32{rootNode})
	for i := 0; i < len(b.states); i++ {
		b.expand(i)
	}
	b.layout()
	b.a.start = b.states[start].id
	b.begins[start] = true
	for i := range n.nodes {
		b.a.wild = b.a.wild || n.nodes[i].any != noNode || n.nodes[i].more != noNode
	}
	for i := range b.a.ends {
		// State numbers are known only now.
		b.a.ends[i].next = b.states[b.a.ends[i].next].id
	}
	b.newWordTables()
	return b.a
}

// classes numbers the letters that occur in patterns and fills the tables of
// bytes.
func (b *builder) classes() {
	used := [256]bool{}
	for i := range b.n.nodes {
		used[b.n.nodes[i].code] = true
	}
	next := uint8(1)
	for c := range b.a.class {
		if used[c] && isLetter(byte(c)) {
			b.a.class[c] = next
			next++
		}
	}
	b.a.classes = int(next)
	kinds := kindsOfRunes()
	for r := range b.a.wide {
		c := kinds[r]
		if c < classSoft {
			c = b.a.class[c]
		}
		b.a.wide[r] = c
	}
	for c := range b.a.ascii {
		b.a.ascii[c] = classMulti
		if c < 0x80 {
			b.a.ascii[c] = b.a.wide[c]
		}
	}
}

// kindsOfRunes tells, for each rune of one or two bytes, the letter code that
// it has wherever it stands, or a class* constant.
var kindsOfRunes = sync.OnceValue(func() *[wideEnd]uint8 {
	t := new([wideEnd]uint8)
	for r := range t {
		t[r] = kindOfRune(rune(r))
	}
	return t
})

func kindOfRune(r rune) uint8 {
	a, two := text.LetterOf(r)
	p := text.Step("a"+string(r)+"a", 1, 0)
	switch {
	case r == '.' || r == '\'' || r == '\n' || r == ':' || r >= 0x80 && a == text.Soft:
		return classStep
	case p.A != a || two != 0 || a == text.Ignore || p.Alone || r >= 0x300 && r < 0x370:
		return classStep
	case a == text.Soft:
		return classSoft
	case a == text.Hard:
		return classHard
	}
	return a
}

func key(nodes []int32, scratch []byte) []byte {
	scratch = scratch[:0]
	for _, n := range nodes {
		scratch = binary.LittleEndian.AppendUint32(scratch, uint32(n))
	}
	return scratch
}

// state returns the index of the state with these nodes, which it sorts.
func (b *builder) state(nodes []int32) int {
	if len(nodes) == 1 {
		return b.singleState(nodes[0])
	}
	slices.Sort(nodes)
	if nodes = slices.Compact(nodes); len(nodes) == 1 {
		return b.singleState(nodes[0])
	}
	b.scratch = key(nodes, b.scratch)
	if id, ok := b.ids[string(b.scratch)]; ok {
		return id
	}
	id := len(b.states)
	b.ids[string(b.scratch)] = id
	b.states = append(b.states, stateSet{nodes: slices.Clone(nodes), back: -1})
	return id
}

// singleState is state for the sets of one node, which most are.
func (b *builder) singleState(n int32) int {
	if id := b.single[n]; id > 0 {
		return int(id - 1)
	}
	b.states = append(b.states, stateSet{nodes: b.itself[n : n+1 : n+1], back: -1})
	b.single[n] = int32(len(b.states))
	return len(b.states) - 1
}

// expand finds where a state's letters and word end lead.
func (b *builder) expand(i int) {
	nodes := b.states[i].nodes
	end := b.end(nodes)
	var edges []setEdge
	back := -1
	switch {
	case b.wild(nodes):
		edges = b.everyLetter(nodes)
	case len(nodes) == 1:
		edges = b.lettersOf(nodes[0], nil)
	default:
		k := b.fewest(nodes)
		rest := slices.Delete(slices.Clone(nodes), k, k+1)
		edges = b.lettersOf(nodes[k], rest)
		back = b.state(rest)
	}
	slices.SortFunc(edges, func(a, b setEdge) int { return int(a.class) - int(b.class) })
	st := &b.states[i]
	st.edges, st.end, st.back = edges, end, back
}

// wild reports whether any letter leads on from a state.
func (b *builder) wild(nodes []int32) bool {
	for _, n := range nodes {
		if nd := &b.n.nodes[n]; nd.star || nd.any != noNode || nd.more != noNode {
			return true
		}
	}
	return false
}

// everyLetter is where each letter leads from a state with wildcards.
func (b *builder) everyLetter(nodes []int32) (edges []setEdge) {
	var byClass [256]int32 // a code of the class, plus 1
	for code, c := range b.a.class {
		if c > 0 {
			byClass[c] = int32(code) + 1
		}
	}
	for c := range b.a.classes {
		to := b.nodes[:0]
		for _, n := range nodes {
			nd := &b.n.nodes[n]
			if nd.star {
				to = append(to, n)
			}
			if nd.any != noNode {
				to = append(to, nd.any)
			}
			if nd.more != noNode {
				to = append(to, nd.more)
			}
			if code := byClass[c]; code > 0 {
				if k := b.n.child(n, byte(code-1)); k != noNode {
					to = append(to, k)
				}
			}
		}
		b.nodes = to
		if len(to) > 0 {
			edges = append(edges, setEdge{uint8(c), b.state(to)})
		}
	}
	return edges
}

// lettersOf is where the letters of one node lead, the other nodes coming
// along.
func (b *builder) lettersOf(n int32, others []int32) (edges []setEdge) {
	count := 0
	for k := b.n.nodes[n].child; k != noNode; k = b.n.nodes[k].sibling {
		count++
	}
	edges = b.newEdges(count)
	for k := b.n.nodes[n].child; k != noNode; k = b.n.nodes[k].sibling {
		to := append(b.nodes[:0], k)
		for _, o := range others {
			if x := b.n.child(o, b.n.nodes[k].code); x != noNode {
				to = append(to, x)
			}
		}
		b.nodes = to
		edges = append(edges, setEdge{b.a.class[b.n.nodes[k].code], b.state(to)})
	}
	return edges
}

// newEdges returns room for n edges, cut from a larger piece of memory: most
// states have one.
func (b *builder) newEdges(n int) []setEdge {
	if len(b.room) < n {
		b.room = make([]setEdge, max(n, 4096))
	}
	out := b.room[:0:n]
	b.room = b.room[n:]
	return out
}

// fewest returns which of the nodes has the fewest children: its letters are
// told, and those of the others left to the state without it.
func (b *builder) fewest(nodes []int32) int {
	best, least := 0, -1
	for i, n := range nodes {
		c := 0
		for k := b.n.nodes[n].child; k != noNode; k = b.n.nodes[k].sibling {
			c++
		}
		if least < 0 || c < least {
			best, least = i, c
		}
	}
	return best
}

// end returns what the end of a word means in a state, 0 if nothing.
func (b *builder) end(nodes []int32) uint32 {
	ends := b.ends[:0]
	for _, n := range nodes {
		for k := b.n.nodes[n].end; k != 0; k = b.n.links[k].next {
			ends = append(ends, b.n.links[k].end)
		}
	}
	b.ends = ends
	if len(ends) == 0 {
		return 0
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	b.scratch = key(ends, b.scratch)
	if id, ok := b.endIDs[string(b.scratch)]; ok {
		return id
	}
	k := string(b.scratch)
	w := wordEnd{from: uint32(len(b.a.accepts))}
	next := []int32{rootNode}
	for _, e := range ends {
		b.a.accepts = append(b.a.accepts, b.n.ends[e].accept...)
		if to := b.n.ends[e].next; to != noNode {
			next = append(next, to)
			w.open = w.open || b.open[e]
		}
	}
	w.to = uint32(len(b.a.accepts))
	w.next = uint32(b.state(next))
	b.begins[int(w.next)] = true
	id := uint32(len(b.a.ends))
	b.a.ends = append(b.a.ends, w)
	b.endIDs[k] = id
	return id
}
