//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock takes the lock that bbolt will ask for again on the same open file,
// which then succeeds at once: so the file can be checked between locking it
// and mapping it.
func lock(f *os.File, shared bool, timeout time.Duration) error {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	for deadline := time.Now().Add(timeout); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(deadline) {
			return &LockedError{Path: f.Name()}
		}
	}
}

// handOver gives a file that root has made to whom its folder belongs, so that
// a command run by root does not lock the service out of its own data.
func handOver(f *os.File) {
	dir, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil || os.Geteuid() != 0 {
		return
	}
	if st, ok := dir.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
		_ = f.Chown(int(st.Uid), int(st.Gid)) // the service will say that it cannot open it
	}
}
