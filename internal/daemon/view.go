package daemon

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/store"
	"github.com/watcherd/watcherd/internal/web"
)

// Asker answers questions about the watch: from the running service over its
// socket, or from the data file when no service runs.
type Asker interface {
	Status(ctx context.Context) (Status, error)
	Feeds(ctx context.Context) ([]FeedRow, error)
	Repeated(ctx context.Context, feed string) ([]Repeated, error)
	Why(ctx context.Context, q string) ([]WhyAnswer, error)
	Outbox(ctx context.Context, state string) ([]news.Delivery, error)
	Stories(ctx context.Context, n int) ([]news.Story, error)
	Opinions(ctx context.Context) ([]news.Opinion, error)
}

// Status is the watch at a glance.
type Status struct {
	Running   bool           `json:"running"`
	Healthy   bool           `json:"healthy"`
	Version   string         `json:"version,omitempty"`
	Since     time.Time      `json:"since,omitzero"`
	Config    string         `json:"config"`
	Rules     string         `json:"rules,omitempty"`    // hash of the rules in force
	Degraded  string         `json:"degraded,omitempty"` // why an older config runs
	Promise   string         `json:"promise"`            // what delivery guarantees
	Checks    []web.Check    `json:"checks,omitempty"`
	Feeds     FeedCounts     `json:"feeds"`
	Topics    int            `json:"topics"`
	Outbox    map[string]int `json:"outbox"`
	Items     int            `json:"items"`
	Stories   int            `json:"stories"`
	LastAlert *news.Delivery `json:"last_alert,omitempty"`
	Waiting   time.Time      `json:"waiting,omitzero"` // since when the oldest alert waits
	Troubles  []Trouble      `json:"troubles,omitempty"`
	DataFile  string         `json:"data_file"`
	Bytes     int64          `json:"bytes"`
	Muted     []news.Mute    `json:"mutes,omitempty"`

	// Hands is the way back from the readers (buttons, /watch, emoji).
	Hands *notify.HandsState `json:"hands,omitempty"`
}

// Trouble is an alert that does not get through.
type Trouble struct {
	Alert    news.AlertID `json:"alert"`
	Channel  string       `json:"channel"`
	State    news.State   `json:"state"`
	Headline string       `json:"headline"`
	Reason   string       `json:"reason"`
	Since    time.Time    `json:"since"`
}

// FeedCounts counts feeds by their state.
type FeedCounts struct {
	All      int            `json:"all"`
	OK       int            `json:"ok"`
	ByState  map[string]int `json:"by_state"`
	Repaired int            `json:"repaired,omitempty"`
	Lie      int            `json:"lie,omitempty"`
	Lost     int            `json:"lost,omitempty"` // items that went by between two polls, ever
}

// FeedRow is one feed and how it fares.
type FeedRow struct {
	URL       string    `json:"url"`
	Name      string    `json:"name"`
	Tags      []string  `json:"tags,omitempty"`
	State     string    `json:"state"`
	Since     time.Time `json:"since,omitzero"`
	Class     string    `json:"class,omitempty"`
	Message   string    `json:"message,omitempty"`
	Fails     int       `json:"fails,omitempty"`
	LastPoll  time.Time `json:"last_poll,omitzero"`
	LastGood  time.Time `json:"last_good,omitzero"`
	LastStory time.Time `json:"last_story,omitzero"`
	Next      time.Time `json:"next,omitzero"`
	Interval  string    `json:"interval,omitempty"`
	Items     int       `json:"items"`
	Lost      int       `json:"lost,omitempty"`
	Moved     string    `json:"moved,omitempty"`
	Repaired  bool      `json:"repaired,omitempty"` // broken markup, mended before it is read
	Lies      bool      `json:"lies,omitempty"`     // its "not modified" was proven wrong and is not believed
	Format    string    `json:"format,omitempty"`
}

// Unhealthy reports whether the feed needs a look.
func (f FeedRow) Unhealthy() bool {
	return f.State != "ok" && f.State != "new" && f.State != "paused" && f.State != stateMerged
}

// view answers from a store and the rules; the running daemon adds what only
// it knows.
type view struct {
	store *store.Store
	rules *Rules
	live  map[news.FeedID]news.FeedState // nil: as stored
}

// OpenView opens the data file for questions while no service runs. The
// caller closes it with the returned function.
func OpenView(r *Rules) (Asker, func() error, error) {
	s, err := openData(askedFile(r.Config), store.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	return &view{store: s, rules: r}, s.Close, nil
}

// NewFeeds lists the configured feeds where none was ever asked.
func NewFeeds(r *Rules) []FeedRow {
	rows := make([]FeedRow, 0, len(r.order))
	for _, id := range r.order {
		rows = append(rows, feedRow(r.feeds[id], news.FeedState{}))
	}
	return rows
}

// Feeds lists the configured feeds in the order of the files.
func (v *view) Feeds(ctx context.Context) ([]FeedRow, error) {
	states := v.live
	if states == nil {
		var err error
		if states, err = v.store.FeedStates(ctx); err != nil {
			return nil, err
		}
	}
	rows := make([]FeedRow, 0, len(v.rules.order))
	for _, id := range v.rules.order {
		rows = append(rows, feedRow(v.rules.feeds[id], states[id]))
	}
	return rows, nil
}

func feedRow(f news.Feed, st news.FeedState) FeedRow {
	r := FeedRow{
		URL: string(f.ID), Name: cmp.Or(f.Name, st.Title, string(f.ID)), Tags: f.Tags,
		State: shownState(f, st.Health.State), Since: st.Health.Since, Class: st.Health.Class,
		Message: st.Health.Message, Fails: st.Health.Fails, LastPoll: st.LastPoll, LastGood: st.LastGood,
		LastStory: lastStory(st), Next: st.Due, Items: st.Total, Lost: st.Health.Lost, Moved: st.Move.URL,
		Repaired: st.Repaired, Lies: st.Trust.Liar, Format: st.Format,
	}
	if f.Paused {
		r.Next = time.Time{}
	}
	if st.Pace.Interval > 0 {
		r.Interval = st.Pace.Interval.Round(time.Second).String()
	}
	return r
}

// shownState is a feed's state as it is shown.
func shownState(f news.Feed, state string) string {
	if f.Paused {
		return "paused"
	}
	return cmp.Or(state, "new")
}

// lastStory is when the feed's newest item was published or, if it does not
// say, first seen.
func lastStory(st news.FeedState) time.Time {
	if st.Newest.IsZero() {
		return st.LastNew
	}
	return st.Newest
}

// Status counts what is stored.
func (v *view) Status(ctx context.Context) (Status, error) {
	c, err := v.store.Counts(ctx)
	if err != nil {
		return Status{}, err
	}
	st := Status{Rules: v.rules.Desk.Hash(), Topics: len(v.rules.Config.Topics), Items: c.Items, Stories: c.Stories,
		DataFile: v.store.Path(), Bytes: c.Size, Outbox: map[string]int{}, Config: v.rules.Config.Pos.File}
	for state, n := range c.Deliveries {
		st.Outbox[string(state)] = n
	}
	rows, err := v.Feeds(ctx)
	if err != nil {
		return st, err
	}
	st.Feeds = countFeeds(rows)
	for _, s := range []news.State{news.StateHeld, news.StateUnknown, news.StateBuried} {
		ds, err := v.store.Deliveries(ctx, store.Filter{State: s, Limit: 10})
		if err != nil {
			return st, err
		}
		for _, d := range ds {
			st.Troubles = append(st.Troubles, Trouble{Alert: d.Alert.ID, Channel: d.Alert.Channel, State: d.State,
				Headline: d.Alert.Headline, Reason: d.Reason, Since: d.Since})
		}
	}
	sent, err := v.store.Deliveries(ctx, store.Filter{State: news.StateSent, Limit: 20})
	if err != nil {
		return st, err
	}
	if i := slices.IndexFunc(sent, func(d news.Delivery) bool { return d.Alert.Kind == news.KindAlert }); i >= 0 {
		st.LastAlert = &sent[i]
	}
	if st.Waiting, err = v.store.WaitingSince(ctx); err != nil {
		return st, err
	}
	st.Muted, err = v.store.Mutes(ctx, time.Now())
	return st, err
}

func countFeeds(rows []FeedRow) FeedCounts {
	c := FeedCounts{All: len(rows), ByState: map[string]int{}}
	for _, r := range rows {
		c.ByState[r.State]++
		if !r.Unhealthy() {
			c.OK++
		}
		if r.Repaired {
			c.Repaired++
		}
		if r.Lies {
			c.Lie++
		}
		c.Lost += r.Lost
	}
	return c
}

// Outbox lists deliveries, the latest change first.
func (v *view) Outbox(ctx context.Context, state string) ([]news.Delivery, error) {
	return v.store.Deliveries(ctx, store.Filter{State: news.State(state), Limit: 200})
}

// Stories lists the stories with the latest reports, newest first; only those
// that a topic matched.
func (v *view) Stories(ctx context.Context, n int) ([]news.Story, error) {
	var out []news.Story
	for st, err := range v.store.Stories(ctx, time.Now().Add(-v.rules.Config.Stories.Window)) {
		if err != nil {
			return nil, err
		}
		if len(st.Topics) > 0 {
			out = append(out, st)
		}
	}
	slices.Reverse(out)
	if n > 0 && len(out) > n {
		out = out[:n]
	}
	return out, nil
}

// Opinions are what readers thought of alerts.
func (v *view) Opinions(ctx context.Context) ([]news.Opinion, error) {
	return v.store.Opinions(ctx, time.Time{})
}
