package daemon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/schedule"
	"github.com/watcherd/watcherd/internal/store"
)

// Prepare loads and compiles a config and runs its rule tests: everything that
// must hold before the rules may run. Rules is nil if anything is refused.
func Prepare(path string) (*config.Config, *Rules, config.Faults) {
	c, faults := config.Load(path)
	if faults.Bad() {
		return c, nil, c.Sort(append(faults, unsaid(faults, checkBroken(c))...))
	}
	r, more := Compile(c)
	if faults = c.Sort(append(faults, more...)); r == nil {
		return c, nil, faults
	}
	if failed := TestFaults(c, RunTests(r)); len(failed) > 0 {
		return c, nil, c.Sort(append(faults, failed...))
	}
	return c, r, c.Sort(append(faults, Toothless(r)...))
}

// unsaid are those of more that the checker of the files has not found at the
// same place in its own words. A topic without words is always its to find:
// what the rules say of it may only follow from another fault.
func unsaid(faults, more config.Faults) config.Faults {
	at := make(map[config.Pos]bool, len(faults))
	for _, f := range faults {
		at[f.Pos] = at[f.Pos] || !f.Warning
	}
	return slices.DeleteFunc(more, func(f config.Fault) bool {
		return at[f.Pos] || strings.HasSuffix(f.Message, match.NoWords)
	})
}

// Reload applies the changed config, whole or not at all, and says the
// verdict. A refused one leaves everything as it was.
func (d *Daemon) Reload(ctx context.Context, acceptRemovals bool) Verdict {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	c, r, faults := Prepare(d.path)
	if r == nil {
		return d.refuse(faults.Error())
	}
	old := d.rules.Load()
	if gone := config.Shrink(old.Config, c); len(gone) > 0 && !acceptRemovals {
		return d.refuse(strings.Join(gone, "\n") + "\nIf that is what you want: watcherd reload --accept-removals")
	}
	if err := d.apply(ctx, r); err != nil {
		return d.refuse(err.Error())
	}
	d.keepGood(c)
	text := changes(old, r)
	d.metrics.reloads.WithLabelValues("applied").Inc()
	d.setDegraded("")
	d.log.Info("config applied", "change", text)
	if d.refused != "" {
		d.notice(notify.Notice{Key: d.refused, Label: "The changed config", Text: "is good again and live", Over: true})
		d.refused = ""
	}
	if old.Config.Hash() != c.Hash() {
		d.reports.add(change{old, r, text})
	}
	return Verdict{Applied: true, Text: text}
}

// refuse keeps the old rules and tells the operations channel why, once per
// text.
func (d *Daemon) refuse(why string) Verdict {
	d.metrics.reloads.WithLabelValues("refused").Inc()
	since := d.applied.Load().UTC().Format("2006-01-02 15:04 UTC")
	text := fmt.Sprintf("%s\nNothing was changed: the desk still runs the config of %s.", why, since)
	d.log.Warn("config refused", "faults", why)
	d.configNotice(why, "was refused, the old one still runs")
	return Verdict{Text: text}
}

func firstLines(s string, n int) string {
	lines := strings.SplitN(s, "\n", n+1)
	if len(lines) > n {
		lines[n] = "..."
	}
	return strings.Join(lines, "; ")
}

// apply swaps the rules. Rounds under way finish with those they began with.
func (d *Daemon) apply(ctx context.Context, r *Rules) error {
	old := d.rules.Swap(r)
	now := time.Now()
	d.applied.Store(&now)
	d.metrics.configTime.Set(float64(now.Unix()))
	if old.Config.Stories.Window != r.Config.Stories.Window || old.Config.Stories.Develop != r.Config.Stories.Develop {
		if err := d.bench.renew(ctx); err != nil {
			d.rules.Store(old)
			return fmt.Errorf("the stories could not be read again: %w", err)
		}
	}
	d.courier.SetManners(channelManners(r.Config))
	d.enroll(ctx, r, now)
	return nil
}

// changes says in one line what a reload did.
func changes(old, now *Rules) string {
	var parts []string
	count := func(what string, added, gone int) {
		if added > 0 {
			parts = append(parts, fmt.Sprintf("+%d %s", added, what))
		}
		if gone > 0 {
			parts = append(parts, fmt.Sprintf("-%d %s", gone, what))
		}
	}
	added, gone := 0, 0
	for id := range now.feeds {
		if _, ok := old.feeds[id]; !ok {
			added++
		}
	}
	for id := range old.feeds {
		if _, ok := now.feeds[id]; !ok {
			gone++
		}
	}
	count("feeds", added, gone)
	before, after := topicKeys(old), topicKeys(now)
	count("topics", len(lacking(after, before)), len(lacking(before, after)))
	if old.Desk.Hash() != now.Desk.Hash() {
		parts = append(parts, "rules changed")
	}
	var what []string
	if len(parts) > 0 {
		what = append(what, strings.Join(parts, ", "))
	}
	if late := atNextStart(old, now); len(late) > 0 {
		verb := "take"
		if len(late) == 1 {
			verb = "takes"
		}
		what = append(what, fmt.Sprintf("%s %s effect at the next start", strings.Join(late, ", "), verb))
	}
	if len(what) == 0 {
		what = append(what, "nothing changed")
	}
	return fmt.Sprintf("%s, %s: %s", plural(len(now.feeds), "feed", "feeds"),
		plural(len(now.Config.Topics), "topic", "topics"), strings.Join(what, "; "))
}

// atNextStart names what has changed and is read at a start only: what the
// parts that are never rebuilt were made with.
func atNextStart(old, now *Rules) (keys []string) {
	a, b := old.Config, now.Config
	for _, k := range []struct {
		key     string
		changed bool
	}{
		{"state_dir", a.StateDir != b.StateDir},
		{"listen", a.Listen != b.Listen},
		{"listen_public", a.ListenPublic != b.ListenPublic},
		{"public_url", a.PublicURL != b.PublicURL},
		{"slack", slackOf(old) != slackOf(now)},
		{"contact", a.Contact != b.Contact},
		{"log", a.Log.Level != b.Log.Level || a.Log.Format != b.Log.Format},
		{"fetch.workers", a.Fetch.Workers != b.Fetch.Workers},
		{"fetch.per_host", a.Fetch.PerHost.Concurrent != b.Fetch.PerHost.Concurrent || a.Fetch.PerHost.Spacing != b.Fetch.PerHost.Spacing},
		{"fetch.timeout", a.Fetch.Timeout != b.Fetch.Timeout},
		{"fetch.max_body", a.Fetch.MaxBody != b.Fetch.MaxBody},
		{"fetch.proxy", a.Fetch.Proxy != b.Fetch.Proxy || a.Fetch.ProxyFile != b.Fetch.ProxyFile},
		{"fetch.allow_private", !slices.Equal(a.Fetch.AllowPrivate, b.Fetch.AllowPrivate)},
	} {
		if k.changed {
			keys = append(keys, k.key)
		}
	}
	return keys
}

func topicKeys(r *Rules) (keys []string) {
	for i := range r.Config.Topics {
		keys = append(keys, r.Config.Topics[i].Key)
	}
	return keys
}

// lacking are those of a that b has not.
func lacking(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(k string) bool { return slices.Contains(b, k) })
}

// slackOf is what of the config the notifier was made with.
func slackOf(r *Rules) [5]string {
	s := r.Config.Slack
	return [5]string{s.BotTokenFile, s.AppTokenFile, s.WebhookFile, s.APIURL, s.OpsChannel}
}

// enroll puts the feeds of the rules into the due-queue and takes out those
// that went. A feed that is put back keeps what was known of it. What went or
// came back is stored before any round can store what is newer.
func (d *Daemon) enroll(ctx context.Context, r *Rules, now time.Time) {
	d.marking.Lock()
	defer d.marking.Unlock()
	var moved []news.FeedState // in or out of the config
	for _, id := range d.states.ids() {
		st := d.states.get(id)
		if _, ok := r.feeds[id]; ok || !st.Removed.IsZero() {
			continue
		}
		st.Removed = now.UTC()
		d.states.put(st)
		moved = append(moved, st)
		d.queue.Remove(id)
		d.storeFine(id)
	}
	rate := d.pace(r)
	fresh := 0
	var queued []news.FeedID
	for _, id := range eagerFirst(r) {
		f := r.feeds[id]
		st := d.states.get(id)
		if st.Added.IsZero() {
			st.Added = now.UTC()
		}
		back := !st.Removed.IsZero()
		st.Removed = time.Time{}
		if f.Paused {
			d.queue.Remove(id)
			d.states.put(st)
			if back {
				moved = append(moved, st)
			}
			continue
		}
		st.Due = schedule.Begin(&st, r.specs[id], r.limits(), now).UTC()
		if st.LastPoll.IsZero() && rate > 0 {
			// First polls are spread by their due times, so that a feed that
			// is asked every second does not wait behind all of them.
			st.Due = st.Due.Add(time.Duration(float64(fresh) / rate * float64(time.Second)))
			fresh++
		}
		merged := d.merge(r, &st, now)
		d.states.put(st)
		if back {
			moved = append(moved, st)
		}
		d.queue.HoldHost(hostOf(feeds.Address(f.URL, &st)), st.Held)
		if merged {
			d.queue.Remove(id)
		} else if st.Health.State != feeds.StateGone {
			queued = append(queued, id)
		}
	}
	if err := d.store.PutFeeds(ctx, moved...); err != nil {
		d.log.Error("which feeds left the config or came back could not be stored", "err", err)
	}
	for _, id := range queued {
		st := d.states.get(id)
		d.queue.Put(id, hostOf(feeds.Address(r.feeds[id].URL, &st)), st.Due)
	}
}

const (
	// firstInterval stands for the interval of an adaptive feed that was never
	// asked.
	firstInterval = 2 * time.Minute
	// quickest is how often an adaptive feed counts at most, however quick its
	// rhythm: many of them give way to one another.
	quickest = 10 * time.Second
)

// pace bounds how many rounds start per second and returns the bound; 0 is
// none.
func (d *Daemon) pace(r *Rules) float64 {
	if d.opts.Hasty {
		d.queue.SetRate(0)
		return 0
	}
	// Feeds of one cron spec come all at once; an adaptive one is asked as
	// often as its own rhythm has shown.
	now := time.Now()
	spans := make([]time.Duration, 0, len(r.order))
	bySpec := make(map[string]time.Duration)
	for _, id := range r.order {
		spec := r.specs[id]
		if spec.Adaptive() {
			own := cmp.Or(d.states.get(id).Pace.Interval, firstInterval)
			spans = append(spans, max(own, quickest))
			continue
		}
		span, ok := bySpec[spec.String()]
		if !ok {
			span = spec.Span(now)
			bySpec[spec.String()] = span
		}
		spans = append(spans, span)
	}
	rate := schedule.Rate(spans)
	d.queue.SetRate(rate)
	return rate
}

// eagerFirst are the feeds in the order in which they are asked for the first
// time: those that the desk wants often before the others.
func eagerFirst(r *Rules) []news.FeedID {
	order := slices.Clone(r.order)
	slices.SortStableFunc(order, func(a, b news.FeedID) int {
		return cmp.Compare(cmp.Or(r.specs[a].Every(), time.Hour), cmp.Or(r.specs[b].Every(), time.Hour))
	})
	return order
}

// limits are the operator's bounds on every rhythm.
func (r *Rules) limits() schedule.Limits {
	l := schedule.Limits{Max: r.Config.Fetch.MaxInterval}
	if r.Config.Fetch.Has("min_interval") {
		l.Min = r.Config.Fetch.MinInterval
	}
	return l
}

// recall builds the desk's memory from what is stored.
func (d *Daemon) recall(ctx context.Context) (*desk.Memory, error) {
	return recall(ctx, d.store, d.rules.Load())
}

func recall(ctx context.Context, s *store.Store, r *Rules) (*desk.Memory, error) {
	opt := r.storyOptions()
	var err error
	if opt.Cuts, err = cutsIn(ctx, s); err != nil {
		return nil, err
	}
	m := desk.NewMemory(opt)
	now := time.Now().UTC()
	since := now.Add(-m.Keep())
	for st, err := range s.Stories(ctx, since) {
		if err != nil {
			return nil, err
		}
		m.RecallStory(st)
	}
	for rec, err := range s.Items(ctx, since, now.Add(time.Hour)) {
		if err != nil {
			return nil, err
		}
		m.Recall(r.Desk, &rec.Item, rec.Verdict)
	}
	mutes, err := s.Mutes(ctx, now)
	if err != nil {
		return nil, err
	}
	m.SetMutes(mutes)
	m.Expire(now)
	return m, nil
}
