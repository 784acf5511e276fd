package daemon

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// maxAnswers is how many items a question by words is answered for.
const maxAnswers = 5

// Why says what became of an item, named by its address, its ID or words of
// its headline, and why; and of an item that never came, where it would have
// come from.
func (v *view) Why(ctx context.Context, q string) ([]WhyAnswer, error) {
	recs, err := v.find(ctx, strings.TrimSpace(q))
	if err != nil {
		return nil, err
	}
	if len(recs) == 0 {
		a, err := v.never(ctx, q)
		return []WhyAnswer{a}, err
	}
	var out []WhyAnswer
	for _, rec := range recs {
		a, err := v.explain(ctx, rec)
		if err != nil {
			return nil, err
		}
		if isURL(q) && strings.TrimSpace(q) != rec.Item.URL {
			a.Stages = slices.Insert(a.Stages, 1, Stage{"known as", true,
				"another address of the same item: whatever brings it again is a repeat of this one"})
		}
		out = append(out, a)
	}
	return out, nil
}

// find looks an item up by ID, then by address, then by words.
func (v *view) find(ctx context.Context, q string) ([]store.Record, error) {
	if rec, ok, err := v.store.Item(ctx, news.ItemID(q)); err != nil || ok {
		return []store.Record{rec}, err
	}
	if isURL(q) {
		it := news.Item{URL: q}
		identify(&it)
		seen, err := v.store.Known(ctx, it.Keys)
		if err != nil {
			return nil, err
		}
		for _, s := range seen {
			if s.Item == "" {
				continue
			}
			rec, ok, err := v.store.Item(ctx, s.Item)
			if err != nil || ok {
				return []store.Record{rec}, err
			}
		}
		return nil, nil
	}
	recs, err := v.store.Search(ctx, q, maxAnswers)
	if err != nil || len(recs) > 0 {
		return recs, err
	}
	return v.inText(ctx, q)
}

// inText finds the newest items that have the words in their text, for a
// question that no headline answers.
func (v *view) inText(ctx context.Context, q string) ([]store.Record, error) {
	words := strings.Fields(strings.ToLower(q))
	if len(words) == 0 {
		return nil, nil
	}
	var found []store.Record
	for rec, err := range v.store.Items(ctx, time.Time{}, time.Time{}) {
		if err != nil {
			return nil, err
		}
		all := strings.ToLower(rec.Item.Title + "\n" + rec.Item.Summary + "\n" + rec.Item.Content)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) }) {
			continue
		}
		if found = append(found, rec); len(found) > maxAnswers {
			found = found[1:]
		}
	}
	slices.Reverse(found)
	return found, nil
}

func isURL(q string) bool {
	u, err := url.Parse(q)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// explain tells an item's way from its stored verdict. What its topics missed
// by is asked of the rules in force.
func (v *view) explain(ctx context.Context, rec store.Record) (WhyAnswer, error) {
	it, vd := rec.Item, rec.Verdict
	a := WhyAnswer{Line: NewLine(&it, vd), Missed: v.rules.Desk.Misses(&it), Thresholds: v.rules.thresholds()}
	f, _ := v.rules.feed(string(it.Feed))
	a.Stages = append(a.Stages,
		Stage{"polled", true, fmt.Sprintf("%s, first seen %s", orElse(f.Name, string(it.Feed)), clock(it.FirstSeen))},
		matchedStage(vd, a.Missed))
	a.Stages = append(a.Stages, judgedStages(vd)...)
	if vd.Outcome == news.OutcomeUpdate {
		told, err := v.toldStage(ctx, vd.Placement.Story)
		if err != nil {
			return a, err
		}
		a.Stages = append(a.Stages, told...)
	}
	if err := v.nameStories(ctx, &a, vd.Placement); err != nil {
		return a, err
	}
	for _, r := range vd.Routes {
		if r.Alert == "" {
			if r.Note != "" && vd.Outcome != news.OutcomeMuted { // muted in one channel, told in another
				a.Stages = append(a.Stages, Stage{"delivered", false, fmt.Sprintf("%s: %s", r.Channel, r.Note)})
			}
			continue
		}
		d, ok, err := v.store.Delivery(ctx, r.Alert)
		if err != nil {
			return a, err
		}
		if !ok {
			a.Stages = append(a.Stages, Stage{"delivered", true, fmt.Sprintf("%s: said, and no longer kept in the outbox", r.Channel)})
			continue
		}
		a.Sent = append(a.Sent, d)
		a.Stages = append(a.Stages, deliveredStage(d))
	}
	for _, rv := range rec.Revisions {
		a.Stages = append(a.Stages, Stage{"revised", true, fmt.Sprintf("until %s the headline was %q", clock(rv.At), rv.Title)})
	}
	return a, nil
}

// toldStage says by what the story was told that an item is a further report
// of.
func (v *view) toldStage(ctx context.Context, id news.StoryID) ([]Stage, error) {
	st, ok, err := v.store.Story(ctx, id)
	if err != nil || !ok {
		return nil, err
	}
	var out []Stage
	for _, channel := range slices.Sorted(maps.Keys(st.Telling)) {
		t := st.Telling[channel]
		out = append(out, Stage{"told", true, fmt.Sprintf("%s: the story was told there as %q (%s), judged %s", channel, t.Headline, t.Outlet, clock(t.Queued))})
	}
	return out, nil
}

// nameStories says in words which story the item is in, and which other one
// was the nearest.
func (v *view) nameStories(ctx context.Context, a *WhyAnswer, p news.Placement) error {
	for _, s := range []struct {
		what string
		id   news.StoryID
	}{{"story", p.Story}, {"nearest other story", p.Nearest}} {
		if s.id == "" {
			continue
		}
		st, ok, err := v.store.Story(ctx, s.id)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		for i := range a.Stages {
			if g := &a.Stages[i]; g.Stage == StageGrouped {
				g.Detail += fmt.Sprintf("; %s %s: %q", s.what, s.id, st.Headline)
			}
		}
	}
	return nil
}

func matchedStage(v news.Verdict, missed []news.Miss) Stage {
	if len(v.Matches) == 0 {
		if len(missed) > 0 && len(missed[0].Hits)+len(missed[0].Discounted) > 0 {
			m := missed[0]
			return Stage{"matched", false, fmt.Sprintf("no topic matched; the closest is %s: %s; it lacks %s", m.Topic, m.Closest, m.Lacks)}
		}
		return Stage{"matched", false, "no topic matched, and none of their words is in it"}
	}
	var parts []string
	for _, m := range v.Matches {
		parts = append(parts, fmt.Sprintf("%s (%g of %g)", m.Topic, m.Score, m.Threshold))
	}
	return Stage{"matched", true, strings.Join(parts, ", ")}
}

// StageGrouped is the step that finds an item's story.
const StageGrouped = "grouped"

// judgedStages tell what the desk made of a match.
func judgedStages(v news.Verdict) []Stage {
	grouped := Stage{StageGrouped, true, string(v.Placement.Reason)}
	if v.Placement.Detail != "" {
		grouped.Detail += ": " + v.Placement.Detail
	}
	judged := Stage{"judged", v.Outcome == news.OutcomeAlert || v.Outcome == news.OutcomeUpdate, string(v.Outcome)}
	if v.Detail != "" {
		judged.Detail += ": " + v.Detail
	}
	return []Stage{grouped, judged}
}

func deliveredStage(d news.Delivery) Stage {
	s := Stage{"delivered", d.State == news.StateSent, fmt.Sprintf("%s: %s", d.Alert.Channel, d.State)}
	switch {
	case d.State == news.StateSent:
		s.Detail = fmt.Sprintf("%s: said at %s", d.Alert.Channel, clock(d.Since))
		if d.Receipt.Link != "" {
			s.Detail += ", " + d.Receipt.Link
		}
	case d.Reason != "":
		s.Detail += ", " + d.Reason
	}
	if d.State == news.StateQueued && d.Due.After(time.Now()) {
		s.Detail += ", due " + clock(d.Due)
	}
	if d.Gather && d.State != news.StateSent {
		s.Detail += ", waits for the channel's digest"
	}
	return s
}

// never answers for an item that is not stored: was it ever polled for?
func (v *view) never(ctx context.Context, q string) (WhyAnswer, error) {
	a := WhyAnswer{Line: NewLine(&news.Item{Title: q}, news.Verdict{Outcome: news.OutcomeNoMatch}), Thresholds: v.rules.thresholds()}
	if !isURL(q) {
		a.Stages = []Stage{{"polled", false, fmt.Sprintf("no stored item has the words %q; items are kept %s", q, days(v.rules.Config.Keep))}}
		return a, nil
	}
	a.Item.URL, a.Item.Title = q, ""
	u, err := url.Parse(q)
	if err != nil {
		return a, err
	}
	rows, err := v.Feeds(ctx)
	if err != nil {
		return a, err
	}
	site := siteOf(u.Hostname())
	var of []FeedRow
	for _, r := range rows {
		if fu, err := url.Parse(r.URL); err == nil && siteOf(fu.Hostname()) == site {
			of = append(of, r)
		}
	}
	if len(of) == 0 {
		a.Stages = []Stage{{"polled", false, fmt.Sprintf("no feed of %s is configured; try: watcherd missed %s", site, q)}}
		return a, nil
	}
	for _, r := range of {
		detail := fmt.Sprintf("%s has not brought it; %s, last good answer %s", r.Name, r.State, ago(r.LastGood, time.Now()))
		if r.Message != "" {
			detail += ": " + r.Message
		}
		a.Stages = append(a.Stages, Stage{"polled", false, detail})
	}
	return a, nil
}

// siteOf is a host without the names that sites put before their own.
func siteOf(host string) string {
	host = strings.ToLower(host)
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	parts := strings.Split(host, ".")
	n := 2
	if k := len(parts); k >= 3 && slices.Contains([]string{"co", "com", "org", "net", "gov", "ac", "in"}, parts[k-2]) && len(parts[k-1]) == 2 {
		n = 3
	}
	if len(parts) > n {
		parts = parts[len(parts)-n:]
	}
	return strings.Join(parts, ".")
}

// Judge says what the rules make of a text that is no stored item.
func Judge(r *Rules, it *news.Item) WhyAnswer {
	m := desk.NewMemory(r.storyOptions())
	identify(it)
	now := time.Now().UTC()
	it.FirstSeen = now
	dec := m.Decide(r.Desk, desk.Case{Reading: r.Desk.Read(it), Now: now})
	a := WhyAnswer{Line: NewLine(it, dec.Verdict), Missed: r.Desk.Misses(it), Thresholds: r.thresholds()}
	a.Stages = append(a.Stages, Stage{"polled", true, "given on the command line"}, matchedStage(dec.Verdict, a.Missed))
	a.Stages = append(a.Stages, judgedStages(dec.Verdict)...)
	return a
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func days(d time.Duration) string { return plural(int(d.Hours()/24), "day", "days") }
