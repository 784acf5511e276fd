package config

// Line is a piece of text with its place: a term, a name that refers to
// something, a pattern.
type Line struct {
	Text string
	Pos  Pos
}

// LangTerms are terms for items of one language.
type LangTerms struct {
	Lang  string // two letters
	Terms []Line
}

// Topic is a rule as an editor writes it. Its terms are not parsed here.
type Topic struct {
	Place
	Key string

	Name      string      `yaml:"name" kind:"text" eg:"Arms control" also:"title,label" help:"The topic as alerts show it. Default: its key."`
	Channel   string      `yaml:"channel" kind:"channel" eg:"#arms-control" also:"send_to,slack_channel,to" help:"Where its stories are told."`
	Channels  []Line      `yaml:"channels" kind:"channel" eg:"#arms-control" help:"Several channels, instead of channel."`
	Urgency   string      `yaml:"urgency" kind:"word" enum:"normal,urgent" also:"priority,severity,urgent" help:"urgent passes quiet hours, digests and budgets."`
	Mode      string      `yaml:"mode" kind:"word" enum:"live,shadow" also:"status,enabled" help:"shadow: judged and counted, never posted."`
	Any       []Line      `yaml:"any" kind:"terms" also:"terms,keywords,any_of,words,match,include" help:"Terms, one per line. Each that is found adds its weight; together they must reach the threshold."`
	Langs     []LangTerms `langs:"yes" help:"Terms that count only in items of this language."`
	Unless    Except      `yaml:"unless" short:"yes" also:"except,without" help:"An occurrence that has one of these within 10 words does not count."`
	None      Except      `yaml:"none" short:"yes" also:"none_of,exclude,not,ignore,block" help:"One of these anywhere drops the whole item."`
	Threshold float64     `yaml:"threshold" kind:"number" min:"0.1" max:"1000" eg:"2" also:"min_score,score" help:"The sum of weights that fires. Default 2: one plain term."`
	All       []Group     `yaml:"all" keyed:"yes" short:"yes" also:"all_of,groups,and" help:"Groups by name: one term of each group must be found."`
	Near      []Near      `yaml:"near" single:"yes" also:"within,proximity" help:"Groups that must be found close to each other."`
	Sources   Selector    `yaml:"sources" also:"feeds,source" help:"Which feeds the topic looks at. Default: all."`
	Confirm   int         `yaml:"confirm" kind:"count" min:"1" max:"20" eg:"2" help:"Independent sources after which a story of this topic becomes urgent; 1 leaves the urgency alone."`
}

// Route lists the channels that the topic itself names.
func (t *Topic) Route() []string {
	if t.Channel != "" {
		return []string{t.Channel}
	}
	var to []string
	for _, c := range t.Channels {
		to = append(to, c.Text)
	}
	return to
}

// Group is one group of a topic's `all`.
type Group struct {
	Place
	Key string

	Any    []Line      `yaml:"any" kind:"terms" help:"Terms, one per line."`
	Langs  []LangTerms `langs:"yes" help:"Terms that count only in items of this language."`
	Unless Except      `yaml:"unless" short:"yes" help:"An occurrence that has one of these within 10 words does not count."`
}

// Except is what speaks against a hit or an item: words, and lists of words
// by name. A file may write the words alone.
type Except struct {
	Place
	Any      []Line `yaml:"any" kind:"terms" also:"terms,words" help:"Words, one per line."`
	Context  Line   `yaml:"context" kind:"ref" eg:"sport" help:"The name of a list under contexts."`
	Contexts []Line `yaml:"contexts" kind:"ref" eg:"sport" help:"Names of lists under contexts."`
}

// Refs lists the contexts that are named.
func (e *Except) Refs() []Line {
	if e.Context.Text == "" {
		return e.Contexts
	}
	return append([]Line{e.Context}, e.Contexts...)
}

// Near demands that groups are found close together.
type Near struct {
	Place
	Groups []Line `yaml:"groups" kind:"ref" need:"yes" eg:"act" help:"Names of groups of all."`
	Within int    `yaml:"within" kind:"count" min:"1" max:"500" need:"yes" eg:"15" help:"Within how many words."`
}

// Selector chooses feeds. The zero value chooses all.
type Selector struct {
	Place
	Include []Line `yaml:"include" kind:"ref" eg:"tag:wire" also:"only" help:"Only these: tag:word, a feed's name, its address or its host."`
	Exclude []Line `yaml:"exclude" kind:"ref" eg:"tag:sport" also:"except,not" help:"Not these: tag:word, a feed's name, its address or its host."`
}

// Entity is a named thing with all its names.
type Entity struct {
	Place
	Key string

	Name   string      `yaml:"name" kind:"text" also:"title,label" help:"The entity as lists show it. Default: its key."`
	Any    []Line      `yaml:"any" kind:"terms" also:"en_any,aliases,names,forms" help:"Its names in every language, one per line."`
	Langs  []LangTerms `langs:"yes" help:"Its names in this language: the dictionary form is enough."`
	Unless Except      `yaml:"unless" short:"yes" also:"except" help:"A name that has one of these within 10 words does not count."`
}

// Context is a list of words that rules share by name.
type Context struct {
	Place
	Key string

	Any   []Line      `yaml:"any" kind:"terms" help:"Words, one per line."`
	Langs []LangTerms `langs:"yes" help:"Words for items of this language."`
}

// Boilerplate is text that is no evidence.
type Boilerplate struct {
	Place
	CutAfter   []Line `yaml:"cut_after" kind:"terms" help:"Where one of these stands, the rest of the text is no evidence."`
	DropBlocks []Line `yaml:"drop_blocks" kind:"terms" help:"A block of text that holds one of these is no evidence."`
	Pardon     []Line `yaml:"pardon" kind:"terms" help:"What was learned as boilerplate of a feed and holds one of these is evidence all the same."`
}

// Test is an example that must come out right. Fires and Not are nil where
// the test says nothing of them; an empty, non-nil Fires claims that no topic
// fires.
type Test struct {
	Place
	Title     string `yaml:"title" kind:"prose" also:"headline,name" help:"Headline of the example."`
	Text      string `yaml:"text" kind:"prose" also:"body,content,summary" help:"Its text, as a feed would give it."`
	Lang      string `yaml:"lang" kind:"lang" eg:"en" also:"language" help:"Its language, if it should not be detected."`
	Source    string `yaml:"source" kind:"text" also:"feed" help:"The feed it comes from: a name, an address, or tag:word."`
	Fires     []Line `yaml:"fires" kind:"ref" eg:"arms-control" also:"should_alert,expect,topics,matches" help:"The topics that fire: these and no others."`
	Not       []Line `yaml:"not" kind:"ref" eg:"sanctions" also:"should_not_alert,none" help:"Topics that must not fire; nothing is said of others."`
	SameStory []Line `yaml:"same_story" kind:"prose" also:"same" help:"Two or more headlines that must become one story."`
}
