package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// channelID is the form of a channel's own name in Slack.
var channelID = regexp.MustCompile(`^[CGD][A-Z0-9]{4,}$`)

// listAgain is how long a list of channels that lacks a name is believed.
const listAgain = time.Minute

// Channel finds the ID of a channel given as "#name" or "name"; an ID is
// itself. Names are looked up once.
func (n *Notifier) Channel(ctx context.Context, name string) (string, error) {
	if channelID.MatchString(name) {
		return name, nil
	}
	name = strings.TrimPrefix(name, "#")
	if _, err := n.whoami(ctx); err != nil {
		return "", fmt.Errorf("ask who the bot is: %w", notPosted(err))
	}
	id, old := n.lookup(name)
	if id != "" {
		return id, nil
	}
	err := n.ask(ctx, func() error {
		if id, old = n.lookup(name); id != "" || !old {
			return nil
		}
		err := n.list(ctx)
		id, _ = n.lookup(name)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look up #%s: %w", name, err)
	}
	if id == "" {
		return "", &notify.Error{Class: notify.BadChannel, Code: "channel_not_found",
			Err: fmt.Errorf("slack shows the bot no channel #%s: create it, or invite the bot if it is private (/invite @watcherd), or give the channel's ID", name)}
	}
	return id, nil
}

// noList are the answers of a workspace that does not let the bot list its
// channels.
var noList = map[string]bool{"missing_scope": true, "unknown_method": true, "http 404": true}

// open posts a message of its own. Where channels cannot be listed it is
// addressed by the channel's name, which Slack may take for a post, and for
// nothing else; its answer gives the ID.
func (n *Notifier) open(ctx context.Context, name string, m Message) (news.Receipt, error) {
	id, err := n.Channel(ctx, name)
	if err == nil {
		return n.post(ctx, id, "", m)
	}
	if e, ok := errors.AsType[*notify.Error](err); !ok || !noList[e.Code] || n.known() == nil {
		return news.Receipt{}, err
	}
	name = strings.TrimPrefix(name, "#")
	r, refused := n.post(ctx, "#"+name, "", m)
	if e, ok := errors.AsType[*notify.Error](refused); ok && e.Class == notify.BadChannel {
		return r, err
	}
	if channelID.MatchString(r.Channel) {
		n.learn(name, r.Channel)
	}
	return r, refused
}

func (n *Notifier) learn(name, id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.channels == nil {
		n.channels = map[string]string{}
	}
	n.channels[name] = id
}

// lookup finds a name in the list of channels, and tells whether that list is
// too old to say that there is no such channel.
func (n *Notifier) lookup(name string) (id string, old bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.channels[name], time.Since(n.listed) >= listAgain
}

// list reads the workspace's channels.
func (n *Notifier) list(ctx context.Context) error {
	types := []string{"public_channel", "private_channel"}
	p := slackapi.GetConversationsParameters{Limit: pageSize, ExcludeArchived: true, Types: types}
	found := map[string]string{}
	for range maxPages {
		chs, next, err := n.api.GetConversationsContext(ctx, &p)
		if err != nil {
			return listError(judge(err))
		}
		if chs == nil {
			return notPosted(emptyReading())
		}
		for _, c := range chs {
			found[c.Name] = c.ID
		}
		if p.Cursor = next; next == "" {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.channels, n.listed = found, time.Now()
			return nil
		}
	}
	return &notify.Error{Class: notify.Again, Code: "too many channels", Err: errors.New("the workspace has too many channels to find one by name; give its ID")}
}

// listError is the verdict on a list that was refused. Without the right to
// list, channels can still be given by their IDs.
func listError(err error) error {
	if e, ok := errors.AsType[*notify.Error](err); ok && e.Code == "missing_scope" {
		return &notify.Error{Class: notify.BadChannel, Code: e.Code,
			Err: errors.New("channels cannot be found by name without the scopes channels:read and groups:read: add them, or give the channel's ID")}
	}
	return notPosted(err)
}

// notPosted turns doubt about a question into the certainty that nothing was
// posted yet.
func notPosted(err error) error {
	if e, ok := errors.AsType[*notify.Error](err); ok && e.Class == notify.Unknown {
		return &notify.Error{Class: notify.Again, Code: e.Code, Err: e.Err}
	}
	return err
}
