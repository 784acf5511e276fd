package notify

import (
	"testing"
	"time"
)

func TestOpsNotices(t *testing.T) {
	t0 := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	feed := Notice{Key: "feed x", Label: "Example World", Text: "has not answered since 11:00"}
	over := Notice{Key: "feed x", Label: "Example World", Text: "answers again", Over: true}
	for _, c := range []struct {
		name string
		do   func(o *Ops)
		want []string // texts of the lines; nil for no message
	}{
		{"one trouble is one line", func(o *Ops) { o.Add(feed, t0) }, []string{feed.Text}},
		{"the same trouble is told once", func(o *Ops) { o.Add(feed, t0); o.Add(feed, t0.Add(time.Second)) }, []string{feed.Text}},
		{"a recovery without a trouble told is nothing", func(o *Ops) { o.Add(over, t0) }, nil},
		{"a trouble that is over before it was told is nothing", func(o *Ops) { o.Add(feed, t0); o.Add(over, t0.Add(time.Second)) }, nil},
		{"a trouble counts from its third time", func(o *Ops) {
			n := feed
			n.After = 3
			o.Add(n, t0)
			o.Add(n, t0)
		}, nil},
		{"a recovery follows a trouble that was told", func(o *Ops) {
			o.Add(feed, t0)
			_, n, _ := o.Take(t0.Add(time.Minute))
			o.Done(n, t0)
			o.Add(over, t0.Add(time.Hour))
		}, []string{over.Text}},
		{"after a day it is told again", func(o *Ops) {
			o.Add(feed, t0)
			_, n, _ := o.Take(t0.Add(time.Minute))
			o.Done(n, t0)
			o.Add(feed, t0.Add(25*time.Hour))
		}, []string{feed.Text}},
		{"an alert that was not stored is not lost", func(o *Ops) { o.Add(feed, t0); o.Take(t0.Add(time.Minute)) }, []string{feed.Text}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := NewOps("#ops")
			c.do(o)
			a, _, ok := o.Take(t0.Add(48 * time.Hour))
			if ok != (c.want != nil) || len(a.Lines) != len(c.want) {
				t.Fatalf("got %v %+v, want %q", ok, a.Lines, c.want)
			}
			for i := range c.want {
				if a.Lines[i].Text != c.want[i] {
					t.Errorf("line %d: %q", i, a.Lines[i].Text)
				}
			}
		})
	}
	if NewOps("").Add(feed, t0) || (*Ops)(nil).Add(feed, t0) {
		t.Error("notices without a channel are taken")
	}
}
