package story

import (
	"cmp"
	"slices"
)

// How far candidates are searched.
const (
	maxPostings   = 3000 // reports looked at by shared words, rarest words first
	minProbes     = 3    // words that are looked up however common they are
	maxCandidates = 24   // stories measured in full
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

// spread is in how many reports of the book a term stands.
func (b *Book) spread(id uint32) int {
	if ps := b.index[id]; ps != nil {
		return ps.live
	}
	return 0
}

// scratch is the space that Place works in, kept so as not to allocate it anew.
type scratch struct {
	probes  []probe
	score   []int64 // per entry; all zero between calls
	touched []uint32
	leads   []lead
	found   [maxCandidates]candidate
}

// lead is a story that shares words with the report, with the best rough score
// of its reports.
type lead struct {
	tale *tale
	top  int64
}

type probe struct {
	cell
	ps *posting
}

// candidate is a story that a report may belong to.
type candidate struct {
	tale    *tale
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
	d.probes = d.probes[:0]
	for _, c := range r.terms {
		if ps := b.index[c.id]; ps != nil {
			d.probes = append(d.probes, probe{c, ps})
		}
	}
	slices.SortFunc(d.probes, func(x, y probe) int {
		return cmp.Or(cmp.Compare(x.ps.live, y.ps.live), cmp.Compare(x.id, y.id))
	})
}

// gather turns the touched reports into the stories they belong to, and gives
// the likeliest of them.
func (b *Book) gather(r *Report) []lead {
	d := &b.scratch
	at := r.At.Unix()
	cut := b.severed[r.Item]
	d.leads = d.leads[:0]
	for _, i := range d.touched {
		e := b.entries[i]
		t := e.tale
		if t.slot == 0 {
			if gap(at, t) > b.window || cut[t.id] {
				continue
			}
			d.leads = append(d.leads, lead{tale: t})
			t.slot = int32(len(d.leads))
		}
		if !e.digest || t.roundup() {
			l := &d.leads[t.slot-1]
			l.top = max(l.top, d.score[i])
		}
	}
	for _, l := range d.leads {
		l.tale.slot = 0
	}
	return likeliest(d.leads)
}

// likeliest sorts the best leads to the front and gives them back.
func likeliest(ls []lead) []lead {
	better := func(x, y lead) bool {
		return x.top > y.top || x.top == y.top && x.tale.id < y.tale.id
	}
	n := 0
	for i, l := range ls {
		if n == maxCandidates && !better(l, ls[n-1]) {
			continue
		}
		if n < maxCandidates {
			ls[i], ls[n] = ls[n], l
			n++
		} else {
			ls[i], ls[n-1] = ls[n-1], l
		}
		for j := n - 1; j > 0 && better(ls[j], ls[j-1]); j-- {
			ls[j], ls[j-1] = ls[j-1], ls[j]
		}
	}
	return ls[:n]
}

// pick finds the closest reports of the leads and clears the scores.
func (b *Book) pick(leads []lead) []candidate {
	d := &b.scratch
	for i, l := range leads {
		d.found[i] = candidate{tale: l.tale}
		l.tale.slot = int32(i + 1)
	}
	for _, i := range d.touched {
		s := d.score[i]
		d.score[i] = 0
		if e := b.entries[i]; e.tale.slot > 0 && (!e.digest || e.tale.roundup()) {
			d.found[e.tale.slot-1].offer(e, s)
		}
	}
	n := 0
	for i, l := range leads {
		l.tale.slot = 0
		if d.found[i].near[0] != nil {
			d.found[n] = d.found[i]
			n++
		}
	}
	return d.found[:n]
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
