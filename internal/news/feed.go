package news

import (
	"encoding/json"
	"time"
)

// Feed is a configured source in the form that the stages use.
type Feed struct {
	ID   FeedID
	URL  string // where to ask now: the configured address, or where it moved for good
	Name string
	Lang string
	Tags []string

	Every    string // "adaptive", a duration, or a cron spec; "" means the default
	Headers  map[string]string
	User     string
	Password string
	Insecure bool // its certificate is not checked
	Paused   bool
}

// Validators are what a server gave to ask it politely next time, byte for
// byte, and the URL that they belong to.
type Validators struct {
	URL          string `json:"url,omitempty"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// FeedState is everything the watch remembers of one feed between rounds. It
// is committed together with the round's items.
type FeedState struct {
	ID         FeedID     `json:"id"`
	Validators Validators `json:"validators,omitzero"`
	BodyHash   uint64     `json:"body_hash,omitempty"` // of the last complete body; 0 if none
	Baselined  bool       `json:"baselined,omitempty"` // a first successful poll has been made

	Due      time.Time `json:"due,omitzero"`       // next try
	Held     time.Time `json:"held,omitzero"`      // until then the server wants no feed of its host asked
	LastPoll time.Time `json:"last_poll,omitzero"` // last try
	LastGood time.Time `json:"last_good,omitzero"` // last answer that could be used, a 304 included
	LastNew  time.Time `json:"last_new,omitzero"`  // last new item
	Added    time.Time `json:"added,omitzero"`
	Removed  time.Time `json:"removed,omitzero"` // not in the config since; kept 30 days

	Format   string `json:"format,omitempty"`
	Title    string `json:"title,omitempty"`
	Repaired bool   `json:"repaired,omitempty"`
	Items    int    `json:"items,omitempty"` // items in the last body
	Total    int    `json:"total,omitempty"` // items ever stored

	Newest time.Time `json:"newest,omitzero"` // newest publication time known

	Health Health `json:"health,omitzero"`
	Trust  Trust  `json:"trust,omitzero"`
	Move   Move   `json:"move,omitzero"`
	Pace   Pace   `json:"pace,omitzero"`

	// Habits are the larger part, which only a body that changed asks for. They
	// are stored apart; nil means that they are not at hand and stay as stored.
	Habits *Habits `json:"-"`
}

// Habits are what is known of a feed's items: how it names them, which ones
// stood in the last body, and what it repeats in them.
type Habits struct {
	Identity Identity
	Blocks   Blocks
}

// Health is how a feed fares.
type Health struct {
	State   string    `json:"state,omitempty"` // ok, failing, walled, gone, quiet, new
	Since   time.Time `json:"since,omitzero"`
	Class   string    `json:"class,omitempty"` // the error class of the last failure
	Message string    `json:"message,omitempty"`
	Fails   int       `json:"fails,omitempty"` // in a row
	Told    bool      `json:"told,omitempty"`  // the operations channel knows
	Lost    int       `json:"lost,omitempty"`  // items that went by between two polls, ever
}

// Trust is what is known of the honesty of a server's validators.
type Trust struct {
	Proven304 bool      `json:"proven_304,omitempty"` // has answered 304 and was not found lying
	Liar      bool      `json:"liar,omitempty"`       // a 304 or an ETag was proven wrong
	Audited   time.Time `json:"audited,omitzero"`     // last whole body seen: an unconditional request, or a 200
	Suspect   int       `json:"suspect,omitempty"`    // audits in a row that found news just after a 304
}

// Move follows permanent redirects until they are believed.
type Move struct {
	To    string    `json:"to,omitempty"`
	Seen  int       `json:"seen,omitempty"`
	First time.Time `json:"first,omitzero"`
	URL   string    `json:"url,omitempty"` // adopted address; "" if the configured one holds
}

// Push is a subscription at a WebSub hub. The zero value is none. It is kept
// apart from the feed's state, since hubs speak while rounds are under way.
type Push struct {
	Hub    string    `json:"hub,omitempty"`
	Topic  string    `json:"topic,omitempty"`  // the feed's own address, as the hub knows it
	Secret string    `json:"secret,omitempty"` // signs what the hub sends; never shown
	Asked  time.Time `json:"asked,omitzero"`   // last request to the hub
	Until  time.Time `json:"until,omitzero"`   // end of the lease that the hub confirmed; zero if none
	Missed int       `json:"missed,omitempty"` // polls in a row that found what no push had told
}

// Pace is the scheduler's memory of one feed.
type Pace struct {
	Interval time.Duration `json:"interval,omitempty"` // the present interval
	Wish     time.Duration `json:"wish,omitempty"`     // the publisher's lower bound (ttl, max-age, ...)
	// Arrivals are the times at which new items were published or, failing
	// that, noticed; newest last, at most 64.
	Arrivals  []int64       `json:"arrivals,omitempty"` // Unix seconds
	Polls     int           `json:"polls,omitempty"`
	Fresh     int           `json:"fresh,omitempty"` // polls that brought something new
	SkipHours []int         `json:"skip_hours,omitempty"`
	SkipDays  []int         `json:"skip_days,omitempty"` // 0 is Sunday
	Usual     time.Duration `json:"usual,omitempty"`     // the longest gap that is usual for the feed
}

// Identity is what is known of how a feed names its items.
type Identity struct {
	NoGUID bool      `json:"no_guid,omitempty"` // guids repeat or churn: not used as keys
	NoLink bool      `json:"no_link,omitempty"` // links repeat: not used as keys
	Last   []Key     `json:"last,omitempty"`    // first key of every item in the last body, for gap detection
	Said   []uint32  `json:"said,omitempty"`    // the low half of each of their versions
	Looked time.Time `json:"looked,omitzero"`   // when all of them were last looked up in the store
	Titles []uint32  `json:"titles,omitempty"`  // hash of each of their titles, to tell a new name from a new item
	Resets int       `json:"resets,omitempty"`  // times in a row that nearly all items came under new names
}

// Blocks are the text blocks of a feed's items, by their hash. Nearly all of
// them stand in one item only, so that these are kept as bare hashes.
type Blocks struct {
	Once  []uint64         `json:"once,omitempty"` // stood in one item so far; oldest first
	Again map[uint64]Block `json:"again,omitempty"`
}

// Block is a text block that stood in more than one item.
type Block struct {
	Items    int       `json:"n"` // distinct items it stood in
	Last     time.Time `json:"t"`
	Pardoned bool      `json:"p,omitempty"`
	Text     string    `json:"x,omitempty"` // its beginning, for lists
}

// UnmarshalJSON reads the form of now and that of before, which had all blocks
// in one map.
func (b *Blocks) UnmarshalJSON(text []byte) error {
	type plain Blocks
	err := json.Unmarshal(text, (*plain)(b))
	if err != nil || b.Once != nil || b.Again != nil {
		return err
	}
	var old map[uint64]Block
	if json.Unmarshal(text, &old) != nil {
		return nil // {} or another program's: learned again
	}
	for h, e := range old {
		if e.Items == 1 {
			b.Once = append(b.Once, h)
			continue
		}
		if b.Again == nil {
			b.Again = make(map[uint64]Block)
		}
		b.Again[h] = e
	}
	return nil
}
