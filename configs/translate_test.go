package configs_test

import (
	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
)

// rules says the config in the matcher's words.
func rules(c *config.Config) match.Rules {
	r := match.Rules{Boilerplate: match.Boilerplate{
		CutAfter: lines(c.Boilerplate.CutAfter), DropBlocks: lines(c.Boilerplate.DropBlocks), Pardon: lines(c.Boilerplate.Pardon)}}
	for _, t := range c.Topics {
		m := match.Topic{ID: news.TopicID(t.Key), Name: t.Name, Pos: news.Pos(t.Pos), Threshold: t.Threshold,
			Any: lines(t.Any), ByLang: byLang(t.Langs),
			Unless: lines(t.Unless.Any), UnlessContexts: refs(t.Unless.Refs()),
			None: lines(t.None.Any), NoneContexts: refs(t.None.Refs()),
			Include: lines(t.Sources.Include), Exclude: lines(t.Sources.Exclude)}
		for _, g := range t.All {
			m.All = append(m.All, match.Group{Name: g.Key, Pos: news.Pos(g.Pos), Any: lines(g.Any), ByLang: byLang(g.Langs),
				Unless: lines(g.Unless.Any), UnlessContexts: refs(g.Unless.Refs())})
		}
		for _, n := range t.Near {
			m.Near = append(m.Near, match.Near{Groups: refs(n.Groups), Within: n.Within, Pos: news.Pos(n.Pos)})
		}
		r.Topics = append(r.Topics, m)
	}
	for _, e := range c.Entities {
		r.Entities = append(r.Entities, match.Entity{ID: news.EntityID(e.Key), Pos: news.Pos(e.Pos), Any: lines(e.Any),
			ByLang: byLang(e.Langs), Unless: lines(e.Unless.Any), UnlessContexts: refs(e.Unless.Refs())})
	}
	for _, x := range c.Contexts {
		r.Contexts = append(r.Contexts, match.Context{Name: x.Key, Pos: news.Pos(x.Pos), Any: lines(x.Any), ByLang: byLang(x.Langs)})
	}
	return r
}

func lines(ls []config.Line) []match.Line {
	var out []match.Line
	for _, l := range ls {
		out = append(out, match.Line{Text: l.Text, Pos: news.Pos(l.Pos)})
	}
	return out
}

func refs(ls []config.Line) []match.Ref {
	var out []match.Ref
	for _, l := range ls {
		out = append(out, match.Ref{Name: l.Text, Pos: news.Pos(l.Pos)})
	}
	return out
}

func byLang(ls []config.LangTerms) map[string][]match.Line {
	out := make(map[string][]match.Line, len(ls))
	for _, l := range ls {
		out[l.Lang] = append(out[l.Lang], lines(l.Terms)...)
	}
	return out
}
