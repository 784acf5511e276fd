//go:build !linux

package store

import bolt "go.etcd.io/bbolt"

// release is for systems that count mapped pages as a process's own.
func (*Store) release(*bolt.Tx) {}

func (*Store) releaseNow(*bolt.Tx) {}
