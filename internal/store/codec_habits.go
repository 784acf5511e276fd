package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"

	"github.com/watcherd/watcherd/internal/news"
)

// A feed's habits are mostly numbers, a few for each of its items, and every
// round with news writes them anew: they are kept as numbers. The first byte
// says how the rest is written; a new form is a new number. Four bytes of
// checksum follow it: most of what a fault of the disk makes of the rest would
// be habits, too.
const habitsForm = 1

// encodeHabits writes the lists with their lengths before them, and what the
// feed repeats, which is text and little, as JSON at the end.
func encodeHabits(h *news.Habits) []byte {
	id, once := &h.Identity, h.Blocks.Once
	b := make([]byte, 0, 32+24*len(id.Last)+8*len(once))
	var flags byte
	if id.NoGUID {
		flags |= 1
	}
	if id.NoLink {
		flags |= 2
	}
	b = append(b, habitsForm, 0, 0, 0, 0, flags)
	b = binary.AppendUvarint(b, uint64(id.Resets))
	b = binary.BigEndian.AppendUint64(b, nanos(id.Looked))
	b = binary.AppendUvarint(b, uint64(len(id.Last)))
	for _, k := range id.Last {
		b = append(b, k[:]...)
	}
	for _, list := range [][]uint32{id.Said, id.Titles} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, n := range list {
			b = binary.BigEndian.AppendUint32(b, n)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(once)))
	for _, n := range once {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	if len(h.Blocks.Again) > 0 {
		again, _ := json.Marshal(h.Blocks.Again) // of numbers, times and texts: it cannot fail
		b = append(b, again...)
	}
	binary.BigEndian.PutUint32(b[1:], crc32.ChecksumIEEE(b[habitsHead:]))
	return b
}

const habitsHead = 5 // bytes before what the checksum is of

func decodeHabits(feed news.FeedID, value []byte) (news.Habits, error) {
	r := reader{rest: value}
	head := r.bytes(habitsHead)
	switch {
	case r.bad || head[0] != habitsForm:
		return news.Habits{}, &HabitsError{Feed: feed, Err: errForm}
	case binary.BigEndian.Uint32(head[1:]) != crc32.ChecksumIEEE(r.rest):
		return news.Habits{}, &HabitsError{Feed: feed, Err: errors.New("the checksum is another")}
	}
	var h news.Habits
	if flags := r.bytes(1); !r.bad {
		h.Identity.NoGUID, h.Identity.NoLink = flags[0]&1 != 0, flags[0]&2 != 0
	}
	h.Identity.Resets = int(r.uvarint())
	if looked := r.bytes(8); !r.bad {
		h.Identity.Looked = fromNanos(binary.BigEndian.Uint64(looked))
	}
	h.Identity.Last = list(&r, len(news.Key{}), func(b []byte) news.Key { return news.Key(b) })
	h.Identity.Said = list(&r, 4, binary.BigEndian.Uint32)
	h.Identity.Titles = list(&r, 4, binary.BigEndian.Uint32)
	h.Blocks.Once = list(&r, 8, binary.BigEndian.Uint64)
	var err error
	if r.bad {
		err = errors.New("cut off")
	} else if len(r.rest) > 0 {
		err = json.Unmarshal(r.rest, &h.Blocks.Again)
	}
	if err != nil {
		return news.Habits{}, &HabitsError{Feed: feed, Err: err}
	}
	return h, nil
}

// reader takes a value apart. Once it is too short, bad is set and stays.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) bytes(n int) []byte {
	if r.bad || n > len(r.rest) {
		r.bad = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// list reads a length and so many values of a size.
func list[T any](r *reader, size int, value func([]byte) T) []T {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest)/size) {
		r.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	all := make([]T, n)
	for i := range all {
		all[i] = value(r.bytes(size))
	}
	return all
}
