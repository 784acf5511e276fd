package slack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// actionMore is the menu of the rarer answers; the other actions are named by
// their verbs.
const actionMore = "more"

// labelMax is how much of a label Slack shows everywhere.
const labelMax = 30

// actionBlock marks the row of buttons; its block_id names the alert.
const actionBlock = "b"

func buttonRow(d news.Delivery) slackapi.Block {
	a := &d.Alert
	label := func(s string) *slackapi.TextBlockObject {
		return slackapi.NewTextBlockObject(slackapi.PlainTextType, s, false, false)
	}
	id := string(a.ID)
	if a.Target != "" { // an edit shows the buttons of the message that it edits
		id = string(a.Target)
	}
	var row []slackapi.BlockElement
	if !claimed(d) {
		claim := slackapi.NewButtonBlockElement(string(notify.VerbClaim), id, label("I've got this"))
		claim.Style = slackapi.StylePrimary
		row = append(row, claim)
	}
	row = append(row, slackapi.NewButtonBlockElement(string(notify.VerbNotRelevant), id, label("Not relevant")))
	option := func(v notify.Verb, words string) *slackapi.OptionBlockObject {
		return slackapi.NewOptionBlockObject(string(v), label(words), nil)
	}
	options := []*slackapi.OptionBlockObject{option(notify.VerbSnooze, "Snooze this story, 1 h")}
	if len(a.Topics) > 0 {
		options = append(options, option(notify.VerbMuteTopic, "Mute “"+clean(a.Topics[0], labelMax-utf8.RuneCountInString("Mute “” here, 8 h"))+"” here, 8 h"))
	}
	if by := clean(a.Outlet, labelMax-len("Mute  here, 8 h")); by != "" {
		options = append(options, option(notify.VerbMuteSource, "Mute "+by+" here, 8 h"))
	}
	options = append(options, option(notify.VerbUseful, "This was useful"), option(notify.VerbWhy, "Why did I get this?"))
	row = append(row, slackapi.NewOverflowBlockElement(actionMore, options...))
	return slackapi.NewActionBlock(fmt.Sprintf("%s:%s:%s:%d", actionBlock, id, a.ID, d.Attempts), row...)
}

func claimed(d news.Delivery) bool {
	return slices.ContainsFunc(d.Marks, func(m news.Mark) bool { return m.What == news.MarkClaim })
}

// dismissed tells whether readers found an alert not relevant and nobody
// found it useful.
func dismissed(d news.Delivery) bool {
	has := func(what string) bool {
		return slices.ContainsFunc(d.Marks, func(m news.Mark) bool { return m.What == what })
	}
	return has(news.MarkNotRelevant) && !has(news.MarkUseful)
}

// marks say what readers did: a line of what they think, and one of what is
// muted.
func marks(d news.Delivery) []string {
	var said, muted []string
	names := map[string][]string{}
	for _, m := range d.Marks {
		switch {
		case m.What == news.MarkClaim:
			said = append(said, "*"+person(m.By)+" has this*, "+date(m.At))
		case m.What != news.MarkMute:
			names[m.What] = append(names[m.What], person(m.By))
		case len(muted) < 3 && m.Until.After(time.Now()):
			muted = append(muted, name(m.About, 80)+" until "+date(m.Until)+" by "+person(m.By))
		}
	}
	for _, what := range []string{news.MarkDone, news.MarkUseful, news.MarkNotRelevant} {
		if by := names[what]; len(by) > 0 {
			who := strings.Join(by[:min(len(by), 4)], ", ")
			if more := len(by) - 4; more > 0 {
				who += fmt.Sprintf(" +%d", more)
			}
			said = append(said, strings.ToUpper(what[:1])+what[1:]+": "+who)
		}
	}
	var lines []string
	if len(said) > 0 {
		lines = append(lines, strings.Join(said, " · "))
	}
	if len(muted) > 0 {
		lines = append(lines, "Muted here: "+strings.Join(muted, ", "))
	}
	return lines
}

// userID is a person known by an ID only: whoever answers by emoji. Slack
// shows the name.
var userID = regexp.MustCompile(`^@[UW][A-Z0-9]{2,}$`)

func person(by string) string {
	if userID.MatchString(by) {
		return "<" + by + ">"
	}
	return name(by, 40)
}

// uncalled are marks for a message that is new: it would call those who are
// known by their ID, which an edit does not.
func uncalled(marks []news.Mark) []news.Mark {
	out := slices.Clone(marks)
	for i := range out {
		if userID.MatchString(out[i].By) {
			out[i].By = "a reader"
		}
	}
	return out
}
