package story

import (
	"cmp"
	"math"
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// How far candidates are searched.
const (
	maxPostings   = 4000 // reports looked at by shared words, rarest words first
	minProbes     = 3    // words that are looked up however common they are
	maxLeads      = 24   // stories that count as the crowd around a report
	maxCandidates = 8    // ... of which so many are measured in full
)

// posting lists the reports that have a term, in no order that matters.
type posting struct {
	live int
	refs []ref
}

// ref is a report with the weight that the term has in it.
type ref struct {
	seq uint32
	w   int32
}

// post enters a report under its terms.
func (b *Book) post(e *entry) {
	for _, c := range e.terms {
		ps := b.index[c.id]
		if ps == nil {
			ps = &posting{}
			b.index[c.id] = ps
		}
		ps.live++
		ps.refs = append(ps.refs, ref{e.seq, c.w})
	}
}

// unpost takes a report from under its terms.
func (b *Book) unpost(e *entry) {
	for _, c := range e.terms {
		ps := b.index[c.id]
		if ps.live--; ps.live == 0 {
			delete(b.index, c.id)
			continue
		}
		i := slices.IndexFunc(ps.refs, func(r ref) bool { return r.seq == e.seq })
		ps.refs = slices.Delete(ps.refs, i, i+1)
	}
}

// scratch is the space that Place works in, kept so as not to allocate it anew.
type scratch struct {
	probes  []probe
	spread  []float64 // for each term of the report, the reports that have it, general news mixed in
	scarce  []float64 // ... and how rare that makes it
	score   []int64   // per entry; all zero between calls
	touched []uint32
	leads   []lead
	slots   []int32 // per story: its place among the leads + 1; all zero between calls
	found   [maxCandidates]candidate
}

// lead is a story that shares words with the report, with the best rough score
// of its reports and the first report that has it.
type lead struct {
	tale *tale
	top  int64
	best uint32
}

// row is what the search has to know of a report, kept apart from the report
// so that looking at thousands of them stays in the processor's cache.
type row struct {
	tale   int32 // number of its story, or none
	digest bool  // a round-up, which finds only a story of round-ups
}

// none is the story of a report that is in none.
const none = -1

// shelf is a story under its number, with its time beside it for the same
// reason.
type shelf struct {
	tale        *tale
	first, last int64
}

// house gives a report its story.
func (b *Book) house(e *entry, t *tale) {
	t.put(e)
	b.rows[e.seq-b.base] = row{t.no, e.digest}
	b.byNo[t.no] = shelf{t, t.first, t.last}
}

// evict takes a report out of its story.
func (b *Book) evict(e *entry) {
	t := e.tale
	t.drop(e)
	b.byNo[t.no] = shelf{t, t.first, t.last}
	b.rows[e.seq-b.base].tale = none
}

// open begins a story, with the lowest number that is free.
func (b *Book) open(id news.StoryID) *tale {
	t := &tale{id: id, no: int32(len(b.byNo)), numbers: map[uint32]int32{}, facts: map[uint32]int32{}, tolls: map[uint32]int32{}}
	if n := len(b.free); n > 0 {
		t.no, b.free = b.free[n-1], b.free[:n-1]
		b.byNo[t.no] = shelf{tale: t}
	} else {
		b.byNo = append(b.byNo, shelf{tale: t})
	}
	b.tales[id] = t
	return t
}

// shut ends a story that has no reports left.
func (b *Book) shut(t *tale) {
	delete(b.tales, t.id)
	b.byNo[t.no] = shelf{}
	b.free = append(b.free, t.no)
}

type probe struct {
	cell
	ps *posting
}

// candidate is a story that a report may belong to.
type candidate struct {
	tale    *tale
	crowd   float64   // likeness of the other stories around the report, together
	near    [3]*entry // its closest reports by the words looked up
	rough   [3]int64
	closest *entry // its closest report

	x     features
	hours float64 // between the report and the story
	trap  string  // why the closest report, much alike, tells another event
	twin  bool    // the closest report has the same title
	p     float64
}

// copied tells whether the report repeats the closest one nearly word by word.
func (c *candidate) copied() bool { return c.x[xSketch] >= copyResemblance && c.trap == "" }

// candidates finds the stories that share rare words with the report, the
// likeliest first. The result is valid until the next call.
func (b *Book) candidates(r *Report) []candidate {
	d := &b.scratch
	b.probe(r)
	if len(d.score) < len(b.entries) {
		d.score = make([]int64, len(b.entries)+4096)
	}
	d.touched = d.touched[:0]
	budget := maxPostings
	for i, p := range d.probes {
		if budget -= p.ps.live; budget < 0 && i >= minProbes {
			break
		}
		for _, ref := range p.ps.refs {
			at := ref.seq - b.base
			if d.score[at] == 0 {
				d.touched = append(d.touched, at)
			}
			d.score[at] += int64(p.w) * int64(ref.w)
		}
	}
	return b.pick(b.gather(r))
}

// probe lists the report's terms that the book knows, rarest first.
func (b *Book) probe(r *Report) {
	d := &b.scratch
	d.probes, d.spread, d.scarce = d.probes[:0], d.spread[:0], d.scarce[:0]
	for i, c := range r.terms {
		n := float64(r.prior[i])
		if ps := b.index[c.id]; ps != nil {
			d.probes = append(d.probes, probe{c, ps})
			n += float64(ps.live)
		}
		d.spread = append(d.spread, n)
		d.scarce = append(d.scarce, math.Log(float64(b.live+priorReports)/n))
	}
	slices.SortFunc(d.probes, func(x, y probe) int {
		return cmp.Or(cmp.Compare(x.ps.live, y.ps.live), cmp.Compare(x.id, y.id))
	})
}

// gather turns the touched reports into the stories they belong to, and gives
// the likeliest of them.
func (b *Book) gather(r *Report) []lead {
	d := &b.scratch
	if len(d.slots) < len(b.byNo) {
		d.slots = make([]int32, len(b.byNo)+1024)
	}
	at := r.At.Unix()
	cut := b.severed[r.Item]
	d.leads = d.leads[:0]
	for _, i := range d.touched {
		w := b.rows[i]
		if d.slots[w.tale] == 0 {
			s := &b.byNo[w.tale]
			l := lead{tale: s.tale}
			if max(at-s.last, s.first-at) > b.window || cut[l.tale.id] {
				l.top = none
			}
			d.leads = append(d.leads, l)
			d.slots[w.tale] = int32(len(d.leads))
		}
		l := &d.leads[d.slots[w.tale]-1]
		if s := d.score[i]; l.top != none && (s > l.top || s == l.top && i < l.best) && (!w.digest || l.tale.roundup()) {
			l.top, l.best = s, i
		}
	}
	for _, l := range d.leads {
		d.slots[l.tale.no] = 0
	}
	return likeliest(d.leads)
}

// likeliest sorts the best leads to the front and gives them back.
func likeliest(ls []lead) []lead {
	better := func(x, y *lead) bool {
		return x.top > y.top || x.top == y.top && x.best < y.best
	}
	n := 0
	for i := range ls {
		l := ls[i]
		if l.top <= 0 || n == maxLeads && !better(&l, &ls[n-1]) {
			continue
		}
		if n < maxLeads {
			ls[i], ls[n] = ls[n], l
			n++
		} else {
			ls[i], ls[n-1] = ls[n-1], l
		}
		for j := n - 1; j > 0 && better(&ls[j], &ls[j-1]); j-- {
			ls[j], ls[j-1] = ls[j-1], ls[j]
		}
	}
	return ls[:n]
}

// pick finds the closest reports of the best leads, tells how crowded it is
// around them, and clears the scores.
func (b *Book) pick(leads []lead) []candidate {
	d := &b.scratch
	crowd := 0.0
	for _, l := range leads {
		crowd += float64(l.top)
	}
	leads = leads[:min(len(leads), maxCandidates)]
	for i, l := range leads {
		d.found[i] = candidate{tale: l.tale, crowd: (crowd - float64(l.top)) / (unit * unit)}
		d.slots[l.tale.no] = int32(i + 1)
	}
	for _, i := range d.touched {
		s := d.score[i]
		d.score[i] = 0
		w := b.rows[i]
		if slot := d.slots[w.tale]; slot > 0 && (!w.digest || d.found[slot-1].tale.roundup()) {
			d.found[slot-1].offer(b.entries[i], s)
		}
	}
	for _, l := range leads {
		d.slots[l.tale.no] = 0
	}
	return d.found[:len(leads)]
}

// offer keeps the closest reports of a candidate.
func (c *candidate) offer(e *entry, s int64) {
	for i := range c.near {
		if c.near[i] == nil || s > c.rough[i] || (s == c.rough[i] && e.seq < c.near[i].seq) {
			copy(c.near[i+1:], c.near[i:])
			copy(c.rough[i+1:], c.rough[i:])
			c.near[i], c.rough[i] = e, s
			return
		}
	}
}

// gap is how far a moment lies outside the time of a story, in seconds.
func gap(at int64, t *tale) int64 { return max(0, at-t.last, t.first-at) }
