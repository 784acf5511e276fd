package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

const (
	// recurs is how many distinct items of a feed a block must stand in to
	// be boilerplate.
	recurs = 3
	// maxBlocks bounds the memory of one feed's blocks.
	maxBlocks = 600
	// sample is how much of a block is kept for lists.
	sample = 80
)

// Learn counts the item's text blocks in its feed's table, which must
// be nobody else's. Call it once for every new item, in
// order.
func Learn(table *news.Blocks, it *news.Item, now time.Time) {
	counted := make(map[uint64]bool)
	for _, f := range []news.Field{news.FieldSummary, news.FieldContent} {
		s := it.Text(f)
		for _, b := range text.Blocks(s) {
			if counted[b.Hash] {
				continue
			}
			counted[b.Hash] = true
			learn(table, b.Hash, s[b.Start:b.End], now)
		}
	}
	if len(table.Once) > maxBlocks {
		table.Once = slices.Clone(table.Once[len(table.Once)-maxBlocks/2:])
	}
	if len(table.Again) > maxBlocks {
		thin(table.Again)
	}
}

// learn counts one block in one more item.
func learn(table *news.Blocks, hash uint64, words string, now time.Time) {
	e, known := table.Again[hash]
	if !known {
		at := slices.Index(table.Once, hash)
		if at < 0 {
			table.Once = append(table.Once, hash)
			return
		}
		table.Once = slices.Delete(table.Once, at, at+1)
		e.Items = 1
		if table.Again == nil {
			table.Again = make(map[uint64]news.Block)
		}
	}
	e.Items++
	e.Last = now.Truncate(time.Second)
	if e.Text == "" && e.Items == recurs {
		e.Text = cut(words, sample)
	}
	table.Again[hash] = e
}

// thin drops the blocks that did not recur often, oldest first, down to half
// the bound.
func thin(table map[uint64]news.Block) {
	rare := make([]uint64, 0, len(table))
	for h, b := range table {
		if b.Items < recurs {
			rare = append(rare, h)
		}
	}
	slices.SortFunc(rare, func(a, b uint64) int { return cmp.Or(table[a].Last.Compare(table[b].Last), cmp.Compare(a, b)) })
	for _, h := range rare[:min(len(rare), len(table)-maxBlocks/2)] {
		delete(table, h)
	}
}

// Boilerplate returns the spans of the item that its feed repeats.
func Boilerplate(table *news.Blocks, it *news.Item) []news.Span {
	var out []news.Span
	for _, f := range []news.Field{news.FieldSummary, news.FieldContent} {
		for _, b := range text.Blocks(it.Text(f)) {
			if e := table.Again[b.Hash]; e.Items >= recurs && !e.Pardoned {
				out = append(out, news.Span{Field: f, Start: b.Start, End: b.End,
					Reason: "the same text stands in other items of this feed"})
			}
		}
	}
	return out
}
