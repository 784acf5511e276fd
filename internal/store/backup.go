package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// Backup writes a copy of the file as it is at this moment, while work goes
// on. The copy is checked before it takes the name path; one that was there
// before is replaced only then.
func (s *Store) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if same, _ := sameFile(path, s.path); same {
		return errors.New("a backup cannot replace the data file itself")
	}
	return Receive(ctx, path, func(w io.Writer) error {
		return s.view(ctx, func(tx *bolt.Tx) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
}

// Receive makes a file of what fill writes, if that is a sound data file; one
// that was there before is replaced only then.
func Receive(ctx context.Context, path string, fill func(io.Writer) error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part") // made 0600
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := fill(ctxWriter{ctx, temp}); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := Verify(ctx, temp.Name()); err != nil {
		return fmt.Errorf("backup: the copy: %w", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// ctxWriter ends a long copy when its context ends.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w ctxWriter) Write(b []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.w.Write(b)
}

// Verify says whether a file that no running watcherd uses is a sound data
// file of a layout this watcherd knows, older ones included: its structure is
// walked whole, and the newest records, stories, deliveries and all that is
// known of feeds are decoded. It reads each page once, and so ends.
func Verify(ctx context.Context, path string) error {
	s, err := Open(path, Options{ReadOnly: true})
	if errors.Is(err, errNothingYet) {
		return &DamagedError{Path: path, Err: errNothingYet}
	}
	if err != nil {
		return err
	}
	defer s.Close()
	damaged := func(err error) error { return &DamagedError{Path: s.path, Err: err} }
	if _, err := s.FeedStates(ctx); err != nil {
		return damaged(err)
	}
	if err := s.verifyHabits(ctx); err != nil {
		return damaged(err)
	}
	if _, err := s.Deliveries(ctx, Filter{Limit: verifySome}); err != nil {
		return damaged(err)
	}
	if err := s.verifyNewest(ctx); err != nil {
		return damaged(err)
	}
	return nil
}

const verifySome = 100

func (s *Store) verifyHabits(ctx context.Context) error {
	return s.each(ctx, bHabits, func(id, value []byte) error {
		_, err := decodeHabits(news.FeedID(id), value)
		return err
	})
}

func (s *Store) verifyNewest(ctx context.Context) error {
	return s.view(ctx, func(tx *bolt.Tx) error {
		n := 0
		for _, w := range weeks(tx) {
			if w.items == nil {
				continue
			}
			c := w.items.Cursor()
			for k, v := c.Last(); k != nil && n < verifySome; k, v = c.Prev() {
				if _, err := s.codec.decode(0, v, new(unpacker)); err != nil {
					return fmt.Errorf("week %s, item %x: %w", w.name, k, err)
				}
				n++
			}
		}
		c := tx.Bucket(bLast).Cursor()
		n = 0
		for k, _ := c.Last(); len(k) > 8 && n < verifySome; k, _ = c.Prev() {
			if _, err := decodeStory(tx.Bucket(bStories).Get(k[8:])); err != nil {
				return fmt.Errorf("story %s: %w", k[8:], err)
			}
			n++
		}
		return nil
	})
}

func sameFile(a, b string) (bool, error) {
	ia, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	ib, err := os.Stat(b)
	if err != nil {
		return false, err
	}
	return os.SameFile(ia, ib), nil
}

// syncDir makes a rename or creation in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
