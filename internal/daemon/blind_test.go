package daemon

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

const blindConfig = `
timezone: UTC
listen: ""
default_channel: "#desk"
slack: {ops_channel: "#ops"}
fetch: {per_host: {concurrent: 2, spacing: 0s}}
feeds:
  - {url: "https://down.example/rss", name: Down, every: 30m}
  - {url: "https://late.example/rss", name: Flaky, every: 30m}
  - {url: "https://wall.example/rss", name: Walled, every: 30m}
  - {url: "https://gone.example/rss", name: Gone, every: 30m}
  - {url: "https://calm.example/rss", name: Calm, every: 30m}
topics:
  nato: {any: "NATO"}
`

// blind is a house whose feeds fail as the test wants.
type blind struct {
	*Daemon
	t      *testing.T
	status map[string]int // by host; 0 is a feed that says what it said before
	bodies map[string]string
}

func (b *blind) answer(w http.ResponseWriter, r *http.Request) {
	switch code := b.status[r.URL.Host]; {
	case code == http.StatusForbidden:
		w.Header().Set("Cf-Mitigated", "challenge")
		w.WriteHeader(code)
	case code != 0:
		w.WriteHeader(code)
	default:
		fmt.Fprint(w, b.bodies[r.URL.Host])
	}
}

// ask lets feeds be asked once and tells what the operations channel
// hears: the headline, then a line per notice.
func (b *blind) ask(hosts ...string) []string {
	b.t.Helper()
	for _, host := range hosts {
		b.round(b.t.Context(), news.FeedID("https://"+host+".example/rss"))
	}
	a, lines := opsTake(b.t, b.Daemon)
	if lines == nil {
		return nil
	}
	return append([]string{a.Headline}, lines...)
}

// opsTake is the message that the operations channel is due, and its lines.
func opsTake(t *testing.T, d *Daemon) (news.Alert, []string) {
	t.Helper()
	a, n, ok := d.ops.Take(time.Now().Add(time.Hour))
	if !ok {
		return a, nil
	}
	d.ops.Done(n, time.Now())
	if a.Channel != "#ops" || a.Kind != news.KindOps {
		t.Errorf("a notice goes to %s as %s", a.Channel, a.Kind)
	}
	var said []string
	for _, l := range a.Lines {
		said = append(said, l.Label+": "+l.Text)
	}
	return a, said
}

// opsHears are the lines that the operations channel is due.
func opsHears(t *testing.T, d *Daemon) []string {
	t.Helper()
	_, said := opsTake(t, d)
	return said
}

func (b *blind) hears(when string, got []string, want ...string) {
	b.t.Helper()
	if len(got) != len(want) {
		b.t.Errorf("%s: told %q, want %q", when, got, want)
		return
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			b.t.Errorf("%s: line %d is %q, want %q", when, i, got[i], want[i])
		}
	}
}

// What keeps the watch from seeing is told in the operations channel and
// nowhere else: after the third time in a row, together, once, and its end too.
func TestBlindnessIsToldToOpsAloneGroupedOnceAndWithItsEnd(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := &blind{t: t, status: map[string]int{}, bodies: map[string]string{}}
		for _, h := range []string{"down", "late", "wall", "gone", "calm"} {
			var items strings.Builder
			for i := range 12 {
				at := time.Now().Add(-time.Duration(i) * 6 * time.Hour)
				items.WriteString(strings.Replace(entry(h, i, "Report"), "</item>", "<pubDate>"+at.Format(time.RFC1123Z)+"</pubDate></item>", 1))
			}
			b.bodies[h+".example"] = rss(items.String())
		}
		d, _, stop := alive(t, dir, blindConfig, b.answer)
		defer stop()
		b.Daemon = d
		all := []string{"down", "late", "wall", "gone", "calm"}
		b.hears("all is well", b.ask(all...))

		// One failure is weather, and so are two; the third is told, of all
		// together. A feed that is gone says so at once.
		b.status = map[string]int{"down.example": 503, "late.example": 503, "wall.example": 403, "gone.example": 410}
		time.Sleep(30 * time.Minute)
		b.hears("the first time", b.ask(all...), "Gone needs a look", "Gone: is gone for good (410)")
		time.Sleep(30 * time.Minute)
		b.hears("the second time", b.ask("down", "late", "wall", "calm"))
		b.status["late.example"] = 0
		time.Sleep(30 * time.Minute)
		b.hears("the third time", b.ask("down", "late", "wall", "calm"),
			"2 things need a look", "Down: fails (unavailable)", "Walled: keeps us out: ")
		for range 5 {
			time.Sleep(30 * time.Minute)
			b.hears("told already", b.ask("down", "late", "wall", "calm"))
		}
		b.status = map[string]int{"gone.example": 410}
		time.Sleep(30 * time.Minute)
		b.hears("over", b.ask("down", "late", "wall", "calm"),
			"2 things are well again", "Down: is well again after 4 h", "Walled: is well again after 4 h")

		// Four days in which a feed of four reports a day says nothing.
		time.Sleep(4 * 24 * time.Hour)
		b.hears("silence", b.ask("calm"), "Calm needs a look", "Calm: has gone quiet: nothing new for 4 d")
		b.bodies["calm.example"] = strings.Replace(b.bodies["calm.example"], "<item>",
			strings.Replace(entry("calm", 99, "Report"), "</item>", "<pubDate>"+time.Now().Format(time.RFC1123Z)+"</pubDate></item>", 1)+"<item>", 1)
		time.Sleep(30 * time.Minute)
		b.hears("it speaks", b.ask("calm"), "Calm is well again", "Calm: is well again after ")

		ds, err := d.store.Deliveries(t.Context(), store.Filter{})
		if err != nil || len(ds) > 0 {
			t.Errorf("a news channel hears of it: %+v, %v", ds, err)
		}
	})
}
