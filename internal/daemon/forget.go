package daemon

import (
	"context"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// keepNote is how long a note is kept that does not say of which feed it is,
// as older versions wrote them.
const keepNote = 90 * 24 * time.Hour

// forget drops what is kept beside the states of feeds that left the config so
// long ago that the store has let them go. No reload puts one back meanwhile.
func (d *Daemon) forget(ctx context.Context, now time.Time) error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	r := d.rules.Load()
	known := make(map[news.FeedID]bool)
	for _, id := range d.states.ids() {
		st := d.states.get(id)
		_, wanted := r.feeds[id]
		if known[id] = wanted || !store.Forgotten(&st, now); !known[id] {
			d.states.drop(id)
		}
	}
	for id := range r.feeds {
		known[id] = true
	}
	var names []string
	subs, err := d.store.Values(ctx, pushName(""))
	if err != nil {
		return err
	}
	for name := range subs {
		if id := news.FeedID(strings.TrimPrefix(name, pushName(""))); !known[id] {
			d.pushes.forget(id)
			names = append(names, name)
		}
	}
	notes, err := d.store.Values(ctx, unmadeName(""))
	if err != nil {
		return err
	}
	for name, value := range notes {
		word, feed, _ := strings.Cut(string(value), " ")
		at, err := time.Parse(time.RFC3339, word)
		if feed == "" && (err != nil || now.Sub(at) > keepNote) || feed != "" && !known[news.FeedID(feed)] {
			names = append(names, name)
		}
	}
	return d.store.Drop(ctx, names...)
}
