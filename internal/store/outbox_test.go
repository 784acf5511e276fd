package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

func ids(ds []news.Delivery) (out []string) {
	for _, d := range ds {
		out = append(out, string(d.Alert.ID))
	}
	return out
}

func TestTheOutboxGivesUrgentAlertsFirstThenTheLongestDue(t *testing.T) {
	s := open(t, Options{})
	at := func(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }
	delivery := func(id string, urgent bool, state news.State, due int) news.Delivery {
		return news.Delivery{Alert: news.Alert{ID: news.AlertID(id), Urgent: urgent}, State: state, Due: at(due), Since: monday}
	}
	doubtful := delivery("doubtful", false, news.StateSent, -4)
	doubtful.Doubtful = true
	audited := delivery("audited", false, news.StateSent, -9)
	audited.Doubtful, audited.Audited = true, true
	must(t, s.Save(t.Context(),
		delivery("late", false, news.StateQueued, -1), delivery("later", false, news.StateQueued, 1), delivery("early", false, news.StateHeld, -5),
		delivery("urgent", true, news.StateUnknown, 0), delivery("urgent later", true, news.StateQueued, 7), doubtful, audited,
		delivery("sent", false, news.StateSent, -8), delivery("buried", true, news.StateBuried, -8), delivery("crashed", false, news.StateSending, -3),
	))
	for _, c := range []struct {
		now  time.Time
		n    int
		want []string
	}{
		{monday, 0, []string{"urgent", "early", "doubtful", "crashed", "late"}},
		{monday, 3, []string{"urgent", "early", "doubtful"}},
		{at(-5), 10, []string{"early"}},
		{at(-6), 10, nil},
		{at(60), -1, []string{"urgent", "urgent later", "early", "doubtful", "crashed", "late", "later"}},
	} {
		got, err := s.Due(t.Context(), c.now, c.n)
		must(t, err)
		if diff := cmp.Diff(c.want, ids(got)); diff != "" {
			t.Errorf("at %v, %d:\n%s", c.now, c.n, diff)
		}
	}
	for now, want := range map[time.Time]time.Time{monday: at(1), at(1): at(7), at(7): {}, at(-90): at(-5)} {
		if next, err := s.NextDue(t.Context(), now); err != nil || !next.Equal(want) {
			t.Errorf("next due after %v: %v %v", now, next, err)
		}
	}
	// A state that changes leaves no trace in the queue.
	done := delivery("early", false, news.StateSent, 0)
	must(t, s.Save(t.Context(), done))
	if got, _ := s.Due(t.Context(), at(-1), 0); cmp.Diff([]string{"doubtful", "crashed", "late"}, ids(got)) != "" {
		t.Errorf("after sending: %v", ids(got))
	}
	if c, _ := s.Counts(t.Context()); c.Deliveries[news.StateSent] != 4 || c.Deliveries[news.StateHeld] != 0 {
		t.Errorf("%v", c.Deliveries)
	}
}

func TestAnAlertEnqueuedTwiceStaysAsItStands(t *testing.T) {
	s := open(t, Options{})
	al := alert("s", "#desk", 1)
	al.NotBefore = monday.Add(time.Hour)
	must(t, s.Commit(t.Context(), Round{At: monday, Alerts: []news.Alert{al, al}}))
	d, ok, err := s.Delivery(t.Context(), al.ID)
	if !ok || err != nil || d.State != news.StateQueued || !d.Due.Equal(al.NotBefore) || !d.Since.Equal(monday) || !d.Alert.Queued.Equal(monday) {
		t.Fatalf("%+v %v %v", d, ok, err)
	}
	d.State, d.Receipt, d.Since = news.StateSent, news.Receipt{Message: "17"}, monday.Add(time.Minute)
	must(t, s.Save(t.Context(), d))
	must(t, s.Commit(t.Context(), Round{At: monday, Alerts: []news.Alert{al}}))
	got, _, _ := s.Delivery(t.Context(), al.ID)
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("\n%s", diff)
	}
	if _, ok, err := s.Delivery(t.Context(), "nobody"); ok || err != nil {
		t.Errorf("an unknown alert: %v %v", ok, err)
	}
	if ds, _ := s.Due(t.Context(), monday.Add(time.Hour), 0); len(ds) != 0 {
		t.Errorf("still due: %v", ids(ds))
	}
}

func TestDeliveriesAreListedByWhatIsAsked(t *testing.T) {
	s := open(t, Options{})
	for i := range 600 {
		d := queued(alert(news.StoryID(fmt.Sprint("s", i%3)), fmt.Sprint("#", i%2), i), monday.Add(time.Duration(i)*time.Second))
		if i%6 == 0 {
			d.State = news.StateSent
		}
		must(t, s.Save(t.Context(), d))
	}
	for _, c := range []struct {
		f    Filter
		want int
	}{
		{Filter{}, 600}, {Filter{Limit: 7}, 7}, {Filter{State: news.StateSent}, 100}, {Filter{State: news.StateHeld}, 0},
		{Filter{Channel: "#1"}, 300}, {Filter{Story: "s2", State: news.StateQueued}, 200}, {Filter{Story: "s0", Channel: "#0", Limit: 50}, 50},
	} {
		ds, err := s.Deliveries(t.Context(), c.f)
		must(t, err)
		if len(ds) != c.want {
			t.Errorf("%+v: %d", c.f, len(ds))
		}
		for i := 1; i < len(ds); i++ {
			if ds[i].Since.After(ds[i-1].Since) {
				t.Fatalf("%+v: %v after %v", c.f, ds[i].Since, ds[i-1].Since)
			}
		}
	}
	if _, err := s.Deliveries(t.Context(), Filter{State: "flying"}); err == nil {
		t.Error("an unknown state is listed")
	}
}

func TestToldCountsPlainAlertsOfAChannel(t *testing.T) {
	s := open(t, Options{})
	add := func(seq int, change func(*news.Delivery)) {
		d := queued(alert("s", "#desk", seq), monday.Add(time.Duration(seq)*time.Minute))
		d.State = news.StateSent
		change(&d)
		must(t, s.Save(t.Context(), d))
	}
	add(1, func(*news.Delivery) {})
	add(2, func(*news.Delivery) {})
	add(3, func(d *news.Delivery) { d.Alert.Urgent = true })
	add(4, func(d *news.Delivery) { d.Alert.Kind = news.KindUpdate })
	add(5, func(d *news.Delivery) { d.Alert.Channel = "#other" })
	add(6, func(d *news.Delivery) { d.State = news.StateQueued })
	for since, want := range map[time.Time]int{monday: 2, monday.Add(2 * time.Minute): 1, monday.Add(3 * time.Minute): 0} {
		if n, err := s.Told(t.Context(), "#desk", since); err != nil || n != want {
			t.Errorf("since %v: %d %v", since, n, err)
		}
	}
}

func TestTheLongestWaitingIsFoundBehindAnyNumber(t *testing.T) {
	s := open(t, Options{})
	if at, err := s.WaitingSince(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("an empty outbox waits since %v, %v", at, err)
	}
	oldest := monday.Add(-3*time.Hour - 123456789)
	var ds []news.Delivery
	for i := range 1500 {
		al := alert(news.StoryID(fmt.Sprint("s", i)), "#desk", 1)
		al.Headline, al.Queued = `they wrote "queued":"1999-01-01T00:00:00Z"`, monday
		d := news.Delivery{Alert: al, State: news.StateQueued, Due: monday, Since: monday}
		switch i {
		case 1400: // tried often, and due last
			d.Alert.Queued, d.Due, d.State = oldest, monday.Add(time.Hour), news.StateHeld
		case 1401: // is said, and waits only to be looked at
			d.Alert.Queued, d.State, d.Doubtful = oldest.Add(-time.Hour), news.StateSent, true
		}
		ds = append(ds, d)
	}
	must(t, s.Save(t.Context(), ds...))
	if at, err := s.WaitingSince(t.Context()); err != nil || !at.Equal(oldest) {
		t.Errorf("waits since %v, want %v; %v", at, oldest, err)
	}
}

func BenchmarkWaitingSince(b *testing.B) {
	s := open(b, Options{})
	var ds []news.Delivery
	for i := range 10000 {
		al := alert(news.StoryID(fmt.Sprint("s", i)), "#desk", 1)
		al.Queued = monday
		ds = append(ds, news.Delivery{Alert: al, State: news.StateQueued, Due: monday, Since: monday})
	}
	must(b, s.Save(b.Context(), ds...))
	for b.Loop() {
		if _, err := s.WaitingSince(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
