package feeds

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"

	"github.com/watcherd/watcherd/internal/news"
)

// library is the feed parser behind the scan. It keeps no state, so that one
// serves everybody.
var library = func() *gofeed.Parser {
	p := gofeed.NewParser()
	p.KeepOriginalFeed = true // for what its common form leaves out
	p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	return p
}()

// xml reads an RSS or Atom document: scanned, mended if need be, cut to the
// limits, and only then given to the library.
func (p *parser) xml(b []byte, root int) error {
	b, out, err := p.sound(b, root)
	if err != nil {
		return err
	}
	feed, err := library.Parse(bytes.NewReader(b))
	if err != nil {
		if feed = p.salvage(b, out, err); feed == nil {
			return &Error{Class: ClassNotFeed, Message: "the markup is broken beyond repair: " + err.Error()}
		}
	}
	p.take(feed, b, out)
	return nil
}

// sound returns the document from its root element on, well-formed and within
// the limits, with its outline.
func (p *parser) sound(b []byte, root int) ([]byte, outline, error) {
	prolog := b[:root]
	b = b[root:]
	if len(bytes.Trim(prolog, " \t\r\n")) > 0 && p.junkBefore(prolog) {
		p.doc.note("something before the root element")
	}
	entities := declaredEntities(prolog)
	var out outline
	var err error
	if entities == nil && !p.rootless(b) {
		if out, err = scan(b, p.kind); err != nil {
			return nil, out, err
		}
	} else {
		out.fault = "no root element, or entities of its own"
	}
	if out.fault != "" {
		p.doc.note(out.fault)
		if b, p.doc.Truncated, err = repair(b, p.kind, entities); err != nil {
			return nil, out, err
		}
		if out, err = scan(b, p.kind); err != nil {
			return nil, out, err
		}
	}
	if out.end > 0 {
		b = b[:out.end]
	}
	return p.trim(b, out)
}

// junkBefore reports that more than a declaration, comments and a document
// type stand before the root element.
func (p *parser) junkBefore(prolog []byte) bool {
	i := skipBlank(prolog, 0)
	for i < len(prolog) {
		rest := prolog[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = after(prolog, i+4, "-->")
		case bytes.HasPrefix(rest, []byte("<?")):
			i = after(prolog, i+2, "?>")
		case bytes.HasPrefix(rest, []byte("<!")):
			i = skipDoctype(prolog, i)
		default:
			return true
		}
		i = skipBlank(prolog, i)
	}
	return false
}

// rootless reports a document that begins inside of a feed.
func (p *parser) rootless(b []byte) bool {
	name := strings.ToLower(tagName(b, 1))
	switch name[strings.IndexByte(name, ':')+1:] {
	case "channel", "item", "entry":
		return true
	}
	return false
}

// trim cuts a document down to what one round takes: the first items and,
// for feeds that add at the end, the last; and fewer, if they are made of more
// tags than a parser should be given.
func (p *parser) trim(b []byte, out outline) ([]byte, outline, error) {
	if len(out.items) > maxItems {
		b, out = p.leaveOut(b, out, keepFirst, maxItems-keepFirst)
	}
	room := maxTags
	if out.work > maxTagWork {
		room = min(room, int(int64(out.tags)*maxTagWork/int64(out.work)))
	}
	if out.tags <= room {
		return b, out, nil
	}
	n := 0
	for n+1 < len(out.items) && out.items[n+1].tags <= room {
		n++
	}
	if n == 0 {
		return nil, out, hostile("%d tags, more than any feed needs", out.tags)
	}
	b, out = p.leaveOut(b, out, n, 0)
	return b, out, nil
}

// leaveOut keeps the first and the last items only.
func (p *parser) leaveOut(b []byte, out outline, first, last int) ([]byte, outline) {
	n := len(out.items)
	p.doc.LeftOut += n - first - last
	from, to, after := out.items[first-1].end, out.items[n-1].end, out.tags
	if last > 0 {
		to, after = out.items[n-last].start, out.items[n-last].tags
	}
	gap, removed := to-from, after-out.items[first].tags
	items := append(make([]span, 0, first+last), out.items[:first]...)
	for _, it := range out.items[n-last:] {
		items = append(items, span{start: it.start - gap, end: it.end - gap, tags: it.tags - removed})
	}
	out.work -= out.work / out.tags * removed
	out.tags -= removed
	out.items = items
	b = append(append(make([]byte, 0, len(b)-gap), b[:from]...), b[to:]...)
	out.end = len(b)
	return b, out
}

// take turns the library's feed into the document.
func (p *parser) take(feed *gofeed.Feed, b []byte, out outline) {
	switch original := feed.OriginalFeed().(type) {
	case *rss.Feed:
		p.rss(feed, original)
	case *atom.Feed:
		p.atom(feed, original)
	}
	if len(out.items) == len(p.doc.Items) {
		p.details(b, out)
	}
}

// details adds what the library loses: the identifier as it was written, the
// language of one item, and links resolved as the standard says.
func (p *parser) details(b []byte, out outline) {
	linkless := p.kind == kindAtom && slices.ContainsFunc(p.doc.Items, func(it news.Item) bool { return it.URL == "" })
	if !out.bases && !out.langs && !out.about && !linkless {
		return
	}
	var outer []*url.URL
	if out.bases || linkless {
		outer = p.outerBases(b, out)
	}
	for i, at := range out.items {
		it := &p.doc.Items[i]
		tag, ok := readTag(b, at.start)
		if !ok {
			continue
		}
		if about := strings.TrimSpace(unescape(tag.attr("rdf:about"))); about != "" && it.GUID == "" {
			it.GUID = about
			it.URL = orElse(it.URL, p.link(about, nil))
		}
		if l := primary(tag.attr("xml:lang")); l != "" {
			it.Lang = l
		}
		if out.bases || linkless && it.URL == "" {
			p.rebase(it, b[at.start:at.end], outer)
		}
	}
}

// outerBases resolves the xml:base of the root and the channel.
func (p *parser) outerBases(b []byte, out outline) []*url.URL {
	bases := []*url.URL{p.base}
	end := len(b)
	if len(out.items) > 0 {
		end = out.items[0].start
	}
	for _, at := range []int{0, indexFold(b[:end], "<channel")} {
		if at < 0 {
			continue
		}
		if tag, ok := readTag(b, at); ok {
			bases = append(bases, join(bases[len(bases)-1], tag.attr("xml:base")))
		}
	}
	return bases
}

// join resolves an xml:base against the one around it.
func join(outer *url.URL, base string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(unescape(base)))
	switch {
	case base == "" || err != nil:
		return outer
	case outer == nil:
		return u
	}
	return outer.ResolveReference(u)
}

func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var out struct {
		Text string `xml:",chardata"`
	}
	d := xml.NewDecoder(strings.NewReader("<x>" + s + "</x>"))
	d.Strict = false
	if d.Decode(&out) != nil {
		return s
	}
	return out.Text
}
