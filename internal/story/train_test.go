package story

import (
	"flag"
	"fmt"
	"go/format"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

var (
	trainAll   = flag.Bool("train", false, "learn the weights of likeness from the labelled time line and write weights.go anew")
	steps      = flag.Int("steps", 300, "steps of the search that follows the fit")
	seed       = flag.Uint64("seed", 1, "of the search")
	further    = flag.Bool("further", false, "with -train: go on from the weights there are, and only search")
	crosscheck = flag.Bool("crosscheck", false, "learn on each half of the stories and score on the other")
)

// example is one candidate of one report, with the truth.
type example struct {
	x    features
	y    float64
	kind string
	k    float64 // what it weighs
}

// candidatesOf walks the time line, gives every report its true story and
// gathers the candidates on the way. (Stories as the weights themselves make
// them were tried for this, and taught it to join too much.)
func candidatesOf(ls []labelled, use func(labelled) bool) []example {
	b := New(Options{})
	last := map[string]*Report{}
	var out []example
	for _, l := range ls {
		cs := b.candidates(l.report)
		b.weigh(l.report, cs)
		for i := range cs {
			y := 0.0
			if cs[i].tale.id == news.StoryID(l.gold) {
				y = 1
			}
			if use(l) && (i < 4 || y == 1) {
				k := 1.0
				if last[l.gold] == nil {
					k = firstWeight
				}
				out = append(out, example{cs[i].x, y, l.kind, k})
			}
		}
		if use(l) {
			out = append(out, alone(l, cs, last[l.gold])...)
		}
		b.Add(l.report, news.Placement{Story: news.StoryID(l.gold)})
		last[l.gold] = l.report
	}
	return out
}

// alone sets a report beside a single other one in an empty book, as a young
// window does: the one before it in its story, and the likest of another.
func alone(l labelled, cs []candidate, before *Report) []example {
	var out []example
	pair := func(o *Report, y float64) {
		b := New(Options{})
		b.Add(o, news.Placement{Story: "other"})
		p := b.candidates(l.report)
		b.weigh(l.report, p)
		for i := range p {
			out = append(out, example{p[i].x, y, l.kind, pairWeight})
		}
	}
	if before != nil {
		pair(before, 1)
	}
	wrong := 0
	for i := range cs {
		if wrong < 2 && cs[i].tale.id != news.StoryID(l.gold) {
			wrong++
			o := *cs[i].closest.Report
			pair(&o, 0)
		}
	}
	return out
}

// firstWeight is what an example of a story's first report weighs: joined to
// another story, its own is missed.
const firstWeight = 3

// pairWeight is what an example in an empty book weighs beside one on the time
// line.
const pairWeight = 0.3

// fit learns a logistic join by Newton's method, every kind weighing the same.
func fit(xs []example) features {
	const ridge = 1
	count := map[string]float64{}
	for _, e := range xs {
		count[e.kind]++
	}
	var w features
	for range 25 {
		var g features
		var h [nParts]features
		for i := range w {
			g[i], h[i][i] = -ridge*w[i], ridge
		}
		for _, e := range xs {
			k := 1000 * e.k / count[e.kind]
			p := logistic(&e.x, &w)
			for i := range w {
				g[i] += k * (e.y - p) * e.x[i]
				for j := range w {
					h[i][j] += k * p * (1 - p) * e.x[i] * e.x[j]
				}
			}
		}
		size := 0.0
		for i, s := range solve(h, g) {
			w[i] += s
			size += math.Abs(s)
		}
		if size < 1e-6 {
			break
		}
	}
	return w
}

// solve is Gauss's elimination with pivots.
func solve(a [nParts]features, b features) features {
	for i := range b {
		for j := i + 1; j < nParts; j++ {
			if math.Abs(a[j][i]) > math.Abs(a[i][i]) {
				a[i], a[j] = a[j], a[i]
				b[i], b[j] = b[j], b[i]
			}
		}
		for j := i + 1; j < nParts; j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < nParts; k++ {
				a[j][k] -= f * a[i][k]
			}
			b[j] -= f * b[i]
		}
	}
	for i := nParts - 1; i >= 0; i-- {
		for j := i + 1; j < nParts; j++ {
			b[i] -= a[i][j] * b[j]
		}
		b[i] /= a[i][i]
	}
	return b
}

// deskOffset is taken from the fitted bias before the search: a story missed
// costs a desk more than a repeat.
const deskOffset = 0.4

// deskMargin is taken from the bias after the search, which ends at the edge of
// what it may miss on the stories that it has seen.
const deskMargin = 0.12

// learn fits the weights to the candidates that true stories offer.
func learn(ls []labelled, use func(labelled) bool) {
	weights = fit(candidatesOf(ls, use))
	weights[xOne] -= deskOffset
	search(ls, use, *steps)
	weights[xOne] -= deskMargin
}

// search moves the weights at random, in ever smaller steps, and keeps what
// makes the streamed result better.
func search(ls []labelled, use func(labelled) bool, steps int) {
	mine := map[string]bool{}
	for _, l := range ls {
		if use(l) {
			mine[l.gold] = true
		}
	}
	// A story missed costs the desk more than a repeat told. Two limits around
	// the shipped one keep the search from the edge of a snowball.
	worth := func() float64 {
		sum := 0.0
		for _, off := range []float64{-.03, .03} {
			by, macro := tableOf(run(ls, Options{Sure: Options{}.settled().Sure + off}), func(x told) bool { return mine[x.gold] })
			sum += macro - 1.5*max(0, by["all"].missed-.04) - 1.5*max(0, .895-by["all"].silenced)
		}
		return sum / 2
	}
	rnd := rand.New(rand.NewPCG(*seed, 2))
	top := worth()
	for i := range steps {
		old := weights
		step := .25 * math.Pow(.1, float64(i)/float64(steps))
		for range 1 + rnd.IntN(3) {
			k := rnd.IntN(nParts)
			weights[k] += rnd.NormFloat64() * step * (.3 + math.Abs(weights[k]))
		}
		if v := worth(); v > top {
			top = v
		} else {
			weights = old
		}
	}
}

// TestCrosscheck learns from the reports of half of the stories and scores on
// those of the other half, on the whole time line, both ways round.
func TestCrosscheck(t *testing.T) {
	if !*crosscheck {
		t.Skip("run with -crosscheck to learn on one half of the stories and score on the other")
	}
	all := deskMix(t)
	saved := weights
	defer func() { weights = saved }()
	sures := []float64{.4, .45, .5, .54, .57, .6, .7}
	sum := make([]score, len(sures))
	for _, bit := range []int{3} {
		for f := range uint32(2) {
			mine := func(gold string) bool { return hash(gold)>>bit&1 == f }
			learn(all, func(l labelled) bool { return mine(l.gold) })
			for i, sure := range sures {
				ts := run(all, Options{Sure: sure})
				by, macro := tableOf(ts, func(x told) bool { return !mine(x.gold) })
				sum[i].f += macro / 2
				sum[i].missed += by["all"].missed / 2
				sum[i].silenced += by["all"].silenced / 2
				sum[i].perStory += by["all"].perStory / 2
			}
		}
	}
	for i, sure := range sures {
		s := sum[i]
		t.Logf("stories not seen in learning, sure %.2f: macro F %.3f missed %.1f%% silenced %.1f%% a/s %.2f",
			sure, s.f, 100*s.missed, 100*s.silenced, s.perStory)
	}
}

func TestTrain(t *testing.T) {
	if !*trainAll {
		t.Skip("run with -train to learn the weights")
	}
	all := deskMix(t)
	if everyone := func(labelled) bool { return true }; *further {
		search(all, everyone, *steps)
	} else {
		learn(all, everyone)
	}
	t.Logf("\n%s", printTable(run(all, Options{})))
	var b strings.Builder
	b.WriteString(`package story

// weights join the parts of a likeness into one. They are written by
//
//	go test ./internal/story -run TestTrain -train
//
// which fits a logistic regression to the labelled time line of the tests: for
// every report the stories that share its rare words, each told whether it is
// the true one, every kind of news weighing the same. A search from there on
// raises the streamed B-cubed F, less for stories missed and repeats told;
// -further goes on with that search. What weights so learned do on stories that
// they have not seen is printed by TestCrosscheck.
var weights = features{
`)
	for i, n := range partNames {
		fmt.Fprintf(&b, "\t%s: %.3f,\n", n, weights[i])
	}
	b.WriteString("}\n")
	src, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("weights.go", src, 0o644); err != nil {
		t.Fatal(err)
	}
}

var partNames = [nParts]string{"xOne", "xCentre", "xClosest", "xSecond", "xMean", "xCovered", "xOwn", "xRare", "xRarest", "xNames",
	"xNamesLack", "xNumbers", "xNumbersLack", "xGap", "xAge", "xSize", "xRecent", "xShort", "xRival", "xCrowd", "xCentreSize",
	"xOwnSize", "xGapLike", "xCrowdLike", "xLikeLike", "xSketch", "xContains", "xYoung", "xYoungLike"}
