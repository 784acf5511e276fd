package daemon

import (
	"context"
	"log/slog"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
)

// The desk journal: one line for every fate of an item, the answer to "why did
// we not hear of this?" in the service's own log. What everybody waits for is
// told at info; the many items that match nothing only at debug.

func (d *Daemon) journal(it *news.Item, dec desk.Decision) {
	v := dec.Verdict
	level := slog.LevelInfo
	switch v.Outcome {
	case news.OutcomeNoMatch, news.OutcomeBaseline, news.OutcomeRepeat:
		level = slog.LevelDebug
	}
	if !d.log.Enabled(context.Background(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("item", string(v.Item)), slog.String("feed", string(it.Feed)),
		slog.String("title", it.Title), slog.String("story", string(v.Placement.Story)),
		slog.String("reason", string(v.Placement.Reason)),
	}
	for _, m := range v.Matches {
		attrs = append(attrs, slog.Float64("topic."+string(m.Topic), m.Score))
	}
	for _, a := range dec.Alerts {
		attrs = append(attrs, slog.String("alert", string(a.ID)), slog.String("channel", a.Channel))
	}
	if v.Detail != "" {
		attrs = append(attrs, slog.String("detail", v.Detail))
	}
	d.log.LogAttrs(context.Background(), level, string(v.Outcome), attrs...)
}
