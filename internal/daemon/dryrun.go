package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/store"
)

// dryRunFile is the data file of dry runs: what they tell at the terminal has
// been told to nobody, so the real file must not learn of it.
func dryRunFile(c *config.Config) string {
	return filepath.Join(c.StateDir, "dry-run", "watcherd.db")
}

// askedFile is the data file that questions are put to while no service runs:
// the real one or, where there have only been dry runs, theirs.
func askedFile(c *config.Config) string {
	if dry := dryRunFile(c); !exists(DataFile(c)) && exists(dry) {
		return dry
	}
	return DataFile(c)
}

// NoDataError says that nothing was ever stored here.
type NoDataError struct{ Path string }

func (e *NoDataError) Error() string {
	return fmt.Sprintf("watcherd is not running, and there is no data file %s yet: start it with watcherd run", e.Path)
}

// openData opens a data file that must be there.
func openData(file string, opts store.Options) (*store.Store, error) {
	if !exists(file) {
		return nil, &NoDataError{file}
	}
	return store.Open(file, opts)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// prepareDryRun makes the data file of a dry run: a copy of the real one if
// that has changed since the last dry run, else what the last one left.
func prepareDryRun(ctx context.Context, c *config.Config) error {
	file, from := dryRunFile(c), DataFile(c)
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	mark := filepath.Join(filepath.Dir(file), "copied")
	state := fmt.Sprintf("%d %d\n", info.Size(), info.ModTime().UnixNano())
	if was, err := os.ReadFile(mark); err == nil && string(was) == state && exists(file) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	if err := copyData(ctx, c, file); err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	if err := os.WriteFile(mark, []byte(state), 0o600); err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	return nil
}

// copyData copies the data file, by the service's hand while one runs.
func copyData(ctx context.Context, c *config.Config, to string) error {
	err := Backup(ctx, c, to)
	if _, locked := errors.AsType[*store.LockedError](err); !locked {
		return err
	}
	svc, derr := Dial(ctx, SocketPath(c))
	if derr != nil {
		return errors.Join(err, derr)
	}
	if to, err = filepath.Abs(to); err != nil {
		return err
	}
	return svc.Backup(ctx, to)
}
