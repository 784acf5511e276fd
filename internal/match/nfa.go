package match

import (
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/text"
)

// A pattern is a phrase in codes: one slot per word, each slot a set of forms
// of that word. A form is a string of letter codes in which formAny stands for
// one letter and a formStar at the end for any more letters.
const (
	formAny  byte = 0xFE
	formStar byte = 0xFF
)

type slot struct {
	forms []string
	key   string
}

// newSlot makes a slot of forms, sorted and without doubles.
func newSlot(forms []string) slot {
	forms = slices.DeleteFunc(slices.Clone(forms), func(f string) bool { return f == "" })
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slot{forms, strings.Join(forms, "\x00")}
}

// nfa is the tree of all patterns: a trie of letters for each word position.
// Patterns that begin with the same slots share them.
type nfa struct {
	nodes    []node
	links    []endLink
	ends     []slotEnd
	bySlot   map[slotKey]int32
	patterns int
	letters  []int // of each pattern, in its shortest form
}

// node is a place inside a word. Its children are a list through sibling.
type node struct {
	code    byte  // the letter that leads here
	star    bool  // any letter leads back here
	child   int32 // first child, or 0
	sibling int32
	any     int32 // where any letter leads, or 0
	more    int32 // the star node that any letter leads to, or 0
	end     int32 // first link of the words that end here, or 0
}

type endLink struct{ end, next int32 }

// slotEnd is the end of one word of some patterns: those that end here, and
// the node at which the next word begins, or 0.
type slotEnd struct {
	accept []int32
	next   int32
}

type slotKey struct {
	from int32
	key  string
}

// The nodes that every nfa has.
const (
	noNode   int32 = 0
	rootNode int32 = 1
)

func newNFA() *nfa {
	return &nfa{nodes: make([]node, 2, 1<<12), links: make([]endLink, 1), bySlot: map[slotKey]int32{}}
}

// add makes a pattern of slots and returns its number.
func (n *nfa) add(slots []slot) int32 {
	id := int32(n.patterns)
	n.patterns++
	n.letters = append(n.letters, shortest(slots))
	from := rootNode
	for i, s := range slots {
		end := n.slot(from, s)
		if i == len(slots)-1 {
			n.ends[end].accept = append(n.ends[end].accept, id)
			break
		}
		if n.ends[end].next == noNode {
			n.ends[end].next = n.node()
		}
		from = n.ends[end].next
	}
	return id
}

func (n *nfa) node() int32 {
	n.nodes = append(n.nodes, node{})
	return int32(len(n.nodes) - 1)
}

// slot adds the forms of one word after a node, once.
func (n *nfa) slot(from int32, s slot) int32 {
	k := slotKey{from, s.key}
	if end, ok := n.bySlot[k]; ok {
		return end
	}
	end := int32(len(n.ends))
	n.ends = append(n.ends, slotEnd{})
	n.bySlot[k] = end
	for _, f := range s.forms {
		n.form(from, f, end)
	}
	return end
}

func (n *nfa) form(at int32, form string, end int32) {
	for i := range len(form) {
		switch c := form[i]; c {
		case formStar:
			n.endAt(at, end)
			if n.nodes[at].more == noNode {
				star := n.node()
				n.nodes[star].star = true
				n.nodes[at].more = star
			}
			at = n.nodes[at].more
		case formAny:
			if n.nodes[at].any == noNode {
				to := n.node()
				n.nodes[at].any = to
			}
			at = n.nodes[at].any
		default:
			at = n.childFor(at, c)
		}
	}
	n.endAt(at, end)
}

func (n *nfa) endAt(at, end int32) {
	n.links = append(n.links, endLink{end, n.nodes[at].end})
	n.nodes[at].end = int32(len(n.links) - 1)
}

// child returns where a letter leads, or 0.
func (n *nfa) child(at int32, c byte) int32 {
	for k := n.nodes[at].child; k != noNode; k = n.nodes[k].sibling {
		if n.nodes[k].code == c {
			return k
		}
	}
	return noNode
}

func (n *nfa) childFor(at int32, c byte) int32 {
	if k := n.child(at, c); k != noNode {
		return k
	}
	to := n.node()
	n.nodes[to].code, n.nodes[to].sibling = c, n.nodes[at].child
	n.nodes[at].child = to
	return to
}

// isLetter reports whether a code belongs to a word.
func isLetter(code byte) bool { return code > text.Ignore && code < formAny }

// shortest counts the letters of a pattern with the shortest form in each
// slot.
func shortest(slots []slot) int {
	sum := 0
	for _, s := range slots {
		least := 0
		for i, f := range s.forms {
			if n := len(f); i == 0 || n < least {
				least = n
			}
		}
		sum += least
	}
	return sum
}
