package feeds

import (
	"bytes"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// salvage reads a document item by item that the library refuses as a whole,
// so that one bad item costs only itself. nil if nothing can be read.
func (p *parser) salvage(b []byte, out outline, cause error) *gofeed.Feed {
	p.doc.note("the parser refuses it: " + cause.Error())
	if len(out.items) == 0 {
		return nil
	}
	head, tail := b[:out.items[0].start], closing(b, p.kind, out)
	var feed *gofeed.Feed
	kept := out.items[:0]
	var one []byte
	for _, at := range out.items {
		one = append(append(append(one[:0], head...), b[at.start:at.end]...), tail...)
		f, err := library.Parse(bytes.NewReader(one))
		if err != nil || len(f.Items) != 1 {
			continue
		}
		kept = append(kept, at)
		if feed == nil {
			feed = f
			continue
		}
		feed.Items = append(feed.Items, f.Items...)
		switch all := feed.OriginalFeed().(type) {
		case *rss.Feed:
			all.Items = append(all.Items, f.OriginalFeed().(*rss.Feed).Items...)
		case *atom.Feed:
			all.Entries = append(all.Entries, f.OriginalFeed().(*atom.Feed).Entries...)
		}
	}
	return feed
}

// closing returns the end tags that stand behind the last item.
func closing(b []byte, k kind, out outline) []byte {
	end := out.items[len(out.items)-1].end
	if rest := b[end:]; bytes.IndexByte(rest, '<') >= 0 && len(rest) < 1024 {
		return rest
	}
	root := tagName(b, 1)
	if k == kindAtom || k == kindRDF {
		return []byte("</" + root + ">")
	}
	return []byte("</channel></" + root + ">")
}
