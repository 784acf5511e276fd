package daemon

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
)

const fates = `
timezone: UTC
listen: ""
default_channel: "#desk"
slack: {ops_channel: "#ops"}
feeds:
  - {url: "https://gone.example/rss", name: Gone, every: 4h}
  - {url: "https://lost.example/rss", name: Lost, every: 4h}
  - {url: "https://wall.example/rss", name: Wall, every: 4h}
  - {url: "https://page.example/rss", name: Page, every: 4h}
  - {url: "https://tired.example/rss", name: Tired, every: 4h}
topics:
  nato: {any: "NATO"}
`

// TestFeedsDieComeBackAndFallSilent lives weeks with feeds that answer 410, are
// not found for three weeks, are walled off in two ways, and fall silent
// against their habit, with a restart in between.
func TestFeedsDieComeBackAndFallSilent(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		day := func() int { return int(time.Since(began).Hours() / 24) }
		asked := map[string]int{}
		var mu sync.Mutex
		story := func(site string) string { return entry(site, 1, "NATO meets for "+site) }
		answers := func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			site := strings.TrimSuffix(r.URL.Host, ".example")
			asked[site]++
			old := rss(entry(site, 0, "Older news"))
			back := day() >= 23
			switch {
			case site == "tired": // a story every two hours for twelve days, then none until the day 23
				var items string
				for i := range 30 {
					at := time.Now().Truncate(2 * time.Hour).Add(-time.Duration(i) * 2 * time.Hour)
					if end := began.Add(12 * 24 * time.Hour); at.After(end) && !back {
						at = end.Add(-time.Duration(i) * 2 * time.Hour)
					}
					items += strings.Replace(entry(site, int(at.Unix()), "Report of "+at.Format("2 Jan 15:04")), "</item>", "<pubDate>"+at.Format(time.RFC1123Z)+"</pubDate></item>", 1)
				}
				_, _ = io.WriteString(w, rss(items))
			case day() < 1:
				_, _ = io.WriteString(w, old)
			case site == "gone":
				w.WriteHeader(http.StatusGone)
			case back:
				_, _ = io.WriteString(w, rss(story(site), entry(site, 0, "Older news")))
			case site == "lost":
				w.WriteHeader(http.StatusNotFound)
			case site == "wall":
				w.Header().Set("Cf-Mitigated", "challenge")
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, "<html>Just a moment...</html>")
			case site == "page":
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script src=\"/cdn-cgi/challenge-platform/x.js\"></script></body></html>")
			}
		}
		live := func(days int, look func(d *Daemon, talk string)) {
			d, talk, stop := alive(t, dir, fates, answers)
			resting := d.working(t, 4)
			time.Sleep(time.Duration(days) * 24 * time.Hour)
			resting()
			look(d, talk.String())
			stop()
		}
		is := func(d *Daemon, site, state, class string) {
			t.Helper()
			h := d.states.get(news.FeedID("https://" + site + ".example/rss")).Health
			if h.State != state || h.Class != class {
				t.Errorf("day %d: %s is %s %s (%s), want %s %s", day(), site, h.State, h.Class, h.Message, state, class)
			}
		}
		said := func(talk, text string, least, most int) {
			t.Helper()
			if got := strings.Count(talk, text); got < least || got > most {
				t.Errorf("day %d: said %d times, want %d to %d: %q", day(), got, least, most, text)
			}
		}
		live(11, func(d *Daemon, talk string) {
			is(d, "gone", feeds.StateGone, "gone")
			is(d, "lost", feeds.StateFailing, "not_found")
			is(d, "wall", feeds.StateWalled, "bot_wall")
			is(d, "page", feeds.StateWalled, "bot_wall")
			is(d, "tired", feeds.StateOK, "")
			said(talk, "is gone for good (410) and is not asked again", 1, 1)
			said(talk, "about=Wall text=\"keeps us out", 5, 10)
		})
		if n := asked["gone"]; n > 8 {
			t.Errorf("what is gone was asked %d times", n)
		}
		clear(asked)
		live(11, func(d *Daemon, talk string) {
			is(d, "tired", feeds.StateQuiet, "")
			said(talk, "about=Tired text=\"has gone quiet: nothing new for", 5, 10)
			is(d, "lost", feeds.StateFailing, "not_found")
		})
		if asked["gone"] != 0 {
			t.Errorf("what is gone was asked %d times after a restart", asked["gone"])
		}
		if n := asked["lost"]; n < 10 || n > 30 {
			t.Errorf("a feed that is not found for long was asked %d times in 11 days", n)
		}
		live(3, func(d *Daemon, talk string) {
			for _, site := range []string{"lost", "wall", "page", "tired"} {
				is(d, site, feeds.StateOK, "")
			}
			said(talk, "is well again after", 4, 4)
			for _, site := range []string{"lost", "wall", "page"} {
				if !strings.Contains(talk, "NATO meets for "+site) {
					t.Errorf("the news of %s is not told", site)
				}
			}
		})
	})
}

// cable is a network that can be cut.
type cable struct {
	answers http.HandlerFunc
	mu      sync.Mutex
	cut     bool
	asked   map[int64]int // requests by second
}

func (c *cable) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	cut := c.cut
	c.asked[time.Now().Unix()]++
	c.mu.Unlock()
	if cut {
		return nil, &net.DNSError{Err: "server misbehaving", Name: r.URL.Host, IsTemporary: true}
	}
	return inProcess(c.answers).RoundTrip(r)
}

// TestAnOutageOfOurOwnIsNotTheFeeds cuts the network of a watch of 20 hosts for an
// hour.
func TestAnOutageOfOurOwnIsNotTheFeeds(t *testing.T) {
	const n = 20
	var config strings.Builder
	config.WriteString("timezone: UTC\nlisten: \"\"\ndefault_channel: \"#desk\"\nslack: {ops_channel: \"#ops\"}\ntopics: {nato: {any: NATO}}\nfeeds:\n")
	for i := range n {
		fmt.Fprintf(&config, "  - {url: \"https://host%d.example/rss\", every: 15m}\n", i)
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := &cable{asked: make(map[int64]int), answers: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"1"`)
			_, _ = io.WriteString(w, rss(entry("one", 1, "NATO")))
		}}
		d, talk, stop := alive(t, dir, config.String(), c.answers)
		defer stop()
		d.client.Close()
		d.client = feeds.NewClient(feeds.Options{Transport: c})
		resting := d.working(t, 8)
		time.Sleep(time.Hour)
		c.mu.Lock()
		c.cut = true
		c.mu.Unlock()
		time.Sleep(time.Hour)
		counted, failing := 0, 0
		for _, id := range d.rules.Load().order {
			h := d.states.get(id).Health
			counted += h.Fails
			if h.State != feeds.StateOK {
				failing++
			}
		}
		if counted > 10 || failing > 10 {
			t.Errorf("%d failures were counted against %d feeds, want those before it was noticed", counted, failing)
		}
		c.mu.Lock()
		c.cut = false
		clear(c.asked)
		c.mu.Unlock()
		back := time.Now()
		time.Sleep(30 * time.Minute)
		resting()
		text := talk.String()
		if down, up := strings.Count(text, "The network of this machine\" text=\"is down"), strings.Count(text, "The network of this machine\" text=\"is back"); down != 1 || up != 1 {
			t.Errorf("said %d times that it is down, %d times that it is back", down, up)
		}
		if strings.Contains(text, "about=https://host") {
			t.Errorf("feeds were blamed:\n%s", text)
		}
		most, all := 0, 0
		for _, k := range c.asked {
			most, all = max(most, k), all+k
		}
		if all < n || most > 8 { // five a second, and a little at once
			t.Errorf("%d requests after the return at %v, %d in one second", all, back, most)
		}
		for _, id := range d.rules.Load().order {
			if st := d.states.get(id); st.Health.State != feeds.StateOK || st.LastGood.Before(back) {
				t.Errorf("%s is %s, last good answer %v", id, st.Health.State, st.LastGood)
			}
		}
	})
}
