package slack

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// slowHouse keeps an act, and knows its messages, only once it is let.
type slowHouse struct {
	let   chan struct{}
	looks int
}

func (h *slowHouse) Keep(context.Context, notify.Act) error { <-h.let; return nil }

func (h *slowHouse) Act(context.Context, notify.Act) notify.Answer { return notify.Answer{} }

func (h *slowHouse) Shown(context.Context, time.Time) ([]news.Receipt, error) {
	h.looks++
	<-h.let
	return nil, nil
}

func listening(t *testing.T) (*Hands, *slowHouse, context.Context) {
	t.Helper()
	n, err := New(Options{Token: "xoxb-test", AppToken: "xapp-test", APIURL: "http://127.0.0.1:1/api/"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return n.Hands(nil), &slowHouse{let: make(chan struct{})}, ctx
}

func TestWhatIsKeptAfterItsConnectionEndedIsAcknowledgedWhenItComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, house, ctx := listening(t)
		go h.keep(ctx, house)
		go h.perform(ctx, house)
		connection, end := context.WithCancel(ctx)
		h.take(connection, nil, "envelope", "event", notify.Act{Verb: notify.VerbClaim}, "", false)
		synctest.Wait()
		end()
		synctest.Wait()
		close(house.let)
		synctest.Wait()
		if before, kept := h.again([]string{"another envelope", "event"}); !before || !kept {
			t.Errorf("came before: %v, kept: %v; Slack repeats it for ever", before, kept)
		}
	})
}

func TestAFlappingConnectionMakesOneMoreLookAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, house, ctx := listening(t)
		go h.lookUps(ctx, house)
		for range 10 {
			h.hello(1)
			synctest.Wait()
		}
		close(house.let)
		synctest.Wait()
		if house.looks != 2 {
			t.Errorf("ten connections during a look make %d looks", house.looks)
		}
	})
}
