package desk

import (
	"container/heap"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// endings tell which stories may be over, without a walk through all: each
// story of the memory is among them with a time at or before its last report.
type endings []ending

type ending struct {
	last  time.Time
	story news.StoryID
}

func (e *endings) add(x ending) { heap.Push((*endingHeap)(e), x) }

// take removes the earliest.
func (e *endings) take() ending { return heap.Pop((*endingHeap)(e)).(ending) }

// endingHeap is ordered by heap, the earliest first.
type endingHeap []ending

func (h endingHeap) Len() int           { return len(h) }
func (h endingHeap) Less(i, j int) bool { return h[i].last.Before(h[j].last) }
func (h endingHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *endingHeap) Push(x any)        { *h = append(*h, x.(ending)) }

func (h *endingHeap) Pop() any {
	n := len(*h) - 1
	x := (*h)[n]
	*h = (*h)[:n]
	return x
}
