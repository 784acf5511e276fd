package daemon

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// TestAFeedThatLeftIsForgottenAfterAMonthWithAllItsNotes restarts the service
// in between, as upgrades do.
func TestAFeedThatLeftIsForgottenAfterAMonthWithAllItsNotes(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		answers := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, rss(entry("wire", 1, "NATO"))) }
		without := strings.Replace(testConfig, `  - {url: "https://post.example/rss", name: Post}`+"\n", "", 1)
		run := func(config string, days int, look func(*Daemon)) {
			d, talk, stop := alive(t, dir, config, answers)
			defer stop()
			d.round(t.Context(), wire)
			if _, ok := d.rules.Load().feeds[post]; ok {
				d.round(t.Context(), post)
			}
			time.Sleep(time.Duration(days) * 24 * time.Hour)
			d.expire(t.Context())
			look(d)
			if strings.Contains(talk.String(), "level=ERROR") {
				t.Error(talk)
			}
		}
		kept := func(d *Daemon) []string {
			_, ok, err := d.store.FeedState(t.Context(), post)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			if ok {
				all = append(all, "state")
			}
			for _, prefix := range []string{pushName(""), unmadeName("")} {
				values, err := d.store.Values(t.Context(), prefix)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, slices.Sorted(maps.Keys(values))...)
			}
			return all
		}
		all := []string{"state", "push/" + post, "push/" + wire, "unmade of post", "unmade of wire", "unmade once"}
		run(testConfig, 1, func(d *Daemon) {
			now := time.Now().UTC().Format(time.RFC3339)
			for name, value := range map[string]string{
				pushName(post): `{"hub":"https://hub.example/"}`, pushName(wire): `{"hub":"https://hub.example/"}`,
				unmadeName("of post"): now + " " + post, unmadeName("of wire"): now + " " + wire, unmadeName("once"): now,
			} {
				if err := d.store.Put(t.Context(), name, []byte(value)); err != nil {
					t.Fatal(err)
				}
			}
		})
		for range 2 { // two restarts in the month
			run(without, 14, func(d *Daemon) {
				if got := kept(d); !slices.Equal(got, all) {
					t.Errorf("kept before the month is over: %q", got)
				}
			})
		}
		run(without, 3, func(d *Daemon) {
			if got, want := kept(d), []string{"push/" + wire, "unmade of wire", "unmade once"}; !slices.Equal(got, want) {
				t.Errorf("kept %q, want %q", got, want)
			}
			if slices.Contains(d.states.ids(), news.FeedID(post)) {
				t.Error("it is still in memory")
			}
		})
		run(without, 90, func(d *Daemon) {
			if got, want := kept(d), []string{"push/" + wire, "unmade of wire"}; !slices.Equal(got, want) {
				t.Errorf("kept %q, want %q", got, want)
			}
		})
	})
}

func TestAFeedPutBackWhilePausedIsNotForgotten(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		answers := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, rss(entry("post", 1, "NATO"))) }
		without := strings.Replace(testConfig, `  - {url: "https://post.example/rss", name: Post}`+"\n", "", 1)
		paused := strings.Replace(testConfig, `name: Post}`, `name: Post, paused: true}`, 1)
		for _, config := range []string{testConfig, without, paused} {
			d, _, stop := alive(t, dir, config, answers)
			if config == testConfig {
				d.round(t.Context(), post)
			}
			time.Sleep(20 * 24 * time.Hour)
			d.expire(t.Context())
			stop()
		}
		d, _, stop := alive(t, dir, testConfig, answers)
		defer stop()
		if st, ok, err := d.store.FeedState(t.Context(), post); !ok || err != nil || !st.Baselined || !st.Removed.IsZero() {
			t.Errorf("known %v, %v: %+v", ok, err, st)
		}
	})
}
