package notify

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Notice is one thing that the operations channel should know.
type Notice struct {
	Key   string // what it is about; the same key is the same trouble
	Label string // shown before the text: a feed, a channel
	Text  string
	URL   string

	// Report is the headline of a message that has only this notice, where it
	// asks nobody to look; "" for troubles.
	Report string

	Over  bool // the trouble is over; told only if the trouble was
	After int  // times it has to be noted before it is told; 0 and 1 tell at once
}

// Ops gathers notices about the watch itself into alerts for the operations
// channel: several at once in one message, the same trouble once until it is
// over or a day has passed. The zero channel gathers nothing. It may be used
// by many goroutines.
type Ops struct {
	channel string
	wait    time.Duration // from the first notice to the message

	mu      sync.Mutex
	known   map[string]*trouble
	waiting []Notice
	since   time.Time // of the oldest waiting notice
}

type trouble struct {
	noted int
	told  time.Time // zero: not yet
}

const (
	opsWait  = 20 * time.Second
	opsAgain = 24 * time.Hour
	opsLines = 15
)

// NewOps gathers for the channel.
func NewOps(channel string) *Ops {
	return &Ops{channel: channel, wait: opsWait, known: map[string]*trouble{}}
}

// Add notes a notice and tells whether it will be said.
func (o *Ops) Add(n Notice, now time.Time) bool {
	if o == nil || o.channel == "" {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.known[n.Key]
	if n.Over {
		delete(o.known, n.Key)
		if t == nil || t.told.IsZero() {
			return false
		}
		// A trouble that came and went within one message is no news.
		before := len(o.waiting)
		o.waiting = slices.DeleteFunc(o.waiting, func(w Notice) bool { return w.Key == n.Key })
		if len(o.waiting) < before {
			return false
		}
	} else {
		if t == nil {
			t = &trouble{}
			o.known[n.Key] = t
		}
		t.noted++
		if t.noted < n.After || !t.told.IsZero() && now.Sub(t.told) < opsAgain {
			return false
		}
		t.told = now
	}
	if len(o.waiting) == 0 {
		o.since = now
	}
	o.waiting = append(o.waiting, n)
	return true
}

// Recall notes that a trouble was told by an earlier run, so that its end is
// told too and it is not told again before a day has passed.
func (o *Ops) Recall(key string, now time.Time) {
	if o == nil || o.channel == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.known[key] = &trouble{noted: math.MaxInt32, told: now}
}

// Due is when Take will have something; zero if nothing waits.
func (o *Ops) Due() time.Time {
	if o == nil {
		return time.Time{}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return time.Time{}
	}
	return o.since.Add(o.wait)
}

// Take makes one alert of what has waited long enough. The notices stay until
// Done, so that an alert that could not be stored is not lost.
func (o *Ops) Take(now time.Time) (a news.Alert, taken int, ok bool) {
	if due := o.Due(); due.IsZero() || due.After(now) {
		return news.Alert{}, 0, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	a = news.Alert{
		Channel: o.channel, Kind: news.KindOps, Seen: now, Queued: now,
		Headline: opsHeadline(o.waiting), Count: len(o.waiting),
	}
	for _, n := range o.waiting[:min(len(o.waiting), opsLines)] {
		a.Lines = append(a.Lines, news.Line{Label: n.Label, Text: n.Text, URL: n.URL})
	}
	if more := len(o.waiting) - opsLines; more > 0 {
		a.Lines = append(a.Lines, news.Line{Text: fmt.Sprintf("and %d more", more)})
	}
	a.ID = news.NewAlertID(news.StoryID(now.UTC().Format(time.RFC3339Nano)), o.channel, news.KindOps, len(o.waiting))
	return a, len(o.waiting), true
}

// Done forgets the notices of a Take once their alert is stored.
func (o *Ops) Done(taken int, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = slices.Delete(o.waiting, 0, min(taken, len(o.waiting)))
	o.since = now
}

// opsHeadline says what a message of notices is about in one line.
func opsHeadline(ns []Notice) string {
	if len(ns) == 1 {
		label := ns[0].Label
		if ns[0].Report != "" {
			return ns[0].Report
		}
		if ns[0].Over {
			return strings.TrimSpace(label + " is well again")
		}
		if label == "" {
			return "Notice from the watch"
		}
		return label + " needs a look"
	}
	over, reports := 0, 0
	for _, n := range ns {
		switch {
		case n.Over:
			over++
		case n.Report != "":
			reports++
		}
	}
	look := len(ns) - over - reports
	switch {
	case reports == len(ns):
		return fmt.Sprintf("%d reports of the watch", reports)
	case over == 0 && look == 1:
		return "1 thing needs a look"
	case over == 0:
		return fmt.Sprintf("%d things need a look", look)
	case look == 0 && over == 1:
		return "1 thing is well again"
	case look == 0:
		return fmt.Sprintf("%d things are well again", over)
	}
	return fmt.Sprintf("%d need a look, %d well again", look, over)
}
