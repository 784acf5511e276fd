package story

import "slices"

// sketchSize bounds the sample kept of a text.
const sketchSize = 24

// sketch samples the pairs of neighbouring words: those with the smallest
// hashes, so that two near-verbatim texts keep nearly the same sample.
func sketch(fields ...[]token) []uint32 {
	var all []uint32
	for _, ts := range fields {
		for i := 1; i < len(ts); i++ {
			all = append(all, (ts[i-1].id*2654435761)^(ts[i].id+0x9e3779b9))
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.Clip(all[:min(len(all), sketchSize)])
}

// resemblance estimates the share of word pairs that two texts have in common
// from their sketches.
func resemblance(a, b []uint32) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	want := min(sketchSize, max(len(a), len(b)))
	both, union := 0, 0
	for i, j := 0, 0; union < want && (i < len(a) || j < len(b)); union++ {
		switch {
		case j == len(b) || (i < len(a) && a[i] < b[j]):
			i++
		case i == len(a) || b[j] < a[i]:
			j++
		default:
			both++
			i, j = i+1, j+1
		}
	}
	return float64(both) / float64(union)
}

// sameTitle tells whether two titles of some length have the same words in the
// same order.
func sameTitle(a, b []mark) bool { return len(a) >= copyWords && sameMarks(a, b) }

// differ tells whether either of two sorted lists has a number that the other
// lacks, and both have some: the same text on two days.
func differ(a, b []uint32) bool {
	return len(a) > 0 && len(b) > 0 && !slices.Equal(a, b)
}
