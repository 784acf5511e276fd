package feeds

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// rss takes over a feed of the RSS family.
func (p *parser) rss(feed *gofeed.Feed, original *rss.Feed) {
	d := &p.doc
	d.Format = rssFormat(p.kind, original.Version)
	d.Title = text.Title(feed.Title)
	d.Lang = primary(feed.Language)
	d.Home = p.link(feed.Link, nil)
	d.wish("ttl", minutes(original.TTL))
	d.wish("sy:updatePeriod", syndication(original.Extensions["sy"]))
	d.SkipHours, d.SkipDays = hours(original.SkipHours), days(original.SkipDays)
	for _, name := range []string{"atom", "atom10", "atom03"} {
		for _, l := range original.Extensions[name]["link"] {
			p.feedLink(l.Attrs["rel"], l.Attrs["href"])
		}
	}
	d.Items = make([]news.Item, len(feed.Items))
	for i, it := range feed.Items {
		p.rssItem(&d.Items[i], it, original.Items[i])
	}
}

func rssFormat(k kind, version string) string {
	switch {
	case k == kindRDF && strings.HasPrefix(version, "0.9"):
		return "rss0.9x"
	case k == kindRDF:
		return "rss1.0"
	case strings.HasPrefix(version, "0.9"):
		return "rss0.9x"
	case strings.HasPrefix(version, "1."):
		return "rss1.0"
	}
	return "rss2.0"
}

// feedLink notes what a feed-level link is for.
func (p *parser) feedLink(rel, href string) {
	href = p.link(href, nil)
	switch d := &p.doc; rel {
	case "hub":
		d.Hub = orElse(d.Hub, href)
	case "self":
		d.Self = orElse(d.Self, href)
	case "next":
		d.Next = orElse(d.Next, href)
	}
}

// rssItem takes over one item.
func (p *parser) rssItem(to *news.Item, it *gofeed.Item, original *rss.Item) {
	x := original.Extensions
	to.Feed = p.src.Feed.ID
	if g := original.GUID; g != nil {
		to.GUID = strings.TrimSpace(g.Value)
	}
	to.URL = p.rssLink(it, original)
	title := cmp.Or(it.Title, extValue(x, "media", "title"), extValue(x, "itunes", "title"), extValue(x, "atom", "title"))
	summary := cmp.Or(it.Description, original.Custom["summary"], extValue(x, "media", "description"), extChild(x, "media", "group", "description"))
	content := cmp.Or(it.Content, original.Custom["encoded"], original.Custom["fulltext"], original.Custom["content"],
		extValue(x, "xhtml", "body"))
	texts(to, title, summary, content)
	p.dates(to,
		cmp.Or(original.PubDate, dublin(original.DublinCoreExt), extValue(x, "dcterms", "issued"), extValue(x, "dcterms", "created"),
			extValue(x, "atom", "published"), extValue(x, "dcterms", "date"), extValue(x, "a10", "published"),
			original.Custom["published"], original.Custom["date"], original.Custom["pubDate"]),
		cmp.Or(extValue(x, "atom", "updated"), extValue(x, "dcterms", "modified"), extValue(x, "dc", "modified"), original.Custom["updated"]))
	to.Authors = words(rssAuthors(it, original))
	to.Categories = words(it.Categories)
	to.Lang = p.lang(extValue(x, "dc", "language"))
	if s := original.Source; s != nil {
		to.Source = text.Title(s.Title)
	}
}

// rssLink finds the address at which a reader reads the item.
func (p *parser) rssLink(it *gofeed.Item, original *rss.Item) string {
	if l := p.link(it.Link, nil); l != "" {
		return l
	}
	for _, l := range original.Links {
		if l = p.link(l, nil); l != "" {
			return l
		}
	}
	if g := original.GUID; g != nil && !strings.EqualFold(g.IsPermalink, "false") && isWeb(strings.TrimSpace(g.Value)) {
		return strings.TrimSpace(g.Value)
	}
	var links []link
	for _, name := range []string{"atom", "atom10", "atom03"} {
		for _, l := range original.Extensions[name]["link"] {
			links = append(links, link{href: p.link(l.Attrs["href"], nil), rel: l.Attrs["rel"], typ: l.Attrs["type"]})
		}
	}
	if best := bestLink(links); best != "" {
		return best
	}
	if g := original.GUID; g != nil && isWeb(strings.TrimSpace(g.Value)) {
		return strings.TrimSpace(g.Value)
	}
	return ""
}

func rssAuthors(it *gofeed.Item, original *rss.Item) []string {
	var names []string
	for _, a := range it.Authors {
		names = append(names, cmp.Or(a.Name, a.Email))
	}
	if dc := original.DublinCoreExt; dc != nil {
		if len(dc.Creator) > 1 {
			names = append(names, dc.Creator...)
		}
	}
	if len(names) == 1 && names[0] == "" || len(names) == 0 {
		names = []string{original.Author}
	}
	return names
}

func dublin(dc *ext.DublinCoreExtension) string {
	if dc == nil || len(dc.Date) == 0 {
		return ""
	}
	return dc.Date[0]
}

// extValue is the text of the first element of that name.
func extValue(x ext.Extensions, prefix, name string) string {
	if e := x[prefix][name]; len(e) > 0 {
		return e[0].Value
	}
	return ""
}

func extChild(x ext.Extensions, prefix, name, child string) string {
	if e := x[prefix][name]; len(e) > 0 {
		if c := e[0].Children[child]; len(c) > 0 {
			return c[0].Value
		}
	}
	return ""
}

// wish notes how long the feed asks to be left alone; the longest wish counts.
func (d *Document) wish(reason string, wait time.Duration) {
	if wait > d.TTL {
		d.TTL, d.TTLReason = wait, reason
	}
}

// minutes reads a ttl.
func minutes(s string) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || n <= 0 || n > 366*24*60 {
		return 0
	}
	return time.Duration(n * float64(time.Minute))
}

// syndication reads sy:updatePeriod and sy:updateFrequency, with the spellings
// that are met.
func syndication(sy map[string][]ext.Extension) time.Duration {
	if len(sy) == 0 {
		return 0
	}
	first := func(name string) string {
		if e := sy[name]; len(e) > 0 {
			return strings.ToLower(strings.TrimSpace(e[0].Value))
		}
		return ""
	}
	var period time.Duration
	switch first("updatePeriod") {
	case "hourly", "hour":
		period = time.Hour
	case "daily", "dayly", "day", "":
		period = 24 * time.Hour
	case "weekly", "week":
		period = 7 * 24 * time.Hour
	case "monthly", "month":
		period = 30 * 24 * time.Hour
	case "yearly", "year":
		period = 365 * 24 * time.Hour
	default:
		return 0
	}
	freq, err := strconv.ParseFloat(first("updateFrequency"), 64)
	if err != nil || freq <= 0 {
		freq = 1
	}
	return min(time.Duration(float64(period)/max(freq, 0.1)), 366*24*time.Hour)
}

// hours reads skipHours; 24 is midnight, as the oldest format had it.
func hours(list []string) []int {
	var out []int
	for _, s := range list {
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && 0 <= n && n <= 24 && !slices.Contains(out, n%24) {
			out = append(out, n%24)
		}
	}
	return out
}

func days(list []string) []int {
	var out []int
	for _, s := range list {
		if d, ok := weekdays[strings.ToLower(strings.TrimSpace(s))]; ok && !slices.Contains(out, int(d)) {
			out = append(out, int(d))
		}
	}
	return out
}
