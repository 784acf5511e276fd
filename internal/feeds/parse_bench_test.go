package feeds

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmcdole/gofeed"
)

// corpus is the feeds that the benchmarks read: the captured ones if they are
// here, else the sample.
func corpus(b *testing.B) [][]byte {
	files, _ := filepath.Glob(filepath.Join(shared, "feeds-news", "*.xml"))
	var all [][]byte
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, body)
	}
	if len(all) == 0 {
		all = append(all, []byte(sample(plainTitles)))
	}
	return all
}

func size(all [][]byte) int64 {
	n := 0
	for _, b := range all {
		n += len(b)
	}
	return int64(n)
}

// BenchmarkParse is the whole way from bytes to items in normal form. One op
// is the corpus.
func BenchmarkParse(b *testing.B) {
	all := corpus(b)
	b.SetBytes(size(all))
	b.ReportAllocs()
	for b.Loop() {
		for _, body := range all {
			Parse(body, Source{}, "", testNow)
		}
	}
}

// BenchmarkLibrary is the floor: the plain library on the same bytes, which
// gives texts with their markup.
func BenchmarkLibrary(b *testing.B) {
	all := corpus(b)
	b.SetBytes(size(all))
	b.ReportAllocs()
	for b.Loop() {
		for _, body := range all {
			gofeed.NewParser().Parse(bytes.NewReader(body))
		}
	}
}

// BenchmarkLibraryWithoutImages is the library as it is used here.
func BenchmarkLibraryWithoutImages(b *testing.B) {
	all := corpus(b)
	b.SetBytes(size(all))
	b.ReportAllocs()
	for b.Loop() {
		for _, body := range all {
			library.Parse(bytes.NewReader(body))
		}
	}
}

// BenchmarkSafety is what the charset, the sniffing and the scan add.
func BenchmarkSafety(b *testing.B) {
	all := corpus(b)
	b.SetBytes(size(all))
	b.ReportAllocs()
	for b.Loop() {
		for _, body := range all {
			text, _ := toUTF8(body, "", "")
			k, root := sniff(text)
			scan(text[root:], k)
		}
	}
}

func BenchmarkRepair(b *testing.B) {
	body := bytes.Replace([]byte(sample(plainTitles)), []byte("</item>"), nil, 1)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(body, Source{}, "", testNow)
	}
}

// BenchmarkOverhead reports how much dearer the whole parse is than the
// library in its plain use, and how much the safety alone adds, in percent.
func BenchmarkOverhead(b *testing.B) {
	all := corpus(b)
	var lib, safe, whole int64
	for b.Loop() {
		for _, body := range all {
			t := cpuTime()
			gofeed.NewParser().Parse(bytes.NewReader(body))
			lib += int64(cpuTime() - t)
			t = cpuTime()
			text, _ := toUTF8(body, "", "")
			k, root := sniff(text)
			scan(text[root:], k)
			safe += int64(cpuTime() - t)
			t = cpuTime()
			Parse(body, Source{}, "", testNow)
			whole += int64(cpuTime() - t)
		}
	}
	b.ReportMetric(100*float64(safe)/float64(lib), "%-safety")
	b.ReportMetric(100*float64(whole-lib)/float64(lib), "%-whole")
}
