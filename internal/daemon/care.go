package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/store"
)

// Backup copies the data file while no service runs. One that an older version
// left is copied as it is.
func Backup(ctx context.Context, c *config.Config, file string) error {
	s, err := openData(DataFile(c), store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(s.Backup(ctx, file), s.Close())
}

// Compact gives space back while no service runs.
func Compact(ctx context.Context, c *config.Config) error {
	s, err := openData(DataFile(c), store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Compact(ctx), s.Close())
}

// BackupError says that a file is no whole backup.
type BackupError struct {
	File string
	Err  error
}

func (e *BackupError) Error() string {
	return fmt.Sprintf("%s is not a whole data file: %v; try an older backup", e.File, e.Err)
}

func (e *BackupError) Unwrap() error { return e.Err }

// Restore verifies a backup and puts it in the place of the data file, unless
// it is only to be verified. It returns where the file that was there is kept.
func Restore(ctx context.Context, c *config.Config, file string, verifyOnly bool) (kept string, err error) {
	if err := store.Verify(ctx, file); err != nil {
		if bad, ok := errors.AsType[*store.DamagedError](err); ok {
			return "", &BackupError{File: file, Err: bad.Err}
		}
		return "", err
	}
	if verifyOnly {
		return "", nil
	}
	to := DataFile(c)
	// Opened for reading only, the file that is kept stays as it is.
	if s, err := store.Open(to, store.Options{ReadOnly: true}); err == nil {
		// No service has it: it would let nobody in.
		if err := s.Close(); err != nil {
			return "", err
		}
	} else if _, locked := errors.AsType[*store.LockedError](err); locked {
		return "", err
	}
	// The copy is whole before the file that it replaces goes aside.
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	ready := to + ".restoring"
	if err := copyFile(file, ready); err != nil {
		return "", errors.Join(err, os.Remove(ready))
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		kept = fmt.Sprintf("%s.before-%s", to, time.Now().UTC().Format("20060102T150405Z"))
		if err := os.Rename(to, kept); err != nil {
			return "", err
		}
	}
	if err := os.Rename(ready, to); err != nil {
		return kept, err
	}
	s, err := store.Open(to, store.Options{}) // also gives it to whom the folder belongs
	if err != nil {
		return kept, err
	}
	return kept, s.Close()
}

// copyFile returns when the copy is on the disk.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return errors.Join(out.Sync(), out.Close())
}
