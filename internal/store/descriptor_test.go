//go:build linux || darwin

package store

import (
	"os"
	"syscall"
	"testing"
)

// swapDescriptor puts another open file behind the descriptor that the engine
// writes to.
func swapDescriptor(t *testing.T, s *Store, other *os.File) {
	t.Helper()
	want, err := os.Stat(s.path)
	must(t, err)
	for fd := range 256 {
		var st syscall.Stat_t
		if fd == int(other.Fd()) || syscall.Fstat(fd, &st) != nil {
			continue
		}
		if sys, ok := want.Sys().(*syscall.Stat_t); ok && st.Ino == sys.Ino && st.Dev == sys.Dev {
			must(t, dup2(int(other.Fd()), fd))
			return
		}
	}
	t.Skip("the engine's descriptor was not found")
}
