package store

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func BenchmarkCommit(b *testing.B) {
	round := func(n int) Round {
		r := crashRound(n)
		r.Items = append(r.Items, record("f", fmt.Sprint(n, "b"), "Second"))
		return r
	}
	b.Run("one at a time", func(b *testing.B) {
		s := open(b, Options{})
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			must(b, s.Commit(b.Context(), round(n)))
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rounds/s")
	})
	b.Run("64 at once", func(b *testing.B) {
		s := open(b, Options{})
		b.ReportAllocs()
		b.SetParallelism(32)
		var next atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				must(b, s.Commit(b.Context(), round(int(next.Add(1)))))
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rounds/s")
	})
}

// stocked is a store with items in each of five weeks.
func stocked(b *testing.B, perWeek int) *Store {
	s := open(b, Options{})
	for w := range 5 {
		for i := 0; i < perWeek; i += 500 {
			var rs []Record
			for j := range 500 {
				rs = append(rs, record("f", fmt.Sprint(w, "-", i+j), fmt.Sprint("Report number ", i+j)))
			}
			must(b, s.Commit(b.Context(), Round{At: monday.AddDate(0, 0, 7*w), Items: rs}))
		}
	}
	return s
}

func BenchmarkKnown50(b *testing.B) {
	s := stocked(b, 20000)
	for name, prefix := range map[string]string{"this week": "4-", "oldest week": "0-", "new": "none-"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				var keys []news.Key
				for i := range 50 {
					keys = append(keys, news.NewKey("guid", "f", fmt.Sprint(prefix, (n*50+i)%20000)))
				}
				seen, err := s.Known(b.Context(), keys)
				if err != nil || (seen[0].Item == "") != (name == "new") {
					b.Fatal(err, seen[0])
				}
			}
		})
	}
}

func BenchmarkItems(b *testing.B) {
	s := stocked(b, 4000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, err := range s.Items(b.Context(), time.Time{}, time.Time{}) {
			must(b, err)
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "items/s")
}

func BenchmarkSearch(b *testing.B) {
	s := stocked(b, 20000)
	b.ReportAllocs()
	for b.Loop() {
		rs, err := s.Search(b.Context(), "number 19999", 10)
		if err != nil || len(rs) != 5 {
			b.Fatal(len(rs), err)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	s := open(b, Options{})
	for i := range 2000 {
		d := queued(alert("s", "#a", i), monday)
		if i >= 20 {
			d.State = news.StateSent
		}
		must(b, s.Save(b.Context(), d))
	}
	b.ReportAllocs()
	for b.Loop() {
		if ds, err := s.Due(b.Context(), monday, 50); err != nil || len(ds) != 20 {
			b.Fatal(len(ds), err)
		}
	}
}

func BenchmarkCodec(b *testing.B) {
	c := testCodec(b)
	rec := record("f", "1", "Talks on inspections resume in the harbour city")
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		size := 0
		for b.Loop() {
			v, err := c.encode(&rec, monday)
			must(b, err)
			size = len(v)
		}
		b.ReportMetric(float64(size), "bytes/item")
	})
	b.Run("decode", func(b *testing.B) {
		v, err := c.encode(&rec, monday)
		must(b, err)
		b.ReportAllocs()
		var u unpacker
		for b.Loop() {
			if _, err = c.decode(1, v, &u); err != nil {
				b.Fatal(err)
			}
		}
	})
}
