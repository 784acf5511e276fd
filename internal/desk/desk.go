// Package desk is the judgement: an item, the rules, the stories so far and
// the mutes go in, a verdict comes out. It is pure and deterministic: the
// service, replay, the rule tests and `why` all call it, so that none of them
// can tell a different truth.
//
// The way through: Read (matching and preparation, parallel, touches nothing)
// and then Memory.Decide (one item at a time, in order; it alone changes the
// memory). The desk knows neither files nor networks nor clocks; it leaves the
// words that are stored to package store and the saying to package notify.
package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// DefaultLate is how old an item may be when it is first seen and still be
// news. Feeds put articles of years ago back in as if they were new
// (notes on The Guardian's index feeds), while think tanks post-date a week.
const DefaultLate = 7 * 24 * time.Hour

// Topic is what the desk needs to know of a topic beyond its rule.
type Topic struct {
	ID       news.TopicID
	Name     string
	Channels []string
	Urgent   bool
	Confirm  int  // independent sources from which a story is urgent; under 2 says nothing
	Shadow   bool // judged and counted, never told
}

// Channel is what the desk needs to know of a channel.
type Channel struct {
	Name    string
	Updates string // edit, thread or silent; "" means edit
	Mention string // who is mentioned for an urgent alert; "" is nobody
}

// Options are the rules that a Desk judges by.
type Options struct {
	Matcher        *match.Matcher
	Topics         []Topic
	Channels       []Channel
	DefaultChannel string
	Late           time.Duration // 0 means DefaultLate
	Develop        string        // off, mark or alert: a new development in a told story
	// Evidence identifies the part of the rules that says which text is no
	// evidence.
	Evidence string
}

// Desk holds one set of rules. It never changes after New and may be used by
// any number of goroutines.
type Desk struct {
	matcher  *match.Matcher
	topics   map[news.TopicID]Topic
	channels map[string]Channel
	fallback string
	late     time.Duration
	develop  string
	evidence string
}

// New makes a desk of the given rules.
func New(o Options) *Desk {
	d := &Desk{
		matcher:  o.Matcher,
		topics:   make(map[news.TopicID]Topic, len(o.Topics)),
		channels: make(map[string]Channel, len(o.Channels)),
		fallback: o.DefaultChannel,
		late:     o.Late,
		develop:  o.Develop,
		evidence: o.Evidence,
	}
	if d.late == 0 {
		d.late = DefaultLate
	}
	for _, t := range o.Topics {
		d.topics[t.ID] = t
	}
	for _, c := range o.Channels {
		d.channels[c.Name] = c
	}
	return d
}

// Hash identifies the rules that judge.
func (d *Desk) Hash() string { return d.matcher.Hash() }

// Reading is an item with all that can be known of it without the past.
type Reading struct {
	Item    *news.Item
	Matches []news.Match
	credit  string        // whose text it is, where it says so
	report  *story.Report // nil until it is needed
	// What of the rules the report depends on.
	dead  []news.Span
	named []news.Hit
}

// Read matches the item and prepares it for placing. It is pure and may run
// in parallel; the item must not change afterwards.
func (d *Desk) Read(it *news.Item) Reading {
	r := d.skim(it, story.Credit(it))
	r.Prepare()
	return r
}

// skim reads all but what only placing needs, which takes as long again.
func (d *Desk) skim(it *news.Item, credit string) Reading {
	r := Reading{Item: it, credit: credit}
	r.Matches, r.dead = d.matcher.Read(it)
	r.named = named(r.Matches)
	return r
}

// Prepare makes the report ready to be placed, if it is not yet. Whoever places
// it does so; it is here for those who read in parallel.
func (r *Reading) Prepare() {
	if r.report == nil {
		r.report = story.Prepare(r.Item, r.dead, r.named)
	}
}

// named are the hits of entities, as far as a report depends on them.
func named(matches []news.Match) []news.Hit {
	var out []news.Hit
	for _, h := range hitsOf(matches) {
		if h.Entity != "" {
			out = append(out, news.Hit{Entity: "any", Text: h.Text})
		}
	}
	slices.SortFunc(out, func(a, b news.Hit) int { return cmp.Compare(a.Text, b.Text) })
	return slices.Compact(out)
}

// ReadLike reads an item that another desk has read. It tells whether the two
// readings are one report to the stories; they then share its preparation,
// which waits until it is needed where the other's does.
func (d *Desk) ReadLike(it *news.Item, other *Reading) (Reading, bool) {
	r := d.skim(it, other.credit)
	if !slices.Equal(r.dead, other.dead) {
		r.Prepare()
		return r, false
	}
	if !slices.Equal(r.named, other.named) {
		r.Prepare()
		other.Prepare()
		if !r.report.Equal(other.report) {
			return r, false
		}
	}
	r.report = other.report
	return r, true
}

// ReadJudged reads an item that has a verdict with these matches. It tells
// whether the rules of then, with the same Placing, would make the same report
// of this text, so that the place of then may be taken over; the reading is
// prepared only where that had to be looked at. The place need not have been
// found by this text: an item of which only a revision was told comes with the
// new text and stands, as in service, where the old one was placed.
func (d *Desk) ReadJudged(it *news.Item, matches []news.Match, same bool) (Reading, bool) {
	if !same {
		return d.Read(it), false
	}
	r := d.skim(it, story.Credit(it))
	if was := named(matches); !slices.Equal(r.named, was) {
		r.Prepare()
		return r, r.report.Equal(story.Prepare(it, r.dead, was))
	}
	return r, true
}

// Match lists the topics that the item matches.
func (d *Desk) Match(it *news.Item) []news.Match { return d.matcher.Match(it) }

// Found lists what of each topic stands in the item, whether it fires or not.
func (d *Desk) Found(it *news.Item) []news.Match { return d.matcher.Found(it) }

// Misses says what the topics that did not match came closest with.
func (d *Desk) Misses(it *news.Item) []news.Miss { return d.matcher.Misses(it) }

func hitsOf(matches []news.Match) []news.Hit {
	var hits []news.Hit
	for _, m := range matches {
		hits = append(hits, m.Hits...)
	}
	return hits
}

// route is one channel with the topics that lead there.
type route struct {
	channel string
	topics  []news.TopicID
	urgent  bool
}

// routes spreads the live topics of the matches over channels, in the order
// in which the matches name them.
func (d *Desk) routes(matches []news.Match) []route {
	var out []route
	at := make(map[string]int)
	for _, m := range matches {
		t := d.topics[m.Topic]
		if t.Shadow {
			continue
		}
		channels := t.Channels
		if len(channels) == 0 {
			channels = []string{d.fallback}
		}
		for _, c := range channels {
			i, ok := at[c]
			if !ok {
				i = len(out)
				at[c] = i
				out = append(out, route{channel: c})
			}
			out[i].topics = append(out[i].topics, m.Topic)
			out[i].urgent = out[i].urgent || t.Urgent
		}
	}
	return out
}

func (d *Desk) topicName(id news.TopicID) string {
	if n := d.topics[id].Name; n != "" {
		return n
	}
	return string(id)
}
