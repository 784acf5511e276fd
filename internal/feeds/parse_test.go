package feeds

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

func TestAWellFormedFeedReadsAsThePlainLibraryReadsIt(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared, "feeds-news", "*.xml"))
	if err != nil || len(files) == 0 {
		t.Skip("no shared test data here")
	}
	same := 0
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := gofeed.NewParser().Parse(bytes.NewReader(body))
		doc, ours := Parse(body, Source{}, "", testNow)
		if err != nil || doc.Repaired {
			continue
		}
		if ours != nil || len(doc.Items) != len(want.Items) {
			t.Errorf("%s: %d items, want %d: %v", filepath.Base(name), len(doc.Items), len(want.Items), ours)
			continue
		}
		same++
		for i, w := range want.Items {
			it := doc.Items[i]
			got := []string{it.Title, it.GUID, it.Summary}
			exp := []string{text.Title(once(w.Title)), w.GUID, text.Plain(once(w.Description))}
			if exp[2] == "" {
				exp[2] = text.Plain(once(w.Content))
			}
			if w.Link != "" {
				// Escaped twice, an ampersand leads nowhere; the library leaves it.
				got, exp = append(got, it.URL), append(exp, strings.ReplaceAll(w.Link, "&amp;", "&"))
			}
			if d := cmp.Diff(exp, got); d != "" && !strings.Contains(doc.Format, "rss1") && exp[2] != "" {
				t.Errorf("%s item %d: (-library +ours)\n%s", filepath.Base(name), i, d)
			}
		}
	}
	t.Logf("%d of %d feeds are clean, and equal", same, len(files))
	if same < 90 {
		t.Errorf("only %d feeds were compared", same)
	}
}

func TestWhatAFeedSaysOfItself(t *testing.T) {
	src := Source{Feed: news.Feed{ID: "f"}, URL: "https://example.org/news/feed.xml"}
	for _, c := range []struct {
		name, body string
		want       Document
	}{
		{
			"RSS with ttl, skipped hours and days, and links of Atom",
			`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>A &amp; B</title><link>/</link><language>uk-UA</language><ttl>90</ttl>
			<skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours><skipDays><day>Sunday</day><day>Saturday</day></skipDays>
			<atom:link rel="hub" href="https://hub.example.org/"/><atom:link rel="self" href="feed.xml"/><atom:link rel="next" href="?page=2"/></channel></rss>`,
			Document{Format: "rss2.0", Title: "A & B", Lang: "uk", Home: "https://example.org/", TTL: 90 * time.Minute, TTLReason: "ttl",
				SkipHours: []int{0, 5}, SkipDays: []int{0, 6}, Hub: "https://hub.example.org/", Self: "https://example.org/news/feed.xml", Next: "https://example.org/news/feed.xml?page=2"},
		},
		{
			"RSS 1.0 that is updated twice a day",
			`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel rdf:about="x"><title>T</title><sy:updatePeriod>dayly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel></rdf:RDF>`,
			Document{Format: "rss1.0", Title: "T", TTL: 12 * time.Hour, TTLReason: "sy:updatePeriod"},
		},
		{
			"Atom with a hub",
			`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de-DE"><title type="html">&lt;b&gt;T&lt;/b&gt;</title><link rel="hub" href="https://hub.example.org/"/><link href="https://example.org/"/></feed>`,
			Document{Format: "atom1.0", Title: "T", Lang: "de", Home: "https://example.org/", Hub: "https://hub.example.org/"},
		},
		{
			"JSON Feed with a hub and a next page",
			`{"version":"https://jsonfeed.org/version/1.1","title":"T","language":"fr","home_page_url":"https://example.org/","next_url":"https://example.org/2","hubs":[{"type":"WebSub","url":"https://hub.example.org/"}],"items":[]}`,
			Document{Format: "jsonfeed", Title: "T", Lang: "fr", Home: "https://example.org/", Hub: "https://hub.example.org/", Next: "https://example.org/2"},
		},
	} {
		doc, err := Parse([]byte(c.body), src, "", testNow)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		doc.Items = nil
		if d := cmp.Diff(c.want, doc); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestWhatIsNoFeedIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, body string
		class      Class
		says       string
	}{
		{"nothing", "", ClassNotFeed, "empty"},
		{"blanks", " \n\t ", ClassNotFeed, "empty"},
		{"a web page with a feed", `<!DOCTYPE html><html><head><title>The Desk</title><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head></html>`, ClassNotFeed, `("The Desk"); its feed may be https://example.org/rss.xml`},
		{"a web page without one", `<html><body>Hello</body></html>`, ClassNotFeed, "names no feed"},
		{"a challenge", `<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>`, ClassBotWall, "Cloudflare"},
		{"a feed list", `<opml version="2.0"><body/></opml>`, ClassNotFeed, "import"},
		{"an index of sitemaps", `<sitemapindex><sitemap><loc>x</loc></sitemap></sitemapindex>`, ClassNotFeed, "news sitemap"},
		{"a sitemap of a site", `<urlset><url><loc>https://e.org/1</loc></url></urlset>`, ClassNotFeed, "without headlines"},
		{"other JSON", `{"error":"not found"}`, ClassNotFeed, "no list of items"},
		{"other text", "Not found", ClassNotFeed, `it begins with "Not found"`},
		{"an image", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ClassNotFeed, "no feed"},
	} {
		_, err := Parse([]byte(c.body), Source{URL: "https://example.org/feed"}, "", testNow)
		if ClassOf(err) != c.class || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s with %q", c.name, err, c.class, c.says)
		}
	}
}

func TestAnEditOfAnAtomEntryIsNoPublication(t *testing.T) {
	doc, err := Parse([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><id>x</id><updated>2025-09-02T10:00:00Z</updated></entry>
		<entry><title>U</title><id>y</id><published>2025-09-01T10:00:00Z</published><updated>2025-09-02T10:00:00Z</updated></entry></feed>`), Source{}, "", testNow)
	if err != nil || len(doc.Items) != 2 {
		t.Fatal(len(doc.Items), err)
	}
	if it := doc.Items[0]; !it.Published.IsZero() || it.Updated.IsZero() {
		t.Errorf("an entry that is only updated is published %v, updated %v", it.Published, it.Updated)
	}
	if it := doc.Items[1]; it.Published.Day() != 1 || it.Updated.Day() != 2 {
		t.Errorf("published %v, updated %v", it.Published, it.Updated)
	}
}

func TestDatesThatCannotBeAreKeptInWords(t *testing.T) {
	now := time.Date(2025, 9, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		raw, kept string
		want      time.Time
	}{
		{"Tue, 02 Sep 2025 10:00:00 GMT", "", time.Date(2025, 9, 2, 10, 0, 0, 0, time.UTC)},
		{"Tue, 02 Sep 2025 14:00:00 MSK", "", time.Date(2025, 9, 2, 11, 0, 0, 0, time.UTC)},
		{"Wed, 03 Sep 2025 10:00:00 GMT", "Wed, 03 Sep 2025 10:00:00 GMT", now},
		{"Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", time.Time{}},
		{"some day", "some day", time.Time{}},
		{"", "", time.Time{}},
	} {
		doc, err := Parse([]byte(`<rss version="2.0"><channel><item><title>T</title><pubDate>`+c.raw+`</pubDate></item></channel></rss>`), Source{}, "", now)
		if err != nil {
			t.Fatal(err)
		}
		if it := doc.Items[0]; !it.Published.Equal(c.want) || it.RawDate != c.kept {
			t.Errorf("%q: published %v, kept %q; want %v, %q", c.raw, it.Published, it.RawDate, c.want, c.kept)
		}
	}
}

func TestIdentifiersAreAsWrittenAndLinksAreResolved(t *testing.T) {
	body := `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/a/b"><entry xml:base="c/"><id>17</id><title>T</title><link href="story.html"/></entry></feed>`
	doc, err := Parse([]byte(body), Source{URL: "https://other.example/feed"}, "", testNow)
	if err != nil {
		t.Fatal(err)
	}
	if it := doc.Items[0]; it.GUID != "17" || it.URL != "https://example.org/a/c/story.html" {
		t.Errorf("guid %q, link %q", it.GUID, it.URL)
	}
	doc, err = Parse([]byte(`<rss version="2.0"><channel><item><title>T</title><link>story.html</link></item></channel></rss>`), Source{URL: "https://example.org/news/feed"}, "", testNow)
	if err != nil || doc.Items[0].URL != "https://example.org/news/story.html" {
		t.Errorf("%+v, %v", doc.Items, err)
	}
}

func TestALargeFeedIsReadFromTheTopAsFarAsOneRoundGoes(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>`)
	for i := range 300 {
		fmt.Fprintf(&b, `<entry><id>%d</id><title>Story %d</title><content type="xhtml"><div>%s</div></content></entry>`, i, i, strings.Repeat("<p>x<br/></p>", 500))
	}
	b.WriteString(`</feed>`)
	doc, err := Parse([]byte(b.String()), Source{}, "", testNow)
	if n := len(doc.Items); err != nil || n < 100 || n > 130 || doc.LeftOut != 300-n || doc.Items[0].Title != "Story 0" || doc.Items[n-1].GUID != strconv.Itoa(n-1) {
		t.Errorf("%d items read, %d left out: %v", len(doc.Items), doc.LeftOut, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range brokenFeeds() {
		f.Add(c.body, c.contentType)
	}
	for _, body := range buildHostileFeeds(5000) {
		f.Add([]byte(body), "")
	}
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"tags":"x","author":{"name":"A"}}]}`), "application/json")
	f.Add([]byte(`<urlset><url><loc>https://e.org/1</loc><news:news><news:title>T</news:title><news:publication_date>2025-09-02</news:publication_date></news:news></url></urlset>`), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		doc, err := Parse(body, Source{Feed: news.Feed{ID: "f"}, URL: "https://example.org/feed"}, contentType, testNow)
		if err != nil {
			if ClassOf(err) == "" {
				t.Fatalf("an error without a class: %v", err)
			}
			return
		}
		again, _ := Parse(body, Source{Feed: news.Feed{ID: "f"}, URL: "https://example.org/feed"}, contentType, testNow)
		st, st2 := news.FeedState{ID: "f"}, news.FeedState{ID: "f"}
		Identify(doc.Items, &st, testNow)
		Identify(again.Items, &st2, testNow)
		for i, it := range doc.Items {
			if it.ID == "" || len(it.Keys) == 0 || it.Version == 0 {
				t.Fatalf("item %d has no name: %+v", i, it)
			}
			if it.ID != again.Items[i].ID {
				t.Fatal("the same body gives other IDs")
			}
			if strings.Contains(it.Title, "\n") || text.Title(it.Title) != it.Title && text.Title(text.Title(it.Title)) != text.Title(it.Title) {
				t.Fatalf("a title that is not in normal form: %q", it.Title)
			}
			if it.Published.After(it.FirstSeen) {
				t.Fatalf("published %v after first seen %v", it.Published, it.FirstSeen)
			}
		}
	})
}
