package daemon

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/schedule"
)

// TestServersThatHangDoNotHoldUpTheOthers has every third of many hosts not
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
		c := crew{size: 16, next: q.Next, round: func(_ context.Context, id news.FeedID) {
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
			time.Sleep(took)
			mu.Lock()
			busy--
			mu.Unlock()
			q.Done(id, start.Add(time.Hour))
		}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { c.run(ctx); close(done) }()
		time.Sleep(2 * time.Minute)
		if healthy != 2500 || worst > 5*time.Second {
			t.Errorf("%d healthy feeds asked, the last %v late; want 2500 within 5 s", healthy, worst)
		}
		if limit := 16 * (1 + spare); most > limit {
			t.Errorf("%d rounds at once, %d are allowed", most, limit)
		}
		t.Logf("%d rounds at once at most, a healthy feed started %v late at most", most, worst)
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
