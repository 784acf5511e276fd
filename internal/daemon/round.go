package daemon

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/schedule"
	"github.com/watcherd/watcherd/internal/store"
)

// visit is one round of one feed under way: what it knows and what it brought.
// It works on a copy of the feed's state, which becomes the state when it is
// durable.
type visit struct {
	d     *Daemon
	rules *Rules
	feed  news.Feed
	st    news.FeedState
	was   news.Health // before the round
	now   time.Time

	pushed bool    // a hub brought it; nobody asked
	by     *worker // of the crew; may be nil

	plan  schedule.Round
	brief brief
}

// brief is what a round tells besides its items.
type brief struct {
	result string // new, same, or the class of the error
	fresh  int
	ident  feeds.Identified
	host   bool // the failure binds every feed of the host
	lied   bool // its "not modified" was proven wrong for the first time
	stop   bool // the feed is gone for good, or asked under another name
}

// round asks one feed once and carries what it says to the outbox:
//
//	fetch -> parse -> identify -> learn -> read (match, prepare) -> bench -> store
func (d *Daemon) round(ctx context.Context, id news.FeedID) { d.roundBy(ctx, id, nil) }

// roundBy is a round by a worker of the crew.
func (d *Daemon) roundBy(ctx context.Context, id news.FeedID, by *worker) {
	rules := d.rules.Load()
	feed, ok := rules.feeds[id]
	if !ok || feed.Paused {
		d.queue.Remove(id)
		return
	}
	v := &visit{d: d, rules: rules, feed: feed, st: d.states.get(id), now: time.Now().UTC(), by: by}
	v.was = v.st.Health
	if !v.st.Due.IsZero() && v.now.After(v.st.Due) {
		d.metrics.lateness.Observe(v.now.Sub(v.st.Due).Seconds())
	}
	err := v.make(ctx)
	if ctx.Err() != nil {
		// Cut short by the stop: nothing happened, the next start asks again.
		return
	}
	d.metrics.round.Observe(time.Since(v.now).Seconds())
	d.metrics.polls.WithLabelValues(v.brief.result).Inc()
	d.beats.polling.mark(time.Now())
	if err != nil {
		d.storeTrouble(id, err)
		d.queue.Done(id, time.Now().Add(30*time.Second))
		return
	}
	d.storeFine(id)
	d.report(ctx, v)
	if v.brief.stop {
		d.queue.Remove(id)
		return
	}
	d.queue.Done(id, v.st.Due)
}

// make asks, and stores what came of it. Its error is the store's: what the
// feed does wrong is stored as its health.
func (v *visit) make(ctx context.Context) error {
	asked := v.feed
	asked.URL = feeds.Address(v.feed.URL, &v.st)
	v.by.asks()
	ans, err := v.d.client.Fetch(ctx, asked, &v.st, v.now)
	v.by.answered(ctx)
	if ctx.Err() != nil {
		return nil
	}
	v.d.noteNetwork(asked.URL, err, v.now)
	defer v.d.pushes.turn(v.feed.ID)()
	v.st = v.d.states.get(v.feed.ID) // a push may have come meanwhile
	if err != nil && len(ans.Body) == 0 {
		return v.failed(ctx, err)
	}
	v.plan.Wish, v.plan.WishReason = ans.Wish, ans.WishReason
	if ans.Unchanged {
		v.brief.result = "same"
		feeds.Apply(&v.st, ans, feeds.Reading{}, v.now)
		v.d.pushes.polled(v, ans, feeds.Document{})
		return v.close(ctx)
	}
	doc, perr := feeds.Parse(ans.Body, feeds.Source{Feed: v.feed, URL: ans.FinalURL}, ans.ContentType, v.now)
	if perr != nil {
		// A cut or oversized body that cannot be read is what it was before.
		return v.failed(ctx, cmp.Or(err, perr))
	}
	return v.take(ctx, ans, doc, err)
}

// failed stores a round that brought nothing.
func (v *visit) failed(ctx context.Context, err error) error {
	class := feeds.ClassOf(err)
	v.brief.result = cmp.Or(string(class), "other")
	v.plan.Class = v.brief.result
	if e, ok := errors.AsType[*feeds.Error](err); ok {
		v.plan.Retry, v.brief.host = e.RetryAfter, e.Host
	}
	v.plan.Frozen = class.Network() && v.d.ownOutage()
	if v.plan.Frozen {
		v.st.LastPoll = v.now
	} else {
		feeds.Fail(&v.st, err, v.now)
	}
	return v.close(ctx)
}

// close plans the next round and stores the state of a round without items.
func (v *visit) close(ctx context.Context) error {
	v.schedule()
	defer v.settle()()
	if err := v.d.store.Commit(ctx, store.Round{At: v.now, Feed: &v.st}); err != nil {
		return err
	}
	v.d.beats.storing.mark(time.Now())
	v.d.states.put(v.st)
	return nil
}

// schedule writes the next due time into the state, and whether the feed has
// fallen silent against its habit.
func (v *visit) schedule() {
	limits, due := v.rules.limits(), v.st.Due
	if v.d.pushes.trusted(v.feed.ID, v.now) {
		limits.Gain = 2 // the backup poll of a feed whose hub pushes
	}
	plan := schedule.Next(&v.st, v.rules.specs[v.feed.ID], v.plan, limits, v.now)
	if v.pushed {
		v.st.Due = due // the backup poll comes when it was to come
	}
	v.brief.stop = plan.Stop
	clamps := make([]string, len(plan.Clamps))
	for i, c := range plan.Clamps {
		clamps[i] = c.String()
	}
	v.clamped(clamps)
	if v.brief.host {
		v.hold()
	}
	if v.d.merge(v.rules, &v.st, v.now) {
		v.brief.stop = true
	}
	if _, quiet := schedule.Quiet(&v.st, v.now); quiet && v.st.Health.State == feeds.StateOK {
		v.st.Health.State, v.st.Health.Since, v.st.Health.Told = feeds.StateQuiet, v.now, false
	}
}

// habits are those stored, or none if they are damaged: the items are still
// known by their keys, and this round stores new habits.
func (v *visit) habits(ctx context.Context) (news.Habits, error) {
	h, err := v.d.store.Habits(ctx, v.feed.ID)
	if damaged, ok := errors.AsType[*store.HabitsError](err); ok {
		v.d.log.Error("what is known of a feed's habits is damaged and is learnt anew", "feed", v.feed.ID, "error", damaged.Err)
		return news.Habits{}, nil
	}
	return h, err
}

// take brings a parsed document before the bench. broken is the error of a
// body that was cut: its items count, its validators do not.
func (v *visit) take(ctx context.Context, ans feeds.Answer, doc feeds.Document, broken error) error {
	baseline := !v.st.Baselined
	for i := range doc.Items {
		it := &doc.Items[i]
		it.Feed, it.Outlet, it.Tags = v.feed.ID, cmp.Or(v.feed.Name, doc.Title), v.feed.Tags
		it.Lang = cmp.Or(it.Lang, v.feed.Lang)
		it.FirstSeen = v.now
	}
	habits, err := v.habits(ctx)
	if err != nil {
		return err
	}
	v.st.Habits = &habits
	before := habits.Identity
	v.brief.ident = feeds.Identify(doc.Items, &v.st, v.now)
	if ans.Delta { // only what is new: what is missing means nothing
		v.brief.ident.Gap = false
		feeds.Amend(&habits.Identity, &before)
	}
	s, err := v.docket(ctx, v.unheard(doc.Items, &before), baseline)
	if err != nil {
		return err
	}
	v.news(s, doc)
	if broken != nil {
		v.plan.Class = string(feeds.ClassOf(broken))
		v.brief.result = v.plan.Class
		feeds.Fail(&v.st, broken, v.now)
	} else {
		trusted := !v.st.Trust.Liar
		feeds.Apply(&v.st, ans, feeds.Reading{Fresh: v.plan.Fresh, Oldest: oldest(v.plan.Times), Partial: doc.Truncated || doc.LeftOut > 0}, v.now)
		v.brief.lied = trusted && v.st.Trust.Liar
	}
	v.st.Baselined = true
	v.st.Format, v.st.Title, v.st.Repaired = doc.Format, doc.Title, doc.Repaired
	if !ans.Delta {
		v.st.Items = len(doc.Items)
	}
	v.st.Total += v.plan.Fresh
	if !v.pushed && broken == nil {
		v.d.pushes.polled(v, ans, doc)
	}
	v.schedule()
	decisions, err := v.sit(ctx, s)
	if err == nil {
		v.d.told(ctx, s, decisions)
	}
	return err
}

// sit brings the round before the bench.
func (v *visit) sit(ctx context.Context, s *sitting) ([]desk.Decision, error) {
	defer v.settle()()
	s.feed = v.st
	began := time.Now()
	r := v.d.bench.sit(ctx, s)
	if r.err != nil {
		return nil, r.err
	}
	v.d.metrics.commit.Observe(time.Since(began).Seconds())
	v.d.beats.storing.mark(time.Now())
	v.d.states.put(v.st)
	return r.decisions, nil
}

// settle takes into the state what a reload may have noted since the round
// began, and keeps reloads from noting more until the state is stored and the
// returned function is called.
func (v *visit) settle() (done func()) {
	v.d.marking.RLock()
	v.st.Removed = v.d.states.get(v.feed.ID).Removed
	return v.d.marking.RUnlock
}

// news fills in what the schedule wants to know of the round.
func (v *visit) news(s *sitting, doc feeds.Document) {
	for _, c := range s.cases {
		if c.Known == nil {
			v.plan.Times = append(v.plan.Times, c.Reading.Item.Time())
		}
	}
	v.plan.Fresh, v.brief.fresh = len(v.plan.Times), len(v.plan.Times)
	v.brief.result = "new"
	if v.brief.fresh == 0 {
		v.brief.result = "same"
	}
	if v.brief.ident.Gap {
		v.plan.Lost = v.brief.ident.Lost
		v.st.Health.Lost += v.brief.ident.Lost
	}
	v.plan.Said = &schedule.Wishes{Interval: doc.TTL, Reason: doc.TTLReason, SkipHours: doc.SkipHours, SkipDays: doc.SkipDays}
}

// oldest is the earliest of some times; zero if there are none.
func oldest(times []time.Time) time.Time {
	if len(times) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// unheard are the items that the last body did not hold as they stand. The
// others need no look at the store.
func (v *visit) unheard(items []news.Item, before *news.Identity) []news.Item {
	same := feeds.Repeats(items, before, v.now)
	if same == nil {
		v.st.Habits.Identity.Looked = v.now
		return items
	}
	var rest []news.Item
	for i := range items {
		if !same[i] {
			rest = append(rest, items[i])
		}
	}
	return rest
}

// docket sorts the items into those that are known as they stand, which are
// only touched, and those that the bench must see, read and oldest first.
func (v *visit) docket(ctx context.Context, items []news.Item, baseline bool) (*sitting, error) {
	s := &sitting{desk: v.rules.Desk, at: v.now}
	known, err := v.d.known(ctx, items)
	if err != nil {
		return nil, err
	}
	order := make([]int, 0, len(items))
	for i := range items {
		if k := known[i]; k.Item != "" && k.Version == items[i].Version {
			s.touch = append(s.touch, items[i].Keys)
			continue
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return items[a].Time().Compare(items[b].Time()) })
	v.learn(items, order, known)
	for _, i := range order {
		if err := v.call(ctx, s, &items[i], known[i], baseline); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// learn counts the blocks of the new items, so that what the feed repeats is
// known before any of them is judged.
func (v *visit) learn(items []news.Item, order []int, known []store.Seen) {
	for _, i := range order {
		if known[i].Item == "" {
			desk.Learn(&v.st.Habits.Blocks, &items[i], v.now)
		}
	}
}

// call reads an item and puts it on the docket. A known item of another feed
// is another outlet's copy of the link, which is not ours to revise.
func (v *visit) call(ctx context.Context, s *sitting, it *news.Item, known store.Seen, baseline bool) error {
	c := desk.Case{Now: v.now, Baseline: baseline && !v.rules.first(it, v.now)}
	rec, ok, err := v.stored(ctx, it, &known)
	if err != nil {
		return err
	}
	if known.Item != "" && (known.Version == it.Version || ok && rec.Item.Feed != it.Feed) {
		s.touch = append(s.touch, it.Keys)
		return nil
	}
	var old news.Verdict
	if known.Item != "" {
		c.Known = &desk.Seen{Item: known.Item, Feed: it.Feed, Story: known.Story, Version: known.Version,
			Title: known.Title, First: known.First, Outcome: known.Outcome}
		old = rec.Verdict
	}
	it.Boilerplate = desk.Boilerplate(&v.st.Habits.Blocks, it)
	began := time.Now()
	c.Reading = v.rules.Desk.Read(it)
	v.d.metrics.match.Observe(time.Since(began).Seconds())
	s.cases, s.old = append(s.cases, c), append(s.old, old)
	return nil
}

// stored reads the known item. A name that was given to another item long ago
// is no name: the new item gets one of its own and is looked up under that.
func (v *visit) stored(ctx context.Context, it *news.Item, known *store.Seen) (store.Record, bool, error) {
	if known.Item == "" {
		return store.Record{}, false, nil
	}
	rec, ok, err := v.d.store.Item(ctx, known.Item)
	if err != nil || !ok || !feeds.Reused(&rec.Item, it) {
		return rec, ok, err
	}
	feeds.Distinguish(it)
	again, err := v.d.known(ctx, []news.Item{*it})
	if err != nil {
		return rec, false, err
	}
	if *known = again[0]; known.Item == "" {
		return store.Record{}, false, nil
	}
	return v.d.store.Item(ctx, known.Item)
}

// known looks every item up under all its keys in one read transaction.
func (d *Daemon) known(ctx context.Context, items []news.Item) ([]store.Seen, error) {
	var keys []news.Key
	for i := range items {
		keys = append(keys, items[i].Keys...)
	}
	seen, err := d.store.Known(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make([]store.Seen, len(items))
	at := 0
	for i := range items {
		for range items[i].Keys {
			if out[i].Item == "" && seen[at].Item != "" {
				out[i] = seen[at]
			}
			at++
		}
	}
	return out, nil
}

// told does what follows from a durable round.
func (d *Daemon) told(ctx context.Context, s *sitting, decisions []desk.Decision) {
	alerts := 0
	for i, dec := range decisions {
		it := s.cases[i].Reading.Item
		if dec.Fresh {
			d.metrics.judged(it, dec.Verdict)
			d.tellUnmade(ctx, it, dec.Verdict)
		}
		for _, a := range dec.Alerts {
			alerts++
			d.metrics.alerts.WithLabelValues(string(a.Kind)).Inc()
		}
		d.journal(it, dec)
	}
	if alerts > 0 {
		d.courier.Wake()
	}
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Hostname()
}
