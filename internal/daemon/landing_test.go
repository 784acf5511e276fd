package daemon

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/terminal"
	"github.com/watcherd/watcherd/internal/store"
)

// stuck is the context of a copy of the data file that hangs in the middle, as
// on a disk that does not answer.
type stuck struct {
	context.Context
	asked  atomic.Int32
	hangs  chan struct{}
	ending chan struct{}
}

func (s *stuck) Err() error {
	switch s.asked.Add(1) {
	case 1: // before the copy begins
	case 2:
		close(s.hangs)
		<-s.ending
	}
	return nil
}

// TestAStopTakesFiveSecondsThoughTheDiskHangs has the store's writer hang in
// the middle of a compaction, from the moment at which the service watches.
func TestAStopTakesFiveSecondsThoughTheDiskHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := Build(t.Context(), testRules(t, dir, testConfig), "watcherd.yaml",
		Options{Transport: &world{}, Notifier: terminal.New(io.Discard, terminal.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	copying := &stuck{Context: t.Context(), hangs: make(chan struct{}), ending: make(chan struct{})}
	var disk sync.WaitGroup
	disk.Go(func() { _ = d.store.Backup(copying, filepath.Join(t.TempDir(), "copy")) })
	<-copying.hangs
	if err := d.store.Put(t.Context(), "before", []byte("it hung")); err != nil {
		t.Fatal(err)
	}
	disk.Go(func() { _ = d.store.Compact(t.Context()) }) // cannot put the new file in the place of one that is read
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	closed := make(chan error, 1)
	go func() { ran <- d.Run(ctx, nil); closed <- d.Close() }()
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	select {
	case err := <-closed:
		if err == nil || !strings.Contains(err.Error(), "could not be closed within 5s") {
			t.Errorf("the stop says %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the data file is waited for without end")
	}
	if took := time.Since(began); took > 6*time.Second { // the machine may be busy
		t.Errorf("a disk that hangs keeps the stop for %v", took)
	}
	close(copying.ending)
	disk.Wait()
	s, err := store.Open(DataFile(d.rules.Load().Config), store.Options{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // only read
	if b, err := s.Get(t.Context(), "before"); string(b) != "it hung" {
		t.Errorf("what was stored is %q, %v", b, err)
	}
}

func TestTheOldestAlertHasWaitedSinceItWasQueuedHoweverOftenItWasTried(t *testing.T) {
	d, a := tellOne(t, &world{}, t.TempDir())
	a.State, a.Since, a.Due, a.Attempts, a.Receipt = news.StateQueued, time.Now(), time.Now().Add(time.Minute), 7, news.Receipt{}
	a.Alert.Queued = time.Now().Add(-3 * time.Hour).UTC()
	if err := d.store.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	st, err := d.view().Status(t.Context())
	if err != nil || !st.Waiting.Equal(a.Alert.Queued) {
		t.Errorf("waits since %v, queued %v, %v", st.Waiting, a.Alert.Queued, err)
	}
}
