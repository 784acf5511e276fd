package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/schedule"
)

// TestServersThatHangDoNotHoldUpTheOthers has one of six of many hosts not
// answer for 15 s, far more at once than there are workers.
func TestServersThatHangDoNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := schedule.NewQueue(schedule.QueueOptions{})
		start := time.Now()
		due := func(i int) time.Time { return start.Add(time.Duration(i) * 20 * time.Millisecond) } // 50 a second
		for i := range 3000 {
			q.Put(news.FeedID(fmt.Sprint(i)), fmt.Sprint(i), due(i))
		}
		var mu sync.Mutex
		worst, healthy, most, busy := time.Duration(0), 0, 0, 0
		c := crew{size: 16, next: q.Next, round: func(ctx context.Context, id news.FeedID, w *worker) {
			var i int
			if _, err := fmt.Sscan(string(id), &i); err != nil {
				t.Error(err)
			}
			took := 20 * time.Millisecond
			mu.Lock()
			if busy++; busy > most {
				most = busy
			}
			if i%6 == 1 {
				took = 15 * time.Second
			} else {
				worst, healthy = max(worst, time.Since(due(i))), healthy+1
			}
			mu.Unlock()
			w.asks()
			time.Sleep(took)
			w.answered(ctx)
			mu.Lock()
			busy--
			mu.Unlock()
			q.Done(id, start.Add(time.Hour))
		}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { c.run(ctx); close(done) }()
		time.Sleep(2 * time.Minute)
		mu.Lock()
		if healthy != 2500 || worst > 5*time.Second {
			t.Errorf("%d healthy feeds asked, the last %v late; want 2500 within 5 s", healthy, worst)
		}
		if limit := 16 * (1 + spare); most > limit {
			t.Errorf("%d rounds at once, %d are allowed", most, limit)
		}
		t.Logf("%d rounds at once at most, a healthy feed started %v late at most", most, worst)
		mu.Unlock()
		for i := range 400 { // those that came back take a round and go home
			q.Put(news.FeedID(fmt.Sprint(i*6)), fmt.Sprint(i*6), time.Now())
		}
		time.Sleep(time.Minute)
		c.mu.Lock()
		if n := len(c.workers); n != 16 {
			t.Errorf("%d workers are left, want 16", n)
		}
		c.mu.Unlock()
		stop()
		<-done
	})
}

// TestASlowDiskLetsNobodyElseIn stalls what follows an answer. First all
// servers answer at once, then many slow ones come back during the stall.
func TestASlowDiskLetsNobodyElseIn(t *testing.T) {
	const size = 8
	for _, c := range []struct {
		name   string
		answer time.Duration // of every server
		rounds int           // begun at most
	}{
		{"quick servers", 10 * time.Millisecond, size},
		{"slow servers", 3 * time.Second, size * (1 + spare)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := schedule.NewQueue(schedule.QueueOptions{})
				for i := range 1000 {
					q.Put(news.FeedID(fmt.Sprint(i)), fmt.Sprint(i), time.Now())
				}
				disk := make(chan struct{})
				var mu sync.Mutex
				begun, held, most := 0, 0, 0
				count := func(n *int, by int) {
					mu.Lock()
					defer mu.Unlock()
					*n += by
					most = max(most, held)
				}
				crew := crew{size: size, next: q.Next, round: func(ctx context.Context, id news.FeedID, w *worker) {
					count(&begun, 1)
					w.asks()
					time.Sleep(c.answer)
					w.answered(ctx)
					count(&held, 1)
					<-disk
					count(&held, -1)
					q.Done(id, time.Now().Add(time.Hour))
				}}
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { crew.run(ctx); close(done) }()
				time.Sleep(20 * time.Second)
				mu.Lock()
				if begun > c.rounds || held != size {
					t.Errorf("%d rounds begun, %d documents held; want %d and %d at most", begun, held, c.rounds, size)
				}
				mu.Unlock()
				close(disk)
				time.Sleep(5 * time.Minute)
				mu.Lock()
				if begun != 1000 || most != size {
					t.Errorf("%d rounds after the stall, %d documents held at most; want 1000 and %d", begun, most, size)
				}
				mu.Unlock()
				stop()
				<-done
			})
		})
	}
}

// TestWorkersWhoWaitForTheDiskAreNotReplaced stalls the bench of a service.
func TestWorkersWhoWaitForTheDiskAreNotReplaced(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		var config strings.Builder
		config.WriteString("listen: \"\"\ndefault_channel: \"#desk\"\ntopics: {nato: {any: NATO}}\nfeeds:\n")
		for i := range 100 {
			fmt.Fprintf(&config, "  - {url: \"https://host%d.example/rss\"}\n", i)
		}
		d, _, stop := alive(t, dir, config.String(), func(w http.ResponseWriter, r *http.Request) {
			n := asked.Add(1)
			_, _ = io.WriteString(w, rss(entry(r.Host, int(n), "NATO")))
		})
		defer stop()
		disk := make(chan struct{})
		go func() { _ = d.bench.with(t.Context(), func() error { <-disk; return nil }) }()
		synctest.Wait()
		rest := d.working(t, 4)
		time.Sleep(2 * time.Minute)
		if n := asked.Load(); n != 4 {
			t.Errorf("4 workers asked %d feeds while nothing could be stored", n)
		}
		close(disk)
		time.Sleep(2 * time.Minute)
		if n := asked.Load(); n < 100 {
			t.Errorf("%d feeds were asked after the stall, want all 100", n)
		}
		rest()
	})
}
