package daemon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// leaser is a feed and its hub, which leases subscriptions for a day.
type leaser struct {
	t *testing.T

	mu      sync.Mutex
	d       *Daemon // that the hub calls back
	deaf    bool    // does not confirm
	items   string
	stories int
	polls   []time.Time
	asked   []time.Time // for a subscription
	form    url.Values  // of the last request
	ends    time.Time   // of the lease
	late    int         // renewals after the lease had ended
}

const leased = 24 * time.Hour

func (l *leaser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.URL.Host != "hub.example" {
		l.polls = append(l.polls, time.Now())
		w.Header().Set("Link", `<https://hub.example/>; rel="hub", <`+wire+`>; rel="self"`)
		_, _ = io.WriteString(w, rss(l.items))
		return
	}
	if err := r.ParseForm(); err != nil {
		l.t.Error(err)
	}
	if !l.ends.IsZero() && time.Now().After(l.ends) {
		l.late++
	}
	l.asked, l.form = append(l.asked, time.Now()), r.PostForm
	w.WriteHeader(http.StatusAccepted)
	if !l.deaf {
		go l.confirm(l.d, r.PostForm)
	}
}

// heard is when the hub was asked, the form of the last request, and how many
// came after the lease had ended.
func (l *leaser) heard() (asked []time.Time, form url.Values, late int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked, l.form, l.late
}

// secret is that of the last request.
func (l *leaser) secret() string {
	_, form, _ := l.heard()
	return form.Get("hub.secret")
}

// requests is how often the hub was asked.
func (l *leaser) requests() int {
	asked, _, _ := l.heard()
	return len(asked)
}

// hear makes the hub confirm what it is asked for, or not.
func (l *leaser) hear(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = !yes
}

// confirm asks at the callback, a little later, whether it was meant.
func (l *leaser) confirm(d *Daemon, form url.Values) {
	time.Sleep(2 * time.Second)
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {wire}, "hub.challenge": {"x"}, "hub.lease_seconds": {fmt.Sprint(int(leased.Seconds()))}}
	if status := d.pushes.question("/"+form.Get("hub.callback")[len("https://desk.example/push/"):], q); status != http.StatusOK {
		l.t.Errorf("the hub's question is answered %d", status)
	}
	l.mu.Lock()
	l.ends = time.Now().Add(leased)
	l.mu.Unlock()
}

// publish adds a story to the feed and returns it.
func (l *leaser) publish() (title, item string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stories++
	title = fmt.Sprintf("NATO opens depot number %d in %s", l.stories, []string{"Riga", "Tartu", "Gdynia", "Vilnius"}[l.stories%4])
	item = entry("wire", l.stories, title)
	l.items = item + l.items
	return title, item
}

// push sends a body to the callback.
func (l *leaser) push(body, secret string) int {
	l.mu.Lock()
	d, callback := l.d, l.form.Get("hub.callback")
	l.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, body)
	r := httptest.NewRequest(http.MethodPost, callback, strings.NewReader(body))
	r.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	r.Header.Set("Content-Type", "application/rss+xml")
	rec := httptest.NewRecorder()
	d.pushes.ServeHTTP(rec, r)
	return rec.Code
}

// TestALeaseIsKeptAliveAndAHubThatFailsIsNotReliedOn lives two weeks with a
// feed whose hub leases subscriptions for a day.
func TestALeaseIsKeptAliveAndAHubThatFailsIsNotReliedOn(t *testing.T) {
	dir := t.TempDir()
	config := strings.Replace(testConfig, `  - {url: "https://post.example/rss", name: Post}`+"\n", "", 1) +
		"listen_public: 127.0.0.1:0\npublic_url: https://desk.example/push\n"
	synctest.Test(t, func(t *testing.T) {
		l := &leaser{t: t, items: entry("wire", 0, "Old NATO news")}
		live := func(do func(d *Daemon, talk fmt.Stringer)) {
			d, talk, stop := alive(t, dir, config, l.ServeHTTP)
			l.mu.Lock()
			l.d = d
			l.mu.Unlock()
			resting := d.working(t, 2)
			ctx, end := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { d.pushes.run(ctx); close(done) }()
			do(d, talk)
			end()
			<-done
			resting()
			synctest.Wait()
			stop()
		}
		told := func(d *Daemon, title string) bool {
			return strings.Contains(strings.Join(outbox(t, d), "\n"), title)
		}
		count := func(times []time.Time, since time.Time) (n int) {
			for _, at := range times {
				if at.After(since) {
					n++
				}
			}
			return n
		}
		polls := func(span time.Duration) int {
			since := time.Now()
			time.Sleep(span)
			l.mu.Lock()
			defer l.mu.Unlock()
			return count(l.polls, since)
		}

		live(func(d *Daemon, talk fmt.Stringer) {
			time.Sleep(time.Hour)
			if asked, form, _ := l.heard(); len(asked) != 1 || form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != wire || form.Get("hub.secret") == "" {
				t.Fatalf("the hub was asked %d times: %v", len(asked), form)
			}
			// A push is in the outbox when it is answered; one that is not signed
			// with the secret tells nothing.
			title, item := l.publish()
			if status := l.push(rss(item), l.secret()); status != http.StatusAccepted || !told(d, title) {
				t.Errorf("answered %d; the outbox holds %v", status, outbox(t, d))
			}
			l.push(rss(entry("wire", 999, "NATO news that is forged")), "guessed")
			if told(d, "forged") {
				t.Error("a forged push was told")
			}
			// A week: renewed each time before the lease ends, and seldom.
			since := time.Now()
			backup := polls(7 * 24 * time.Hour)
			asked, _, late := l.heard()
			if n := count(asked, since); n < 7 || n > 10 || late > 0 {
				t.Errorf("%d renewals in a week, %d after the lease had ended", n, late)
			}
			if backup < 14 {
				t.Errorf("only %d backup polls in a week", backup)
			}
		})

		live(func(d *Daemon, _ fmt.Stringer) {
			before := l.requests()
			time.Sleep(time.Minute)
			title, item := l.publish()
			if l.push(rss(item), l.secret()); !told(d, title) {
				t.Error("the subscription did not outlive the restart")
			}
			if l.requests() != before {
				t.Error("the hub was asked again because of the restart")
			}
		})

		live(func(d *Daemon, talk fmt.Stringer) {
			// The hub forgets to push; polls find what it held back.
			for renewed := l.requests(); l.requests() == renewed; {
				time.Sleep(time.Minute)
			}
			for range 3 {
				title, _ := l.publish()
				for waited := time.Duration(0); !told(d, title); waited += 10 * time.Minute {
					if time.Sleep(10 * time.Minute); waited > 7*time.Hour {
						t.Fatalf("the backup poll did not find %q", title)
					}
				}
			}
			if d.pushes.trusted(wire, time.Now()) || strings.Count(talk.String(), "a hub misses pushes") != 1 {
				t.Errorf("relied on after three missed pushes:\n%s", talk)
			}
			// One push is enough to rely on it again.
			_, item := l.publish()
			l.push(rss(item), l.secret())
			if !d.pushes.trusted(wire, time.Now()) || !strings.Contains(talk.String(), "a hub pushes again") {
				t.Errorf("not relied on after a push:\n%s", talk)
			}
		})

		live(func(d *Daemon, talk fmt.Stringer) {
			// The hub dies: the lease runs out, polls go on, it is asked once an
			// hour at most, and is relied on when it confirms again.
			l.hear(false)
			since := time.Now()
			time.Sleep(3 * 24 * time.Hour)
			if d.pushes.trusted(wire, time.Now()) {
				t.Error("relied on without a lease")
			}
			asked, _, _ := l.heard()
			if n := count(asked, since); n < 24 || n > 80 {
				t.Errorf("a dead hub was asked %d times in three days", n)
			}
			if n := polls(24 * time.Hour); n < 4 {
				t.Errorf("%d polls a day without a hub", n)
			}
			l.hear(true)
			time.Sleep(2 * time.Hour)
			if !d.pushes.trusted(wire, time.Now()) {
				t.Error("not relied on after it confirmed again")
			}
		})
	})
}
