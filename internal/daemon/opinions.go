package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/store"
)

// contrary opinions take the place of one another.
var contrary = map[string]string{news.MarkUseful: news.MarkNotRelevant, news.MarkNotRelevant: news.MarkUseful}

// judge enters a reader's opinion of an alert into the ledger, with the topics
// that led to this channel and the terms that counted.
func (h house) judge(ctx context.Context, a notify.Act, al news.Delivery) (notify.Answer, error) {
	useful := a.Verb == notify.VerbUseful
	m := news.Mark{What: news.MarkNotRelevant, By: a.By, ByID: a.ByID}
	if useful {
		m.What = news.MarkUseful
	}
	if a.Undo {
		if _, there := al.Marked(m.What, a.Who()); there { // else the reader has changed his mind meanwhile
			if err := h.d.store.DropOpinion(ctx, al.Alert.ID, a.Who()); err != nil {
				return notify.Answer{}, err
			}
		}
		_, err := h.mark(ctx, a, al, m, true)
		return answered("Taken back.", err)
	}
	if before, there := al.Marked(contrary[m.What], a.Who()); a.Found && there && before.Instead == m.What {
		return notify.Answer{Text: "Your later word stands."}, nil // the emoji was there before it
	}
	o := news.Opinion{Alert: al.Alert.ID, Channel: al.Alert.Channel, By: a.By, ByID: a.ByID, At: time.Now().UTC(), Useful: useful, Topics: []news.OpinionTopic{}}
	rec, ok, err := h.d.store.Item(ctx, al.Alert.Item)
	if err != nil {
		return notify.Answer{}, err
	}
	if ok {
		o.Topics = causes(rec.Verdict, al.Alert.Channel)
	}
	if err := h.d.store.PutOpinion(ctx, o); err != nil {
		return notify.Answer{}, err
	}
	text := "Noted as useful."
	if !useful {
		text = "Noted as not relevant."
	}
	if _, err := h.mark(ctx, a, al, m, false); err != nil {
		return stored(text, err)
	}
	all, err := h.d.store.Opinions(ctx, time.Time{})
	if err != nil {
		return notify.Answer{}, err
	}
	ratings := Rate(all)
	for _, t := range o.Topics {
		text += fmt.Sprintf(" %s: %s.", h.d.rules.Load().topicName(t.Topic), ratings.Topic[t.Topic])
	}
	return notify.Answer{Text: text}, nil
}

// causes are the topics that led to a channel, each with the terms that
// counted.
func causes(v news.Verdict, channel string) []news.OpinionTopic {
	out := []news.OpinionTopic{}
	for _, m := range v.Matches {
		led := slices.ContainsFunc(v.Routes, func(r news.Route) bool { return r.Channel == channel && slices.Contains(r.Topics, m.Topic) })
		if !led {
			continue
		}
		t := news.OpinionTopic{Topic: m.Topic, Terms: []string{}}
		for _, h := range m.Hits {
			if !slices.Contains(t.Terms, h.Term) {
				t.Terms = append(t.Terms, h.Term)
			}
		}
		out = append(out, t)
	}
	return out
}

// Rating counts opinions.
type Rating struct {
	Useful      int `json:"useful,omitempty"`
	NotRelevant int `json:"not_relevant,omitempty"`
}

// Judged is how many opinions there are.
func (r Rating) Judged() int { return r.Useful + r.NotRelevant }

func (r Rating) String() string {
	if r.Judged() == 0 {
		return "not judged"
	}
	return fmt.Sprintf("%d of %d useful (%d %%)", r.Useful, r.Judged(), 100*r.Useful/r.Judged())
}

func (r Rating) with(useful bool) Rating {
	if useful {
		r.Useful++
	} else {
		r.NotRelevant++
	}
	return r
}

// TopicTerm names a term of a topic.
type TopicTerm struct {
	Topic news.TopicID
	Term  string
}

// Ratings are what readers think of the alerts of each topic, and of those
// that a term had part in.
type Ratings struct {
	Topic map[news.TopicID]Rating
	Term  map[TopicTerm]Rating
}

// Rate counts opinions per topic and term.
func Rate(all []news.Opinion) Ratings {
	r := Ratings{Topic: make(map[news.TopicID]Rating), Term: make(map[TopicTerm]Rating)}
	for _, o := range all {
		for _, t := range o.Topics {
			r.Topic[t.Topic] = r.Topic[t.Topic].with(o.Useful)
			for _, term := range t.Terms {
				k := TopicTerm{t.Topic, term}
				r.Term[k] = r.Term[k].with(o.Useful)
			}
		}
	}
	return r
}

// weekNoted is the stored name of the last week whose opinions were told.
const weekNoted = "opinions told"

// weekly tells the operations channel once a week, on Monday from 8 o'clock
// on, what readers thought of the alerts of the week before.
func (d *Daemon) weekly(ctx context.Context) {
	if err := d.noteWeek(ctx, time.Now()); err != nil && ctx.Err() == nil {
		d.log.Error("the week's opinions could not be told", "err", err)
	}
}

func (d *Daemon) noteWeek(ctx context.Context, now time.Time) error {
	c := d.rules.Load().Config
	if c.Slack.OpsChannel == "" {
		return nil
	}
	zone := c.Timezone
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	monday := time.Date(local.Year(), local.Month(), local.Day()-(int(local.Weekday())+6)%7, 0, 0, 0, 0, zone)
	if local.Before(monday.Add(8 * time.Hour)) {
		return nil
	}
	week := monday.Format(time.DateOnly)
	if last, err := d.store.Get(ctx, weekNoted); err != nil || string(last) >= week {
		return err
	}
	from := monday.AddDate(0, 0, -7)
	all, err := d.store.Opinions(ctx, from)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o news.Opinion) bool { return !o.At.Before(monday) })
	if len(all) > 0 {
		a := news.Alert{Channel: c.Slack.OpsChannel, Kind: news.KindOps, Seen: now, Queued: now, Count: len(all),
			Headline: "The week in the readers' eyes: " + plural(len(all), "opinion", "opinions")}
		// The same week is the same alert, whatever happens before it is noted.
		a.ID = news.NewAlertID(news.StoryID("opinions "+week), a.Channel, news.KindOps, 0)
		a.Lines = d.weekLines(Rate(all))
		if err := d.store.Commit(ctx, store.Round{At: now, Alerts: []news.Alert{a}}); err != nil {
			return err
		}
		d.courier.Wake()
	}
	return d.store.Put(ctx, weekNoted, []byte(week))
}

// weekTerms is how many of a topic's worst terms the week's note names.
const weekTerms = 3

func (d *Daemon) weekLines(r Ratings) []news.Line {
	var out []news.Line
	for _, topic := range slices.Sorted(maps.Keys(r.Topic)) {
		var bad []TopicTerm
		for k, t := range r.Term {
			if k.Topic == topic && t.NotRelevant > t.Useful {
				bad = append(bad, k)
			}
		}
		slices.SortFunc(bad, func(a, b TopicTerm) int {
			return cmp.Or(cmp.Compare(r.Term[b].NotRelevant, r.Term[a].NotRelevant), cmp.Compare(a.Term, b.Term))
		})
		var names []string
		for _, k := range bad[:min(len(bad), weekTerms)] {
			names = append(names, fmt.Sprintf("“%s” %s", k.Term, r.Term[k]))
		}
		text := r.Topic[topic].String()
		if len(names) > 0 {
			text += "; look at " + strings.Join(names, ", ")
		}
		out = append(out, news.Line{Label: d.rules.Load().topicName(topic), Text: text})
	}
	return out
}
