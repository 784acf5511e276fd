package story

import (
	"cmp"
	"math"
	"slices"
)

// unit is the length of a report's vectors. Weights are whole numbers, so that
// a sum is the same in whatever order it was made and a report taken out again
// leaves no trace.
const unit = 1 << 13

// cell is one dimension of a sparse vector.
type cell struct {
	id uint32
	w  int32
}

// vec is a sparse vector, sorted by id.
type vec []cell

func compareCells(a, b cell) int { return cmp.Compare(a.id, b.id) }

// scaled turns raw weights into a vector of length unit. It sorts in place.
func scaled(raw []weighted) vec {
	slices.SortFunc(raw, func(a, b weighted) int { return cmp.Compare(a.id, b.id) })
	var sum float64
	for _, t := range raw {
		sum += float64(t.w * t.w)
	}
	v := make(vec, 0, len(raw))
	if sum == 0 {
		return v
	}
	f := unit / math.Sqrt(sum)
	for _, t := range raw {
		if w := int32(math.Round(t.w * f)); w > 0 {
			v = append(v, cell{t.id, w})
		}
	}
	return v
}

// weighted is a term with its weight before scaling.
type weighted struct {
	id uint32
	w  float64
}

func (v vec) norm2() int64 {
	var n int64
	for _, c := range v {
		n += int64(c.w) * int64(c.w)
	}
	return n
}

// dot multiplies two vectors. The second may be much longer than the first.
func dot(a, b vec) int64 {
	var sum int64
	if len(b) > 8*len(a) {
		for _, c := range a {
			i, ok := slices.BinarySearchFunc(b, c, compareCells)
			if ok {
				sum += int64(c.w) * int64(b[i].w)
			}
			b = b[i:]
		}
		return sum
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch x, y := a[i].id, b[j].id; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			sum += int64(a[i].w) * int64(b[j].w)
			i, j = i+1, j+1
		}
	}
	return sum
}

// contained is the share of a that stands in b.
func contained(a, b vec) float64 {
	var in, all int64
	j := 0
	for _, c := range a {
		w2 := int64(c.w) * int64(c.w)
		all += w2
		for j < len(b) && b[j].id < c.id {
			j++
		}
		if j < len(b) && b[j].id == c.id {
			in += w2
		}
	}
	if all == 0 {
		return 0
	}
	return float64(in) / float64(all)
}

// sumVec is a sum of vectors with its squared length and, for every dimension,
// how many vectors have it.
type sumVec struct {
	cells []sumCell
	norm2 int64
}

type sumCell struct {
	id uint32
	n  int32
	w  int32
}

// add adds v, or takes it away for sign -1.
func (s *sumVec) add(v vec, sign int32) {
	if sign < 0 {
		s.subtract(v)
		return
	}
	if len(s.cells) == 0 { // the first report, and of most stories the only one
		s.cells = make([]sumCell, len(v))
		for i, c := range v {
			s.cells[i] = sumCell{c.id, 1, c.w}
			s.norm2 += int64(c.w) * int64(c.w)
		}
		return
	}
	var space [128]int32
	places, lacking := space[:0], 0
	at, ok := 0, false
	for _, c := range v {
		s.norm2 += int64(c.w) * int64(c.w)
		if at, ok = s.find(at, c.id); ok {
			p := &s.cells[at]
			s.norm2 += 2 * int64(p.w) * int64(c.w)
			p.w += c.w
			p.n++
			places = append(places, -1)
			continue
		}
		places = append(places, int32(at))
		lacking++
	}
	// Each new dimension moves what stands behind it once, to its last place.
	end := len(s.cells)
	s.cells = slices.Grow(s.cells, lacking)[:end+lacking]
	for i := len(v) - 1; lacking > 0; i-- {
		if places[i] < 0 {
			continue
		}
		at := int(places[i])
		copy(s.cells[at+lacking:], s.cells[at:end])
		lacking--
		s.cells[at+lacking] = sumCell{v[i].id, 1, v[i].w}
		end = at
	}
}

func (s *sumVec) subtract(v vec) {
	at := 0
	for _, c := range v {
		i, ok := s.find(at, c.id)
		at = i
		if !ok {
			continue
		}
		p := &s.cells[at]
		s.norm2 += int64(c.w)*int64(c.w) - 2*int64(p.w)*int64(c.w)
		p.w -= c.w
		p.n--
	}
	s.cells = slices.DeleteFunc(s.cells, func(c sumCell) bool { return c.n == 0 })
}

// find looks for a dimension from the place from on.
func (s *sumVec) find(from int, id uint32) (int, bool) {
	lo, hi := from, from+1
	for hi < len(s.cells) && s.cells[hi].id < id {
		lo, hi = hi, 2*hi-from+1
	}
	hi = min(hi, len(s.cells))
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if s.cells[m].id < id {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo, lo < len(s.cells) && s.cells[lo].id == id
}

func (s *sumVec) has(id uint32) bool {
	_, ok := s.find(0, id)
	return ok
}

func (s *sumVec) dot(v vec) int64 {
	var sum int64
	at := 0
	for _, c := range v {
		i, ok := s.find(at, c.id)
		if ok {
			sum += int64(c.w) * int64(s.cells[i].w)
		}
		at = i
	}
	return sum
}

// cosine is the cosine of a vector and a sum; 0 if either is empty.
func (s *sumVec) cosine(v vec, vnorm2 int64) float64 {
	if s.norm2 == 0 || vnorm2 == 0 {
		return 0
	}
	return float64(s.dot(v)) / math.Sqrt(float64(s.norm2)*float64(vnorm2))
}

// cosineTo is the cosine of two sums.
func (s *sumVec) cosineTo(o *sumVec) float64 {
	if s.norm2 == 0 || o.norm2 == 0 {
		return 0
	}
	var sum int64
	for i, j := 0, 0; i < len(s.cells) && j < len(o.cells); {
		switch x, y := s.cells[i].id, o.cells[j].id; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			sum += int64(s.cells[i].w) * int64(o.cells[j].w)
			i, j = i+1, j+1
		}
	}
	return float64(sum) / math.Sqrt(float64(s.norm2)*float64(o.norm2))
}
