package match

import (
	"slices"

	"github.com/watcherd/watcherd/internal/text"
)

// letterByLetter is what scan must find: it walks over every letter of s, and
// leaves all words, not only those of the hits.
func (sc *scanner) letterByLetter(a *automaton, s string) {
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
				hard, apostrophe = true, false
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
		start := i
		prev = start
		words = append(words, wordAt{int32(start), ord})

	letters:
		for i < n {
			c := ascii[s[i]]
			size := 1
			if c >= classes {
				if c == classSoft || c == classHard {
					break
				}
				if b := s[i]; c == classMulti && b < 0xE0 && b >= 0xC2 && i+1 < n && s[i+1]&0xC0 == 0x80 {
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
		if e.to > e.from {
			sc.hits = append(sc.hits, rawHit{int32(i), int32(len(words) - 1), end})
		}
		state = e.next
	}
	sc.words = words
}
