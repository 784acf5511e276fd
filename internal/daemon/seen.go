package daemon

import (
	"context"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// What a program that runs the daemon inside itself (the demo, tests) may ask
// of it.

// Ask answers questions about the running watch.
func (d *Daemon) Ask() Asker { return d.view() }

// PolledSince reports whether every feed has had a round begun after t.
func (d *Daemon) PolledSince(t time.Time) bool {
	r := d.rules.Load()
	for _, id := range r.order {
		if !r.feeds[id].Paused && !d.states.get(id).LastPoll.After(t) {
			return false
		}
	}
	return true
}

// Judged is an item with the verdict that stands.
type Judged struct {
	Item    news.Item
	Verdict news.Verdict
}

// Judged lists every stored item in the order of judgement.
func (d *Daemon) Judged(ctx context.Context) ([]Judged, error) {
	var out []Judged
	for rec, err := range d.store.Items(ctx, time.Time{}, time.Now().Add(time.Hour)) {
		if err != nil {
			return nil, err
		}
		out = append(out, Judged{rec.Item, rec.Verdict})
	}
	return out, nil
}

// Idle reports whether everything that was to be said by now is said.
func (d *Daemon) Idle(ctx context.Context) (bool, error) {
	due, err := d.store.Due(ctx, time.Now(), 0)
	return err == nil && len(due) == 0 && d.courier.Status().Flying == 0, err
}
