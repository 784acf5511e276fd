package feeds

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// loose is a JSON value where a string is asked for: numbers and other types
// are taken by their spelling, as the format asks of readers.
type loose string

func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*l = loose(s)
		return nil
	}
	if b = bytes.TrimSpace(b); string(b) != "null" && b[0] != '{' && b[0] != '[' {
		*l = loose(b)
	}
	return nil
}

// many is a list where one value or something else may stand.
type many []json.RawMessage

func (m *many) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*[]json.RawMessage)(m)) != nil && len(b) > 0 {
		*m = many{append(json.RawMessage(nil), b...)}
	}
	return nil
}

// names reads a list of strings, or of objects with a name.
func (m many) names() []string {
	var out []string
	for _, raw := range m {
		var s loose
		var o struct {
			Name loose `json:"name"`
		}
		if json.Unmarshal(raw, &o) == nil && o.Name != "" {
			out = append(out, string(o.Name))
		} else if json.Unmarshal(raw, &s) == nil && s != "" {
			out = append(out, string(s))
		}
	}
	return out
}

// jsonHead is what a JSON Feed says of itself.
type jsonHead struct {
	Version  loose `json:"version"`
	Title    loose `json:"title"`
	Home     loose `json:"home_page_url"`
	Self     loose `json:"feed_url"`
	Next     loose `json:"next_url"`
	Language loose `json:"language"`
	Hubs     []struct {
		Type loose `json:"type"`
		URL  loose `json:"url"`
	} `json:"hubs"`
}

type jsonItem struct {
	ID        loose `json:"id"`
	URL       loose `json:"url"`
	External  loose `json:"external_url"`
	Title     loose `json:"title"`
	HTML      loose `json:"content_html"`
	Text      loose `json:"content_text"`
	Summary   loose `json:"summary"`
	Published loose `json:"date_published"`
	Modified  loose `json:"date_modified"`
	Author    many  `json:"author"`
	Authors   many  `json:"authors"`
	Tags      many  `json:"tags"`
	Language  loose `json:"language"`
}

// json reads a JSON Feed as a stream, so that what came before a cut or an
// error is kept, and one item of the wrong shape costs only itself.
func (p *parser) json(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return &Error{Class: ClassNotFeed, Message: "this is JSON, but no JSON Feed: it begins with " + beginning(b)}
	}
	head := map[string]json.RawMessage{}
	listed := false
	err := p.jsonMembers(d, head, &listed)
	if !listed {
		return &Error{Class: ClassNotFeed, Message: "this is JSON, but no JSON Feed: it has no list of items", Err: err}
	}
	if err != nil {
		p.doc.note("the JSON ends early or is broken: " + err.Error())
		p.doc.Truncated = true
	}
	return p.jsonHead(head)
}

// jsonMembers reads the members of the feed; items as they come.
func (p *parser) jsonMembers(d *json.Decoder, head map[string]json.RawMessage, listed *bool) error {
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if name != "items" {
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return err
			}
			if len(raw) < capText && len(head) < 64 {
				head[name] = raw
			}
			continue
		}
		if t, err = d.Token(); err != nil {
			return err
		}
		if t != json.Delim('[') {
			return fmt.Errorf("items is %v, no list", t)
		}
		*listed = true
		if err := p.jsonItems(d); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (p *parser) jsonItems(d *json.Decoder) error {
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if len(p.doc.Items) == maxItems {
			p.doc.LeftOut++
			continue
		}
		var it jsonItem
		if err := json.Unmarshal(raw, &it); err != nil {
			p.doc.note("an item of the wrong shape")
			continue
		}
		p.doc.Items = append(p.doc.Items, p.jsonItem(it))
	}
	_, err := d.Token()
	return err
}

func (p *parser) jsonItem(from jsonItem) news.Item {
	it := news.Item{Feed: p.src.Feed.ID, GUID: strings.TrimSpace(string(from.ID))}
	it.URL = cmp.Or(p.link(string(from.URL), nil), p.link(string(from.External), nil))
	if it.URL == "" && isWeb(it.GUID) {
		it.URL = it.GUID
	}
	texts(&it, string(from.Title), string(from.Summary), string(cmp.Or(from.HTML, from.Text)))
	p.dates(&it, string(from.Published), string(from.Modified))
	it.Authors = words(append(from.Authors.names(), from.Author.names()...))
	it.Categories = words(from.Tags.names())
	it.Lang = primary(string(from.Language))
	return it
}

// jsonHead takes over what the feed says of itself. It is read last, since
// members come in any order.
func (p *parser) jsonHead(members map[string]json.RawMessage) error {
	whole, err := json.Marshal(members)
	if err != nil {
		return &Error{Class: ClassNotFeed, Message: "the JSON cannot be read", Err: err}
	}
	var h jsonHead
	if json.Unmarshal(whole, &h) != nil {
		p.doc.note("a member of the wrong shape")
	}
	d := &p.doc
	d.Format = "jsonfeed"
	d.Title, d.Lang = text.Title(string(h.Title)), primary(string(h.Language))
	d.Home, d.Self, d.Next = p.link(string(h.Home), nil), p.link(string(h.Self), nil), p.link(string(h.Next), nil)
	for _, hub := range h.Hubs {
		if strings.EqualFold(string(hub.Type), "websub") || strings.EqualFold(string(hub.Type), "pubsubhubbub") {
			d.Hub = orElse(d.Hub, p.link(string(hub.URL), nil))
		}
	}
	for i := range d.Items {
		d.Items[i].Lang = p.lang(d.Items[i].Lang)
	}
	return nil
}
