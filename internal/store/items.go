package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"iter"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A page is what is read of a scan in one transaction: short enough to hold
// up nobody, long enough to cost little.
const (
	pageRecords = 256
	pageBytes   = 1 << 20
)

// Items yields the records first judged in [from, to), in the order of
// judgement. A zero from or to means no bound. No transaction is open while
// the caller works, so that it may take its time; what is stored meanwhile is
// met too. After an error nothing more is yielded.
func (s *Store) Items(ctx context.Context, from, to time.Time) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		scan := itemScan{s: s, from: nanos(from), to: nanos(to)}
		names, err := scan.weeks(ctx)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for _, name := range names {
			if !scan.week(ctx, name, yield) {
				return
			}
		}
	}
}

// CountItems is how many records Items would yield, or a few more: the numbers
// are counted, of which some have no record.
func (s *Store) CountItems(ctx context.Context, from, to time.Time) (n int, err error) {
	scan := itemScan{s: s, from: nanos(from), to: nanos(to)}
	names, err := scan.weeks(ctx)
	for _, name := range names {
		if err != nil {
			break
		}
		err = s.view(ctx, func(tx *bolt.Tx) error {
			w, ok := openWeek(tx, name)
			if !ok || w.items == nil { // expired meanwhile
				return nil
			}
			cur := w.items.Cursor()
			last, _ := cur.Last()
			if first, _ := cur.Seek(number(seekTime(cur, scan.from))); first != nil {
				n += int(binary.BigEndian.Uint64(last)-binary.BigEndian.Uint64(first)) + 1
			}
			return nil
		})
	}
	return n, err
}

// itemScan holds the memory that its pages share.
type itemScan struct {
	s        *Store
	from, to uint64
	arena    []byte
	page     []pageEntry
	records  []Record
	errs     []error
	decoders []unpacker
	walked   int // bytes read since pages were last given back
}

// walkBytes is how much of the file a scan may hold mapped.
const walkBytes = 8 << 20

type pageEntry struct {
	seq        uint64
	start, end int // in arena
}

// weeks lists the weeks that may hold a record of the span, in the order of
// their first record.
func (c *itemScan) weeks(ctx context.Context) ([][]byte, error) {
	type start struct{ name, first []byte }
	var starts []start
	err := c.s.view(ctx, func(tx *bolt.Tx) error {
		for _, w := range weeks(tx) {
			if w.items == nil {
				continue
			}
			end, err := weekEnd(w.name)
			if err != nil {
				return err
			}
			if nanos(end) <= c.from || c.to > 0 && nanos(end.AddDate(0, 0, -7)) >= c.to {
				continue
			}
			if k, _ := w.items.Cursor().First(); k != nil {
				starts = append(starts, start{w.name, slices.Clone(k)})
			}
		}
		return nil
	})
	slices.SortFunc(starts, func(a, b start) int { return slices.Compare(a.first, b.first) })
	names := make([][]byte, len(starts))
	for i, st := range starts {
		names[i] = st.name
	}
	return names, err
}

// week yields one week's records, page by page; false means stop.
func (c *itemScan) week(ctx context.Context, name []byte, yield func(Record, error) bool) bool {
	next := uint64(0)
	for more := true; more; {
		var err error
		if next, more, err = c.read(ctx, name, next); err != nil {
			yield(Record{}, err)
			return false
		}
		c.decode()
		for i, r := range c.records {
			if !yield(r, c.errs[i]) || c.errs[i] != nil {
				return false
			}
		}
	}
	return true
}

// decode unpacks a page on every core: a long past is mostly that.
func (c *itemScan) decode() {
	n := min(runtime.GOMAXPROCS(0), len(c.page)/32+1)
	c.records = append(c.records[:0], make([]Record, len(c.page))...)
	c.errs = append(c.errs[:0], make([]error, len(c.page))...)
	for len(c.decoders) < n {
		c.decoders = append(c.decoders, unpacker{})
	}
	some := func(w int) {
		for i := w; i < len(c.page); i += n {
			e := c.page[i]
			c.records[i], c.errs[i] = c.s.codec.decode(e.seq, c.arena[e.start:e.end], &c.decoders[w])
		}
	}
	var wg sync.WaitGroup
	for w := 1; w < n; w++ {
		wg.Go(func() { some(w) })
	}
	some(0)
	wg.Wait()
}

// read copies one page out of a transaction.
func (c *itemScan) read(ctx context.Context, name []byte, next uint64) (uint64, bool, error) {
	c.arena, c.page = c.arena[:0], c.page[:0]
	more := false
	err := c.s.view(ctx, func(tx *bolt.Tx) error {
		w, ok := openWeek(tx, name)
		if !ok || w.items == nil { // expired meanwhile
			return nil
		}
		cur := w.items.Cursor()
		if next == 0 {
			next = seekTime(cur, c.from)
		}
		// Rounds judged side by side commit in any order, so records a little
		// out of time are skipped one by one and not taken for the end.
		defer func() {
			if c.walked += len(c.arena); c.walked > walkBytes {
				c.walked = 0
				c.s.releaseNow(tx)
			}
		}()
		for k, v := cur.Seek(number(next)); k != nil; k, v = cur.Next() {
			seq := binary.BigEndian.Uint64(k)
			if len(c.page) >= pageRecords || len(c.arena) >= pageBytes {
				next, more = seq, true
				return nil
			}
			if at := recordAt(v); at < c.from || c.to > 0 && at >= c.to {
				continue
			}
			start := len(c.arena)
			c.arena = append(c.arena, v...)
			c.page = append(c.page, pageEntry{seq, start, len(c.arena)})
		}
		return nil
	})
	return next, more, err
}

// seekTime finds a number at or before the first record of the span. Records
// lie nearly in the order of their times; the hour covers the nearly.
func seekTime(cur *bolt.Cursor, from uint64) uint64 {
	const slack = uint64(time.Hour)
	if from < slack {
		return 1
	}
	first, _ := cur.First()
	last, _ := cur.Last()
	if first == nil {
		return 1
	}
	lo, hi := binary.BigEndian.Uint64(first), binary.BigEndian.Uint64(last)
	n := sort.Search(int(hi-lo), func(i int) bool {
		_, v := cur.Seek(number(lo + uint64(i)))
		return recordAt(v) >= from-slack
	})
	return lo + uint64(n)
}

// Search returns the newest n records whose title has every one of the words,
// in any case and anywhere in it, newest first.
func (s *Store) Search(ctx context.Context, words string, n int) ([]Record, error) {
	want := strings.Fields(plain(words))
	if len(want) == 0 || n <= 0 {
		return nil, nil
	}
	var names [][]byte
	err := s.view(ctx, func(tx *bolt.Tx) error {
		for _, w := range weeks(tx) {
			names = append(names, w.name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var found []Record
	for _, name := range names {
		if found, err = s.searchWeek(ctx, name, want, n, found); err != nil || len(found) >= n {
			return found, err
		}
	}
	return found, nil
}

// searchWeek reads titles backwards, a few thousand in a transaction.
func (s *Store) searchWeek(ctx context.Context, name []byte, want []string, n int, found []Record) ([]Record, error) {
	const titles = 4096
	var before []byte
	for more := true; more; {
		more = false
		hits := map[uint64][]byte{}
		err := s.view(ctx, func(tx *bolt.Tx) error {
			w, ok := openWeek(tx, name)
			if !ok || w.seen == nil {
				return nil
			}
			cur := w.seen.Cursor()
			k, v := cur.Last()
			if before != nil {
				cur.Seek(before)
				k, v = cur.Prev()
			}
			for read := 0; k != nil; k, v = cur.Prev() {
				if read++; read > titles || len(hits)+len(found) >= n {
					more = true
					return nil
				}
				before = append(before[:0], k...)
				seen, err := decodeSeen(v)
				if err != nil {
					return err
				}
				value := get(w.items, k)
				if !seen.carried && value != nil && hasAll(seen.Title, want) {
					hits[binary.BigEndian.Uint64(k)] = slices.Clone(value)
				}
			}
			return nil
		})
		if err != nil {
			return found, err
		}
		for seq, value := range hits {
			r, err := s.codec.decode(seq, value, new(unpacker))
			if err != nil {
				return found, err
			}
			found = append(found, r)
		}
		slices.SortFunc(found[len(found)-len(hits):], func(a, b Record) int { return cmp.Compare(b.Seq, a.Seq) })
		if len(found) >= n {
			return found, nil
		}
	}
	return found, nil
}

func hasAll(title string, want []string) bool {
	title = plain(title)
	for _, w := range want {
		if !strings.Contains(title, w) {
			return false
		}
	}
	return true
}

// plain is the little folding that a search by eye needs.
func plain(s string) string {
	return strings.NewReplacer("ё", "е", "’", "'", "\u00a0", " ").Replace(strings.ToLower(s))
}
