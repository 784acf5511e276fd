package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/watcherd/watcherd/internal/news"
)

// Known says for each key which item it names, the zero Seen where none, in
// the order of the keys. All keys of a round are asked at once.
func (s *Store) Known(ctx context.Context, keys []news.Key) ([]Seen, error) {
	out := make([]Seen, len(keys))
	err := s.view(ctx, func(tx *bolt.Tx) error {
		ws := weeks(tx)
		for i, k := range keys {
			for _, w := range ws {
				seq := get(w.keys, k[:])
				if seq == nil {
					continue
				}
				seen, err := decodeSeen(get(w.seen, seq))
				if err != nil {
					return err
				}
				out[i] = seen
				break
			}
		}
		return nil
	})
	return out, err
}

// putSeen writes what Known will say into the present week, and over any copy
// in a later one, which a clock that ran ahead may have left.
func putSeen(tx *bolt.Tx, now weekBucket, seq []byte, seen Seen) error {
	value := encodeSeen(seen)
	if err := now.putSeen(seq, value, seen.keys); err != nil {
		return err
	}
	c := tx.Bucket(bWeeks).Cursor()
	var later [][]byte
	for name, _ := c.Last(); name != nil && bytes.Compare(name, now.name) > 0; name, _ = c.Prev() {
		later = append(later, bytes.Clone(name))
	}
	for _, name := range later {
		w, _ := openWeek(tx, name)
		for _, k := range seen.keys {
			if get(w.keys, k[:]) == nil {
				continue
			}
			seen.carried = true
			if err := w.putSeen(seq, encodeSeen(seen), seen.keys); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

func (w weekBucket) putSeen(seq, value []byte, keys []news.Key) error {
	if err := w.see(seq, value); err != nil {
		return err
	}
	for _, k := range keys {
		if err := w.keys.Put(bytes.Clone(k[:]), seq); err != nil {
			return err
		}
	}
	return nil
}

// see stores what is known of an item. New items come under rising numbers,
// those carried over from an older week in any order.
func (w weekBucket) see(seq, value []byte) error {
	w.seen.FillPercent = bolt.DefaultFillPercent
	if last, _ := w.seen.Cursor().Last(); bytes.Compare(seq, last) > 0 {
		w.seen.FillPercent = fullPages
	}
	return w.seen.Put(seq, value)
}

// carry copies what is known of a key's item from its newest older week into
// the present one, so that it lives on while the item stands in its feed.
func carry(tx *bolt.Tx, now weekBucket, key news.Key) error {
	if now.keys.Get(key[:]) != nil {
		return nil
	}
	for _, w := range weeks(tx) {
		seq := get(w.keys, key[:])
		if seq == nil {
			continue
		}
		seen, err := decodeSeen(get(w.seen, seq))
		if err != nil {
			return err
		}
		seq = bytes.Clone(seq)
		if now.seen.Get(seq) == nil {
			seen.carried = true
			if err := now.see(seq, encodeSeen(seen)); err != nil {
				return err
			}
		}
		for _, k := range append(seen.keys, key) {
			if now.keys.Get(k[:]) != nil {
				continue
			}
			if err := now.keys.Put(bytes.Clone(k[:]), seq); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// rename makes all keys names of the item that the first known one of them
// names. A key that names an item already is left to it.
func rename(tx *bolt.Tx, now weekBucket, keys []news.Key) error {
	ws := weeks(tx)
	i := slices.IndexFunc(keys, func(k news.Key) bool { return weekOf(ws, k) != nil })
	if i < 0 {
		return nil // expired meanwhile
	}
	if err := carry(tx, now, keys[i]); err != nil {
		return err
	}
	seq := bytes.Clone(now.keys.Get(keys[i][:]))
	seen, err := decodeSeen(get(now.seen, seq))
	if err != nil {
		return err
	}
	for _, k := range keys {
		if weekOf(ws, k) == nil {
			seen.keys = append(seen.keys, k)
		}
	}
	return now.putSeen(seq, encodeSeen(seen), seen.keys)
}

// Item returns the stored record of an item, false if there is none or its
// text has expired.
func (s *Store) Item(ctx context.Context, id news.ItemID) (Record, bool, error) {
	var seq uint64
	var value []byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		for _, w := range weeks(tx) {
			if at := get(w.ids, []byte(id)); at != nil {
				seq, value = binary.BigEndian.Uint64(at), bytes.Clone(get(w.items, at))
				return nil
			}
		}
		return nil
	})
	if err != nil || value == nil {
		return Record{}, false, err
	}
	r, err := s.codec.decode(seq, value, new(unpacker))
	return r, err == nil, err
}
