package feeds

import (
	"bytes"
	"html"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFeedListIsReadWithItsFolders(t *testing.T) {
	got, err := ParseOPML([]byte(`<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body>
	<!-- <outline xmlUrl="https://example.org/off"/> -->
	<outline text="World & War" title="World & War">
		<outline text="The Desk &quot;A&quot;" xmlUrl="https://example.org/rss?a=1&b=2" htmlUrl="https://example.org/" language="uk-UA" category="/wire,en"/>
		<OUTLINE title='No < quotes' xmlurl=https://example.org/two type="rss"></OUTLINE>
		<outline text="Deeper"><outline text="Three" xmlUrl="https://example.org/three"/></outline>
	</outline>
	<outline text="The Desk again" xmlUrl="https://example.org/rss?a=1&amp;b=2" category="late"/>
	<outline text="Not on the web" xmlUrl="file:///etc/passwd"/>`))
	want := []Outline{
		{URL: "https://example.org/rss?a=1&b=2", Title: `The Desk "A"`, Home: "https://example.org/", Lang: "uk", Category: "World & War,wire,en,late"},
		{URL: "https://example.org/two", Title: "No < quotes", Category: "World & War"},
		{URL: "https://example.org/three", Title: "Three", Category: "World & War,Deeper"},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

func TestAFeedListSurvivesWritingAndReading(t *testing.T) {
	want := []Outline{
		{URL: "https://example.org/rss?a=1&b=2", Title: `A < B & "C"`, Lang: "fr", Category: "wire,en"},
		{URL: "https://example.org/zwei", Title: "Zwei", Home: "https://example.org/"},
	}
	var b bytes.Buffer
	if err := WriteOPML(&b, "Desk", want); err != nil {
		t.Fatal(err)
	}
	got, err := ParseOPML(b.Bytes())
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s\n%s", err, d, b.String())
	}
}

func TestWhatIsNoFeedListIsRefused(t *testing.T) {
	for _, s := range []string{"", "<rss/>", "hello", "<opml>" + strings.Repeat(`<outline text="a">`, 1000)} {
		if _, err := ParseOPML([]byte(s)); err == nil {
			t.Errorf("%.40q is read", s)
		}
	}
}

func TestPublicFeedListsImportWellFormedOrNot(t *testing.T) {
	sharedFile(t, "README.md")
	files, err := filepath.Glob(filepath.Join(shared, "opml", "*.opml"))
	if err != nil || len(files) < 12 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		body := sharedFile(t, "opml/"+filepath.Base(name))
		feeds, err := ParseOPML(body)
		urls := map[string]bool{}
		for _, f := range feeds {
			urls[f.URL] = true
			if f.Title == "" || !isWeb(f.URL) {
				t.Errorf("%s: %+v", filepath.Base(name), f)
			}
		}
		want := map[string]bool{}
		for _, part := range strings.Split(string(body), `xmlUrl="`)[1:] {
			u, _, _ := strings.Cut(part, `"`)
			if u = html.UnescapeString(u); isWeb(u) {
				want[u] = true
			}
		}
		if err != nil || len(urls) != len(want) {
			t.Errorf("%s: %d feeds, want %d: %v", filepath.Base(name), len(urls), len(want), err)
		}
	}
}

func FuzzParseOPML(f *testing.F) {
	f.Add([]byte(`<opml><body><outline text="a & b" xmlUrl="https://example.org/"/></body></opml>`))
	f.Add([]byte(`<outline<outline xmlUrl='http://a.b/`))
	f.Fuzz(func(t *testing.T, b []byte) {
		feeds, err := ParseOPML(b)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := WriteOPML(&out, "x", feeds); err != nil {
			return // a character that XML has not
		}
		again, err := ParseOPML(out.Bytes())
		if err != nil || len(again) > len(feeds) {
			t.Fatalf("%d feeds, written and read %d: %v", len(feeds), len(again), err)
		}
	})
}
