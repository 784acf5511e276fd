package daemon

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/terminal"
	"github.com/watcherd/watcherd/internal/store"
)

// filed is an item as an archive of feeds has it.
type filed struct {
	Feed  string `json:"feed"`
	T     string `json:"t"`
	Title string `json:"title"`
	Link  string `json:"link"`
	Desc  string `json:"desc"`
	Lang  string `json:"lang"`
}

func (f *filed) at() time.Time { t, _ := time.Parse(time.RFC3339, f.T); return t }

// dayOf builds the bodies of the archive's feeds hour by hour and takes them
// through the service, in their own time; hours bounds the day. It returns
// what the service stored, and what it had to tell.
func dayOf(t *testing.T, r *Rules, items []filed, hours int) (records []store.Record, told []news.Delivery) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := items[0].at().Truncate(time.Hour)
		time.Sleep(time.Until(start))
		w := &world{}
		d, err := Build(t.Context(), r, "watcherd.yaml", Options{Transport: w, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { d.bench.run(ctx); close(done) }()
		for i, id := range r.order { // what is there at first sight is nothing, or of long ago
			var old []filed
			if i == 0 {
				old = []filed{{T: start.AddDate(0, 0, -30).Format(time.RFC3339), Title: "Of the archive", Link: "https://archive.example/1"}}
			}
			w.set(string(id), bodyOf(old))
			d.round(t.Context(), id)
		}
		byFeed := make(map[string][]filed)
		next := 0
		for h := 1; h <= hours; h++ {
			time.Sleep(time.Until(start.Add(time.Duration(h) * time.Hour)))
			fresh := make(map[string]bool)
			for ; next < len(items) && items[next].at().Before(time.Now()); next++ {
				f := items[next].Feed
				byFeed[f] = append(byFeed[f], items[next])
				fresh[f] = true
			}
			for i, f := range slices.Sorted(mapKeys(fresh)) {
				if i > 0 {
					time.Sleep(time.Second)
				}
				w.set(f, bodyOf(byFeed[f][max(0, len(byFeed[f])-60):]))
				d.round(t.Context(), news.FeedID(f))
				if st := d.states.get(news.FeedID(f)); st.Health.Class != "" {
					t.Fatalf("%s: %s", f, st.Health.Message)
				}
			}
			if h%6 == 0 {
				d.expire(t.Context())
			}
		}
		for rec, err := range d.store.Items(t.Context(), time.Time{}, time.Now().Add(time.Hour)) {
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, rec)
		}
		if told, err = d.store.Deliveries(t.Context(), store.Filter{}); err != nil {
			t.Fatal(err)
		}
		stop()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return records, told
}

func mapKeys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func bodyOf(items []filed) string {
	var b strings.Builder
	esc := func(s string) string {
		var e strings.Builder
		_ = xml.EscapeText(&e, []byte(s)) // a builder takes everything
		return e.String()
	}
	b.WriteString(`<rss version="2.0"><channel><title>T</title>`)
	for _, f := range slices.Backward(items) {
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s</link><description>%s</description><pubDate>%s</pubDate></item>",
			esc(f.Title), esc(f.Link), esc(f.Desc), f.at().Format(time.RFC1123Z))
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

// mustEqual replays what was stored and compares it with what the service did,
// item for item: matches with all their hits, story, reason, outcome. It does so
// twice, following the stored places and placing every report anew.
func mustEqual(t *testing.T, r *Rules, records []store.Record) {
	t.Helper()
	var past, bare []Past
	want := make(map[news.ItemID]store.Record, len(records))
	for _, rec := range records {
		p := pastOf(rec, nil)
		past = append(past, p)
		p.placing = ""
		bare = append(bare, p)
		want[rec.Item.ID] = rec
	}
	mustReplayTo(t, r, past, want, true)
	mustReplayTo(t, r, bare, want, false)
}

func mustReplayTo(t *testing.T, r *Rules, past []Past, want map[news.ItemID]store.Record, follows bool) {
	t.Helper()
	outcomes := make(map[news.Outcome]int)
	revised, wrong, off := 0, 0, 0
	f := newFollower(r)
	err := replay(t.Context(), f, All(past), func(it *news.Item, dec desk.Decision) error {
		rec := want[it.ID]
		outcomes[rec.Verdict.Outcome]++
		if len(rec.Revisions) > 0 {
			revised++
		}
		first, verdict := rec.FirstJudged()
		a, b := NewLine(&first, verdict), NewLine(it, dec.Verdict)
		// The service goes on with the new text of a revised item, which a replay
		// that places anew does not know: the figures of what is placed beside it
		// and what it tells as new are a little off, and once in a while the place.
		// What it is told as never is.
		if !follows && revised > 0 {
			a.Story, b.Story = figureless(a.Story), figureless(b.Story)
			if gocmp.Diff(a, b) != "" {
				off++
			}
			if a.Outcome == b.Outcome {
				return nil
			}
		}
		if d := gocmp.Diff(a, b); d != "" {
			if wrong++; wrong <= 3 {
				t.Errorf("%q (%d revisions): -service +replay\n%s", it.Title, len(rec.Revisions), d)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.following.Load(); got != follows {
		t.Errorf("it follows the stored places to the end: %t, want %t", got, follows)
	}
	if off*1000 > len(past) {
		t.Errorf("%d of %d items are placed or judged otherwise because others were revised", off, len(past))
	}
	t.Logf("%d items, %d of them revised since, %d differ, %d because of these; %v", len(past), revised, wrong, off, outcomes)
}

// figureless is a place without what it was measured by and told as new, which
// are taken from the texts of the story's other reports.
func figureless(s LineStory) LineStory {
	return LineStory{ID: s.ID, Reason: s.Reason}
}

// archive are the items of a real archive of feeds, in their order.
func archive(t *testing.T) []filed {
	t.Helper()
	return archived(t, "feeds-archive-window-2023-02-13")
}

// rulesFor is the config that ships, with the feeds of the items.
func rulesFor(t *testing.T, items []filed) *Rules {
	t.Helper()
	c, faults := config.Load(filepath.Join("..", "..", "configs", "watcherd.yaml"))
	if faults.Bad() {
		t.Fatal(faults)
	}
	c.StateDir, c.Listen, c.Feeds, c.Tests = t.TempDir(), "", nil, nil
	seen := make(map[string]bool)
	for _, x := range items {
		if !seen[x.Feed] {
			seen[x.Feed] = true
			c.Feeds = append(c.Feeds, config.Feed{URL: x.Feed, Lang: strings.ToLower(x.Lang[:min(2, len(x.Lang))])})
		}
	}
	r, faults := Compile(c)
	if r == nil {
		t.Fatal(faults)
	}
	return r
}

// A day of real feeds through the service and through replay. In its short
// form four hours; WATCHERD_LONG takes three days.
func TestReplayEqualsTheServiceOnADayOfRealFeeds(t *testing.T) {
	items := archive(t)
	hours := 4
	if os.Getenv("WATCHERD_LONG") != "" {
		hours = 72
	}
	r := rulesFor(t, items)
	records, _ := dayOf(t, r, items, hours)
	if len(records) < 50 {
		t.Fatalf("%d items only", len(records))
	}
	mustEqual(t, r, records)
}

// The same with made-up feeds, where no real ones are.
func TestReplayEqualsTheServiceOnAMadeUpDay(t *testing.T) {
	dir := t.TempDir()
	var items []filed
	feeds := make(map[string]bool)
	for _, p := range madeUpPast(150) {
		items = append(items, filed{Feed: string(p.Item.Feed), T: p.Item.Published.Format(time.RFC3339), Title: p.Item.Title, Link: p.Item.URL,
			Desc: "Officials of NATO spoke of warheads. " + p.Item.Title})
		feeds[string(p.Item.Feed)] = true
	}
	text := "timezone: UTC\nlisten: \"\"\ndefault_channel: \"#desk\"\ntopics:\n  nato: {any: NATO}\n  ships: {any: tanker, channel: \"#ships\"}\n  birds: {any: osprey, mode: shadow}\nfeeds:\n"
	for _, f := range slices.Sorted(mapKeys(feeds)) {
		text += "  - url: " + f + "\n"
	}
	r := testRules(t, dir, text)
	records, _ := dayOf(t, r, items, 18)
	if len(records) != len(items)+1 {
		t.Errorf("%d of %d items are stored, and the one of the archive", len(records), len(items))
	}
	mustEqual(t, r, records)
}
