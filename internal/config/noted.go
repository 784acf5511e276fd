package config

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Where the state of a config lies is written in the config itself, so that a
// start without the file would not know where its last good copy is. A note in
// the user's cache tells.

// NoteState notes the state folder of the config in a file.
func NoteState(file, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil || dir == NotedState(file) {
		return err
	}
	note, err := noteOf(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(note), 0o700); err != nil {
		return err
	}
	return renameio.WriteFile(note, []byte(dir+"\n"), 0o600)
}

// NotedState is the noted state folder; "" if there is none.
func NotedState(file string) string {
	note, err := noteOf(file)
	if err != nil {
		return ""
	}
	b, err := os.ReadFile(note)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func noteOf(file string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "watcherd", fmt.Sprintf("state-of-%.8x", sha256.Sum256([]byte(abs)))), nil
}
