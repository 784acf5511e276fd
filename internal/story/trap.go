package story

import "strings"

// A trap is a pair of titles that are alike because they fill one template:
// "Day 2 of the siege" and "Day 21 of the siege", "oil falls" and "oil rises",
// one minister and another. Likeness of words is no evidence there; what
// stands in the gaps of the template is.

// Settings of traps.
const (
	trapShared = 0.5 // share of the shorter title that must stand in both
	trapGap    = 3   // longest run of words that fills a gap
)

// trap names the reason why two titles, much alike, tell two events; "" if
// there is none.
func trap(a, b []mark) string {
	if len(a) < 3 || len(b) < 3 || sameMarks(a, b) {
		return ""
	}
	if flipped(a, b) {
		return "the same names with the parts exchanged"
	}
	pairs := align(a, b)
	if float64(len(pairs)) < trapShared*float64(min(len(a), len(b))) {
		return ""
	}
	alike := float64(len(pairs)) >= 0.6*float64(max(len(a), len(b)))
	i, j := 0, 0
	for k := 0; k <= len(pairs); k++ {
		ni, nj := len(a), len(b)
		if k < len(pairs) {
			ni, nj = pairs[k][0], pairs[k][1]
		}
		if why := exchange(a, b, i, ni, j, nj, alike); why != "" {
			return why
		}
		i, j = ni+1, nj+1
	}
	return ""
}

// exchange looks at one gap of the template and at what fills it.
func exchange(a, b []mark, i, ni, j, nj int, alike bool) string {
	x, y := a[i:ni], b[j:nj]
	if len(x) == 0 || len(y) == 0 || len(x) > trapGap || len(y) > trapGap {
		return ""
	}
	if opposed(x, y) {
		return "the titles say opposite things"
	}
	if n, m := numberIn(x), numberIn(y); n != nil && m != nil && n.id != m.id {
		if n.class == ordinal || m.class == ordinal || serial(a, ni-len(x)-1, ni) || serial(b, nj-len(y)-1, nj) {
			return "the titles number two things of a series"
		}
	}
	if alike && allNames(x) && allNames(y) {
		return "the titles name different actors or places"
	}
	return ""
}

// serial tells whether a word at either side of a number makes it the number
// of a thing in a series.
func serial(ms []mark, before, after int) bool {
	return (before >= 0 && series[ms[before].id]) || (after < len(ms) && series[ms[after].id])
}

func numberIn(ms []mark) *mark {
	for i := range ms {
		if ms[i].class == number || ms[i].class == ordinal {
			return &ms[i]
		}
		if ms[i].id == first {
			return &mark{ms[i].id, ordinal}
		}
	}
	return nil
}

// first is too common a word to be read as a number outside traps.
var first = stemHash("first")

func allNames(ms []mark) bool {
	for _, m := range ms {
		if m.class != name {
			return false
		}
	}
	return true
}

func opposed(x, y []mark) bool {
	for _, p := range x {
		side, ok := opposites[p.id]
		if !ok {
			continue
		}
		for _, q := range y {
			if other, ok := opposites[q.id]; ok && other == -side {
				return true
			}
		}
	}
	return false
}

// opposedTitles tells whether two titles hold opposite words and neither holds
// both.
func opposedTitles(a, b []mark) bool { return opposed(a, b) && !opposed(a, a) && !opposed(b, b) }

// flipped tells whether two names that stand in both titles have changed
// places around nearly the same words. A passive ("struck by") turns the order
// without turning the sense.
func flipped(a, b []mark) bool {
	var na, nb []uint32
	for _, m := range a {
		if m.class == name && has(b, m.id) {
			na = append(na, m.id)
		}
	}
	for _, m := range b {
		if m.class == name && has(a, m.id) {
			nb = append(nb, m.id)
		}
	}
	if len(na) != 2 || len(nb) != 2 || na[0] != nb[1] || na[1] != nb[0] || na[0] == na[1] {
		return false
	}
	if !parted(a, na) || !parted(b, nb) {
		return false
	}
	both := 0
	for _, m := range a {
		if has(b, m.id) {
			both++
		}
	}
	return both*10 >= 8*max(len(a), len(b))
}

// parted tells whether an ordinary word stands between two names, the deed of
// the one to the other, and none that makes them change places ("struck by") or
// stand side by side.
func parted(ms []mark, names []uint32) bool {
	inside, deed := false, false
	for _, m := range ms {
		switch {
		case m.id == names[1]:
			return deed
		case m.id == names[0]:
			inside = true
		case inside && linking[m.id]:
			return false
		case inside && m.class == plain:
			deed = true
		}
	}
	return false
}

func has(ms []mark, id uint32) bool {
	for _, m := range ms {
		if m.id == id {
			return true
		}
	}
	return false
}

func sameMarks(a, b []mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].id != b[i].id {
			return false
		}
	}
	return true
}

// align finds the longest run of words that two titles share in order, as
// pairs of places.
func align(a, b []mark) [][2]int {
	var best [titleWords + 1][titleWords + 1]uint8
	a, b = a[:min(len(a), titleWords)], b[:min(len(b), titleWords)]
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i].id == b[j].id {
				best[i][j] = best[i+1][j+1] + 1
			} else {
				best[i][j] = max(best[i+1][j], best[i][j+1])
			}
		}
	}
	pairs := make([][2]int, 0, best[0][0])
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].id == b[j].id:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case best[i+1][j] >= best[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// series are the words whose number tells one thing of a series from another.
var series = stems(`day week month round phase part episode stage game package tranche no number
chapter season quarter volume article resolution report issue edition flight route bill case match
test group division brigade channel line block unit reactor year anniversary summit meeting session
день дня пакет раунд этап етап тиждень неделя tag woche paket runde jour semaine paquet`)

// linking are the words beside which an exchange of names exchanges nothing.
var linking = stems("by and with versus vs v between against after via")

// opposites pairs words that turn a sentence round: n and -n are opposites.
var opposites = readOpposites(`rise gain climb jump surge soar grow increase higher up / fall drop slip slide sink plunge tumble decline decrease lower down shrink
win beat / lose
approve accept back endorse pass ratify / reject refuse veto block oppose
open reopen / close shut
start begin launch resume / end halt stop suspend cancel
ban / allow lift legalise legalize
arrest jail detain convict / release free acquit
confirm admit / deny
join enter / leave quit exit
raise hike / cut
deploy send / withdraw recall
guilty / innocent
agree / disagree
hire appoint / fire sack dismiss
buy / sell
advance / retreat
capture seize / liberate recapture
survive / die
before / after
strengthen / weaken
north / south
east / west`)

func stems(s string) map[uint32]bool {
	m := map[uint32]bool{}
	for w := range strings.FieldsSeq(s) {
		m[stemHash(w)] = true
	}
	return m
}

func readOpposites(s string) map[uint32]int {
	m := map[uint32]int{}
	n := 0
	for l := range strings.Lines(s) {
		n++
		left, right, _ := strings.Cut(l, "/")
		for w := range strings.FieldsSeq(left) {
			m[stemHash(w)] = n
		}
		for w := range strings.FieldsSeq(right) {
			m[stemHash(w)] = -n
		}
	}
	for past, present := range map[string]string{"rose": "rise", "fell": "fall", "won": "win", "lost": "lose", "sank": "sink", "grew": "grow", "began": "begin", "left": "leave", "sent": "send", "bought": "buy", "sold": "sell", "shrank": "shrink", "denies": "deny", "denied": "deny"} {
		m[stemHash(past)] = m[stemHash(present)]
	}
	return m
}

func stemHash(w string) uint32 { return hash(stem(fold(w), "")) }
