package story

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

// stream makes a time line of invented reports: events with their own words
// and names, told a few times each, some late, some in other words.
func stream(n int, seed uint64) []*Report {
	rnd := rand.New(rand.NewPCG(seed, 7))
	word := func(k int) string {
		const c, v = "bdfgklmnprstvz", "aeiou"
		h := hash(fmt.Sprint("word", k))
		s := ""
		for range 3 {
			s += string(c[h%14]) + string(v[h/14%5])
			h /= 70
		}
		return s
	}
	var out []*Report
	at := noon
	for i := range n {
		at = at.Add(time.Duration(rnd.IntN(400)) * time.Second)
		event := i/5 + rnd.IntN(4)
		var title string
		for j := range 4 + rnd.IntN(4) {
			title += word(event*13+(j+rnd.IntN(3))%8) + " "
		}
		name := word(event*7 + 1)
		title += fmt.Sprintf("in %c%s with %d %s", name[0]-32, name[1:], event%40, word(rnd.IntN(300)))
		it := &news.Item{ID: news.ItemID(fmt.Sprint("i", i)), Title: title, FirstSeen: at,
			Summary: fmt.Sprintf("Said %s of %s and %s, %s.", word(rnd.IntN(500)), word(event*3+2), word(rnd.IntN(2000)), word(event*5+4))}
		if rnd.IntN(20) == 0 {
			it.Published = at.Add(-time.Duration(rnd.IntN(300)) * time.Hour)
		}
		out = append(out, Prepare(it, nil, nil))
	}
	return out
}

// place runs a time line through a book.
func place(b *Book, rs []*Report) []news.Placement {
	var out []news.Placement
	for _, r := range rs {
		p := b.Place(r)
		b.Add(r, p)
		out = append(out, p)
	}
	return out
}

func TestARestartAnywhereChangesNothing(t *testing.T) {
	rs := stream(3000, 1) // about a week: the window moves on
	opt := Options{Window: 24 * time.Hour}
	want := place(New(opt), rs)
	for _, cut := range []int{1, 350, 1250, 2055, 2900} {
		newest := time.Time{}
		for _, r := range rs[:cut] {
			if r.At.After(newest) {
				newest = r.At
			}
		}
		b := New(opt)
		from := newest.Add(-b.Keep())
		for i, r := range rs[:cut] {
			if r.At.After(from) {
				b.Add(r, want[i])
			}
		}
		if got := place(b, rs[cut:]); !reflect.DeepEqual(want[cut:], got) {
			t.Fatalf("after a restart at %d: %s", cut, cmp.Diff(want[cut:], got))
		}
	}
}

func TestARestartOnTheLabelledTimeLineChangesNothing(t *testing.T) {
	var rs []*Report
	for _, l := range deskMix(t) {
		rs = append(rs, l.report)
	}
	want := place(New(Options{}), rs)
	cut := len(rs) * 2 / 3
	b := New(Options{})
	for i, r := range rs[:cut] {
		if rs[cut-1].At.Sub(r.At) <= b.Keep() {
			b.Add(r, want[i])
		}
	}
	if got := place(b, rs[cut:]); !reflect.DeepEqual(want[cut:], got) {
		t.Error(cmp.Diff(want[cut:], got))
	}
}

func TestManyRunsOnAnyNumberOfProcessorsAgree(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []news.Placement
	for run := range 4 {
		runtime.GOMAXPROCS(1 + run%2)
		rs := stream(1500, 3)
		// Read them again, all at once.
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { stream(50, 3) })
		}
		wg.Wait()
		got := place(New(Options{}), rs)
		if run == 0 {
			want = got
		} else if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	}
}

func TestTheOrderWithinAMinuteHardlyMatters(t *testing.T) {
	ls := deskMix(t)
	score := func(ls []labelled) float64 { _, macro := table(run(ls, Options{})); return macro }
	want := score(ls)
	rnd := rand.New(rand.NewPCG(5, 5))
	mixed := slices.Clone(ls)
	for i := 0; i < len(mixed); {
		j := i
		for j < len(mixed) && mixed[j].report.At.Sub(mixed[i].report.At) < time.Minute {
			j++
		}
		rnd.Shuffle(j-i, func(x, y int) { mixed[i+x], mixed[i+y] = mixed[i+y], mixed[i+x] })
		i = j
	}
	if got := score(mixed); got < want-.015 || got > want+.015 {
		t.Errorf("macro F is %.3f, in another order within the minute %.3f", want, got)
	}
	sorted := slices.Clone(mixed)
	slices.SortStableFunc(sorted, func(a, b labelled) int { return Order(a.report, b.report) })
	again := slices.Clone(ls)
	slices.SortStableFunc(again, func(a, b labelled) int { return Order(a.report, b.report) })
	if !slices.Equal(run(again, Options{}), run(sorted, Options{})) {
		t.Error("in the book's own order the same reports make other stories")
	}
}

func TestForgettingLeavesNoTrace(t *testing.T) {
	b := New(Options{Window: 24 * time.Hour})
	place(b, stream(3000, 9))
	b.Expire(noon.Add(10000 * time.Hour))
	if n, s := b.Len(); n != 0 || s != 0 || len(b.index) != 0 || len(b.items) != 0 || len(b.entries) != 0 {
		t.Errorf("left: %d reports, %d stories, %d terms, %d items, %d entries", n, s, len(b.index), len(b.items), len(b.entries))
	}
}

func TestATaleIsTheSumOfItsReports(t *testing.T) {
	b := New(Options{Window: 24 * time.Hour})
	place(b, stream(2000, 4))
	for _, tl := range b.tales {
		var sum sumVec
		for _, e := range tl.reports {
			sum.add(e.terms, 1)
		}
		var n2 int64
		for _, c := range sum.cells {
			n2 += int64(c.w) * int64(c.w)
		}
		if !slices.Equal(sum.cells, tl.terms.cells) || n2 != tl.terms.norm2 {
			t.Fatalf("story %s is not the sum of its %d reports", tl.id, len(tl.reports))
		}
	}
}

func TestAnEditedItemStaysInItsStory(t *testing.T) {
	b := New(Options{})
	first := read(piece("a", 0, "Missile strike on Kharkiv apartment block kills nine", ""))
	p := b.Place(first)
	b.Add(first, p)
	edited := read(piece("a", 50, "Gardening show opens in Ljubljana park", ""))
	q := b.Place(edited)
	b.Add(edited, q)
	if q.Story != p.Story {
		t.Error("the edited item left its story")
	}
	if n, _ := b.Len(); n != 1 {
		t.Errorf("%d reports after an edit", n)
	}
	r := read(piece("b", 55, "Gardening show opens in Ljubljana city park", ""))
	if got := b.Place(r); got.Story != p.Story {
		t.Errorf("the present text is not what counts: %s", got.Detail)
	}
}

func TestASplitNeverComesBack(t *testing.T) {
	b := New(Options{})
	titles := []string{"Missile strike on Kharkiv apartment block kills nine", "Nine killed in missile strike on Kharkiv block", "Kharkiv apartment block strike: nine killed, rescue goes on"}
	var placed []news.Placement
	var rs []*Report
	for i, s := range titles {
		r := read(piece(fmt.Sprint("k", i), i, s, ""))
		p := b.Place(r)
		b.Add(r, p)
		rs, placed = append(rs, r), append(placed, p)
	}
	if placed[1].Story != placed[0].Story {
		t.Fatal("the reports are no story")
	}
	cut, ok := b.Split("k1")
	if !ok || cut.From != placed[0].Story || cut.To != news.NewStoryID("k1") || cut.Items[0] != "k1" {
		t.Fatalf("split: %v %+v", ok, cut)
	}
	if _, ok := b.Split("k0"); ok {
		t.Error("a report was split from a story that is all its own")
	}
	again := New(Options{Cuts: []Cut{cut}})
	for i, p := range place(again, rs) {
		if slices.Contains(cut.Items, rs[i].Item) && p.Story == cut.From {
			t.Errorf("%s came back to the story it was split from", rs[i].Item)
		}
	}
}

// crowd fills a book with n reports of the last days.
func crowd(n int) (*Book, []*Report) {
	b := New(Options{})
	rs := stream(n+2000, 11)
	step := 90 * time.Hour / time.Duration(n)
	for i, r := range rs {
		r.At = noon.Add(time.Duration(i) * step)
		if i < n {
			b.Add(r, b.Place(r))
		}
	}
	return b, rs[n:]
}

func BenchmarkPlaceAmong50000(b *testing.B) {
	book, fresh := crowd(50000)
	runtime.GC()
	b.ReportAllocs()
	i, began := 0, processorTime(b)
	for b.Loop() {
		book.Place(fresh[i%len(fresh)])
		i++
	}
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op")
}

// processorTime is what the process has used: on a busy machine it tells more
// than the clock on the wall.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkPrepare(b *testing.B) {
	it := piece("a", 0, "Missile strike on Kharkiv apartment block kills nine", "Governor Oleh Syniehubov said nine people were killed in the strike on Kharkiv, Ukraine's second-largest city, on Tuesday, and that rescuers were still searching the rubble for survivors.")
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		Prepare(it, nil, nil)
	}
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op")
}

func TestAReportTakesLittleMemory(t *testing.T) {
	if raceDetector {
		t.Skip("measured without the race detector")
	}
	if testing.Short() {
		t.Skip("fills a book of 10,000 reports")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	book, _ := crowd(10000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	n, stories := book.Len()
	per := float64(after.HeapAlloc-before.HeapAlloc) / float64(n)
	t.Logf("%d reports in %d stories, %.0f bytes each", n, stories, per)
	if per > 2048 {
		t.Errorf("a report takes %.0f bytes", per)
	}
	runtime.KeepAlive(book)
}
