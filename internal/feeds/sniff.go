package feeds

import (
	"bytes"
	"strings"
)

// kind is what a document is, as its first element tells.
type kind uint8

const (
	kindOther kind = iota
	kindEmpty
	kindRSS // <rss>, or a bare <channel> or <item>
	kindRDF
	kindAtom
	kindJSON
	kindSitemap
	kindSitemapIndex
	kindOPML
	kindHTML
)

// item is the local name of an item in such a document.
func (k kind) item() string {
	switch k {
	case kindAtom:
		return "entry"
	case kindSitemap:
		return "url"
	}
	return "item"
}

// sniffWindow is how far into a document its feed may begin. Warnings, blank
// lines and licences stand before it.
const sniffWindow = 64 << 10

// sniff finds out what a document is and where its root element begins.
func sniff(b []byte) (k kind, root int) {
	i := skipBlank(b, 0)
	if i == len(b) {
		return kindEmpty, 0
	}
	if b[i] == '{' || b[i] == '[' {
		return kindJSON, i
	}
	first := kindOther
	for n := 0; i < len(b) && i < sniffWindow; n++ {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			break
		}
		i += j
		rest := b[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = after(b, i+4, "-->")
			continue
		case bytes.HasPrefix(rest, []byte("<?")):
			i = after(b, i+2, "?>")
			continue
		case bytes.HasPrefix(rest, []byte("<!")):
			if isHTMLDoctype(rest) {
				first = kindHTML
			}
			i = skipDoctype(b, i)
			continue
		}
		switch k := rootKind(rest); {
		case k == kindHTML:
			first = kindHTML
		case k != kindOther && (first != kindHTML || isFeedRoot(rest)):
			return k, i
		}
		i++
	}
	if first == kindOther && hasPageTags(b) {
		first = kindHTML
	}
	return first, 0
}

// rootKind tells by its name whether a start tag opens a known document.
func rootKind(tag []byte) kind {
	name := tagName(tag, 1)
	local := strings.ToLower(name[strings.IndexByte(name, ':')+1:])
	switch local {
	case "rss", "channel":
		return kindRSS
	case "item":
		if len(name) == len(local) {
			return kindRSS
		}
	case "rdf":
		return kindRDF
	case "feed", "entry":
		return kindAtom
	case "urlset":
		return kindSitemap
	case "sitemapindex":
		return kindSitemapIndex
	case "opml":
		return kindOPML
	case "html", "head", "body":
		return kindHTML
	}
	return kindOther
}

// isFeedRoot reports a start tag that no page has by chance.
func isFeedRoot(tag []byte) bool {
	name := strings.ToLower(tagName(tag, 1))
	return name == "rss" || strings.HasSuffix(name, "rdf") || strings.HasSuffix(name, "feed") && bytes.Contains(tag[:min(len(tag), 256)], []byte("xmlns"))
}

func isHTMLDoctype(b []byte) bool {
	head := strings.ToLower(string(b[:min(len(b), 40)]))
	return strings.HasPrefix(head, "<!doctype html")
}

func hasPageTags(b []byte) bool {
	head := bytes.ToLower(b[:min(len(b), 2048)])
	for _, sign := range []string{"<p>", "<div", "<script", "<br", "<h1", "<meta", "<title", "<a "} {
		if bytes.Contains(head, []byte(sign)) {
			return true
		}
	}
	return false
}

// skipDoctype returns the end of the declaration at i, its internal subset
// included.
func skipDoctype(b []byte, i int) int {
	end := bytes.IndexByte(b[i:], '>')
	if end < 0 {
		return len(b)
	}
	if open := bytes.IndexByte(b[i:i+end], '['); open >= 0 {
		if n := after(b, i+open, "]>"); n < len(b) {
			return n
		}
		return after(b, i+open, "]")
	}
	return i + end + 1
}

// after returns the place behind the next mark from i on, or the end.
func after(b []byte, i int, mark string) int {
	if i > len(b) {
		return len(b)
	}
	if j := bytes.Index(b[i:], []byte(mark)); j >= 0 {
		return i + j + len(mark)
	}
	return len(b)
}

func skipBlank(b []byte, i int) int {
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// tagName is the name at i, prefix included, "" if none begins there.
func tagName(b []byte, i int) string {
	if !isName(b, i) {
		return ""
	}
	j := i
	for j < len(b) && isNameByte(b[j]) {
		j++
	}
	return string(b[i:j])
}

func isName(b []byte, i int) bool {
	return i < len(b) && (isAlpha(b[i]) || b[i] == '_')
}

func isNameByte(c byte) bool { return nameBytes[c] }

var nameBytes = func() (t [256]bool) {
	for c := range t {
		b := byte(c)
		t[c] = isAlpha(b) || '0' <= b && b <= '9' || b == '_' || b == '-' || b == '.' || b == ':'
	}
	return t
}()
