package daemon

import (
	"errors"
	"strings"
	"testing"

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
