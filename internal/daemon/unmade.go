package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// unmadeName is the stored name of the note that one such text was told.
func unmadeName(key string) string { return "unmade " + key }

// tellUnmade says that nothing but repeated text, which is no evidence, kept
// an item from being told, once for each such text: mostly that is right, and
// where it is not, nobody would ever know.
func (d *Daemon) tellUnmade(ctx context.Context, it *news.Item, v news.Verdict) {
	if v.Outcome != news.OutcomeNoMatch || len(it.Boilerplate) == 0 {
		return
	}
	r := d.rules.Load()
	whole := *it
	whole.Boilerplate = nil
	for _, m := range r.Desk.Match(&whole) {
		if r.shadow(m.Topic) || len(m.Hits) == 0 {
			continue
		}
		block := blockOf(it, m.Hits)
		if block == "" {
			continue
		}
		k := news.NewKey("unmade", string(it.Feed), string(m.Topic), block)
		name, err := k.MarshalText()
		if err != nil {
			return
		}
		if was, err := d.store.Get(ctx, unmadeName(string(name))); err != nil || was != nil {
			return
		}
		if err := d.store.Put(ctx, unmadeName(string(name)), []byte(time.Now().UTC().Format(time.RFC3339)+" "+string(it.Feed))); err != nil {
			return // the next item with it tries again
		}
		f, _ := r.feed(string(it.Feed))
		d.notice(notify.Notice{Key: "unmade " + string(name), Label: orElse(f.Name, string(it.Feed)), URL: it.URL,
			Text: fmt.Sprintf("repeats “%s”, which therefore counts no more; without that “%s” would have been told for %s. If it should count: watcherd feeds repeated, boilerplate.pardon",
				shortened(block, 80), shortened(it.Title, 80), r.topicName(m.Topic))})
		return
	}
}

// blockOf is the repeated text in which one of the hits stands.
func blockOf(it *news.Item, hits []news.Hit) string {
	for _, b := range it.Boilerplate {
		text := it.Text(b.Field)[b.Start:b.End]
		for _, h := range hits {
			if h.Field == b.Field && strings.Contains(text, h.Text) {
				return text
			}
		}
	}
	return ""
}

func shortened(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n]) + "…"
	}
	return s
}
