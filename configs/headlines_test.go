package configs_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// TestEvaluateHeadlines prints precision and recall of arms control and NATO on
// headlines in the manner of the press from 1990 on, written for this test and
// filed by hand. Their near negatives are what stands beside them in a paper:
// war, crime, arms sales, power stations, treaties of another kind.
func TestEvaluateHeadlines(t *testing.T) {
	_, m := shipped(t)
	text, err := os.ReadFile("testdata/headlines.tsv")
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ right, wrong, missed float64 }
	sum := map[string]*count{"arms-control": {}, "nato": {}}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			t.Fatalf("%q has no three fields", line)
		}
		got := fires(m, &news.Item{Title: f[1], Summary: f[2], Lang: "en"})
		for topic, c := range sum {
			fired, want := slices.Contains(got, topic), f[0] == topic
			switch {
			case fired && want:
				c.right++
			case want:
				c.missed++
				t.Logf("%s does not fire: %s / %s", topic, f[1], f[2])
			case fired:
				c.wrong++
				t.Logf("%s fires, filed under %s: %s / %s", topic, f[0], f[1], f[2])
			}
		}
	}
	for topic, least := range map[string]struct{ precision, recall float64 }{"arms-control": {0.75, 0.55}, "nato": {0.88, 0.62}} {
		c := sum[topic]
		precision, recall := c.right/(c.right+c.wrong), c.right/(c.right+c.missed)
		t.Logf("%-13s precision %.3f, recall %.3f of %v", topic, precision, recall, c.right+c.missed)
		if precision < least.precision || recall < least.recall {
			t.Errorf("%s: precision %.3f and recall %.3f, want %.2f and %.2f", topic, precision, recall, least.precision, least.recall)
		}
	}
}

// TestEvaluateWarStories prints, per language, how many stories of nine events
// of the war in Ukraine fire the topic of that name, by event. People collected
// the stories by what they tell, so each should; a story that has only its
// headline is counted apart.
func TestEvaluateWarStories(t *testing.T) {
	f, err := os.Open(filepath.Join(shared, "stories", "ruwa-2022-events.jsonl.gz"))
	if err != nil {
		t.Skip("no stories for testing here")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	_, m := shipped(t)
	type count struct{ fired, all int }
	sum := make(map[string]*count)
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var x struct{ Title, Desc, Event string }
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		it := news.Item{Title: text.Title(x.Title), Summary: text.Plain(x.Desc)}
		key := lettersOf(it.Title + it.Summary)
		if it.Summary == "" {
			key += ", headline only"
		}
		fired := slices.Contains(fires(m, &it), "ukraine")
		for _, k := range []string{key, key + ", " + x.Event} {
			if sum[k] == nil {
				sum[k] = &count{}
			}
			sum[k].all++
			if fired {
				sum[k].fired++
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, k := range slices.Sorted(maps.Keys(sum)) {
		share := float64(sum[k].fired) / float64(sum[k].all)
		t.Logf("%-30s %.3f of %d", k, share, sum[k].all)
		if least := map[string]float64{"en": 0.94, "ru": 0.94, "uk": 0.94}[k]; share < least {
			t.Errorf("%s: %.3f of the stories fire, want %.2f", k, share, least)
		}
	}
}

// lettersOf tells Ukrainian, Russian and the rest apart by their letters.
func lettersOf(s string) string {
	switch {
	case strings.ContainsAny(s, "іїєґІЇЄҐ"):
		return "uk"
	case strings.ContainsAny(s, "аеиоуыэюя"):
		return "ru"
	}
	return "en"
}
