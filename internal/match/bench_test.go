package match

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// manyRules makes n topics over a pool of names: any of 6 and any of 6, half of
// them within 12 words, none of 2.
func manyRules(pool []string, n int) Rules {
	rng := rand.New(rand.NewPCG(3, 9))
	pick := func(k int) string {
		var out []string
		for range k {
			out = append(out, pool[rng.IntN(len(pool))])
		}
		return strings.Join(out, "\n")
	}
	dedupe := func(s string) []Line {
		seen := map[string]bool{}
		var out []Line
		for _, l := range lines(s) {
			if !seen[l.Text] {
				seen[l.Text] = true
				out = append(out, l)
			}
		}
		return out
	}
	var r Rules
	for i := range n {
		t := Topic{ID: news.TopicID(fmt.Sprint("t", i)), All: []Group{{Name: "a", Any: dedupe(pick(6))}, {Name: "b", Any: dedupe(pick(6))}}, None: dedupe(pick(2))}
		if i%2 == 0 {
			t.Near = []Near{{Groups: refs("a", "b"), Within: 12}}
		}
		r.Topics = append(r.Topics, t)
	}
	return r
}

// items888 cuts the corpus into items of about 888 bytes.
func items888(c []string) []*news.Item {
	all := strings.Join(c, "\n\n")
	var out []*news.Item
	for len(all) > 1000 && len(out) < 2000 {
		cut := strings.IndexByte(all[880:], ' ')
		if cut < 0 {
			break
		}
		s := strings.ToValidUTF8(all[:880+cut], "")
		all = all[880+cut:]
		title := s[:min(80, len(s))]
		title = strings.ReplaceAll(strings.ToValidUTF8(title, ""), "\n", " ")
		out = append(out, &news.Item{Title: title, Summary: s[min(80, len(s)):], Lang: "en"})
	}
	return out
}

func BenchmarkMatch(b *testing.B) {
	c := corpus()
	if c == nil {
		b.Skip("no corpus")
	}
	items := items888(c)
	pool := longNames(c)
	for _, n := range []int{0, 100, 1000, 10000} {
		r := manyRules(pool, n)
		// Every literal is in the automaton whatever the number of rules.
		for _, p := range pool {
			r.Topics = append(r.Topics, Topic{ID: "x", All: nil})
			r.Topics = r.Topics[:len(r.Topics)-1]
			r.Boilerplate.DropBlocks = append(r.Boilerplate.DropBlocks, Line{Text: p + " zzzzzz"})
		}
		m, faults := Compile(r)
		if m == nil {
			b.Fatal(faults[0])
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			cands, fired, i := 0, 0, 0
			began := cpu()
			for b.Loop() {
				it := items[i%len(items)]
				i++
				fired += len(m.Match(it))
			}
			used := cpu() - began
			for _, it := range items {
				j := m.judge(it)
				j.candidates()
				cands += j.anchored
				m.pool.Put(j)
			}
			b.ReportMetric(used*1e6/float64(b.N), "µs-cpu/item")
			b.ReportMetric(float64(cands)/float64(len(items)), "candidates/item")
			b.ReportMetric(float64(fired)/float64(b.N), "fired/item")
			b.ReportMetric(float64(m.auto.size())/1e6, "MB")
		})
	}
}

func BenchmarkPlain(b *testing.B) {
	c := corpus()
	html := "<p>" + strings.Join(strings.Split(strings.Join(c[:min(len(c), 2000)], "</p>\n<p>"), ". "), ".<br/> <a href='https://example.org/x?y=1&amp;z=2' class=\"nato\">x</a> &nbsp;") + "</p>"
	b.SetBytes(int64(len(html)))
	b.ReportAllocs()
	for b.Loop() {
		text.Plain(html)
	}
}

func BenchmarkPlainOnPlain(b *testing.B) {
	s := text.Plain(strings.Join(corpus(), "\n\n"))
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		text.Plain(s)
	}
}

func BenchmarkFold(b *testing.B) {
	s := strings.Join(corpus(), "\n\n")
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		text.Fold(s)
	}
}

// BenchmarkScripts scans Latin and Cyrillic news for a thousand names of each,
// and reports how the speeds compare.
func BenchmarkScripts(b *testing.B) {
	var cyrillic []string
	for it := range feedNews(b) {
		cyrillic = append(cyrillic, it.Title+"\n\n"+it.Summary)
	}
	if len(cyrillic) == 0 || corpus() == nil {
		b.Skip("no corpus")
	}
	speed := map[string]float64{}
	for _, script := range []string{"latin", "cyrillic"} {
		c := corpus()[:8000]
		ph := names(c, 1000)
		if script == "cyrillic" {
			c = cyrillic
			ph = cyrillicNames(c, 1000)
		}
		n := newNFA()
		for _, p := range ph {
			s, _ := slots(Operand{Text: p}, "xx")
			n.add(s)
		}
		a := build(n)
		b.Run(script, func(b *testing.B) {
			var size int64
			for _, s := range c {
				size += int64(len(s))
			}
			b.SetBytes(size)
			var sc scanner
			began := cpu()
			for b.Loop() {
				for _, s := range c {
					sc.words, sc.hits = sc.words[:0], sc.hits[:0]
					sc.scan(a, s)
				}
			}
			speed[script] = float64(size) * float64(b.N) / 1e6 / (cpu() - began)
			b.ReportMetric(speed[script], "MB/cpu-s")
			if script == "cyrillic" && speed["latin"] > 0 {
				b.ReportMetric(speed["cyrillic"]/speed["latin"], "of-latin")
			}
		})
	}
}

// cyrillicNames collects capitalised words of the corpus.
func cyrillicNames(stories []string, n int) (out []string) {
	seen := map[string]bool{}
	for _, s := range stories {
		for w, at := range text.Words(s) {
			if r := []rune(s[at.Start:at.End]); len(r) > 4 && r[0] >= 'А' && r[0] <= 'Я' && !seen[w] && len(out) < n {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// BenchmarkItemPath is the way of an item of about 888 bytes from the
// publisher's HTML to its matches, with ten thousand literals in a thousand
// rules.
func BenchmarkItemPath(b *testing.B) {
	c := corpus()
	if c == nil {
		b.Skip("no corpus")
	}
	r := manyRules(longNames(c), 1000)
	m, faults := Compile(r)
	if m == nil {
		b.Fatal(faults[0])
	}
	var bodies, titles []string
	for _, it := range items888(c) {
		titles = append(titles, it.Title)
		bodies = append(bodies, "<p>"+strings.ReplaceAll(it.Summary, ". ", ".</p>\n<p class=\"story\"><a href=\"https://example.org/a?b=1&amp;c=2\">")+"</a> &nbsp;</p>")
	}
	b.ReportAllocs()
	i := 0
	began := cpu()
	for b.Loop() {
		it := news.Item{Title: text.Title(titles[i]), Summary: text.Plain(bodies[i]), Lang: "en"}
		m.Match(&it)
		i = (i + 1) % len(bodies)
	}
	b.ReportMetric((cpu()-began)*1e6/float64(b.N), "µs-cpu/item")
}

func longNames(c []string) (out []string) {
	common := newOrdinary(nil)
	for _, p := range names(c[:len(c)/2], 1<<20) {
		if !common.isFunction(p) && len(p) > 3 && len(out) < 10000 {
			out = append(out, p)
		}
	}
	return out
}
