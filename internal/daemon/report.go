package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/notify"
)

// The change report: what a reload gains and loses on the stored past, told in
// the operations channel in its short form. It runs beside the watch, with
// one reader, and never holds a reload up.

const (
	// reportPast is how far back it looks, and reportItems how many items it
	// judges at most, the newest.
	reportPast  = 14 * 24 * time.Hour
	reportItems = 20_000
	// reportStories is how many stories of each kind it names per topic.
	reportStories = 3
	// reportTopics is how many topics it names.
	reportTopics = 8
)

// reports hands changes to the one report that runs at a time.
type reports struct {
	pending chan change
}

// change is a reload to report: the rules before it and after it.
type change struct {
	before, now *Rules
	text        string
}

func newReports() *reports { return &reports{pending: make(chan change, 1)} }

// add asks for a report. One that still waits is joined with it, so that of
// many reloads in a row the first state is compared with the last.
func (r *reports) add(c change) {
	select {
	case waiting := <-r.pending:
		c.before = waiting.before
	default:
	}
	select {
	case r.pending <- c:
	default: // another reload was quicker; it compares with the same past
	}
}

// tellChanges reports each reload.
func (d *Daemon) tellChanges(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-d.reports.pending:
			text, err := d.changeText(ctx, c)
			if err != nil {
				if ctx.Err() == nil {
					d.log.Warn("what the new rules gain and lose could not be worked out", "err", err)
				}
				text = c.text
			}
			d.notice(notify.Notice{Key: fmt.Sprintf("applied %d", time.Now().UnixNano()), Label: "The changed config",
				Text: text, Report: "The changed config is live"})
		}
	}
}

// changeText is the short form of the report.
func (d *Daemon) changeText(ctx context.Context, c change) (string, error) {
	text := "is live: " + c.text
	if !judgesOtherwise(c.before, c.now) {
		return text, nil
	}
	apart, err := apartIn(ctx, d.store)
	if err != nil {
		return "", err
	}
	var past []Past
	now := time.Now()
	for rec, err := range d.store.Items(ctx, now.Add(-reportPast), now.Add(time.Hour)) {
		if err != nil {
			return "", err
		}
		past = latest(past, pastOf(rec, apart), reportItems)
	}
	past = past[max(0, len(past)-reportItems):]
	if len(past) == 0 {
		return text, nil
	}
	diff, err := compare(ctx, c.before, c.now, All(past), 1, func() {})
	if err != nil {
		return "", err
	}
	lines := changeLines(diff)
	if len(lines) == 0 {
		lines = []string{"the same stories are told"}
	}
	return fmt.Sprintf("%s\non the last %s: %s", text, plural(len(past), "stored item", "stored items"), strings.Join(lines, "\n")), nil
}

// latest adds an item to the end of the past, of which it holds at least the
// last n and never much more than twice that: a busy desk's past is larger
// than its machine.
func latest(past []Past, p Past, n int) []Past {
	if len(past) >= 2*n {
		past = slices.Delete(past, 0, len(past)-n)
	}
	return append(past, p)
}

// judgesOtherwise says whether the two may tell different stories.
func judgesOtherwise(a, b *Rules) bool {
	if a.Desk.Hash() != b.Desk.Hash() || !sameStories(a, b) || a.Config.Stories.Late != b.Config.Stories.Late ||
		a.Config.DefaultChannel != b.Config.DefaultChannel {
		return true
	}
	for i := range b.Config.Topics {
		t, o := &b.Config.Topics[i], &a.Config.Topics[i]
		if t.Key != o.Key || t.Mode != o.Mode || !slices.Equal(t.Route(), o.Route()) {
			return true
		}
	}
	return false
}

// changeLines say per topic what changed, the largest change first.
func changeLines(diff []TopicDiff) []string {
	diff = slices.DeleteFunc(slices.Clone(diff), func(t TopicDiff) bool { return len(t.Gained)+len(t.Lost) == 0 && t.Before == t.Now })
	slices.SortStableFunc(diff, func(a, b TopicDiff) int {
		return len(b.Gained) + len(b.Lost) - len(a.Gained) - len(a.Lost)
	})
	var out []string
	for i, t := range diff {
		if i == reportTopics {
			out = append(out, fmt.Sprintf("and %s more", plural(len(diff)-i, "topic", "topics")))
			break
		}
		line := fmt.Sprintf("%s %.1f alerts a day, was %.1f", t.Topic, t.Now, t.Before)
		if t.Shadow {
			line += " (on trial)"
		}
		out = append(out, line+storiesText("gained", t.Gained)+storiesText("lost", t.Lost))
	}
	return out
}

func storiesText(what string, all []StoryDiff) string {
	if len(all) == 0 {
		return ""
	}
	named := make([]string, 0, reportStories)
	for _, d := range all[:min(len(all), reportStories)] {
		named = append(named, fmt.Sprintf("%q by %s", cutText(d.Headline, 70), cutText(d.Words, 60)))
	}
	return fmt.Sprintf("; %s %s: %s", what, plural(len(all), "story", "stories"), strings.Join(named, ", "))
}

func cutText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
