package match

import (
	"iter"
	"math/bits"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/text"
)

// A block is 64 bytes of a text as masks, a bit for each byte: which bytes are
// letters, where words start, which of the words have a number of their own,
// which may begin a pattern, and which may follow the first word of one. A word after an apostrophe (the s of
// missile's) has the number of the word before it, so that distances are those
// that a reader counts.
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

// gather makes a byte of the high bits of eight.
func gather(x uint64) uint64 { return x >> 7 * 0x0102040810204080 >> 56 }

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
	var x [8]uint64
	shift := 0 // the last block is read from the last 64 bytes
	switch {
	case base+64 <= len(r.s):
	case len(r.s) >= 64:
		shift = base + 64 - len(r.s)
	default:
		loadEnd(&x, r.s)
		shift = -1
	}
	if shift >= 0 {
		t := r.s[base-shift : base-shift+64]
		x[0], x[1], x[2], x[3] = load(t, 0), load(t, 8), load(t, 16), load(t, 24)
		x[4], x[5], x[6], x[7] = load(t, 32), load(t, 40), load(t, 48), load(t, 56)
	}
	letters, odd, wide := masks(&x)
	if wide {
		two := r.pairs(&x, base-max(shift, 0), carry)
		letters |= two
		odd &^= two
	}
	if shift > 0 {
		letters >>= shift
		odd >>= shift
	}
	if r.next > base {
		done := uint64(1)<<(r.next-base) - 1
		letters &^= done
		odd &^= done
	}
	b := &r.blocks[i]
	b.letters = letters
	for odd != 0 {
		at := bits.TrailingZeros64(odd)
		odd &= odd - 1
		p := base + at
		after := (b.letters<<1|carry)>>at&1 == 1
		if r.s[p] < utf8.RuneSelf && r.plain(p, after) {
			continue
		}
		word := -1
		if after {
			word = r.wordBefore(i, at)
		}
		r.next = r.step(p, word)
		if r.next >= base+64 {
			b.letters &= 1<<at - 1
			return
		}
		done := uint64(1)<<(r.next-base) - 1
		b.letters &^= done &^ (1<<at - 1)
		odd &^= done
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

// masks tells of 64 bytes which are letters or digits in ASCII, which are odd,
// and whether there are any beyond ASCII, which all are odd.
func masks(block *[8]uint64) (letters, odd uint64, wide bool) {
	any := uint64(0)
	for k, x := range block {
		any |= x
		y := x & low7
		z := y | 0x20*ones
		l := (z + (0x80-'a')*ones) &^ (z + (0x7F-'z')*ones)
		d := (y + (0x80-'0')*ones) &^ (y + (0x7F-'9')*ones)
		plain := (y + (0x80-0x20)*ones) & (y ^ '.'*ones + low7) & (y ^ '\''*ones + low7) & (y ^ ':'*ones + low7)
		letters |= gather((l|d)&^x&high) << (8 * k)
		odd |= gather((x|^plain|(y+ones))&high) << (8 * k)
	}
	return letters, odd, any&high != 0
}

// pairs tells which bytes of a block belong to letters of two bytes: U+00C0 to
// U+017F but for the signs × and ÷, and U+0400 to U+047F.
func (r *reader) pairs(x *[8]uint64, base int, carry uint64) uint64 {
	var first, second, c3 uint64
	for k, x := range x {
		y := x & low7
		lead := (y&(0x7E*ones) ^ 0x44*ones + low7) & (y&(0x7E*ones) ^ 0x50*ones + low7)
		latin := y ^ 0x43*ones + low7
		first |= gather(^(lead&latin)&x&high) << (8 * k)
		c3 |= gather(^latin&x&high) << (8 * k)
		second |= gather(x&^(x<<1)&high) << (8 * k)
	}
	behind := uint64(0)
	if base+64 < len(r.s) && r.s[base+64]&0xC0 == 0x80 {
		behind = 1 << 63
	}
	first &= second>>1 | behind
	for c3 &= first; c3 != 0; c3 &= c3 - 1 {
		at := bits.TrailingZeros64(c3)
		if b := r.s[base+at+1]; b == 0x97 || b == 0xB7 {
			first &^= 1 << at
		}
	}
	second &= first << 1
	if carry == 1 && base%64 == 0 && r.s[base-1] >= 0xC0 {
		second |= 1
	}
	return first | second
}

// plain reports whether the odd byte at p, in ASCII, parts words whatever else
// it means. after tells whether it stands behind a letter.
func (r *reader) plain(p int, after bool) bool {
	b, next := r.s[p], byte(' ')
	if p+1 < len(r.s) {
		next = r.s[p+1]
	}
	switch b {
	case '\n', '\t', '\r':
		return true
	case '.':
		return !after || next == ' ' || next == '"' || next == '\n'
	case ':':
		return !after || next != '/'
	case '\'':
		if after && isAlnum(next) {
			r.same(p + 1)
			return true
		}
		return !after || next < utf8.RuneSelf
	}
	return false
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
