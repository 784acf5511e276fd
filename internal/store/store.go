// Package store is what the watch remembers: items with their verdicts, the
// keys under which items are known again, stories, the outbox, feed states,
// mutes, readers' opinions, and a few small values. It is the only package that knows bbolt, and
// nothing of bbolt leaves it: what it returns are copies.
//
// It decides nothing. What is new, what matters and what is said is the work
// of others; the store only promises that a Round is there whole or not at
// all, and that after Commit has returned it stays.
//
// Start reading at commit.go (what a round leaves behind) and writer.go (how
// rounds share a transaction); schema.go draws the buckets.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Options say how to open a data file. The zero value is good.
type Options struct {
	Timeout  time.Duration // how long to wait for another process to let go; 0 means 2 s
	MaxSize  int64         // the file never grows beyond it; 0 means no limit
	ReadOnly bool
	Log      *slog.Logger // debug lines of the storage engine; nil for none
}

// Store is an open data file. Its methods may be called from any goroutine.
type Store struct {
	path   string
	opts   Options
	codec  *codec
	layout uint32 // of the file; an older one is only read

	queue   chan *op
	closing chan struct{}
	written sync.WaitGroup
	once    sync.Once

	// swap guards db: readers share it, Compact and Close take it alone.
	swap sync.RWMutex
	db   *bolt.DB

	released atomic.Int64 // when mapped pages were last given back

	mu     sync.Mutex
	failed error // why no call can succeed any more
}

// Open opens the data file, creating it and its folder if need be, and brings
// an older layout up to date, or reading it as it is if it may only read. It checks the structure of the whole file
// first, so that a damaged one is an error and never a crash or a hang.
func Open(path string, opts Options) (*Store, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = 2 * time.Second
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if !opts.ReadOnly {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, opening(path, 0, err)
		}
	}
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	db, err := openFile(path, opts)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, opts: opts, codec: codec, db: db, queue: make(chan *op), closing: make(chan struct{})}
	if err := s.prepare(); err != nil {
		db.Close()
		return nil, err
	}
	// The engine has walked through the whole file to find what is free.
	_ = db.View(func(tx *bolt.Tx) error { s.releaseNow(tx); return nil }) // whoever asks next meets the same error
	if !opts.ReadOnly {
		os.Remove(s.compactPath()) // of a compaction that was killed
		s.written.Go(s.write)
	}
	return s, nil
}

// openFile locks, checks and then maps the file, in this order: a file that
// another process is writing would look damaged.
func openFile(path string, opts Options) (db *bolt.DB, err error) {
	flag := os.O_RDWR | os.O_CREATE
	if opts.ReadOnly {
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, opening(path, 0, err)
	}
	defer func() {
		if db == nil {
			f.Close()
		}
	}()
	if err := lock(f, opts.ReadOnly, opts.Timeout); err != nil {
		return nil, opening(path, 0, err)
	}
	if err := check(f, opts.ReadOnly); err != nil {
		return nil, err
	}
	if !opts.ReadOnly {
		handOver(f)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, &DamagedError{Path: path, Err: fmt.Errorf("%v", p)}
		}
	}()
	db, err = bolt.Open(path, 0o600, engineOptions(opts, f))
	if err != nil {
		return nil, opening(path, opts.MaxSize, err)
	}
	db.AllocSize = growBy(opts.MaxSize)
	return db, nil
}

// check looks at the structure of a locked file. A small file of zeros is what
// a power cut during its creation leaves; nothing was ever stored in it.
func check(f *os.File, readOnly bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &AccessError{Path: f.Name(), Err: errors.New("not a regular file")}
	}
	size := info.Size()
	if size == 0 && !readOnly {
		return syncDir(filepath.Dir(f.Name())) // it may just have been created
	}
	err = fsck(f, size)
	if err != nil && !readOnly && size <= 64<<10 && allZero(f, size) {
		return f.Truncate(0)
	}
	if err != nil {
		return &DamagedError{Path: f.Name(), Err: err}
	}
	return nil
}

func allZero(f *os.File, size int64) bool {
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return false
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// engineOptions are chosen so that a forgotten reader cannot bloat the file
// (no free list on disk) nor block the writer (a map larger than the file).
func engineOptions(opts Options, f *os.File) *bolt.Options {
	o := &bolt.Options{
		Timeout:        opts.Timeout,
		FreelistType:   bolt.FreelistMapType,
		NoFreelistSync: true,
		MaxSize:        int(opts.MaxSize),
		ReadOnly:       opts.ReadOnly,
		Logger:         engineLog{opts.Log},
	}
	if f != nil {
		o.OpenFile = func(string, int, os.FileMode) (*os.File, error) { return f, nil }
	}
	if strconv.IntSize == 64 && !opts.ReadOnly {
		gib := 1 << 30
		o.InitialMmapSize = 8 * gib
	}
	return o
}

// growBy is the step in which the file grows: small beside its limit.
func growBy(limit int64) int {
	if limit <= 0 {
		return 16 << 20
	}
	return int(min(max(limit/64, 256<<10), 16<<20))
}

// Close waits for what is queued, then lets go of the file. Closing twice is
// harmless.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		s.written.Wait()
		err = s.closeFile()
	})
	return err
}

func (s *Store) closeFile() error {
	done := make(chan error, 1)
	go func() {
		s.swap.Lock()
		defer s.swap.Unlock()
		done <- s.db.Close()
	}()
	if s.failure() == nil {
		return <-done
	}
	// After a fault inside the engine its locks may be held for ever.
	select {
	case err := <-done:
		return err
	case <-time.After(2 * time.Second):
		return s.failure()
	}
}

// Path is the data file's absolute path.
func (s *Store) Path() string { return s.path }

func (s *Store) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// fail makes every later call return the first failure.
func (s *Store) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = &FailedError{Path: s.path, Err: err}
	}
	return s.failed
}

// view runs fn in a read transaction. It must be short, must not keep bytes of
// the transaction, and must not wait for anything.
func (s *Store) view(ctx context.Context, fn func(*bolt.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	s.swap.RLock()
	defer s.swap.RUnlock()
	if err := s.usable(); err != nil {
		return err
	}
	defer s.guard(&err)()
	return s.db.View(func(tx *bolt.Tx) error {
		defer s.release(tx)
		return fn(tx)
	})
}

func (s *Store) usable() error {
	select {
	case <-s.closing:
		return ErrClosed
	default:
		return s.failure()
	}
}

// guard turns a fault of the mapped file, or an assertion of the engine, into
// the failure of the store. The result is to be deferred.
func (s *Store) guard(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			*err = s.fail(fmt.Errorf("%v\n%s", p, debug.Stack()))
		}
	}
}

// engineLog passes bbolt's lines on at debug level: every fault among them is
// also returned, and is logged by whoever handles it.
type engineLog struct{ log *slog.Logger }

func (l engineLog) debugf(format string, v ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("bbolt: " + fmt.Sprintf(format, v...))
	}
}

func (l engineLog) Debug(...any)                     {} // several a transaction
func (l engineLog) Debugf(string, ...any)            {}
func (l engineLog) Info(v ...any)                    { l.debugf("%s", fmt.Sprint(v...)) }
func (l engineLog) Infof(format string, v ...any)    { l.debugf(format, v...) }
func (l engineLog) Warning(v ...any)                 { l.debugf("%s", fmt.Sprint(v...)) }
func (l engineLog) Warningf(format string, v ...any) { l.debugf(format, v...) }
func (l engineLog) Error(v ...any)                   { l.debugf("%s", fmt.Sprint(v...)) }
func (l engineLog) Errorf(format string, v ...any)   { l.debugf(format, v...) }
func (l engineLog) Fatal(v ...any)                   { panic(fmt.Sprint(v...)) }
func (l engineLog) Fatalf(format string, v ...any)   { panic(fmt.Sprintf(format, v...)) }
func (l engineLog) Panic(v ...any)                   { panic(fmt.Sprint(v...)) }
func (l engineLog) Panicf(format string, v ...any)   { panic(fmt.Sprintf(format, v...)) }
