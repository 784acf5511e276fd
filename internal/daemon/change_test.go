package daemon

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

// madeUpPast is n items of a few events, each told by several outlets in other
// words, a few minutes apart.
func madeUpPast(n int) []Past {
	events := []string{
		"NATO ministers agree on air defence plan for Baltic states in Riga",
		"Kremlin warns of retaliation after tanker seizure off Tallinn",
		"Inspectors return to Lisbon reactor after valve failure",
		"Osprey nest halts crane in Gdansk harbour for a third week",
		"Parliament in Vilnius votes on conscription for women",
		"Ukraine says drone factory in Yelabuga was hit overnight",
		"Bakery opens in Ghent with a queue around the block",
	}
	turns := []string{"%s", "%s, officials say", "Update: %s", "%s as talks go on", "What we know: %s"}
	at := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	var out []Past
	for i := range n {
		day := i / (len(events) * len(turns))
		e := (i*5 + i/7) % len(events)
		it := news.Item{
			Feed: news.FeedID(fmt.Sprintf("https://o%d.example/rss", i%11)), URL: fmt.Sprintf("https://o%d.example/%d", i%11, i),
			Title:     fmt.Sprintf(turns[i%len(turns)], events[e]) + fmt.Sprintf(" on day %d", day),
			Published: at, FirstSeen: at,
		}
		identify(&it)
		out = append(out, Past{Item: it})
		at = at.Add(7 * time.Minute)
	}
	return out
}

// sides runs the past through both rules, each by itself from the start.
func sides(t *testing.T, before, now *Rules, past []Past) (a, b *side) {
	t.Helper()
	a, b = newSide(before), newSide(now)
	for _, s := range []*side{a, b} {
		for i := range past {
			p := &past[i]
			s.note(&p.Item, s.judge(p, s.rules.Desk.Read(&p.Item), nil))
			if (i+1)%64 == 0 || i == len(past)-1 {
				s.memory.Expire(p.Item.Time())
			}
		}
	}
	return a, b
}

// Two sets of rules judged side by side, the second following the first while
// it can, tell what each tells alone.
func TestComparingTellsWhatEachSideTellsAlone(t *testing.T) {
	past := madeUpPast(420)
	const base = "listen: \"\"\ntimezone: UTC\ndefault_channel: \"#desk\"\n"
	old := base + "topics:\n  nato: {any: NATO}\n  ships: {any: tanker}\n"
	for name, tc := range map[string]struct {
		text    string
		follows bool // to the end
	}{
		"a plain term more":                 {base + "topics:\n  nato: {any: [NATO, conscription]}\n  ships: {any: tanker}\n", true},
		"a topic less":                      {base + "topics:\n  nato: {any: NATO}\n", true},
		"a topic on trial":                  {base + "topics:\n  nato: {any: NATO}\n  ships: {any: tanker, mode: shadow}\n", true},
		"an entity, which changes stories":  {base + "topics:\n  nato: {any: [NATO, \"@ghent\"]}\n  ships: {any: tanker}\nentities:\n  ghent: {any: [Ghent, osprey, bakery, valve]}\n", false},
		"an entity, which are names anyway": {base + "topics:\n  nato: {any: [NATO, \"@ghent\"]}\n  ships: {any: tanker}\nentities:\n  ghent: {any: [Ghent, Kremlin]}\n", true},
		"boilerplate that blinds":           {old + "boilerplate: {drop_blocks: \"officials say\"}\n", false},
		"another window":                    {old + "stories: {window: 5h}\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			before, now := testRules(t, t.TempDir(), old), testRules(t, t.TempDir(), tc.text)
			p := newPair(before, now)
			for from := 0; from < len(past); from += 64 {
				c := &chunk{}
				for i := from; i < min(len(past), from+64); i++ {
					c.past = append(c.past, &past[i])
				}
				c.read(p.a.follower, p.b.follower, 2)
				p.judge(c)
			}
			if follows := p.b.following.Load(); follows != tc.follows {
				t.Errorf("follows to the end: %t, want %t", follows, tc.follows)
			}
			a, b := sides(t, before, now, past)
			opt := cmp.AllowUnexported(told{})
			if d := cmp.Diff(a.told, p.a.told, opt); d != "" {
				t.Errorf("before differs (-alone +side by side)\n%s", d)
			}
			if d := cmp.Diff(b.told, p.b.told, opt); d != "" {
				t.Errorf("now differs (-alone +side by side)\n%s", d)
			}
			steps := 0
			diff, err := Compare(t.Context(), before, now, All(past), func() { steps++ })
			if err != nil || steps != len(past) {
				t.Fatalf("%d steps of %d, %v", steps, len(past), err)
			}
			if name == "a plain term more" && (len(diff[0].Gained) == 0 || len(diff[0].Lost) > 0 || len(diff[1].Gained)+len(diff[1].Lost) > 0) {
				t.Errorf("%+v", diff)
			}
			if name == "a topic less" && (len(diff[1].Lost) == 0 || diff[1].Now != 0) {
				t.Errorf("%+v", diff)
			}
		})
	}
}

func TestAStoryToldByAnotherItemIsNeitherGainedNorLost(t *testing.T) {
	a := []told{{story: "s1", item: "i1"}, {story: "s2", item: "i3"}, {story: "s4", item: "i4"}}
	b := []told{{story: "s1", item: "i2"}, {story: "s3", item: "i3"}}
	if got := only(a, b); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// BenchmarkCompare judges a past by two sets of rules.
func BenchmarkCompare(b *testing.B) {
	past := madeUpPast(10_000)
	before := testRules(b, b.TempDir(), testConfig)
	now := testRules(b, b.TempDir(), testConfig+"  ships: {any: tanker}\n")
	b.ResetTimer()
	for b.Loop() {
		if _, err := Compare(b.Context(), before, now, All(past), func() {}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(past))*float64(b.N)/b.Elapsed().Seconds(), "items/s")
}

func TestAReportKeepsNoMoreOfThePastThanItReads(t *testing.T) {
	const n = 100
	var past []Past
	for i, p := range madeUpPast(10 * n) {
		past = latest(past, p, n)
		if len(past) > 2*n || cap(past) > 4*n {
			t.Fatalf("%d items are held after %d, room for %d", len(past), i+1, cap(past))
		}
	}
	whole := madeUpPast(10 * n)
	for i, p := range past[len(past)-n:] {
		if want := whole[len(whole)-n+i]; p.Item.ID != want.Item.ID {
			t.Fatalf("item %d from the end is %s, want %s", n-i, p.Item.ID, want.Item.ID)
		}
	}
}
