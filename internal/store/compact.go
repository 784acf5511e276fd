package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

func (s *Store) compactPath() string { return s.path + ".compact" }

// Compact rewrites the file without its free space. Rounds wait meanwhile,
// readers do not. A kill at any moment leaves either the old file or the new.
func (s *Store) Compact(ctx context.Context) error {
	return s.submit(ctx, &op{alone: func() error {
		fresh, err := s.copyCompact()
		if err != nil {
			os.Remove(s.compactPath())
			return fmt.Errorf("compact: %w", err)
		}
		// The new file is locked by now, so that no other process can get in
		// between the renaming and the closing of the old one.
		err = os.Rename(s.compactPath(), s.path)
		if err != nil {
			fresh.Close()
			os.Remove(s.compactPath())
			return fmt.Errorf("compact: %w", err)
		}
		s.swap.Lock()
		old := s.db
		s.db = fresh
		s.swap.Unlock()
		if err := syncDir(filepath.Dir(s.path)); err != nil {
			old.Close()
			return s.fail(fmt.Errorf("compact: %w", err)) // which file a power cut would leave is not known
		}
		return old.Close()
	}})
}

// copyCompact writes the new file and opens it as the store's own. Syncing is
// off only while nothing depends on the file; it is synced whole at the end.
func (s *Store) copyCompact() (*bolt.DB, error) {
	path := s.compactPath()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	opts := engineOptions(s.opts, nil)
	opts.NoSync, opts.InitialMmapSize, opts.Timeout = true, 0, time.Second
	dst, err := bolt.Open(path, 0o600, opts)
	if err != nil {
		return nil, err
	}
	err = bolt.Compact(dst, s.db, 1<<20)
	if err == nil {
		err = dst.Sync()
	}
	if err := errors.Join(err, dst.Close()); err != nil {
		return nil, err
	}
	return openFile(path, s.opts)
}
