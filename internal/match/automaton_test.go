package match

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/text"
)

// naive finds every pattern at every word, with no tables at all.
func naive(phrases [][]slot, s string) []string {
	type word struct {
		codes string
		at    text.Range
	}
	var words []word
	for _, at := range text.Words(s) {
		words = append(words, word{codesOf(s[at.Start:at.End]), at})
	}
	soft := func(from, to int) bool {
		word := from
		for _, w := range words {
			if w.at.End == from {
				word = w.at.Start
			}
		}
		for i := from; i < to; {
			p := text.Step(s, i, word)
			if p.A == text.Hard {
				return false
			}
			i = p.Next
			word = i
		}
		return true
	}
	var out []string
	for id, ph := range phrases {
		for w := range words {
			ok := w+len(ph) <= len(words)
			for k := 0; ok && k < len(ph); k++ {
				ok = slices.ContainsFunc(ph[k].forms, func(f string) bool { return formMeets(f, words[w+k].codes) }) &&
					(k == 0 || soft(words[w+k-1].at.End, words[w+k].at.Start))
			}
			if ok {
				out = append(out, fmt.Sprint(id, words[w].at.Start, words[w+len(ph)-1].at.End))
			}
		}
	}
	slices.Sort(out)
	return out
}

func formMeets(form, word string) bool {
	for i := range len(form) {
		if form[i] == formStar {
			return true
		}
		if i >= len(word) || form[i] != formAny && form[i] != word[i] {
			return false
		}
	}
	return len(form) == len(word)
}

func scanned(a *automaton, phrases [][]slot, s string) []string {
	var sc scanner
	sc.scan(a, s)
	var out []string
	for _, h := range sc.hits {
		for _, p := range a.accept(h.wordEnd) {
			first := int(h.word) - len(phrases[p]) + 1
			end := int(h.end)
			for end > 0 && !wordEndsAt(s, int(sc.words[h.word].start), end) {
				end--
			}
			out = append(out, fmt.Sprint(p, sc.words[first].start, end))
		}
	}
	slices.Sort(out)
	return out
}

// wordEndsAt drops invisible marks at the end of a word, as text.Words does.
func wordEndsAt(s string, start, end int) bool {
	for _, at := range text.Words(s[start:end]) {
		return at.End == end-start
	}
	return true
}

func build4(lines []string) (*automaton, [][]slot) {
	n := newNFA()
	var ph [][]slot
	for _, l := range lines {
		s, _ := slots(Operand{Text: l}, "")
		if len(s) == 0 {
			continue
		}
		ph = append(ph, s)
		n.add(s)
	}
	return build(n), ph
}

func TestScanAgainstOracle(t *testing.T) {
	parts := []string{"arms", "control", "a", "the", "new", "start", "ne", "Київ", "й", "и\u0306", "й", "п'ять", "п’ять", "straße", "strasse",
		"U.S.", "U.S", "u", "s", "3.5", "3", "5", "北约", "北", "'s", "’s", " ", " ", " ", " ", "-", ", ", ". ", "\n", "\n\n", "\u00ad", "\u200b", "é", "e\u0301", "É", "sanction", "sanctions", "sanctioned",
		"https://x.org/new", "www.new.org", "defence", "defense", "æ", "ა", "ბ", "Gen. ", "“", "”", "–", "(", ")", "'", ".", "?", "İ", "\xff"}
	terms := []string{"arms", "control", "arms control", "new", "new start", "ne", "Київ", "й", "п'ять", "strasse", "U.S.", "s", "u", "3.5", "北约", "北", "sanct*", "sanction", "defen?e", "aea", "ა", "ა ბ", "new sanct* control", "start new", "new new", "a the a", "the a", "arms control new start", "ნ", "start? new"}
	rng := rand.New(rand.NewPCG(1, 2))
	end := time.Now().Add(2 * time.Second)
	n := 0
	for time.Now().Before(end) {
		var lines []string
		for range 1 + rng.IntN(8) {
			lines = append(lines, terms[rng.IntN(len(terms))])
		}
		a, ph := build4(lines)
		for range 20 {
			var b strings.Builder
			for range rng.IntN(14) {
				b.WriteString(parts[rng.IntN(len(parts))])
				if rng.IntN(3) == 0 {
					b.WriteByte(' ')
				}
			}
			s := b.String()
			got, want := scanned(a, ph, s), naive(ph, s)
			if !slices.Equal(got, want) {
				t.Fatalf("%q in %q:\n got %q\nwant %q", lines, s, got, want)
			}
			n++
		}
	}
	t.Log(n, "pairs")
}

// corpus is real news text for measuring: about 10 MB, one string per story.
var corpus = sync.OnceValue(func() (out []string) {
	var size int
	for _, f := range []string{"deskmix.dev.jsonl.gz", "feeds-archive-window-2022-09-19.jsonl.gz", "feeds-archive-window-2023-02-13.jsonl.gz", "ag-news-test.jsonl.gz", "fundus-articles.jsonl.gz"} {
		fh, err := os.Open("../../../shared/testdata/stories/" + f)
		if err != nil {
			return nil
		}
		z, err := gzip.NewReader(fh)
		if err != nil {
			return nil
		}
		sc := bufio.NewScanner(z)
		sc.Buffer(nil, 1<<24)
		for sc.Scan() {
			var m map[string]any
			if json.Unmarshal(sc.Bytes(), &m) != nil {
				continue
			}
			s := ""
			for _, k := range []string{"title", "summary", "text", "content", "desc"} {
				if v, ok := m[k].(string); ok {
					s += v + "\n\n"
				}
			}
			s = text.Plain(s)
			out = append(out, s)
			size += len(s)
			if size > 10<<20 {
				return out
			}
		}
		fh.Close()
	}
	return out
})

// names collects capitalised phrases of the corpus, most of them of two words
// or more.
func names(stories []string, n int) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range stories {
		var run []string
		last := 0
		for w, at := range text.Words(s) {
			up := s[at.Start] >= 'A' && s[at.Start] <= 'Z'
			if up && len(w) > 2 && at.Start-last <= 1 {
				run = append(run, w)
			} else {
				if len(run) > 1 || len(run) == 1 && len(run[0]) > 5 && len(out)%10 < 3 {
					k := strings.Join(run[:min(3, len(run))], " ")
					if !seen[k] {
						seen[k] = true
						out = append(out, k)
					}
				}
				run = run[:0]
				if up && len(w) > 2 {
					run = append(run, w)
				}
			}
			last = at.End
		}
	}
	rng := rand.New(rand.NewPCG(7, 7))
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(n, len(out))]
}

// cpu is the processor time of this process in seconds: on a busy machine it
// says more than the clock.
func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func BenchmarkLower(b *testing.B) {
	c := corpus()
	var size int64
	for _, s := range c {
		size += int64(len(s))
	}
	b.SetBytes(size)
	began := cpu()
	for b.Loop() {
		for _, s := range c {
			bytes.ToLower([]byte(s))
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpu()-began), "MB/cpu-s")
}

func BenchmarkScan(b *testing.B) {
	c := corpus()
	if c == nil {
		b.Skip("no corpus")
	}
	half := len(c) / 2
	for _, n := range []int{100, 1000, 10000} {
		ph := names(c[:half], n)
		nf := newNFA()
		start := time.Now()
		for _, p := range ph {
			s, _ := slots(Operand{Text: p}, "xx")
			nf.add(s)
		}
		a := build(nf)
		took := time.Since(start)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var size int64
			for _, s := range c {
				size += int64(len(s))
			}
			b.SetBytes(size)
			b.ReportAllocs()
			var sc scanner
			hits := 0
			began := cpu()
			for b.Loop() {
				hits = 0
				for _, s := range c {
					sc.words, sc.hits = sc.words[:0], sc.hits[:0]
					sc.scan(a, s)
					hits += len(sc.hits)
				}
			}
			b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpu()-began), "MB/cpu-s")
			b.ReportMetric(float64(a.size())/1e6, "MB")
			b.ReportMetric(float64(took.Milliseconds()), "ms/build")
			b.ReportMetric(float64(hits), "hits")
			b.ReportMetric(float64(len(ph)), "literals")
		})
	}
}
