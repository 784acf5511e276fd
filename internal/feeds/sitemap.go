package feeds

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// page is one address in a news sitemap.
type page struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
	News    []struct {
		Title       string `xml:"title"`
		Date        string `xml:"publication_date"`
		Keywords    string `xml:"keywords"`
		Genres      string `xml:"genres"`
		Publication struct {
			Name     string `xml:"name"`
			Language string `xml:"language"`
		} `xml:"publication"`
	} `xml:"news"`
}

// sitemap reads a news sitemap. Pages without a headline are left out: a
// sitemap of a whole site lists thousands, and tells none of them.
func (p *parser) sitemap(b []byte, root int) error {
	b, out, err := p.sound(b, root)
	if err != nil {
		return err
	}
	p.doc.Format = "sitemap"
	for _, at := range out.items {
		var pg page
		d := xml.NewDecoder(bytes.NewReader(b[at.start:at.end]))
		d.Strict = false
		if err := d.Decode(&pg); err != nil && !errors.Is(err, io.EOF) {
			p.doc.note("a page of the sitemap cannot be read")
			continue
		}
		if it, ok := p.page(pg); ok {
			p.doc.Items = append(p.doc.Items, it)
		}
	}
	if len(p.doc.Items) == 0 && len(out.items) > 0 {
		return &Error{Class: ClassNotFeed, Message: "this is a sitemap without headlines; give the address of the site's news sitemap"}
	}
	return nil
}

func (p *parser) page(pg page) (news.Item, bool) {
	if len(pg.News) == 0 {
		return news.Item{}, false
	}
	n := pg.News[0]
	it := news.Item{Feed: p.src.Feed.ID, URL: p.link(pg.Loc, nil)}
	texts(&it, n.Title, "", "")
	if it.Title == "" || it.URL == "" {
		return it, false
	}
	p.doc.Title = orElse(p.doc.Title, text.Title(n.Publication.Name))
	p.doc.Lang = orElse(p.doc.Lang, primary(n.Publication.Language))
	p.dates(&it, n.Date, pg.LastMod)
	it.Lang = p.lang(n.Publication.Language)
	it.Categories = words(strings.Split(n.Keywords+","+n.Genres, ","))
	return it, true
}
