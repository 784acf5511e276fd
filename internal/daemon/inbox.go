package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/notify"
)

// inbox holds what readers want from before it is acknowledged until it is
// done: Slack sends a click once, and after a crash nobody would do it.
type inbox struct {
	mu   sync.Mutex
	acts []notify.Act // in their order, as stored
}

const (
	inboxName = "inbox"
	inboxMost = 200            // more than this many undone at once are refused
	inboxAge  = 24 * time.Hour // an older wish is nobody's any more
	actLimit  = 20 * time.Second
)

// lasting tells whether an act changes something, so that it would be missed.
func lasting(a *notify.Act) bool {
	switch a.Verb {
	case notify.VerbWhy:
		return false
	case notify.VerbCommand:
		verb, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(a.Words)), " ")
		return verb == "mute" || verb == "unmute"
	}
	return true
}

// Keep implements notify.House.
func (h house) Keep(ctx context.Context, a notify.Act) error {
	if a.ID == "" || !lasting(&a) {
		return nil
	}
	b := &h.d.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	acts := slices.DeleteFunc(slices.Clone(b.acts), func(old notify.Act) bool { return time.Since(old.At) > inboxAge })
	if len(acts) >= inboxMost {
		return fmt.Errorf("%d wishes wait to be met", len(acts))
	}
	acts = append(acts, a)
	if err := h.storeInbox(ctx, acts); err != nil {
		return err
	}
	b.acts = acts
	return nil
}

// settle takes an act out of the inbox once it is done. If that cannot be
// stored, it is done again after the next start, which changes nothing.
func (h house) settle(ctx context.Context, id string) {
	b := &h.d.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	acts := slices.DeleteFunc(slices.Clone(b.acts), func(a notify.Act) bool { return a.ID == id })
	if len(acts) == len(b.acts) {
		return
	}
	b.acts = acts
	if err := h.storeInbox(ctx, acts); err != nil {
		h.d.log.Warn("a wish that is met stays noted", "err", err)
	}
}

func (h house) storeInbox(ctx context.Context, acts []notify.Act) error {
	value, err := json.Marshal(acts)
	if err != nil {
		return err
	}
	return h.d.store.Put(ctx, inboxName, value)
}

// catchUp does what readers wanted when the last run ended. What fails is not
// told to anybody, so it stays noted.
func (h house) catchUp(ctx context.Context) {
	value, err := h.d.store.Get(ctx, inboxName)
	var acts []notify.Act
	if err == nil && len(value) > 0 {
		err = json.Unmarshal(value, &acts)
	}
	if err != nil {
		h.d.log.Error("what readers wanted before the start is not known", "err", err)
		return
	}
	b := &h.d.inbox
	b.mu.Lock()
	b.acts = acts
	b.mu.Unlock()
	for _, a := range acts {
		if ctx.Err() != nil {
			return
		}
		if time.Since(a.At) > inboxAge {
			h.settle(ctx, a.ID)
			continue
		}
		a.Anew = true
		act, cancel := context.WithTimeout(ctx, actLimit)
		h.d.metrics.acts.WithLabelValues(string(a.Verb)).Inc()
		ans, err := h.do(act, a)
		cancel()
		if errors.Is(ctx.Err(), context.Canceled) {
			return // what a stop has interrupted stays noted
		}
		if err != nil {
			h.d.log.Warn("a wish from before the start could not be met; it stays noted for the next start",
				"wish", a.Verb, "words", a.Words, "by", a.By, "wished", a.At, "err", err)
			continue
		}
		h.settle(context.WithoutCancel(ctx), a.ID)
		h.d.log.Info("done after a restart", "wish", a.Verb, "words", a.Words, "by", a.By, "answer", ans.Text)
	}
}
