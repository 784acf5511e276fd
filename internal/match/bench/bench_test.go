package bench

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
	"syscall"
	"testing"

	"github.com/coregx/ahocorasick"

	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/text"
)

const stories = "../../../../shared/testdata/stories/"

// corpus reads about 10 MB of news, one string per story.
func corpus(b *testing.B) (out []string) {
	size := 0
	for _, name := range []string{"feeds-archive-window-2022-09-19", "ag-news-test", "ruwa-2022-events", "feeds-archive-window-2023-02-13"} {
		f, err := os.Open(stories + name + ".jsonl.gz")
		if err != nil {
			b.Skip("no test data")
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			b.Fatal(err)
		}
		sc := bufio.NewScanner(z)
		sc.Buffer(nil, 1<<24)
		for sc.Scan() && size < 10<<20 {
			var m struct{ Title, Desc string }
			if json.Unmarshal(sc.Bytes(), &m) != nil {
				continue
			}
			s := text.Plain(m.Title + "\n\n" + m.Desc)
			out = append(out, s)
			size += len(s)
		}
		f.Close()
	}
	return out
}

// phrases collects names of one to three words from every other story.
func phrases(stories []string, n int) []string {
	seen := map[string]bool{}
	var out []string
	for i := 0; i < len(stories); i += 2 {
		var run []string
		for _, w := range strings.Fields(stories[i]) {
			clean := strings.Trim(w, ".,;:!?\"'()")
			if len(clean) > 2 && clean == w && clean[0] >= 'A' && clean[0] <= 'Z' && strings.IndexFunc(clean, notLatin) < 0 {
				run = append(run, strings.ToLower(clean))
				if len(run) < 3 {
					continue
				}
			}
			if k := strings.Join(run, " "); len(k) > 5 && !seen[k] && (len(run) > 1 || len(out)%10 < 3) {
				seen[k] = true
				out = append(out, k)
			}
			run = run[:0]
		}
	}
	rng := rand.New(rand.NewPCG(5, 5))
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(n, len(out))]
}

func notLatin(r rune) bool { return r < 'A' || r > 'z' || r > 'Z' && r < 'a' }

func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// BenchmarkAgainstLibrary runs both engines in turn on the same text and
// prints, for each number of phrases, MB per CPU-second and their ratios. The
// library can only be given text in small letters: "library" and "own-lowered"
// are both given it ready, and "ratio" compares them; "library+lower" counts
// the time of making it, "own" is given the text as it is, and "ratio+lower"
// compares these.
func BenchmarkAgainstLibrary(b *testing.B) {
	text := corpus(b)
	size := 0
	var lower [][]byte
	var lowered []string
	for _, s := range text {
		size += len(s)
		lower = append(lower, bytes.ToLower([]byte(s)))
		lowered = append(lowered, strings.ToLower(s))
	}
	mb := float64(size) / 1e6
	for _, n := range []int{100, 1000, 10000} {
		ph := phrases(text, n)
		start := cpu()
		own := match.NewPhrases(ph)
		built := cpu() - start
		lib, err := ahocorasick.NewBuilder().AddStrings(ph).Build()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(len(ph)), func(b *testing.B) {
			finder := own.Finder()
			var ours, oursLowered, theirs, lowering []float64
			found, wanted := 0, 0
			for b.Loop() {
				found, wanted = 0, 0
				t := cpu()
				for _, s := range text {
					finder.Find(s, func(int, int, int) { found++ })
				}
				ours = append(ours, cpu()-t)
				t = cpu()
				for _, s := range lowered {
					finder.Find(s, func(int, int, int) {})
				}
				oursLowered = append(oursLowered, cpu()-t)
				t = cpu()
				for _, s := range lower {
					for _, m := range lib.FindAllOverlapping(s) {
						if whole(s, m.Start, m.End) {
							wanted++
						}
					}
				}
				theirs = append(theirs, cpu()-t)
				t = cpu()
				for _, s := range text {
					bytes.ToLower([]byte(s))
				}
				lowering = append(lowering, cpu()-t)
			}
			o, ol, l, w := slices.Min(ours), slices.Min(oursLowered), slices.Min(theirs), slices.Min(lowering)
			b.ReportMetric(mb/o, "own-MB/s")
			b.ReportMetric(mb/ol, "own-lowered-MB/s")
			b.ReportMetric(mb/l, "library-MB/s")
			b.ReportMetric(mb/(l+w), "library+lower-MB/s")
			b.ReportMetric(mb/w, "lower-MB/s")
			b.ReportMetric(l/ol, "ratio")
			b.ReportMetric((l+w)/o, "ratio+lower")
			b.ReportMetric(float64(found), "own-hits")
			b.ReportMetric(float64(wanted), "library-hits")
			b.ReportMetric(float64(own.Size())/1e6, "own-MB")
			b.ReportMetric(built*1000, "build-ms")
		})
	}
}

// whole reports whether a match stands on word boundaries.
func whole(s []byte, start, end int) bool {
	letter := func(c byte) bool {
		return c >= 0x80 || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
	}
	return (start == 0 || !letter(s[start-1])) && (end == len(s) || !letter(s[end]))
}
