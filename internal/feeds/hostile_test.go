package feeds

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostileFeeds are documents made to exhaust a parser.
var hostileFeeds = sync.OnceValue(func() map[string]string { return buildHostileFeeds(1) })

// buildHostileFeeds makes them div times smaller than they are dangerous, as
// seeds for fuzzing.
func buildHostileFeeds(div int) map[string]string {
	in := func(item string) string {
		return `<rss version="2.0"><channel><title>t</title><item><title>x</title>` + item + `</item></channel></rss>`
	}
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range max(1, n/div) {
			b.WriteString(f(i))
		}
		return b.String()
	}
	rep := func(s string, n int) string { return strings.Repeat(s, max(1, n/div)) }
	return map[string]string{
		"two million nested elements":       in(`<x:a xmlns:x="u">` + rep("<c>", 2_000_000) + rep("</c>", 2_000_000) + `</x:a>`),
		"two million elements left open":    in(`<x:a xmlns:x="u">` + rep("<c>", 2_000_000)),
		"nesting behind a broken attribute": in(`<x:a b=c>` + rep("<c>", 500_000)),
		"five thousand namespaces":          `<rss ` + many(5000, func(i int) string { return fmt.Sprintf(`xmlns:n%d="u%d" `, i, i) }) + `><channel>` + many(5000, func(int) string { return "<item><title>a</title></item>" }) + `</channel></rss>`,
		"200,000 attributes":                in(`<x:a ` + many(200_000, func(i int) string { return fmt.Sprintf(`a%d="" `, i) }) + `/>`),
		"200,000 attributes without quotes": in(`<x:a ` + many(200_000, func(i int) string { return fmt.Sprintf(`a%d=1 `, i) }) + `>`),
		"quadratic text":                    in(`<x:a xmlns:x="u">` + rep("abcdefgh<!---->", 300_000) + `</x:a>`),
		"quadratic text in CDATA":           in(`<x:a xmlns:x="u">` + rep("<![CDATA[abcdefgh]]>", 200_000) + `</x:a>`),
		"quadratic text around elements":    in(`<x:a xmlns:x="u">` + rep("abcdefgh<y/>", 300_000) + `</x:a>`),
		"100,000 items":                     `<rss version="2.0"><channel>` + many(100_000, func(i int) string { return fmt.Sprintf("<item><title>Item %d</title><guid>%d</guid></item>", i, i) }) + `</channel></rss>`,
		"a date of 5 MB":                    in(`<pubDate>` + rep("9", 5_000_000) + `</pubDate>`),
		"a title of 5 MB":                   in(`<title>` + rep("very long ", 500_000) + `</title>`),
		"a link of 5 MB":                    in(`<link>http://example.org/` + rep("a", 5_000_000) + `</link>`),
		"a description of 8 MB of tags":     in(`<description>` + rep("<b><i>x", 1_000_000) + `</description>`),
		"8 MB of less-than signs":           in(`<description>` + rep("<", 8_000_000) + `</description>`),
		"8 MB of ampersands":                in(`<description>` + rep("&", 8_000_000) + `</description>`),
		"8 MB of escaped markup":            in(`<description>` + rep("&lt;p&gt;&lt;b&gt;", 500_000) + `</description>`),
		"entities on entities":              `<!DOCTYPE r [<!ENTITY a "` + rep("x", 1000) + `">` + many(60, func(i int) string { return fmt.Sprintf(`<!ENTITY a%d "%s">`, i, rep("&a;", 200)) }) + `]>` + in(`<description>`+rep("&a5;&a;", 100_000)+`</description>`),
		"an entity of a file":               `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + in(`<description>&a;</description>`),
		"a doctype without end":             `<!DOCTYPE rss [` + rep("<!ENTITY % x 'y'>", 400_000),
		"comments without end":              in(rep("<!-- ", 1_000_000)),
		"CDATA without end":                 in(rep("<![CDATA[", 800_000)),
		"two million tags in one item":      in(rep("<a/>", 2_000_000)),
		"two million empty end tags":        in(rep("</a>", 2_000_000)),
		"fields left open":                  in(rep("<title>", 1_000_000)),
		"descriptions left open":            in(rep("<description>", 500_000)),
		"items in items":                    `<rss><channel>` + rep("<item>", 1_000_000),
		"Atom: nested XHTML":                `<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">` + rep("<div>", 1_000_000) + `</content></entry></feed>`,
		"Atom: open formatting":             `<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="html">` + many(100_000, func(i int) string { return fmt.Sprintf("&lt;p&gt;&lt;b a=%d&gt;", i) }) + `</content></entry></feed>`,
		"JSON: nested arrays":               `{"version":"https://jsonfeed.org/version/1","items":[{"id":` + rep("[", 1_000_000),
		"JSON: 300,000 items":               `{"version":"https://jsonfeed.org/version/1","items":[` + rep(`{"id":"a","title":"x"},`, 300_000) + `{}]}`,
		"a sitemap of 100,000 pages": `<urlset>` + many(100_000, func(i int) string {
			return fmt.Sprintf(`<url><loc>http://e.org/%d</loc><news:news><news:title>T</news:title></news:news></url>`, i)
		}) + `</urlset>`,
		"10 MB without markup":    rep("lorem ipsum ", 800_000),
		"10 MB of high bytes":     rep("\xe4\xf6", 5_000_000),
		"quotes without end":      in(`<a b="` + rep(`<a b="`, 500_000)),
		"processing instructions": in(rep("<?a ", 1_000_000)),
		"one tag of 8 MB":         `<rss ` + rep("a", 8_000_000),
		"HTML of 8 MB":            `<!doctype html><html><body>` + rep(`<a href="/feed">x</a>`, 400_000),
	}
}

// TestHostileDocumentsAreCheap measures what each costs. The limits are ten
// times the goal, so that a busy machine does not fail the test; the goal is
// printed against.
func TestHostileDocumentsAreCheap(t *testing.T) {
	for name, doc := range hostileFeeds() {
		t.Run(name, func(t *testing.T) {
			body := []byte(doc)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := cpuTime()
			d, err := Parse(body, Source{}, "", testNow)
			spent := cpuTime() - began
			runtime.ReadMemStats(&after)
			mb := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
			t.Logf("%5.1f MB: %4d ms CPU, %6.1f MB allocated, %d items, %v", float64(len(body))/1e6, spent.Milliseconds(), mb, len(d.Items), err)
			if err != nil && ClassOf(err) == "" {
				t.Errorf("an error without a class: %v", err)
			}
			if !raceDetector && spent > 10*250*time.Millisecond {
				t.Errorf("%v of CPU", spent)
			}
			if mb > 5*64 {
				t.Errorf("%.0f MB allocated", mb)
			}
			if len(d.Items) > maxItems {
				t.Errorf("%d items", len(d.Items))
			}
		})
	}
}

func TestWhatIsMadeToExhaustAParserIsRefusedWithItsReason(t *testing.T) {
	feeds := hostileFeeds()
	for name, reason := range map[string]string{
		"two million nested elements":  "nested more than 256 deep",
		"five thousand namespaces":     "attributes",
		"200,000 attributes":           "more than 256 attributes",
		"two million tags in one item": "tags, more than any feed needs",
	} {
		_, err := Parse([]byte(feeds[name]), Source{}, "", testNow)
		if ClassOf(err) != ClassHostileMarkup || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v, want %q", name, err, reason)
		}
	}
	spaces := `<rss `
	for i := range 100 {
		spaces += fmt.Sprintf(`xmlns:n%d="u" `, i)
	}
	if _, err := Parse([]byte(spaces+`><channel/></rss>`), Source{}, "", testNow); err == nil || !strings.Contains(err.Error(), "more than 64 namespaces") {
		t.Errorf("100 namespaces: %v", err)
	}
	doc, err := Parse([]byte(feeds["100,000 items"]), Source{}, "", testNow)
	if err != nil || len(doc.Items) != maxItems || doc.LeftOut != 100_000-maxItems || doc.Items[maxItems-1].Title != "Item 99999" || doc.Items[0].Title != "Item 0" {
		t.Errorf("100,000 items: %d read, %d left out, %v", len(doc.Items), doc.LeftOut, err)
	}
	if doc, err := Parse([]byte(feeds["an entity of a file"]), Source{}, "", testNow); err != nil || strings.Contains(doc.Items[0].Summary, "root:") {
		t.Errorf("a file was read: %v", err)
	}
}
