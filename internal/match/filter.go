package match

import (
	"math/bits"

	"github.com/watcherd/watcherd/internal/text"
)

// A filter knows with which letters the words of patterns begin: the first
// four of a Latin word, the first three of a Cyrillic one. Most words of a text
// begin otherwise, and the automaton need not look at them. A filter passes
// every word that might begin a pattern, and some that do not: it is a set of
// hashes.
type filter struct {
	bits            [1 << 10]uint64
	latin, cyrillic bool // whether it can tell for the script
}

const (
	latinKey    = 4
	cyrillicKey = 3
	cyrillicTag = 0xFF << 24
)

// fullFilter is how many beginnings make a filter useless, as measured.
const fullFilter = 1500

func (f *filter) size() (n int) {
	for _, w := range f.bits {
		n += bits.OnesCount64(w)
	}
	return n
}

func hashKey(key uint32) uint32 { return key * 2654435761 >> 16 }

func (f *filter) add(key uint32) { h := hashKey(key); f.bits[h>>6] |= 1 << (h & 63) }

func (f *filter) has(key uint32) bool { h := hashKey(key); return f.bits[h>>6]>>(h&63)&1 == 1 }

// newFilter reads the beginnings off the trie of first words.
func newFilter(n *nfa, a *automaton) *filter {
	f := &filter{latin: true, cyrillic: true}
	f.walkLatin(n, rootNode, 0, 0)
	f.walkCyrillic(n, a, rootNode, 0, cyrillicTag)
	// A filter that lets many words pass costs more than it saves: nothing
	// is as slow as a question with an uncertain answer.
	if f.size() > fullFilter {
		f.latin, f.cyrillic = false, false
	}
	return f
}

func (f *filter) walkLatin(n *nfa, at int32, depth int, key uint32) {
	if depth == latinKey || n.nodes[at].end != 0 {
		f.add(key)
	}
	if depth == latinKey {
		return
	}
	if n.nodes[at].more != noNode {
		f.latin = false
	}
	for k := n.nodes[at].child; k != noNode; k = n.nodes[k].sibling {
		if c, ok := text.LatinOf(n.nodes[k].code); ok {
			f.walkLatin(n, k, depth+1, key|uint32(c)<<(8*depth))
		}
	}
	if any := n.nodes[at].any; any != noNode {
		for c := uint32('a'); c <= 'z'; c++ {
			f.walkLatin(n, any, depth+1, key|c<<(8*depth))
		}
	}
}

func (f *filter) walkCyrillic(n *nfa, a *automaton, at int32, depth int, key uint32) {
	if depth == cyrillicKey || n.nodes[at].end != 0 {
		f.add(key)
	}
	if depth == cyrillicKey {
		return
	}
	if n.nodes[at].more != noNode || n.nodes[at].any != noNode {
		f.cyrillic = false
	}
	for k := n.nodes[at].child; k != noNode; k = n.nodes[k].sibling {
		if text.IsCyrillic(n.nodes[k].code) {
			f.walkCyrillic(n, a, k, depth+1, key|uint32(a.class[n.nodes[k].code])<<(8*depth))
		}
	}
}

// pass looks at the word that begins at s[i]. It returns i if the word may
// begin a pattern, else a place further on in the word, mostly its end.
func (a *automaton) pass(s string, i int) int {
	if i+8 > len(s) {
		return i
	}
	switch b := s[i]; {
	case b|0x20 >= 'a' && b|0x20 <= 'z' && a.filter.latin:
		return a.passLatin(s, i)
	case (b == 0xD0 || b == 0xD1) && a.filter.cyrillic:
		return a.passCyrillic(s, i)
	}
	return i
}

// keyMask keeps of eight letters those that a key is made of.
var keyMask = [9]uint32{0, 0xFF, 0xFFFF, 0xFFFFFF, ^uint32(0), ^uint32(0), ^uint32(0), ^uint32(0), ^uint32(0)}

// skim passes over the words from the one at s[i] on that begin no pattern,
// while they are plain: ASCII letters, then a blank, hyphen, comma or full
// stop, then a letter. It appends each to words and returns the place of the
// first word that wants a closer look, which it leaves to the caller. This is
// where most of a text goes by.
func (a *automaton) skim(s string, i int, ord int32, words []wordAt) (int, int32, []wordAt) {
	f := a.filter
	for i+11 <= len(s) {
		x, n := lettersAt(s, i)
		if f.has(uint32(x) & keyMask[n]) {
			break
		}
		end := i + n
		if n == 8 {
			if end = skipLetters(s, end); end+3 > len(s) {
				break
			}
		}
		switch s[end] {
		case ' ', '-':
			end++
		case ',', '.':
			if s[end+1] != ' ' {
				return i, ord, words
			}
			end += 2
		default:
			return i, ord, words
		}
		if !isAlpha(s[end]) || n == 0 {
			break
		}
		words = append(words, wordAt{int32(i), ord})
		ord++
		i = end
	}
	return i, ord, words
}

func (a *automaton) passLatin(s string, i int) int {
	x, n := lettersAt(s, i)
	switch {
	case a.filter.has(uint32(x) & keyMask[n]):
		return i
	case n == 8:
		return skipLetters(s, i+8)
	case n < latinKey:
		// What follows may be one more letter of the word.
		if c := a.ascii[s[i+n]]; c != classSoft && c != classHard {
			return i
		}
	}
	return i + n
}

// passCyrillic does the same for the letters of the block that begins with
// the bytes D0 and D1.
func (a *automaton) passCyrillic(s string, i int) int {
	key := uint32(cyrillicTag)
	for k := range cyrillicKey {
		at := i + 2*k
		if b := s[at]; b != 0xD0 && b != 0xD1 {
			if c := a.ascii[b]; c != classSoft && c != classHard || a.filter.has(key) {
				return i
			}
			return at
		}
		c := a.wide[rune(s[at]&0x1F)<<6|rune(s[at+1]&0x3F)]
		if c >= classSoft {
			return i
		}
		key |= uint32(c) << (8 * k)
	}
	at := i + 2*cyrillicKey
	if s[at] == 0xCC || a.filter.has(key) {
		return i
	}
	for at+1 < len(s) && (s[at] == 0xD0 || s[at] == 0xD1) {
		at += 2
	}
	return at
}

const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// lettersAt reads eight bytes in small letters and counts the ASCII letters
// that they begin with.
func lettersAt(s string, i int) (x uint64, n int) {
	b := s[i : i+8]
	x = uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	y := (x | 0x20*ones) &^ high
	letter := (y + (0x80-'a')*ones) &^ (y + (0x7F-'z')*ones) &^ x & high
	return x | 0x20*ones, bits.TrailingZeros64(letter^high) >> 3
}

// skipLetters returns where the ASCII letters from i on end, or a little before
// where the text ends.
func skipLetters(s string, i int) int {
	for i+8 <= len(s) {
		_, n := lettersAt(s, i)
		i += n
		if n < 8 {
			break
		}
	}
	return i
}
