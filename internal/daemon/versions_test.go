package daemon

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/terminal"
	"github.com/watcherd/watcherd/internal/store"
)

// version is one of a feed's successive bodies.
type version struct {
	TS   int64
	Body string
}

// broad finds something in most news, so that what is told can be counted.
const broad = `
timezone: UTC
listen: ""
default_channel: "#desk"
slack: {ops_channel: "#ops"}
feeds:
  - {url: "https://wire.example/rss", name: Wire}
topics:
  world: {any: "Russia\nUkraine\nTrump\npolice\nCovid\nIsrael\nישראל\nאיראן\ngovernment\nworld", ru: "Россия\nУкраина", uk: "Україна\nДонецьк", threshold: 1}
`

// figures are what became of a feed's versions.
type figures struct {
	links, items, revised, headlines, told, toldTwice, resets, lost int
}

// live serves the versions one after another at their own times to the real
// pipeline, which is stopped and started in between: after every version, or
// after every so many.
func live(t *testing.T, versions []version, restarts int) figures {
	var f figures
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		links := map[string]bool{}
		for at := 0; at < len(versions); {
			time.Sleep(time.Until(time.Unix(versions[at].TS, 0)))
			d, stop := awake(t, w, dir)
			for range min(restarts, len(versions)-at) {
				time.Sleep(time.Until(time.Unix(versions[at].TS, 0)))
				w.set(wire, versions[at].Body)
				d.round(t.Context(), wire)
				if st := d.states.get(wire); st.Health.State != "ok" && st.Health.State != "quiet" {
					t.Fatalf("version %d: %s: %s", at, st.Health.Class, st.Health.Message)
				}
				at++
			}
			if at == len(versions) {
				f.count(t, d, links)
			}
			stop()
		}
	})
	return f
}

// awake builds the daemon and runs its bench until stop is called.
func awake(t *testing.T, w *world, dir string) (d *Daemon, stop func()) {
	d, err := Build(t.Context(), testRules(t, dir, broad), "watcherd.yaml",
		Options{Transport: w, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { d.bench.run(ctx); close(done) }()
	return d, func() {
		end()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (f *figures) count(t *testing.T, d *Daemon, links map[string]bool) {
	told := map[news.ItemID]int{}
	ds, err := d.store.Deliveries(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range ds {
		if x.Alert.Kind == news.KindAlert {
			told[x.Alert.Item]++
		}
	}
	for _, n := range told {
		f.told++
		if n > 1 {
			f.toldTwice++
		}
	}
	for rec, err := range d.store.Items(t.Context(), time.Time{}, time.Now().Add(time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		f.items++
		name := rec.Item.URL
		if name == "" || name == oneForAll {
			name = rec.Item.Title
		}
		if links[name] {
			t.Errorf("%s is two items: %q", name, rec.Item.Title)
		}
		links[name] = true
		f.revised += len(rec.Revisions)
		for i, r := range rec.Revisions {
			next := rec.Item.Title
			if i+1 < len(rec.Revisions) {
				next = rec.Revisions[i+1].Title
			}
			if r.Title != next {
				f.headlines++
			}
		}
	}
	f.links = len(links)
	st := d.states.get(wire)
	habits, err := d.store.Habits(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	f.lost, f.resets = st.Health.Lost, habits.Identity.Resets
}

// TestRealFeedsLiveOnceThroughThePipeline replays real feeds version by version
// through fetch, parse, identity, desk and store, with the service stopped and
// started in between: every link is one item, a changed headline is a revision
// of it, what leaves a feed and comes back says nothing, and nothing is told
// twice. By default three small feeds; WATCHERD_REPLAY=all takes every pack.
func TestRealFeedsLiveOnceThroughThePipeline(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	dir := filepath.Join("..", "..", "..", "shared", "testdata", "replay")
	expect, err := os.Open(filepath.Join(dir, "EXPECT.jsonl"))
	if err != nil {
		t.Skip("no shared test data")
	}
	defer expect.Close()
	all, restarts := os.Getenv("WATCHERD_REPLAY") == "all", 8
	t.Logf("%-26s %8s %6s %6s %9s %10s %6s %6s", "feed", "versions", "links", "items", "headlines", "(expected)", "told", "twice")
	dec := json.NewDecoder(expect)
	for {
		var e struct {
			Pack      string
			Links     int `json:"distinct_links"`
			Headlines int `json:"headline_changes_on_same_link"`
		}
		if err := dec.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(e.Pack, ".jsonl.gz")
		if !all && name != "csis-2025" && name != "ynet-breaking-2026" && name != "nyt-world-2026" {
			continue
		}
		if all {
			restarts = 1
		}
		versions := packed(t, filepath.Join(dir, e.Pack))
		f := live(t, versions, restarts)
		t.Logf("%-26s %8d %6d %6d %9d %10d %6d %6d", name, len(versions), e.Links, f.items, f.headlines, e.Headlines, f.told, f.toldTwice)
		if f.items > e.Links || float64(f.items) < 0.985*float64(e.Links) {
			t.Errorf("%s: %d items of %d links", name, f.items, e.Links)
		}
		if f.headlines < e.Headlines*9/10 {
			t.Errorf("%s: %d headline changes, %d expected", name, f.headlines, e.Headlines)
		}
		if f.told == 0 || f.toldTwice > 0 {
			t.Errorf("%s: %d items told, %d of them more than once", name, f.told, f.toldTwice)
		}
	}
}

func packed(t *testing.T, file string) []version {
	r, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	var out []version
	for lines.Scan() {
		var v version
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// made are successive bodies a day apart.
func made(bodies ...string) (out []version) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Unix()
	for i, b := range bodies {
		out = append(out, version{TS: at + int64(i)*6*3600, Body: rss(b)})
	}
	return out
}

// oneForAll is a link that names no item.
const oneForAll = "https://news.example/"

func TestAFeedWithOneLinkForAllAndDatesOf1970YieldsItsItems(t *testing.T) {
	item := func(title string) string {
		return "<item><title>" + title + "</title><link>" + oneForAll + "</link><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate></item>"
	}
	f := live(t, made(
		item("Old news of Russia")+item("A river rises"),
		item("Russia closes a bridge")+item("Old news of Russia")+item("A river rises"),
		item("Ukraine opens a school in Lviv")+item("Russia closes a bridge")+item("Old news of Russia"),
		item("A river rises")+item("Ukraine opens a school in Lviv")+item("Russia closes a bridge"),
	), 1)
	if f.items != 4 || f.told != 2 || f.toldTwice != 0 {
		t.Errorf("%+v; want 4 items, of which 2 are told once", f)
	}
}

func TestNewNamesForOldItemsAreToldToOpsOnce(t *testing.T) {
	body := func(prefix string, from, to int) string {
		var b strings.Builder
		for i := to; i >= from; i-- {
			fmt.Fprintf(&b, `<item><title>Report %d of the Ukraine desk, part %d</title><guid isPermaLink="false">%s-%d</guid></item>`, i, i*7, prefix, i)
		}
		return b.String()
	}
	versions := made(body("a", 1, 10), body("b", 2, 11), body("b", 2, 11), body("b", 3, 12))
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		resets := 0
		for _, v := range versions {
			time.Sleep(time.Until(time.Unix(v.TS, 0)))
			w.set(wire, v.Body)
			d, stop := awake(t, w, dir)
			d.round(t.Context(), wire)
			time.Sleep(time.Minute)
			for range 3 {
				a, n, ok := d.ops.Take(time.Now())
				if !ok {
					break
				}
				d.ops.Done(n, time.Now())
				for _, l := range a.Lines {
					if strings.Contains(l.Text, "new identifiers to 9 items") {
						resets++
					}
				}
			}
			stop()
		}
		d, stop := awake(t, w, dir)
		defer stop()
		var f figures
		f.count(t, d, map[string]bool{})
		if resets != 1 {
			t.Errorf("told %d times", resets)
		}
	})
}
