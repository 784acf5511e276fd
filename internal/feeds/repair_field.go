package feeds

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// rootNames are the elements that hold a whole feed.
var rootNames = map[string]bool{"rss": true, "rdf": true, "rdf:rdf": true, "feed": true, "urlset": true}

// containers are the elements that hold fields and no text of their own,
// whatever the format.
var containers = map[string]bool{
	"rss": true, "rdf": true, "rdf:rdf": true, "feed": true, "urlset": true, "channel": true, "item": true, "entry": true,
	"image": true, "textinput": true, "skiphours": true, "skipdays": true, "contributor": true,
	"author": true, "source": true, // Atom's; in RSS they are fields before this is asked
	"rdf:seq": true, "items": true, "rdf:bag": true,
}

// isField reports an element that holds one text.
func (r *repairer) isField(low string) bool {
	prefix, local, prefixed := strings.Cut(low, ":")
	if !prefixed {
		switch low {
		case "author", "source", "category":
			return r.kind != kindAtom
		case "width", "height", "icon", "logo", "creator", "date", "subject":
			return true
		}
		return isTextField(low)
	}
	switch prefix {
	case "dc", "dcterms", "sy", "slash", "thr", "wfw":
		return true
	case "content":
		return local == "encoded"
	case "media", "itunes", "atom", "news":
		switch local {
		case "title", "description", "text", "credit", "keywords", "summary", "subtitle", "author", "published", "updated", "id":
			return prefix != "atom" || local != "author"
		}
	}
	return false
}

// isVoid reports an element whose whole meaning is in its attributes.
func (r *repairer) isVoid(low string) bool {
	switch low {
	case "enclosure", "cloud", "media:thumbnail", "atom:link", "atom10:link", "itunes:image":
		return true
	case "link", "category":
		return r.kind == kindAtom
	}
	return false
}

// capOf is how long a field may be.
func capOf(low string) int {
	switch low[strings.IndexByte(low, ':')+1:] {
	case "pubdate", "date", "updated", "published", "issued", "modified", "created", "lastbuilddate", "ttl":
		return capDate
	case "link", "guid", "id", "url", "uri", "comments":
		return capLink
	case "description", "summary", "content", "encoded", "fulltext", "subtitle", "abstract":
		return capText
	}
	return capTitle
}

// field writes a text field: its tag, its content with the markup in it
// escaped, its end.
func (r *repairer) field(t rawTag, low string) {
	if r.err = limits(len(r.stack)+1, len(t.attrs), t.spaces()); r.err != nil {
		return
	}
	literal := r.kind == kindAtom && t.setXHTML()
	at := len(r.out)
	r.writeTag(t)
	whole := t.empty || r.fieldText(low, literal)
	if !whole && capOf(low) != capText {
		// Cut off in its middle: a shortened name or address is a wrong one.
		r.out = r.out[:at]
		r.open.cutName = r.open.cutName || low == "title"
		return
	}
	r.out = append(r.out, "</"+t.name+">"...)
	switch low {
	case "title":
		r.open.title = true
	case "link":
		r.open.link = true
	case "guid", "id":
		r.open.guid = true
	}
}

// fieldText writes the content of a field and leaves r.i behind its end. It
// ends with its own end tag or, where that is missing, before the next thing
// that cannot be part of a text. whole is false if the document ended first.
func (r *repairer) fieldText(low string, literal bool) (whole bool) {
	room := capOf(low)
	put := func(t []byte, literal bool) {
		r.write(cutAt(t, room), literal)
		room = max(0, room-len(t))
	}
	for r.i < len(r.b) {
		j := bytes.IndexByte(r.b[r.i:], '<')
		if j < 0 {
			put(r.b[r.i:], literal)
			r.i = len(r.b)
			return false
		}
		put(r.b[r.i:r.i+j], literal)
		r.i += j
		rest := r.b[r.i:]
		n := 1
		switch {
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			m, ended := r.cdataLen()
			if !ended {
				m = r.openCDATA(rest, low)
			}
			put(rest[9:9+m], true)
			r.i += 9 + m
			if ended {
				r.i += 3
			}
			continue
		case bytes.HasPrefix(rest, []byte("<!--")):
			r.i = r.comments.comment(r.i)
			continue
		case bytes.HasPrefix(rest, []byte("</")):
			name := strings.ToLower(strings.TrimPrefix(tagName(rest, 2), r.prefix))
			if name == low {
				r.i = after(r.b, r.i, ">")
				return true
			}
			if rootNames[name] || name == "channel" || name == r.item {
				return true
			}
			n = 2
		case isName(rest, 1):
			if r.bounds(rest, low) {
				return true
			}
		}
		put(rest[:n], true)
		r.i += n
	}
	return false
}

// openCDATA is the length of a CDATA section that is never ended: to the
// field's end tag if there is one.
func (r *repairer) openCDATA(b []byte, low string) int {
	for _, mark := range []string{"</" + low, "</" + r.prefix + low, "</" + r.item} {
		if end := indexFold(b[9:], mark); end >= 0 {
			return end
		}
	}
	return len(b) - 9
}

// bounds reports that the start tag at b[0] cannot be part of the text of the
// field: the text's end tag is missing.
func (r *repairer) bounds(b []byte, low string) bool {
	name := strings.ToLower(strings.TrimPrefix(tagName(b, 1), r.prefix))
	switch name {
	case r.item, "guid", "pubdate", "enclosure", "lastbuilddate":
		return true
	case "title", "link", "source", "summary", "content", "author", "id", "name":
		return capOf(low) != capText && r.isField(name) && name != low
	case "description", "updated", "published", "category", "comments", "content:encoded", "dc:creator", "dc:date":
		return r.isField(name) && name != low
	}
	return false
}

// cutAt is the first n bytes of t, without half a character.
func cutAt(t []byte, n int) []byte {
	if len(t) <= n {
		return t
	}
	for n > 0 && !utf8.RuneStart(t[n]) {
		n--
	}
	return t[:n]
}

// write writes text. Literal text, as in CDATA, has no references; in other
// text those that make sense are kept.
func (r *repairer) write(t []byte, literal bool) {
	last := 0
	for i, c := range t {
		switch c {
		case '<':
			r.out = append(append(r.out, t[last:i]...), "&lt;"...)
		case '>':
			r.out = append(append(r.out, t[last:i]...), "&gt;"...)
		case '&':
			r.out = append(r.out, t[last:i]...)
			if n := r.reference(t[i:], literal); n > 0 {
				last = i + n
				continue
			}
			r.out = append(r.out, "&amp;"...)
		default:
			continue
		}
		last = i + 1
	}
	if last < len(t) {
		r.out = append(r.out, t[last:]...)
	}
}

// reference writes the reference at t[0] if it is one, and returns its length.
// The writer of text goes on behind it.
func (r *repairer) reference(t []byte, literal bool) int {
	if literal || len(t) < 3 {
		return 0
	}
	if t[1] == '#' {
		c, n, ok := numericRef(t[1:])
		if !ok {
			return 0
		}
		if isXMLChar(c) {
			r.out = append(r.out, "&#"...)
			r.out = append(r.out, t[2:1+n]...)
		}
		return 1 + n
	}
	end := bytes.IndexByte(t[:min(len(t), 40)], ';')
	if end < 2 || len(tagName(t, 1)) != end-1 {
		return 0
	}
	if own, ok := r.entities[string(t[1:end])]; ok {
		if r.grown += len(own); r.grown <= 64<<10 {
			r.out = append(r.out, own...)
		}
		return end + 1
	}
	r.out = append(r.out, t[:end+1]...)
	return end + 1
}
