package match

import (
	"cmp"
	"slices"
)

// layout lays the rows of all states over each other. Rows with many cells are
// placed first, where the array is still empty; the single cells of long words
// fill the gaps.
func (b *builder) layout() {
	l := layout{width: b.a.classes + 2}
	order := make([]int, len(b.states))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(min(len(b.states[y].edges), 4), min(len(b.states[x].edges), 4))
	})
	var row []int
	for _, i := range order {
		st := &b.states[i]
		row = b.columns(st, row[:0])
		at, salt := l.place(row)
		st.id = uint32(at)<<stateShift | uint32(salt)<<1
		if st.back >= 0 {
			st.id |= 1
		}
	}
	b.a.cells = make([]cell, l.size+l.width)
	for i := range b.states {
		b.write(&b.states[i])
	}
}

// columns lists the cells that a state needs, in order.
func (b *builder) columns(st *stateSet, row []int) []int {
	for _, e := range st.edges {
		row = append(row, int(e.class))
	}
	if st.end > 0 {
		row = append(row, b.a.classes)
	}
	if st.back >= 0 {
		row = append(row, b.a.classes+1)
	}
	return row
}

func (b *builder) write(st *stateSet) {
	row := b.a.cells[st.id>>stateShift:]
	for _, e := range st.edges {
		row[e.class] = cell{st.id, b.states[e.to].id}
	}
	if st.end > 0 {
		row[b.a.classes] = cell{st.id, st.end}
	}
	if st.back >= 0 {
		row[b.a.classes+1] = cell{st.id, b.states[st.back].id}
	}
}

// stateShift is where in a state's number its place begins. The bits below
// tell apart the states that share a place, and whether it falls back.
const stateShift = 5

// sharers is how many states may share a place.
const sharers = 1 << (stateShift - 1)

// layout finds places for rows.
type layout struct {
	width int
	used  []bool  // cells
	count []uint8 // states at a place
	low   int     // no cell below is free
	next  int     // no place below is free, for rows without cells
	last  int     // where the last row of several cells went
	size  int
}

// slack is how far behind the last row of several cells the next one is tried.
// The gaps that are left before that are for the rows of one cell.
const slack = 192

// place finds a place at which the row's cells are free, and the number of
// the state among those that share it.
func (l *layout) place(row []int) (at, salt int) {
	if len(row) == 0 {
		for l.next = max(l.next, 1); l.full(l.next); l.next++ {
		}
		return l.take(l.next, row)
	}
	if len(row) == 1 {
		// A gap that this row cannot have is given up: searching beyond it
		// again and again would cost more than the cell.
		for l.low = max(l.low, l.width); !l.fits(l.low-row[0], row); l.low++ {
		}
		return l.take(l.low-row[0], row)
	}
	for at = max(l.last-slack, 1); !l.fits(at, row); at++ {
	}
	l.last = max(l.last, at)
	return l.take(at, row)
}

func (l *layout) full(at int) bool { return at < len(l.count) && l.count[at] >= sharers }

func (l *layout) fits(at int, row []int) bool {
	if l.full(at) {
		return false
	}
	for _, c := range row {
		if at+c < len(l.used) && l.used[at+c] {
			return false
		}
	}
	return true
}

func (l *layout) take(at int, row []int) (int, int) {
	if need := at + l.width; len(l.used) < need {
		l.used = append(l.used, make([]bool, need-len(l.used)+len(l.used)/2)...)
	}
	if len(l.count) <= at {
		l.count = append(l.count, make([]uint8, at+1+len(l.count)/2)...)
	}
	l.count[at]++
	for _, c := range row {
		l.used[at+c] = true
		l.size = max(l.size, at+c+1)
	}
	l.size = max(l.size, at+1)
	return at, int(l.count[at]) - 1
}

// size is the memory that the automaton takes, in bytes.
func (a *automaton) size() int {
	return len(a.cells)*8 + len(a.ends)*16 + len(a.accepts)*4 + len(a.ascii) + len(a.wide) + len(a.class) +
		len(a.screen.bits)*8 + (len(a.first.steps)+len(a.table.steps))*16
}
