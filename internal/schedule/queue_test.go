package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// take gets the next feed or fails.
func take(t *testing.T, q *Queue) news.FeedID {
	t.Helper()
	id, err := q.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestQueueHandsOutFeedsWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		start := time.Now()
		q.Put("c", "c.example", start.Add(3*time.Hour))
		q.Put("a", "a.example", start.Add(time.Hour))
		q.Put("b", "b.example", start.Add(5*time.Hour))
		q.Put("b", "b.example", start.Add(2*time.Hour)) // moved
		q.Put("d", "d.example", start.Add(90*time.Minute))
		q.Remove("d")
		for i, want := range []news.FeedID{"a", "b", "c"} {
			if got := take(t, q); got != want || time.Since(start) != time.Duration(i+1)*time.Hour {
				t.Fatalf("got %s after %v, want %s", got, time.Since(start), want)
			}
		}
		q.Done("a", time.Now().Add(time.Minute))
		q.Done("b", time.Time{}) // gone
		q.Remove("c")
		q.Done("c", time.Now()) // removed meanwhile
		if n := q.Len(); n != 1 {
			t.Errorf("%d feeds left, want a alone", n)
		}
		if got := take(t, q); got != "a" {
			t.Errorf("got %s", got)
		}
	})
}

func TestQueueWakesForAnEarlierFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		q.Put("late", "a.example", time.Now().Add(time.Hour))
		got := make(chan news.FeedID)
		go func() { id, _ := q.Next(t.Context()); got <- id }()
		time.Sleep(time.Minute)
		q.Put("now", "b.example", time.Now())
		if id := <-got; id != "now" {
			t.Errorf("got %s", id)
		}
	})
}

func TestQueueNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		why := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { time.Sleep(time.Minute); cancel(why) }()
		if _, err := q.Next(ctx); !errors.Is(err, why) {
			t.Errorf("err = %v", err)
		}
		q.Put("a", "a.example", time.Now())
		if id := take(t, q); id != "a" {
			t.Errorf("the feed went to the one who had left: got %q", id)
		}
	})
}

func TestAFeedIsNeverOutTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		q.Put("a", "a.example", time.Now())
		take(t, q)
		q.Put("a", "other.example", time.Now()) // a reload during the round
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if id, err := q.Next(ctx); err == nil {
			t.Fatalf("%s is out twice", id)
		}
		q.Done("a", time.Now().Add(time.Second))
		q.HoldHost("a.example", time.Now().Add(24*time.Hour))
		start := time.Now()
		if take(t, q); time.Since(start) != time.Second {
			t.Errorf("the feed did not move to its new host: waited %v", time.Since(start))
		}
	})
}

func TestHostHoldsItsFeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		start := time.Now()
		q.Put("a", "h.example", start)
		q.Put("b", "h.example", start)
		q.HoldHost("h.example", start.Add(time.Hour))
		q.HoldHost("h.example", start.Add(time.Minute)) // does not end the longer one
		if s := q.Stats(); s.Held != 1 || s.Due != 0 {
			t.Errorf("stats %+v", s)
		}
		if take(t, q); time.Since(start) != time.Hour {
			t.Errorf("released after %v", time.Since(start))
		}
	})
}

// workers runs n workers that hold each feed for as long as work says, until
// ctx ends.
func workers(ctx context.Context, q *Queue, n int, work func(id news.FeedID) (next time.Time)) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for {
				id, err := q.Next(ctx)
				if err != nil {
					return
				}
				q.Done(id, work(id))
			}
		})
	}
	return &wg
}

func TestOneHostWithHalfTheFeedsAndOneThatHangsHoldUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		q := NewQueue(QueueOptions{Manners: Manners{Concurrent: 2, Spacing: time.Second}})
		start := time.Now()
		hosts := map[news.FeedID]string{}
		for i := range n {
			id := news.FeedID(fmt.Sprint(i))
			host := fmt.Sprintf("h%d.example", i)
			switch {
			case i%2 == 0:
				host = "big.example"
			case i%500 == 1:
				host = "hangs.example"
			}
			hosts[id] = host
			q.Put(id, host, start)
		}
		var mu sync.Mutex
		running, starts := map[string]int{}, map[string][]time.Time{}
		worst, others := time.Duration(0), 0
		ctx, cancel := context.WithCancel(t.Context())
		wg := workers(ctx, q, 64, func(id news.FeedID) time.Time {
			host := hosts[id]
			mu.Lock()
			running[host]++
			if running[host] > 2 {
				t.Errorf("%d rounds at once at %s", running[host], host)
			}
			if all := starts[host]; len(all) > 0 && time.Since(all[len(all)-1]) < time.Second {
				t.Errorf("two starts within %v at %s", time.Since(all[len(all)-1]), host)
			}
			starts[host] = append(starts[host], time.Now())
			if host[0] == 'h' && host != "hangs.example" {
				others++
				worst = max(worst, time.Since(start))
			}
			mu.Unlock()
			if host == "hangs.example" {
				time.Sleep(30 * time.Second)
			} else {
				time.Sleep(50 * time.Millisecond)
			}
			mu.Lock()
			running[host]--
			mu.Unlock()
			return start.Add(24 * time.Hour)
		})
		time.Sleep(time.Minute)
		cancel()
		wg.Wait()
		if others != n/2-n/500 || worst > 5*time.Second {
			t.Errorf("%d other feeds started, the last after %v; want %d within 5s", others, worst, n/2-n/500)
		}
		if got := len(starts["big.example"]); got < 55 {
			t.Errorf("the big host had only %d rounds in a minute", got)
		}
	})
}

func TestAnEagerFeedOfACrowdedHostHasEveryOtherTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{Manners: Manners{Concurrent: 2, Spacing: time.Second}})
		start := time.Now()
		q.Put("eager", "a.example", start)
		for i := range 100 {
			q.Put(news.FeedID(fmt.Sprintf("slow%d", i)), "a.example", start.Add(time.Duration(i)*10*time.Millisecond))
		}
		last, slow := start, map[news.FeedID]bool{}
		for len(slow) < 100 {
			id := take(t, q)
			if id != "eager" {
				slow[id] = true
				q.Done(id, time.Now().Add(10*time.Minute))
				continue
			}
			if gap := time.Since(last); gap > 2*time.Second {
				t.Fatalf("the eager feed waited %v", gap)
			}
			last = time.Now()
			q.Done(id, last.Add(time.Second))
		}
		if took := time.Since(start); took > 201*time.Second {
			t.Errorf("the others took %v", took)
		}
	})
}

func TestRateSpreadsAStartAndTheReturnFromASuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		q := NewQueue(QueueOptions{Rate: 20})
		for i := range n {
			q.Put(news.FeedID(fmt.Sprint(i)), fmt.Sprint(i%300), time.Now().Add(-8*time.Hour))
		}
		perSecond := map[int64]int{}
		var mu sync.Mutex
		ctx, cancel := context.WithCancel(t.Context())
		wg := workers(ctx, q, 8, func(news.FeedID) time.Time {
			mu.Lock()
			perSecond[time.Now().Unix()]++
			mu.Unlock()
			return time.Time{}
		})
		time.Sleep(time.Minute)
		cancel()
		wg.Wait()
		if got := slices.Max(slices.Collect(maps.Values(perSecond))); got > 30 {
			t.Errorf("%d rounds in one second at a rate of 20", got)
		}
		if q.Len() != 0 {
			t.Errorf("%d feeds still wait after a minute", q.Len())
		}
	})
}

func TestALeapOfTheClockReleasesWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		q.Put("a", "a.example", time.Now().Add(8*time.Hour))
		// As after a suspend: the wall clock went on, the timers did not.
		q.mu.Lock()
		for _, e := range q.feeds {
			e.due = e.due.Add(-8 * time.Hour)
		}
		q.rebase()
		q.serve()
		q.mu.Unlock()
		start := time.Now()
		if take(t, q); time.Since(start) > time.Second {
			t.Errorf("released after %v", time.Since(start))
		}
	})
}

func TestQueueForgetsHostsThatHaveNoFeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueOptions{})
		for i := range 100 {
			q.Put(news.FeedID(fmt.Sprint(i)), fmt.Sprint(i), time.Now())
		}
		for range 100 {
			id := take(t, q)
			q.Done(id, time.Time{})
		}
		if s := q.Stats(); s != (Stats{}) {
			t.Errorf("stats %+v of an empty queue", s)
		}
	})
}

// BenchmarkQueueStep is one feed's way through a queue of 100,000.
func BenchmarkQueueStep(b *testing.B) {
	q := NewQueue(QueueOptions{})
	due := time.Now().Add(-time.Hour)
	const n = 100_000
	for i := range n {
		q.Put(news.FeedID(fmt.Sprint(i)), fmt.Sprint(i%20_000), due.Add(time.Duration(i)*time.Millisecond))
	}
	b.ReportAllocs()
	for b.Loop() {
		id, err := q.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		q.Done(id, time.Now().Add(-time.Second))
	}
}

// BenchmarkQueueIdle is what 100,000 feeds cost that are not due, with 64
// workers waiting: the time of one look at the clock a minute, and memory.
func BenchmarkQueueIdle(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	q := NewQueue(QueueOptions{})
	for i := range 100_000 {
		q.Put(news.FeedID(fmt.Sprint(i)), fmt.Sprint(i%20_000), time.Now().Add(time.Hour+time.Duration(i)*time.Millisecond))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	ctx, cancel := context.WithCancel(b.Context())
	wg := workers(ctx, q, 64, func(news.FeedID) time.Time { return time.Time{} })
	b.ReportAllocs()
	for b.Loop() {
		q.mu.Lock()
		q.serve()
		q.mu.Unlock()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/100_000, "B/feed")
	cancel()
	wg.Wait()
}
