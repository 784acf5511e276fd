package daemon

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/terminal"
	"github.com/watcherd/watcherd/internal/store"
)

func TestAWishKeptBeforeACrashIsMetAfterIt(t *testing.T) {
	dir, w := t.TempDir(), &world{}
	var told news.Delivery
	t.Run("before", func(t *testing.T) {
		d, a := tellOne(t, w, dir)
		told = a
		h, now := house{d}, time.Now().UTC()
		for _, act := range []notify.Act{
			{ID: "e1", At: now, Verb: notify.VerbClaim, Alert: a.Alert.ID, By: "ana", ByID: "U0ANA"},
			{ID: "e2", At: now.Add(-time.Hour), Verb: notify.VerbCommand, Words: "mute nato 3h", Channel: "#desk", By: "bo"},
			{ID: "e3", At: now.Add(-5 * time.Hour), Verb: notify.VerbSnooze, Alert: a.Alert.ID, By: "cy", For: time.Hour},
			{ID: "e4", At: now.Add(-30 * time.Hour), Verb: notify.VerbDone, Alert: a.Alert.ID, By: "di"},
			{ID: "e5", At: now, Verb: notify.VerbWhy, Alert: a.Alert.ID, By: "ev"},
			{ID: "e6", At: now, Verb: notify.VerbUseful, Alert: a.Alert.ID, By: "fo", ByID: "U0FO"},
		} {
			if err := h.Keep(t.Context(), act); err != nil {
				t.Fatal(err)
			}
		}
		// One was done before the crash, up to what its message shows.
		if _, _, err := d.courier.Mark(t.Context(), a.Alert.ID, news.Mark{What: news.MarkUseful, By: "fo", ByID: "U0FO"}, false); err != nil {
			t.Fatal(err)
		}
	})
	d := watch(t, w, dir)
	house{d}.catchUp(t.Context())
	a, _, err := d.store.Delivery(t.Context(), told.Alert.ID)
	if err != nil || a.Claimed != "ana" {
		t.Errorf("claimed by %q, %v", a.Claimed, err)
	}
	if _, done := a.Marked(news.MarkDone, "di"); done {
		t.Error("a wish of the day before yesterday was met")
	}
	open, err := d.store.OpenMutes(t.Context())
	if err != nil || len(open) != 1 || open[0].Topic != "nato" {
		t.Fatalf("mutes %+v, %v", open, err)
	}
	if left := time.Until(open[0].Until); left > 2*time.Hour || left < 2*time.Hour-time.Minute {
		t.Errorf("a mute of 3 h wished an hour ago lasts %v more", left)
	}
	edits := 0
	ds, err := d.store.Deliveries(t.Context(), store.Filter{})
	for _, e := range ds {
		if e.Alert.Target == told.Alert.ID {
			edits++
		}
	}
	if err != nil || edits != 2 {
		t.Errorf("%d edits show the claim and the opinion, %v", edits, err)
	}
	if value, err := d.store.Get(t.Context(), inboxName); err != nil || string(value) != "[]" {
		t.Errorf("the inbox holds %s, %v", value, err)
	}
}

func TestAWishThatFailsAfterARestartStaysNotedAndIsCalledSo(t *testing.T) {
	dir := t.TempDir()
	wish := notify.Act{ID: "e1", At: time.Now().UTC(), Verb: notify.VerbCommand, Words: "mute nato 3h", Channel: "#desk", By: "bo"}
	old := notify.Act{ID: "e0", At: time.Now().Add(-inboxAge - time.Hour).UTC(), Verb: notify.VerbDone, By: "di"}
	var log bytes.Buffer
	t.Run("before", func(t *testing.T) {
		// Nobody works at the bench: what is to be stored there is not in time.
		d, err := Build(t.Context(), testRules(t, dir, testConfig), "watcherd.yaml",
			Options{Transport: &world{}, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}()
		h := house{d}
		for _, a := range []notify.Act{old, wish} {
			if err := h.Keep(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		h.catchUp(ctx)
		value, err := d.store.Get(t.Context(), inboxName)
		if err != nil || !strings.Contains(string(value), `"e1"`) || strings.Contains(string(value), `"e0"`) {
			t.Errorf("the inbox holds %s, %v", value, err)
		}
		if got := log.String(); strings.Contains(got, "done after a restart") || !strings.Contains(got, "level=WARN msg=\"a wish from before") {
			t.Error(got)
		}
	})
	d := watch(t, &world{}, dir)
	house{d}.catchUp(t.Context())
	if open, err := d.store.OpenMutes(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("mutes %+v, %v", open, err)
	}
}

func TestWhatIsStoredButNotShownIsSaidSo(t *testing.T) {
	d, a := tellOne(t, &world{}, t.TempDir())
	a.Alert.ID = "gone meanwhile"
	h := house{d}
	act := notify.Act{Verb: notify.VerbMuteTopic, By: "ana"}
	_, err := h.about(t.Context(), act, a)
	if err == nil {
		t.Fatal("the mark of a message that is gone was made")
	}
	if got := h.failed(act, err).Text; !strings.HasPrefix(got, "Muted here until") || strings.Contains(got, "nothing was changed") {
		t.Error(got)
	}
	if open, err := d.store.OpenMutes(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("mutes %+v, %v", open, err)
	}
}

func TestAStandingEmojiDoesNotOverruleALaterWord(t *testing.T) {
	d, a := tellOne(t, &world{}, t.TempDir())
	h := house{d}
	useful := notify.Act{Verb: notify.VerbUseful, Alert: a.Alert.ID, By: "ana", ByID: "U0ANA", Once: true}
	found := useful
	found.Found = true
	opinion := func() string {
		os, err := d.store.Opinions(t.Context(), time.Time{})
		if err != nil || len(os) != 1 {
			t.Fatalf("%+v %v", os, err)
		}
		return map[bool]string{true: "useful", false: "not relevant"}[os[0].Useful]
	}
	no := notify.Act{Verb: notify.VerbNotRelevant, Alert: a.Alert.ID, By: "ana", ByID: "U0ANA"}
	h.ask(t, useful)
	h.ask(t, no)
	h.ask(t, found) // after a reconnect
	if got := opinion(); got != "not relevant" {
		t.Errorf("the emoji that was there before makes it %s", got)
	}
	back := useful
	back.Undo = true
	h.ask(t, back) // the emoji is taken away
	if got := opinion(); got != "not relevant" {
		t.Errorf("taking the old emoji away makes it %s", got)
	}
	h.ask(t, found) // and was set again while nobody listened
	if got := opinion(); got != "useful" {
		t.Errorf("a new emoji leaves it %s", got)
	}
}
