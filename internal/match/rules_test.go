package match

import (
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

// lines makes term lines of block text, with positions.
func lines(s string) (out []Line) {
	n := 0
	for l := range strings.Lines(s) {
		n++
		l = strings.TrimRight(l, "\n")
		if strings.TrimSpace(l) == "" {
			continue
		}
		indent := len(l) - len(strings.TrimLeft(l, "\t "))
		out = append(out, Line{l[indent:], news.Pos{File: "rules.yaml", Line: n, Col: indent + 1}})
	}
	return out
}

func refs(names ...string) (out []Ref) {
	for _, n := range names {
		out = append(out, Ref{Name: n})
	}
	return out
}

func langs(kv ...string) map[string][]Line {
	out := map[string][]Line{}
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = lines(kv[i+1])
	}
	return out
}

func compile(t testing.TB, r Rules) *Matcher {
	t.Helper()
	m, faults := Compile(r)
	for _, f := range faults {
		if !f.Warning {
			t.Fatalf("%v: %s (%s)", f.Pos, f.Message, f.Fix)
		}
	}
	return m
}

func anyOf(id, terms string) Topic { return Topic{ID: news.TopicID(id), Any: lines(terms)} }

// fires returns the topics that fire, joined by blanks.
func fires(m *Matcher, it *news.Item) string {
	var ids []string
	for _, x := range m.Match(it) {
		ids = append(ids, string(x.Topic))
	}
	return strings.Join(ids, " ")
}
