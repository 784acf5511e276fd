package daemon

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const oneFeed = `
timezone: UTC
listen: ""
default_channel: "#desk"
slack: {ops_channel: "#ops"}
feeds:
  - {url: "https://lies.example/rss", name: Liar, every: 30m}
topics:
  nato: {any: "NATO"}
`

// liar publishes a story every seven hours and says "not modified" whenever it
// is asked whether something changed.
type liar struct {
	label func(w http.ResponseWriter, stories int) // what a whole answer says of its version
	dated bool

	mu    sync.Mutex
	began time.Time
	asked []time.Time // in full
	polls int
}

func (l *liar) stories() int { return int(time.Since(l.began) / (7 * time.Hour)) }

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.polls++
	if r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != "" {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	l.asked = append(l.asked, time.Now())
	l.label(w, l.stories())
	var items strings.Builder
	for i := l.stories(); i >= 0; i-- {
		item := entry("lies", i, fmt.Sprintf("NATO exercise number %d begins near %s", i, []string{"Riga", "Tartu", "Vilnius", "Gdynia"}[i%4]))
		if l.dated {
			at := l.began.Add(time.Duration(i) * 7 * time.Hour)
			item = strings.Replace(item, "</item>", "<pubDate>"+at.Format(time.RFC1123Z)+"</pubDate></item>", 1)
		}
		items.WriteString(item)
	}
	_, _ = io.WriteString(w, rss(items.String()))
}

// TestALieHoldsNothingBackForMoreThanADay runs the watch's own workers against
// servers that lie: what they hold back is found by one request in full a day,
// after which they are not believed, also after a restart; the log, the
// operations channel, feeds and status say so.
func TestALieHoldsNothingBackForMoreThanADay(t *testing.T) {
	for name, c := range map[string]struct {
		l      *liar
		audits int // until it is convicted
	}{
		"one ETag for ever":         {&liar{label: func(w http.ResponseWriter, _ int) { w.Header().Set("Etag", `"x"`) }}, 1},
		"one date for ever":         {&liar{label: func(w http.ResponseWriter, _ int) { w.Header().Set("Last-Modified", "Wed, 04 Mar 2026 11:00:00 GMT") }}, 1},
		"a new ETag, dated items":   {&liar{dated: true, label: func(w http.ResponseWriter, n int) { w.Header().Set("Etag", fmt.Sprint(n)) }}, 1},
		"a new ETag, undated items": {&liar{label: func(w http.ResponseWriter, n int) { w.Header().Set("Etag", fmt.Sprint(n)) }}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { tellLies(t, dir, c.l, c.audits) })
		})
	}
}

func tellLies(t *testing.T, dir string, l *liar, audits int) {
	l.began = time.Now()
	live := func(span time.Duration, look func(*Daemon, string)) {
		d, talk, stop := alive(t, dir, oneFeed, l.ServeHTTP)
		resting := d.working(t, 2)
		time.Sleep(span)
		resting()
		look(d, talk.String())
		stop()
	}
	convicted := time.Duration(audits)*24*time.Hour + 2*time.Hour
	live(convicted, func(d *Daemon, talk string) {
		if got, want := len(outbox(t, d)), audits*24/7; got < want {
			t.Errorf("%d stories told after %d audits, want %d: %v", got, audits, want, outbox(t, d))
		}
		for i := range len(l.asked) - 1 {
			if gap := l.asked[i+1].Sub(l.asked[i]); gap < 24*time.Hour && i < audits {
				t.Errorf("asked in full after %v", gap)
			}
		}
		if !strings.Contains(talk, "a server is no longer believed") {
			t.Errorf("the log does not say it:\n%s", talk)
		}
		if n := strings.Count(talk, "about=Liar text=\"says “not modified” though it is not"); n != 1 {
			t.Errorf("the operations channel hears it %d times:\n%s", n, talk)
		}
	})
	// After the restart every story comes with the poll that follows it.
	polls, full := l.polls, len(l.asked)
	live(21*time.Hour, func(d *Daemon, talk string) {
		if got, want := len(outbox(t, d)), l.stories(); got != want {
			t.Errorf("%d of %d stories told: %v", got, want, outbox(t, d))
		}
		if strings.Contains(talk, "no longer believed") {
			t.Error("told again after the restart")
		}
		if l.polls-polls != len(l.asked)-full || l.polls-polls < 40 {
			t.Errorf("%d polls after the restart, %d in full", l.polls-polls, len(l.asked)-full)
		}
		rows, err := d.view().Feeds(t.Context())
		if err != nil || !rows[0].Lies || rows[0].State != "ok" {
			t.Errorf("feeds shows %+v, %v", rows, err)
		}
		st, err := d.view().Status(t.Context())
		if err != nil || st.Feeds.Lie != 1 {
			t.Errorf("status shows %+v, %v", st.Feeds, err)
		}
	})
}
