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
		// What is forgotten is the oldest, nearly always.
		if ps.refs[0].seq == e.seq {
			ps.refs = ps.refs[1:]
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
	score   []int32   // per entry; all zero between calls
	touched []uint32
	leads   [maxLeads]lead
	slots   []int32 // per story: its place among the leads + 1; all zero between calls
	found   [maxCandidates]candidate
}

// lead is a story that shares words with the report, with the best rough score
// of its reports and the first report that has it.
type lead struct {
	no   int32 // of the story
	top  int32
	best uint32
}

func (l *lead) better(o *lead) bool { return l.top > o.top || l.top == o.top && l.best < o.best }

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
	t := &tale{id: id, no: int32(len(b.byNo))}
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
	rough   [3]int32
	closest *entry  // its closest report
	kin     float64 // how far it looks like a piece of the likest story

	x      features
	hours  float64 // between the report and the story
	trap   string  // why the closest report, much alike, tells another event
	twin   bool    // the closest report has the same title
	abroad bool    // the closest report is in another language
	p      float64
}

// copied tells whether the report repeats the closest one nearly word by word.
func (c *candidate) copied() bool { return c.x[xSketch] >= copyResemblance && c.trap == "" }

// candidates finds the stories that share rare words with the report, the
// likeliest first. The result is valid until the next call.
func (b *Book) candidates(r *Report) []candidate {
	d := &b.scratch
	b.probe(r)
	if len(d.score) < len(b.entries) {
		d.score = make([]int32, len(b.entries)+4096)
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
			d.score[at] += p.w * ref.w // the cosine times unit squared, at most: it fits
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

// gather gives the best of the stories that the touched reports belong to.
// Thousands of reports are touched, and nearly all of them are no better than
// the leads there are: only the others are looked at.
func (b *Book) gather(r *Report) []lead {
	d := &b.scratch
	at := r.At.Unix()
	cut := b.severed[r.Item]
	leads := d.leads[:0]
	for _, i := range d.touched {
		l := lead{top: d.score[i], best: i}
		if len(leads) == maxLeads && !l.better(&leads[maxLeads-1]) {
			continue
		}
		w := b.rows[i]
		l.no = w.tale
		s := &b.byNo[w.tale]
		if max(at-s.last, s.first-at) > b.window || w.digest && !s.tale.roundup() || cut != nil && cut[s.tale.id] {
			continue
		}
		leads = placed(leads, l)
	}
	return leads
}

// placed puts a lead in its place among the leads, the best first. A story is
// there once, with its best report.
func placed(leads []lead, l lead) []lead {
	i := slices.IndexFunc(leads, func(o lead) bool { return o.no == l.no })
	switch {
	case i >= 0 && !l.better(&leads[i]):
		return leads
	case i >= 0:
	case len(leads) < maxLeads:
		i, leads = len(leads), append(leads, l)
	default:
		i = len(leads) - 1
	}
	for ; i > 0 && l.better(&leads[i-1]); i-- {
		leads[i] = leads[i-1]
	}
	leads[i] = l
	return leads
}

// pick finds the closest reports of the best leads, tells how crowded it is
// around them, and clears the scores.
func (b *Book) pick(leads []lead) []candidate {
	d := &b.scratch
	if len(d.slots) < len(b.byNo) {
		d.slots = make([]int32, len(b.byNo)+1024)
	}
	crowd := 0.0
	for _, l := range leads {
		crowd += float64(l.top)
	}
	leads = leads[:min(len(leads), maxCandidates)]
	reports := 0
	for i, l := range leads {
		t := b.byNo[l.no].tale
		d.found[i] = candidate{tale: t, crowd: (crowd - float64(l.top)) / (unit * unit)}
		d.slots[l.no] = int32(i + 1)
		reports += len(t.reports)
	}
	few := reports < len(d.touched)/8
	if few { // less work by the stories than by all that was touched
		for i := range leads {
			c := &d.found[i]
			for _, e := range c.tale.reports {
				if s := d.score[e.seq-b.base]; s > 0 && (!e.digest || c.tale.roundup()) {
					c.offer(e, s)
				}
			}
		}
	}
	for _, i := range d.touched {
		s := d.score[i]
		d.score[i] = 0
		if few {
			continue
		}
		w := b.rows[i]
		if slot := d.slots[w.tale]; slot > 0 && (!w.digest || d.found[slot-1].tale.roundup()) {
			d.found[slot-1].offer(b.entries[i], s)
		}
	}
	for _, l := range leads {
		d.slots[l.no] = 0
	}
	return d.found[:len(leads)]
}

// offer keeps the closest reports of a candidate.
func (c *candidate) offer(e *entry, s int32) {
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
