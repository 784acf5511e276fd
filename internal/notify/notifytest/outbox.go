// Package notifytest holds what tests of delivery share: an outbox in memory,
// the contract that every outbox has to keep, and a notifier that remembers.
// It is imported by tests only.
package notifytest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// Memory is an outbox in memory. Fail, if set, is asked before each Save.
type Memory struct {
	Fail func() error

	mu sync.Mutex
	ds map[news.AlertID]news.Delivery
}

var _ notify.Outbox = (*Memory)(nil)

// NewMemory holds the given deliveries.
func NewMemory(ds ...news.Delivery) *Memory {
	m := &Memory{ds: map[news.AlertID]news.Delivery{}}
	for _, d := range ds {
		m.ds[d.Alert.ID] = d
	}
	return m
}

// Due implements notify.Outbox.
func (m *Memory) Due(_ context.Context, now time.Time, n int) ([]news.Delivery, error) {
	var due []news.Delivery
	for _, d := range m.All() {
		if d.Pending() && !d.Due.After(now) {
			due = append(due, d)
		}
	}
	slices.SortStableFunc(due, func(a, b news.Delivery) int {
		if a.Alert.Urgent != b.Alert.Urgent {
			if a.Alert.Urgent {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Alert.ID, b.Alert.ID))
	})
	if n > 0 && len(due) > n {
		due = due[:n]
	}
	return due, nil
}

// Save implements notify.Outbox.
func (m *Memory) Save(_ context.Context, ds ...news.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		if err := m.Fail(); err != nil {
			return err
		}
	}
	for _, d := range ds {
		m.ds[d.Alert.ID] = d
	}
	return nil
}

// Delivery implements notify.Outbox.
func (m *Memory) Delivery(_ context.Context, id news.AlertID) (news.Delivery, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.ds[id]
	return d, ok, nil
}

// NextDue implements notify.Outbox.
func (m *Memory) NextDue(_ context.Context, now time.Time) (time.Time, error) {
	var next time.Time
	for _, d := range m.All() {
		if d.Pending() && d.Due.After(now) && (next.IsZero() || d.Due.Before(next)) {
			next = d.Due
		}
	}
	return next, nil
}

// All lists every delivery, in no order.
func (m *Memory) All() []news.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]news.Delivery, 0, len(m.ds))
	for _, d := range m.ds {
		all = append(all, d)
	}
	return all
}

// CheckOutbox tests the contract of notify.Outbox on an empty one.
func CheckOutbox(t *testing.T, out notify.Outbox) {
	t.Helper()
	ctx := t.Context()
	t0 := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	entry := func(id string, st news.State, due time.Time, urgent bool) news.Delivery {
		return news.Delivery{Alert: news.Alert{ID: news.AlertID(id), Channel: "#c", Kind: news.KindAlert, Urgent: urgent, Headline: id}, State: st, Due: due}
	}
	audit := entry("audit", news.StateSent, t0.Add(-time.Second), false)
	audit.Doubtful = true
	escalate := entry("escalate", news.StateSent, t0.Add(2*time.Hour), false)
	escalate.Escalate = escalate.Due
	ds := []news.Delivery{
		entry("late", news.StateQueued, t0.Add(-time.Minute), false),
		entry("now", news.StateHeld, t0, false),
		entry("soon", news.StateQueued, t0.Add(time.Minute), false),
		entry("urgent", news.StateUnknown, t0.Add(-time.Second/2), true),
		entry("sending", news.StateSending, t0.Add(time.Hour), false),
		entry("sent", news.StateSent, time.Time{}, false),
		entry("buried", news.StateBuried, time.Time{}, false),
		audit, escalate,
	}
	if err := out.Save(ctx, ds...); err != nil {
		t.Fatal(err)
	}
	check := func(name string, now time.Time, n int, want ...string) {
		t.Helper()
		due, err := out.Due(ctx, now, n)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range due {
			got = append(got, string(d.Alert.ID))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	check("urgent first, then by due, at most n", t0, 3, "urgent", "late", "audit")
	check("nothing later than now", t0, 10, "urgent", "late", "audit", "now")
	check("everything pending, and nothing else", t0.Add(100*365*24*time.Hour), 0, "urgent", "late", "audit", "now", "soon", "sending", "escalate")
	if next, err := out.NextDue(ctx, t0); err != nil || !next.Equal(t0.Add(time.Minute)) {
		t.Errorf("the next due after now: got %v, %v", next, err)
	}
	late := ds[0]
	late.State, late.Due, late.Receipt = news.StateSent, time.Time{}, news.Receipt{Message: "1.000001"}
	if err := out.Save(ctx, late); err != nil {
		t.Fatal(err)
	}
	check("what is sent is not due any more", t0, 10, "urgent", "audit", "now")
	got, ok, err := out.Delivery(ctx, "late")
	if err != nil || !ok || got.State != news.StateSent || got.Receipt.Message != "1.000001" {
		t.Errorf("a sent delivery is still found: got %+v, %v, %v", got, ok, err)
	}
	if _, ok, err := out.Delivery(ctx, "no such"); ok || err != nil {
		t.Errorf("an unknown delivery: got %v, %v", ok, err)
	}
	now := ds[1]
	now.Due = t0.Add(3 * time.Hour)
	if err := out.Save(ctx, now); err != nil {
		t.Fatal(err)
	}
	check("a moved delivery is due once, at its new time", t0.Add(4*time.Hour), 10, "urgent", "audit", "soon", "sending", "escalate", "now")
}
