package feeds

import (
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/text"
)

// Outline is a feed in a feed list.
type Outline struct {
	URL      string
	Title    string
	Home     string // the site's address
	Lang     string // primary subtag
	Category string // with commas: the folders it stands in, outermost first, and its own categories
}

// Tags are the folders and categories one by one.
func (o Outline) Tags() []string {
	var tags []string
	for t := range strings.SplitSeq(o.Category, ",") {
		if t = strings.Trim(t, "/ "); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags
}

// ParseOPML reads a feed list. Lists that are no well-formed XML are read as
// far as they make sense; the same feed twice is one, with the tags of both.
func ParseOPML(body []byte) ([]Outline, error) {
	b, _ := toUTF8(body, "", "")
	start := indexFold(b, "<opml")
	if start < 0 {
		if start = indexFold(b, "<outline"); start < 0 {
			return nil, &Error{Class: ClassNotFeed, Message: "this is no feed list (OPML): it begins with " + beginning(b)}
		}
	}
	l := list{at: map[string]int{}}
	comments := finder{b: b, mark: "-->"}
	for i := start; ; {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			break
		}
		i += j
		switch rest := b[i:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = comments.comment(i)
		case len(rest) > 9 && strings.EqualFold(string(rest[:9]), "</outline"):
			l.leave()
			i++
		case strings.EqualFold(tagName(b, i+1), "outline"):
			tag, ok := readTag(b, i)
			if !ok {
				return l.feeds, nil
			}
			if err := l.enter(tag); err != nil {
				return nil, err
			}
			i = tag.end
		default:
			i++
		}
	}
	return l.feeds, nil
}

// list is a feed list being read. folders holds the names of the outlines
// that are open, "" for those that are feeds.
type list struct {
	folders []string
	feeds   []Outline
	at      map[string]int
}

func (l *list) leave() {
	if n := len(l.folders); n > 0 {
		l.folders = l.folders[:n-1]
	}
}

func (l *list) enter(t rawTag) error {
	if len(l.folders) > maxDepth {
		return hostile("folders are nested more than %d deep", maxDepth)
	}
	attr := func(name string) string { return strings.TrimSpace(html.UnescapeString(t.attr(name))) }
	name := text.Title(orElse(attr("title"), attr("text")))
	address := orElse(attr("xmlUrl"), attr("url"))
	folder := name
	if isWeb(address) {
		folder = ""
		l.add(Outline{URL: address, Title: name, Home: attr("htmlUrl"), Lang: primary(attr("language")), Category: l.category(attr("category"))})
	}
	if !t.empty {
		l.folders = append(l.folders, folder)
	}
	return nil
}

// category is the folders around and the feed's own categories.
func (l *list) category(own string) string {
	var all []string
	for _, f := range l.folders {
		all = append(all, strings.ReplaceAll(f, ",", " "))
	}
	return strings.Join(Outline{Category: strings.Join(append(all, text.Title(own)), ",")}.Tags(), ",")
}

func (l *list) add(o Outline) {
	i, known := l.at[o.URL]
	if !known {
		l.at[o.URL] = len(l.feeds)
		l.feeds = append(l.feeds, o)
		return
	}
	both := &l.feeds[i]
	both.Category = strings.Join(Outline{Category: both.Category + "," + o.Category}.Tags(), ",")
}

// The written form of a list.
type (
	opmlDoc struct {
		XMLName xml.Name   `xml:"opml"`
		Version string     `xml:"version,attr"`
		Title   string     `xml:"head>title"`
		Feeds   []opmlFeed `xml:"body>outline"`
	}
	opmlFeed struct {
		Type     string `xml:"type,attr"`
		Text     string `xml:"text,attr"`
		Title    string `xml:"title,attr"`
		XMLURL   string `xml:"xmlUrl,attr"`
		HTMLURL  string `xml:"htmlUrl,attr,omitempty"`
		Language string `xml:"language,attr,omitempty"`
		Category string `xml:"category,attr,omitempty"`
	}
)

// WriteOPML writes a feed list that every reader imports. Tags become
// categories, since a feed may have several.
func WriteOPML(w io.Writer, title string, feeds []Outline) error {
	doc := opmlDoc{Version: "2.0", Title: title}
	for _, f := range feeds {
		doc.Feeds = append(doc.Feeds, opmlFeed{
			Type: "rss", Text: f.Title, Title: f.Title, XMLURL: f.URL, HTMLURL: f.Home, Language: f.Lang, Category: f.Category,
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
