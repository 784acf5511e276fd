package store

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	// lookEvery is how often it is looked at most how much of files is mapped. A
	// sweep through ten thousand feeds maps some 100 MB a second, since the
	// system maps the neighbours of every page that is touched.
	lookEvery = 50 * time.Millisecond
	// mappedMost is how much of files, the program's own included, stays mapped.
	// Pages that are given back are mapped anew when they are touched again,
	// which costs more the more often it is done.
	mappedMost = 256 << 20
)

// release gives back the pages of the mapped file if there are many, which the
// system keeps in its cache anyway: they count as the service's memory while
// they are mapped, and a walk through the file maps all of them. It needs an
// open transaction, which holds the mapping where it is.
func (s *Store) release(tx *bolt.Tx) {
	now := time.Now().UnixNano()
	last := s.released.Load()
	if now-last < int64(lookEvery) || !s.released.CompareAndSwap(last, now) {
		return
	}
	if mapped() > mappedMost {
		s.releaseNow(tx)
	}
}

// releaseNow does so whatever is mapped.
func (s *Store) releaseNow(tx *bolt.Tx) {
	// Nothing is lost whatever the answer: the mapping is shared and read-only.
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, s.db.Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
}

// mapped is how many bytes of files are in this process's memory, or more than
// any bound where the system does not say.
func mapped() int64 {
	const all = 1 << 62
	line, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return all
	}
	words := bytes.Fields(line)
	if len(words) < 3 {
		return all
	}
	pages, err := strconv.ParseInt(string(words[2]), 10, 64)
	if err != nil {
		return all
	}
	return pages * int64(os.Getpagesize())
}
