package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// TestResult is what became of one rule test of the config.
type TestResult struct {
	Name  string       `json:"name"`
	At    config.Pos   `json:"at"`
	OK    bool         `json:"ok"`
	Wrong []string     `json:"wrong,omitempty"` // each a sentence
	Fired []news.Match `json:"fired,omitempty"`
}

// RunTests runs the rule tests of the config, each on a desk that remembers
// nothing.
func RunTests(r *Rules) []TestResult {
	out := make([]TestResult, 0, len(r.Config.Tests))
	for i := range r.Config.Tests {
		t := &r.Config.Tests[i]
		res := TestResult{Name: testName(t), At: t.Pos}
		if len(t.SameStory) > 0 {
			res.Wrong = r.sameStory(t)
		}
		if t.Title != "" || t.Text != "" {
			if empty(t.Title, t.Text) {
				res.Wrong = append(res.Wrong, "nothing is left of its text once markup is taken out, so it can never fail")
			}
			var wrong []string
			res.Fired, wrong = r.fires(t)
			res.Wrong = append(res.Wrong, wrong...)
		}
		res.OK = len(res.Wrong) == 0
		out = append(out, res)
	}
	return out
}

func testName(t *config.Test) string {
	name := orElse(t.Title, t.Text)
	if name == "" && len(t.SameStory) > 0 {
		name = t.SameStory[0].Text
	}
	if r := []rune(name); len(r) > 70 {
		name = string(r[:69]) + "…"
	}
	return name
}

// testItem is a test's text as an item of the feed that it names.
func (r *Rules) testItem(title, body, lang, source string) news.Item {
	it := news.Item{Title: text.Title(title), Summary: text.Plain(body), Lang: lang, FirstSeen: time.Now().UTC()}
	if f, ok := r.feed(source); ok {
		it.Feed, it.Outlet, it.Tags = f.ID, f.Name, f.Tags
	} else if tag, ok := strings.CutPrefix(source, "tag:"); ok {
		it.Tags = []string{tag}
	}
	identify(&it)
	it.ID = news.NewItemID(it.Feed, title+"\x00"+body)
	return it
}

// fires compares the topics that fire with those that the test names.
func (r *Rules) fires(t *config.Test) ([]news.Match, []string) {
	it := r.testItem(t.Title, t.Text, t.Lang, t.Source)
	reading := r.Desk.Read(&it)
	fired := make(map[string]news.Match)
	for _, m := range reading.Matches {
		fired[string(m.Topic)] = m
	}
	var wrong []string
	for _, want := range t.Fires {
		if _, ok := fired[want.Text]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s should fire and does not: %s", want.Text, r.lack(&it, want.Text)))
		}
	}
	named := func(topic string) bool {
		return slices.ContainsFunc(t.Fires, func(l config.Line) bool { return l.Text == topic })
	}
	for _, m := range reading.Matches {
		if t.Fires != nil && !named(string(m.Topic)) {
			wrong = append(wrong, fmt.Sprintf("%s fires and is not named: %s", m.Topic, hitWords(m)))
		}
	}
	for _, not := range t.Not {
		if m, ok := fired[not.Text]; ok {
			wrong = append(wrong, fmt.Sprintf("%s must not fire and does: %s", not.Text, hitWords(m)))
		}
	}
	return reading.Matches, wrong
}

func (r *Rules) lack(it *news.Item, topic string) string {
	for _, miss := range r.Desk.Misses(it) {
		if string(miss.Topic) == topic {
			return miss.Lacks
		}
	}
	return "nothing of it was found"
}

func hitWords(m news.Match) string {
	var words []string
	for _, h := range m.Hits {
		w := fmt.Sprintf("%q", h.Text)
		if h.Rule.Line > 0 {
			w += fmt.Sprintf(" (%s:%d)", h.Rule.File, h.Rule.Line)
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

// sameStory tells each headline after the other, a minute apart, and wants
// them all in one story.
func (r *Rules) sameStory(t *config.Test) []string {
	m := desk.NewMemory(r.storyOptions())
	now := time.Now().UTC()
	var first news.StoryID
	var wrong []string
	for i, l := range t.SameStory {
		it := r.testItem(l.Text, "", t.Lang, t.Source)
		it.Published = now.Add(time.Duration(i) * time.Minute)
		it.FirstSeen = it.Published
		dec := m.Decide(r.Desk, desk.Case{Reading: r.Desk.Read(&it), Now: it.FirstSeen})
		switch p := dec.Verdict.Placement; {
		case i == 0:
			first = p.Story
		case p.Story != first:
			wrong = append(wrong, fmt.Sprintf("%q is told as another story (%s, likeness %.2f)", l.Text, p.Reason, p.Likeness))
		}
	}
	return wrong
}

// TestFaults are the failed tests as faults of the config.
func TestFaults(c *config.Config, results []TestResult) config.Faults {
	var out config.Faults
	for _, r := range results {
		for _, w := range r.Wrong {
			out = append(out, c.Fault(r.At, 0, fmt.Sprintf("the test %q fails: %s", r.Name, w),
				"change the rule, or the test if the example was wrong"))
		}
	}
	return out
}
