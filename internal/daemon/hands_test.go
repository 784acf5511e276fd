package daemon

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/terminal"
	"github.com/watcherd/watcherd/internal/store"
)

// tellOne is a watch that has told one story.
func tellOne(t *testing.T, w *world, dir string) (*Daemon, news.Delivery) {
	t.Helper()
	w.set(wire, rss())
	d := watch(t, w, dir)
	d.round(t.Context(), wire)
	w.set(wire, rss(entry("wire", 1, "NATO ministers meet in Riga")))
	d.round(t.Context(), wire)
	ds, err := d.store.Deliveries(t.Context(), store.Filter{})
	if err != nil || len(ds) != 1 {
		t.Fatal(len(ds), err)
	}
	a := ds[0]
	a.State, a.Due, a.Receipt = news.StateSent, time.Time{}, news.Receipt{Channel: "C0DESK", Message: "1700000000.000100"}
	if err := d.store.Save(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return d, a
}

func (h house) ask(t *testing.T, a notify.Act) string {
	t.Helper()
	return h.Act(t.Context(), a).Text
}

func TestAMuteHoldsBackCountsAndEndsWithAReceiptAcrossARestart(t *testing.T) {
	dir, w := t.TempDir(), &world{}
	t.Run("before", func(t *testing.T) {
		d, a := tellOne(t, w, dir)
		h := house{d}
		if got := h.ask(t, notify.Act{Verb: notify.VerbMuteTopic, Alert: a.Alert.ID, By: "Ana"}); !strings.Contains(got, "Muted here until") {
			t.Fatal(got)
		}
		again := h.ask(t, notify.Act{Verb: notify.VerbMuteTopic, Message: a.Receipt.Message, ChannelID: "C0DESK", By: "Ana", Once: true})
		if !strings.Contains(again, "already") {
			t.Errorf("the same emoji again: %s", again)
		}
		w.set(wire, rss(entry("wire", 2, "NATO frigates call at Tallinn")))
		d.round(t.Context(), wire)
		open, err := d.store.OpenMutes(t.Context())
		if err != nil || len(open) != 1 || open[0].Items != 1 || open[0].By != "Ana" || open[0].Channel != "#desk" {
			t.Fatalf("%+v %v", open, err)
		}
		marked, _, err := d.store.Delivery(t.Context(), a.Alert.ID)
		if m, ok := marked.Marked(news.MarkMute, "Ana"); err != nil || !ok || !m.Until.Equal(open[0].Until) {
			t.Errorf("marks %+v, %v", marked.Marks, err)
		}
	})
	d := watch(t, w, dir)
	w.set(wire, rss(entry("wire", 3, "Parliament debates NATO spending in Vilnius"), entry("wire", 4, "NATO jets over Finland again")))
	d.round(t.Context(), wire)
	if got := outbox(t, d); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "Vilnius") }) {
		t.Fatalf("told in spite of the mute: %v", got)
	}
	h := house{d}
	got := h.ask(t, notify.Act{Verb: notify.VerbCommand, Words: "unmute nato", Channel: "#desk", By: "Bo"})
	want := "The mute of “nato” by Ana is over: muted 3 items in 3 stories (ended by Bo)"
	if !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := outbox(t, d); !slices.Contains(got, "digest "+want) {
		t.Errorf("no receipt in %v", got)
	}
	d.closeMutes(t.Context())
	if got := h.ask(t, notify.Act{Verb: notify.VerbCommand, Words: "unmute", Channel: "#desk", By: "Bo"}); got != "Nothing is muted here." {
		t.Error(got)
	}
	w.set(wire, rss(entry("wire", 5, "Sweden hosts NATO staff")))
	d.round(t.Context(), wire)
	if got := outbox(t, d); !slices.Contains(got, "alert Sweden hosts NATO staff") {
		t.Errorf("still muted: %v", got)
	}
}

func TestAMuteWhoseTimeHasComeIsClosedOnceWithItsReceipt(t *testing.T) {
	w := &world{}
	d, _ := tellOne(t, w, t.TempDir())
	m, err := d.mute(t.Context(), news.Mute{Channel: "#desk", Topic: "nato", About: "“nato”", By: "Ana"}, time.Time{}, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(m.Until)) // as the store reads the clock, not a test's
	d.closeMutes(t.Context())
	d.closeMutes(t.Context())
	n := 0
	for _, s := range outbox(t, d) {
		if s == "digest The mute of “nato” by Ana is over: nothing was held back" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d receipts of %+v: %v", n, m, outbox(t, d))
	}
}

func TestOpinionsCountPerTopicAndTermAndMakeAWeeklyNote(t *testing.T) {
	w := &world{}
	d, a := tellOne(t, w, t.TempDir())
	h := house{d}
	for by, v := range map[string]notify.Verb{"Ana": notify.VerbNotRelevant, "Bo": notify.VerbNotRelevant, "Cy": notify.VerbUseful} {
		h.ask(t, notify.Act{Verb: v, Alert: a.Alert.ID, By: by})
	}
	h.ask(t, notify.Act{Verb: notify.VerbNotRelevant, Alert: a.Alert.ID, By: "Ana"}) // again
	h.ask(t, notify.Act{Verb: notify.VerbNotRelevant, Alert: a.Alert.ID, By: "Di"})
	h.ask(t, notify.Act{Verb: notify.VerbNotRelevant, Alert: a.Alert.ID, By: "Di", Undo: true})
	all, err := d.store.Opinions(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	r := Rate(all)
	if got := r.Topic["nato"]; got != (Rating{Useful: 1, NotRelevant: 2}) {
		t.Errorf("topic: %+v of %+v", got, all)
	}
	if got := r.Term[TopicTerm{"nato", "NATO"}]; got.String() != "1 of 3 useful (33 %)" {
		t.Errorf("term: %s", got)
	}
	// On the Monday after, once, however often it is looked.
	monday := time.Now().UTC().Truncate(24 * time.Hour)
	for monday = monday.AddDate(0, 0, 1); monday.Weekday() != time.Monday; {
		monday = monday.AddDate(0, 0, 1)
	}
	notes := func() (n int, lines []news.Line) {
		ds, err := d.store.Deliveries(t.Context(), store.Filter{Channel: "#ops"})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range ds {
			n, lines = n+1, x.Alert.Lines
		}
		return n, lines
	}
	for _, c := range []struct {
		at   time.Time
		want int
	}{{monday.Add(7 * time.Hour), 0}, {monday.Add(9 * time.Hour), 1}, {monday.Add(10 * time.Hour), 1}, {monday.AddDate(0, 0, 1), 1}, {monday.AddDate(0, 0, 8), 1}} {
		if err := d.noteWeek(t.Context(), c.at); err != nil {
			t.Fatal(err)
		}
		n, lines := notes()
		if n != c.want {
			t.Errorf("%s: %d notes, want %d", c.at.Format(time.DateTime), n, c.want)
		}
		if n > 0 && (len(lines) != 1 || lines[0].Text != "1 of 3 useful (33 %); look at “NATO” 1 of 3 useful (33 %)") {
			t.Errorf("%+v", lines)
		}
	}
}

func TestAClaimShowsWithWhatTheLastReportSaid(t *testing.T) {
	w := &world{}
	d, a := tellOne(t, w, t.TempDir())
	up := a
	up.Alert.ID, up.Alert.Kind, up.Alert.Target, up.Alert.Seq = "up", news.KindUpdate, a.Alert.ID, 1
	up.Alert.Latest, up.Alert.Count = &news.Report{Outlet: "Post"}, 2
	up.Alert.Also = []news.Report{{Outlet: "Post"}}
	if err := d.store.Save(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	h := house{d}
	if got := h.ask(t, notify.Act{Verb: notify.VerbClaim, Message: a.Receipt.Message, ChannelID: "C0DESK", By: "Ana"}); !strings.HasPrefix(got, "You have this") {
		t.Fatal(got)
	}
	if got := h.ask(t, notify.Act{Verb: notify.VerbClaim, Alert: a.Alert.ID, By: "Bo"}); got != "Ana has this already." {
		t.Error(got)
	}
	ds, err := d.store.Deliveries(t.Context(), store.Filter{State: news.StateQueued})
	if err != nil || len(ds) != 1 {
		t.Fatalf("%d edits, %v", len(ds), err)
	}
	e := ds[0].Alert
	if e.Target != a.Alert.ID || e.Count != 2 || len(e.Also) != 1 || e.Latest != nil || e.Updates != "edit" || e.Mention != "" {
		t.Errorf("%+v", e)
	}
	for _, odd := range []notify.Act{{Verb: notify.VerbClaim, Alert: "gone"}, {Verb: notify.VerbClaim, Message: a.Receipt.Message, ChannelID: "C0OTHER"}, {Verb: "dance", Alert: a.Alert.ID}} {
		if got := h.ask(t, odd); !strings.Contains(got, "does not know") {
			t.Errorf("%+v: %s", odd, got)
		}
	}
}

func TestMissedNamesTheStageAndTheSmallestChange(t *testing.T) {
	w := &world{}
	d, _ := tellOne(t, w, t.TempDir())
	w.set(wire, rss(entry("wire", 7, "Bakery opens a third branch in Riga"), entry("wire", 1, "NATO ministers meet in Riga")))
	d.round(t.Context(), wire)
	h := house{d}
	for q, want := range map[string][]string{
		"https://wire.example/1":                                  {"It was not missed", "#desk"},
		"https://wire.example/7":                                  {"stage “matched”", "a new term", "The line “"},
		"https://wire.example/2026/nato-opens-a-base":             {"stage “polled”", "another feed of wire.example", "would then have been told for nato"},
		"<https://nobody.example/old-bridge-closed-to-all|label>": {"a feed of nobody.example", "no topic would have taken it"},
	} {
		got := h.ask(t, notify.Act{Verb: notify.VerbCommand, Words: "missed " + q, Channel: "#desk", By: "Ana"})
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: no %q in\n%s", q, part, got)
			}
		}
	}
}

// deaf is a way from the readers that is down.
type deaf struct{ since time.Time }

func (h *deaf) Run(ctx context.Context, _ notify.House) { <-ctx.Done() }

func (h *deaf) State() notify.HandsState {
	return notify.HandsState{State: "down", Since: h.since, Reason: "connection refused"}
}

func TestDeadButtonsAreToldAfterAWhile(t *testing.T) {
	h := &deaf{since: time.Now()}
	d, err := Build(t.Context(), testRules(t, t.TempDir(), testConfig), "watcherd.yaml",
		Options{Transport: &world{}, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true, Hands: h})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() // nothing was changed
	d.tellHands(time.Now())
	if !d.ops.Due().IsZero() {
		t.Error("told at once")
	}
	d.tellHands(time.Now().Add(handsLost + time.Second))
	a, _, ok := d.ops.Take(time.Now().Add(time.Hour))
	if !ok || len(a.Lines) != 1 || !strings.Contains(a.Lines[0].Text, "Alerts are not affected") {
		t.Errorf("%v %+v", ok, a)
	}
}

func TestAReaderIsOneWhetherTheirNameIsKnownOrNot(t *testing.T) {
	w := &world{}
	d, a := tellOne(t, w, t.TempDir())
	h := house{d}
	// By emoji before the name is known, by button after.
	nameless := func(v notify.Verb, undo bool) string {
		return h.ask(t, notify.Act{Verb: v, Message: a.Receipt.Message, ChannelID: "C0DESK", By: "@U0ANA", ByID: "U0ANA", Once: true, Undo: undo})
	}
	named := func(v notify.Verb, once, undo bool) string {
		return h.ask(t, notify.Act{Verb: v, Alert: a.Alert.ID, By: "ana", ByID: "U0ANA", Once: once, Undo: undo})
	}
	nameless(notify.VerbUseful, false)
	named(notify.VerbNotRelevant, false, false)
	all, err := d.store.Opinions(t.Context(), time.Time{})
	if err != nil || len(all) != 1 || all[0].Useful {
		t.Errorf("one reader has the opinions %+v, %v", all, err)
	}
	nameless(notify.VerbNotRelevant, true)
	if all, err = d.store.Opinions(t.Context(), time.Time{}); err != nil || len(all) != 0 {
		t.Errorf("taken back, and still %+v, %v", all, err)
	}
	nameless(notify.VerbClaim, false)
	if got := named(notify.VerbClaim, false, false); !strings.HasPrefix(got, "You have this") {
		t.Error(got)
	}
	named(notify.VerbClaim, false, true)
	nameless(notify.VerbSnooze, false)
	if got := named(notify.VerbSnooze, true, false); !strings.Contains(got, "already") {
		t.Errorf("the same emoji, looked up again: %s", got)
	}
	marked, _, err := d.store.Delivery(t.Context(), a.Alert.ID)
	if err != nil || len(marked.Marks) != 1 || marked.Marks[0].What != news.MarkMute || marked.Claimed != "" {
		t.Errorf("marks %+v, claimed by %q, %v", marked.Marks, marked.Claimed, err)
	}
}
