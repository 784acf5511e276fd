package story

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// lines reads a file of labelled or archived stories, or skips the test where
// the shared data is not at hand or the race detector is.
func lines(t testing.TB, name string) iter.Seq[[]byte] {
	t.Helper()
	if raceDetector {
		t.Skip("measured without the race detector")
	}
	f, err := os.Open(filepath.Join("../../../shared/testdata/stories", name+".jsonl.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the shared story data is not at hand")
	}
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func([]byte) bool) {
		defer f.Close()
		sc := bufio.NewScanner(z)
		sc.Buffer(nil, 1<<24)
		for sc.Scan() {
			if !yield(sc.Bytes()) {
				return
			}
		}
		if err := sc.Err(); err != nil {
			t.Error(err)
		}
	}
}

// labelled is a report whose story is known.
type labelled struct {
	item   *news.Item
	report *Report
	gold   string
	kind   string
}

// deskMix loads the labelled time line, ready to be placed.
func deskMix(t testing.TB) []labelled {
	var out []labelled
	for line := range lines(t, "deskmix.dev") {
		var d struct {
			ID, Title, Summary, Source, Cluster, Origin string
			TS                                          int64
		}
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatal(err)
		}
		it := &news.Item{ID: news.ItemID(d.ID), Feed: news.FeedID(d.Source), Outlet: d.Source,
			Title: d.Title, Summary: d.Summary, FirstSeen: time.Unix(d.TS, 0).UTC()}
		out = append(out, labelled{it, Prepare(it, nil, nil), d.Cluster, d.Origin})
	}
	return out
}
