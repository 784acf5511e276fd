package daemon

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// archived reads the real feeds of a stretch of days, or skips where the shared
// data is not at hand.
func archived(t testing.TB, name string) []filed {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "testdata", "stories", name+".jsonl.gz"))
	if err != nil {
		t.Skip("no real feeds here: ", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var items []filed
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var x filed
		if err := json.Unmarshal(sc.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		items = append(items, x)
	}
	slices.SortStableFunc(items, func(a, b filed) int { return cmp.Compare(a.T, b.T) })
	return items
}

// busyFortnight is a fortnight of n items: the real feeds of two archives, laid
// over one another as often as it takes. In each further layer the words that
// fewer than one item in 200 has are others, so that it tells other events in
// the same language, and the days are turned, so that it tells them at other
// times.
func busyFortnight(t testing.TB, n int) []filed {
	t.Helper()
	const fortnight = 14 * 24 * time.Hour
	start := time.Date(2023, 2, 13, 0, 0, 0, 0, time.UTC)
	var base []filed
	for _, name := range []string{"feeds-archive-window-2023-02-13", "feeds-archive-window-2022-09-19"} {
		base = append(base, archived(t, name)...)
	}
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	}
	spread := make(map[string]int)
	for _, x := range base {
		mine := words(x.Title + " " + x.Desc)
		slices.Sort(mine)
		for _, w := range slices.Compact(mine) {
			spread[w]++
		}
	}
	var out []filed
	for layer := 0; len(out) < n; layer++ {
		other := func(s string) string {
			if layer == 0 {
				return s
			}
			var b strings.Builder
			for len(s) > 0 {
				end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
				if end < 0 {
					end = len(s)
				}
				b.WriteString(s[:end])
				if end > 3 && spread[s[:end]] < len(base)/200 {
					fmt.Fprintf(&b, "%c%c", "bdfgklmnprst"[layer%12], "aeiou"[layer%5])
				}
				if end < len(s) {
					b.WriteByte(s[end])
					end++
				}
				s = s[end:]
			}
			return b.String()
		}
		for _, x := range base {
			at := x.at().Add(time.Duration(layer)*67*time.Hour).Sub(start) % fortnight
			if at < 0 {
				at += fortnight
			}
			x.T = start.Add(at).Format(time.RFC3339)
			x.Title, x.Desc = other(x.Title), other(x.Desc)
			if layer > 0 {
				x.Link = fmt.Sprintf("%s%clayer=%d", x.Link, "?&"[min(1, strings.Count(x.Link, "?"))], layer)
			}
			out = append(out, x)
		}
	}
	out = out[:n]
	slices.SortStableFunc(out, func(a, b filed) int { return cmp.Compare(a.T, b.T) })
	return out
}

// writeItems writes the items as --items reads them.
func writeItems(t testing.TB, path string, items []filed) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for _, x := range items {
		g := given{Feed: x.Feed, URL: x.Link, Title: x.Title, Summary: x.Desc, Published: x.T, Lang: strings.ToLower(x.Lang[:min(2, len(x.Lang))])}
		if err := enc.Encode(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// shippedRules are the topics and entities that come with the program, and the
// feeds of the items.
func shippedRules(t testing.TB, dir string, items []filed) *Rules {
	t.Helper()
	c, faults := config.Load(filepath.Join("..", "..", "configs", "watcherd.yaml"))
	if faults.Bad() {
		t.Fatal(faults)
	}
	c.StateDir, c.Listen, c.Feeds, c.Tests, c.DefaultChannel = dir, "", nil, nil, "#desk"
	seen := make(map[string]bool)
	for _, x := range items {
		if !seen[x.Feed] {
			seen[x.Feed] = true
			c.Feeds = append(c.Feeds, config.Feed{URL: x.Feed, Lang: strings.ToLower(x.Lang[:min(2, len(x.Lang))])})
		}
	}
	r, faults := Compile(c)
	if r == nil {
		t.Fatal(faults)
	}
	return r
}

// storePast judges the past in rounds of 64 and stores what came of it, as the
// service would have done at the time.
func storePast(t testing.TB, path string, r *Rules, past []Past) {
	t.Helper()
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(s, desk.NewMemory(r.storyOptions()), nil)
	for from := 0; from < len(past); from += 4096 {
		var rounds []store.Round
		for at := from; at < min(from+4096, len(past)); at += 64 {
			sit := &sitting{desk: r.Desk, at: past[at].Item.Time()}
			for i := at; i < min(at+64, len(past)); i++ {
				sit.cases = append(sit.cases, past[i].before(r.Desk.Read(&past[i].Item)))
			}
			sit.old = make([]news.Verdict, len(sit.cases))
			_, round := b.decide(sit)
			round.Feed, round.Alerts = nil, nil
			rounds = append(rounds, round)
		}
		if err := s.CommitAll(t.Context(), rounds); err != nil {
			t.Fatal(err)
		}
		b.memory.Expire(past[min(from+4096, len(past))-1].Item.Time())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// replayed judges a past again and writes the lines of `replay --json`.
func replayed(b *testing.B, r *Rules, past iter.Seq2[*Past, error]) map[news.Outcome]int {
	counts := make(map[news.Outcome]int)
	enc := json.NewEncoder(io.Discard)
	err := Replay(b.Context(), r, past, func(it *news.Item, dec desk.Decision) error {
		counts[dec.Verdict.Outcome]++
		return enc.Encode(NewLine(it, dec.Verdict))
	})
	if err != nil {
		b.Fatal(err)
	}
	return counts
}

// BenchmarkReplay judges a busy fortnight again, with the topics and entities
// that come with the program: given as a file, and from the store. WATCHERD_PAST
// names a folder in which the two are made once and kept, for use with the
// program itself.
func BenchmarkReplay(b *testing.B) {
	const n = 100_000
	dir := cmp.Or(os.Getenv("WATCHERD_PAST"), b.TempDir())
	items := busyFortnight(b, n)
	r := shippedRules(b, dir, items)
	file, db := filepath.Join(dir, "past.jsonl"), filepath.Join(dir, "watcherd.db")
	if _, err := os.Stat(file); err != nil {
		writeItems(b, file, items)
	}
	read := func() []Past {
		f, err := os.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		past, err := ReadItems(r, f, file)
		if err != nil {
			b.Fatal(err)
		}
		return past
	}
	if _, err := os.Stat(db); err != nil {
		storePast(b, db, r, read())
	}
	measured := func(past func(func(iter.Seq2[*Past, error]))) func(b *testing.B) {
		return func(b *testing.B) {
			var counts map[news.Outcome]int
			began := used(b)
			for b.Loop() {
				past(func(items iter.Seq2[*Past, error]) { counts = replayed(b, r, items) })
			}
			b.ReportMetric(float64(used(b)-began)/1e3/float64(n*b.N), "cpu-µs/item")
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "items/s")
			b.Log(counts)
		}
	}
	b.Run("file", measured(func(use func(iter.Seq2[*Past, error])) { use(All(read())) }))
	stored := func(use func(iter.Seq2[*Past, error])) {
		past, err := OpenPast(b.Context(), r.Config, 0)
		if err != nil {
			b.Fatal(err)
		}
		use(past.Items(b.Context()))
		if err := past.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("store", measured(stored))
	b.Run("against", func(b *testing.B) {
		other := shippedRules(b, dir, items)
		began := used(b)
		for b.Loop() {
			stored(func(items iter.Seq2[*Past, error]) {
				if _, err := Compare(b.Context(), other, r, items, func() {}); err != nil {
					b.Fatal(err)
				}
			})
		}
		b.ReportMetric(float64(used(b)-began)/1e3/float64(n*b.N), "cpu-µs/item")
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "items/s")
	})
}

// used is the processor time of the process: on a busy machine it tells more
// than the clock on the wall.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
