package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/demo"
	"github.com/watcherd/watcherd/internal/news"
)

// seenWorld is what the watch stored of the world.
type seenWorld struct {
	items   map[string]daemon.Judged // by address without its query
	said    []news.Delivery
	stories map[news.StoryID]news.Story
	feeds   []daemon.FeedRow
	total   map[news.Outcome]int
}

func bare(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.RawQuery = ""
	return u.String()
}

// look reads what came of it, from the store.
func (r *demoRun) look(ctx context.Context, d *daemon.Daemon) (*seenWorld, error) {
	got := &seenWorld{items: make(map[string]daemon.Judged), stories: make(map[news.StoryID]news.Story), total: make(map[news.Outcome]int)}
	judged, err := d.Judged(ctx)
	if err != nil {
		return nil, err
	}
	for _, j := range judged {
		got.items[bare(j.Item.URL)] = j
		got.total[j.Verdict.Outcome]++
	}
	ask := d.Ask()
	if got.said, err = ask.Outbox(ctx, ""); err != nil {
		return nil, err
	}
	stories, err := ask.Stories(ctx, 0)
	if err != nil {
		return nil, err
	}
	for _, st := range stories {
		got.stories[st.ID] = st
	}
	got.feeds, err = ask.Feeds(ctx)
	return got, err
}

// conclude prints what was not posted and why, the traps, and a summary.
func (r *demoRun) conclude(got *seenWorld) error {
	out := r.stdout
	fmt.Fprintln(out, "Not posted, and why")
	for _, t := range r.world.Traps() {
		for _, s := range t.Silent {
			if j, ok := got.items[bare(s.URLs[0])]; ok {
				fmt.Fprintf(out, "  ✖ %s\n%s", short(j.Item.Title, 74), wrapped("      ", string(j.Verdict.Outcome)+": "+whyNot(t, j)))
			}
		}
	}
	fmt.Fprintln(out, "\nPlanted traps")
	failed := 0
	for _, t := range r.world.Traps() {
		faults := got.check(t)
		mark := "ok    "
		if len(faults) > 0 {
			mark = "FAILED"
			failed++
		}
		fmt.Fprintf(out, "  %s  %-17s %s", mark, t.Name, strings.TrimSpace(wrapped(strings.Repeat(" ", 28), t.Explain))+"\n")
		for _, f := range faults {
			fmt.Fprintf(out, "            %s\n", f)
		}
	}
	alerts, updates, corrections := got.count(news.KindAlert), got.count(news.KindUpdate), got.count(news.KindCorrection)
	matched := 0
	for _, j := range got.items {
		if len(j.Verdict.Matches) > 0 {
			matched++
		}
	}
	fmt.Fprintf(out, "\n%d items from %d feeds -> %d matched -> %d alerts, %d updates, %d corrections,\n%d there at first sight, %d late; %.0f s\n",
		len(got.items), len(got.feeds), matched, alerts, updates, corrections,
		got.total[news.OutcomeBaseline], got.total[news.OutcomeLate], time.Since(r.began).Seconds())
	if failed > 0 {
		fmt.Fprintf(out, "%d of %d traps were not handled\n", failed, len(r.world.Traps()))
		return errNo
	}
	fmt.Fprintf(out, "all %d traps handled\n\nNext:  watcherd init    writes a config with these topics and 116 real feeds\n       watcherd why --title 'NATO signatory opens stadium'    asks the rules\n", len(r.world.Traps()))
	return nil
}

func whyNot(t demo.Trap, j daemon.Judged) string {
	if j.Verdict.Outcome == news.OutcomeNoMatch {
		return t.Explain
	}
	if j.Verdict.Detail != "" {
		return j.Verdict.Detail
	}
	return t.Explain
}

func (g *seenWorld) count(k news.Kind) int {
	n := 0
	for _, d := range g.said {
		if d.Alert.Kind == k && d.State == news.StateSent {
			n++
		}
	}
	return n
}

// check returns what of a trap went wrong, each a sentence.
func (g *seenWorld) check(t demo.Trap) []string {
	var wrong []string
	for _, e := range t.Alerts {
		wrong = append(wrong, g.alerted(e)...)
	}
	for _, e := range t.One {
		wrong = append(wrong, g.one(e)...)
	}
	for _, e := range t.Silent {
		for _, u := range e.URLs {
			wrong = append(wrong, g.silent(u, e.Outcome)...)
		}
	}
	for _, e := range t.Feeds {
		i := slices.IndexFunc(g.feeds, func(f daemon.FeedRow) bool { return strings.HasSuffix(f.URL, e.Path) })
		if i < 0 || g.feeds[i].State != e.State {
			state := "missing"
			if i >= 0 {
				state = g.feeds[i].State
			}
			wrong = append(wrong, fmt.Sprintf("feed %s is %s, want %s", e.Path, state, e.State))
		}
	}
	return wrong
}

func (g *seenWorld) alerted(e demo.ExpectAlert) []string {
	j, ok := g.items[bare(e.URL)]
	if !ok {
		return []string{e.URL + " was never stored"}
	}
	var wrong []string
	v := j.Verdict
	if v.Outcome != news.OutcomeAlert && (!e.Update || v.Outcome != news.OutcomeUpdate) {
		wrong = append(wrong, fmt.Sprintf("%q became %s (%s), want an alert", j.Item.Title, v.Outcome, v.Placement.Reason))
	}
	fires := func(topic string) bool {
		return slices.ContainsFunc(v.Matches, func(m news.Match) bool { return string(m.Topic) == topic })
	}
	if !fires(e.Topic) {
		wrong = append(wrong, fmt.Sprintf("%q does not fire %s", j.Item.Title, e.Topic))
	}
	for _, not := range e.Not {
		if fires(not) {
			wrong = append(wrong, fmt.Sprintf("%q fires %s", j.Item.Title, not))
		}
	}
	for _, r := range v.Routes {
		i := slices.IndexFunc(g.said, func(d news.Delivery) bool { return d.Alert.ID == r.Alert })
		switch {
		case i < 0 || g.said[i].State != news.StateSent && g.said[i].State != news.StateSuppressed:
			wrong = append(wrong, fmt.Sprintf("%q was not said in %s", j.Item.Title, r.Channel))
		case e.NoDate && !g.said[i].Alert.At.IsZero():
			wrong = append(wrong, fmt.Sprintf("%q is told under a date that it cannot have", j.Item.Title))
		}
	}
	return wrong
}

func (g *seenWorld) one(e demo.ExpectOne) []string {
	var wrong []string
	var id news.StoryID
	for i, u := range e.URLs {
		j, ok := g.items[bare(u)]
		if !ok {
			wrong = append(wrong, u+" was never stored")
			continue
		}
		if i == 0 {
			id = j.Verdict.Placement.Story
		} else if p := j.Verdict.Placement; p.Story != id {
			wrong = append(wrong, fmt.Sprintf("%q is a story of its own (%s, likeness %.2f)", j.Item.Title, p.Reason, p.Likeness))
		}
	}
	said := make(map[string]int)
	for _, d := range g.said {
		if d.Alert.Story == id && d.Alert.Kind == news.KindAlert && d.State == news.StateSent {
			said[d.Alert.Channel]++
		}
	}
	if len(said) == 0 {
		wrong = append(wrong, "the story was told nowhere")
	}
	for c, n := range said {
		if n != 1 {
			wrong = append(wrong, fmt.Sprintf("the story was told %d times in %s", n, c))
		}
	}
	return wrong
}

func (g *seenWorld) silent(u, outcome string) []string {
	j, ok := g.items[bare(u)]
	if !ok {
		return []string{u + " was never stored"}
	}
	var wrong []string
	if string(j.Verdict.Outcome) != outcome {
		wrong = append(wrong, fmt.Sprintf("%q became %s, want %s", j.Item.Title, j.Verdict.Outcome, outcome))
	}
	if slices.ContainsFunc(g.said, func(d news.Delivery) bool { return d.Alert.Item == j.Item.ID }) {
		wrong = append(wrong, fmt.Sprintf("%q was told", j.Item.Title))
	}
	return wrong
}
