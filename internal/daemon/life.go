package daemon

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// stateMerged is a feed that moved to where another feed of the config is
// asked already: one round serves both.
const stateMerged = "merged"

// twin is the feed that is asked in the place of one that moved to its
// address: the one that the config gives this address, else the first of those
// that moved there.
func (d *Daemon) twin(r *Rules, id news.FeedID, to string) (news.Feed, bool) {
	if to == "" {
		return news.Feed{}, false
	}
	var found news.Feed
	before := true // in the order of the files
	for _, other := range r.order {
		if other == id {
			before = false
			continue
		}
		f, st := r.feeds[other], d.states.get(other)
		if f.Paused || st.Health.State == feeds.StateGone || feeds.Address(f.URL, &st) != to {
			continue
		}
		if st.Move.URL == "" {
			return f, true
		}
		if before && found.ID == "" {
			found = f
		}
	}
	return found, found.ID != ""
}

// merge notes in the state of a feed that moved that another one is asked in
// its place, or that this is over, and says which.
func (d *Daemon) merge(r *Rules, st *news.FeedState, now time.Time) (merged bool) {
	h := &st.Health
	f, merged := d.twin(r, st.ID, st.Move.URL)
	switch {
	case merged && h.State != stateMerged:
		*h = news.Health{State: stateMerged, Since: now.UTC(), Lost: h.Lost}
	case !merged && h.State == stateMerged:
		*h = news.Health{State: feeds.StateOK, Since: now.UTC(), Lost: h.Lost}
	}
	if merged {
		h.Message = "moved to " + st.Move.URL + ", where " + orElse(f.Name, f.URL) + " is asked already; one of the two can leave the config"
	}
	return merged
}

// hold lets no feed of the host be asked until the server's word or, where it
// named no time, until this feed's own next try. It outlives a restart.
func (v *visit) hold() {
	until := v.st.Due
	if v.plan.Retry.After(v.now) && v.plan.Retry.Before(until) {
		until = v.plan.Retry // the feed itself comes a little later
	}
	v.st.Held = until.UTC()
	v.d.queue.HoldHost(hostOf(feeds.Address(v.feed.URL, &v.st)), until)
	v.d.log.Info("a host is held", "feed", v.feed.ID, "host", hostOf(feeds.Address(v.feed.URL, &v.st)), "until", clock(until))
}

// held are the hosts that want to be left alone, and until when.
func (d *Daemon) held(r *Rules, now time.Time) map[string]time.Time {
	hosts := make(map[string]time.Time)
	for _, id := range r.order {
		st := d.states.get(id)
		if host := hostOf(feeds.Address(r.feeds[id].URL, &st)); st.Held.After(now) && st.Held.After(hosts[host]) {
			hosts[host] = st.Held
		}
	}
	return hosts
}

// clamped logs the wishes of a publisher that are not followed to the letter,
// once until they change.
func (v *visit) clamped(clamps []string) {
	text := strings.Join(clamps, "; ")
	if last, _ := v.d.clamps.Swap(v.feed.ID, text); text != "" && last != text {
		v.d.log.Info("a publisher's wish is clamped", "feed", v.feed.ID, "wish", text)
	}
}

// endangered are the names of the feeds that turn over in less time than the
// watch was away.
func (d *Daemon) endangered(away time.Duration) []string {
	var names []string
	r := d.rules.Load()
	for _, id := range r.order {
		st := d.states.get(id)
		n := len(st.Pace.Arrivals)
		if n < 2 || st.Items == 0 || r.feeds[id].Paused {
			continue
		}
		gap := float64(st.Pace.Arrivals[n-1]-st.Pace.Arrivals[0]) / float64(n-1)
		if gap*float64(st.Items) < away.Seconds() {
			names = append(names, cmp.Or(r.feeds[id].Name, st.Title, string(id)))
		}
	}
	slices.Sort(names)
	return names
}

// tellAway says in one line how long the watch was away, and which feeds may
// have lost items meanwhile.
func (d *Daemon) tellAway(what string, last, now time.Time) {
	away := now.Sub(last)
	text := fmt.Sprintf("%s from %s to %s (%s)", what, clock(last), clock(now), span(away))
	switch names := d.endangered(away); {
	case len(names) == 0:
		text += "; no feed is known to turn over so fast that it lost items"
	case len(names) <= 6:
		text += "; may have lost items meanwhile: " + strings.Join(names, ", ")
	default:
		text += fmt.Sprintf("; may have lost items meanwhile: %s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	d.notice(notify.Notice{Key: "down " + last.String(), Label: "The watch", Text: text})
}
