package store

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// unpacker is the memory of one goroutine that decodes records.
type unpacker struct {
	scratch []byte
	words   map[string]string // short texts that recur: names of feeds, terms, topics
}

// The words kept are few and short: what recurs at all recurs soon.
const (
	maxWords   = 4096
	maxWordLen = 96
)

// word gives a text that probably stood in earlier records too.
func (u *unpacker) word(b []byte) string {
	if len(b) > maxWordLen {
		return string(b)
	}
	if s, ok := u.words[string(b)]; ok {
		return s
	}
	if u.words == nil || len(u.words) >= maxWords {
		u.words = make(map[string]string, 256)
	}
	s := string(b)
	u.words[s] = s
	return s
}

// decodeRecord reads the JSON of a record exactly as encode writes it, many
// times faster than package json. It is false for anything else, a null where
// encode writes none among it, which package json then has to judge.
func (u *unpacker) decodeRecord(b []byte) (recordJSON, bool) {
	var r recordJSON
	if !utf8.Valid(b) {
		return r, false
	}
	p := jsonText{rest: b, u: u}
	p.object(func(key string) {
		switch key {
		case "item":
			p.item(&r.Item)
		case "verdict":
			p.verdict(&r.Verdict)
		case "revisions":
			r.Revisions = listOf(&p, p.revision)
		case "keys":
			r.Keys = listOf(&p, func(k *news.Key) {
				if k.UnmarshalText(p.str()) != nil {
					p.bad = true
				}
			})
		default:
			p.bad = true
		}
	})
	return r, !p.bad && len(p.rest) == 0
}

// jsonText is compact JSON that is being read. Once it is bad it stays so, and
// what is read means nothing.
type jsonText struct {
	rest []byte
	bad  bool
	u    *unpacker
}

// next takes the byte if it comes next.
func (p *jsonText) next(c byte) bool {
	if p.bad || len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *jsonText) must(c byte) {
	if !p.next(c) {
		p.bad = true
	}
}

// object calls field for each key, which has to read the value.
func (p *jsonText) object(field func(key string)) {
	p.must('{')
	if p.next('}') {
		return
	}
	for !p.bad {
		key := p.str()
		p.must(':')
		if p.bad {
			return
		}
		field(p.u.word(key))
		if !p.next(',') {
			p.must('}')
			return
		}
	}
}

// listOf reads null or a list of what one reads.
func listOf[T any](p *jsonText, one func(*T)) []T {
	if rest, null := bytes.CutPrefix(p.rest, []byte("null")); null && !p.bad {
		p.rest = rest
		return nil
	}
	p.must('[')
	out := []T{}
	if p.next(']') {
		return out
	}
	for !p.bad {
		out = append(out, *new(T))
		one(&out[len(out)-1])
		if !p.next(',') {
			p.must(']')
			break
		}
	}
	return out
}

// str reads a text. What it returns may be gone after the next call.
func (p *jsonText) str() []byte {
	p.must('"')
	if p.bad {
		return nil
	}
	for i, c := range p.rest {
		switch {
		case c == '"':
			s := p.rest[:i]
			p.rest = p.rest[i+1:]
			return s
		case c == '\\':
			return p.escaped(i)
		case c < ' ':
			p.bad = true
			return nil
		}
	}
	p.bad = true
	return nil
}

// escaped reads a text whose first escape is at i.
func (p *jsonText) escaped(i int) []byte {
	end := i
	for end < len(p.rest) && p.rest[end] != '"' {
		if p.rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.rest) {
		p.bad = true
		return nil
	}
	b := p.rest[:end]
	p.rest = p.rest[end+1:]
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for i < len(b) {
		c := b[i]
		if c < ' ' {
			p.bad = true
			return nil
		}
		if c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		at := strings.IndexByte(`"\/bfnrt`, b[i+1])
		if at >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[at])
			i += 2
			continue
		}
		// encode writes \u for control characters, < > & and two separators.
		if b[i+1] != 'u' || i+6 > len(b) {
			p.bad = true
			return nil
		}
		n, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16)
		if err != nil || 0xD800 <= n && n < 0xE000 {
			p.bad = true
			return nil
		}
		out = utf8.AppendRune(out, rune(n))
		i += 6
	}
	return out
}

func (p *jsonText) text() string { return string(p.str()) }
func (p *jsonText) word() string { return p.u.word(p.str()) }

func (p *jsonText) words() []string { return listOf(p, func(s *string) { *s = p.word() }) }

// number takes the text of a number.
func (p *jsonText) number() string {
	i := 0
	for i < len(p.rest) && strings.IndexByte("+-.0123456789eE", p.rest[i]) >= 0 {
		i++
	}
	b := p.rest[:i]
	// Package json has no +1, 01, .5 and 5.
	digits := bytes.TrimPrefix(b, []byte("-"))
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' || b[i-1] < '0' || b[i-1] > '9' ||
		len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' || bytes.Contains(b, []byte(".e")) || bytes.Contains(b, []byte(".E")) {
		p.bad = true
		return ""
	}
	p.rest = p.rest[i:]
	return string(b)
}

func (p *jsonText) float() float64 {
	v, err := strconv.ParseFloat(p.number(), 64)
	p.bad = p.bad || err != nil
	return v
}

func (p *jsonText) int() int {
	v, err := strconv.ParseInt(p.number(), 10, strconv.IntSize)
	p.bad = p.bad || err != nil
	return int(v)
}

func (p *jsonText) uint64() uint64 {
	v, err := strconv.ParseUint(p.number(), 10, 64)
	p.bad = p.bad || err != nil
	return v
}

func (p *jsonText) bool() bool {
	for _, v := range []bool{true, false} {
		if rest, ok := bytes.CutPrefix(p.rest, strconv.AppendBool(nil, v)); ok && !p.bad {
			p.rest = rest
			return v
		}
	}
	p.bad = true
	return false
}

func (p *jsonText) time() (t time.Time) {
	if b := p.str(); !p.bad && t.UnmarshalText(b) != nil {
		p.bad = true
	}
	return t
}

func (p *jsonText) item(it *news.Item) {
	p.object(func(key string) {
		switch key {
		case "id":
			it.ID = news.ItemID(p.text())
		case "feed":
			it.Feed = news.FeedID(p.word())
		case "outlet":
			it.Outlet = p.word()
		case "tags":
			it.Tags = p.words()
		case "guid":
			it.GUID = p.text()
		case "url":
			it.URL = p.text()
		case "title":
			it.Title = p.text()
		case "summary":
			it.Summary = p.text()
		case "content":
			it.Content = p.text()
		case "published":
			it.Published = p.time()
		case "updated":
			it.Updated = p.time()
		case "first_seen":
			it.FirstSeen = p.time()
		case "raw_date":
			it.RawDate = p.text()
		case "authors":
			it.Authors = p.words()
		case "categories":
			it.Categories = p.words()
		case "lang":
			it.Lang = p.word()
		case "source":
			it.Source = p.word()
		case "version":
			it.Version = p.uint64()
		case "boilerplate":
			it.Boilerplate = listOf(p, p.span)
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) span(s *news.Span) {
	p.object(func(key string) {
		switch key {
		case "field":
			s.Field = news.Field(p.word())
		case "start":
			s.Start = p.int()
		case "end":
			s.End = p.int()
		case "reason":
			s.Reason = p.word()
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) verdict(v *news.Verdict) {
	p.object(func(key string) {
		switch key {
		case "item":
			v.Item = news.ItemID(p.text())
		case "matches":
			v.Matches = listOf(p, p.match)
		case "story":
			p.placement(&v.Placement)
		case "outcome":
			v.Outcome = news.Outcome(p.word())
		case "detail":
			v.Detail = p.word()
		case "routes":
			v.Routes = listOf(p, p.route)
		case "at":
			v.At = p.time()
		case "rules":
			v.Rules = p.word()
		case "placing":
			v.Placing = p.word()
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) placement(x *news.Placement) {
	p.object(func(key string) {
		switch key {
		case "id":
			x.Story = news.StoryID(p.text())
		case "reason":
			x.Reason = news.Reason(p.word())
		case "likeness":
			x.Likeness = p.float()
		case "parts":
			i := bytes.IndexByte(p.rest, '}') + 1 // names of parts hold none
			if p.bad || i == 0 || x.Parts.UnmarshalJSON(p.rest[:i]) != nil {
				p.bad = true
				return
			}
			p.rest = p.rest[i:]
		case "nearest":
			x.Nearest = news.StoryID(p.text())
		case "detail":
			x.Detail = p.text()
		case "new":
			x.New = p.words()
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) route(r *news.Route) {
	p.object(func(key string) {
		switch key {
		case "channel":
			r.Channel = p.word()
		case "topics":
			r.Topics = listOf(p, func(t *news.TopicID) { *t = news.TopicID(p.word()) })
		case "alert":
			r.Alert = news.AlertID(p.text())
		case "kind":
			r.Kind = news.Kind(p.word())
		case "urgent":
			r.Urgent = p.bool()
		case "note":
			r.Note = p.word()
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) match(m *news.Match) {
	p.object(func(key string) {
		switch key {
		case "topic":
			m.Topic = news.TopicID(p.word())
		case "name":
			m.Name = p.word()
		case "score":
			m.Score = p.float()
		case "hits":
			m.Hits = listOf(p, p.hit)
		case "threshold":
			m.Threshold = p.float()
		case "discounted":
			m.Discounted = listOf(p, p.hit)
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) hit(h *news.Hit) {
	p.object(func(key string) {
		switch key {
		case "term":
			h.Term = p.word()
		case "entity":
			h.Entity = news.EntityID(p.word())
		case "field":
			h.Field = news.Field(p.word())
		case "start":
			h.Start = p.int()
		case "end":
			h.End = p.int()
		case "text":
			h.Text = p.word()
		case "weight":
			h.Weight = p.float()
		case "group":
			h.Group = p.word()
		case "place":
			h.Place = p.word()
		case "reason":
			h.Reason = p.word()
		case "rule":
			p.pos(&h.Rule)
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) pos(x *news.Pos) {
	p.object(func(key string) {
		switch key {
		case "file":
			x.File = p.word()
		case "line":
			x.Line = p.int()
		case "col":
			x.Col = p.int()
		default:
			p.bad = true
		}
	})
}

func (p *jsonText) revision(r *Revision) {
	p.object(func(key string) {
		switch key {
		case "at":
			r.At = p.time()
		case "title":
			r.Title = p.text()
		case "version":
			r.Version = p.uint64()
		case "verdict":
			p.verdict(&r.Verdict)
		case "item":
			r.Item = new(news.Item)
			p.item(r.Item)
		default:
			p.bad = true
		}
	})
}
