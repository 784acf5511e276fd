package schedule

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// contest runs a policy over traces; both the simulated and the real traces
// are judged through it.
type contest func(func(trace) policy) outcome

// rivalTable runs each rival as it is, then a fixed interval and ours with as
// many requests, and holds the claims: at equal requests our median lag is 40 %
// under the fixed interval's and under the rival's.
func rivalTable(t *testing.T, run, sample contest, scale float64, feedSeconds float64) {
	t.Helper()
	var table strings.Builder
	row := func(name string, o outcome) {
		fmt.Fprintf(&table, "%-28s %9d %9.0f %9.0f %9.0f\n", name, o.requests, o.at(0.5), o.mean(), o.at(0.9))
	}
	fmt.Fprintf(&table, "%-28s %9s %9s %9s %9s\n", "schedule", "requests", "median s", "mean s", "p90 s")
	for _, r := range []struct {
		name string
		make func(trace) policy
		max  time.Duration // its longest interval, given to ours too
	}{
		{"miniflux", miniflux, 24 * time.Hour},
		{"CommaFeed", commaFeed, 4 * time.Hour},
		{"Media Cloud", mediaCloud, 7 * 24 * time.Hour},
	} {
		rival := run(r.make)
		fixed := run(fixedEvery(time.Duration(feedSeconds/float64(rival.requests)*1e9) * time.Nanosecond))
		gain := calibrate(sample, int(float64(rival.requests)*scale), r.max)
		own := run(ours(Limits{Max: r.max, Gain: gain}))
		for own.requests > rival.requests { // the sample was not quite like the whole
			gain *= 1.02
			own = run(ours(Limits{Max: r.max, Gain: gain}))
		}
		row(r.name, rival)
		row("  fixed, as many requests", fixed)
		row(fmt.Sprintf("  ours, gain %.2f", gain), own)
		if own.at(0.5) >= rival.at(0.5) {
			t.Errorf("median lag %.0f s is not under %.0f s of %s at equal requests", own.at(0.5), rival.at(0.5), r.name)
		}
		if own.at(0.5) > 0.6*fixed.at(0.5) {
			t.Errorf("median lag %.0f s is not 40 %% under %.0f s of fixed intervals at equal requests", own.at(0.5), fixed.at(0.5))
		}
	}
	t.Logf("publication to notice at equal requests\n%s", &table)
}

// calibrate finds the gain at which ours makes about so many requests.
func calibrate(run contest, want int, ceiling time.Duration) float64 {
	lo, hi := 0.05, 50.0
	for range 12 {
		g := math.Sqrt(lo * hi)
		if run(ours(Limits{Max: ceiling, Gain: g})).requests > want {
			lo = g
		} else {
			hi = g
		}
	}
	return hi
}

func TestAdaptiveScheduleBeatsTheOthersOnAPowerLawOfFeeds(t *testing.T) {
	if raceDetector {
		t.Skip("a simulation in one goroutine has no races")
	}
	n := 10_000
	if testing.Short() {
		n = 1500
	}
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Unix()
	measure, end := start+3*day, start+7*day
	traces := powerLaw(n, start-40*day, end, 7)
	on := func(traces []trace) contest {
		return func(make func(trace) policy) outcome { return simulate(traces, start, measure, end, make) }
	}
	part := traces[:n/10]
	rivalTable(t, on(traces), on(part), float64(len(part))/float64(n), float64(n)*float64(end-measure))
}

func TestAdaptiveScheduleBeatsTheOthersOnRealFeeds(t *testing.T) {
	if raceDetector {
		t.Skip("a simulation in one goroutine has no races")
	}
	traces := replayTraces(t)
	run := func(make func(trace) policy) outcome {
		var all outcome
		for _, tr := range traces {
			first, last := tr.at[0], tr.at[len(tr.at)-1]
			// The first fifth teaches the habits.
			o := simulate([]trace{tr}, first, first+(last-first)/5, last, make)
			all.requests += o.requests
			all.lags = append(all.lags, o.lags...)
		}
		slices.Sort(all.lags)
		return all
	}
	seconds := 0.0
	for _, tr := range traces {
		seconds += 0.8 * float64(tr.at[len(tr.at)-1]-tr.at[0])
	}
	rivalTable(t, run, run, 1, seconds)
}

var (
	itemRE = regexp.MustCompile(`(?s)<item[ >].*?</item>`)
	linkRE = regexp.MustCompile(`(?s)<link>(.*?)</link>`)
	dateRE = regexp.MustCompile(`<pubDate>(.*?)</pubDate>`)
)

// replayTraces reads when the items of the stored feeds were published.
func replayTraces(t *testing.T) []trace {
	files, _ := filepath.Glob("../../../shared/testdata/replay/*.jsonl.gz")
	if len(files) == 0 {
		t.Skip("no stored feeds here")
	}
	var traces []trace
	for _, file := range files {
		tr := trace{id: filepath.Base(file), window: 40, honest: true}
		links := map[string]bool{}
		var from, to int64
		eachVersion(t, file, func(ts int64, body string) {
			if from == 0 {
				from = ts
			}
			to = ts
			for _, item := range itemRE.FindAllString(body, -1) {
				link, date := linkRE.FindStringSubmatch(item), dateRE.FindStringSubmatch(item)
				if link == nil || date == nil || links[link[1]] {
					continue
				}
				links[link[1]] = true
				if at, err := mail.ParseDate(html.UnescapeString(strings.TrimSpace(date[1]))); err == nil {
					tr.at = append(tr.at, at.Unix())
				}
			}
		})
		tr.at = slices.DeleteFunc(tr.at, func(at int64) bool { return at < from || at > to })
		slices.Sort(tr.at)
		if len(tr.at) >= 20 {
			traces = append(traces, tr)
		}
	}
	return traces
}

func eachVersion(t *testing.T, file string, do func(ts int64, body string)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bufio.NewReader(z))
	for dec.More() {
		var v struct {
			TS   int64
			Body string
		}
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		do(v.TS, v.Body)
	}
}

func BenchmarkInterval(b *testing.B) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var at []int64
	for i := range maxArrivals {
		at = append(at, now.Unix()-int64(maxArrivals-i)*3700)
	}
	b.ReportAllocs()
	for b.Loop() {
		interval(at, now)
	}
}
