package schedule

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAJobThatPanicsRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		j := NewJobs(slog.New(slog.NewTextHandler(&log, nil)), time.UTC)
		var runs atomic.Int32
		if err := j.Add("expire", "1m", func(context.Context) {
			if runs.Add(1) == 1 {
				panic("boom")
			}
		}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+30*time.Second)
		defer cancel()
		j.Run(ctx)
		if n := runs.Load(); n != 5 {
			t.Errorf("ran %d times in five minutes", n)
		}
		if s := log.String(); !strings.Contains(s, "job=expire") || !strings.Contains(s, "boom") {
			t.Errorf("log: %s", s)
		}
	})
}

func TestAJobDoesNotOverlapItselfAndIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := NewJobs(slog.New(slog.DiscardHandler), time.UTC)
		var at, most, ended atomic.Int32
		j.Add("slow", "* * * * *", func(ctx context.Context) {
			most.Store(max(most.Load(), at.Add(1)))
			time.Sleep(150 * time.Second)
			at.Add(-1)
			ended.Add(1)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		j.Run(ctx)
		if most.Load() != 1 || at.Load() != 0 || ended.Load() < 3 {
			t.Errorf("at most %d at once, %d left running, %d ended", most.Load(), at.Load(), ended.Load())
		}
	})
}

func TestAJobNeedsATime(t *testing.T) {
	j := NewJobs(slog.New(slog.DiscardHandler), time.UTC)
	for _, spec := range []string{"adaptive", "0 0 31 2 *", "often"} {
		if err := j.Add("x", spec, func(context.Context) {}); err == nil {
			t.Errorf("Add accepts %q", spec)
		}
	}
}
