package slack

import (
	"os"
	"path/filepath"
	"time"
)

// longestWait is the longest wait that is believed of a file: a clock that was
// wrong when it was written must not silence the watch for good.
const longestWait = 10 * time.Minute

// wait notes that Slack wants no questions until then. A note that cannot be
// kept, or was cut off, costs one question too many after a restart.
func (n *Notifier) wait(until time.Time) {
	n.askAgain = until
	if n.waitFile != "" {
		_ = writeNote(n.waitFile, until.UTC().Format(time.RFC3339Nano)+"\n")
	}
}

// writeNote writes a file whole. At the very first start nobody has made its
// folder yet.
func writeNote(file, note string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", []byte(note), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// readWait reads the note; no time if there is none, or none that counts.
func readWait(file string) time.Time {
	if file == "" {
		return time.Time{}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}
	}
	until, err := time.Parse(time.RFC3339Nano+"\n", string(b))
	if err != nil || time.Until(until) > longestWait {
		return time.Time{}
	}
	return until
}
