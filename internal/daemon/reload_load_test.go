package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// publishers are feeds that bring something new at every poll, and note when
// they are polled.
type publishers struct {
	mu     sync.Mutex
	bodies map[string][]string
	last   map[string]time.Time
	gap    time.Duration // the longest between two polls of one feed
	total  int
	frozen bool
}

func newPublishers() *publishers {
	return &publishers{bodies: make(map[string][]string), last: make(map[string]time.Time)}
}

func (p *publishers) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	url, now := r.URL.String(), time.Now()
	if at, ok := p.last[url]; ok {
		p.gap = max(p.gap, now.Sub(at))
		if !p.frozen { // not at first sight, which is silent
			p.total++
			p.bodies[url] = append(p.bodies[url], fmt.Sprintf(
				`<item><guid isPermaLink="false">%s-%d</guid><link>%s/%d</link><title>NATO %s %s %s</title></item>`, url, p.total, url, p.total, madeUp(10*p.total), madeUp(10*p.total+1), madeUp(10*p.total+2)))
		}
	}
	p.last[url] = now
	items := slices.Clone(p.bodies[url])
	slices.Reverse(items)
	body := rss(items[:min(len(items), 30)]...)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
}

// madeUp is a word that hardly any other number has.
func madeUp(n int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var b strings.Builder
	for i, x := 0, uint32(n)*2654435761; i < 4; i++ {
		b.WriteByte(consonants[x%14])
		b.WriteByte(vowels[x/14%5])
		x /= 70
	}
	return b.String()
}

func (p *publishers) with(work func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	work()
}

// Reloads under load, half of them broken: no poll waits for one, and every
// story is told once. WATCHERD_RELOADS sets how many.
func TestReloadsUnderLoadDelayNoPollAndLoseNoAlert(t *testing.T) {
	// A machine that tests other packages too gets more patience than the one
	// second beside the feed's own that is the aim.
	reloads, patience := 20, 10*time.Second
	if s := os.Getenv("WATCHERD_RELOADS"); s != "" {
		var err error
		if reloads, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
		patience = 2 * time.Second
	}
	const feeds = 12
	text := "timezone: UTC\nlisten: \"\"\ndefault_channel: \"#desk\"\nfetch: {workers: 8, min_interval: 1s, per_host: {concurrent: 4, spacing: 0s}}\nfeeds:\n"
	for i := range feeds {
		text += fmt.Sprintf("  - {url: \"https://f%d.example/rss\", name: F%d, every: 1s}\n", i, i)
	}
	text += "topics:\n  nato: {any: NATO}\ntests:\n  - {title: \"NATO meets\", fires: [nato]}\n"
	w := newPublishers()
	d := openDesktop(t, w, text)
	d.pause()

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx, nil) }()
	time.Sleep(1500 * time.Millisecond) // first polls are behind us
	w.with(func() { w.gap = 0 })
	var longest time.Duration
	applied, refused := 0, 0
	for i := range reloads {
		changed := strings.Replace(text, "any: NATO", fmt.Sprintf("any: [NATO, bird%d]", i), 1)
		if i%2 == 1 {
			changed = broken(changed, i)
		}
		d.write(changed)
		began := time.Now()
		v := d.Reload(ctx, false)
		longest = max(longest, time.Since(began))
		switch {
		case v.Applied != (i%2 == 0):
			t.Fatalf("reload %d: %+v", i, v)
		case v.Applied:
			applied++
		default:
			refused++
		}
		time.Sleep(50 * time.Millisecond)
	}
	var gap time.Duration
	w.with(func() { gap, w.frozen = w.gap, true })
	time.Sleep(1500 * time.Millisecond) // what was published last is polled again
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	alerts := make(map[news.ItemID]int)
	ds, err := d.store.Deliveries(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range ds {
		if x.Alert.Kind == news.KindAlert {
			alerts[x.Alert.Item]++
		}
	}
	items, told := 0, 0
	for rec, err := range d.store.Items(t.Context(), time.Time{}, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		items++
		want := 0
		switch rec.Verdict.Outcome {
		case news.OutcomeAlert:
			want = 1
		case news.OutcomeUpdate: // of a story that an alert tells
		default:
			t.Errorf("%q: %s", rec.Item.Title, rec.Verdict.Outcome)
		}
		if told += want; alerts[rec.Item.ID] != want {
			t.Errorf("%q: %d alerts, want %d", rec.Item.Title, alerts[rec.Item.ID], want)
		}
	}
	t.Logf("%d reloads applied, %d refused, the longest took %v; longest time between two polls of a feed %v; %d items published, %d stored, %d told",
		applied, refused, longest.Round(time.Millisecond), gap.Round(time.Millisecond), w.total, items, told)
	if gap > patience {
		t.Errorf("a feed that is polled every second waited %v", gap)
	}
	if items != w.total || told < items/2 {
		t.Errorf("%d items published, %d stored, %d told", w.total, items, told)
	}
}

// broken spoils a config in one of several ways.
func broken(text string, i int) string {
	switch i / 2 % 4 {
	case 0:
		return strings.Replace(text, "any:", "amy:", 1)
	case 1:
		return text[:len(text)*2/3]
	case 2:
		return strings.Replace(text, "fires: [nato]", "fires: []", 1)
	}
	return text + "topics: {nato: {any: NATO}}\n"
}
