package configs_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/configs"
	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
)

// shipped loads and compiles the shipped config, which must have no fault and
// give no warning: it is the example that every desk starts from.
func shipped(t testing.TB) (*config.Config, *match.Matcher) {
	t.Helper()
	c, faults := config.LoadFS(configs.Files, "watcherd.yaml")
	for _, f := range faults {
		t.Errorf("%s: %s (%s)", f.Pos, f.Message, f.Fix)
	}
	m, found := match.Compile(rules(c))
	for _, f := range found {
		t.Errorf("%s:%d:%d: %s (%s)", f.Pos.File, f.Pos.Line, f.Pos.Col, f.Message, f.Fix)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c, m
}

// fires lists the topics that an item fires, sorted.
func fires(m *match.Matcher, it *news.Item) []string {
	var out []string
	for _, x := range m.Match(it) {
		out = append(out, string(x.Topic))
	}
	slices.Sort(out)
	return out
}

// why lists what counted for the topics that an item fires.
func why(m *match.Matcher, it *news.Item) string {
	var b strings.Builder
	for _, x := range m.Match(it) {
		fmt.Fprintf(&b, "\n\t%s, sum %v:", x.Topic, x.Score)
		for _, h := range x.Hits {
			fmt.Fprintf(&b, "\n\t\t%s %q by %q", h.Field, h.Text, h.Term)
		}
	}
	return b.String()
}

func TestTheShippedConfigIsWhatADeskNeeds(t *testing.T) {
	c, _ := shipped(t)
	if len(c.Feeds) < 100 {
		t.Errorf("%d feeds, want 100 or more", len(c.Feeds))
	}
	if len(c.Entities) < 300 {
		t.Errorf("%d entities, want 300 or more", len(c.Entities))
	}
	var topics []string
	for i := range c.Topics {
		topics = append(topics, c.Topics[i].Key)
	}
	slices.Sort(topics)
	want := []string{"arms-control", "cyber", "missiles", "nato", "sanctions", "ukraine", "weapons"}
	if !slices.Equal(topics, want) {
		t.Errorf("topics are %v, want %v", topics, want)
	}
}

func TestEveryTopicHasExamplesOfBothKinds(t *testing.T) {
	c, _ := shipped(t)
	fired := make(map[string]int)
	quiet := make(map[string]int) // by file
	for _, x := range c.Tests {
		for _, l := range x.Fires {
			fired[l.Text]++
		}
		if x.Fires != nil && len(x.Fires) == 0 {
			quiet[x.Pos.File]++
		}
	}
	for i := range c.Topics {
		key := c.Topics[i].Key
		if fired[key] < 3 {
			t.Errorf("%s: %d examples that fire it, want 3 or more", key, fired[key])
		}
		if file := c.Topics[i].Pos.File; quiet[file] < 3 {
			t.Errorf("%s: %d traps, want 3 or more", file, quiet[file])
		}
	}
}

func TestEveryFileNamesItsSchema(t *testing.T) {
	err := fs.WalkDir(configs.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(configs.Files, name)
		if err != nil {
			return err
		}
		want := "# yaml-language-server: $schema=" + strings.Repeat("../", strings.Count(name, "/")) + "watcherd.schema.json\n"
		if !strings.HasPrefix(string(text), want) {
			t.Errorf("%s does not begin with %q", name, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The languages that a desk in Europe reads beside English: an entity is known
// in each of them, by names of its own or by those of all languages.
func TestMostEntitiesHaveNamesInTheDesksLanguages(t *testing.T) {
	c, _ := shipped(t)
	for _, lang := range []string{"uk", "ru"} {
		named, all := 0, 0
		for i := range c.Entities {
			e := &c.Entities[i]
			if e.Pos.File == "entities/groups.yaml" {
				continue
			}
			all++
			if slices.ContainsFunc(e.Langs, func(l config.LangTerms) bool { return l.Lang == lang }) || latinOnly(e) {
				named++
			}
		}
		if named*100 < all*95 {
			t.Errorf("%s: %d of %d entities have names, want 95 %%", lang, named, all)
		}
	}
}

// A name is one thing's: an alert that shows @nodong for another missile, or
// @mi6 for its sister, tells something wrong.
func TestNoNameBelongsToTwoEntities(t *testing.T) {
	c, _ := shipped(t)
	owner := make(map[string]string)
	claim := func(e *config.Entity, lang string, l config.Line) {
		if strings.HasPrefix(l.Text, "@") {
			return // a group names others
		}
		name := lang + " " + l.Text
		if other, ok := owner[name]; ok && other != e.Key {
			t.Errorf("%s: %s is a name of %s and of %s", l.Pos, name, other, e.Key)
		}
		owner[name] = e.Key
	}
	for i := range c.Entities {
		e := &c.Entities[i]
		for _, l := range e.Any {
			claim(e, "any", l)
		}
		for _, ls := range e.Langs {
			for _, l := range ls.Terms {
				claim(e, ls.Lang, l)
			}
		}
	}
}

// latinOnly reports an entity that the press of every country writes in Latin
// letters: a call sign, a brand.
func latinOnly(e *config.Entity) bool {
	return e.Pos.File == "entities/weapons.yaml" || e.Pos.File == "entities/companies.yaml"
}
