package match

import (
	"iter"
	"math/bits"

	"github.com/watcherd/watcherd/internal/text"
)

// A block is 64 bytes of a text as masks, a bit for each byte: which bytes are
// letters, where words start, which of the words have a number of their own,
// which may begin a pattern, and which may follow the first word of one. A word
// after an apostrophe (the s of missile's) has the number of the word before it,
// so that distances are those that a reader counts.
type block struct {
	letters uint64
	starts  uint64
	numbers uint64 // until the block is read: starts without a number
	begins  uint64
	follows uint64
	before  int32 // numbers in the blocks before
}

const (
	ones = 0x0101010101010101
	high = 0x80 * ones
	low7 = 0x7F * ones
)

// load reads eight bytes of s.
func load(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// reader makes the blocks of one text. Nearly all bytes are told by masks
// alone: letters and digits in ASCII, the letters of two bytes of the Latin
// and Cyrillic scripts, and what parts words whatever stands around it. About
// the others, the odd ones, text.Step is asked.
type reader struct {
	s      string
	blocks []block
	next   int // where reading by masks goes on; what is before was read by steps
}

// readBlocks makes the blocks of s, in the memory of out.
func readBlocks(out []block, s string) []block {
	n := (len(s) + 63) / 64
	if cap(out) < n {
		out = make([]block, n+n/2)
	}
	out = out[:n]
	clear(out)
	r := reader{s: s, blocks: out}
	carry := uint64(0) // whether the last byte of the block before is a letter
	before := int32(0)
	for i := range out {
		r.read(i, carry)
		b := &out[i]
		b.starts |= b.letters &^ (b.letters<<1 | carry)
		b.numbers = b.starts &^ b.numbers
		b.before = before
		before += int32(bits.OnesCount64(b.numbers))
		carry = b.letters >> 63
	}
	return out
}

// read fills in the letters of a block, and what else is told by steps.
func (r *reader) read(i int, carry uint64) {
	base := i * 64
	if r.next >= base+64 {
		return
	}
	w := window{before: carry, next: ' '}
	var x [8]uint64
	switch {
	case base+64 <= len(r.s):
		if base+64 < len(r.s) {
			w.next = r.s[base+64]
		}
	case len(r.s) >= 64: // the last block is read from the last 64 bytes
		w.at = base + 64 - len(r.s)
	default:
		loadEnd(&x, r.s)
		w.at = -1
	}
	if w.at >= 0 {
		t := r.s[base-w.at : base-w.at+64]
		x[0], x[1], x[2], x[3] = load(t, 0), load(t, 8), load(t, 16), load(t, 24)
		x[4], x[5], x[6], x[7] = load(t, 32), load(t, 40), load(t, 48), load(t, 56)
	}
	w.cut = carry == 1 && w.at == 0 && r.s[base-1] >= 0xC0
	letters, odd, same := w.tell(&x)
	if w.at > 0 {
		letters >>= w.at
		odd >>= w.at
		same >>= w.at
	}
	if r.next > base {
		done := uint64(1)<<(r.next-base) - 1
		letters &^= done
		odd &^= done
		same &^= done
	}
	b := &r.blocks[i]
	b.letters = letters
	for odd != 0 {
		at := bits.TrailingZeros64(odd)
		odd &= odd - 1
		word := -1
		if (b.letters<<1|carry)>>at&1 == 1 {
			word = r.wordBefore(i, at)
		}
		r.next = r.step(base+at, word)
		if r.next >= base+64 {
			b.letters &= 1<<at - 1
			same &= 1<<at - 1
			break
		}
		done := uint64(1)<<(r.next-base) - 1
		b.letters &^= done &^ (1<<at - 1)
		odd &^= done
		same &^= done &^ (1<<at - 1)
	}
	if same != 0 {
		b.numbers |= same << 1
		if same>>63 == 1 {
			r.same(base + 64)
		}
	}
}

// loadEnd reads the end of a text; behind it there are blanks.
func loadEnd(x *[8]uint64, s string) {
	for k := range x {
		x[k] = ' ' * ones
		switch rest := len(s) - 8*k; {
		case rest >= 8:
			x[k] = load(s, 8*k)
		case rest > 0:
			x[k] = x[k]<<(8*rest) | loadSome(s[8*k:])
		}
	}
}

func isAlnum(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z' || '0' <= b && b <= '9'
}

// same tells that the word that starts at p has the number of the one before.
func (r *reader) same(p int) { r.blocks[p>>6].numbers |= 1 << (p & 63) }

// begin tells that the word that starts at p may begin a pattern.
func (r *reader) begin(p int) { r.blocks[p>>6].begins |= 1 << (p & 63) }

// wordBefore returns where the word starts that ends before a place in a block.
func (r *reader) wordBefore(i, at int) int {
	run := bits.LeadingZeros64(^(r.blocks[i].letters << (63 - at) << 1))
	if run < at {
		return i*64 + at - run
	}
	for i--; i >= 0; i-- {
		run = bits.LeadingZeros64(^r.blocks[i].letters)
		if run < 64 {
			return i*64 + 64 - run
		}
	}
	return 0
}

// step reads on by text.Step from an odd byte to a place where masks tell
// enough again, and returns that. word is where the word starts that runs up
// to the byte, or -1.
func (r *reader) step(i, word int) int {
	s := r.s
	for {
		if word >= 0 {
			for i < len(s) {
				if isAlnum(s[i]) {
					i++
					continue
				}
				p := text.Step(s, i, word)
				if p.A < text.Ignore || p.Alone && i > word {
					break
				}
				r.begin(word)
				i = p.Next
				if p.Alone {
					word = -1
					break
				}
			}
		}
		// The gap behind the word.
		from, apostrophe := i, false
		for {
			if i >= len(s) {
				return len(s)
			}
			b := s[i]
			if isAlnum(b) || b >= 0xC3 && pairAt(s, i) {
				if apostrophe {
					r.same(i)
				}
				return i
			}
			w := i
			if i == from && word >= 0 {
				w = word
			}
			p := text.Step(s, i, w)
			if p.A > text.Ignore {
				break
			}
			apostrophe = i == from && word >= 0 && isApostrophe(s[i:])
			if b == ' ' {
				return i
			}
			i = p.Next
		}
		word = i
		r.blocks[i>>6].starts |= 1 << (i & 63)
		r.begin(i)
		if apostrophe {
			r.same(i)
		}
	}
}

// pairAt reports whether a letter of two bytes that masks tell is at s[i].
func pairAt(s string, i int) bool {
	if i+1 >= len(s) || s[i+1]&0xC0 != 0x80 {
		return false
	}
	switch s[i] {
	case 0xC3:
		return s[i+1] != 0x97 && s[i+1] != 0xB7
	case 0xC4, 0xC5, 0xD0, 0xD1:
		return true
	}
	return false
}

// allWords yields the words of a text that was read in blocks.
func allWords(blocks []block) iter.Seq[wordAt] {
	return func(yield func(wordAt) bool) {
		for i := range blocks {
			b := &blocks[i]
			ord := b.before - 1
			for todo := b.starts; todo != 0; todo &= todo - 1 {
				at := bits.TrailingZeros64(todo)
				ord += int32(b.numbers >> at & 1)
				if !yield(wordAt{int32(i*64 + at), ord}) {
					return
				}
			}
		}
	}
}
