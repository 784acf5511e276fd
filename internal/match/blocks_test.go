package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// found lists the hits of a scanner, each with the patterns, the places and
// the numbers of its first and last words.
func found(sc *scanner, a *automaton, phrases [][]slot) (out []string) {
	for _, h := range sc.hits {
		for _, p := range a.accept(h.wordEnd) {
			out = append(out, fmt.Sprint(p, h.end, sc.words[int(h.word)-len(phrases[p])+1], sc.words[h.word]))
		}
	}
	return out
}

// checkScan compares a scan with the walk over every letter: all words, and
// the hits in their order.
func checkScan(t *testing.T, a *automaton, phrases [][]slot, s string) {
	t.Helper()
	var got, want scanner
	got.scan(a, s)
	want.letterByLetter(a, s)
	if g, w := slices.Collect(allWords(got.blocks)), want.words; !slices.Equal(g, w) {
		t.Fatalf("words of %q:\n got %v\nwant %v", s, g, w)
	}
	if g, w := found(&got, a, phrases), found(&want, a, phrases); !slices.Equal(g, w) {
		t.Fatalf("hits in %q:\n got %v\nwant %v", s, g, w)
	}
}

var scanTerms = []string{"arms", "control", "arms control", "new", "new start", "ne", "Київ", "й", "п'ять", "strasse", "U.S.", "s", "u", "3.5", "北约", "北",
	"sanct*", "sanction", "defen?e", "aea", "ა", "ა ბ", "new sanct* control", "start new", "new new a", "the a", "arms control new start", "ნ", "start? new",
	"войска", "войн*", "ё", "её дом", "ї", "élan", "cafe", "F-16", "g8", "control system", "internationally", "internat*", "контрол*", "s new", "missile's", "Ѡ", "d?", "in?tern"}

var scanParts = []string{"arms", "control", "a", "the", "new", "start", "ne", "Київ", "й", "и\u0306", "й", "п'ять", "п’ять", "straße", "strasse",
	"U.S.", "U.S", "u", "s", "3.5", "3", "5", "北约", "北", "'s", "’s", " ", " ", " ", " ", "-", ", ", ". ", "\n", "\n\n", "\u00ad", "\u200b", "é", "e\u0301", "É", "sanction", "sanctions", "sanctioned",
	"https://x.org/new", "www.new.org", "defence", "defense", "æ", "ა", "ბ", "Gen. ", "“", "”", "–", "(", ")", "'", ".", "?", "İ", "\xff", "\xd0", "\xc3", "\x80",
	"войска", "войной", "ВОЙНА", "Ё", "ё", "её дом", "ї", "і\u0308", "Ї", "élan", "ÉLAN", "café", "F-16", "g8", "G8", "internationally", "internationale", "контроля", "×", "÷", "ѡ", "Ѡ", "҂", "ґ",
	"st\u00adart", "con\u200btrol", "ne\u00adw", "sys\u2060tem", "\x01", "\x7f", "\t", "\r", ":", ": ", "://", "http", "control system", "don't", "l'été", "а'б", "«", "»", "\u00a0", "word", "d3", "intern", "ſ", "ŉ", "ﬁ", "α", "."}

func TestBlocksAgainstTheWalk(t *testing.T) {
	a, ph := build4(scanTerms)
	for i, x := range scanParts {
		for _, y := range scanParts {
			checkScan(t, a, ph, x+y)
			checkScan(t, a, ph, x+" "+y+x)
			for _, z := range scanParts[i%7:][:9] {
				checkScan(t, a, ph, x+y+z+"a")
			}
		}
	}
}

// TestBlocksOfLongTexts puts the odd bytes at every place of a block.
func TestBlocksOfLongTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	for range 300 {
		var terms []string
		for range 1 + rng.IntN(12) {
			terms = append(terms, scanTerms[rng.IntN(len(scanTerms))])
		}
		a, ph := build4(terms)
		for range 60 {
			checkScan(t, a, ph, mixedText(rng, rng.IntN(60)))
		}
	}
}

func mixedText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		if rng.IntN(2) == 0 {
			b.WriteString(scanParts[rng.IntN(len(scanParts))])
		} else {
			b.WriteString(scanTerms[rng.IntN(len(scanTerms))])
		}
		if rng.IntN(3) > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// FuzzScan takes the terms line by line and the text.
func FuzzScan(f *testing.F) {
	f.Add(strings.Join(scanTerms, "\n"), strings.Join(scanParts, " "))
	f.Add("new start\nsanct*", strings.Join(scanParts, ""))
	f.Fuzz(func(t *testing.T, terms, s string) {
		if len(terms) > 400 {
			return
		}
		a, ph := build4(strings.Split(terms, "\n"))
		checkScan(t, a, ph, s)
	})
}
