package story

import (
	"math"
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// The parts of the likeness of a report to a story. All are made so that they
// can be read: cosines and shares from 0 to 1, counts and hours as logarithms.
const (
	xOne         = iota
	xCentre      // cosine of the words to the story's words together
	xClosest     // ... to those of its closest report
	xSecond      // ... to the second closest looked at
	xMean        // ... on average over its reports
	xCovered     // share of the report's words that the story has
	xOwn         // ... that hardly any other story of the window has
	xRare        // rarity, in the window, of the words shared
	xRarest      // ... of the rarest one
	xNames       // cosine of the names
	xNamesLack   // names of the report that the story lacks
	xNumbers     // numbers shared
	xNumbersLack // numbers of the report that the story lacks
	xGap         // hours outside the story's time
	xAge         // hours since its first report
	xSize        // its reports
	xRecent      // ... of the six hours before
	xShort       // how short the report is
	xRival       // likeness of the next best story
	xCrowd       // ... of all others together: a dense subject
	xCentreSize  // the centre says more of a large story
	xOwnSize     // ... and so do words of its own
	xGapLike     // time weighs less on what is much alike
	xCrowdLike   // in a dense subject, alike says less
	xLikeLike    // likeness squared
	xSketch      // share of word pairs in common: near 1 a copy, else often a set phrase
	xContains    // share of the closest report's words that the report has
	xYoung       // how empty the window still is
	xYoungLike   // in an empty window, alike says less
	nParts
)

type features [nParts]float64

// Settings of the decision beside the weights.
const (
	copyResemblance = 0.8  // share of word pairs from which a text is a copy
	copyWords       = 5    // terms that a text must have to be one
	copyLikeness    = 0.97 // likeness of a copy, and of one title over two texts
	faint           = 0.12 // words less alike than this join nothing
	fewReports      = 2    // a story of so few reports ...
	youngReports    = 200  // ... in a window of so few, which does not know its words yet, takes
	slightBelow     = 0.4  // nothing less alike than this
	insideBelow     = 0.5  // unless so much of one text stands in the other,
	foreignBelow    = 0.75 // and nothing with other names less alike than this
	sameFeedBelow   = 0.5  // and nothing of the same feed less alike than this
	mostInside      = 0.78 // unless so much of one text stands in the other
	oneTongue       = 0.85 // words so much alike are in one language, whatever the feeds say
	sharedAbroad    = 2    // names in common of reports in two languages that may tell one event
	abroadLikeness  = 0.5  // most that they can have: it is said, but they are not joined
	rivalFloor      = 0.2  // likeness of the rivals that a young window has not met yet
	kinFrom         = 0.6  // likeness from which two stories begin to be taken for one
	kinWhole        = 0.9  // ... and from which they are
	kinNear         = 0.5  // of the likeness of the first story, least that a piece of it has
	sizeCounts      = 0.3  // how much a story's size counts among sure ones
	trapFrom        = 0.45 // cosine to a report from which a trap is looked for
	trapLikeness    = 0.3  // most that a report caught by a trap can have
	priorReports    = 400  // reports of general news that a young window is mixed with
)

// judge finds the likeliest story for a report, and the next.
func (b *Book) judge(r *Report) (best, next *candidate) {
	cs := b.candidates(r)
	b.weigh(r, cs)
	for i := range cs {
		switch c := &cs[i]; {
		case best == nil || b.rank(c) > b.rank(best):
			best, next = c, best
		case next == nil || b.rank(c) > b.rank(next):
			next = c
		}
	}
	return best, next
}

// rank orders candidates: first the story of the report that this one repeats
// word by word, then what is sure. Of several stories that are sure to be a
// report's, pieces of one event for the most part, a larger one is put before a
// smaller one, so that one of them grows.
func (b *Book) rank(c *candidate) float64 {
	switch {
	case c.p < b.opt.Sure:
		return c.p - 100
	case c.copied():
		return c.p + 100
	}
	return math.Log(c.p/(1-c.p+1e-9)) + sizeCounts*c.x[xSize]
}

// weigh measures every candidate, sets it beside its rivals and gives it its
// likeness.
func (b *Book) weigh(r *Report, cs []candidate) {
	norm2 := r.terms.norm2()
	one := -1
	for i := range cs {
		b.measure(r, norm2, &cs[i])
		// A digest of the day is no rival for its stories.
		if !cs[i].tale.roundup() && (one < 0 || cs[i].alike() > cs[one].alike()) {
			one = i
		}
	}
	related(cs, one)
	var own [maxCandidates]float64
	for i := range cs {
		own[i] = cs[i].x[xOwn]
	}
	for i := range cs {
		c := &cs[i]
		for j := range cs {
			if o := &cs[j]; i != j && !o.tale.roundup() {
				kin := c.kin * o.kin
				c.x[xRival] = max(c.x[xRival], o.alike()*(1-kin))
				c.x[xOwn] += kin * own[j]
				c.crowd -= kin * float64(o.rough[0]) / (unit * unit)
			}
		}
		c.x[xRival] = max(c.x[xRival], rivalFloor)
		c.x[xOwnSize] = c.x[xOwn] * c.x[xSize]
		c.x[xCrowd] = c.crowd / 10
		c.x[xCrowdLike] = c.x[xCrowd] * 2 * c.alike()
		c.p = logistic(&c.x, &weights)
	}
	shareOut(cs)
	for i := range cs {
		cs[i].settle(r, b.live <= youngReports)
	}
}

// related tells how far the candidates look like pieces of the one that is most
// alike to the report. What tells the same event speaks for a report and not
// against it: related stories are no rivals, no crowd around each other, and
// own their words together.
func related(cs []candidate, one int) {
	for i := range cs {
		c := &cs[i]
		switch {
		case i == one:
			c.kin = 1
		case one >= 0 && !c.tale.roundup() && c.alike() >= kinNear*cs[one].alike():
			c.kin = kinship(cs[one].tale, c.tale)
		}
	}
}

// shareOut lets a report belong to a story as likely as to any of its pieces.
func shareOut(cs []candidate) {
	var p [maxCandidates]float64
	for i := range cs {
		apart := 1 - cs[i].p
		for j := range cs {
			if i != j {
				apart *= 1 - cs[i].kin*cs[j].kin*cs[j].p
			}
		}
		p[i] = 1 - apart
	}
	for i := range cs {
		cs[i].p = p[i]
	}
}

// settle lets what is certain overrule what is likely.
func (c *candidate) settle(r *Report, young bool) {
	c.trap = c.trapped(r)
	c.abroad = c.otherTongue(r)
	switch {
	case c.trap != "":
		c.p = min(c.p, trapLikeness)
	case c.tale.roundup() && !c.copied():
		c.p = min(c.p, trapLikeness)
	case max(c.x[xCentre], c.x[xClosest]) < faint, c.numbersAlone(r):
		c.p = min(c.p, trapLikeness)
	case c.abroad && shared(r, c.closest.Report) < sharedAbroad:
		c.p = min(c.p, trapLikeness)
	case c.abroad:
		c.p = min(c.p, abroadLikeness)
	case c.again(r):
		c.p = min(c.p, trapLikeness)
	case young && len(c.tale.reports) <= fewReports && c.slight(r):
		c.p = min(c.p, trapLikeness)
	case c.copied(), c.twin:
		c.p = max(c.p, copyLikeness)
	}
}

// numbersAlone tells whether the report and the story have no word in common,
// only numbers: nine killed and page 9.
func (c *candidate) numbersAlone(r *Report) bool {
	for _, t := range r.terms {
		if c.tale.terms.has(t.id) && !slices.Contains(r.numbers, t.id) {
			return false
		}
	}
	return true
}

// trapped tells why the report, much alike as it is to the closest ones, tells
// another event: each of them must be a trap.
func (c *candidate) trapped(r *Report) string {
	if c.x[xClosest] < trapFrom {
		return ""
	}
	why := trap(r.title, c.closest.title)
	if why == "" && r.Feed != "" && r.Feed == c.closest.Feed {
		why = refilled(r.title, c.closest.title)
	}
	for _, e := range c.near {
		if why == "" || e == nil {
			break
		}
		if e != c.closest && float64(dot(r.terms, e.terms)) >= trapFrom*unit*unit && trap(r.title, e.title) == "" {
			return ""
		}
	}
	return why
}

// roundup tells a story that is nothing but round-ups.
func (t *tale) roundup() bool { return t.digests == len(t.reports) }

// alike is the plain likeness that rivals are compared by.
func (c *candidate) alike() float64 { return 0.5 * (c.x[xCentre] + c.x[xClosest]) }

func logistic(x *features, w *features) float64 {
	var s float64
	for i := range w {
		s += float64(x[i] * w[i])
	}
	return 1 / (1 + math.Exp(-s))
}

// measure fills in the parts that need no knowledge of the rivals.
func (b *Book) measure(r *Report, norm2 int64, c *candidate) {
	t, x := c.tale, &c.x
	n := float64(len(t.reports))
	x[xOne] = 1
	b.share(r, norm2, c)
	c.compare(r)
	c.names(r)
	age := float64(r.At.Unix()-t.first) / 3600
	c.hours = float64(gap(r.At.Unix(), t)) / 3600
	x[xGap] = math.Log1p(c.hours)
	x[xAge] = math.Log1p(max(0, age))
	x[xSize] = math.Log(n)
	x[xRecent] = math.Log1p(float64(t.recent(r.At.Unix())))
	x[xShort] = 1 / (1 + float64(len(r.terms)))
	x[xCentreSize] = x[xCentre] * x[xSize]
	x[xOwnSize] = x[xOwn] * x[xSize]
	x[xGapLike] = x[xGap] * c.alike()
	x[xContains] = contained(c.closest.terms, r.terms)
	x[xYoung] = priorReports / float64(b.live+priorReports)
	x[xYoungLike] = x[xYoung] * c.alike()
	x[xLikeLike] = c.alike() * c.alike()
}

// compare sets the report beside the closest reports of the story.
func (c *candidate) compare(r *Report) {
	x := &c.x
	for _, e := range c.near {
		if e == nil {
			break
		}
		d := float64(dot(r.terms, e.terms)) / (unit * unit)
		if c.closest == nil || d > x[xClosest] {
			x[xSecond], x[xClosest], c.closest = x[xClosest], d, e
		} else {
			x[xSecond] = max(x[xSecond], d)
		}
		if len(r.terms) >= copyWords {
			c.twin = c.twin || sameTitle(r.title, e.title)
			if !differ(r.numbers, e.numbers) {
				x[xSketch] = max(x[xSketch], resemblance(r.sketch, e.sketch))
			}
		}
	}
}

// share sets the report beside all that the story has told, and weighs the
// words in common by how rare they are in the window. General news stands in
// for a window that is still young.
func (b *Book) share(r *Report, norm2 int64, c *candidate) {
	d, t := &b.scratch, &c.tale.terms
	var product int64
	var all, covered, own, rare, rarest float64
	at, ok := 0, false
	for i, term := range r.terms {
		w2 := float64(term.w) * float64(term.w)
		all += w2
		if at, ok = t.find(at, term.id); !ok {
			continue
		}
		cell := &t.cells[at]
		product += int64(term.w) * int64(cell.w)
		covered += w2
		own += w2 * float64(cell.n) / d.spread[i]
		rare += w2 / (unit * unit) * d.scarce[i]
		rarest = max(rarest, d.scarce[i])
	}
	if all > 0 {
		c.x[xCovered], c.x[xOwn] = covered/all, own/all
	}
	c.x[xRare], c.x[xRarest] = rare/10, rarest/10
	c.x[xMean] = float64(product) / float64(len(c.tale.reports)) / (unit * unit)
	if t.norm2 > 0 && norm2 > 0 {
		c.x[xCentre] = float64(product) / math.Sqrt(float64(t.norm2)*float64(norm2))
	}
}

// names compares names and numbers.
func (c *candidate) names(r *Report) {
	t := c.tale
	c.x[xNames] = t.names.cosine(r.names, r.names.norm2())
	lack := 0
	for _, n := range r.names {
		if !t.names.has(n.id) {
			lack++
		}
	}
	c.x[xNamesLack] = math.Log1p(float64(lack))
	both := 0
	for _, n := range r.numbers {
		if t.numbers.has(n) {
			both++
		}
	}
	c.x[xNumbers] = math.Log1p(float64(both))
	if len(t.numbers) > 0 {
		c.x[xNumbersLack] = math.Log1p(float64(len(r.numbers) - both))
	}
}

// slight tells whether the likeness is too slight to go by while the window is
// young.
func (c *candidate) slight(r *Report) bool {
	inside := max(c.x[xCovered], c.x[xContains])
	return c.alike() < slightBelow && inside < insideBelow ||
		c.alike() < foreignBelow && inside < mostInside && c.foreign(r)
}

// again tells whether one feed would tell one event twice in words too
// different to believe it: a feed that follows an event up keeps to its words.
func (c *candidate) again(r *Report) bool {
	return r.Feed != "" && r.Feed == c.closest.Feed && c.alike() < sameFeedBelow
}

// otherTongue tells whether the report is in another language than the closest
// one. Texts much alike are in one language, whatever the feeds say.
func (c *candidate) otherTongue(r *Report) bool {
	e := c.closest
	return r.Lang != "" && e.Lang != "" && r.Lang != e.Lang && c.alike() < oneTongue
}

// shared counts the names that two reports have in common.
func shared(a, b *Report) int {
	n := 0
	for _, m := range a.names {
		if _, ok := slices.BinarySearchFunc(b.names, m, compareCells); ok {
			n++
		}
	}
	return n
}

// foreign tells whether each of the two titles has a name that the
// other report lacks: the same deed in another place, the same actor in
// another deed. Titles in title case do not tell names from other words.
func (c *candidate) foreign(r *Report) bool {
	return !r.titleCase && !c.closest.titleCase && lacking(r, c.closest.Report) > 0 && lacking(c.closest.Report, r) > 0
}

// lacking counts the names and ordinals in a's title that b does not have.
func lacking(a, b *Report) int {
	n := 0
	for _, m := range a.title {
		if m.class != name && m.class != ordinal {
			continue
		}
		if _, ok := slices.BinarySearchFunc(b.terms, cell{id: m.id}, compareCells); !ok {
			n++
		}
	}
	return n
}

// recent counts the reports of the six hours before at, up to 200.
func (t *tale) recent(at int64) int {
	n := 0
	for i := len(t.reports) - 1; i >= 0 && i >= len(t.reports)-200; i-- {
		if at-t.times[i] < 6*3600 {
			n++
		}
	}
	return n
}

// parts are the figures shown to whoever asks why.
func (c *candidate) parts() news.Parts {
	round := func(f float64) float64 { return math.Round(f*1000) / 1000 }
	return news.Parts{ // sorted by name
		{Name: "closest", Value: round(c.x[xClosest])},
		{Name: "copy", Value: round(c.x[xSketch])},
		{Name: "covered", Value: round(c.x[xCovered])},
		{Name: "hours", Value: round(c.hours)},
		{Name: "names", Value: round(c.x[xNames])},
		{Name: "numbers", Value: c.sharedNumbers()},
		{Name: "own", Value: round(c.x[xOwn])},
		{Name: "reports", Value: float64(len(c.tale.reports))},
		{Name: "rival", Value: round(c.x[xRival])},
		{Name: "words", Value: round(c.x[xCentre])},
	}
}

// sharedNumbers is how many numbers the report and the story have in common.
func (c *candidate) sharedNumbers() float64 { return math.Round(math.Expm1(c.x[xNumbers])) }

// kinship tells how far two stories look like pieces of one: a rival that tells
// the same event speaks for a report and not against it. From 0 to 1.
func kinship(a, b *tale) float64 {
	return min(1, max(0, a.terms.cosineTo(&b.terms)-kinFrom)/(kinWhole-kinFrom))
}
