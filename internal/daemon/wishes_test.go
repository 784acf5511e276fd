package daemon

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestWishesAreKeptToOnEveryStatus sends each wish of a publisher through the
// whole way, from the answer of a server to the due-queue: when the feed is
// asked again, whether the host's other feed may be asked meanwhile, and what
// the log says of wishes that are not followed to the letter.
func TestWishesAreKeptToOnEveryStatus(t *testing.T) {
	doc := func(inside string) string {
		return strings.Replace(rss(entry("one", 1, "NATO")), "<title>", inside+"<title>", 1)
	}
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	type head = map[string]string
	cases := []struct {
		name   string
		every  string // of the feed; adaptive if ""
		status int
		head   func() head
		body   string
		least  time.Duration // until the next request
		most   time.Duration // 0: a tenth more than least
		held   bool          // the host's other feed waits as well
		said   string        // in the log
	}{
		{name: "max-age, less the age it has", status: 200, head: func() head { return head{"Cache-Control": "public, max-age=3600", "Age": "900"} }, least: 45 * time.Minute},
		{name: "max-age on a 304", status: 304, head: func() head { return head{"Cache-Control": "max-age=2700"} }, least: 45 * time.Minute},
		{name: "Expires", status: 200, head: func() head { return head{"Expires": in(40 * time.Minute)} }, least: 40*time.Minute - time.Second},
		{name: "Expires by a server whose clock is wrong", status: 200, head: func() head { return head{"Date": in(-9 * time.Hour), "Expires": in(-9*time.Hour + 40*time.Minute)} }, least: 40 * time.Minute},
		{name: "Expires on a 304", status: 304, head: func() head { return head{"Expires": in(40 * time.Minute)} }, least: 40*time.Minute - time.Second},
		{name: "Expires long ago", status: 200, head: func() head { return head{"Expires": "0"} }, least: 15 * time.Minute, most: 34 * time.Minute},
		{name: "no-store over max-age", status: 200, head: func() head { return head{"Cache-Control": "max-age=3000, no-store"} }, least: 15 * time.Minute, most: 34 * time.Minute},
		{name: "ttl", status: 200, body: doc("<ttl>45</ttl>"), least: 45 * time.Minute},
		{name: "sy:updatePeriod", status: 200, body: doc(`<p:updatePeriod xmlns:p="http://purl.org/rss/1.0/modules/syndication/">hourly</p:updatePeriod>`), least: time.Hour},
		{name: "skipHours", status: 200, body: doc("<skipHours><hour>0</hour><hour>1</hour><hour>2</hour></skipHours>"), least: 2 * time.Hour, most: 3 * time.Hour},
		{name: "skipDays", status: 200, body: doc("<skipDays><day>Saturday</day></skipDays>"), least: 6 * time.Hour, said: "skipHours or skipDays asks for 23h"},
		{name: "429 with seconds", status: 429, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour, held: true},
		{name: "429 with a date", status: 429, head: func() head { return head{"Retry-After": in(3 * time.Hour)} }, least: 3*time.Hour - time.Second, held: true},
		{name: "429 without a word", status: 429, least: 12 * time.Minute, most: 30 * time.Minute, held: true},
		{name: "503 with seconds", status: 503, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour},
		{name: "503 with a date by a wrong clock", status: 503, head: func() head { return head{"Date": in(5 * time.Hour), "Retry-After": in(7 * time.Hour)} }, least: 2 * time.Hour},
		{name: "403", status: 403, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour},
		{name: "404", status: 404, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour},
		{name: "500", status: 500, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour},
		{name: "a wall", status: 403, head: func() head { return head{"Retry-After": "7200", "Cf-Mitigated": "challenge"} }, least: 2 * time.Hour},
		{name: "429 of a feed of a fixed interval", every: "5m", status: 429, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour, held: true},
		{name: "503 of a feed by the clock", every: "*/5 * * * *", status: 503, head: func() head { return head{"Retry-After": "7200"} }, least: 2 * time.Hour},
		{name: "max-age beyond the longest hint", status: 200, head: func() head { return head{"Cache-Control": "max-age=86400"} }, least: time.Hour, said: "Cache-Control: max-age asks for 24h0m0s, gets 1h0m0s: hints are followed for 1h0m0s at most"},
		{name: "ttl beyond the longest hint", status: 200, body: doc("<ttl>1440</ttl>"), least: time.Hour, said: "ttl asks for 24h0m0s, gets 1h0m0s"},
		{name: "a hint that the config overrules", every: "20m", status: 200, body: doc("<ttl>60</ttl>"), least: 15 * time.Minute, most: 25 * time.Minute, said: "ttl asks for 1h0m0s, gets 20m0s: the config says every 20m"},
		{name: "Retry-After beyond all reason", status: 503, head: func() head { return head{"Retry-After": "864000"} }, least: 24 * time.Hour, said: "Retry-After asks for 240h0m0s, gets 24h0m0s"},
	}
	// Every case has a host of its own: the feed a, which wishes with its second
	// answer, and the feed b of the same host, which shows what is held.
	var config strings.Builder
	config.WriteString(strings.Split(oneHost, "feeds:")[0] + "topics: {nato: {any: NATO}}\nfeeds:\n")
	for i, c := range cases {
		fmt.Fprintf(&config, "  - {url: \"https://host%d.example/a\", every: %q}\n", i, cmp.Or(c.every, "adaptive"))
		fmt.Fprintf(&config, "  - {url: \"https://host%d.example/b\", every: 10m}\n", i)
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := make([]map[string][]time.Time, len(cases))
		answers := func(w http.ResponseWriter, r *http.Request) {
			var i int
			if _, err := fmt.Sscanf(r.URL.Host, "host%d.example", &i); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			c, came := cases[i], asked[i]
			if came == nil {
				came = make(map[string][]time.Time)
				asked[i] = came
			}
			n := len(came[r.URL.Path])
			wished := len(came["/a"]) > 1
			came[r.URL.Path] = append(came[r.URL.Path], time.Now())
			switch {
			case r.URL.Path == "/b" && wished || r.URL.Path == "/a" && n == 2: // enough was seen
				w.WriteHeader(http.StatusGone)
			case r.URL.Path == "/b" || n == 0:
				w.Header().Set("Etag", `"1"`)
				_, _ = io.WriteString(w, doc(""))
			default:
				if c.head != nil {
					for k, v := range c.head() {
						w.Header().Set(k, v)
					}
				}
				w.WriteHeader(c.status)
				if c.status == http.StatusOK {
					_, _ = io.WriteString(w, cmp.Or(c.body, doc("<!-- another -->")))
				}
			}
		}
		d, talk, stop := alive(t, dir, config.String(), answers)
		defer stop()
		resting := d.working(t, 4)
		time.Sleep(26 * time.Hour)
		resting()
		for i, c := range cases {
			a, b := asked[i]["/a"], asked[i]["/b"]
			if len(a) < 3 {
				t.Errorf("%s: asked %d times in a day", c.name, len(a))
				continue
			}
			wait := a[2].Sub(a[1])
			if most := cmp.Or(c.most, c.least+c.least/10+time.Minute); wait < c.least || wait > most {
				t.Errorf("%s: asked again after %v, want %v to %v", c.name, wait, c.least, most)
			}
			next := b[len(b)-1].Sub(a[1]) // the first after the wish
			if c.held && next < c.least || !c.held && next > 11*time.Minute {
				t.Errorf("%s: the other feed of the host is asked after %v, held: %v", c.name, next, c.held)
			}
			clamped := ""
			for line := range strings.Lines(talk.String()) {
				if strings.Contains(line, "clamped") && strings.Contains(line, fmt.Sprintf("host%d.example/a", i)) {
					clamped += line
				}
			}
			if c.said == "" && clamped != "" || !strings.Contains(clamped, c.said) {
				t.Errorf("%s: the log says %q, want %q", c.name, clamped, c.said)
			}
			t.Logf("%-45s asked again after %-12v the other feed after %v", c.name, wait.Round(time.Second), next.Round(time.Second))
		}
	})
}
