package feeds

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
)

// rebase reads an item's identifier and links again from its own markup, each
// against the xml:base in its scope, an Atom link that is written as text too. The library resolves identifiers, which
// are names and no addresses, and treats every base as a folder.
func (p *parser) rebase(it *news.Item, item []byte, outer []*url.URL) {
	d := xml.NewDecoder(bytes.NewReader(item))
	d.Strict = false
	bases := []*url.URL{outer[len(outer)-1]}
	var links []link
	var open link // being read
	var text strings.Builder
	for {
		tok, err := d.RawToken()
		if err != nil {
			break
		}
		switch t := tok.(type) {
		case xml.StartElement:
			bases = append(bases, join(bases[len(bases)-1], attrOf(t, "xml", "base")))
			text.Reset()
			if t.Name.Local == "link" && len(bases) == 3 {
				open = link{href: attrOf(t, "", "href"), rel: attrOf(t, "", "rel"), typ: attrOf(t, "", "type")}
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if len(bases) == 3 {
				raw := strings.TrimSpace(text.String())
				switch {
				case t.Name.Local == "link" && p.kind == kindAtom:
					open.href = p.link(orElse(open.href, raw), bases[2])
					links = append(links, open)
				case t.Name.Local == "id" && t.Name.Space == "" && raw != "":
					it.GUID = raw
				case t.Name.Local == "link" && t.Name.Space == "" && raw != "":
					it.URL = p.link(raw, bases[2])
				}
			}
			if len(bases) > 1 {
				bases = bases[:len(bases)-1]
			}
		}
	}
	if p.kind == kindAtom {
		it.URL = orElse(bestLink(links), it.URL)
	}
}

func attrOf(t xml.StartElement, space, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local && a.Name.Space == space {
			return a.Value
		}
	}
	return ""
}

// link is an Atom link, already absolute.
type link struct{ href, rel, typ string }

// bestLink is the link at which a reader reads the item.
func bestLink(links []link) string {
	best, rank := "", 0
	for _, l := range links {
		r := 0
		switch {
		case l.href == "":
		case (l.rel == "" || l.rel == "alternate") && strings.Contains(l.typ, "html"):
			r = 5
		case (l.rel == "" || l.rel == "alternate") && l.typ == "":
			r = 4
		case l.rel == "" || l.rel == "alternate":
			r = 3
		case l.rel == "self":
			r = 2
		case l.rel == "related" || l.rel == "via":
			r = 1
		}
		if r > rank {
			best, rank = l.href, r
		}
	}
	return best
}
