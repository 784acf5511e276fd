package configs_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/news"
)

// shared is where stories for testing lie; tests that need them skip where
// they are absent.
const shared = "../../shared/testdata"

func TestTheRuleTestsHold(t *testing.T) {
	c, m := shipped(t)
	for _, x := range c.Tests {
		if len(x.SameStory) > 0 {
			continue // for the stories to judge
		}
		it := news.Item{Title: x.Title, Summary: x.Text, Lang: x.Lang}
		got := fires(m, &it)
		if want := texts(x.Fires); x.Fires != nil && !slices.Equal(got, want) {
			t.Errorf("%s: %q fires %v, want %v%s", x.Pos, x.Title, got, want, why(m, &it))
		}
		for _, l := range x.Not {
			if slices.Contains(got, l.Text) {
				t.Errorf("%s: %q fires %s%s", x.Pos, x.Title, l.Text, why(m, &it))
			}
		}
	}
}

func texts(ls []config.Line) []string {
	var out []string
	for _, l := range ls {
		out = append(out, l.Text)
	}
	slices.Sort(out)
	return out
}

// trap is a sentence with a word that means two things. The file holds them in
// pairs: one that must fire no topic, and one that must fire this one.
type trap struct {
	Word, Topic, Lang, Title, Text string
	Want                           bool
}

func TestTrapsCatchNobodyAndTheirTwinsAreHeard(t *testing.T) {
	_, m := shipped(t)
	pairs, missed := 0, 0
	for _, x := range traps(t) {
		it := news.Item{Title: x.Title, Summary: x.Text, Lang: x.Lang}
		got := fires(m, &it)
		switch {
		case !x.Want && len(got) > 0:
			t.Errorf("%s: %q fires %v%s", x.Word, x.Title, got, why(m, &it))
		case x.Want:
			pairs++
			if !slices.Contains(got, x.Topic) {
				missed++
				t.Logf("%s: %q does not fire %s", x.Word, x.Title, x.Topic)
			}
		}
	}
	t.Logf("%d pairs, %d true sentences missed", pairs, missed)
	if pairs < 150 {
		t.Errorf("%d pairs, want 150 or more", pairs)
	}
	if missed*20 > pairs {
		t.Errorf("%d of %d true sentences missed, want 5 %% at most", missed, pairs)
	}
}

func traps(t *testing.T) []trap {
	t.Helper()
	f, err := os.Open("testdata/traps.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []trap
	for d := json.NewDecoder(f); ; {
		var x trap
		if err := d.Decode(&x); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
}

// newspaper gives the items of a paper of 2004, each with its section, or skips
// the test where the shared stories are not at hand.
func newspaper(t *testing.T) iter.Seq2[string, *news.Item] {
	t.Helper()
	f, err := os.Open(filepath.Join(shared, "stories", "ag-news-test.jsonl.gz"))
	if err != nil {
		t.Skip("no stories for testing here")
	}
	t.Cleanup(func() { _ = f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string, *news.Item) bool) {
		lines := bufio.NewScanner(z)
		for lines.Scan() {
			var x struct{ Label, Title, Desc string }
			if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
				t.Fatal(err)
			}
			if !yield(x.Label, &news.Item{Title: x.Title, Summary: x.Desc, Lang: "en"}) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestSportPagesStayQuiet(t *testing.T) {
	_, m := shipped(t)
	alerts, all := 0, 0
	for section, it := range newspaper(t) {
		if section != "Sports" {
			continue
		}
		all++
		if len(fires(m, it)) > 0 {
			alerts++
			t.Logf("%s%s", it.Title, why(m, it))
		}
	}
	t.Logf("%d alerts in %d items", alerts, all)
	if all == 0 || alerts*1900 > 4*all {
		t.Errorf("%d alerts in %d items, want 4 in 1,900 at most", alerts, all)
	}
}

// TestEvaluationTopics prints, for each shipped topic, in which sections of a
// paper of 2004 its items stand. Sections are no topics, but arms, alliances and
// sanctions are matters of the world's pages, and what fires elsewhere is mostly
// wrong.
func TestEvaluationTopics(t *testing.T) {
	c, m := shipped(t)
	count := make(map[string]map[string]int)
	for section, it := range newspaper(t) {
		for _, topic := range fires(m, it) {
			if count[topic] == nil {
				count[topic] = make(map[string]int)
			}
			count[topic][section]++
			count[topic][""]++
		}
	}
	t.Logf("%-14s %5s  %5s %5s %5s %5s", "topic", "fires", "world", "busin", "sci", "sport")
	for i := range c.Topics {
		n := count[c.Topics[i].Key]
		t.Logf("%-14s %5d  %5d %5d %5d %5d", c.Topics[i].Key, n[""], n["World"], n["Business"], n["Sci/Tech"], n["Sports"])
	}
	for _, topic := range []string{"arms-control", "nato", "ukraine"} {
		if n := count[topic]; n[""] == 0 || 10*n["World"] < 9*n[""] {
			t.Errorf("%s: %d of %d items stand on the world's pages, want 90 %%", topic, n["World"], n[""])
		}
	}
}

// Two outlets tell one event, one of them with a donation appeal in between
// that names other subjects.
var tellings = []string{
	"A senior official in Washington said on Saturday that the government is ready to talk with Moscow about limits on military exercises in Eastern Europe and on the deployment of offensive missiles in Ukraine, ahead of the Strategic Stability Dialogue in Geneva.\n\n" +
		"Russia sent two draft treaties last month. “It has used chemical weapons abroad and broken arms control agreements, such as the Intermediate-Range Nuclear Forces (INF) treaty,” the official said, adding that nothing would be decided about Ukraine or NATO without them.",
	"Washington open to limits on exercises and missiles\n\n" +
		"The United States would discuss limits on NATO military exercises and on offensive missiles in Ukraine when strategic talks with Russia open next week, an official said.\n\n" +
		"Your support helps us to tell the story\nFrom climate change to Big Tech, from cyberattacks on hospitals to sanctions on Russian oil and weapons deliveries to Israel, our reporters are on the ground. Your donation allows us to keep them there.\n\n" +
		"Any agreement would depend on Russia removing its threat to Ukraine, and no decision would be taken without the consent of Ukraine or NATO, the official said.",
}

func TestTwoTellingsOfOneEventFireByTheirOwnWords(t *testing.T) {
	_, m := shipped(t)
	for _, text := range tellings {
		checkTelling(t, fires(m, &news.Item{Content: text}), why(m, &news.Item{Content: text}))
	}
}

func TestTheGivenExamplesFireByTheirOwnWords(t *testing.T) {
	_, m := shipped(t)
	files, err := filepath.Glob(filepath.Join(shared, "seeds", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Skip("no examples here")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range []news.Item{{Content: string(text)}, {Summary: string(text)}} {
			reasons := why(m, &it)
			checkTelling(t, fires(m, &it), reasons)
			for _, foreign := range []string{"reproductive", "climate", "Big Tech", "donation"} {
				if strings.Contains(reasons, foreign) {
					t.Errorf("%s: the appeal's %q is evidence%s", filepath.Base(file), foreign, reasons)
				}
			}
		}
	}
}

func checkTelling(t *testing.T, got []string, reasons string) {
	t.Helper()
	for _, want := range []string{"arms-control", "nato", "ukraine"} {
		if !slices.Contains(got, want) {
			t.Errorf("fires %v, want %s as well%s", got, want, reasons)
		}
	}
	for _, no := range []string{"sanctions", "cyber", "weapons"} {
		if slices.Contains(got, no) {
			t.Errorf("fires %v, want no %s%s", got, no, reasons)
		}
	}
}
