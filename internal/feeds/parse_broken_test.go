package feeds

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// sample is a feed of five items with titles in one language. The breakage is
// done to it afterwards.
func sample(titles []string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Desk</title><link>https://example.org/</link><description>News</description>` + "\n")
	for i, t := range titles {
		fmt.Fprintf(&b, "<item><title>%s</title><link>https://example.org/story-%d</link><guid isPermaLink=\"false\">id-%d</guid><description>Report %d on the matter.</description><pubDate>Mon, 0%d Sep 2025 10:00:00 GMT</pubDate></item>\n", t, i, i, i, i+1)
	}
	b.WriteString("</channel></rss>\n")
	return b.String()
}

var (
	plainTitles   = []string{"Talks on missiles resume", "Sanctions agreed in Brussels", "Inspectors return to the plant", "Treaty lapses at midnight", "Air defence units delivered"}
	frenchTitles  = []string{"L’Élysée confirme la livraison", "Côte d’Ivoire : accord signé", "Réunion à Genève", "Traité prolongé", "Défense aérienne renforcée"}
	russianTitles = []string{"Переговоры о ракетах возобновились", "Санкции согласованы в Брюсселе", "Инспекторы вернулись на станцию", "Договор истекает в полночь", "Системы ПВО доставлены"}
	chineseTitles = []string{"导弹谈判恢复", "制裁达成一致", "核查人员返回", "条约到期", "防空系统交付"}
	japanTitles   = []string{"ミサイル協議が再開した", "制裁に合意した", "査察官が戻った", "条約が失効した", "防空システムを引き渡した"}
)

// shape is one way in which feeds are broken.
type shape struct {
	name        string
	titles      []string
	contentType string
	body        []byte
	clean       bool // not broken at all
}

func encoded(enc encoding.Encoding, s string) []byte {
	b, err := encoding.ReplaceUnsupported(enc.NewEncoder()).Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return b
}

// brokenFeeds are the shapes: those of the well-known lists of errors in
// feeds, and those that no parser of peers reads.
func brokenFeeds() []shape {
	ok := sample(plainTitles)
	edit := func(old, new string) []byte { return []byte(strings.Replace(ok, old, new, 1)) }
	label := func(s, enc string) string { return strings.Replace(s, "UTF-8", enc, 1) }
	declared := func(titles []string, enc encoding.Encoding, name string) []byte {
		return encoded(enc, label(sample(titles), name))
	}
	utf16 := func(order unicode.Endianness) []byte {
		return encoded(unicode.UTF16(order, unicode.UseBOM), label(sample(frenchTitles), "UTF-16"))
	}
	second := "<description>Report 1 on the matter.</description>"
	shapes := []shape{
		{name: "well-formed", body: []byte(ok), clean: true},
		{name: "an undefined entity", body: edit("Report 1 on", "Report&nbsp;1&hellip; on &mdash;")},
		{name: "an entity without end", body: edit("Report 1 on", "Report &amp 1 &copy on")},
		{name: "an entity of a DTD elsewhere", body: edit(`<rss`, `<!DOCTYPE rss SYSTEM "http://example.org/x.dtd"><rss`)},
		{name: "a naked ampersand", body: edit("Report 1 on", "Q&A: AT&T & Report 1 on")},
		{name: "a naked ampersand in a link", body: edit("story-1<", "story-1?a=1&b=2<")},
		{name: "a naked less-than sign", body: edit("Report 1 on", "3 < 4, Report 1 on")},
		{name: "a less-than sign at a word", body: edit("Report 1 on", "x <y, Report 1 on")},
		{name: "control characters", body: edit("Report 1 on", "Report\x00\x0b\x1f 1 on")},
		{name: "a bad UTF-8 byte", body: edit("Report 1 on", "Report \xff 1 on")},
		{name: "junk after the root", body: []byte(ok + "<script>var a = 1 < 2;</script> trailing")},
		{name: "white space before the declaration", body: []byte("\n\n  " + ok)},
		{name: "a double byte order mark", body: []byte("\ufeff\ufeff" + ok)},
		{name: "text before the root", body: []byte("Warning: something failed in line 7\n" + ok)},
		{name: "HTML before the root", body: []byte("<br />\n<b>Notice</b>: Undefined index in <b>/var/www/x.php</b><br />\n" + ok)},
		{name: "an undeclared prefix", body: edit(second, second+"<media:thumbnail url=\"x\"/><foo:bar>baz</foo:bar>")},
		{name: "an unquoted attribute", body: edit(`isPermaLink="false"`, `isPermaLink=false`)},
		{name: "an attribute without value", body: edit(`isPermaLink="false"`, `isPermaLink`)},
		{name: "an attribute twice", body: edit(`isPermaLink="false"`, `isPermaLink="false" isPermaLink="false"`)},
		{name: "a quote without end", body: edit(`isPermaLink="false"`, `isPermaLink="false`)},
		{name: "HTML left open in a description", body: edit("Report 1 on the matter.", "Report 1<br>on <b>the matter.<p>")},
		{name: "crossed tags in a description", body: edit("Report 1 on the matter.", "<b><i>Report 1</b></i> on the matter.")},
		{name: "an item that is not closed", body: []byte(strings.Replace(ok, "</item>\n<item><title>"+plainTitles[2], "\n<item><title>"+plainTitles[2], 1))},
		{name: "a title that is not closed", body: edit("missiles resume</title>", "missiles resume")},
		{name: "a missing channel end", body: edit("</channel>", "")},
		{name: "upper-case tags", body: []byte(strings.NewReplacer("<item>", "<ITEM>", "</item>", "</ITEM>", "<title>", "<Title>", "</title>", "</Title>").Replace(ok))},
		{name: "a bad numeric reference", body: edit("Report 1 on", "Report &#0; &#x1F; &#xFFFFFFF; 1 on")},
		{name: "a bad comment", body: edit(second, "<!-- a -- b --->"+second)},
		{name: "a comment without end", body: edit(second, "<!-- never ended "+second)},
		{name: "]]> in text", body: edit("Report 1 on", "Report ]]> 1 on")},
		{name: "CDATA in a link", body: edit("https://example.org/story-1", "<![CDATA[https://example.org/story-1]]>")},
		{name: "CDATA without end", body: edit("Report 1 on the matter.", "<![CDATA[Report 1 on the matter.")},
		{name: "5 KB of comment before the root", body: edit("<rss", "<!-- "+strings.Repeat("licence ", 640)+"--><rss")},
		{name: "XML 1.1", body: edit(`version="1.0"`, `version="1.1"`)},
		{name: "an unknown encoding label", body: []byte(label(ok, "x-unheard-of"))},
		{name: "an injected script", body: edit("<item>", "<script type=text/javascript>if (a<b && c>d) document.write('<item>')</script><item>")},
		{name: "UTF-16 little endian", titles: frenchTitles, body: utf16(unicode.LittleEndian)},
		{name: "UTF-16 big endian", titles: frenchTitles, body: utf16(unicode.BigEndian)},
		{name: "UTF-8 labelled Latin-1", titles: frenchTitles, body: []byte(label(sample(frenchTitles), "ISO-8859-1"))},
		{name: "Windows-1251 labelled UTF-8", titles: russianTitles, body: encoded(charmap.Windows1251, sample(russianTitles))},
		{name: "Windows-1252 without a label", titles: frenchTitles, body: encoded(charmap.Windows1252, strings.Replace(sample(frenchTitles), ` encoding="UTF-8"`, "", 1))},
		{name: "the charset in the header only", titles: russianTitles, contentType: "text/xml; charset=koi8-r", body: encoded(charmap.KOI8R, strings.Replace(sample(russianTitles), ` encoding="UTF-8"`, "", 1))},
		{name: "KOI8-R", titles: russianTitles, body: declared(russianTitles, charmap.KOI8R, "koi8-r"), clean: true},
		{name: "GB2312", titles: chineseTitles, body: declared(chineseTitles, simplifiedchinese.GBK, "gb2312"), clean: true},
		{name: "Shift_JIS", titles: japanTitles, body: declared(japanTitles, japanese.ShiftJIS, "Shift_JIS"), clean: true},
		{name: "a second encoding of UTF-8", titles: frenchTitles, body: encoded(unicode.UTF8, mojibake(sample(frenchTitles)))},
	}
	for i := range shapes {
		if shapes[i].titles == nil {
			shapes[i].titles = plainTitles
		}
	}
	return shapes
}

// mojibake takes UTF-8 for Windows-1252.
func mojibake(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(charmap.Windows1252.DecodeByte(c))
	}
	return b.String()
}

// brokenShapes scores how many items of broken feeds are read with their true
// titles, links, identifiers and the words of their texts.
func brokenShapes(*testing.T) []*score {
	s := &score{name: "broken feeds: items with their text", want: 0.99}
	cut := &score{name: "cut feeds: items before the cut", want: 1}
	for _, c := range brokenFeeds() {
		doc, err := Parse(c.body, Source{}, c.contentType, testNow)
		for i, title := range c.titles {
			ok := err == nil && len(doc.Items) == 5
			got := ""
			if ok {
				it := doc.Items[i]
				got = fmt.Sprintf("%q %q %q %q", it.Title, it.URL, it.GUID, it.Summary)
				ok = it.Title == title && strings.HasPrefix(it.URL, fmt.Sprintf("https://example.org/story-%d", i)) && it.GUID == fmt.Sprintf("id-%d", i) &&
					strings.Contains(it.Summary, "on") && strings.Contains(it.Summary, "the matter") && !it.Published.IsZero()
			}
			s.add(ok, "%s: item %d of %d: %s (%v)", c.name, i, len(doc.Items), got, err)
		}
	}
	whole := sample(plainTitles)
	for n := strings.Index(whole, "</item>"); n < len(whole); n += 7 {
		doc, err := Parse([]byte(whole[:n]), Source{}, "", testNow)
		want := strings.Count(whole[:n], "</item>")
		ok := err == nil && len(doc.Items) >= want && (doc.Truncated || n > strings.Index(whole, "</channel>"))
		for i, it := range doc.Items {
			ok = ok && it.Title == plainTitles[i] && it.URL == fmt.Sprintf("https://example.org/story-%d", i)
		}
		cut.add(ok, "cut at %d: %d items, %d wanted, truncated %v: %v", n, len(doc.Items), want, doc.Truncated, err)
	}
	return []*score{s, cut}
}

func TestABrokenFeedIsFlaggedAndACleanOneIsNot(t *testing.T) {
	for _, c := range brokenFeeds() {
		doc, err := Parse(c.body, Source{}, c.contentType, testNow)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.clean && doc.Repaired {
			t.Errorf("%s: flagged as repaired: %s", c.name, doc.Fault)
		}
		if doc.Repaired && doc.Fault == "" {
			t.Errorf("%s: repaired without saying what", c.name)
		}
		if _, again := toUTF8(c.body, c.contentType, ""); bytes.Contains(c.body, []byte("\x00\x0b")) && again == "" {
			t.Errorf("%s: control characters were not noticed", c.name)
		}
	}
}
