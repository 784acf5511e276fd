package daemon

import (
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Line is one judged item as `replay --json` and `why --json` print it.
type Line struct {
	Item    LineItem     `json:"item"`
	Matches []news.Match `json:"matches"`
	Story   LineStory    `json:"story"`
	Outcome news.Outcome `json:"outcome"`
	Detail  string       `json:"detail,omitempty"`
	Routes  []news.Route `json:"routes,omitempty"`
}

// LineItem is the item in a Line, whole, so that it can be judged again. Its
// texts are in the form that hit offsets count in.
type LineItem struct {
	ID        news.ItemID `json:"id"`
	Feed      news.FeedID `json:"feed"`
	URL       string      `json:"url"`
	Title     string      `json:"title"`
	Published *time.Time  `json:"published"` // null if the publisher gave no usable date
	Outlet    string      `json:"outlet,omitempty"`
	Lang      string      `json:"lang,omitempty"`

	Summary    string   `json:"summary,omitempty"`
	Content    string   `json:"content,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Authors    []string `json:"authors,omitempty"`
	Source     string   `json:"source,omitempty"`
}

// LineStory is the item's place among the stories.
type LineStory struct {
	ID       news.StoryID `json:"id"`
	Reason   news.Reason  `json:"reason"`
	Likeness float64      `json:"likeness,omitempty"`
	Nearest  news.StoryID `json:"nearest,omitempty"`
	// Parts are what the likeness was made of.
	Parts  news.Parts `json:"parts,omitempty"`
	Detail string     `json:"detail,omitempty"`
	New    []string   `json:"new,omitempty"`
}

// NewLine puts an item and its verdict in the printed form.
func NewLine(it *news.Item, v news.Verdict) Line {
	l := Line{
		Item: LineItem{ID: v.Item, Feed: it.Feed, URL: it.URL, Title: it.Title, Outlet: it.Outlet, Lang: it.Lang,
			Summary: it.Summary, Content: it.Content, Categories: it.Categories, Authors: it.Authors, Source: it.Source},
		Matches: v.Matches,
		Story: LineStory{ID: v.Placement.Story, Reason: v.Placement.Reason, Likeness: v.Placement.Likeness,
			Nearest: v.Placement.Nearest, Parts: v.Placement.Parts, Detail: v.Placement.Detail, New: v.Placement.New},
		Outcome: v.Outcome,
		Detail:  v.Detail,
		Routes:  v.Routes,
	}
	if l.Matches == nil {
		l.Matches = []news.Match{}
	}
	for i := range l.Matches {
		if l.Matches[i].Hits == nil {
			l.Matches[i].Hits = []news.Hit{}
		}
	}
	if !it.Published.IsZero() {
		t := it.Published.UTC()
		l.Item.Published = &t
	}
	return l
}

// Stage is one step on an item's way and how it fared there.
type Stage struct {
	Stage  string `json:"stage"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// WhyAnswer is what `why` says of one item.
type WhyAnswer struct {
	Line
	Stages []Stage     `json:"stages"`
	Missed []news.Miss `json:"missed,omitempty"`
	// Thresholds are what the likeness to a story is held against.
	Thresholds Thresholds `json:"thresholds"`
	// Sent is where the story was told.
	Sent []news.Delivery `json:"sent,omitempty"`
}

// Thresholds are the likeness from which a report belongs to a story, and the
// one from which it is told on its own, with a link to the story.
type Thresholds struct {
	Sure  float64 `json:"sure"`
	Maybe float64 `json:"maybe"`
}
