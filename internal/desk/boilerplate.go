package desk

import (
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

// Learn counts the item's text blocks in its feed's table and returns the
// table. Call it once for every new item, in order.
func Learn(table map[uint64]news.Block, it *news.Item, now time.Time) map[uint64]news.Block {
	if table == nil {
		table = make(map[uint64]news.Block)
	}
	counted := make(map[uint64]bool)
	for _, f := range []news.Field{news.FieldSummary, news.FieldContent} {
		s := it.Text(f)
		for _, b := range text.Blocks(s) {
			if counted[b.Hash] {
				continue
			}
			counted[b.Hash] = true
			e := table[b.Hash]
			e.Items++
			e.Last = now.Truncate(time.Second)
			if e.Text == "" && e.Items == recurs {
				e.Text = cut(s[b.Start:b.End], sample)
			}
			table[b.Hash] = e
		}
	}
	if len(table) > maxBlocks {
		thin(table)
	}
	return table
}

// thin drops the blocks that did not recur, oldest first, down to half the
// bound.
func thin(table map[uint64]news.Block) {
	var newest time.Time
	for _, b := range table {
		if b.Last.After(newest) {
			newest = b.Last
		}
	}
	for age := 30 * 24 * time.Hour; len(table) > maxBlocks/2 && age > time.Minute; age /= 4 {
		for h, b := range table {
			if b.Items < recurs && newest.Sub(b.Last) > age {
				delete(table, h)
			}
		}
	}
	for h, b := range table {
		if len(table) <= maxBlocks/2 {
			return
		}
		if b.Items < recurs {
			delete(table, h)
		}
	}
}

// Boilerplate returns the spans of the item that its feed repeats.
func Boilerplate(table map[uint64]news.Block, it *news.Item) []news.Span {
	var out []news.Span
	for _, f := range []news.Field{news.FieldSummary, news.FieldContent} {
		for _, b := range text.Blocks(it.Text(f)) {
			if e := table[b.Hash]; e.Items >= recurs && !e.Pardoned {
				out = append(out, news.Span{Field: f, Start: b.Start, End: b.End,
					Reason: "the same text stands in other items of this feed"})
			}
		}
	}
	return out
}
