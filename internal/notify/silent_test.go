package notify_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
)

// Whoever asks for the courier's health must see that nobody answers it, from
// the first try that had no answer to the first that has one.
func TestStatusSaysThatNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		rec := &notifytest.Recorder{OnSay: func(news.Delivery, news.Receipt) (news.Receipt, error) {
			if down.Load() {
				return news.Receipt{}, &notify.Error{Class: notify.Again, Err: errors.New("not reached")}
			}
			return news.Receipt{}, nil
		}}
		t0 := time.Now()
		r := start(t, notify.Options{}, rec, story(1, "#a"))
		defer r.stop()
		wait(2 * time.Minute)
		if s := r.Status(); s.Silent == "" || s.SilentAt.Sub(t0) > 10*time.Second {
			t.Errorf("two minutes without an answer: %q since %v", s.Silent, s.SilentAt.Sub(t0))
		}
		down.Store(false)
		wait(5 * time.Minute)
		if s := r.Status(); s.Silent != "" || s.Totals.Sent != 1 {
			t.Errorf("after the answer: %q, %d sent", s.Silent, s.Totals.Sent)
		}
	})
}
