package feeds

import (
	"cmp"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// atom takes over an Atom feed.
func (p *parser) atom(feed *gofeed.Feed, original *atom.Feed) {
	d := &p.doc
	d.Format = "atom1.0"
	if strings.HasPrefix(original.Version, "0.") {
		d.Format = "atom0.3"
	}
	d.Title = text.Title(feed.Title)
	d.Lang = primary(cmp.Or(feed.Language, extValue(original.Extensions, "dc", "language")))
	d.wish("sy:updatePeriod", syndication(original.Extensions["sy"]))
	var home []link
	for _, l := range original.Links {
		p.feedLink(l.Rel, l.Href)
		if l.Rel == "alternate" {
			home = append(home, link{href: p.link(l.Href, nil), rel: l.Rel, typ: l.Type})
		}
	}
	d.Home = bestLink(home)
	d.Items = make([]news.Item, len(original.Entries))
	for i, e := range original.Entries {
		p.entry(&d.Items[i], e)
	}
}

// entry takes over one entry. An update is not a publication: where only the
// update is dated, the entry is undated but for that.
func (p *parser) entry(to *news.Item, e *atom.Entry) {
	to.Feed = p.src.Feed.ID
	to.GUID = strings.TrimSpace(e.ID)
	links := make([]link, 0, 4)
	for _, l := range e.Links {
		links = append(links, link{href: p.link(l.Href, nil), rel: l.Rel, typ: l.Type})
	}
	to.URL = bestLink(links)
	if to.URL == "" && isWeb(to.GUID) {
		to.URL = to.GUID
	}
	content := ""
	if e.Content != nil {
		content = e.Content.Value
		if to.URL == "" {
			to.URL = p.link(e.Content.Src, nil)
		}
	}
	x := e.Extensions
	summary := cmp.Or(e.Summary, extValue(x, "media", "description"), extChild(x, "media", "group", "description"))
	texts(to, cmp.Or(e.Title, extValue(x, "dc", "title"), extValue(x, "media", "title"), extChild(x, "media", "group", "title")), summary, content)
	p.dates(to,
		cmp.Or(e.Published, extValue(x, "dc", "date"), extValue(x, "dcterms", "issued"), extValue(x, "dcterms", "created")),
		cmp.Or(e.Updated, extValue(x, "dcterms", "modified")))
	var names, cats []string
	for _, a := range e.Authors {
		names = append(names, cmp.Or(a.Name, a.Email))
	}
	for _, c := range e.Categories {
		cats = append(cats, cmp.Or(c.Label, c.Term))
	}
	for _, c := range x["dc"]["creator"] {
		names = append(names, c.Value)
	}
	to.Authors, to.Categories = words(names), words(cats)
	to.Lang = p.lang(extValue(x, "dc", "language"))
	if e.Source != nil {
		to.Source = text.Title(e.Source.Title)
	}
}
