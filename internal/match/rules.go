package match

import "github.com/watcherd/watcherd/internal/news"

// Line is one term line as the editor wrote it, and where its first character
// stands.
type Line struct {
	Text string
	Pos  news.Pos
}

// Ref names a context.
type Ref struct {
	Name string
	Pos  news.Pos
}

// Rules are everything that a desk watches, as plain values. Nothing in them
// is checked before Compile.
type Rules struct {
	Topics      []Topic
	Entities    []Entity
	Contexts    []Context
	Boilerplate Boilerplate

	// Common are ordinary words of the watched press, in any case: words that
	// the stored past shows in small letters. They join the built-in list.
	Common []string
}

// Topic is one thing that a desk watches.
type Topic struct {
	ID   news.TopicID
	Name string
	Pos  news.Pos

	Any    []Line
	ByLang map[string][]Line // by primary subtag

	All  []Group
	Near []Near

	Unless         []Line // drops an occurrence that has one of these close by
	UnlessContexts []Ref
	None           []Line // drops the whole item
	NoneContexts   []Ref

	Threshold    float64 // 0 means the default
	ThresholdPos news.Pos

	Include, Exclude []Line // source selectors: tag:x, feed name, feed URL, host
}

// Group is a named list of which a topic asks one hit.
type Group struct {
	Name   string
	Pos    news.Pos
	Any    []Line
	ByLang map[string][]Line

	Unless         []Line
	UnlessContexts []Ref
}

// Near asks that groups have hits within some words of each other.
type Near struct {
	Groups []Ref
	Within int
	Pos    news.Pos
}

// Entity is a named thing with its aliases.
type Entity struct {
	ID     news.EntityID
	Pos    news.Pos
	Any    []Line
	ByLang map[string][]Line

	Unless         []Line
	UnlessContexts []Ref
}

// Context is a named list of words that show what a text is about, for use in
// `unless` and `none`.
type Context struct {
	Name   string
	Pos    news.Pos
	Any    []Line
	ByLang map[string][]Line
}

// Boilerplate is what an editor knows to be no evidence.
type Boilerplate struct {
	CutAfter   []Line // the text from here to the end of the field
	DropBlocks []Line // the block that holds this
	Pardon     []Line // what is learned of a feed and holds this is evidence all the same
}

// Fault is one thing wrong with the rules. A Warning does not keep them from
// being used.
type Fault struct {
	Pos     news.Pos
	Len     int // code points, for underlining
	Message string
	Fix     string
	Warning bool
	Unused  bool // a warning of a name that nothing uses
}

// The defaults of the rule language.
const (
	DefaultWeight    = 2.0
	DefaultThreshold = 2.0

	unlessReach = 10 // words
	withReach   = 25
	nameReach   = 12
	leadWords   = 60

	titleFactor = 2.0
	leadFactor  = 1.5
	maxWeight   = 1000
	maxWithin   = 500
)
