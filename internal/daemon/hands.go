package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/store"
)

// house is the watch as its readers reach it: what they do with an alert is
// stored first, and then shows in the alert's message by way of the outbox.
type house struct{ d *Daemon }

var _ notify.House = house{}

// Act implements notify.House.
func (h house) Act(ctx context.Context, a notify.Act) notify.Answer {
	h.d.metrics.acts.WithLabelValues(string(a.Verb)).Inc()
	ans, err := h.do(ctx, a)
	if err != nil {
		ans = h.failed(a, err)
	}
	// What a stop has interrupted stays noted for the next start.
	if a.ID != "" && !errors.Is(ctx.Err(), context.Canceled) {
		h.settle(context.WithoutCancel(ctx), a.ID)
	}
	return ans
}

func (h house) do(ctx context.Context, a notify.Act) (notify.Answer, error) {
	if a.Verb == notify.VerbCommand {
		return h.command(ctx, a)
	}
	al, ok, err := h.alert(ctx, a)
	switch {
	case err != nil:
		return notify.Answer{}, err
	case !ok:
		return notify.Answer{Text: "The watch does not know this message any more."}, nil
	case al.Alert.Kind != news.KindAlert:
		return notify.Answer{Text: "This is no single alert: there is nothing to claim, mute or judge."}, nil
	}
	return h.about(ctx, a, al)
}

// unshown is the error of an act that was done and stored, but that the
// alert's message does not show.
type unshown struct {
	done string // as the reader is told
	error
}

func (u unshown) Unwrap() error { return u.error }

func (h house) failed(a notify.Act, err error) notify.Answer {
	h.d.log.Error("a reader's wish could not be met", "wish", a.Verb, "words", a.Words, "by", a.By, "err", err)
	if u, ok := errors.AsType[unshown](err); ok {
		return notify.Answer{Text: u.done + " But the message does not show it yet: " + u.Error()}
	}
	return notify.Answer{Text: "That did not work, and nothing was changed: " + err.Error()}
}

// alert finds what an act is about; of an update, the alert that it changed.
func (h house) alert(ctx context.Context, a notify.Act) (news.Delivery, bool, error) {
	var d news.Delivery
	ok := false
	if a.Alert != "" {
		var err error
		if d, ok, err = h.d.store.Delivery(ctx, a.Alert); err != nil {
			return d, false, err
		}
	} else {
		ds, err := h.d.store.Deliveries(ctx, store.Filter{Message: a.Message, Limit: 1})
		if err != nil {
			return d, false, err
		}
		if ok = len(ds) > 0 && (a.ChannelID == "" || ds[0].Receipt.Channel == a.ChannelID); ok {
			d = ds[0]
		}
	}
	if !ok || d.Alert.Target == "" {
		return d, ok, nil
	}
	return h.d.store.Delivery(ctx, d.Alert.Target)
}

// about does what a reader wants with one alert.
func (h house) about(ctx context.Context, a notify.Act, al news.Delivery) (notify.Answer, error) {
	switch a.Verb {
	case notify.VerbClaim:
		return h.claim(ctx, a, al)
	case notify.VerbDone:
		_, err := h.mark(ctx, a, al, news.Mark{What: news.MarkDone, By: a.By, ByID: a.ByID}, a.Undo)
		return answered("Noted as done.", err)
	case notify.VerbUseful, notify.VerbNotRelevant:
		return h.judge(ctx, a, al)
	case notify.VerbSnooze, notify.VerbMuteTopic, notify.VerbMuteSource:
		return h.muteBy(ctx, a, al)
	case notify.VerbWhy:
		ws, err := h.d.view().Why(ctx, string(al.Alert.Item))
		return notify.Answer{Text: whyText(ws)}, err
	}
	return notify.Answer{Text: fmt.Sprintf("The watch does not know what %q means.", a.Verb)}, nil
}

func (h house) claim(ctx context.Context, a notify.Act, al news.Delivery) (notify.Answer, error) {
	if a.Undo {
		_, err := h.mark(ctx, a, al, news.Mark{What: news.MarkClaim, By: a.By, ByID: a.ByID}, true)
		return answered("You gave it back; nobody has it now.", err)
	}
	d, err := h.mark(ctx, a, al, news.Mark{What: news.MarkClaim, By: a.By, ByID: a.ByID}, false)
	if err != nil {
		return answered("You have this.", err)
	}
	if by := d.Claimed; by != "" && by != a.By {
		if _, own := d.Marked(news.MarkClaim, a.Who()); own {
			return notify.Answer{Text: "You have this already."}, nil
		}
		return notify.Answer{Text: by + " has this already."}, nil
	}
	return notify.Answer{Text: "You have this. The message says so within seconds."}, nil
}

// answered is the answer to an act whose mark was to be made. If the mark is
// there and only its message lacks it, the reader is told so.
func answered(text string, err error) (notify.Answer, error) {
	if u, ok := errors.AsType[unshown](err); ok {
		u.done = text
		return notify.Answer{}, u
	}
	return notify.Answer{Text: text}, err
}

// mark records a mark and lets the message show it. Its error is of type
// unshown if the mark is recorded all the same.
func (h house) mark(ctx context.Context, a notify.Act, al news.Delivery, m news.Mark, undo bool) (news.Delivery, error) {
	m.At = time.Now().UTC()
	d, changed, err := h.d.courier.Mark(ctx, al.Alert.ID, m, undo)
	if err != nil || !changed && !a.Anew {
		return d, err
	}
	h.d.log.Info("a reader's mark", "alert", d.Alert.ID, "what", m.What, "by", m.By, "undo", undo)
	if err := h.restate(ctx, d); err != nil {
		return d, unshown{error: err}
	}
	return d, nil
}

// restate enqueues an edit of an alert's message that says nothing new but
// its marks. It happens between two rounds, so that it carries what the last
// report said and never overtakes the next.
func (h house) restate(ctx context.Context, d news.Delivery) error {
	if d.Receipt.Message == "" {
		return nil // what is said later shows the marks by itself
	}
	err := h.d.bench.with(ctx, func() error {
		all, err := h.d.store.Deliveries(ctx, store.Filter{Story: d.Alert.Story, Channel: d.Alert.Channel})
		if err != nil {
			return err
		}
		a := d.Alert
		for _, x := range all {
			tells := x.Alert.Latest != nil || x.Alert.Kind == news.KindCorrection
			if x.Alert.Target == d.Alert.ID && tells && x.Alert.Seq > a.Seq && d.Alert.Updates != "silent" {
				a = x.Alert
			}
		}
		now := time.Now().UTC()
		a.ID = news.NewAlertID(a.Story, a.Channel, "mark", int(now.UnixNano()))
		a.Kind, a.Target, a.Updates = news.KindUpdate, d.Alert.ID, "edit"
		a.Latest, a.With, a.Mention, a.Queued, a.NotBefore = nil, nil, "", now, time.Time{}
		return h.d.store.Commit(ctx, store.Round{At: now, Alerts: []news.Alert{a}})
	})
	h.d.courier.Wake()
	return err
}

// Shown implements notify.House.
func (h house) Shown(ctx context.Context, since time.Time) ([]news.Receipt, error) {
	ds, err := h.d.store.Deliveries(ctx, store.Filter{State: news.StateSent, Limit: 200})
	if err != nil {
		return nil, err
	}
	var out []news.Receipt
	for _, d := range ds {
		if d.Alert.Kind == news.KindAlert && d.Receipt.Message != "" && !d.Since.Before(since) {
			out = append(out, d.Receipt)
		}
	}
	return out, nil
}

// channel is the configured name of the channel of an act.
func (h house) channel(a notify.Act) string {
	c := h.d.rules.Load().Config
	for i := range c.Topics {
		for _, name := range c.Topics[i].Route() {
			if name == a.ChannelID {
				return name
			}
		}
	}
	if c.DefaultChannel == a.ChannelID {
		return a.ChannelID
	}
	return cmp.Or(a.Channel, a.ChannelID)
}

// handsLost is how long nobody may listen to the readers before that is told.
const handsLost = 5 * time.Minute

// tellHands notes in the operations channel that buttons are dead, and that
// they live again.
func (d *Daemon) tellHands(now time.Time) {
	if d.opts.Hands == nil {
		return
	}
	st := d.opts.Hands.State()
	n := notify.Notice{Key: "hands", Label: "Buttons, /watch and emoji"}
	switch {
	case st.State == "connected":
		d.metrics.hands.Set(1)
		n.Text, n.Over = "work again", true
	case now.Sub(st.Since) > handsLost:
		d.metrics.hands.Set(0)
		n.Text = "do nothing: Socket Mode has been " + st.State + " since " + clock(st.Since)
		if st.Reason != "" {
			n.Text += " (" + st.Reason + ")"
		}
		n.Text += ". Alerts are not affected"
	default:
		d.metrics.hands.Set(0)
		return
	}
	d.notice(n)
}
