package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// trialHour is when the operations channel hears of the topics on trial, by
// the desk's clock.
const trialHour = "0 17 * * *"

// onTrial tells once a day what the topics with mode: shadow would have told.
func (d *Daemon) onTrial(ctx context.Context) {
	now := time.Now()
	text, err := d.trialText(ctx, now)
	if err != nil {
		d.log.Error("the topics on trial could not be counted", "err", err)
		return
	}
	if text != "" {
		d.notice(notify.Notice{Key: "trial " + now.UTC().Format(time.DateTime), Label: "Topics on trial", Text: text, Report: "Topics on trial, the last day"})
	}
}

// trialCount is what a topic on trial found in a day.
type trialCount struct {
	stories map[news.StoryID]bool
	alone   map[news.StoryID]bool // told by no live topic
	sample  string
}

// trialText counts the stories of the last day; "" if no topic is on trial.
func (d *Daemon) trialText(ctx context.Context, now time.Time) (string, error) {
	r := d.rules.Load()
	counts := make(map[news.TopicID]*trialCount)
	var order []news.TopicID
	for i := range r.Config.Topics {
		if t := &r.Config.Topics[i]; t.Mode == "shadow" {
			id := news.TopicID(t.Key)
			counts[id] = &trialCount{stories: make(map[news.StoryID]bool), alone: make(map[news.StoryID]bool)}
			order = append(order, id)
		}
	}
	if len(order) == 0 {
		return "", nil
	}
	told := make(map[news.StoryID]bool)
	for rec, err := range d.store.Items(ctx, now.Add(-24*time.Hour), now.Add(time.Hour)) {
		if err != nil {
			return "", err
		}
		v := rec.Verdict
		switch v.Outcome {
		case news.OutcomeAlert, news.OutcomeUpdate, news.OutcomeMuted, news.OutcomeShadow:
		default:
			continue
		}
		if v.Outcome != news.OutcomeShadow {
			told[v.Placement.Story] = true
		}
		for _, m := range v.Matches {
			if c := counts[m.Topic]; c != nil {
				c.stories[v.Placement.Story] = true
				if c.sample == "" || v.Outcome == news.OutcomeShadow && len(c.alone) == 0 {
					c.sample = rec.Item.Title
				}
				if v.Outcome == news.OutcomeShadow {
					c.alone[v.Placement.Story] = true
				}
			}
		}
	}
	var lines []string
	for _, id := range order {
		c := counts[id]
		n := 0
		for s := range c.alone {
			if !told[s] {
				n++
			}
		}
		line := fmt.Sprintf("%s would have told %s", id, plural(len(c.stories), "story", "stories"))
		if len(c.stories) > 0 {
			line += fmt.Sprintf(", %d of them told by no live topic, such as %q", n, cutText(c.sample, 80))
		}
		lines = append(lines, line)
	}
	return strings.Join(slices.Compact(lines), "; "), nil
}
