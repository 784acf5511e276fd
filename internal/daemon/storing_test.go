package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/web"
)

// A full disk takes small rounds and refuses large ones: as long as one feed's
// news cannot be stored, storing does not go on.
func TestOneFeedThatCannotBeStoredIsUnhealthy(t *testing.T) {
	var s storing
	commit := web.Check{Name: "storing", OK: true, Detail: "commit 1s ago"}
	if got := s.check(commit); got != commit {
		t.Errorf("before any trouble: %+v", got)
	}
	if !s.note("large", errors.New("no space left")) {
		t.Error("the first trouble is no change")
	}
	if s.note("small", nil) {
		t.Error("a small round ended the trouble of the large one")
	}
	if got := s.check(commit); got.OK || !strings.Contains(got.Detail, "no space left") {
		t.Errorf("with trouble: %+v", got)
	}
	if !s.note("large", nil) || s.err() != nil || !s.check(commit).OK {
		t.Error("the trouble is not over")
	}
}

// A Slack that cannot be reached, or refuses the token, takes no alerts,
// however well the outbox can be read.
func TestAlertsThatAreNotTakenAreUnhealthy(t *testing.T) {
	now := time.Now()
	read := web.Check{Name: "delivering", OK: true, Detail: "outbox read 1s ago"}
	for _, tt := range []struct {
		name   string
		status notify.Status
		ok     bool
	}{
		{"all is taken", notify.Status{}, true},
		{"one answer is late", notify.Status{Silent: "not reached", SilentAt: now.Add(-5 * time.Second)}, true},
		{"no answer for two minutes", notify.Status{Silent: "not reached", SilentAt: now.Add(-2 * time.Minute)}, false},
		{"the token is refused", notify.Status{App: "invalid_auth"}, false},
	} {
		if got := taken(read, tt.status, now); got.OK != tt.ok {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
