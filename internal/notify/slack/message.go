package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/news"
)

// Message is a delivery as it goes to Slack.
type Message struct {
	Text     string // for phones, screen readers and the list of notifications: a complete alert
	Blocks   []slackapi.Block
	Metadata slackapi.SlackMetadata
}

// What a message may measure. Slack refuses blocks of about 13,200
// characters, far below the sum of its other limits.
const (
	blocksMax   = 12000
	textMax     = 3900
	headlineMax = 300
)

// Render writes a delivery as one message. Words from feeds stand in
// rich_text only, where no character means anything.
func Render(d news.Delivery, buttons bool) Message {
	m := Message{Text: fallback(&d.Alert), Metadata: metadata(d)}
	switch d.Step {
	case 0:
		// Addresses and words have no limit in common; the plainer the
		// message has to be, the less of them is shown.
		for less := range 4 {
			for _, r := range rooms {
				m.Blocks = blocks(d, buttons, less, r)
				if lines(m.Blocks) <= linesMax {
					break
				}
			}
			if size(m.Blocks) <= blocksMax {
				break
			}
		}
	case 1:
		m.Blocks = plainBlocks(d)
	default:
		m.Text = withLink(m.Text, d.Alert.URL)
	}
	return m
}

// RenderReply writes what goes below the parent: what is new in the latest
// report, or the correction.
func RenderReply(d news.Delivery) Message {
	a := &d.Alert
	m := Message{Metadata: metadata(d)}
	var line []slackapi.RichTextSectionElement
	switch {
	case a.Latest != nil:
		by := "Also " + clean(strings.Join(append(slices.Clone(a.With), a.Latest.Outlet), ", "), 150)
		line = append(line, bold(by), text(": "), linked(a.Latest.Title, a.Latest.URL, headlineMax, false))
		m.Text = escape(clean(by+": "+a.Latest.Title, headlineMax))
	case a.Note != "":
		line = append(line, linked(a.Note, a.NoteURL, headlineMax, true))
		m.Text = escape(clean(a.Note+" — "+a.Headline, headlineMax))
	default:
		line = append(line, linked(a.Headline, a.URL, headlineMax, true))
		m.Text = fallback(a)
	}
	line = append(line, call(a.Mention)...)
	m.Text += callText(a.Mention)
	rich := []slackapi.RichTextElement{slackapi.NewRichTextSection(line...)}
	if fresh := clean(strings.Join(a.New, " · "), 500); fresh != "" {
		fresh = "New: " + fresh
		rich = append(rich, slackapi.NewRichTextSection(text(fresh)))
		m.Text += ". " + escape(fresh)
	}
	m.Text = shorten(m.Text)
	switch d.Step {
	case 0:
		m.Blocks = []slackapi.Block{slackapi.NewRichTextBlock(blockID("r", d), rich...)}
	case 1:
		m.Blocks = []slackapi.Block{section("r", d, clip(m.Text, 2900))}
	}
	return m
}

// options are the arguments of a post. Text and blocks are set once: a second
// time would add to them.
func (m Message) options() []slackapi.MsgOption {
	opts := []slackapi.MsgOption{
		slackapi.MsgOptionText(m.Text, false),
		slackapi.MsgOptionMetadata(m.Metadata),
		slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl(),
	}
	if len(m.Blocks) > 0 {
		opts = append(opts, slackapi.MsgOptionBlocks(m.Blocks...))
	}
	return opts
}

func metadata(d news.Delivery) slackapi.SlackMetadata {
	return slackapi.SlackMetadata{EventType: EventType, EventPayload: map[string]any{
		"v": 1, "delivery_id": string(d.Alert.ID), "story_id": string(d.Alert.Story), "kind": string(d.Alert.Kind), "seq": d.Alert.Seq,
	}}
}

// fallback is the alert in one line of text: how bad, what, who, when, why us.
func fallback(a *news.Alert) string {
	var b strings.Builder
	if a.Withdrawn {
		if !strings.HasPrefix(headline(a), "WITHDRAWN") { // many outlets say so themselves
			b.WriteString("WITHDRAWN: ")
		}
	} else if a.Urgent {
		b.WriteString("URGENT: ")
	}
	b.WriteString(escape(headline(a)))
	b.WriteString(callText(a.Mention))
	switch a.Kind {
	case news.KindDigest, news.KindOps:
		each := textMax / max(len(a.Lines), 1)
		sep := ": "
		for _, l := range a.Lines {
			if l.Text == "" {
				continue
			}
			b.WriteString(sep + escape(clean(join(l.Label, l.Text), min(each-6, 200))))
			sep = "; "
		}
	default:
		if by := clean(a.Outlet, 80); by != "" {
			b.WriteString(". " + escape(by))
		}
		b.WriteString(", " + when(a))
		if len(a.Topics) > 0 {
			b.WriteString(". " + escape(clean(strings.Join(a.Topics, ", "), 200)))
		}
		if a.Count > 1 {
			fmt.Fprintf(&b, ". %d reports", a.Count)
		}
		if a.Note != "" {
			b.WriteString(". " + escape(clean(a.Note, 300)))
		}
	}
	return shorten(b.String())
}

// shorten keeps escaped text within bounds without cutting an escape in two.
func shorten(s string) string {
	if utf8.RuneCountInString(s) <= textMax {
		return s
	}
	rs := []rune(s)[:textMax-1]
	cutAt := len(rs)
	for i := len(rs) - 1; i > len(rs)-6; i-- {
		if rs[i] == '&' {
			cutAt = i
		}
	}
	return string(rs[:cutAt]) + "…"
}

func headline(a *news.Alert) string {
	if h := clean(a.Headline, headlineMax); h != "" {
		return h
	}
	return "(no headline)"
}

// when is the moment of publication; without one, when it was seen.
func when(a *news.Alert) string {
	if a.At.IsZero() {
		return "seen " + clockOf(a.Seen)
	}
	return clockOf(a.At)
}

func clockOf(t time.Time) string { return t.UTC().Format("2 Jan 15:04 UTC") }

// date shows a moment in the reader's own zone.
func date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{time} {date_short_pretty}|%s>", t.Unix(), clockOf(t))
}

func withLink(s, raw string) string {
	u, ok := cleanURL(raw)
	if u = escape(u); !ok || utf8.RuneCountInString(s)+len(u) > textMax {
		return s
	}
	return s + " <" + u + ">"
}

func join(label, text string) string {
	if label == "" {
		return text
	}
	return label + ": " + text
}

// call is a mention, which comes from the config alone.
func call(who string) []slackapi.RichTextSectionElement {
	switch {
	case who == "here" || who == "channel" || who == "everyone":
		return []slackapi.RichTextSectionElement{text(" "), slackapi.NewRichTextSectionBroadcastElement(who)}
	case channelLike(who, 'S'):
		return []slackapi.RichTextSectionElement{text(" "), slackapi.NewRichTextSectionUserGroupElement(who)}
	case channelLike(who, 'U'), channelLike(who, 'W'):
		return []slackapi.RichTextSectionElement{text(" "), slackapi.NewRichTextSectionUserElement(who, nil)}
	}
	return nil
}

// callText is the same for messages without rich text.
func callText(who string) string {
	switch {
	case who == "here" || who == "channel" || who == "everyone":
		return " <!" + who + ">"
	case channelLike(who, 'S'):
		return " <!subteam^" + who + ">"
	case channelLike(who, 'U'), channelLike(who, 'W'):
		return " <@" + who + ">"
	}
	return ""
}

func channelLike(id string, kind byte) bool {
	return len(id) > 3 && id[0] == kind && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

func size(bs []slackapi.Block) int {
	b, err := json.Marshal(bs)
	if err != nil {
		return 0
	}
	return utf8.RuneCount(b)
}

// blockID is new with each version of a message, as Slack asks.
func blockID(part string, d news.Delivery) string {
	return fmt.Sprintf("%s:%s:%d", part, d.Alert.ID, d.Attempts)
}
