package daemon

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/notify/terminal"
)

// inProcess answers requests without a network, so that it works in a bubble.
type inProcess http.HandlerFunc

func (f inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	f(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// talk is a log that may be read while it is written.
type talk struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *talk) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *talk) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// alive builds a daemon over answers and runs its bench until stop is called.
func alive(t *testing.T, dir, config string, answers http.HandlerFunc) (d *Daemon, log *talk, stop func()) {
	log = new(talk)
	d, err := Build(t.Context(), testRules(t, dir, config), "watcherd.yaml", Options{Transport: inProcess(answers),
		Notifier: terminal.New(io.Discard, terminal.Options{}), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { d.bench.run(ctx); close(done) }()
	return d, log, func() {
		end()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// working lets n workers take rounds as the service does, until the returned
// function is called.
func (d *Daemon) working(t *testing.T, n int) (resting func()) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.work(ctx, n); close(done) }()
	go func() { // in the courier's place
		tick := time.NewTicker(10 * time.Minute)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				if _, n, ok := d.ops.Take(now); ok {
					d.ops.Done(n, now)
				}
			}
		}
	}()
	return func() {
		stop()
		<-done
	}
}

func TestFeedsThatMoveToOneAddressAreAskedOnceAndTellNothingAgain(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		items := entry("joint", 1, "NATO ministers meet in Riga")
		joint := false
		answers := func(w http.ResponseWriter, r *http.Request) {
			asked[r.URL.String()]++
			if joint && r.URL.Host != "joint.example" {
				http.Redirect(w, r, "https://joint.example/rss", http.StatusMovedPermanently)
				return
			}
			_, _ = io.WriteString(w, rss(items))
		}
		d, talk, stop := alive(t, dir, testConfig, answers)
		both := func() {
			d.round(t.Context(), wire)
			d.round(t.Context(), post)
		}
		both()
		joint = true
		for range 4 {
			time.Sleep(9 * time.Hour)
			both()
		}
		if a, b := d.states.get(wire), d.states.get(post); a.Move.URL == "" || b.Health.State != stateMerged {
			t.Fatalf("the first is at %q, the second is %s: %s", a.Move.URL, b.Health.State, b.Health.Message)
		}
		if n := d.queue.Len(); n != 1 {
			t.Errorf("%d feeds in the queue", n)
		}
		if !strings.Contains(talk.String(), "where Wire is asked already") {
			t.Errorf("nobody was told:\n%s", talk)
		}
		stop()

		d, _, stop = alive(t, dir, testConfig, answers)
		defer stop()
		if n := d.queue.Len(); n != 1 {
			t.Errorf("%d feeds in the queue after a restart", n)
		}
		clear(asked)
		items = entry("joint", 2, "NATO jets over Norway") + items
		d.round(t.Context(), wire)
		if len(asked) != 1 || asked["https://joint.example/rss"] != 1 {
			t.Errorf("asked: %v", asked)
		}
		if got := outbox(t, d); len(got) != 1 || got[0] != "alert NATO jets over Norway" {
			t.Errorf("outbox %v", got)
		}
	})
}

const oneHost = `
timezone: UTC
listen: ""
default_channel: "#desk"
slack: {ops_channel: "#ops"}
fetch: {per_host: {concurrent: 2, spacing: 0s}}
feeds:
  - {url: "https://busy.example/a", name: A, every: 10m}
  - {url: "https://busy.example/b", name: B, every: 10m}
topics:
  nato: {any: "NATO"}
`

func TestAHostThatAsksForPeaceHasItAfterARestartToo(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		answers := func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		d, _, stop := alive(t, dir, oneHost, answers)
		d.round(t.Context(), "https://busy.example/a")
		stop()
		began := time.Now()

		d, _, stop = alive(t, dir, oneHost, answers)
		defer stop()
		if held := d.queue.Stats().Held; held != 1 {
			t.Errorf("%d hosts are held after the restart", held)
		}
		if _, err := d.queue.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < 2*time.Hour {
			t.Errorf("the host was asked after %v", waited)
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestAClampedWishIsLoggedOnce(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, talk, stop := alive(t, dir, oneHost, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=86400")
			_, _ = io.WriteString(w, rss(entry("busy", 1, "NATO")))
		})
		defer stop()
		for range 3 {
			d.round(t.Context(), "https://busy.example/a")
			time.Sleep(10 * time.Minute)
		}
		if n := strings.Count(talk.String(), "max-age asks for 24h0m0s, gets 10m0s"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, talk)
		}
	})
}

func TestWhatGoesByBetweenTwoPollsIsCountedAndTold(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		body := ""
		config := strings.Replace(strings.ReplaceAll(oneHost, ", every: 10m", ""), "fetch: {", "fetch: {min_interval: 1m, ", 1)
		d, talk, stop := alive(t, dir, config, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		defer stop()
		items := func(from, n int) string {
			var b strings.Builder
			for i := from + n - 1; i >= from; i-- {
				at := time.Now().Add(-time.Duration(from+n-i) * 2 * time.Hour)
				b.WriteString(strings.Replace(entry("busy", i, "Report "+at.Format(time.RFC3339)), "</item>", "<pubDate>"+at.Format(time.RFC1123Z)+"</pubDate></item>", 1))
			}
			return rss(b.String())
		}
		const id = "https://busy.example/a"
		body = items(1, 10)
		d.round(t.Context(), id)
		was := d.states.get(id).Pace.Interval
		time.Sleep(60 * time.Hour)
		body = items(31, 10)
		d.round(t.Context(), id)
		st := d.states.get(id)
		if st.Health.Lost < 15 || st.Health.Lost > 25 {
			t.Errorf("%d items counted as lost; 20 were", st.Health.Lost)
		}
		if st.Pace.Interval > was/2+time.Second {
			t.Errorf("the interval went from %v to %v", was, st.Pace.Interval)
		}
		if said := opsHears(t, d); len(said) != 1 || !strings.Contains(said[0], "A: about 20 items went by between two polls") {
			t.Errorf("told %q; log:\n%s", said, talk)
		}
	})
}

func TestAfterDowntimeOneLineNamesWhatMayBeLost(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		answers := func(w http.ResponseWriter, _ *http.Request) {
			var b strings.Builder
			for i := range 10 {
				b.WriteString(strings.Replace(entry("busy", i, "Report"), "</item>", "<pubDate>"+time.Now().Add(-time.Duration(i)*5*time.Minute).Format(time.RFC1123Z)+"</pubDate></item>", 1))
			}
			_, _ = io.WriteString(w, rss(b.String()))
		}
		d, _, stop := alive(t, dir, oneHost, answers)
		d.round(t.Context(), "https://busy.example/a")
		d.heartbeat(t.Context())
		stop()
		time.Sleep(3 * time.Hour)
		d, talk, stop := alive(t, dir, oneHost, answers)
		defer stop()
		d.tellDowntime(t.Context())
		said := opsHears(t, d)
		if len(said) != 1 || !strings.HasPrefix(said[0], "The watch: was down from") || !strings.Contains(said[0], "(3 h); may have lost items meanwhile: A") {
			t.Errorf("told %q; log:\n%s", said, talk)
		}
	})
}
