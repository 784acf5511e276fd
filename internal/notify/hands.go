package notify

import (
	"cmp"
	"context"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// House is the watch as readers reach it. Whoever brings their acts (package
// notify/slack does, over Socket Mode) may be gone at any time: nothing that
// an alert needs hangs on it.
type House interface {
	// Keep stores an act that changes something, under its ID, so that a
	// crash does not forget it before Act has done it. What only asks is not
	// kept.
	Keep(ctx context.Context, a Act) error
	// Act does what a reader wants and answers. The same act again changes
	// nothing.
	Act(ctx context.Context, a Act) Answer
	// Shown lists the messages of the alerts said since a moment, newest
	// first, so that reactions made while nobody listened are found.
	Shown(ctx context.Context, since time.Time) ([]news.Receipt, error)
}

// Verb is what a reader does with an alert, or asks.
type Verb string

// The verbs. All but VerbCommand are about an alert.
const (
	VerbClaim       Verb = "claim"
	VerbDone        Verb = "done"
	VerbUseful      Verb = "useful"
	VerbNotRelevant Verb = "not_relevant"
	VerbSnooze      Verb = "snooze"      // the story, here
	VerbMuteTopic   Verb = "mute_topic"  // the alert's first topic, here
	VerbMuteSource  Verb = "mute_source" // the alert's feed, here
	VerbWhy         Verb = "why"
	VerbCommand     Verb = "command" // /watch and Words
)

// Act is what a reader did.
type Act struct {
	ID        string    // of this act; "" for one that would be found again
	At        time.Time // when it came
	Verb      Verb
	Alert     news.AlertID  // "" if only Message is known
	Message   string        // the protocol's name of the message acted on
	Channel   string        // where, as "#name"; "" if only its ID is known
	ChannelID string        // where, in the protocol's own words
	By        string        // who, as shown
	ByID      string        // who, in the protocol's own words: their name is not always known
	For       time.Duration // of a mute or snooze; 0 is the usual
	Words     string        // after /watch
	Undo      bool          // it is taken back
	Once      bool          // it lasts, as an emoji does: seen again, it is not done again
	Found     bool          // looked up, not heard: it may have been there for long
	Anew      bool          // it may have been begun before a crash
}

// Who names the reader so that it is the same name every time.
func (a *Act) Who() string { return cmp.Or(a.ByID, a.By) }

// Answer is what the reader is told.
type Answer struct {
	Text   string
	Public bool // everybody in the channel is told
}

// HandsState is how the way from the readers to the watch fares.
type HandsState struct {
	State       string    `json:"state"` // connecting, connected, down, refused
	Since       time.Time `json:"since,omitzero"`
	Reason      string    `json:"reason,omitempty"`
	Connections int       `json:"connections,omitempty"` // open at once as the other side counts; more than one share the clicks
	Acts        int       `json:"acts"`
}
