package match

import (
	"math/bits"

	"github.com/watcherd/watcherd/internal/text"
)

// A screen knows which words may begin a pattern: Latin ones by their first
// eight letters and those of the next word, Cyrillic ones by their first four.
// Most words of a text begin none, and the automaton need not look at them.
// The screen lets pass every word that begins a pattern, and a few that do
// not: it is a set of hashes, each of two bits in one place.
type screen struct {
	bits     []uint64
	shift    uint8
	latin    bool // whether it can tell for the script
	cyrillic bool
	prefixes bool // there are patterns that begin with four letters and a wildcard
	russian  bool // there are patterns that begin with a Cyrillic letter
}

// A word's key is its first letters in small bytes. The factors keep apart the
// kinds of hashes in the set.
const (
	latinKey    = 8
	prefixKey   = 4
	cyrillicKey = 4

	aloneFactor    = 0x9E3779B97F4A7C15 // a word that passes whatever follows it
	secondFactor   = 0xC2B2AE3D27D4EB4F // added for the word after it
	firstFactor    = 0xA0761D6478BD642F // a word that passes if the word after it has no key
	prefixFactor   = 0xD6E8FEB86659FD93 // the first four letters
	cyrillicFactor = 0xFF51AFD7ED558CCD
)

// The bytes of four Cyrillic letters, the first bytes of which differ in the
// lowest bit only, and what is the same in capital and small letters of the
// second. The letters that have it otherwise have two keys.
const (
	cyrillicLead  = 0x00D0_00D0_00D0_00D0
	cyrillicCheck = 0x00FE_00FE_00FE_00FE
	cyrillicSame  = 0x1FC0_1FC0_1FC0_1FC0
)

// mark tells which words of a text pass.
func (s *screen) mark(blocks []block, str string) {
	set := s.bits
	place, first, second := (s.shift+6)&63, s.shift&63, (s.shift-6)&63
	mask := uint64(len(set) - 1)
	last := len(str) - 8 // where eight bytes can be read at most
	var word uint64      // the key of the word before
	unknown := false     // whether it has none
	for i := range blocks {
		b := &blocks[i]
		next := uint64(0)
		if i+1 < len(blocks) {
			next = blocks[i+1].letters
		}
		begins, follows, unsure := b.begins, uint64(0), uint64(0)
		for todo := b.starts; todo != 0; todo &= todo - 1 {
			at := bits.TrailingZeros64(todo)
			run := b.letters>>at | next<<1<<(63-at)
			n := bits.TrailingZeros64(^run | 1<<8)
			letters := ^uint64(0) >> ((64 - 8*n) & 63)
			p := i*64 + at
			var x uint64
			if last >= 0 {
				q := min(p, last)
				x = load(str, q) >> (8 * (p - q) & 63)
			} else {
				x = loadSome(str[p:])
			}
			if x&letters&high|begins>>at&1 != 0 {
				folded, ok := uint64(0), false
				if begins>>at&1 == 0 {
					folded, ok = foldedKey(str, p)
				}
				if !ok {
					if s.has(word * firstFactor) {
						follows |= 1 << at
					}
					if s.passOther(x, letters) {
						begins |= 1 << at
					}
					unsure |= 1 << at
					word, unknown = 0, true
					continue
				}
				x = folded
				begins &^= 1 << at
			} else {
				x = (x | 0x20*ones) & letters
			}
			h := x * aloneFactor
			w := set[h>>place&mask]
			hit := w >> (h >> first & 63) & (w >> (h >> second & 63))
			if s.prefixes {
				h = x & 0xFFFFFFFF * prefixFactor
				w = set[h>>place&mask]
				hit |= w >> (h >> first & 63) & (w >> (h >> second & 63))
			}
			begins |= hit & 1 << at
			h = word*aloneFactor + x*secondFactor
			w = set[h>>place&mask]
			follows |= w >> (h >> first & 63) & (w >> (h >> second & 63)) & 1 << at
			if unknown {
				unsure |= 1 << at
			}
			word, unknown = x, false
		}
		b.begins, b.follows = begins, follows|unsure
		for ; follows != 0; follows &= follows - 1 {
			markBefore(blocks, i, bits.TrailingZeros64(follows))
		}
	}
}

// markBefore lets the word before the one at a place pass.
func markBefore(blocks []block, i, at int) {
	starts := blocks[i].starts & (1<<at - 1)
	for starts == 0 && i > 0 {
		i--
		starts = blocks[i].starts
	}
	if starts != 0 {
		blocks[i].begins |= 1 << (63 - bits.LeadingZeros64(starts))
	}
}

// foldedKey is the key of a Latin word with other bytes among its first
// letters: accents, invisible marks.
func foldedKey(s string, i int) (key uint64, ok bool) {
	start := i
	for n := 0; n < 8*latinKey && i < len(s); {
		b := s[i]
		if isAlnum(b) {
			key |= uint64(b|0x20) << n
			n += 8
			i++
			continue
		}
		if b == 0xD0 || b == 0xD1 {
			return 0, false
		}
		p := text.Step(s, i, start)
		if p.A < text.Ignore || p.Alone && i > start {
			return key, true
		}
		for _, code := range [...]byte{p.A, p.B} {
			if code <= text.Ignore {
				break
			}
			c, ok := text.ASCIIOf(code)
			if !ok {
				return 0, false
			}
			key |= uint64(c) << n
			n += 8
		}
		if i = p.Next; p.Alone {
			break
		}
	}
	return key, true
}

func loadSome(s string) (x uint64) {
	for k := range min(8, len(s)) {
		x |= uint64(s[k]) << (8 * k)
	}
	return x
}

func (s *screen) has(h uint64) bool {
	w := s.bits[h>>((s.shift+6)&63)&uint64(len(s.bits)-1)]
	return w>>(h>>(s.shift&63)&63)&(w>>(h>>((s.shift-6)&63)&63))&1 == 1
}

// wildcard reports whether a Latin word with this key may begin a pattern by a
// wildcard.
func (s *screen) wildcard(key uint64) bool {
	return !s.latin || s.prefixes && s.has(key&0xFFFFFFFF*prefixFactor)
}

// passOther is for words without a Latin key.
func (s *screen) passOther(x, letters uint64) bool {
	switch {
	case (x^cyrillicLead)&cyrillicCheck&letters != 0, !s.cyrillic:
		return true
	case !s.russian:
		return false
	}
	return s.has(x & cyrillicSame & letters * cyrillicFactor)
}

// screener builds a screen.
type screener struct {
	*screen
	n       *nfa
	keys    map[uint64]struct{} // hashes
	seconds map[int32]*seconds
	told    []bool // nodes at which first words end of which all is known
}

// seconds are the keys of the words that may come after a first word.
type seconds struct {
	keys []uint64
	open bool // others may come, too
}

// newScreen reads the beginnings off the trie. It tells of each end of a word
// whether words may go on from there that the screen does not know.
func newScreen(n *nfa) (_ *screen, open []bool) {
	s := screener{screen: &screen{latin: true, cyrillic: true}, n: n, keys: map[uint64]struct{}{}, seconds: map[int32]*seconds{},
		told: make([]bool, len(n.nodes))}
	s.latinWords(rootNode, 0, 0)
	s.cyrillicWords(rootNode, 0, 0)
	open = s.open()
	if !s.latin {
		s.bits, s.shift = []uint64{^uint64(0)}, 58
		return s.screen, open
	}
	size := max(bits.Len(uint(len(s.keys)))+screenBits, 15)
	s.shift = uint8(64 - size)
	s.bits = make([]uint64, 1<<(size-6))
	for h := range s.keys {
		s.bits[h>>(s.shift+6)] |= 1<<(h>>s.shift&63) | 1<<(h>>(s.shift-6)&63)
	}
	return s.screen, open
}

// screenBits is how much room a set has, as a power of two: a question about a
// word that begins nothing is answered wrongly once in 200 to 800 times.
const screenBits = 5

// open tells of each end of a word whether a phrase may go on from it with a
// pair of words that is not in the set.
func (s *screener) open() []bool {
	open := make([]bool, len(s.n.ends))
	for i := range open {
		open[i] = true
	}
	if s.latin {
		s.eachFirst(rootNode, func(at, end int32) {
			if next := s.n.ends[end].next; s.told[at] && (next == noNode || !s.secondsAt(next).open) {
				open[end] = false
			}
		})
		s.eachFirst(rootNode, func(at, end int32) {
			open[end] = open[end] || !s.told[at]
		})
	}
	return open
}

// eachFirst calls f with the nodes from one on and the words that end there.
func (s *screener) eachFirst(at int32, f func(at, end int32)) {
	nd := &s.n.nodes[at]
	for l := nd.end; l != 0; l = s.n.links[l].next {
		f(at, s.n.links[l].end)
	}
	for _, k := range [...]int32{nd.any, nd.more} {
		if k != noNode {
			s.eachFirst(k, f)
		}
	}
	for k := nd.child; k != noNode; k = s.n.nodes[k].sibling {
		s.eachFirst(k, f)
	}
}

func (s *screener) add(h uint64) { s.keys[h] = struct{}{} }

// latinWords adds the first words from a node on. Words that share the key
// share its second words too.
func (s *screener) latinWords(at int32, depth int, key uint64) {
	nd := &s.n.nodes[at]
	wild := nd.more != noNode || nd.any != noNode
	switch {
	case depth == latinKey:
		s.below(at, key)
		return
	case wild && depth >= prefixKey:
		s.prefixes = true
		s.add(key & 0xFFFFFFFF * prefixFactor)
		return // whatever follows passes
	case nd.more != noNode:
		s.latin = false
	}
	s.firstWord(at, key)
	s.n.eachASCII(at, func(c byte, k int32) { s.latinWords(k, depth+1, key|uint64(c)<<(8*depth)) })
}

// below adds the words that end at a node or below it, which have one key.
func (s *screener) below(at int32, key uint64) {
	s.firstWord(at, key)
	nd := &s.n.nodes[at]
	for _, k := range [...]int32{nd.any, nd.more} {
		if k != noNode && k != at {
			s.below(k, key)
		}
	}
	for k := nd.child; k != noNode; k = s.n.nodes[k].sibling {
		s.below(k, key)
	}
}

// firstWord adds the words that end at a node.
func (s *screener) firstWord(at int32, key uint64) {
	s.told[at] = true
	for l := s.n.nodes[at].end; l != 0; l = s.n.links[l].next {
		e := &s.n.ends[s.n.links[l].end]
		if len(e.accept) > 0 {
			s.add(key * aloneFactor)
		}
		if e.next == noNode {
			continue
		}
		s.add(key * firstFactor)
		next := s.secondsAt(e.next)
		if next.open {
			s.add(key * aloneFactor)
			continue
		}
		for _, k := range next.keys {
			s.add(key*aloneFactor + k*secondFactor)
		}
	}
}

func (s *screener) secondsAt(at int32) *seconds {
	out, ok := s.seconds[at]
	if !ok {
		out = &seconds{}
		s.seconds[at] = out
		s.secondWords(out, at, 0, 0)
	}
	return out
}

func (s *screener) secondWords(out *seconds, at int32, depth int, key uint64) {
	nd := &s.n.nodes[at]
	if nd.more != noNode || nd.any != noNode {
		out.open = true
	}
	if depth == latinKey || nd.end != 0 {
		out.keys = append(out.keys, key)
	}
	if depth == latinKey || out.open {
		return
	}
	s.n.eachASCII(at, func(c byte, k int32) { s.secondWords(out, k, depth+1, key|uint64(c)<<(8*depth)) })
}

// eachASCII calls f with the letters and digits in ASCII that lead on from a
// node.
func (n *nfa) eachASCII(at int32, f func(c byte, to int32)) {
	if to := n.nodes[at].any; to != noNode {
		for c := byte('0'); c <= 'z'; c++ {
			if isAlnum(c) && c|0x20 == c {
				f(c, to)
			}
		}
	}
	for k := n.nodes[at].child; k != noNode; k = n.nodes[k].sibling {
		if c, ok := text.ASCIIOf(n.nodes[k].code); ok {
			f(c, k)
		}
	}
}

func (s *screener) cyrillicWords(at int32, depth int, key uint64) {
	nd := &s.n.nodes[at]
	if depth > 0 && (depth == cyrillicKey || nd.end != 0) {
		s.russian = true
		s.add(key * cyrillicFactor)
	}
	if depth == cyrillicKey {
		return
	}
	if nd.more != noNode || nd.any != noNode {
		s.cyrillic = false
	}
	for r := rune(0x400); r < 0x480; r++ {
		a, b := text.LetterOf(r)
		k := s.n.child(at, a)
		if k != noNode && b != 0 {
			k = s.n.child(k, b)
		}
		if k != noNode {
			s.cyrillicWords(k, depth+1, key|cyrillicBytes(r)<<(16*depth))
		}
	}
}

// cyrillicBytes is a letter's part of a key.
func cyrillicBytes(r rune) uint64 {
	return uint64(0xC0|r>>6&1|r&0x3F<<8) & (cyrillicSame & 0xFFFF)
}
