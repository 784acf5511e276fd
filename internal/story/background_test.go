package story

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

var writeBackground = flag.Bool("background", false, "count the archive feeds and write background_words.go anew")

// TestWriteBackground makes the table of common words from two fortnights of
// general news. A word must be common in both: what filled the papers in one
// fortnight only is news and not language. Words that nearly always carry a
// capital are written with one.
func TestWriteBackground(t *testing.T) {
	if !*writeBackground {
		t.Skip("run with -background to write the table")
	}
	var corpora []*corpus
	for _, lang := range []string{"en", "pl"} {
		for _, f := range []string{"feeds-archive-window-2022-09-19", "feeds-archive-window-2023-02-13"} {
			corpora = append(corpora, countCorpus(t, f, lang))
		}
	}
	type word struct {
		stem string
		band int
	}
	bands := map[string]int{}
	for _, pair := range [][]*corpus{corpora[:2], corpora[2:]} {
		for s := range pair[0].docs {
			share := 1.0
			for _, c := range pair {
				share = min(share, float64(c.docs[s])/float64(c.n))
			}
			if pair[0].docs[s] < 2 || pair[1].docs[s] < 2 || share*float64(pair[1].n) < 8 {
				continue
			}
			band := int(math.Round(-math.Log(share) / bandStep))
			w := s
			if pair[0].upper[s]+pair[1].upper[s] > 0.8*(pair[0].inside[s]+pair[1].inside[s]) && pair[0].inside[s]+pair[1].inside[s] > 3 {
				w = strings.ToUpper(prefix(s, 1)) + s[len(prefix(s, 1)):]
			}
			if old, ok := bands[w]; !ok || band < old {
				bands[w] = band
			}
		}
	}
	var words []word
	for _, s := range slices.Sorted(maps.Keys(bands)) {
		words = append(words, word{s, bands[s]})
	}
	slices.SortStableFunc(words, func(a, b word) int { return cmp.Compare(a.band, b.band) })
	var b strings.Builder
	b.WriteString("package story\n\n// backgroundWords is written by `go test -run TestWriteBackground -background`.\n// Line n, from 0 on, holds the stems of rarity n*bandStep; a capital marks a name.\nconst backgroundWords = `")
	line := 0
	for i := 0; i < len(words); line++ {
		any := false
		for i < len(words) && words[i].band <= line {
			if any {
				b.WriteByte(' ')
			}
			b.WriteString(words[i].stem)
			any = true
			i++
		}
		if !any {
			b.WriteByte('.')
		}
		b.WriteByte('\n')
	}
	b.WriteString("`\n")
	if err := os.WriteFile("background_words.go", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	fmt.Println(len(words), "words", b.Len(), "bytes")
}

// corpus counts in how many items a stem stands, and how often with a capital
// inside a sentence.
type corpus struct {
	n             int
	docs          map[string]int
	upper, inside map[string]float64
}

func countCorpus(t *testing.T, file, lang string) *corpus {
	c := &corpus{docs: map[string]int{}, upper: map[string]float64{}, inside: map[string]float64{}}
	seen := map[string]bool{}
	for line := range lines(t, file) {
		var d struct{ Title, Desc, Lang string }
		if json.Unmarshal(line, &d) != nil || !strings.HasPrefix(d.Lang, lang) || seen[d.Title] {
			continue
		}
		seen[d.Title] = true
		c.n++
		in := map[string]bool{}
		for i, s := range []string{d.Title, d.Desc} {
			shown := i == 0 && titleCase(s)
			sc := newScanner(s, lang, nil, 200)
			for tk, ok := sc.next(); ok; tk, ok = sc.next() {
				if tk.class != plain {
					continue
				}
				in[tk.stem] = true
				if !tk.first && !shown {
					c.inside[tk.stem]++
					if tk.upper {
						c.upper[tk.stem]++
					}
				}
			}
		}
		for s := range in {
			c.docs[s]++
		}
	}
	return c
}
