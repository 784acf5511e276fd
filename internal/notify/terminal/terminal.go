// Package terminal says alerts on a terminal, for a desk without Slack, for
// dry runs and for the demo: one alert is a few lines that an editor takes in
// at a glance. It does not lean on colour: «marks» stand around matched
// words unless colour is asked for.
//
// What was printed cannot be taken back, so an update is a line below, with
// the headline again if other alerts stand between. Start reading at
// Notifier.Say.
package terminal

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// Options say how to print. The zero value is 80 columns, plain, in UTC.
type Options struct {
	Width int
	Color bool
	Zone  *time.Location
	Now   func() time.Time // for ages; default time.Now
}

// Notifier prints to a writer. It may be used by many goroutines.
type Notifier struct {
	opt Options

	mu   sync.Mutex
	w    io.Writer
	said map[news.AlertID]news.Receipt
	n    int
	last string // the message printed last, or changed last
}

var _ notify.Notifier = (*Notifier)(nil)

// New prints to w.
func New(w io.Writer, o Options) *Notifier {
	o.Width = max(cmp.Or(o.Width, 80), 40)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Notifier{opt: o, w: w, said: map[news.AlertID]news.Receipt{}}
}

// Say implements notify.Notifier. An alert is one write; if the writer fails,
// it was not said.
func (n *Notifier) Say(_ context.Context, d news.Delivery, target news.Receipt) (news.Receipt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := page{opt: n.opt}
	r := target
	switch {
	case target.Message != "":
		p.update(&d.Alert, n.last != target.Message)
	case d.Alert.Kind == news.KindDigest || d.Alert.Kind == news.KindOps:
		p.list(&d.Alert)
	default:
		p.alert(&d.Alert)
	}
	if target.Message == "" {
		n.n++
		r = news.Receipt{Channel: d.Alert.Channel, Message: strconv.Itoa(n.n)}
	}
	if _, err := io.WriteString(n.w, p.String()); err != nil {
		return news.Receipt{}, &notify.Error{Class: notify.Again, Code: "write", Err: fmt.Errorf("print %s: %w", d.Alert.ID, err)}
	}
	n.said[d.Alert.ID] = r
	n.last = r.Message
	return r, nil
}

// Look implements notify.Notifier: it remembers what this process printed.
// What an earlier process printed is unknown, so nothing is claimed of it.
func (n *Notifier) Look(_ context.Context, d news.Delivery, _ news.Receipt) ([]news.Receipt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r, ok := n.said[d.Alert.ID]; ok {
		return []news.Receipt{r}, nil
	}
	return nil, notify.ErrBlind
}

// Unsay implements notify.Notifier. Print stays printed.
func (n *Notifier) Unsay(context.Context, news.Receipt) error { return nil }

// page is the text of one write.
type page struct {
	strings.Builder
	opt Options
}

const indent = "       " // as wide as the time before an alert

// alert prints:
//
//	14:03  #channel  URGENT
//	       headline
//	       outlet · age · topics
//	       excerpt with its «matched» words
//	       why: ...
//	       address
//	       └ also: ...
func (p *page) alert(a *news.Alert) {
	p.head(a, "")
	p.wrap(indent, indent, p.bold(cmp.Or(notify.Clean(a.Headline, 300), "(no headline)")))
	p.wrap(indent, indent, p.dim(p.source(a)))
	if ex := p.excerpt(a.Excerpt); ex != "" {
		p.wrap(indent, indent, ex)
	}
	if len(a.Why) > 0 {
		p.wrap(indent+"why: ", indent+"     ", notify.Clean(strings.Join(a.Why, " · "), 400))
	}
	if note := notify.Clean(a.Note, 300); note != "" {
		p.wrap(indent, indent, note)
	}
	if a.URL != "" {
		// Never wrapped: an address is copied or clicked.
		p.line(indent + p.dim(notify.Clean(a.URL, 2000)))
	}
	p.below(a)
	p.WriteByte('\n')
}

// head is the line with time, channel and how bad it is.
func (p *page) head(a *news.Alert, what string) {
	at := cmp.Or(a.Queued, a.Seen, a.At)
	words := at.In(p.opt.Zone).Format("15:04") + "  " + notify.Clean(a.Channel, 60)
	if a.Urgent {
		words += "  " + p.red("URGENT")
	}
	if a.Mention != "" {
		words += "  @" + a.Mention
	}
	if what != "" {
		words += "  " + what
	}
	p.line(words)
}

func (p *page) source(a *news.Alert) string {
	parts := []string{}
	if by := notify.Clean(a.Outlet, 80); by != "" {
		parts = append(parts, by)
	}
	if a.At.IsZero() {
		parts = append(parts, "seen "+a.Seen.In(p.opt.Zone).Format("15:04"))
	} else {
		parts = append(parts, age(p.opt.Now().Sub(a.At)))
	}
	if len(a.Topics) > 0 {
		parts = append(parts, notify.Clean(strings.Join(a.Topics, ", "), 200))
	}
	return strings.Join(parts, " · ")
}

// below are the further reports.
func (p *page) below(a *news.Alert) {
	if len(a.Also) == 0 {
		return
	}
	var names []string
	seen := map[string]bool{}
	for _, r := range a.Also {
		label := cmp.Or(notify.Clean(r.Outlet, 60), "another outlet")
		if !seen[label] {
			seen[label] = true
			names = append(names, label)
		}
	}
	more := ""
	if len(names) > 5 {
		names, more = names[:5], fmt.Sprintf(" +%d", len(names)-5)
	}
	words := "also: " + strings.Join(names, ", ") + more
	if a.Count > 1 {
		words += fmt.Sprintf(" (%d reports", a.Count)
		switch {
		case a.Sources != "":
			words += "; " + notify.Clean(a.Sources, 200)
		case a.Independent > 1:
			words += fmt.Sprintf(", %d independent", a.Independent)
		}
		words += ")"
	}
	p.wrap(indent+"└ ", indent+"  ", words)
}

// update prints what has changed below the alert; again says its headline
// first, since other alerts stand between.
func (p *page) update(a *news.Alert, again bool) {
	if again {
		p.head(a, "again: "+p.fit(notify.Clean(a.Headline, 300), p.opt.Width-24-cells(a.Channel)))
	}
	p.below(a)
	if len(a.New) > 0 {
		p.wrap(indent+"└ new: ", indent+"       ", notify.Clean(strings.Join(a.New, " · "), 400))
	}
	if note := notify.Clean(a.Note, 300); note != "" {
		p.wrap(indent+"└ ", indent+"  ", note)
	}
	p.WriteByte('\n')
}

// list prints a digest or a notice about the watch.
func (p *page) list(a *news.Alert) {
	what := "digest"
	if a.Kind == news.KindOps {
		what = "about the watch"
	}
	p.head(a, p.dim(what))
	p.wrap(indent, indent, p.bold(notify.Clean(a.Headline, 300)))
	for _, l := range a.Lines {
		label, words := notify.Clean(l.Label, 60), notify.Clean(l.Text, 300)
		switch {
		case words == "":
			p.line(indent + p.bold(label))
			continue
		case label != "":
			words = label + ": " + words
		}
		p.wrap(indent+"• ", indent+"  ", words)
		if l.URL != "" {
			p.line(indent + "  " + p.dim(notify.Clean(l.URL, 2000)))
		}
	}
	p.WriteByte('\n')
}

// excerpt marks the matched words.
func (p *page) excerpt(segs []news.Segment) string {
	var b strings.Builder
	for _, s := range notify.Excerpt(segs, 280) {
		switch {
		case s.Hit && p.opt.Color:
			b.WriteString(p.bold(s.Text))
		case s.Hit:
			b.WriteString("«" + s.Text + "»")
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// age is how old news is, in the largest unit that fits.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}
