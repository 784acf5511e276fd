package story

// refilled tells why two titles of one feed tell two events: they fill one
// form with different words ("alert 17 for Riga", "alert 18 for Oslo"). A feed
// that tells one event again says what is new about it, or changes the item
// that it has; only another feed needs the same words for the same event.
func refilled(a, b []mark) string {
	if len(a) < 2 || len(b) < 2 || sameMarks(a, b) {
		return ""
	}
	pairs := align(a, b)
	if 2*len(pairs) < max(len(a), len(b)) {
		return ""
	}
	i, j := 0, 0
	for k := 0; k <= len(pairs); k++ {
		ni, nj := len(a), len(b)
		if k < len(pairs) {
			ni, nj = pairs[k][0], pairs[k][1]
		}
		if n := ni - i; n > 0 && n == nj-j && n <= trapGap {
			return "one feed fills the same form twice"
		}
		i, j = ni+1, nj+1
	}
	return ""
}
