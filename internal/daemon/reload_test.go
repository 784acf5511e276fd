package daemon

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/notify/terminal"
)

// desktop is a config in files, and the watch that runs it.
type desktop struct {
	*Daemon
	t     testing.TB
	file  string
	state string
	stop  func()
	pause func() // ends the bench, for a test that lets Run bring its own
	cache string // where the state folder is noted
}

// openDesktop writes a config, boots it as run does, and runs its bench.
func openDesktop(t testing.TB, w http.RoundTripper, text string) *desktop {
	t.Helper()
	d := &desktop{t: t, file: filepath.Join(t.TempDir(), "watcherd.yaml"), state: t.TempDir(), cache: t.TempDir()}
	t.Setenv("XDG_CACHE_HOME", d.cache)
	d.write(text)
	r, degraded, err := Boot(d.file)
	if err != nil || degraded != "" {
		t.Fatal(err, degraded)
	}
	d.start(w, r, "")
	return d
}

func (d *desktop) write(text string) {
	d.t.Helper()
	if err := os.WriteFile(d.file, []byte("state_dir: "+d.state+"\n"+text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desktop) start(w http.RoundTripper, r *Rules, degraded string) {
	d.t.Helper()
	var err error
	d.Daemon, err = Build(d.t.Context(), r, d.file,
		Options{Transport: w, Notifier: terminal.New(io.Discard, terminal.Options{}), Degraded: degraded})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	b := d.bench
	go func() { b.run(ctx); close(done) }()
	dd := d.Daemon
	d.pause = func() {
		stop()
		<-done
	}
	d.stop = sync.OnceFunc(func() {
		d.pause()
		if err := dd.Close(); err != nil {
			d.t.Error(err)
		}
	})
	d.t.Cleanup(d.stop)
}

// opsText is what the operations channel would be told now.
func (d *desktop) opsText() string {
	a, n, ok := d.ops.Take(time.Now().Add(time.Hour))
	if !ok {
		return ""
	}
	d.ops.Done(n, time.Now())
	var b strings.Builder
	b.WriteString(a.Headline)
	for _, l := range a.Lines {
		b.WriteString("\n" + l.Label + ": " + l.Text)
	}
	return b.String()
}

func TestAReloadSaysWhatItGainsAndLoses(t *testing.T) {
	w := &world{}
	w.set(wire, rss())
	w.set(post, rss())
	d := openDesktop(t, w, testConfig)
	d.round(t.Context(), wire)
	d.round(t.Context(), post)
	w.set(wire, rss(entry("wire", 1, "NATO ministers meet in Riga"), entry("wire", 2, "Kremlin warns of tanker seizures"), entry("wire", 3, "Bakery opens")))
	d.round(t.Context(), wire)

	d.write(strings.Replace(testConfig, `nato: {any: "NATO"}`, `nato: {any: ["tanker"]}`, 1))
	if v := d.Reload(t.Context(), false); !v.Applied || !strings.Contains(v.Text, "rules changed") {
		t.Fatalf("%+v", v)
	}
	text, err := d.changeText(t.Context(), <-d.reports.pending)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"on the last 3 stored items", "nato 1.0 alerts a day, was 1.0",
		`gained 1 story: "Kremlin warns of tanker seizures" by "tanker" (`, `lost 1 story: "NATO ministers meet in Riga" by "NATO" (`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}

	// A change that judges alike is told without any replay.
	d.write(strings.Replace(testConfig, `nato: {any: "NATO"}`, `nato: {any: ["tanker"]} # a note`, 1))
	if v := d.Reload(t.Context(), false); !v.Applied {
		t.Fatal(v.Text)
	}
	if text, err := d.changeText(t.Context(), <-d.reports.pending); err != nil || strings.Contains(text, "stored item") {
		t.Errorf("%s %v", text, err)
	}
	// The same files again are no change.
	if v := d.Reload(t.Context(), false); !strings.Contains(v.Text, "nothing changed") || len(d.reports.pending) > 0 {
		t.Errorf("%+v, %d reports", v, len(d.reports.pending))
	}
}

func TestOfManyReloadsTheFirstAndTheLastAreCompared(t *testing.T) {
	rs := newReports()
	a, b, c := &Rules{}, &Rules{}, &Rules{}
	rs.add(change{a, b, "one"})
	rs.add(change{b, c, "two"})
	if got := <-rs.pending; got.before != a || got.now != c || got.text != "two" {
		t.Errorf("%+v", got)
	}
}

func TestARefusedReloadIsToldOnceAndItsEndToo(t *testing.T) {
	d := openDesktop(t, &world{}, testConfig)
	for range 3 {
		d.write(strings.Replace(testConfig, "any:", "amy:", 1))
		if v := d.Reload(t.Context(), false); v.Applied || !strings.Contains(v.Text, `did you mean "any"`) {
			t.Fatalf("%+v", v)
		}
	}
	if got := d.opsText(); strings.Count(got, "refused") != 1 || !strings.Contains(got, `"amy" is not a key here`) {
		t.Errorf("told %s", got)
	}
	d.write(testConfig + "  birds: {any: osprey}\n")
	if v := d.Reload(t.Context(), false); !v.Applied {
		t.Fatal(v.Text)
	}
	if got := d.opsText(); !strings.Contains(got, "is good again and live") {
		t.Errorf("told %q", got)
	}
}

func TestAFailingRuleTestRefusesAReload(t *testing.T) {
	d := openDesktop(t, &world{}, testConfig)
	before := d.rules.Load()
	d.write(testConfig + "tests:\n  - {title: \"Bakery opens\", fires: [nato]}\n")
	v := d.Reload(t.Context(), false)
	if v.Applied || !strings.Contains(v.Text, `the test "Bakery opens" fails`) || d.rules.Load() != before {
		t.Errorf("%+v", v)
	}
}

// A config that is broken, or not there, at a start gives way to the one that
// ran last, and the operations channel hears of it once.
func TestAStartWithBrokenFilesRunsOnTheLastGoodOnes(t *testing.T) {
	for name, spoil := range map[string]func(*desktop) error{
		"a broken file":  func(d *desktop) error { d.write("topics: {nato: [\n"); return nil },
		"an empty file":  func(d *desktop) error { return os.WriteFile(d.file, nil, 0o600) },
		"half a file":    func(d *desktop) error { return os.WriteFile(d.file, []byte("timezone: UTC\ntopics:\n  na"), 0o600) },
		"no file at all": func(d *desktop) error { return os.Remove(d.file) },
		"a failing test": func(d *desktop) error {
			d.write(testConfig + "tests:\n  - {title: x, fires: [nato]}\n")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesktop(t, &world{}, testConfig)
			d.stop()
			t.Setenv("XDG_CACHE_HOME", d.cache)
			if err := spoil(d); err != nil {
				t.Fatal(err)
			}
			r, why, err := Boot(d.file)
			if err != nil || why == "" || len(r.Config.Topics) != 1 || len(r.Config.Feeds) != 2 {
				t.Fatalf("%v, %q", err, why)
			}
			d.start(&world{}, r, why)
			ctx, stop := context.WithCancel(t.Context())
			stop()
			if err := d.Run(ctx, nil); err != nil {
				t.Fatal(err)
			}
			// The watched file is looked at and refused for the same reason.
			d.Reload(t.Context(), false)
			if got := d.opsText(); strings.Count(got, "refused") != 1 || !strings.Contains(got, "the last good one runs") {
				t.Errorf("told %q", got)
			}
			if d.degraded.Load() == nil {
				t.Error("the status does not say it")
			}
			d.write(testConfig)
			if v := d.Reload(t.Context(), false); !v.Applied || d.degraded.Load() != nil {
				t.Errorf("mended: %+v", v)
			}
		})
	}
}

// A feed that is taken out and put back brings no old news with it.
func TestAFeedPutBackFloodsNothing(t *testing.T) {
	w := &world{}
	w.set(wire, rss(entry("wire", 1, "Old NATO news")))
	w.set(post, rss())
	d := openDesktop(t, w, testConfig)
	d.round(t.Context(), wire)
	without := strings.Replace(testConfig, `  - {url: "https://wire.example/rss", name: Wire}`+"\n", "", 1)
	d.write(without)
	if v := d.Reload(t.Context(), false); !v.Applied || !strings.Contains(v.Text, "-1 feeds") {
		t.Fatal(v.Text)
	}
	if st := d.states.get(wire); st.Removed.IsZero() {
		t.Fatal("the feed is not marked as taken out")
	}
	d.write(testConfig)
	if v := d.Reload(t.Context(), false); !v.Applied || !strings.Contains(v.Text, "+1 feeds") {
		t.Fatal(v.Text)
	}
	w.set(wire, rss(entry("wire", 2, "NATO ministers meet in Riga"), entry("wire", 1, "Old NATO news")))
	d.round(t.Context(), wire)
	if got := outbox(t, d.Daemon); len(got) != 1 || got[0] != "alert NATO ministers meet in Riga" {
		t.Errorf("outbox %v", got)
	}
}
