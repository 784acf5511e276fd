package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

const (
	lookBack = 2 * time.Minute // before the first attempt, for clocks that differ
	pageSize = 200
	maxPages = 100
)

// Look implements notify.Notifier. A reply is looked for in its thread, and
// in the channel too, where Slack puts it if its parent is gone.
func (n *Notifier) Look(ctx context.Context, d news.Delivery, target news.Receipt) ([]news.Receipt, error) {
	self, err := n.whoami(ctx)
	if err != nil {
		return nil, err
	}
	if foreign(target) {
		target = news.Receipt{}
	}
	channel := target.Channel
	if channel == "" {
		if channel, err = n.Channel(ctx, d.Alert.Channel); err != nil {
			return nil, err
		}
	}
	first := d.First
	if first.IsZero() {
		first = d.Since
	}
	since := first.Add(time.Duration(n.wire.skew.Load())).Add(-lookBack)
	ours := func(m slackapi.Message) bool {
		return m.Metadata.EventType == EventType && m.Metadata.EventPayload["delivery_id"] == string(d.Alert.ID) &&
			(m.User == self.UserID || m.BotID == self.BotID && m.BotID != "")
	}
	var found []slackapi.Message
	if target.Message != "" {
		msgs, err := n.replies(ctx, channel, target.Message, since)
		if e, ok := errors.AsType[*notify.Error](err); err != nil && !(ok && e.Code == "thread_not_found") {
			return nil, err
		}
		for _, m := range msgs {
			if m.Timestamp != target.Message && ours(m) {
				found = append(found, m)
			}
		}
		if len(found) > 0 && d.State == news.StateUnknown {
			return receipts(found, channel, target, d.Receipt), nil
		}
	}
	msgs, err := n.history(ctx, channel, since)
	if err != nil {
		return nil, err
	}
	for _, m := range msgs {
		if ours(m) {
			found = append(found, m)
		}
	}
	rs := receipts(found, channel, target, d.Receipt)
	for i := range rs {
		rs[i].Link = n.permalink(channel, cmp.Or(rs[i].Thread, rs[i].Message))
	}
	return rs, nil
}

// receipts orders copies, the one to keep first: one that people have
// answered, else the one known, which has been kept up to date, else the
// oldest. Other answered copies are nobody's to delete.
func receipts(found []slackapi.Message, channel string, target, known news.Receipt) []news.Receipt {
	answered := func(m slackapi.Message) bool { return m.ReplyCount > 0 || len(m.Reactions) > 0 }
	rank := func(m slackapi.Message) int {
		switch {
		case answered(m):
			return 0
		case m.Timestamp == cmp.Or(known.Thread, known.Message):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(found, func(a, b slackapi.Message) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Timestamp, b.Timestamp))
	})
	var rs []news.Receipt
	for i, m := range found {
		if i > 0 && answered(m) {
			continue
		}
		r := news.Receipt{Channel: channel, Message: m.Timestamp}
		if m.ThreadTimestamp != "" && m.ThreadTimestamp != m.Timestamp && target.Message != "" {
			r.Message, r.Thread = target.Message, m.Timestamp
		}
		rs = append(rs, r)
	}
	return rs
}

// history reads the channel from a moment on, all of it or none.
func (n *Notifier) history(ctx context.Context, channel string, since time.Time) ([]slackapi.Message, error) {
	var all []slackapi.Message
	p := slackapi.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: oldest(since), Inclusive: true, Limit: pageSize, IncludeAllMetadata: true,
	}
	for range maxPages {
		page, err := n.api.GetConversationHistoryContext(ctx, &p)
		if err != nil {
			return nil, readError(err)
		}
		if !page.Ok || page.Messages == nil {
			return nil, emptyReading()
		}
		all = append(all, page.Messages...)
		if p.Cursor = page.ResponseMetaData.NextCursor; p.Cursor == "" {
			if page.HasMore {
				return nil, emptyReading()
			}
			return all, nil
		}
	}
	return nil, &notify.Error{Class: notify.Again, Code: "too many pages", Err: fmt.Errorf("more than %d messages since %v", maxPages*pageSize, since)}
}

// replies reads a thread, all of it or none.
func (n *Notifier) replies(ctx context.Context, channel, thread string, since time.Time) ([]slackapi.Message, error) {
	var all []slackapi.Message
	p := slackapi.GetConversationRepliesParameters{
		ChannelID: channel, Timestamp: thread, Oldest: oldest(since), Inclusive: true, Limit: pageSize, IncludeAllMetadata: true,
	}
	for range maxPages {
		msgs, more, next, err := n.api.GetConversationRepliesContext(ctx, &p)
		if err != nil {
			return nil, readError(err)
		}
		if msgs == nil || more && next == "" {
			return nil, emptyReading()
		}
		all = append(all, msgs...)
		if p.Cursor = next; p.Cursor == "" {
			return all, nil
		}
	}
	return nil, &notify.Error{Class: notify.Again, Code: "too many pages", Err: errors.New("thread " + thread + " is too long")}
}

func oldest(t time.Time) string { return fmt.Sprintf("%010d.%06d", t.Unix(), t.Nanosecond()/1000) }

// emptyReading is the verdict on an answer that names no messages, not even
// none: it proves nothing.
func emptyReading() error {
	return &notify.Error{Class: notify.Unknown, Code: "no messages", Err: errors.New("slack's answer lists nothing")}
}

// readError judges a failed reading. A lack of rights to read is no trouble
// of the app, only blindness.
func readError(err error) error {
	err = judge(err)
	if e, ok := errors.AsType[*notify.Error](err); ok {
		switch e.Code {
		case "missing_scope", "not_allowed_token_type", "access_denied", "method_not_supported_for_channel_type", "channel_is_limited_access":
			return fmt.Errorf("%w: %w", notify.ErrBlind, err)
		}
	}
	return err
}
