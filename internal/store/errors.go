package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"github.com/watcherd/watcherd/internal/news"
)

// Faults of use. All other faults of this package are typed: see LockedError,
// AccessError, FullError, DamagedError, HabitsError, SchemaError and FailedError.
var (
	ErrClosed   = errors.New("the data file is closed")
	ErrReadOnly = errors.New("the data file is open for reading only")
)

// LockedError says that another process holds the data file.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("watcherd is already running with this data file (%s)", e.Path)
}

// AccessError says that the data file or its folder cannot be used by this
// user or on this file system.
type AccessError struct {
	Path string
	Err  error
}

func (e *AccessError) Error() string {
	return fmt.Sprintf("cannot write the data file %s: %v (does it belong to the user that watcherd runs as?)", e.Path, e.Err)
}

func (e *AccessError) Unwrap() error { return e.Err }

// FullError says that there is no room for what was to be stored. Nothing was
// changed, reading goes on, and writing works again once there is room.
type FullError struct {
	Path  string
	Limit int64 // the limit of the config that was met; 0 if the disk itself is full
	Err   error
}

func (e *FullError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("the data file %s has reached its limit of %d MB", e.Path, e.Limit>>20)
	}
	return fmt.Sprintf("no space left for the data file %s", e.Path)
}

func (e *FullError) Unwrap() error { return e.Err }

// DamagedError says that the file is not, or no longer, a sound data file.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the data file %[1]s is damaged: %[2]v; "+
		"keep it aside (mv %[1]s %[1]s.damaged) and restore the newest backup (watcherd restore FILE), "+
		"or start without one: what the feeds hold at that moment will not alert", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// HabitsError says that what is stored of a feed's habits is damaged. The feed
// can go on without: its next round with news stores new ones.
type HabitsError struct {
	Feed news.FeedID
	Err  error
}

func (e *HabitsError) Error() string { return fmt.Sprintf("habits of feed %s: %v", e.Feed, e.Err) }

func (e *HabitsError) Unwrap() error { return e.Err }

// SchemaError says that a newer watcherd has written the file.
type SchemaError struct {
	Path       string
	Have, Know uint32
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("the data file %s was written by a newer watcherd (layout %d; this one knows %d): install that version, or restore a backup from before the upgrade",
		e.Path, e.Have, e.Know)
}

// FailedError is what every call returns after the storage under the file has
// failed: what the last commit left on the disk is not known, so that nothing
// more may be promised until the file has been opened, and checked, anew.
type FailedError struct {
	Path string
	Err  error
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("the storage under the data file %s has failed: %v", e.Path, e.Err)
}

func (e *FailedError) Unwrap() error { return e.Err }

// isFull tells a refused write from a failed one. Only a refused write is
// harmless: an fsync that reports a full disk may have dropped pages already,
// and it does not come as a PathError of a write.
func isFull(err error) bool {
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return true
	}
	pe, ok := errors.AsType[*fs.PathError](err)
	return ok && (pe.Op == "write" || pe.Op == "open") &&
		(errors.Is(pe.Err, syscall.ENOSPC) || errors.Is(pe.Err, syscall.EDQUOT))
}

func isAccess(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) ||
		errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR)
}

// opening gives a fault met while opening its type.
func opening(path string, limit int64, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		return &LockedError{Path: path}
	case isFull(err):
		if !errors.Is(err, berrors.ErrMaxSizeReached) {
			limit = 0
		}
		return &FullError{Path: path, Limit: limit, Err: err}
	case isAccess(err):
		return &AccessError{Path: path, Err: err}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return &DamagedError{Path: path, Err: err}
	}
	return err
}
