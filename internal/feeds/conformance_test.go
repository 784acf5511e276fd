package feeds

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

const shared = "../../../shared/testdata"

// testNow is later than every date in the test data.
var testNow = time.Date(2040, 6, 1, 12, 0, 0, 0, time.UTC)

// sharedFile reads a file of the shared test data and skips without it.
func sharedFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared, name))
	if os.IsNotExist(err) {
		t.Skip("no shared test data here")
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines decodes a file of JSON lines.
func lines[T any](t testing.TB, name string) []T {
	t.Helper()
	var out []T
	sc := bufio.NewScanner(bytes.NewReader(sharedFile(t, name)))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// score counts agreement and keeps the first disagreements.
type score struct {
	name      string
	want      float64 // the least share that passes
	good, all int
	misses    []string
}

func (s *score) add(ok bool, format string, args ...any) {
	s.all++
	if ok {
		s.good++
	} else if len(s.misses) < 400 {
		s.misses = append(s.misses, fmt.Sprintf(format, args...))
	}
}

func (s *score) share() float64 { return float64(s.good) / float64(max(1, s.all)) }

// reading is what another parser reads of a feed.
type reading struct {
	File    string
	Version string
	N       int
	Entries []struct {
		Title, Link, ID    string
		Published, Updated *time.Time
	}
}

// TestConformance reads the shared collections of feeds and dates, prints how
// far we agree with what is known of them, and fails under the thresholds.
func TestConformance(t *testing.T) {
	sharedFile(t, "README.md")
	var table []*score
	table = append(table, captured(t, "feeds-news", 1, 0.98)...)
	table = append(table, captured(t, "feeds-odd", 1, 0.98)...)
	table = append(table, feedparserCases(t)...)
	table = append(table, validatorCases(t))
	table = append(table, dateCases(t)...)
	table = append(table, brokenShapes(t)...)
	for _, s := range table {
		mark := ""
		if s.share() < s.want {
			mark = "  << below"
			t.Errorf("%s: %d of %d agree, at least %.1f %% wanted", s.name, s.good, s.all, 100*s.want)
		}
		t.Logf("%-44s %5d of %5d  %6.2f %%  (wanted %.1f)%s", s.name, s.good, s.all, 100*s.share(), 100*s.want, mark)
		if mark != "" || testing.Verbose() && os.Getenv("FEEDS_MISSES") != "" {
			for _, m := range s.misses {
				t.Log("    " + m)
			}
		}
	}
}

// captured compares the feeds of a folder with what a mature parser reads.
func captured(t *testing.T, dir string, parses, agree float64) []*score {
	files := &score{name: dir + ": files read", want: parses}
	titles := &score{name: dir + ": titles", want: agree}
	links := &score{name: dir + ": links", want: agree}
	dates := &score{name: dir + ": dates", want: agree}
	for _, want := range lines[reading](t, dir+"/EXPECT.jsonl") {
		if want.Version == "" && want.N == 0 {
			continue // no feed, or one the other parser does not know
		}
		doc, err := Parse(sharedFile(t, dir+"/"+want.File), Source{}, "", testNow)
		files.add(err == nil && len(doc.Items) >= nonEmpty(want), "%s: %d items, want %d, %v", want.File, len(doc.Items), want.N, err)
		if len(doc.Items) != want.N {
			titles.add(false, "%s: %d items, want %d", want.File, len(doc.Items), want.N)
			links.add(false, "%s: %d items, want %d", want.File, len(doc.Items), want.N)
			continue
		}
		for i, e := range want.Entries {
			it := doc.Items[i]
			titles.add(it.Title == text.Title(e.Title), "%s[%d] title %q, want %q", want.File, i, it.Title, text.Title(e.Title))
			links.add(sameLink(it.URL, e.Link), "%s[%d] link %q, want %q", want.File, i, it.URL, e.Link)
			wantDate := e.Published
			if wantDate == nil {
				wantDate = e.Updated
			}
			if wantDate != nil {
				got := it.Published
				if got.IsZero() {
					got = it.Updated
				}
				dates.add(got.Truncate(time.Second).Equal(*wantDate), "%s[%d] date %v, want %v (%q)", want.File, i, got, *wantDate, it.RawDate)
			}
		}
	}
	return []*score{files, titles, links, dates}
}

// nonEmpty counts the entries that say anything: an item without title, link
// and identifier is none to us.
func nonEmpty(r reading) int {
	n := 0
	for _, e := range r.Entries {
		if e.Title != "" || e.Link != "" {
			n++
		}
	}
	return n
}

// sameLink compares links as addresses, not as spellings.
func sameLink(a, b string) bool {
	norm := func(s string) string {
		s = strings.NewReplacer("&amp;", "&", " ", "%20").Replace(strings.TrimSpace(s))
		return strings.TrimSuffix(s, "/")
	}
	return norm(a) == norm(b)
}

// fpCase is a case of the feedparser suite.
type fpCase struct {
	File string
	Core map[string]any
}

// feedparserCases compares core values: title, link, identifier, texts and
// dates. What tests the other parser's sanitising and resolving of markup is
// left out, and CDF, which nobody publishes.
func feedparserCases(t *testing.T) []*score {
	kept := &score{name: "feedparser: core values that we keep", want: 0.97}
	all := &score{name: "feedparser: core values, all", want: 0.92}
	for _, c := range lines[fpCase](t, "conformance/feedparser-EXPECT.jsonl") {
		if len(c.Core) == 0 || strings.Contains(c.File, "/sanitize/") || strings.Contains(c.File, "/cdf/") || strings.Contains(c.File, "/base/") {
			continue
		}
		doc, err := Parse(sharedFile(t, "conformance/feedparser/"+c.File), Source{URL: "http://127.0.0.1:8097/feed/x.xml"}, "", testNow)
		for field, want := range c.Core {
			got, known := coreValue(doc, field, want)
			ok := known && err == nil && (got == fmt.Sprint(want) || equalText(got, want))
			all.add(ok, "%s %s", c.File, field)
			if known {
				kept.add(ok, "%s %s = %q, want %q (%v)", c.File, field, got, want, err)
			}
		}
	}
	return []*score{kept, all}
}

func equalText(got string, want any) bool {
	w, ok := want.(string)
	if !ok {
		return false
	}
	if a, ok := ParseDate(w); ok && len(w) > 9 {
		if b, ok := ParseDate(got); ok {
			return a.Equal(b)
		}
	}
	return text.Plain(got) == text.Plain(w) || text.Title(got) == text.Title(w)
}

// coreValue reads the value that a case names.
func coreValue(d Document, field string, want any) (string, bool) {
	part, name, _ := strings.Cut(field, ".")
	switch part {
	case "feed":
		switch name {
		case "title":
			return d.Title, true
		case "link":
			return d.Home, true
		case "language":
			if d.Lang == primary(fmt.Sprint(want)) {
				return fmt.Sprint(want), true // we keep the primary subtag
			}
			return d.Lang, true
		}
		return "", false
	case "entries":
		return fmt.Sprint(len(d.Items)), true
	}
	var i int
	fmt.Sscanf(part, "entries[%d]", &i)
	var it news.Item
	if i < len(d.Items) {
		it = d.Items[i]
	}
	at := func(ts ...time.Time) (string, bool) {
		for _, t := range ts {
			if !t.IsZero() {
				return t.Format(time.RFC3339), true
			}
		}
		return "", true
	}
	switch name {
	case "title":
		return it.Title, true
	case "link":
		return it.URL, true
	case "id", "guid":
		return it.GUID, true
	case "description", "summary":
		if it.Summary != text.Plain(fmt.Sprint(want)) && it.Content == text.Plain(fmt.Sprint(want)) {
			return it.Content, true
		}
		return it.Summary, true
	case "author":
		return strings.Join(it.Authors, ", "), true
	case "published", "published_parsed":
		return at(it.Published)
	case "updated", "updated_parsed":
		return at(it.Updated, it.Published)
	}
	return "", false
}

// validatorCases reads the W3C validator's documents: none may harm, and the
// number of items of a well-formed feed is known.
func validatorCases(t *testing.T) *score {
	type fvCase struct {
		File       string
		WellFormed bool   `json:"well_formed"`
		Root       string `json:"root"`
		N          int    `json:"n_items"`
		Titles     []string
	}
	s := &score{name: "feedvalidator: item counts", want: 0.99}
	for _, c := range lines[fvCase](t, "conformance/feedvalidator-EXPECT.jsonl") {
		doc, err := Parse(sharedFile(t, "conformance/feedvalidator/"+c.File), Source{}, "", testNow)
		if !c.WellFormed || c.Root != "rss" && c.Root != "feed" && c.Root != "RDF" {
			continue // read for its harm only
		}
		s.add(err == nil && len(doc.Items) == c.N || c.N == 0 && len(doc.Items) == 0 || emptyItems(c.N, c.Titles, len(doc.Items)),
			"%s: %d items, want %d (%v)", c.File, len(doc.Items), c.N, err)
	}
	return s
}

// emptyItems reports that the only difference is items without any content.
func emptyItems(n int, titles []string, got int) bool {
	return n == 1 && got == 0 && strings.Join(titles, "") == ""
}

func dateCases(t *testing.T) []*score {
	type dateCase struct {
		Input  string
		Expect *string
	}
	parsed := &score{name: "dates: read", want: 110.0 / 117}
	refused := &score{name: "dates: refused as they should be", want: 0.9}
	for _, c := range lines[dateCase](t, "conformance/dates.jsonl") {
		got, ok := ParseDate(c.Input)
		spelled := got.Truncate(time.Second).Format(time.RFC3339)
		switch {
		case c.Input == "":
		case c.Expect == nil:
			refused.add(!ok, "%q is %s, should be refused", c.Input, spelled)
			parsed.add(!ok, "%q is %s, should be refused", c.Input, spelled)
		case *c.Expect == "$parses":
			parsed.add(ok, "%q is not read", c.Input)
		default:
			parsed.add(ok && spelled == *c.Expect, "%q is %s, want %s", c.Input, spelled, *c.Expect)
		}
	}
	return []*score{parsed, refused}
}
