package feeds

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/watcherd/watcherd/internal/text"
)

// Link is a feed that a web page names.
type Link struct {
	URL   string
	Title string
	Type  string // media type, "" where the page does not say
}

// maxPageRead is how much of a page is read for its feeds, which are declared
// in its head.
const maxPageRead = 1 << 20

// DiscoverFeeds finds the feeds that a web page names: first those that it
// declares, then those that it merely links to, in the order of the page.
// Links are relative to base, or to the page's own base.
func DiscoverFeeds(page []byte, base string) []Link {
	b, _ := url.Parse(base)
	d := discovery{base: b}
	z := html.NewTokenizer(bytes.NewReader(page[:min(len(page), maxPageRead)]))
	z.SetMaxBuf(1 << 20)
	for len(d.declared) < 64 {
		switch z.Next() {
		case html.ErrorToken:
			return append(d.declared, d.linked...)
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			d.tag(string(name), attributes(z, more))
		}
	}
	return d.declared
}

func attributes(z *html.Tokenizer, more bool) map[string]string {
	attrs := map[string]string{}
	for n := 0; more && n < maxAttrs; n++ {
		var k, v []byte
		k, v, more = z.TagAttr()
		if _, ok := attrs[string(k)]; !ok {
			attrs[string(k)] = string(v)
		}
	}
	return attrs
}

type discovery struct {
	base             *url.URL
	declared, linked []Link
}

func (d *discovery) tag(name string, attrs map[string]string) {
	switch name {
	case "base":
		if u, err := url.Parse(strings.TrimSpace(attrs["href"])); err == nil && d.base != nil {
			d.base = d.base.ResolveReference(u)
		}
	case "link":
		rel := strings.Fields(strings.ToLower(attrs["rel"]))
		media, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(attrs["type"])), ";")
		if (slices.Contains(rel, "alternate") || slices.Contains(rel, "feed")) && (isFeedType(media) || slices.Contains(rel, "feed")) {
			d.add(&d.declared, attrs["href"], attrs["title"], media)
		}
	case "a":
		if looksLikeFeed(attrs["href"]) && len(d.linked) < 64 {
			d.add(&d.linked, attrs["href"], attrs["title"], "")
		}
	}
}

func isFeedType(media string) bool {
	switch media {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/x-rss+xml", "text/rss+xml", "application/rss":
		return true
	}
	return false
}

// looksLikeFeed reports a link that by its name leads to a feed.
func looksLikeFeed(href string) bool {
	u, err := url.Parse(strings.ToLower(strings.TrimSpace(href)))
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	path := strings.TrimRight(u.Path, "/")
	for _, end := range []string{".rss", ".rdf", ".atom", "/rss", "/feed", "/atom", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return strings.HasPrefix(u.Host, "feeds.") || strings.HasPrefix(u.Host, "rss.") && path != ""
}

// add resolves and adds a link that is not there yet.
func (d *discovery) add(to *[]Link, href, title, media string) {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || href == "" {
		return
	}
	if d.base != nil {
		u = d.base.ResolveReference(u)
	}
	if u.Scheme == "feed" {
		u.Scheme = "https"
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	l := Link{URL: u.String(), Title: text.Title(title), Type: media}
	same := func(o Link) bool { return o.URL == l.URL }
	if !slices.ContainsFunc(d.declared, same) && !slices.ContainsFunc(d.linked, same) {
		*to = append(*to, l)
	}
}
