package news

import "time"

// Outcome is the fate of an item at the desk.
type Outcome string

// The outcomes. The words are part of the JSON contract.
const (
	OutcomeAlert    Outcome = "alert"    // a new story is told
	OutcomeUpdate   Outcome = "update"   // a further report of a told story
	OutcomeRepeat   Outcome = "repeat"   // the same item again
	OutcomeNoMatch  Outcome = "nomatch"  // no topic matched
	OutcomeMuted    Outcome = "muted"    // a mute of an editor or reader holds it back
	OutcomeLate     Outcome = "late"     // too old to be news
	OutcomeBaseline Outcome = "baseline" // was already in the feed at first sight
	OutcomeShadow   Outcome = "shadow"   // matched only topics that are on trial
)

// Reason says why an item stands in its story.
type Reason string

// The reasons for a place in a story.
const (
	ReasonNewStory Reason = "new story"
	ReasonSameItem Reason = "same item"                // a key of the item is known
	ReasonRevision Reason = "headline or text changed" // same item, other text
	ReasonCopy     Reason = "copy"                     // near-verbatim text
	ReasonFurther  Reason = "further report"           // surely the same event
	ReasonMaybe    Reason = "may belong to"            // unsure: told, with a pointer to the other story
	ReasonDevelop  Reason = "new development"          // the same event with something new in it
	ReasonRoundup  Reason = "round-up"                 // live blog, digest, ticker: kept apart
	ReasonSplit    Reason = "split by hand"            // a person took it out of the story it stood in
)

// Placement is an item's place among the stories, with the evidence for it.
type Placement struct {
	Story  StoryID `json:"id"`
	Reason Reason  `json:"reason"`

	// Likeness is the likeness to the chosen story, or for a new story to
	// the nearest one, from 0 to 1. Parts explain it.
	Likeness float64  `json:"likeness,omitempty"`
	Parts    Parts    `json:"parts,omitempty"`
	Nearest  StoryID  `json:"nearest,omitempty"` // the nearest other story
	Detail   string   `json:"detail,omitempty"`  // one line for a person
	New      []string `json:"new,omitempty"`     // names, numbers, places, speakers that no earlier report had
}

// Verdict is what the desk decided about one item and why. It is stored with
// the item and can be computed again from it.
type Verdict struct {
	Item      ItemID    `json:"item"`
	Matches   []Match   `json:"matches"`
	Placement Placement `json:"story"`
	Outcome   Outcome   `json:"outcome"`
	Detail    string    `json:"detail,omitempty"` // the reason for the outcome, for a person
	Routes    []Route   `json:"routes,omitempty"`
	At        time.Time `json:"at,omitzero"`
	Rules     string    `json:"rules,omitempty"` // hash of the rules that judged
	// Placing identifies what, beside the item, its names and the reports
	// before it, decided where it was placed; "" if it was not placed.
	Placing string `json:"placing,omitempty"`
}

// Route is where a verdict led: one channel and the alert enqueued there.
type Route struct {
	Channel string    `json:"channel"`
	Topics  []TopicID `json:"topics"`
	Alert   AlertID   `json:"alert,omitempty"`
	Kind    Kind      `json:"kind,omitempty"`
	Urgent  bool      `json:"urgent,omitempty"`
	Note    string    `json:"note,omitempty"` // "held for the digest", "already told", ...
}

// Report is one item's part in a story.
type Report struct {
	Item   ItemID    `json:"item"`
	Outlet string    `json:"outlet,omitempty"`
	URL    string    `json:"url,omitempty"`
	Title  string    `json:"title,omitempty"`
	Lang   string    `json:"lang,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Credit string    `json:"credit,omitempty"` // whose text it is, where it says so (Reuters, AFP, ...)
	Copy   bool      `json:"copy,omitempty"`   // near-verbatim copy of an earlier report
}

// Story is a set of items that tell the same event.
type Story struct {
	ID       StoryID   `json:"id"`
	Headline string    `json:"headline"`
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	Reports  []Report  `json:"reports"` // oldest first; capped at MaxReports, Count goes on
	Count    int       `json:"count"`
	Topics   []TopicID `json:"topics,omitempty"`
	// Told maps a channel to the alert that told the story there first.
	Told map[string]AlertID `json:"told,omitempty"`
	// Seq counts the alerts of this story per channel, the first included.
	Seq map[string]int `json:"seq,omitempty"`
	// Telling is the story as it was told in a channel: what a further
	// report adds to.
	Telling map[string]Alert `json:"telling,omitempty"`
}

// MaxReports is how many reports a Story carries in full.
const MaxReports = 50
