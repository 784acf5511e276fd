package notifytest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// Call is one call of a Recorder.
type Call struct {
	At     time.Time
	Verb   string // say, look, unsay
	D      news.Delivery
	Target news.Receipt
}

// Recorder is a notifier that remembers what was asked of it. The functions,
// if set, decide the answers.
type Recorder struct {
	OnSay  func(d news.Delivery, target news.Receipt) (news.Receipt, error)
	OnLook func(d news.Delivery) ([]news.Receipt, error)
	Takes  time.Duration // how long each Say takes

	mu    sync.Mutex
	calls []Call
}

var _ notify.Notifier = (*Recorder)(nil)

func (r *Recorder) note(c Call) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.At = time.Now()
	r.calls = append(r.calls, c)
	return len(r.calls)
}

// Say implements notify.Notifier.
func (r *Recorder) Say(_ context.Context, d news.Delivery, target news.Receipt) (news.Receipt, error) {
	n := r.note(Call{Verb: "say", D: d, Target: target})
	if r.Takes > 0 {
		time.Sleep(r.Takes)
	}
	if r.OnSay != nil {
		if rc, err := r.OnSay(d, target); err != nil || rc.Message != "" {
			return rc, err
		}
	}
	if target.Message != "" {
		return target, nil
	}
	return news.Receipt{Channel: d.Alert.Channel, Message: fmt.Sprint("m", n)}, nil
}

// Look implements notify.Notifier.
func (r *Recorder) Look(_ context.Context, d news.Delivery, target news.Receipt) ([]news.Receipt, error) {
	r.note(Call{Verb: "look", D: d, Target: target})
	if r.OnLook != nil {
		return r.OnLook(d)
	}
	return nil, nil
}

// Unsay implements notify.Notifier.
func (r *Recorder) Unsay(_ context.Context, rc news.Receipt) error {
	r.note(Call{Verb: "unsay", Target: rc})
	return nil
}

// Calls are the calls so far with one of the verbs, or all without any.
func (r *Recorder) Calls(verb string) []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var cs []Call
	for _, c := range r.calls {
		if verb == "" || c.Verb == verb {
			cs = append(cs, c)
		}
	}
	return cs
}
