package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/notify"
)

// Check is one finding of the doctor.
type Check struct {
	Subject string `json:"subject"` // "token", "scopes", or a channel
	OK      bool   `json:"ok"`
	Weak    bool   `json:"weak,omitempty"` // works, with a lesser promise
	Detail  string `json:"detail"`
	Fix     string `json:"fix,omitempty"`
}

// The promises that hold for a channel.
const (
	exactlyOnce = "exactly one visible message per alert"
	atLeastOnce = "no alert is lost, but one may show twice after a crash or an unclear answer"
)

// Promise says in a sentence what delivery guarantees with this token, for the
// start and the status. It asks Slack one question.
func (n *Notifier) Promise(ctx context.Context) string {
	self, err := n.whoami(ctx)
	switch {
	case err != nil && notify.ClassOf(err) == notify.BadApp:
		return "Slack refuses the token (" + err.Error() + "): alerts are kept until it takes one. watcherd doctor says more."
	case err != nil:
		return "Slack does not answer now (" + err.Error() + "): alerts are kept until it does."
	}
	scopes := self.Header.Get("X-OAuth-Scopes")
	if scopes != "" && !strings.Contains(scopes, "channels:history") && !strings.Contains(scopes, "groups:history") {
		return "Slack: " + atLeastOnce + ", since the bot may not read its channels (watcherd doctor says how it may)."
	}
	return "Slack: " + exactlyOnce + ", repaired from the channel's history after an unclear answer."
}

// Doctor looks at token, scopes, and each channel's membership and history.
// It posts nothing. Its error says that Slack could not be asked at all.
func (n *Notifier) Doctor(ctx context.Context, channels []string) ([]Check, error) {
	self, err := n.api.AuthTestContext(ctx)
	if err != nil {
		err = judge(err)
		if notify.ClassOf(err) != notify.BadApp {
			return nil, fmt.Errorf("ask Slack: %w", err)
		}
		return []Check{{Subject: "token", Detail: "Slack refuses it: " + err.Error(),
			Fix: "install the app anew and copy its bot token (it begins with xoxb-)"}}, nil
	}
	checks := []Check{{Subject: "token", OK: self.UserID != "", Detail: fmt.Sprintf("bot %s in workspace %s", self.User, self.Team)}}
	checks = append(checks, scopeCheck(strings.Split(self.Header.Get("X-OAuth-Scopes"), ",")))
	for _, c := range channels {
		checks = append(checks, n.checkChannel(ctx, c))
	}
	return checks, nil
}

func scopeCheck(granted []string) Check {
	for i := range granted {
		granted[i] = strings.TrimSpace(granted[i])
	}
	var lacking []string
	for _, s := range Scopes {
		if !slices.Contains(granted, s.Name) {
			lacking = append(lacking, s.Name+" ("+s.For+")")
		}
	}
	if len(lacking) == 0 {
		return Check{Subject: "scopes", OK: true, Detail: "all granted"}
	}
	return Check{
		Subject: "scopes", OK: slices.Contains(granted, "chat:write"), Weak: true,
		Detail: "lacking: " + strings.Join(lacking, ", "),
		Fix:    "add them under OAuth & Permissions, then install the app anew",
	}
}

func (n *Notifier) checkChannel(ctx context.Context, name string) Check {
	id, err := n.Channel(ctx, name)
	if err != nil {
		return Check{Subject: name, Detail: err.Error(), Fix: "check the name, and /invite @watcherd there"}
	}
	ch, err := n.api.GetConversationInfoContext(ctx, &slackapi.GetConversationInfoInput{ChannelID: id})
	if err != nil {
		err = judge(err)
		if e, ok := errors.AsType[*notify.Error](err); !ok || e.Code != "missing_scope" {
			return Check{Subject: name, Detail: err.Error(), Fix: "check the name, and /invite @watcherd there"}
		}
	}
	switch {
	case ch != nil && ch.IsArchived:
		return Check{Subject: name, Detail: "is archived", Fix: "unarchive it, or send its topics elsewhere"}
	case ch != nil && ch.ID != "" && !ch.IsMember:
		return Check{Subject: name, Detail: "the bot is not in it", Fix: "/invite @watcherd there"}
	}
	page, err := n.api.GetConversationHistoryContext(ctx, &slackapi.GetConversationHistoryParameters{ChannelID: id, Limit: 1})
	if err != nil {
		err = readError(err)
		if errors.Is(err, notify.ErrBlind) {
			return Check{Subject: name, OK: true, Weak: true, Detail: atLeastOnce + ": its history cannot be read",
				Fix: "grant channels:history (groups:history for a private channel) and install the app anew"}
		}
		return Check{Subject: name, Detail: "its history: " + err.Error(), Fix: "/invite @watcherd there"}
	}
	if !page.Ok {
		return Check{Subject: name, Detail: "its history: " + emptyReading().Error()}
	}
	return Check{Subject: name, OK: true, Detail: exactlyOnce}
}
