package daemon

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func TestAStopTakesFiveSecondsThoughNothingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var parts, judging sync.WaitGroup
		parts.Add(1)
		judging.Add(1)
		began := time.Now()
		land(&parts, func() {}, &judging)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("a disk that hangs keeps the stop for %v", took)
		}
		parts.Done()
		judging.Done()
	})
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
