package match

import (
	"slices"
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
	words []wordAt
	hits  []rawHit
}

// scan appends the words and hits of s. Each word is one turn of the loop: the
// letters, then the gap behind them.
func (sc *scanner) scan(a *automaton, s string) {
	var (
		n     = len(s)
		i     = 0
		ord   = int32(-1)
		prev  = -1 // where the word before the gap starts, if that matters
		state = a.start
		words = slices.Grow(sc.words, len(s)/2+1)
	)
	width := uint32(a.classes)
	ascii := &a.ascii
	cells := a.cells
	classes := uint8(a.classes)
	for {
		// The gap before a word; hard tells whether a phrase ends in it.
		hard, apostrophe := false, false
		from := i
		for i < n {
			c := ascii[s[i]]
			if c < classes {
				break
			}
			switch c {
			case classSoft:
				i++
				apostrophe = false
				continue
			case classHard:
				i++
				hard = true
				continue
			}
			word := i
			if i == from && prev >= 0 {
				word = prev
			}
			p := text.Step(s, i, word)
			if p.A > text.Ignore {
				break
			}
			hard = hard || p.A == text.Hard
			apostrophe = i == from && prev >= 0 && isApostrophe(s[i:])
			i = p.Next
		}
		if i >= n {
			break
		}
		if hard {
			state = a.start
		}
		if !apostrophe {
			ord++
		}
		if state == a.start && a.filter.latin {
			i, ord, words = a.skim(s, i, ord, words)
		}
		start := i
		prev = start
		words = append(words, wordAt{int32(start), ord})

		if state == a.start {
			if next := a.pass(s, i); next > i {
				i = next
				if i >= n {
					break
				}
				if c := ascii[s[i]]; c == classSoft || c == classHard {
					continue
				}
				state = 0
			}
		}
	letters:
		for i < n {
			c := ascii[s[i]]
			size := 1
			if c >= classes {
				if c == classSoft || c == classHard {
					break
				}
				if b := s[i]; c == classMulti && b < 0xE0 && b >= 0xC2 && i+1 < n {
					c = a.wide[rune(b&0x1F)<<6|rune(s[i+1]&0x3F)]
					size = 2
					if i+2 < n && s[i+2] == 0xCC {
						c = classStep
					}
				}
				if c >= classes {
					p := text.Step(s, i, start)
					if p.A < text.Ignore || p.Alone && i > start {
						break letters
					}
					if p.A > text.Ignore {
						state = a.step(state, a.class[p.A])
						if p.B != 0 {
							state = a.step(state, a.class[p.B])
						}
					}
					i = p.Next
					if p.Alone {
						prev = -1
						break letters
					}
					continue
				}
			}
			i += size
			switch x := cells[state>>stateShift+uint32(c)]; {
			case x.check == state:
				state = x.next
			case state&1 == 1:
				state = a.fall(state, uint32(c))
			default:
				state = 0
			}
			if state == 0 {
				i = skipLetters(s, i)
			}
		}
		// The end of the word.
		var end uint32
		if x := cells[state>>stateShift+width]; x.check == state {
			end = x.next
		}
		if end == 0 {
			state = a.start
			continue
		}
		e := &a.ends[end]
		if len(e.accept) > 0 {
			sc.hits = append(sc.hits, rawHit{int32(i), int32(len(words) - 1), end})
		}
		state = e.next
	}
	sc.words = words
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
