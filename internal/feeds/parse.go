package feeds

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// Source is where a document came from.
type Source struct {
	Feed news.Feed
	URL  string // the final address; relative links are relative to it
}

// Document is what a feed said: its items in the publisher's order and what
// it tells about itself.
type Document struct {
	Format string // rss2.0 rss1.0 rss0.9x atom1.0 atom0.3 jsonfeed sitemap
	Title  string
	Lang   string // primary subtag, as the feed says
	Home   string // the site's address
	Items  []news.Item

	Repaired  bool   // the bytes or the markup were broken
	Fault     string // what was broken first
	Truncated bool   // the end is missing: absence means nothing, validators must not advance
	LeftOut   int    // items beyond what one round takes

	// What the publisher wishes; zero where nothing is said.
	TTL       time.Duration // how long to wait between two polls
	TTLReason string        // the word that says so: ttl or sy:updatePeriod
	SkipHours []int         // of the day, UTC
	SkipDays  []int         // 0 is Sunday

	Hub, Self, Next string // WebSub hub, the feed's own address, the next page
}

// Parse reads a document of any format. now dates what is dated in the future
// and is the items' first sight.
//
// The error is an [*Error] and says what the document is instead, or why it
// is not read. A document that is broken but can be mended is no error.
func Parse(body []byte, src Source, contentType string, now time.Time) (Document, error) {
	text, fault := toUTF8(body, contentType, primary(src.Feed.Lang))
	k, root := sniff(text)
	p := parser{src: src, now: now.UTC(), kind: k}
	p.doc.note(fault)
	p.base, _ = url.Parse(src.URL)
	var err error
	switch k {
	case kindRSS, kindRDF, kindAtom:
		err = p.xml(text, root)
	case kindSitemap:
		err = p.sitemap(text, root)
	case kindJSON:
		err = p.json(text[root:])
	default:
		err = p.refuse(text)
	}
	if err != nil {
		return Document{}, err
	}
	return p.doc, nil
}

// note keeps the first fault.
func (d *Document) note(fault string) {
	if fault != "" {
		d.Repaired = true
		d.Fault = orElse(d.Fault, fault)
	}
}

// parser is one reading of one document.
type parser struct {
	src  Source
	base *url.URL
	now  time.Time
	kind kind
	doc  Document
}

// refuse names what was given instead of a feed, with the next step.
func (p *parser) refuse(b []byte) error {
	e := &Error{Class: ClassNotFeed}
	switch p.kind {
	case kindEmpty:
		e.Message = "the document is empty; look at the address in a browser"
	case kindOPML:
		e.Message = "this is a list of feeds (OPML); import it instead"
	case kindSitemapIndex:
		e.Message = "this is an index of sitemaps; give the address of the news sitemap that it names"
	case kindHTML:
		if sign := challenge(b); sign != "" {
			e.Class = ClassBotWall
			e.Message = "a page against robots stands before the feed (" + sign + "); ask the publisher for another way in"
			break
		}
		e.Message = "this is a web page" + titled(b)
		if links := DiscoverFeeds(b, p.src.URL); len(links) > 0 {
			e.Message += "; its feed may be " + links[0].URL
		} else {
			e.Message += " and names no feed"
		}
	default:
		e.Message = "this is no feed: it begins with " + beginning(b)
	}
	return e
}

// challenge recognises a page against robots; "" if it is an ordinary page.
func challenge(page []byte) string {
	head := bytes.ToLower(page[:min(len(page), maxPage)])
	for _, w := range wallMarks {
		if bytes.Contains(head, []byte(w.mark)) {
			return w.who
		}
	}
	return ""
}

// titled quotes a page's title for a message.
func titled(b []byte) string {
	b = b[:min(len(b), 16<<10)]
	i := indexFold(b, "<title")
	if i < 0 {
		return ""
	}
	_, rest, _ := bytes.Cut(b[i:], []byte(">"))
	title, _, _ := bytes.Cut(rest, []byte("<"))
	if t := text.Title(string(title)); t != "" {
		return ` ("` + cutRunes(t, 60) + `")`
	}
	return ""
}

func beginning(b []byte) string {
	s := strings.Join(strings.Fields(string(b[:min(len(b), 80)])), " ")
	return `"` + cutRunes(strings.ToValidUTF8(s, "?"), 40) + `"`
}

func cutRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "..."
		}
	}
	return s
}

// texts fills in the texts of an item. Content is kept apart only if it says
// more than the summary; a content that is the only text is the summary.
func texts(it *news.Item, title, summary, content string) {
	it.Title = text.Title(once(title))
	it.Summary = text.Plain(once(summary))
	if content == "" || content == summary {
		return
	}
	content = text.Plain(once(content))
	switch {
	case it.Summary == "":
		it.Summary = content
	case content != it.Summary:
		it.Content = content
	}
}

// oldest is the earliest date that an item of a feed can have. What is older,
// above all the epoch's first day, is a date that was not set.
var oldest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// dates fills in the dates of an item from the publisher's words for them.
// A date in the future becomes the first sight, and one that cannot be read
// none; then the words are kept.
func (p *parser) dates(it *news.Item, published, updated string) {
	it.FirstSeen = p.now
	it.Published = p.date(it, published)
	it.Updated = p.date(it, updated)
}

func (p *parser) date(it *news.Item, raw string) time.Time {
	t, ok := ParseDate(raw)
	switch {
	case strings.TrimSpace(raw) == "":
		return time.Time{}
	case !ok, t.Before(oldest):
		it.RawDate = orElse(it.RawDate, cutRunes(strings.TrimSpace(raw), 100))
		return time.Time{}
	case t.After(p.now):
		it.RawDate = orElse(it.RawDate, strings.TrimSpace(raw))
		return p.now
	}
	return t
}

// link makes a publisher's link absolute. Absolute links stay as they were
// given; what leads to no page is none.
func (p *parser) link(raw string, base *url.URL) string {
	// An ampersand that was escaped twice means itself.
	raw = strings.ReplaceAll(strings.TrimSpace(raw), "&amp;", "&")
	if i := strings.IndexAny(raw, "\r\n\t"); i >= 0 {
		raw = strings.Join(strings.Fields(raw), "")
	}
	if raw == "" || len(raw) > capLink {
		return ""
	}
	if isWeb(raw) {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	if base == nil {
		base = p.base
	}
	if base == nil || base.Host == "" {
		return raw
	}
	return base.ResolveReference(u).String()
}

// isWeb reports an absolute web address.
func isWeb(s string) bool {
	return len(s) > 8 && (strings.EqualFold(s[:7], "http://") || strings.EqualFold(s[:8], "https://"))
}

// words tidies a list of names or categories: one line each, no repeats, not
// more than a reader would look at.
func words(list []string) []string {
	var out []string
	for _, w := range list {
		if w = text.Title(w); w == "" || len(w) > 200 || slices.Contains(out, w) {
			continue
		}
		if out = append(out, w); len(out) == 40 {
			break
		}
	}
	return out
}

// lang chooses an item's language: its own word, then the operator's for the
// feed, then the feed's own, which publishers often leave at a default.
func (p *parser) lang(own string) string {
	if l := primary(own); l != "" {
		return l
	}
	if l := primary(p.src.Feed.Lang); l != "" {
		return l
	}
	return p.doc.Lang
}
