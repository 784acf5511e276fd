package demo

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"strings"
	"time"
)

// render gives a feed's document at a step, as its publisher would write it.
func (w *World) render(n, step int) ([]byte, string) {
	f, es := &w.feeds[n], w.entries(n, step)
	switch f.Format {
	case "atom":
		return w.atom(f, es), "application/atom+xml; charset=utf-8"
	case "json":
		return w.jsonFeed(f, es), "application/feed+json"
	}
	return w.rss(f, es), "application/rss+xml; charset=utf-8"
}

// summary is the text of an item in short, body the whole of it as HTML.
func (e *entry) summary() string { return e.Paragraphs[0] }

func (e *entry) body(f *Feed) string {
	var b strings.Builder
	for _, p := range e.Paragraphs {
		b.WriteString("<p>" + html.EscapeString(p) + "</p>\n")
	}
	b.WriteString(f.Appeal)
	return b.String()
}

type rssDoc struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Content string     `xml:"xmlns:content,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language,omitempty"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string  `xml:"title"`
	Link        string  `xml:"link"`
	GUID        rssGUID `xml:"guid"`
	Date        string  `xml:"pubDate,omitempty"`
	Creator     string  `xml:"dc:creator,omitempty"`
	Category    string  `xml:"category,omitempty"`
	Description string  `xml:"description"`
	Content     *cdata  `xml:"content:encoded"`
}

type rssGUID struct {
	Permalink bool   `xml:"isPermaLink,attr"`
	Value     string `xml:",chardata"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

func (w *World) rss(f *Feed, es []entry) []byte {
	doc := rssDoc{
		Version: "2.0", Content: "http://purl.org/rss/1.0/modules/content/", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rssChannel{Title: f.Name, Link: f.Site + "/", Description: "All news of " + f.Name, Language: f.Lang},
	}
	for _, e := range es {
		it := rssItem{Title: e.Title, Link: e.URL, GUID: rssGUID{e.ID == e.URL, e.ID}, Creator: e.Author, Category: e.Category}
		if !e.Published.IsZero() {
			it.Date = e.Published.Format(time.RFC1123Z)
		}
		it.Description = e.summary()
		if f.full {
			it.Content = &cdata{e.body(f)}
		} else {
			it.Description = e.body(f) // escaped HTML, as many do
		}
		doc.Channel.Items = append(doc.Channel.Items, it)
	}
	return marshalXML(doc)
}

type atomDoc struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr,omitempty"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Link    atomLink    `xml:"link"`
	Updated string      `xml:"updated"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Lang      string    `xml:"xml:lang,attr,omitempty"`
	Title     string    `xml:"title"`
	ID        string    `xml:"id"`
	Link      atomLink  `xml:"link"`
	Published string    `xml:"published,omitempty"`
	Updated   string    `xml:"updated,omitempty"`
	Author    string    `xml:"author>name,omitempty"`
	Summary   *atomText `xml:"summary"`
	Content   *atomText `xml:"content"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func (w *World) atom(f *Feed, es []entry) []byte {
	doc := atomDoc{Lang: f.Lang, Title: f.Name, ID: f.Site + "/", Link: atomLink{"alternate", f.Site + "/"}, Updated: w.start.Format(time.RFC3339)}
	for _, e := range es {
		a := atomEntry{Lang: e.Lang, Title: e.Title, ID: e.ID, Link: atomLink{"alternate", e.URL}, Author: e.Author,
			Summary: &atomText{"text", e.summary()}}
		if !e.Published.IsZero() {
			a.Published = e.Published.Format(time.RFC3339)
			a.Updated = a.Published
		}
		if f.full || len(e.Paragraphs) > 1 {
			a.Content = &atomText{"html", e.body(f)}
		}
		doc.Entries = append(doc.Entries, a)
	}
	return marshalXML(doc)
}

func marshalXML(doc any) []byte {
	b, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // the values are our own
	}
	return append([]byte(xml.Header), b...)
}

type jsonDoc struct {
	Version  string     `json:"version"`
	Title    string     `json:"title"`
	Home     string     `json:"home_page_url"`
	Language string     `json:"language"`
	Items    []jsonItem `json:"items"`
}

type jsonItem struct {
	ID      string       `json:"id"`
	URL     string       `json:"url"`
	Title   string       `json:"title"`
	Summary string       `json:"summary"`
	HTML    string       `json:"content_html"`
	Date    string       `json:"date_published,omitempty"`
	Tags    []string     `json:"tags,omitempty"`
	Authors []jsonAuthor `json:"authors,omitempty"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

func (w *World) jsonFeed(f *Feed, es []entry) []byte {
	doc := jsonDoc{Version: "https://jsonfeed.org/version/1.1", Title: f.Name, Home: f.Site + "/", Language: f.Lang}
	for _, e := range es {
		it := jsonItem{ID: e.ID, URL: e.URL, Title: e.Title, Summary: e.summary(), HTML: e.body(f)}
		if !e.Published.IsZero() {
			it.Date = e.Published.Format(time.RFC3339)
		}
		if e.Category != "" {
			it.Tags = []string{e.Category}
		}
		if e.Author != "" {
			it.Authors = []jsonAuthor{{e.Author}}
		}
		doc.Items = append(doc.Items, it)
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // the values are our own
	}
	return b
}
