package store

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	crashFile  = "STORE_TEST_CRASH_FILE"
	crashStart = "STORE_TEST_CRASH_START"
)

// The test binary doubles as the process that gets killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		start, _ := strconv.Atoi(os.Getenv(crashStart))
		writeUntilKilled(path, start)
	}
	os.Exit(m.Run())
}

func crashRound(n int) Round {
	rec := record("feed", fmt.Sprint(n), fmt.Sprint("Report ", n))
	story := news.Story{ID: rec.Verdict.Placement.Story, Headline: rec.Item.Title, Last: monday}
	return Round{
		At: monday, Feed: &news.FeedState{ID: news.FeedID(fmt.Sprint("feed", n%8)), Total: n}, Items: []Record{rec},
		Stories: []news.Story{story}, Alerts: []news.Alert{alert(story.ID, "#desk", 1)},
	}
}

// writeUntilKilled commits rounds from several goroutines, and moves their
// alerts on, printing the number of each round that was acknowledged. A third
// of the processes compact the file all the while.
func writeUntilKilled(path string, start int) {
	s, err := Open(path, Options{})
	if err != nil {
		log.Fatal(err)
	}
	var next atomic.Int64
	next.Store(int64(start))
	var out sync.Mutex
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for {
				n := int(next.Add(1))
				r := crashRound(n)
				if err := s.Commit(context.Background(), r); err != nil {
					log.Fatal(err)
				}
				d := queued(r.Alerts[0], monday)
				d.State = news.StateSent
				if err := s.Save(context.Background(), d); err != nil {
					log.Fatal(err)
				}
				out.Lock()
				fmt.Println(n)
				out.Unlock()
			}
		})
	}
	for start%3 == 0 {
		if err := s.Compact(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	wg.Wait()
}

func TestNoAcknowledgedRoundIsLostToKill(t *testing.T) {
	t.Parallel()
	kills := 60
	if testing.Short() || raceDetector {
		kills = 10
	}
	path := filepath.Join(t.TempDir(), "watcherd.db")
	acked := map[int]bool{}
	start := 0
	for k := range kills {
		for _, n := range killOnce(t, path, start, 1+rand.IntN(60)) {
			acked[n] = true
		}
		start += 1000 // no number is used twice; also the next child's turn to compact or not
		if k%10 == 9 || k == kills-1 {
			checkAcked(t, path, acked)
		}
	}
	t.Logf("%d kills, %d rounds acknowledged", kills, len(acked))
}

// killOnce lets a child acknowledge some rounds, kills it, and returns all the
// rounds whose acknowledgement got out.
func killOnce(t *testing.T, path string, start, after int) []int {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path, crashStart+"="+strconv.Itoa(start))
	child.Stderr = t.Output()
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	var acked []int
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			break // cut off by the kill
		}
		if acked = append(acked, n); len(acked) == after {
			must(t, child.Process.Kill())
		}
	}
	if err := child.Wait(); len(acked) < after {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acked
}

func checkAcked(t *testing.T, path string, acked map[int]bool) {
	t.Helper()
	consistent(t, path)
	s, err := Open(path, Options{})
	must(t, err)
	defer s.Close()
	for n := range acked {
		r := crashRound(n)
		if _, ok, err := s.Item(t.Context(), r.Items[0].Item.ID); !ok || err != nil {
			t.Errorf("round %d: item lost (%v)", n, err)
		}
		if d, ok, err := s.Delivery(t.Context(), r.Alerts[0].ID); !ok || err != nil || d.State != news.StateSent {
			t.Errorf("round %d: delivery lost or old: %v %v", n, d.State, err)
		}
	}
	// Rounds that were not acknowledged are there whole or not at all.
	c, err := s.Counts(t.Context())
	must(t, err)
	deliveries := c.Deliveries[news.StateSent] + c.Deliveries[news.StateQueued]
	if c.Items != c.Stories || c.Items != deliveries {
		t.Errorf("parts of a round without the rest: %+v", c)
	}
	if items := len(collect(t, s, time.Time{}, time.Time{})); items != c.Items {
		t.Errorf("%d items counted, %d there", c.Items, items)
	}
}
