package store

import (
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// releaseEvery is how often pages of the file are given back at most. A sweep
// through ten thousand feeds maps some 100 MB a second, since the system maps
// the neighbours of every page that is touched.
const releaseEvery = 50 * time.Millisecond

// release gives back the pages of the mapped file, which the system keeps in
// its cache anyway: they count as the service's memory while they are mapped,
// and a walk through the file maps all of them. It needs an open transaction,
// which holds the mapping where it is.
func (s *Store) release(tx *bolt.Tx) {
	now := time.Now().UnixNano()
	last := s.released.Load()
	if now-last < int64(releaseEvery) || !s.released.CompareAndSwap(last, now) {
		return
	}
	s.releaseNow(tx)
}

// releaseNow does so whenever it was done last.
func (s *Store) releaseNow(tx *bolt.Tx) {
	// Nothing is lost whatever the answer: the mapping is shared and read-only.
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, s.db.Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
}
