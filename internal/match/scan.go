package match

import (
	"math/bits"
	"strings"

	"github.com/watcherd/watcherd/internal/text"
)

// wordAt is a word of a text: where it starts, and its number in the text. A
// word after an apostrophe (the s of missile's) has the number of the word
// before it, so that distances are those that a reader counts.
type wordAt struct {
	start, ord int32
}

// rawHit says that the word that ends at byte end, the last in words so far,
// ended in a state where patterns may end.
type rawHit struct {
	end, word int32
	wordEnd   uint32
}

// scanner is one goroutine's memory for scanning.
type scanner struct {
	words  []wordAt // of the hits, by place, those of one phrase in a row
	hits   []rawHit
	blocks []block
}

// scan appends the hits of s and their words. First the text is read in
// blocks, without a look at the automaton; then the words that may begin a
// pattern are told; then the automaton runs from each of them as far as there
// is hope.
func (sc *scanner) scan(a *automaton, s string) {
	sc.blocks = readBlocks(sc.blocks, s)
	a.screen.mark(sc.blocks, s)
	done := 0 // the words before were walked over
	for i := range sc.blocks {
		for begins := sc.blocks[i].begins; begins != 0; begins &= begins - 1 {
			if at := i*64 + bits.TrailingZeros64(begins); at >= done {
				done = sc.run(a, s, at)
			}
		}
	}
}

// number is the number of the word that starts at a place.
func (sc *scanner) number(at int) int32 {
	b := &sc.blocks[at>>6]
	return b.before + int32(bits.OnesCount64(b.numbers<<(63-at&63))) - 1
}

// run follows the patterns from the word at i. It returns a place behind the
// words that need not be tried any more.
func (sc *scanner) run(a *automaton, s string, i int) int {
	state := a.start
	kept := len(sc.words)
	end := uint32(0) // with flags
	for {
		start := i
		var alone bool
		if end, i, alone = a.wordEnd(state, end&leadsOpenly != 0, s, i); end == 0 {
			break
		}
		sc.words = append(sc.words, wordAt{int32(start), sc.number(start)})
		if end&endsPattern != 0 {
			kept = len(sc.words)
			sc.hits = append(sc.hits, rawHit{int32(i), int32(kept - 1), end >> endFlags})
		}
		if end&leadsToPhrase == 0 || i >= len(s) {
			break
		}
		if s[i] == ' ' && i+1 < len(s) && isAlnum(s[i+1]) {
			i++
		} else {
			prev := start
			if alone {
				prev = -1
			}
			next, hard := a.gap(s, i, prev)
			i = next
			if hard || next >= len(s) {
				break
			}
		}
		if end&leadsOpenly == 0 && sc.blocks[i>>6].follows>>(i&63)&1 == 0 {
			break
		}
		state = a.ends[end>>endFlags].next
	}
	sc.words = sc.words[:kept]
	return i
}

// wordEnd follows the word at i and returns what its end means, with flags, or
// 0 if nothing; the place behind the word, or one before if nothing; and
// whether the word is a letter that stands alone. open tells that wildcards may
// follow in the state, if it is not the start.
func (a *automaton) wordEnd(state uint32, open bool, s string, i int) (uint32, int, bool) {
	at, table := i, a.table
	if state == a.start {
		table = a.first
	}
	for at+8 < len(s) {
		x, n := lettersAt(s, at)
		c := a.ascii[s[at+n]]
		if n == 0 || n < 8 && c != classSoft && c != classHard && !partsLatin(s, i, at+n) {
			break
		}
		x &= ^uint64(0) >> ((64 - 8*n) & 63)
		to := table.lookup(state, x)
		if to == 0 {
			if !a.wild || at == i && !open && (state != a.start || !a.screen.wildcard(x)) {
				return 0, i, false
			}
			break
		}
		if n < 8 {
			return to, at + n, false
		}
		state, at, table = to, at+8, a.table
	}
	state, at, alone := a.word(state, s, i, at)
	end := a.endOf(state)
	if end == 0 {
		return 0, at, alone
	}
	return end<<endFlags | a.ends[end].flags(a.start), at, alone
}

// partsLatin reports whether what stands behind a word in ASCII parts words,
// where more than a byte's class must be known: a full stop that is not part of
// an abbreviation or a number, a colon, a line break, an apostrophe.
func partsLatin(s string, word, i int) bool {
	switch s[i] {
	case '.':
		return i-word > 1 && s[i-1] > '9'
	case ':', '\n', '\'':
		return true
	case 0xE2:
		return strings.HasPrefix(s[i:], "’")
	}
	return false
}

// endOf is the number of what the end of a word means in a state, 0 if
// nothing.
func (a *automaton) endOf(state uint32) uint32 {
	if x := a.cells[state>>stateShift+uint32(a.classes)]; x.check == state {
		return x.next
	}
	return 0
}

// lettersAt reads eight bytes in small letters and counts the ASCII letters
// and digits that they begin with.
func lettersAt(s string, i int) (x uint64, n int) {
	x = load(s, i)
	y := x & low7
	z := y | 0x20*ones
	l := (z + (0x80-'a')*ones) &^ (z + (0x7F-'z')*ones)
	d := (y + (0x80-'0')*ones) &^ (y + (0x7F-'9')*ones)
	return x | 0x20*ones, bits.TrailingZeros64((l|d)&^x&high^high) >> 3
}

// word follows the letters of the word at start from i on. It returns the state, the end of
// the word, and whether the word is a letter that stands alone. The end is not
// reached where the word cannot begin or continue a pattern.
func (a *automaton) word(state uint32, s string, start, i int) (uint32, int, bool) {
	classes := uint8(a.classes)
	for i < len(s) {
		c := a.ascii[s[i]]
		size := 1
		if c >= classes {
			if c == classSoft || c == classHard {
				break
			}
			if b := s[i]; c == classMulti && b < 0xE0 && b >= 0xC2 && i+1 < len(s) && s[i+1]&0xC0 == 0x80 {
				c = a.wide[rune(b&0x1F)<<6|rune(s[i+1]&0x3F)]
				size = 2
				if i+2 < len(s) && s[i+2] == 0xCC {
					c = classStep
				}
			}
			if c >= classes {
				p := text.Step(s, i, start)
				if p.A < text.Ignore || p.Alone && i > start {
					break
				}
				if p.A > text.Ignore {
					state = a.step(state, a.class[p.A])
					if p.B != 0 {
						state = a.step(state, a.class[p.B])
					}
				}
				i = p.Next
				if p.Alone {
					return state, i, true
				}
				continue
			}
		}
		i += size
		switch x := a.cells[state>>stateShift+uint32(c)]; {
		case x.check == state:
			state = x.next
		case state&1 == 1:
			state = a.fall(state, uint32(c))
		default:
			return 0, i, false
		}
		if state == 0 {
			return 0, i, false
		}
	}
	return state, i, false
}

// gap returns where the word after the gap at i starts, and whether a phrase
// ends in the gap. prev is where the word before the gap starts, or -1 if that
// does not matter.
func (a *automaton) gap(s string, i, prev int) (next int, hard bool) {
	classes := uint8(a.classes)
	from := i
	for i < len(s) {
		c := a.ascii[s[i]]
		if c < classes {
			break
		}
		switch c {
		case classSoft:
			i++
			continue
		case classHard:
			return i, true
		}
		word := i
		if i == from && prev >= 0 {
			word = prev
		}
		p := text.Step(s, i, word)
		if p.A > text.Ignore {
			break
		}
		if p.A == text.Hard {
			return p.Next, true
		}
		i = p.Next
	}
	return i, false
}

// isApostrophe reports whether s begins with an apostrophe as press and
// publishers write it.
func isApostrophe(s string) bool {
	return s[0] == '\'' || strings.HasPrefix(s, "’") || strings.HasPrefix(s, "ʼ")
}

// step follows one letter.
func (a *automaton) step(state uint32, class uint8) uint32 {
	switch x := a.cells[state>>stateShift+uint32(class)]; {
	case x.check == state:
		return x.next
	case state&1 == 1:
		return a.fall(state, uint32(class))
	}
	return 0
}

// fall follows a letter that an odd state does not tell itself.
func (a *automaton) fall(state, class uint32) uint32 {
	back := uint32(a.classes) + 1
	for state&1 == 1 {
		state = a.cells[state>>stateShift+back].next
		if x := a.cells[state>>stateShift+class]; x.check == state {
			return x.next
		}
	}
	return 0
}
