package slack

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// longestWait is the longest wait that is believed of a file: a clock that was
// wrong when it was written must not silence the watch for good.
const longestWait = 10 * time.Minute

// What Slack may ask to wait with beside posts, edits and readings, whose
// waits are kept with their deliveries.
const (
	waitQuestions = "questions" // about the workspace
	waitEmoji     = "emoji"     // set while nobody listened
)

// waits notes until when Slack wants to be left alone with what. A note that
// cannot be kept, or was cut off, costs one request too many after a restart.
type waits struct {
	file string // "" keeps them in memory alone

	mu    sync.Mutex
	until map[string]time.Time
}

// readWaits takes up the notes of the last run.
func readWaits(file string) *waits {
	w := &waits{file: file, until: map[string]time.Time{}}
	if file == "" {
		return w
	}
	b, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(b, &w.until) != nil {
		w.until = map[string]time.Time{}
	}
	for what, until := range w.until {
		if time.Until(until) > longestWait {
			delete(w.until, what)
		}
	}
	return w
}

// left is how long to wait with something.
func (w *waits) left(what string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Until(w.until[what])
}

func (w *waits) note(what string, span time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until[what] = time.Now().UTC().Add(span)
	if w.file == "" {
		return
	}
	if b, err := json.Marshal(w.until); err == nil {
		_ = replaceFile(w.file, b)
	}
}

// replaceFile writes a file whole. At the very first start nobody has made its
// folder yet.
func replaceFile(file string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
