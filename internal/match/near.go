package match

import "slices"

// nearness checks the near rules. Hits of their groups that stand in no window
// with hits of all the others are discounted.
func (j *judge) nearness(t *topic) {
	for i := range t.near {
		n := &t.near[i]
		ok := false
		for k := range j.found {
			f := &j.found[k]
			if f.state != counted || !slices.Contains(n.groups, f.group) {
				continue
			}
			if j.inWindow(n, f) {
				ok = true
			} else {
				f.why = whyApart
			}
		}
		// Only when all are judged may any be dropped: each is measured
		// against the others as they were.
		for k := range j.found {
			f := &j.found[k]
			if f.state == counted && f.why == whyApart {
				f.why = whyNone
				if ok {
					f.discount(whyApart)
					f.n = int32(i)
				}
			}
		}
		if !ok {
			j.verdict.apart = append(j.verdict.apart, int32(i))
		}
	}
}

func otherGroups(t *topic, n *near, g int32) string {
	s := ""
	for _, o := range n.groups {
		if o != g {
			if s != "" {
				s += " and "
			}
			s += t.groups[o].name
		}
	}
	return s
}

// inWindow reports whether a finding stands within reach of hits of all the
// other groups of a near rule.
func (j *judge) inWindow(n *near, f *finding) bool {
	for _, g := range n.groups {
		if g != f.group && !j.groupWithin(g, f, n.within) {
			return false
		}
	}
	return true
}

func (j *judge) groupWithin(g int32, f *finding, within int32) bool {
	for i := range j.found {
		o := &j.found[i]
		if o.group != g || o.state != counted || o.field != f.field {
			continue
		}
		if gap := gapWords(o.w0, o.w1, f.w0, f.w1); gap >= 1 && gap <= within {
			return true
		}
	}
	return false
}

// closest is the smallest distance in words between hits of the groups of a
// near rule that would satisfy it; 0 if they never share a field.
func (j *judge) closest(n *near) int32 {
	best := int32(0)
	for i := range j.found {
		f := &j.found[i]
		if f.state != counted || !slices.Contains(n.groups, f.group) {
			continue
		}
		need := int32(0)
		for _, g := range n.groups {
			if g == f.group {
				continue
			}
			d := j.distanceTo(g, f)
			if d == 0 {
				need = 0
				break
			}
			need = max(need, d)
		}
		if need > 0 && (best == 0 || need < best) {
			best = need
		}
	}
	return best
}

func (j *judge) distanceTo(g int32, f *finding) int32 {
	best := int32(0)
	for i := range j.found {
		o := &j.found[i]
		if o.group != g || o.state != counted || o.field != f.field {
			continue
		}
		if gap := gapWords(o.w0, o.w1, f.w0, f.w1); gap >= 1 && (best == 0 || gap < best) {
			best = gap
		}
	}
	return best
}
