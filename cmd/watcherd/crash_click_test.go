package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
	"github.com/watcherd/watcherd/internal/store"
)

// TestAClickThatWasAcknowledgedOutlivesAKill lets a whole newsroom press a
// button at once and kills the service while it still works on that. Slack
// shows who was acknowledged that all is well and sends the click to nobody
// again, so each of those must have been heard.
func TestAClickThatWasAcknowledgedOutlivesAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills and starts the service")
	}
	const people = 120
	p := &plot{seed: 1, rng: rand.New(rand.NewPCG(1, 1)), kind: "mute"} // for its app token
	w := newStand(1)
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	sl := startSlack(t, build(t, "../../internal/notify/slack/fakeslack/cmd"), p)
	svc := &service{exe: build(t, "."), dir: t.TempDir()}
	svc.configure(t, p, web.URL, sl.url)
	svc.start(t)
	w.waitSeen(t)
	w.publish(topicUrgent, 1)
	var told []fakeslack.Message
	if !until(30*time.Second, 50*time.Millisecond, func() bool {
		told = shown(sl.oracle(t), w.stories()[0].marker, "#arms")
		return len(told) > 0 && svc.heard(t)
	}) {
		t.Fatal("the story was not told:", svc.log())
	}

	clicks := make([]string, people) // their envelopes
	var pressing sync.WaitGroup
	for i := range clicks {
		pressing.Go(func() {
			q := url.Values{"channel": {"C0ARMS"}, "ts": {told[0].TS}, "user": {fmt.Sprintf("U0R%03d", i)}, "action": {"not_relevant"}}
			clicks[i] = strings.TrimSpace(string(sl.get(t, "/_people/click?"+q.Encode())))
		})
	}
	acked := func() (n int, by map[string]bool) {
		by = map[string]bool{}
		for _, a := range sl.oracle(t).Answered {
			if a.Took > 0 {
				by[a.Envelope] = true
			}
		}
		return len(by), by
	}
	until(3*time.Second, 0, func() bool { n, _ := acked(); return n > people/2 }) // amid the rest
	svc.kill(t)
	svc.buried(t)
	pressing.Wait()
	n, by := acked()
	done, kept := svc.heardBefore(t)

	svc.start(t)
	var after map[string]bool
	until(30*time.Second, 100*time.Millisecond, func() bool {
		after = svc.opinions(t)
		return len(after) >= done+kept
	})
	for i, envelope := range clicks {
		if user := fmt.Sprintf("U0R%03d", i); by[envelope] && !after[user] {
			t.Errorf("the click of %s was acknowledged and is lost", user)
		}
	}
	svc.terminate(t)
	t.Logf("%d clicks, %d acknowledged when the service was killed: %d were done by then, %d only kept; after the restart %d are done", people, n, done, kept, len(after))
	if n == 0 || kept == 0 {
		t.Error("the kill came when nothing was under way")
	}
}

// heard tells whether the running service listens to readers.
func (s *service) heard(t *testing.T) bool {
	t.Helper()
	r, err := daemon.Dial(t.Context(), filepath.Join(s.dir, "state", "watcherd.sock"))
	if err != nil {
		return false
	}
	st, err := r.Status(t.Context())
	return err == nil && st.Hands != nil && st.Hands.State == "connected"
}

// heardBefore counts what the data file of the dead service holds of its
// readers' opinions: those that were entered, and those only kept.
func (s *service) heardBefore(t *testing.T) (done, kept int) {
	t.Helper()
	st, err := store.Open(filepath.Join(s.dir, "state", "watcherd.db"), store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() // only read
	os, err := st.Opinions(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := st.Get(t.Context(), "inbox")
	if err != nil {
		t.Fatal(err)
	}
	var acts []notify.Act
	if len(value) > 0 {
		if err := json.Unmarshal(value, &acts); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range acts {
		if !slices.ContainsFunc(os, func(o news.Opinion) bool { return o.ByID == a.ByID }) {
			kept++
		}
	}
	return len(os), kept
}

// opinions are the readers whose opinion the running service has.
func (s *service) opinions(t *testing.T) map[string]bool {
	t.Helper()
	by := map[string]bool{}
	r, err := daemon.Dial(t.Context(), filepath.Join(s.dir, "state", "watcherd.sock"))
	if err != nil {
		return by
	}
	os, err := r.Opinions(t.Context())
	if err != nil {
		return by
	}
	for _, o := range os {
		by[o.ByID] = true
	}
	return by
}
