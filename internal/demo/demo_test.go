package demo

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func get(t *testing.T, w *World, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

func TestTheWorldIsLargeEnough(t *testing.T) {
	w := New(start)
	urls := map[string]bool{}
	for n := range w.feeds {
		for _, it := range w.items[n] {
			urls[Link(&w.feeds[n], it.key)] = true
		}
	}
	if len(w.feeds) != 8 || len(urls) < 200 {
		t.Errorf("%d feeds with %d items", len(w.feeds), len(urls))
	}
	formats, langs := map[string]bool{}, map[string]bool{}
	for n, f := range w.feeds {
		formats[f.Format] = true
		for _, it := range w.items[n] {
			langs[it.lang+f.Lang] = true
		}
	}
	if len(formats) != 3 || len(langs) != 5 {
		t.Errorf("formats %v, languages %v", formats, langs)
	}
}

func TestEveryFeedParsesAtEveryStep(t *testing.T) {
	w := New(start)
	for step := range w.Steps() {
		if step > 0 && !w.Advance() || w.Step() != step {
			t.Fatalf("step %d is %d", step, w.Step())
		}
		for n, f := range w.Feeds() {
			rec := get(t, w, f.Path)
			if f.walled > 0 && step >= f.walled {
				if rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "<html") {
					t.Errorf("step %d: %s is not walled: %d", step, f.Path, rec.Code)
				}
				continue
			}
			feed, err := gofeed.NewParser().ParseString(rec.Body.String())
			if err != nil {
				t.Errorf("step %d: %s: %v", step, f.Path, err)
				continue
			}
			want := w.entries(n, step)
			if len(feed.Items) != len(want) || feed.Title != f.Name {
				t.Fatalf("step %d: %s: %d items of %d", step, f.Path, len(feed.Items), len(want))
			}
			for i, it := range feed.Items {
				if it.Title != want[i].Title || it.Link != want[i].URL || it.GUID != want[i].ID || !strings.Contains(it.Description+it.Content, want[i].Paragraphs[0][:8]) {
					t.Errorf("step %d: %s: item %d is %q %s", step, f.Path, i, it.Title, it.Link)
				}
				if (it.PublishedParsed == nil) != want[i].Published.IsZero() || it.PublishedParsed != nil && !it.PublishedParsed.Equal(want[i].Published) {
					t.Errorf("step %d: %s: %q is dated %v", step, f.Path, it.Title, it.PublishedParsed)
				}
			}
		}
	}
	if w.Advance() {
		t.Error("there is a step after the last")
	}
}

func TestDatesAreCountedFromTheStart(t *testing.T) {
	for _, start := range []time.Time{start, start.AddDate(3, 0, 0)} {
		w := New(start)
		future, undated := 0, 0
		for n := range w.feeds {
			last := time.Time{}
			for _, e := range w.entries(n, lastStep) {
				switch age := start.Sub(e.Published); {
				case e.Published.IsZero():
					undated++
				case age < 0:
					future++
				case age < 20*time.Second || age > 14*24*time.Hour && !strings.HasSuffix(e.URL, "?utm_source=feed&utm_medium=json"):
					t.Errorf("%s is %v old", e.URL, age)
				default:
					if !last.IsZero() && e.Published.After(last) {
						t.Errorf("%s is newer than the one above it", e.URL)
					}
					last = e.Published
				}
			}
		}
		if future != 1 || undated != 1 {
			t.Errorf("%d from the future, %d undated", future, undated)
		}
	}
}

func TestSomethingHappensAtEveryStep(t *testing.T) {
	w := New(start)
	for step := 1; step < w.Steps(); step++ {
		fresh := 0
		for n := range w.feeds {
			for _, it := range w.items[n] {
				if it.step == step {
					fresh++
				}
			}
		}
		if fresh < 3 {
			t.Errorf("step %d brings %d items", step, fresh)
		}
	}
}

func TestTrapsPointToWhatExists(t *testing.T) {
	w := New(start)
	steps := map[string]int{}
	paths := map[string]bool{}
	for n := range w.feeds {
		paths[w.feeds[n].Path] = true
		for _, it := range w.items[n] {
			steps[Link(&w.feeds[n], it.key)] = it.step
		}
	}
	names := map[string]bool{}
	for _, tr := range w.Traps() {
		if names[tr.Name] || tr.Explain == "" || tr.Step >= w.Steps() || len(tr.Alerts)+len(tr.One)+len(tr.Silent)+len(tr.Feeds) == 0 {
			t.Errorf("%q stands twice, at no step, or expects nothing", tr.Name)
		}
		names[tr.Name] = true
		var urls []string
		for _, a := range tr.Alerts {
			urls = append(urls, a.URL)
			if steps[a.URL] == 0 {
				t.Errorf("%s: %s is there from the start and cannot alert", tr.Name, a.URL)
			}
		}
		for _, o := range tr.One {
			urls = append(urls, o.URLs...)
		}
		for _, s := range tr.Silent {
			urls = append(urls, s.URLs...)
			for _, u := range s.URLs {
				if (s.Outcome == "baseline") != (steps[u] == 0) {
					t.Errorf("%s: %s comes at step %d and cannot be %s", tr.Name, u, steps[u], s.Outcome)
				}
			}
		}
		for _, f := range tr.Feeds {
			if !paths[f.Path] {
				t.Errorf("%s: no feed %s", tr.Name, f.Path)
			}
		}
		for _, u := range urls {
			if _, ok := steps[u]; !ok {
				t.Errorf("%s: no item %s", tr.Name, u)
			}
		}
	}
}

func TestTheTrapsAreSet(t *testing.T) {
	w := New(start)
	of := func(path string) int {
		return slices.IndexFunc(w.feeds, func(f Feed) bool { return f.Path == path })
	}
	find := func(n, step int, key string) *entry {
		for _, e := range w.entries(n, step) {
			if strings.HasPrefix(e.URL, Link(&w.feeds[n], key)) {
				return &e
			}
		}
		return nil
	}
	north := of("/northern.json")
	for _, e := range w.entries(north, 5) {
		key := e.URL[strings.LastIndex(e.URL, "/")+1:]
		if now := find(north, 6, key); now == nil || now.ID == e.ID || now.Title != e.Title {
			t.Errorf("%s keeps its identifier", key)
		}
	}
	harbour := of("/harbour.xml")
	before, after := find(harbour, 6, "battery-ship"), find(harbour, 7, "battery-ship")
	if before.Title == after.Title || before.ID != after.ID || before.URL != after.URL {
		t.Errorf("headline: %+v, then %+v", before, after)
	}
	wire := of("/wire.xml")
	for key, shown := range map[string][]int{"old-depot": {0, 3, 9, 12}, "drone-airspace": {1, 4, 10, 12}} {
		for step := range w.Steps() {
			want := step >= shown[0] && step <= shown[1] || step >= shown[2]
			if got := find(wire, step, key) != nil; got != want {
				t.Errorf("step %d: %s shown: %v", step, key, got)
			}
		}
	}
	meridian := of("/meridian.xml")
	doc, _ := w.render(meridian, 12)
	if n := strings.Count(string(doc), "Support independent journalism"); n != len(w.entries(meridian, 12)) {
		t.Errorf("%d appeals", n)
	}
	if !strings.Contains(strings.ToLower(find(harbour, 3, "signatory").Title), "nato") {
		t.Error("no NATO in signatory")
	}
	island := of("/island.xml")
	if newest := w.entries(island, 12)[0]; start.Sub(newest.Published) < 25*time.Hour || len(w.entries(island, 12)) != len(w.entries(island, 0)) {
		t.Errorf("the silent feed speaks: %+v", newest)
	}
}

func TestTheServerIsPolite(t *testing.T) {
	w := New(start)
	first := get(t, w, "/wire.xml")
	tag, date := first.Header().Get("ETag"), first.Header().Get("Last-Modified")
	if first.Code != 200 || tag == "" || date == "" {
		t.Fatalf("%d %q %q", first.Code, tag, date)
	}
	if again := get(t, w, "/wire.xml", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("If-None-Match: %d", again.Code)
	}
	if again := get(t, w, "/wire.xml", "If-Modified-Since", date); again.Code != http.StatusNotModified {
		t.Errorf("If-Modified-Since: %d", again.Code)
	}
	packed := get(t, w, "/wire.xml", "Accept-Encoding", "gzip, br")
	z, err := gzip.NewReader(packed.Body)
	if err != nil || packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("ETag") == tag {
		t.Fatalf("gzip: %v %v", err, packed.Header())
	}
	if plain, err := io.ReadAll(z); err != nil || string(plain) != first.Body.String() {
		t.Errorf("gzip: %v", err)
	}
	w.Advance()
	if next := get(t, w, "/wire.xml", "If-None-Match", tag, "If-Modified-Since", date); next.Code != 200 {
		t.Errorf("after a step: %d", next.Code)
	}
	if next := get(t, w, "/island.xml", "If-None-Match", get(t, New(start), "/island.xml").Header().Get("ETag")); next.Code != http.StatusNotModified {
		t.Errorf("a feed without news: %d", next.Code)
	}
	if rec := get(t, w, "/elsewhere"); rec.Code != http.StatusNotFound {
		t.Errorf("elsewhere: %d", rec.Code)
	}
}

func TestTheConfigNamesEveryFeed(t *testing.T) {
	w := New(start)
	c := w.Config("http://127.0.0.1:4711/")
	for _, f := range w.Feeds() {
		if !strings.Contains(c, "- url: http://127.0.0.1:4711"+f.Path+"\n") || !strings.Contains(c, f.Name) {
			t.Errorf("%s is missing", f.Path)
		}
	}
}

func TestTextsAreFitToBeShown(t *testing.T) {
	w := New(start)
	for n := range w.feeds {
		for _, it := range w.items[n] {
			if utf8.RuneCountInString(it.title) > 78 {
				t.Errorf("%s: %q is longer than a line", it.key, it.title)
			}
			for _, p := range it.paragraphs {
				if !strings.HasSuffix(p, ".") && !strings.HasSuffix(p, `"`) && !strings.HasSuffix(p, "!") {
					t.Errorf("%s: %q does not end as a sentence", it.key, p)
				}
			}
		}
	}
}

func TestBadContentIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"== a\nTitle only":                       "no key, headline or text",
		"== a | colour red\nTitle\nText.":        "unknown attribute",
		"== a | step soon\nTitle\nText.":         "soon",
		"== a\nT\nText.\n\n== a\nT\nText.":       "stands twice",
		"== a | date -x d\nTitle\nText.":         "date",
		"== a | title 3 New title\nTitle\nText.": "New title",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want a fault about %q", text, err, want)
		}
	}
}
