package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

// Case is one item before the desk.
type Case struct {
	Reading Reading
	// Known is what lasting storage knows of the item's keys; nil if nothing.
	// What the memory itself has seen counts before it.
	Known *Seen
	Now   time.Time
	// Baseline says that the item was already in the feed at first sight.
	Baseline bool
	// Placed, if set, is where a memory with the same reports has placed
	// this one: the memory follows and keeps no reports of its own. It is for
	// cases of which the decision Wants a place and no more.
	Placed *news.Placement
	// Apart are the stories that the item was split from by hand, where it is
	// judged again.
	Apart []news.StoryID
}

// Decision is a verdict with everything that has to be stored with it.
type Decision struct {
	Verdict news.Verdict
	// Fresh says that the item was not known before.
	Fresh bool
	// Archived says that it is of a feed's past and in no book of stories.
	Archived bool
	// Revised says that the item was known with another text; Before is the
	// headline it had.
	Revised bool
	Before  string
	// Known is the item as it was known, if it was.
	Known Seen
	// Story is the story as it is now; nil if it did not change, or where the
	// memory is silent.
	Story *news.Story
	// Alerts are to be enqueued in the same transaction.
	Alerts []news.Alert
	// Muted are the mutes that held something back.
	Muted []string
}

// Decide gives the verdict on one item and changes the memory accordingly.
func (m *Memory) Decide(d *Desk, c Case) Decision {
	if seen, known := m.earlier(&c); known {
		return m.again(d, c, seen)
	}
	dec := m.fresh(d, c)
	m.Remember(c.Reading.Item.Keys, seenOf(c.Reading.Item, dec.Verdict))
	return dec
}

// Wants is what a decision takes of the book of stories.
type Wants uint8

// What a decision may want.
const (
	WantsNothing Wants = iota
	WantsPlace         // where the item belongs
	WantsReports       // the item's own earlier report, to tell what changed
)

// Wants says what the decision on a case will take of the book. Only where it
// wants a place and no more can the memory follow another one.
func (m *Memory) Wants(c *Case) Wants {
	seen, known := m.earlier(c)
	switch {
	case known && revises(c.Reading.Item, &seen):
		return WantsReports
	case known || m.archives(c):
		return WantsNothing
	}
	return WantsPlace
}

// earlier is what is known of the item.
func (m *Memory) earlier(c *Case) (Seen, bool) {
	if seen, known := m.known(c.Reading.Item.Keys); known || c.Known == nil {
		return seen, known
	}
	return *c.Known, true
}

// revises says that the item is a new text of a known one. Only the feed that
// told the item may revise it: another outlet's copy of the link has its own
// headline, and the two would take turns.
func revises(it *news.Item, seen *Seen) bool {
	return seen.Version != it.Version && seen.Feed == it.Feed
}

// archives says that the item is of a feed's past, which no story takes in.
func (m *Memory) archives(c *Case) bool { return c.Baseline && m.over(c.Reading.Item, c.Now) }

func seenOf(it *news.Item, v news.Verdict) Seen {
	return Seen{Item: it.ID, Feed: it.Feed, Story: v.Placement.Story, Version: it.Version,
		Title: it.Title, Outcome: v.Outcome, First: it.FirstSeen}
}

// again judges an item that is known. The same text says nothing new; another
// text is a revision, which tells only what nobody was told before.
func (m *Memory) again(d *Desk, c Case, seen Seen) Decision {
	it := c.Reading.Item
	dec := Decision{Known: seen, Verdict: news.Verdict{
		Item:      seen.Item,
		Placement: news.Placement{Story: seen.Story, Reason: news.ReasonSameItem},
		Matches:   c.Reading.Matches,
		Outcome:   news.OutcomeRepeat,
		Detail:    "this item is known since " + stamp(seen.First),
		At:        c.Now,
		Rules:     d.Hash(),
	}}
	if !revises(it, &seen) {
		return dec
	}
	dec.Revised, dec.Before = true, seen.Title
	dec.Verdict.Placement.Reason = news.ReasonRevision
	dec.Verdict.Detail = "the text of a known item changed"
	if seen.Title != it.Title {
		dec.Verdict.Detail = fmt.Sprintf("headline changed, was %q", seen.Title)
	}
	if seen.Outcome == news.OutcomeNoMatch && len(c.Reading.Matches) > 0 {
		m.revise(&c, seen)
		m.found(d, c, &dec)
		m.Remember(it.Keys, seenAfter(seen, it, dec.Verdict))
		return dec
	}
	m.correct(c, seen, m.revise(&c, seen), &dec)
	m.Remember(it.Keys, seenAfter(seen, it, dec.Verdict))
	return dec
}

// seenAfter is what is known of an item after a revision: the new text, but
// the outcome that its readers got.
func seenAfter(was Seen, it *news.Item, v news.Verdict) Seen {
	s := was
	s.Version, s.Title = it.Version, it.Title
	if v.Outcome != news.OutcomeRepeat {
		s.Outcome, s.Story = v.Outcome, v.Placement.Story
	}
	return s
}

// found judges a known item that matches only now, with its new text: it has
// its place in a story already, and nobody was told.
func (m *Memory) found(d *Desk, c Case, dec *Decision) {
	it := c.Reading.Item
	dec.Verdict.Detail = ""
	st := m.storyFor(dec.Verdict.Placement, it)
	m.outcome(d, c, st, dec)
	if !slices.ContainsFunc(st.Reports, func(r news.Report) bool { return r.Item == dec.Known.Item }) {
		addReport(st, &c.Reading, dec.Verdict)
	}
	m.store(st, dec)
}

// fresh judges an item never seen before.
func (m *Memory) fresh(d *Desk, c Case) Decision {
	it := c.Reading.Item
	if m.archives(&c) {
		return m.archive(d, c)
	}
	p := m.place(&c)
	v := news.Verdict{Item: it.ID, Matches: c.Reading.Matches, Placement: p, At: c.Now, Rules: d.Hash(), Placing: m.Placing(d)}
	st := m.storyFor(p, it)
	dec := Decision{Fresh: true, Verdict: v}
	m.outcome(d, c, st, &dec)
	if c.Placed == nil {
		m.book.Add(c.Reading.report, dec.Verdict.Placement)
	}
	addReport(st, &c.Reading, dec.Verdict)
	m.store(st, &dec)
	return dec
}

// archive judges an item of a feed's past: a story of its own, which is stored
// but not remembered.
func (m *Memory) archive(d *Desk, c Case) Decision {
	it := c.Reading.Item
	p := news.Placement{Story: news.NewStoryID(it.ID), Reason: news.ReasonNewStory}
	st := &news.Story{ID: p.Story, Headline: headline(it), First: it.Time()}
	dec := Decision{Fresh: true, Archived: true, Story: st,
		Verdict: news.Verdict{Item: it.ID, Matches: c.Reading.Matches, Placement: p, At: c.Now, Rules: d.Hash()}}
	m.outcome(d, c, st, &dec)
	addReport(st, &c.Reading, dec.Verdict)
	return dec
}

func (m *Memory) place(c *Case) news.Placement {
	if c.Placed != nil {
		return *c.Placed
	}
	c.Reading.Prepare()
	for _, from := range c.Apart {
		m.book.KeepApart(story.Cut{From: from, Items: []news.ItemID{c.Reading.Item.ID}})
	}
	return m.book.Place(c.Reading.report)
}

// Followed is an item that a memory was given placed, so that its book has no
// report of it.
type Followed struct {
	reading Reading
	place   *news.Placement
}

// Follow is what the decision on a case that was given its place would have
// put in the book.
func Follow(c *Case) Followed {
	f := Followed{reading: c.Reading, place: c.Placed}
	f.reading.Matches = nil // they are told, and large
	return f
}

// Time is that of the report.
func (f *Followed) Time() time.Time { return f.reading.Item.Time() }

// Prepare does what of catching up can be done in parallel.
func (f *Followed) Prepare() { f.reading.Prepare() }

// CatchUp makes up for what the memory followed, so that it can place the next
// reports itself. All of the time that it keeps must be given, in their order.
func (m *Memory) CatchUp(all []Followed) {
	for i := range all {
		f := &all[i]
		f.reading.Prepare()
		m.book.Add(f.reading.report, *f.place)
	}
}

// outcome decides the item's fate and, if it is to be told, where.
func (m *Memory) outcome(d *Desk, c Case, st *news.Story, dec *Decision) {
	it, v := c.Reading.Item, &dec.Verdict
	switch {
	case c.Baseline:
		v.Outcome, v.Detail = news.OutcomeBaseline, "was already in the feed at first sight"
		return
	case len(v.Matches) == 0:
		v.Outcome, v.Detail = news.OutcomeNoMatch, "no topic matched"
		return
	case !it.Published.IsZero() && c.Now.Sub(it.Published) > d.late:
		v.Outcome = news.OutcomeLate
		v.Detail = fmt.Sprintf("published %s, more than %d days before it was seen", stamp(it.Published), int(d.late.Hours()/24))
		return
	}
	routes := d.routes(v.Matches)
	if len(routes) == 0 {
		v.Outcome, v.Detail = news.OutcomeShadow, "matched only topics that are on trial"
		return
	}
	v.Outcome = news.OutcomeMuted
	for _, r := range routes {
		m.tell(d, c, st, r, dec)
	}
	if v.Outcome != news.OutcomeMuted {
		v.Detail = ""
	}
}

// tell enqueues what one channel is to hear of the item.
func (m *Memory) tell(d *Desk, c Case, st *news.Story, r route, dec *Decision) {
	it, v := c.Reading.Item, &dec.Verdict
	topics, mute := m.unmuted(it, st.ID, r, c.Now)
	if len(topics) == 0 {
		v.Detail = fmt.Sprintf("muted by %s until %s", mute.By, stamp(mute.Until))
		v.Routes = append(v.Routes, news.Route{Channel: r.channel, Topics: r.topics, Note: v.Detail})
		dec.Muted = append(dec.Muted, mute.ID)
		return
	}
	r.topics = topics
	told, known := st.Told[r.channel]
	own := v.Placement.Reason == news.ReasonDevelop && d.develop == "alert"
	confirmed := d.confirmed(st, &c.Reading, v.Placement, r)
	if confirmed != "" {
		// The rise is told once; what comes after it is urgent as it is.
		r.urgent = true
		own = own || !st.Telling[r.channel].Urgent
	}
	kind := news.KindAlert
	if known && !own {
		kind = news.KindUpdate
	}
	if known && withdraws(it) {
		kind = news.KindCorrection
	}
	seq := st.Seq[r.channel]
	a := news.Alert{Channel: r.channel, Story: st.ID, Item: it.ID, Urgent: r.urgent} // what verdicts depend on
	if !m.silent {
		a = d.telling(c, st, r, v)
	}
	a.ID, a.Kind, a.Seq = news.NewAlertID(st.ID, r.channel, kind, seq), kind, seq
	switch kind {
	case news.KindAlert:
		a.Note = confirmed
		if v.Placement.Reason == news.ReasonMaybe {
			m.pointTo(v.Placement.Nearest, r.channel, &a)
		}
		v.Outcome = news.OutcomeAlert
		mark(&st.Told, r.channel, a.ID)
		mark(&st.Telling, r.channel, a)
	default:
		if v.Outcome != news.OutcomeAlert {
			v.Outcome = news.OutcomeUpdate
		}
		a.Target = told
		if kind == news.KindCorrection {
			a = withdrawal(a, st.Telling[r.channel], it)
		}
	}
	mark(&st.Seq, r.channel, seq+1)
	if !m.silent {
		dec.Alerts = append(dec.Alerts, a)
	}
	v.Routes = append(v.Routes, news.Route{Channel: r.channel, Topics: r.topics, Alert: a.ID, Kind: kind, Urgent: a.Urgent})
}

// unmuted returns the topics of the route that no mute holds back, and the
// mute that held back the others.
func (m *Memory) unmuted(it *news.Item, id news.StoryID, r route, now time.Time) ([]news.TopicID, news.Mute) {
	var topics []news.TopicID
	var by news.Mute
	for _, t := range r.topics {
		if mu, yes := m.muted(it, id, r.channel, t, now); yes {
			by = mu
			continue
		}
		topics = append(topics, t)
	}
	return topics, by
}

// store adds to the decision what is to be stored of the story.
func (m *Memory) store(st *news.Story, dec *Decision) {
	if m.silent {
		return
	}
	m.refreshTellings(st, dec)
	s := cloneStory(st)
	dec.Story = &s
}

// refreshTellings turns the updates among the decision's alerts into the whole
// present state of the story, so that the last of them alone makes the
// message true.
func (m *Memory) refreshTellings(st *news.Story, dec *Decision) {
	for i := range dec.Alerts {
		a := &dec.Alerts[i]
		if a.Kind != news.KindUpdate {
			continue
		}
		first := st.Telling[a.Channel]
		latest := st.Reports[len(st.Reports)-1]
		dec.Alerts[i] = updated(first, *a, st, latest, dec.Verdict.Placement)
		first.Also, first.Count, first.Independent, first.Sources = dec.Alerts[i].Also, dec.Alerts[i].Count, dec.Alerts[i].Independent, dec.Alerts[i].Sources
		mark(&st.Telling, a.Channel, first)
	}
}

// addReport makes the item part of its story.
func addReport(st *news.Story, r *Reading, v news.Verdict) {
	at := r.Item.Time()
	if st.Last.Before(at) {
		st.Last = at
	}
	if at.Before(st.First) {
		st.First = at
	}
	st.Count++
	if len(st.Reports) < news.MaxReports {
		st.Reports = append(st.Reports, r.part(v.Placement))
	}
	for _, mt := range v.Matches {
		if !slices.Contains(st.Topics, mt.Topic) {
			st.Topics = append(st.Topics, mt.Topic)
		}
	}
}

// part is the item's part in its story.
func (r *Reading) part(p news.Placement) news.Report {
	it := r.Item
	return news.Report{Item: it.ID, Outlet: it.Outlet, URL: it.URL, Title: headline(it), Lang: it.Lang,
		At: it.Time(), Credit: r.credit, Copy: p.Reason == news.ReasonCopy}
}

func mark[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
