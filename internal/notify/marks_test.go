package notify_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
)

// remark is an edit of a message that says nothing new but its marks.
func remark(of news.Delivery, n int) news.Delivery {
	d := update(of, 0)
	d.Alert.ID = news.NewAlertID(of.Alert.Story, of.Alert.Channel, "mark", n)
	d.Alert.Latest, d.Alert.Updates, d.Alert.Count = nil, "edit", 1
	return d
}

func TestEditsShowTheMarksOfTheirTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &notifytest.Recorder{}
		a := story(1, "#a")
		r := start(t, notify.Options{}, rec, a)
		defer r.stop()
		wait(time.Minute)
		mark := func(what, by string, undo bool) bool {
			_, changed, err := r.Mark(t.Context(), a.Alert.ID, news.Mark{What: what, By: by, At: time.Now()}, undo)
			if err != nil {
				t.Fatal(err)
			}
			return changed
		}
		last := func() news.Delivery { all := rec.Calls("say"); return all[len(all)-1].D }
		mark(news.MarkClaim, "Ana", false)
		r.add(t, remark(a, 1))
		wait(time.Minute)
		if d := last(); d.Alert.Target != a.Alert.ID || len(d.Marks) != 1 || d.Marks[0].By != "Ana" {
			t.Fatalf("the edit shows %+v", d.Marks)
		}
		if mark(news.MarkClaim, "Ana", false) {
			t.Error("the same claim counts twice")
		}
		mark(news.MarkUseful, "Bo", false)
		mark(news.MarkNotRelevant, "Bo", false)
		mark(news.MarkClaim, "Ana", true)
		r.add(t, update(a, 1)) // a further report
		wait(time.Minute)
		d := last()
		if len(d.Marks) != 1 || d.Marks[0].What != news.MarkNotRelevant || d.Alert.Latest == nil {
			t.Errorf("the further report shows %+v", d.Marks)
		}
		if got := r.state(a); got.Claimed != "" {
			t.Errorf("still claimed by %q", got.Claimed)
		}
	})
}

func TestAMarkGivesWayToAReportAndNeverTheOtherWayRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &notifytest.Recorder{}
		a := story(1, "#a")
		r := start(t, notify.Options{}, rec, a)
		defer r.stop()
		wait(time.Minute)
		report, reply := update(a, 1), update(a, 2)
		reply.Alert.Updates = "thread"
		mark := remark(a, 1)
		mark.Alert.Seq = 2
		r.add(t, mark, reply)
		wait(time.Minute)
		if got := r.state(reply); got.State != news.StateSent {
			t.Errorf("the reply is %s: %s", got.State, got.Reason)
		}
		mark2 := remark(a, 2)
		mark2.Alert.Seq = 1
		r.add(t, report, mark2)
		wait(time.Minute)
		if got := r.state(report); got.State != news.StateSent {
			t.Errorf("the report is %s: %s", got.State, got.Reason)
		}
		if got := r.state(mark2); got.State != news.StateSuppressed {
			t.Errorf("the mark is %s", got.State)
		}
	})
}

func TestAMarkThatCouldNotBeStoredCanBeMadeAgain(t *testing.T) {
	a := story(1, "#a")
	out := notifytest.NewMemory(a)
	c := notify.NewCourier(out, &notifytest.Recorder{}, notify.Options{})
	claim := news.Mark{What: news.MarkClaim, By: "Ana", At: time.Now()}
	out.Fail = func() error { return errors.New("no room") }
	if _, _, err := c.Mark(t.Context(), a.Alert.ID, claim, false); err == nil {
		t.Fatal("stored")
	}
	out.Fail = nil
	claim.By = "Bo"
	d, changed, err := c.Mark(t.Context(), a.Alert.ID, claim, false)
	if err != nil || !changed || len(d.Marks) != 1 || d.Marks[0].By != "Bo" {
		t.Errorf("changed %v, marks %+v, %v", changed, d.Marks, err)
	}
}
