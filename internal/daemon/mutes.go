package daemon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/store"
)

// How long a mute lasts if nobody says, and at most.
const (
	muteUsual   = 8 * time.Hour
	snoozeUsual = time.Hour
	muteMost    = 7 * 24 * time.Hour
)

// muteOver is the answer to a mute that was wished so long before a restart
// that it would be over.
const muteOver = "The time of that mute is over already."

// muteBy mutes what an alert is about, in the alert's channel.
func (h house) muteBy(ctx context.Context, a notify.Act, al news.Delivery) (notify.Answer, error) {
	m := news.Mute{Channel: al.Alert.Channel, By: a.By}
	usual := muteUsual
	switch a.Verb {
	case notify.VerbSnooze:
		m.Story, m.About, usual = al.Alert.Story, "this story", snoozeUsual
	case notify.VerbMuteTopic:
		if len(al.Alert.Topics) == 0 {
			return notify.Answer{Text: "This alert names no topic."}, nil
		}
		topic, ok := h.d.rules.Load().topic(al.Alert.Topics[0])
		if !ok {
			return notify.Answer{Text: fmt.Sprintf("There is no topic “%s” any more.", al.Alert.Topics[0])}, nil
		}
		m.Topic, m.About = topic, "“"+al.Alert.Topics[0]+"”"
	default:
		rec, ok, err := h.d.store.Item(ctx, al.Alert.Item)
		if err != nil || !ok {
			return notify.Answer{Text: "The item is not stored any more, so its feed is not known."}, err
		}
		m.Feed, m.About = rec.Item.Feed, cmp.Or(al.Alert.Outlet, string(rec.Item.Feed))
	}
	mark := news.Mark{What: news.MarkMute, By: a.By, ByID: a.ByID, About: m.About}
	if a.Undo {
		ended, err := h.d.endMutes(ctx, a.By, func(o *news.Mute) bool { return sameMute(o, &m) })
		if err != nil {
			return notify.Answer{}, err
		}
		_, err = h.mark(ctx, a, al, mark, true)
		return stored(receipts(ended), err)
	}
	if a.Once && slices.ContainsFunc(al.Marks, func(old news.Mark) bool { return old.Same(&mark) }) {
		return notify.Answer{Text: "That was muted already."}, nil
	}
	m, err := h.d.mute(ctx, m, a.At, cmp.Or(a.For, usual))
	if err != nil || m.ID == "" {
		return notify.Answer{Text: muteOver}, err
	}
	if mark.Until = m.Until; mark.By != m.By { // another's mute lasts longer
		mark.By, mark.ByID = m.By, ""
	}
	_, err = h.mark(ctx, a, al, mark, false)
	return stored(fmt.Sprintf("Muted here until %s: %s. Sooner: /watch unmute", h.d.moment(m.Until), m.About), err)
}

// stored is the answer to an act that is stored, whatever became of its mark.
func stored(text string, err error) (notify.Answer, error) {
	if err != nil {
		return notify.Answer{}, unshown{text, err}
	}
	return notify.Answer{Text: text}, nil
}

func sameMute(a, b *news.Mute) bool {
	return a.Channel == b.Channel && a.Topic == b.Topic && a.Story == b.Story && a.Feed == b.Feed
}

// mute puts a mute in force that was wished at a moment, zero for now. One of
// the same is prolonged, never shortened, and stays who made it. One that would
// be over already gets no ID and is not stored.
func (d *Daemon) mute(ctx context.Context, m news.Mute, wished time.Time, span time.Duration) (news.Mute, error) {
	now := time.Now().UTC()
	if wished.IsZero() || wished.After(now) {
		wished = now
	}
	m.From, m.Until = now, wished.UTC().Add(min(span, muteMost))
	if !m.Until.After(now) {
		return m, nil
	}
	err := d.bench.with(ctx, func() error {
		open, err := d.store.OpenMutes(ctx)
		if err != nil {
			return err
		}
		for _, o := range open {
			if sameMute(&o, &m) && o.Until.After(now) {
				if m.Until.After(o.Until.Add(time.Minute)) {
					o.Until, o.By = m.Until, m.By
				}
				m = o
			}
		}
		if m.ID == "" {
			k := news.NewKey("mute", m.Channel, string(m.Topic), string(m.Story), string(m.Feed), strconv.FormatInt(now.UnixNano(), 10))
			id, err := k.MarshalText()
			if err != nil {
				return err
			}
			m.ID = "m" + string(id)
		}
		if err := d.store.Commit(ctx, store.Round{At: now, Mutes: []news.Mute{m}}); err != nil {
			return err
		}
		return d.remute(ctx, now)
	})
	if err == nil {
		d.log.Info("muted", "channel", m.Channel, "about", m.About, "by", m.By, "until", m.Until)
	}
	return m, err
}

// remute puts the stored mutes in force. It runs between two rounds.
func (d *Daemon) remute(ctx context.Context, now time.Time) error {
	mutes, err := d.store.Mutes(ctx, now)
	if err == nil {
		d.bench.memory.SetMutes(mutes)
	}
	return err
}

// endMutes ends the mutes that are picked, and closes those whose time has
// come: each is stored as closed together with its receipt for the channel.
func (d *Daemon) endMutes(ctx context.Context, by string, pick func(*news.Mute) bool) ([]news.Mute, error) {
	var ended []news.Mute
	err := d.bench.with(ctx, func() error {
		now := time.Now().UTC()
		open, err := d.store.OpenMutes(ctx)
		if err != nil {
			return err
		}
		r := store.Round{At: now}
		for _, m := range open {
			over := !m.Until.After(now)
			if !over && (pick == nil || !pick(&m)) {
				continue
			}
			if !over {
				m.Until, m.EndedBy = now, by
				ended = append(ended, m)
			}
			m.Closed = true
			r.Mutes = append(r.Mutes, m)
			if a, ok, err := d.receipt(ctx, &m, now); err != nil {
				return err
			} else if ok {
				r.Alerts = append(r.Alerts, a)
			}
		}
		if len(r.Mutes) == 0 {
			return nil
		}
		if err := d.store.Commit(ctx, r); err != nil {
			return err
		}
		for _, m := range r.Mutes {
			d.log.Info("mute ended", "channel", m.Channel, "about", m.About, "by", m.By, "items", m.Items, "stories", len(m.Stories))
		}
		d.courier.Wake()
		return d.remute(ctx, now)
	})
	return ended, err
}

// closeMutes is the job that looks for mutes whose time has come.
func (d *Daemon) closeMutes(ctx context.Context) {
	if _, err := d.endMutes(ctx, "", nil); err != nil && ctx.Err() == nil {
		d.log.Error("mutes could not be closed", "err", err)
	}
}

// receiptLines is how many stories a receipt names.
const receiptLines = 15

// receipt tells the channel what a mute has held back. A snoozed story that
// brought nothing more needs none.
func (d *Daemon) receipt(ctx context.Context, m *news.Mute, now time.Time) (news.Alert, bool, error) {
	if m.Channel == "" || m.Story != "" && m.Items == 0 {
		return news.Alert{}, false, nil
	}
	a := news.Alert{Channel: m.Channel, Kind: news.KindDigest, Headline: receiptText(m), Count: m.Items, Seen: now, Queued: now}
	a.ID = news.NewAlertID(news.StoryID(m.ID), m.Channel, "receipt", 0)
	for _, id := range m.Stories[:min(len(m.Stories), receiptLines)] {
		st, ok, err := d.store.Story(ctx, id)
		if err != nil {
			return a, false, err
		}
		if ok && len(st.Reports) > 0 {
			a.Lines = append(a.Lines, news.Line{Label: st.Reports[0].Outlet, Text: st.Headline, URL: st.Reports[0].URL})
		}
	}
	if more := len(m.Stories) - receiptLines; more > 0 {
		a.Lines = append(a.Lines, news.Line{Text: fmt.Sprintf("and %d more", more)})
	}
	return a, true, nil
}

// receiptText says in one line what a mute was and what it held back.
func receiptText(m *news.Mute) string {
	held := "nothing was held back"
	if m.Items > 0 {
		held = fmt.Sprintf("muted %s in %s", plural(m.Items, "item", "items"), plural(len(m.Stories), "story", "stories"))
	}
	s := fmt.Sprintf("The mute of %s by %s is over: %s", m.About, m.By, held)
	if m.EndedBy != "" && m.EndedBy != m.By {
		s += " (ended by " + m.EndedBy + ")"
	}
	return s
}

// receipts are the same for several, for whoever ended them.
func receipts(ms []news.Mute) string {
	if len(ms) == 0 {
		return "Nothing is muted here."
	}
	var b strings.Builder
	for i := range ms {
		b.WriteString(receiptText(&ms[i]) + ".\n")
	}
	return b.String()
}

// moment shows a time to come in the desk's zone.
func (d *Daemon) moment(t time.Time) string {
	zone := d.rules.Load().Config.Timezone
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	if now := time.Now().In(zone); t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 MST")
	}
	return t.Format("Mon 2 Jan 15:04 MST")
}
