package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The layout of a bbolt file, as far as a walk over it needs to know.
const (
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	metaSize    = 64 // without the page header
	pageHeader  = 16
	elemSize    = 16

	branchPage = 0x01
	leafPage   = 0x02
	subBucket  = 0x01 // flag of a leaf element
)

// A walker visits every page in use once. It exists because bbolt itself
// trusts its file: on a damaged one it panics in a goroutine of its own, or
// recurses for ever through a cycle of pages, and neither can be stopped from
// outside. So whatever bbolt would object to must be found here first. The walker reads through the file and not through a map, never
// recurses, and so ends on any input with a verdict.
type walker struct {
	r     io.ReaderAt
	page  uint64 // size in bytes
	high  uint64 // first page number not in use
	seen  []uint64
	stack []subtree
	buf   []byte
}

// subtree is a page to be visited and the bounds that its parent sets to its
// keys: lo <= key < hi. A nil bound is none.
type subtree struct {
	id     uint64
	lo, hi []byte
}

// fsck reports the first damage found in a bbolt file of the given size.
func fsck(r io.ReaderAt, size int64) error {
	m, err := newestMeta(r, size)
	if err != nil {
		return err
	}
	w := walker{r: r, page: uint64(m.pageSize), high: m.high}
	if w.high > uint64(size)/w.page {
		return fmt.Errorf("cut off: %d pages in use, %d bytes present", w.high, size)
	}
	w.seen = make([]uint64, w.high/64+1)
	w.stack = append(w.stack, subtree{id: m.root})
	for len(w.stack) > 0 {
		t := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if err := w.visit(t); err != nil {
			return fmt.Errorf("page %d: %w", t.id, err)
		}
	}
	return nil
}

type meta struct {
	pageSize         uint32
	root, high, txid uint64
}

// newestMeta finds the valid meta page with the highest transaction, as bbolt
// does: the first is at the start, the second one page later.
func newestMeta(r io.ReaderAt, size int64) (meta, error) {
	best, found := meta{}, false
	try := func(at int64) (meta, bool) {
		var b [pageHeader + metaSize]byte
		if _, err := r.ReadAt(b[:], at); err != nil {
			return meta{}, false
		}
		m, ok := parseMeta(b[pageHeader:])
		if ok && (!found || m.txid > best.txid) {
			best, found = m, true
		}
		return m, ok
	}
	if m, ok := try(0); ok {
		try(int64(m.pageSize))
	} else {
		for at := int64(1 << 10); at <= 1<<24 && at < size; at <<= 1 {
			try(at)
		}
	}
	if !found {
		return meta{}, errors.New("not a data file, or its head is lost")
	}
	return best, nil
}

func parseMeta(b []byte) (meta, bool) {
	u32, u64 := binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	m := meta{pageSize: u32(b[8:]), root: u64(b[16:]), high: u64(b[40:]), txid: u64(b[48:])}
	ok := u32(b) == metaMagic && u32(b[4:]) == metaVersion && u64(b[metaSize-8:]) == sum.Sum64() &&
		m.pageSize >= 512 && m.pageSize <= 1<<24
	return m, ok
}

// visit reads one page with its overflow, marks it and looks at its elements.
func (w *walker) visit(t subtree) error {
	id := t.id
	if id < 2 || id >= w.high {
		return fmt.Errorf("out of bounds (%d pages in use)", w.high)
	}
	if err := w.read(id, 1); err != nil {
		return err
	}
	if got := binary.NativeEndian.Uint64(w.buf); got != id {
		return fmt.Errorf("says it is page %d", got)
	}
	pages := uint64(binary.NativeEndian.Uint32(w.buf[12:])) + 1
	if pages > w.high-id {
		return fmt.Errorf("claims %d pages", pages)
	}
	for n := id; n < id+pages; n++ {
		if w.seen[n/64]&(1<<(n%64)) != 0 {
			return errors.New("in use twice")
		}
		w.seen[n/64] |= 1 << (n % 64)
	}
	if pages > 1 {
		if err := w.read(id, pages); err != nil {
			return err
		}
	}
	return w.elements(w.buf, t)
}

func (w *walker) read(id, pages uint64) error {
	n := int(pages * w.page)
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	w.buf = w.buf[:n]
	_, err := w.r.ReadAt(w.buf, int64(id*w.page))
	return err
}

// elements checks that the keys of a page lie inside it, in order and within
// its bounds, and pushes the pages it points to. Buckets small enough are
// pages inside a value.
func (w *walker) elements(p []byte, t subtree) error {
	kind, count := binary.NativeEndian.Uint16(p[8:]), int(binary.NativeEndian.Uint16(p[10:]))
	if kind != branchPage && kind != leafPage {
		return fmt.Errorf("unknown kind %#x", kind)
	}
	if pageHeader+count*elemSize > len(p) {
		return fmt.Errorf("claims %d elements", count)
	}
	if kind == branchPage && count == 0 {
		return errors.New("branch without children")
	}
	var last []byte
	for i := range count {
		e, err := readElement(p, kind, i)
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, e.key) >= 0 || t.lo != nil && bytes.Compare(e.key, t.lo) < 0 || t.hi != nil && bytes.Compare(e.key, t.hi) >= 0 {
			return fmt.Errorf("element %d out of order", i)
		}
		last = e.key
		switch {
		case kind == branchPage:
			if i > 0 {
				w.stack[len(w.stack)-1].hi = bytes.Clone(e.key)
			}
			w.stack = append(w.stack, subtree{id: e.child, lo: bytes.Clone(e.key), hi: t.hi})
		case e.bucket:
			if err := w.bucket(e.value); err != nil {
				return fmt.Errorf("bucket %q: %w", e.key, err)
			}
		}
	}
	return nil
}

type element struct {
	key, value []byte
	child      uint64 // of a branch
	bucket     bool   // of a leaf: the value is a bucket
}

func readElement(p []byte, kind uint16, i int) (element, error) {
	u32 := binary.NativeEndian.Uint32
	at := pageHeader + i*elemSize
	b := p[at : at+elemSize]
	var e element
	pos, ksize, vsize := uint64(u32(b)), uint64(u32(b[4:])), uint64(0)
	if kind == branchPage {
		e.child = binary.NativeEndian.Uint64(b[8:])
	} else {
		e.bucket = u32(b)&subBucket != 0
		pos, ksize, vsize = uint64(u32(b[4:])), uint64(u32(b[8:])), uint64(u32(b[12:]))
	}
	start := uint64(at) + pos
	if start+ksize+vsize > uint64(len(p)) {
		return e, fmt.Errorf("element %d lies outside", i)
	}
	e.key, e.value = p[start:start+ksize], p[start+ksize:start+ksize+vsize]
	return e, nil
}

// bucket looks at the head of a bucket, and at the whole of a small one.
func (w *walker) bucket(value []byte) error {
	if len(value) < 16 {
		return errors.New("without a root")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		w.stack = append(w.stack, subtree{id: root})
		return nil
	}
	return w.inline(value[16:])
}

// inline checks a bucket kept inside a value. bbolt never nests another bucket
// in one, so that this is as deep as it goes.
func (w *walker) inline(p []byte) error {
	if len(p) < pageHeader {
		return errors.New("cut off")
	}
	if binary.NativeEndian.Uint16(p[8:]) != leafPage {
		return errors.New("inline, but not a leaf")
	}
	for i := range int(binary.NativeEndian.Uint16(p[10:])) {
		at := pageHeader + i*elemSize
		if at+elemSize > len(p) || binary.NativeEndian.Uint32(p[at:])&subBucket != 0 {
			return errors.New("bad element")
		}
	}
	return w.elements(p, subtree{})
}
