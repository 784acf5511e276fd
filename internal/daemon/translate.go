package daemon

import (
	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
)

// The config's shapes in the words of the stages. Nothing is decided here:
// config knows how a file is written, match what a term means, and neither
// knows the other.

func matchRules(c *config.Config) match.Rules {
	r := match.Rules{
		Boilerplate: match.Boilerplate{
			CutAfter:   lines(c.Boilerplate.CutAfter),
			DropBlocks: lines(c.Boilerplate.DropBlocks),
			Pardon:     lines(c.Boilerplate.Pardon),
		},
	}
	for i := range c.Topics {
		r.Topics = append(r.Topics, matchTopic(&c.Topics[i]))
	}
	for _, e := range c.Entities {
		r.Entities = append(r.Entities, match.Entity{ID: news.EntityID(e.Key), Pos: pos(e.Pos), Any: lines(e.Any),
			ByLang: byLang(e.Langs), Unless: lines(e.Unless.Any), UnlessContexts: refs(e.Unless.Refs())})
	}
	for _, x := range c.Contexts {
		r.Contexts = append(r.Contexts, match.Context{Name: x.Key, Pos: pos(x.Pos), Any: lines(x.Any), ByLang: byLang(x.Langs)})
	}
	return r
}

func matchTopic(t *config.Topic) match.Topic {
	m := match.Topic{
		ID: news.TopicID(t.Key), Name: topicName(t), Pos: pos(t.Pos),
		Any: lines(t.Any), ByLang: byLang(t.Langs),
		Unless: lines(t.Unless.Any), UnlessContexts: refs(t.Unless.Refs()),
		None: lines(t.None.Any), NoneContexts: refs(t.None.Refs()),
		Threshold: t.Threshold, ThresholdPos: pos(t.At("threshold")),
		Include: lines(t.Sources.Include), Exclude: lines(t.Sources.Exclude),
	}
	for _, g := range t.All {
		m.All = append(m.All, match.Group{Name: g.Key, Pos: pos(g.Pos), Any: lines(g.Any), ByLang: byLang(g.Langs),
			Unless: lines(g.Unless.Any), UnlessContexts: refs(g.Unless.Refs())})
	}
	for _, n := range t.Near {
		m.Near = append(m.Near, match.Near{Groups: refs(n.Groups), Within: n.Within, Pos: pos(n.Pos)})
	}
	return m
}

func topicName(t *config.Topic) string {
	if t.Name != "" {
		return t.Name
	}
	return t.Key
}

func pos(p config.Pos) news.Pos { return news.Pos(p) }

func back(p news.Pos) config.Pos { return config.Pos(p) }

func lines(ls []config.Line) []match.Line {
	out := make([]match.Line, len(ls))
	for i, l := range ls {
		out[i] = match.Line{Text: l.Text, Pos: pos(l.Pos)}
	}
	return out
}

func refs(ls []config.Line) []match.Ref {
	out := make([]match.Ref, len(ls))
	for i, l := range ls {
		out[i] = match.Ref{Name: l.Text, Pos: pos(l.Pos)}
	}
	return out
}

func byLang(ls []config.LangTerms) map[string][]match.Line {
	if len(ls) == 0 {
		return nil
	}
	out := make(map[string][]match.Line, len(ls))
	for _, l := range ls {
		out[l.Lang] = append(out[l.Lang], lines(l.Terms)...)
	}
	return out
}

func deskTopics(c *config.Config) []desk.Topic {
	out := make([]desk.Topic, 0, len(c.Topics))
	for i := range c.Topics {
		t := &c.Topics[i]
		out = append(out, desk.Topic{ID: news.TopicID(t.Key), Name: topicName(t), Channels: t.Route(),
			Urgent: t.Urgency == "urgent", Confirm: t.Confirm, Shadow: t.Mode == "shadow"})
	}
	return out
}

func deskChannels(c *config.Config) []desk.Channel {
	out := make([]desk.Channel, 0, len(c.Channels))
	for _, ch := range c.Channels {
		out = append(out, desk.Channel{Name: ch.Name, Updates: ch.Updates, Mention: ch.Mentions.Urgent})
	}
	return out
}

func newsFeed(f *config.Feed) news.Feed {
	return news.Feed{ID: news.FeedID(f.URL), URL: f.URL, Name: f.Name, Lang: f.Lang, Tags: f.Tags,
		Every: f.Every, Headers: f.Headers, User: f.User, Insecure: f.InsecureTLS, Paused: f.Paused}
}
