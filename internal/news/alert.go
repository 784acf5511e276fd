package news

import (
	"strconv"
	"time"
)

// Kind is what an alert says.
type Kind string

// The kinds of alert.
const (
	KindAlert      Kind = "alert"      // a story is told
	KindUpdate     Kind = "update"     // a further report of a story told in this channel
	KindCorrection Kind = "correction" // headline changed, or withdrawn at the source
	KindDigest     Kind = "digest"     // several stories held back until now
	KindOps        Kind = "ops"        // about the watch itself; operations channel only
)

// Alert is something to say in one channel. It carries all that will be said:
// whoever delivers it never looks anything up.
type Alert struct {
	ID      AlertID `json:"id"`
	Channel string  `json:"channel"`
	Kind    Kind    `json:"kind"`
	Story   StoryID `json:"story,omitempty"`
	Seq     int     `json:"seq"`
	Urgent  bool    `json:"urgent,omitempty"`

	// Target is the alert whose message an update or correction changes.
	Target AlertID `json:"target,omitempty"`

	// The telling: of the story's first report in this channel.
	Headline string    `json:"headline"`
	URL      string    `json:"url,omitempty"`
	Outlet   string    `json:"outlet,omitempty"`
	Lang     string    `json:"lang,omitempty"`
	At       time.Time `json:"at,omitzero"`   // publication; zero if unknown or in the future
	Seen     time.Time `json:"seen,omitzero"` // when the watch saw it
	Item     ItemID    `json:"item,omitempty"`
	Topics   []string  `json:"topics,omitempty"` // names as shown
	Excerpt  []Segment `json:"excerpt,omitempty"`
	Why      []string  `json:"why,omitempty"`  // one line per topic: the words and their place in the rules
	Note     string    `json:"note,omitempty"` // "may belong to ...", "was: old headline"
	NoteURL  string    `json:"note_url,omitempty"`

	// What has come since: for updates the whole present state, so that the
	// last update alone makes the message true.
	Also        []Report `json:"also,omitempty"`        // further reports, oldest first
	Count       int      `json:"count,omitempty"`       // reports in all
	Independent int      `json:"independent,omitempty"` // independent sources among them; 0 if not known
	Sources     string   `json:"sources,omitempty"`     // the same in words: "6 outlets, 2 independent (Reuters x5, Ukrinform)"
	Withdrawn   bool     `json:"withdrawn,omitempty"`   // the outlet took the report back
	New         []string `json:"new,omitempty"`         // what is new in the latest report
	Latest      *Report  `json:"latest,omitempty"`
	With        []string `json:"with,omitempty"` // outlets of the reports that were to be told just before it, and are told with it

	// Lines are the body of an operations notice or of a digest.
	Lines []Line `json:"lines,omitempty"`

	// Manners of the channel that the notifier needs.
	Updates string `json:"updates,omitempty"` // edit, thread or silent
	Mention string `json:"mention,omitempty"` // from config, never from a feed

	Queued    time.Time `json:"queued,omitzero"`
	NotBefore time.Time `json:"not_before,omitzero"`
}

// Segment is a piece of an excerpt; Hit marks a matched word.
type Segment struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// Line is one line of a digest or notice.
type Line struct {
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
	Label string `json:"label,omitempty"` // outlet or topic before it
}

// NewAlertID derives an alert's identifier, so that enqueueing the same alert
// twice is one alert.
func NewAlertID(story StoryID, channel string, kind Kind, seq int) AlertID {
	return AlertID(newID("a", string(story), channel, string(kind), strconv.Itoa(seq)))
}

// State is where an alert stands in the outbox.
type State string

// The states of a delivery. A delivery is committed as sending before any
// byte of it goes out; a sending found at start is unknown.
const (
	StateQueued     State = "queued"
	StateSending    State = "sending"
	StateSent       State = "sent"
	StateUnknown    State = "unknown"    // may have been said: look before saying again
	StateHeld       State = "held"       // the channel or the app refuses; kept
	StateBuried     State = "buried"     // can never be said; kept with the reason
	StateExpired    State = "expired"    // too old to be news; folded into a digest
	StateSuppressed State = "suppressed" // overtaken or muted
)

// Receipt is what a notifier got for a message that is out.
type Receipt struct {
	Channel string `json:"channel,omitempty"` // the protocol's own name for the channel
	Message string `json:"message,omitempty"` // the message's name there (Slack: ts)
	Thread  string `json:"thread,omitempty"`  // a reply that went with it
	Link    string `json:"link,omitempty"`
}

// Delivery is an alert in the outbox with its state.
type Delivery struct {
	Alert    Alert     `json:"alert"`
	State    State     `json:"state"`
	Due      time.Time `json:"due"` // 0001-01-01T00:00:00Z if nothing is to be done any more
	Attempts int       `json:"attempts,omitempty"`
	Since    time.Time `json:"since,omitzero"`     // when the state was entered
	First    time.Time `json:"first,omitzero"`     // when it was first being sent
	Looks    int       `json:"looks,omitempty"`    // readings of the channel's history while unknown
	Step     int       `json:"step,omitempty"`     // how far down the ladder of plainer forms
	Doubtful bool      `json:"doubtful,omitempty"` // was ever unknown: audit after sending
	Audited  bool      `json:"audited,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Receipt  Receipt   `json:"receipt,omitzero"`

	// Hold is a wait that the other side asked for, and HoldOn what it asked
	// it for: until then nothing of that kind goes to the channel.
	Hold   time.Time `json:"hold,omitzero"`
	HoldOn string    `json:"hold_on,omitempty"`

	Gather   bool      `json:"gather,omitempty"`  // to be told in the channel's next digest
	Digest   AlertID   `json:"digest,omitempty"`  // the digest that tells it
	Claimed  string    `json:"claimed,omitempty"` // who has taken it on
	Escalate time.Time `json:"escalate,omitzero"` // if nobody has claimed it by then, say so
	Marks    []Mark    `json:"marks,omitempty"`   // what readers did with it, as its message shows; of an update, its target's
}

// Mark is what a reader did with an alert.
type Mark struct {
	What  string    `json:"what"`
	By    string    `json:"by"`
	ByID  string    `json:"by_id,omitempty"` // of whom the name may not always be known
	At    time.Time `json:"at"`
	About string    `json:"about,omitempty"` // what is muted, as shown
	Until time.Time `json:"until,omitzero"`  // of a mute
	// Instead is the contrary mark of the same reader that this one took the
	// place of: an emoji for it may still stand on the message.
	Instead string `json:"instead,omitempty"`
}

// SameReader tells whether two marks are of one reader.
func (m *Mark) SameReader(o *Mark) bool {
	if m.ByID != "" && o.ByID != "" {
		return m.ByID == o.ByID
	}
	return m.By == o.By
}

// Same tells whether two marks say the same, for whatever time.
func (m *Mark) Same(o *Mark) bool {
	return m.What == o.What && m.About == o.About && m.SameReader(o)
}

// The marks.
const (
	MarkClaim       = "claim"
	MarkDone        = "done"
	MarkUseful      = "useful"
	MarkNotRelevant = "not relevant"
	MarkMute        = "mute"
)

// Marked finds a reader's mark, by name or ID.
func (d *Delivery) Marked(what, by string) (Mark, bool) {
	for _, m := range d.Marks {
		if m.What == what && (m.By == by || m.ByID == by && by != "") {
			return m, true
		}
	}
	return Mark{}, false
}

// Pending tells whether something is still to be done for the delivery when
// its Due time comes. The outbox lists exactly the pending deliveries.
func (d *Delivery) Pending() bool {
	switch d.State {
	case StateQueued, StateSending, StateUnknown, StateHeld:
		return true
	case StateSent:
		return d.Doubtful && !d.Audited || !d.Escalate.IsZero()
	}
	return false
}

// Mute holds alerts back until it ends. Empty fields match everything.
type Mute struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel,omitempty"`
	Topic   TopicID   `json:"topic,omitempty"`
	Story   StoryID   `json:"story,omitempty"`
	Feed    FeedID    `json:"feed,omitempty"`
	About   string    `json:"about,omitempty"` // what is muted, as shown
	By      string    `json:"by"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Items   int       `json:"items,omitempty"`   // held back so far
	Stories []StoryID `json:"stories,omitempty"` // that they belong to; at most MaxHeld
	EndedBy string    `json:"ended_by,omitempty"`
	Closed  bool      `json:"closed,omitempty"` // it is over and its receipt was given
}

// MaxHeld is how many stories a Mute names.
const MaxHeld = 1000

// Opinion is a reader's judgement of an alert, with the terms that had caused
// it. A reader has one opinion of an alert, the last.
type Opinion struct {
	Alert   AlertID        `json:"alert"`
	Channel string         `json:"channel"`
	By      string         `json:"by"`
	ByID    string         `json:"by_id,omitempty"`
	At      time.Time      `json:"at"`
	Useful  bool           `json:"useful"`
	Topics  []OpinionTopic `json:"topics"`
}

// OpinionTopic is a topic that an alert was told for.
type OpinionTopic struct {
	Topic TopicID  `json:"topic"`
	Terms []string `json:"terms"` // as the editor wrote them
}
