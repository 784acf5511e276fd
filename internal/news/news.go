// Package news is the vocabulary of the house: the plain values that travel
// from a feed to a reader. It does no I/O, imports nothing of the house, and
// decides nothing; every other package speaks in its words.
//
// An Item comes in from a feed. A Hit is a term found at a place in it, a
// Match a topic satisfied with its hits. A Story is a set of items that tell
// the same event. A Verdict is what the desk decided about one item and why.
// An Alert is something to say in one channel, stored before it is said.
//
// Times are UTC. Text fields hold what a reader would see: no markup, with
// "\n\n" between blocks. Zero values are valid and mean "not known".
package news

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"time"
)

// The identifiers of the house. All are opaque, stable across restarts and
// safe to print.
type (
	// FeedID is the URL that the config gives for the feed, even after the
	// feed has moved.
	FeedID string
	// ItemID is given by the feed that told the item first.
	ItemID string
	// TopicID is the topic's key in the config.
	TopicID string
	// EntityID is the entity's key in the config.
	EntityID string
	// StoryID is derived from the story's first item and never changes.
	StoryID string
	// AlertID is derived from story, channel, kind and sequence.
	AlertID string
)

// Field names a searchable part of an item.
type Field string

// The searchable fields. The order title, summary, content is the order in
// which hits are listed.
const (
	FieldTitle   Field = "title"
	FieldSummary Field = "summary"
	FieldContent Field = "content"
)

// Fields lists the searchable fields in their order.
var Fields = [...]Field{FieldTitle, FieldSummary, FieldContent}

// Pos is a place in a config file. Line and Col count from 1; Col counts
// Unicode code points. The zero Pos means "no place".
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// Key is one name under which an item is known again: a hash of a kind ("guid
// of this feed", "canonical link", ...) and its value. Two items that share a
// key are the same item.
type Key [16]byte

// NewKey hashes the parts of a key. The first part names the kind.
func NewKey(kind string, parts ...string) Key {
	var space [512]byte
	text := append(space[:0], kind...)
	for _, p := range parts {
		text = append(append(text, 0), p...)
	}
	h := sha256.Sum256(text)
	return Key(h[:16])
}

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newID derives a short printable identifier from its parts.
func newID(prefix string, parts ...string) string {
	var space [32]byte
	return string(appendID(space[:0], prefix, parts...))
}

func appendID(b []byte, prefix string, parts ...string) []byte {
	k := NewKey(prefix, parts...)
	return idEncoding.AppendEncode(append(b, prefix...), k[:10])
}

// NewItemID derives an item's identifier from the feed that told it first and
// the value that identifies it there (guid, link or fingerprint).
func NewItemID(feed FeedID, identity string) ItemID {
	return ItemID(newID("i", string(feed), identity))
}

// NewStoryID derives a story's identifier from its first item. It never
// changes afterwards, whatever the publisher does to that item.
func NewStoryID(first ItemID) StoryID { return StoryID(newID("s", string(first))) }

// AppendStoryID appends what NewStoryID gives.
func AppendStoryID(b []byte, first ItemID) []byte { return appendID(b, "s", string(first)) }

// Span is a half-open range of bytes [Start, End) in one field of an item,
// with the reason why it is singled out.
type Span struct {
	Field  Field  `json:"field"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Reason string `json:"reason,omitempty"`
}

// Item is one normalised piece of news from one feed.
type Item struct {
	ID     ItemID   `json:"id"`
	Feed   FeedID   `json:"feed"`
	Outlet string   `json:"outlet,omitempty"` // the feed's name as the desk shows it
	Tags   []string `json:"tags,omitempty"`   // the feed's tags

	GUID    string `json:"guid,omitempty"` // the publisher's, untrusted, verbatim
	URL     string `json:"url"`            // absolute, as the publisher gave it
	Title   string `json:"title"`
	Summary string `json:"summary,omitempty"`
	Content string `json:"content,omitempty"`

	Published time.Time `json:"published,omitzero"` // never after FirstSeen; zero if undated
	Updated   time.Time `json:"updated,omitzero"`
	FirstSeen time.Time `json:"first_seen,omitzero"`
	RawDate   string    `json:"raw_date,omitempty"` // the publisher's date, verbatim, where it was not usable as it stood

	Authors    []string `json:"authors,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Lang       string   `json:"lang,omitempty"`   // primary subtag in lower case ("uk"), from the item or its feed; "" if neither says
	Source     string   `json:"source,omitempty"` // the outlet that the item credits (RSS <source>)

	// Keys are the names under which the item is known again, strongest
	// first. Set by feeds, remembered by store.
	Keys []Key `json:"-"`
	// Version is a hash of title, summary and content: it differs exactly
	// when the text that a reader sees differs.
	Version uint64 `json:"version,omitempty"`
	// Boilerplate are the blocks that recur in the feed's stories, as known
	// when the item was judged. They are not evidence.
	Boilerplate []Span `json:"boilerplate,omitempty"`
}

// Text returns the named field's text.
func (it *Item) Text(f Field) string {
	switch f {
	case FieldTitle:
		return it.Title
	case FieldSummary:
		return it.Summary
	case FieldContent:
		return it.Content
	}
	return ""
}

// Time is the moment the item counts from: its publication if that is known
// and not in the future, else the moment it was first seen.
func (it *Item) Time() time.Time {
	if it.Published.IsZero() || (!it.FirstSeen.IsZero() && it.Published.After(it.FirstSeen)) {
		return it.FirstSeen
	}
	return it.Published
}

// Hit is a term found at a place. Start and End are Unicode code points in
// the field's text, half-open; Text is what stands there.
type Hit struct {
	Term   string   `json:"term"`   // as the editor wrote it
	Entity EntityID `json:"entity"` // "" for a plain term
	Field  Field    `json:"field"`
	Start  int      `json:"start"`
	End    int      `json:"end"`
	Text   string   `json:"text"`

	Weight float64 `json:"weight,omitempty"` // what it adds to the sum, place included; 0 if discounted
	Group  string  `json:"group,omitempty"`  // the group of an `all` that it serves
	Place  string  `json:"place,omitempty"`  // title, lead or body
	Reason string  `json:"reason,omitempty"` // why it was discounted; "" if it counted
	Rule   Pos     `json:"rule,omitzero"`    // where the term is written
}

// Match is a topic satisfied by an item, with the hits that counted.
type Match struct {
	Topic TopicID `json:"topic"`
	Name  string  `json:"name,omitempty"`
	Score float64 `json:"score"`
	Hits  []Hit   `json:"hits"`

	Threshold  float64 `json:"threshold,omitempty"`
	Discounted []Hit   `json:"discounted,omitempty"` // found but not counted, each with its reason
}

// Miss is a topic that did not match, with what came closest and the smallest
// thing that it lacked.
type Miss struct {
	Topic      TopicID `json:"topic"`
	Closest    string  `json:"closest"`
	Lacks      string  `json:"lacks"`
	Score      float64 `json:"score"`
	Threshold  float64 `json:"threshold,omitempty"`
	Hits       []Hit   `json:"hits,omitempty"`
	Discounted []Hit   `json:"discounted,omitempty"`
}

// AppendText writes the key in 22 printable characters.
func (k Key) AppendText(b []byte) ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(b, k[:]), nil
}

// MarshalText makes keys short in JSON, where feed states carry hundreds.
func (k Key) MarshalText() ([]byte, error) { return k.AppendText(nil) }

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	b, err := base64.RawURLEncoding.AppendDecode(make([]byte, 0, len(k)), text)
	if err != nil || len(b) != len(k) {
		return fmt.Errorf("key %q: not %d bytes in base64", text, len(k))
	}
	copy(k[:], b)
	return nil
}
