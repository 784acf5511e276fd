package configs_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
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
