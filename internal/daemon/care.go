package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/store"
)

// Backup copies the data file while no service runs.
func Backup(ctx context.Context, c *config.Config, file string) error {
	s, err := store.Open(DataFile(c), store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(s.Backup(ctx, file), s.Close())
}

// Compact gives space back while no service runs.
func Compact(ctx context.Context, c *config.Config) error {
	s, err := store.Open(DataFile(c), store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Compact(ctx), s.Close())
}

// Restore verifies a backup and puts it in the place of the data file, unless
// it is only to be verified. It returns where the file that was there is kept.
func Restore(ctx context.Context, c *config.Config, file string, verifyOnly bool) (kept string, err error) {
	if err := store.Verify(ctx, file); err != nil {
		return "", err
	}
	if verifyOnly {
		return "", nil
	}
	to := DataFile(c)
	if s, err := store.Open(to, store.Options{}); err == nil {
		// Nobody else has it; a running service would.
		if err := s.Close(); err != nil {
			return "", err
		}
	} else if _, locked := errors.AsType[*store.LockedError](err); locked {
		return "", err
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		kept = fmt.Sprintf("%s.before-%s", to, time.Now().UTC().Format("20060102T150405Z"))
		if err := os.Rename(to, kept); err != nil {
			return "", err
		}
	}
	if err := copyFile(file, to); err != nil {
		return kept, err
	}
	s, err := store.Open(to, store.Options{}) // also gives it to whom the folder belongs
	if err != nil {
		return kept, err
	}
	return kept, s.Close()
}

// copyFile copies by way of a temporary name, so that a cut copy is never
// taken for the data file.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	tmp := to + ".restoring"
	out, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, to)
}
