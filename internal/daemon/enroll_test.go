package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// withoutPost is the test config after a feed left it.
var withoutPost = strings.Replace(testConfig, `  - {url: "https://post.example/rss", name: Post}`+"\n", "", 1)

// TestAFeedThatLeavesDuringItsRoundStaysMarked has it leave while what its
// round brought waits to be stored.
func TestAFeedThatLeavesDuringItsRoundStaysMarked(t *testing.T) {
	dir := t.TempDir()
	d, _, stop := alive(t, dir, testConfig, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, rss(entry("post", 1, "NATO")))
	})
	defer stop()
	disk := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { _ = d.bench.with(t.Context(), func() error { <-disk; return nil }) })
	time.Sleep(50 * time.Millisecond)
	all.Go(func() { d.round(t.Context(), post) })
	for len(d.bench.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	all.Go(func() {
		if err := d.apply(t.Context(), testRules(t, dir, withoutPost)); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(100 * time.Millisecond)
	close(disk)
	all.Wait()
	st, _, err := d.store.FeedState(t.Context(), post)
	if live := d.states.get(post); err != nil || st.Removed.IsZero() || live.Removed.IsZero() || !st.Baselined || !live.Baselined {
		t.Errorf("stored: removed %v, round kept %v; in memory: removed %v, round kept %v; %v", st.Removed, st.Baselined, live.Removed, live.Baselined, err)
	}
}

func TestAFeedPutBackIsStoredBeforeItIsDue(t *testing.T) {
	dir := t.TempDir()
	d, _, stop := alive(t, dir, testConfig, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, rss(entry("post", 1, "NATO")))
	})
	defer stop()
	d.round(t.Context(), post)
	if err := d.apply(t.Context(), testRules(t, dir, withoutPost)); err != nil {
		t.Fatal(err)
	}
	copying := &stuck{Context: context.Background(), hangs: make(chan struct{}), ending: make(chan struct{})}
	var disk sync.WaitGroup
	disk.Go(func() { _ = d.store.Backup(copying, filepath.Join(t.TempDir(), "copy")) })
	<-copying.hangs
	disk.Go(func() { _ = d.store.Compact(context.Background()) })
	time.Sleep(100 * time.Millisecond) // the writer hangs
	disk.Go(func() { d.enroll(context.Background(), testRules(t, dir, testConfig), time.Now()) })
	time.Sleep(100 * time.Millisecond)
	if n := d.queue.Len(); n != 1 {
		t.Errorf("%d feeds are in the queue before what came back is stored, want 1", n)
	}
	close(copying.ending)
	disk.Wait()
	st, _, err := d.store.FeedState(t.Context(), post)
	if n := d.queue.Len(); n != 2 || err != nil || !st.Removed.IsZero() || !st.Baselined || !st.Due.Equal(d.states.get(post).Due) {
		t.Errorf("%d feeds in the queue, %v, stored %+v", n, err, st)
	}
}

func TestAFeedPutBackDuringTheHourlyJobKeepsWhatIsKnown(t *testing.T) {
	dir := t.TempDir()
	d, _, stop := alive(t, dir, testConfig, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, rss(entry("post", 1, "NATO")))
	})
	defer stop()
	d.round(t.Context(), post)
	if err := d.apply(t.Context(), testRules(t, dir, withoutPost)); err != nil {
		t.Fatal(err)
	}
	d.reloading.Lock() // a reload is under way
	var job sync.WaitGroup
	job.Go(func() {
		if err := d.forget(t.Context(), time.Now().Add(40*24*time.Hour)); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(100 * time.Millisecond)
	if err := d.apply(t.Context(), testRules(t, dir, testConfig)); err != nil {
		t.Fatal(err)
	}
	d.reloading.Unlock()
	job.Wait()
	if st := d.states.get(post); !st.Baselined || !st.Removed.IsZero() {
		t.Errorf("what was known is lost: %+v", st)
	}
}

// TestAStartAsksOnlyAsFastAsAdaptiveFeedsNeed has a desk that allows adaptive
// feeds to be asked every second.
func TestAStartAsksOnlyAsFastAsAdaptiveFeedsNeed(t *testing.T) {
	const n = 1200
	rate := func(every string, interval time.Duration) float64 {
		var config strings.Builder
		fmt.Fprintf(&config, "listen: \"\"\ndefault_channel: \"#desk\"\nfetch: {min_interval: 1s, every: %q}\ntopics: {nato: {any: NATO}}\nfeeds:\n", every)
		for i := range n {
			fmt.Fprintf(&config, "  - {url: \"https://host%d.example/rss\"}\n", i)
		}
		d, _, stop := alive(t, t.TempDir(), config.String(), nil)
		defer stop()
		for _, id := range d.rules.Load().order {
			st := d.states.get(id)
			st.Pace.Interval = interval
			d.states.put(st)
		}
		return d.pace(d.rules.Load())
	}
	for _, c := range []struct {
		every    string
		interval time.Duration
		want     float64
	}{
		{"adaptive", 0, 1.25 * n / 120},           // never asked
		{"adaptive", time.Hour, n / 120},          // all within two minutes
		{"adaptive", time.Minute, 1.25 * n / 60},  // its own rhythm
		{"adaptive", time.Second, 1.25 * n / 10},  // no herd, however quick they are
		{"1s", time.Second, 1.25 * n},             // the config's word
		{"*/5 * * * *", time.Hour, 1.25 * n / 30}, // all at once
	} {
		if got := rate(c.every, c.interval); got < c.want*0.99 || got > c.want*1.01 {
			t.Errorf("%s, asked every %v: %.1f feeds a second, want %.1f", c.every, c.interval, got, c.want)
		}
	}
}
