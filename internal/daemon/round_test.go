package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/terminal"
	"github.com/watcherd/watcherd/internal/store"
)

// world is all feeds, in process: the body of each address.
type world struct {
	mu     sync.Mutex
	bodies map[string]string
	asked  int
}

func (w *world) set(url, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bodies == nil {
		w.bodies = make(map[string]string)
	}
	w.bodies[url] = body
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	body, ok := w.bodies[r.URL.String()]
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	if !ok {
		resp.StatusCode = 404
	}
	return resp, nil
}

const testConfig = `
timezone: UTC
listen: ""
default_channel: "#desk"
slack: {ops_channel: "#ops"}
feeds:
  - {url: "https://wire.example/rss", name: Wire}
  - {url: "https://post.example/rss", name: Post}
topics:
  nato: {any: "NATO"}
`

// testRules compiles a config with a state folder of the test's own.
func testRules(t testing.TB, dir, text string) *Rules {
	t.Helper()
	c, faults := config.LoadBytes("watcherd.yaml", []byte("state_dir: "+dir+"\n"+text))
	if faults.Bad() {
		t.Fatal(faults)
	}
	r, faults := Compile(c)
	if r == nil {
		t.Fatal(faults)
	}
	return r
}

// watch builds a daemon over the given world and runs its bench.
func watch(t testing.TB, w *world, dir string) *Daemon {
	t.Helper()
	d, err := Build(t.Context(), testRules(t, dir, testConfig), "watcherd.yaml",
		Options{Transport: w, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { d.bench.run(ctx); close(done) }()
	t.Cleanup(func() {
		stop()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func rss(items ...string) string {
	return `<rss version="2.0"><channel><title>T</title>` + strings.Join(items, "") + `</channel></rss>`
}

func entry(site string, n int, title string) string {
	return fmt.Sprintf(`<item><guid isPermaLink="false">%s-%d</guid><link>https://%s.example/%d</link><title>%s</title></item>`, site, n, site, n, title)
}

func outbox(t testing.TB, d *Daemon) []string {
	t.Helper()
	ds, err := d.store.Deliveries(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range ds {
		out = append(out, fmt.Sprintf("%s %s", x.Alert.Kind, x.Alert.Headline))
	}
	slices.Sort(out)
	return out
}

const wire, post = "https://wire.example/rss", "https://post.example/rss"

func TestWhatIsThereAtFirstSightIsSilentAndWhatComesNextIsTold(t *testing.T) {
	w := &world{}
	w.set(wire, rss(entry("wire", 1, "Old NATO news")))
	d := watch(t, w, t.TempDir())
	d.round(t.Context(), wire)
	if got := outbox(t, d); len(got) > 0 {
		t.Fatalf("told at first sight: %v", got)
	}
	w.set(wire, rss(entry("wire", 2, "NATO ministers meet in Riga"), entry("wire", 1, "Old NATO news")))
	d.round(t.Context(), wire)
	d.round(t.Context(), wire)
	if got := outbox(t, d); !slices.Equal(got, []string{"alert NATO ministers meet in Riga"}) {
		t.Errorf("outbox %v", got)
	}
}

func TestAnEmptyFirstBodyIsABaselineToo(t *testing.T) {
	w := &world{}
	w.set(wire, rss())
	d := watch(t, w, t.TempDir())
	d.round(t.Context(), wire)
	w.set(wire, rss(entry("wire", 1, "NATO ministers meet in Riga")))
	d.round(t.Context(), wire)
	if got := outbox(t, d); len(got) != 1 {
		t.Errorf("outbox %v", got)
	}
}

func TestTheSameLinkInTwoFeedsIsOneItem(t *testing.T) {
	w := &world{}
	w.set(wire, rss())
	w.set(post, rss())
	d := watch(t, w, t.TempDir())
	d.round(t.Context(), wire)
	d.round(t.Context(), post)
	w.set(wire, rss(entry("wire", 1, "NATO ministers meet in Riga")))
	d.round(t.Context(), wire)
	w.set(post, rss(strings.Replace(entry("wire", 1, "Riga: what NATO decided"), "wire-1", "post-77", 1)))
	d.round(t.Context(), post)
	d.round(t.Context(), wire)
	d.round(t.Context(), post)
	if got := outbox(t, d); !slices.Equal(got, []string{"alert NATO ministers meet in Riga"}) {
		t.Errorf("outbox %v", got)
	}
}

func TestARestartTellsNothingAgainAndGoesOn(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	w.set(wire, rss())
	w.set(post, rss())
	told := rss(entry("wire", 1, "NATO ministers agree on air defence plan for Baltic states in Riga"))
	t.Run("before", func(t *testing.T) {
		d := watch(t, w, dir)
		d.round(t.Context(), wire)
		d.round(t.Context(), post)
		w.set(wire, told)
		d.round(t.Context(), wire)
	})
	d := watch(t, w, dir)
	d.round(t.Context(), wire)
	w.set(post, rss(entry("post", 1, "Air defence plan for Baltic states agreed by NATO ministers in Riga")))
	d.round(t.Context(), post)
	want := []string{"alert NATO ministers agree on air defence plan for Baltic states in Riga",
		"update NATO ministers agree on air defence plan for Baltic states in Riga"}
	if got := outbox(t, d); !slices.Equal(got, want) {
		t.Errorf("outbox %v\nwant %v", got, want)
	}
}

func TestAFailingFeedIsNotedAndAskedAgain(t *testing.T) {
	w := &world{}
	d := watch(t, w, t.TempDir())
	for range 3 {
		d.round(t.Context(), wire)
	}
	st := d.states.get(wire)
	if st.Health.State != "failing" || st.Health.Class != "not_found" || st.Health.Fails != 3 || !st.Due.After(time.Now()) {
		t.Errorf("%+v, due %v", st.Health, st.Due)
	}
	stored, ok, err := d.store.FeedState(t.Context(), wire)
	if err != nil || !ok || stored.Health.Fails != 3 {
		t.Errorf("stored %+v, %v", stored.Health, err)
	}
}

// TestReplayEqualsTheService guards the one judgement: what the service did
// and what replay makes of the stored past are the same, item for item.
func TestAFullDiskIsUnhealthyUntilNewsCanBeStored(t *testing.T) {
	w := &world{}
	w.set("https://wire.example/rss", rss(entry("wire", 1, "NATO meets")))
	d := watch(t, w, t.TempDir())
	d.now()
	healthy := func() bool {
		t.Helper()
		st, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return st.Healthy
	}
	d.storeTrouble("https://wire.example/rss", &store.FullError{Path: "watcherd.db"})
	if healthy() {
		t.Error("healthy although nothing can be stored")
	}
	d.round(t.Context(), "https://post.example/rss") // a failure is small and finds room
	if healthy() {
		t.Error("healthy after a round that stored nothing new")
	}
	d.round(t.Context(), "https://wire.example/rss")
	if !healthy() {
		t.Error("unhealthy after news was stored")
	}
}

func TestReplayEqualsTheService(t *testing.T) {
	w, dir := &world{}, t.TempDir()
	w.set(wire, rss(entry("wire", 1, "Old NATO news")))
	w.set(post, rss())
	d := watch(t, w, dir)
	d.round(t.Context(), wire)
	d.round(t.Context(), post)
	w.set(wire, rss(entry("wire", 2, "NATO ministers agree on air defence plan for Baltic states in Riga"), entry("wire", 3, "Bakery opens"), entry("wire", 1, "Old NATO news")))
	d.round(t.Context(), wire)
	w.set(post, rss(entry("post", 1, "Air defence plan for Baltic states agreed by NATO ministers in Riga"), entry("post", 2, "NATO jets intercept bomber over Norway")))
	d.round(t.Context(), post)
	var past []Past
	want := map[news.ItemID]string{}
	for rec, err := range d.store.Items(t.Context(), time.Time{}, time.Now().Add(time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		past = append(past, Past{Item: rec.Item, At: rec.Verdict.At, Baseline: rec.Verdict.Outcome == news.OutcomeBaseline})
		want[rec.Item.ID] = fmt.Sprint(rec.Verdict.Outcome, rec.Verdict.Placement.Story, rec.Verdict.Placement.Reason)
	}
	err := Replay(t.Context(), d.rules.Load(), All(past), func(it *news.Item, dec desk.Decision) error {
		if got := fmt.Sprint(dec.Verdict.Outcome, dec.Verdict.Placement.Story, dec.Verdict.Placement.Reason); got != want[it.ID] {
			t.Errorf("%q: replay %s, service %s", it.Title, got, want[it.ID])
		}
		return nil
	})
	if err != nil || len(past) != 5 {
		t.Errorf("%d items, %v", len(past), err)
	}
}

// BenchmarkRound is one round of one feed of 20 items, one of them new, with
// parsing, matching, placing and a durable commit.
func BenchmarkRound(b *testing.B) {
	w := &world{}
	var items []string
	for i := range 20 {
		items = append(items, entry("wire", i, fmt.Sprintf("Council of town %d votes on budget", i)))
	}
	w.set(wire, rss(items...))
	d := watch(b, w, b.TempDir())
	d.round(b.Context(), wire)
	b.ReportAllocs()
	n := 20
	for b.Loop() {
		items = append([]string{entry("wire", n, fmt.Sprintf("Harbour %d reports record catch", n))}, items[:19]...)
		n++
		w.set(wire, rss(items...))
		d.round(b.Context(), wire)
	}
}

func TestTheDataFileStandsInTheStateFolder(t *testing.T) {
	dir := t.TempDir()
	r := testRules(t, dir, testConfig)
	if got := DataFile(r.Config); got != filepath.Join(dir, "watcherd.db") {
		t.Error(got)
	}
}
