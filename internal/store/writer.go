package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	berrors "go.etcd.io/bbolt/errors"

	bolt "go.etcd.io/bbolt"
)

// A group is what one transaction takes at most. A commit costs two disk
// syncs whatever it holds, so what waits shares one; a transaction too large
// would make everybody wait.
const (
	maxOps  = 256
	maxPuts = 5000
)

// op is a change that waits for the writer. Everything that can be done
// before (encoding, looking up) has been done before.
type op struct {
	apply func(*bolt.Tx) error
	puts  int
	grows bool         // brings items: refused first when room gets scarce
	alone func() error // instead of apply: work outside any transaction
	done  chan error
}

// submit hands an op to the writer and waits for its fate. Once the writer has
// taken it, ctx no longer matters: the answer is always the true one.
func (s *Store) submit(ctx context.Context, o *op) error {
	if err := s.writable(); err != nil {
		return err
	}
	o.done = make(chan error, 1)
	select {
	case s.queue <- o:
		return <-o.done
	case <-s.closing:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Store) writable() error {
	if s.opts.ReadOnly {
		return ErrReadOnly
	}
	return s.usable()
}

// update submits a change of a few puts.
func (s *Store) update(ctx context.Context, puts int, apply func(*bolt.Tx) error) error {
	return s.submit(ctx, &op{apply: apply, puts: puts})
}

// write is the one goroutine that changes the file. The queue has no buffer:
// what waits is waiting to send, and nothing is left behind at the end.
func (s *Store) write() {
	debug.SetPanicOnFault(true)
	for {
		select {
		case o := <-s.queue:
			s.run(o)
		case <-s.closing:
			for {
				select {
				case o := <-s.queue:
					s.run(o)
				default:
					return
				}
			}
		}
	}
}

// run commits an op together with what else waits.
func (s *Store) run(first *op) {
	ops, puts := []*op{first}, first.puts
	var alone *op
	if first.alone != nil {
		ops, alone = nil, first
	}
gather:
	for alone == nil && len(ops) < maxOps && puts < maxPuts {
		select {
		case o := <-s.queue:
			if o.alone != nil {
				alone = o
				break gather
			}
			ops, puts = append(ops, o), puts+o.puts
		default:
			break gather
		}
	}
	s.commit(ops)
	if alone != nil {
		alone.done <- s.safely(alone.alone)
	}
}

// commit brings a group to disk and answers each op. An op that cannot be
// applied fails alone. When there is no room, what brings items fails and the
// rest, which is small and keeps alerts moving, is tried without it.
func (s *Store) commit(ops []*op) {
	for len(ops) > 0 {
		bad, err := s.attempt(ops)
		switch full, isFull := errors.AsType[*FullError](err); {
		case err == nil:
			answer(ops, nil)
			return
		case bad >= 0:
			ops[bad].done <- err
			ops = append(ops[:bad:bad], ops[bad+1:]...)
		case isFull:
			small := small(ops)
			if len(small) == len(ops) {
				answer(ops, full)
				return
			}
			for _, o := range ops {
				if o.grows {
					o.done <- full
				}
			}
			ops = small
		default:
			answer(ops, err)
			return
		}
	}
}

func answer(ops []*op, err error) {
	for _, o := range ops {
		o.done <- err
	}
}

func small(ops []*op) []*op {
	var rest []*op
	for _, o := range ops {
		if !o.grows {
			rest = append(rest, o)
		}
	}
	return rest
}

// attempt runs one transaction. bad is the op that could not be applied, or -1
// if the transaction as a whole did not come about.
func (s *Store) attempt(ops []*op) (bad int, err error) {
	bad = -1
	err = s.safely(func() error {
		err := s.db.Update(func(tx *bolt.Tx) error {
			defer s.release(tx)
			scarce := s.scarce(tx)
			for i, o := range ops {
				if scarce && o.grows {
					bad = i
					return &FullError{Path: s.path, Limit: s.opts.MaxSize, Err: berrors.ErrMaxSizeReached}
				}
				if err := o.apply(tx); err != nil {
					bad = i
					return err
				}
			}
			return nil
		})
		if err == nil || bad >= 0 {
			return err
		}
		if isFull(err) {
			return opening(s.path, s.opts.MaxSize, err)
		}
		// What reached the disk is not known (an fsync that failed once may
		// succeed the next time without the data), so nothing may follow.
		return s.fail(fmt.Errorf("commit: %w", err))
	})
	if s.failure() != nil {
		bad = -1
	}
	return bad, err
}

// safely runs work of the writer; a fault in it is the end of the store.
func (s *Store) safely(work func() error) (err error) {
	if err := s.failure(); err != nil {
		return err
	}
	defer s.guard(&err)()
	return work()
}

// scarce says that the room left must be kept for what has no items: the
// outbox moves on, and Expire can work, in a file that takes no more news.
func (s *Store) scarce(tx *bolt.Tx) bool {
	limit := s.opts.MaxSize
	if limit <= 0 {
		return false
	}
	reserve := min(limit/8, 64<<20)
	return s.used(tx)+int64(s.db.AllocSize) > limit-reserve
}

// used is how many bytes of the file hold something.
func (s *Store) used(tx *bolt.Tx) int64 {
	return tx.Size() - int64(s.db.Stats().FreeAlloc)
}
