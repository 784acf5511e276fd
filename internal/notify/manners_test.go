package notify_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func clock(t *testing.T, s string) notify.Clock {
	t.Helper()
	c, err := notify.ParseClock(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestQuietHoursEndOnTimeAcrossBothClockChanges(t *testing.T) {
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	for _, c := range []struct {
		name, zone, from, to string
		days                 []time.Weekday
		at, until            string // until "" means not quiet
	}{
		{"an ordinary night", "Europe/Brussels", "22:00", "06:30", nil, "2026-03-02T23:00:00+01:00", "2026-03-03T06:30:00+01:00"},
		{"after midnight", "Europe/Brussels", "22:00", "06:30", nil, "2026-03-03T05:00:00+01:00", "2026-03-03T06:30:00+01:00"},
		{"at the first moment", "Europe/Brussels", "22:00", "06:30", nil, "2026-03-02T22:00:00+01:00", "2026-03-03T06:30:00+01:00"},
		{"at the end it is over", "Europe/Brussels", "22:00", "06:30", nil, "2026-03-03T06:30:00+01:00", ""},
		{"at noon", "Europe/Brussels", "22:00", "06:30", nil, "2026-03-03T12:00:00+01:00", ""},
		{"within one day", "Europe/Brussels", "12:00", "13:00", nil, "2026-03-03T12:30:00+01:00", "2026-03-03T13:00:00+01:00"},
		{"the night that begins on Friday", "Europe/Brussels", "22:00", "06:30", weekdays, "2026-03-07T03:00:00+01:00", "2026-03-07T06:30:00+01:00"},
		{"the night that begins on Saturday is not quiet", "Europe/Brussels", "22:00", "06:30", weekdays, "2026-03-08T03:00:00+01:00", ""},
		{"spring: the night is an hour shorter", "Europe/Brussels", "22:00", "06:30", nil, "2026-03-28T23:00:00+01:00", "2026-03-29T06:30:00+02:00"},
		{"spring: an end that is skipped", "Europe/Brussels", "22:00", "02:30", nil, "2026-03-28T23:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"spring: a beginning that is skipped", "Europe/Brussels", "02:30", "06:00", nil, "2026-03-29T03:10:00+02:00", "2026-03-29T06:00:00+02:00"},
		{"autumn: the night is an hour longer", "Europe/Brussels", "22:00", "06:30", nil, "2026-10-24T23:00:00+02:00", "2026-10-25T06:30:00+01:00"},
		{"autumn: an end that comes twice is its first coming", "Europe/Brussels", "22:00", "02:30", nil, "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"autumn: not quiet again at its second coming", "Europe/Brussels", "22:00", "02:30", nil, "2026-10-25T02:10:00+01:00", ""},
		{"New York, spring", "America/New_York", "23:00", "07:00", nil, "2026-03-08T01:59:00-05:00", "2026-03-08T07:00:00-04:00"},
		{"New York, autumn", "America/New_York", "23:00", "07:00", nil, "2026-11-01T01:30:00-04:00", "2026-11-01T07:00:00-05:00"},
		{"a change of half an hour", "Australia/Lord_Howe", "22:00", "02:15", nil, "2026-10-03T23:00:00+10:30", "2026-10-04T02:30:00+11:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := notify.Manners{Zone: zone(t, c.zone), Quiet: notify.Quiet{From: clock(t, c.from), To: clock(t, c.to), Days: c.days}}
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			until, quiet := m.QuietUntil(at)
			if quiet != (c.until != "") {
				t.Fatalf("quiet: %v (until %v)", quiet, until)
			}
			if want, _ := time.Parse(time.RFC3339, c.until); quiet && !until.Equal(want) {
				t.Errorf("until %v, want %v", until, want.In(until.Location()))
			}
		})
	}
}

func TestClocks(t *testing.T) {
	for _, bad := range []string{"", "7", "25:00", "06:60", "24:01", "6:3", "-1:00", "06:30x"} {
		if c, err := notify.ParseClock(bad); err == nil {
			t.Errorf("%q is read as %v", bad, c)
		}
	}
	for _, good := range []string{"00:00", "06:30", "6:30", "24:00"} {
		if _, err := notify.ParseClock(good); err != nil {
			t.Error(err)
		}
	}
}

// In a bubble, time begins at midnight UTC on 2000-01-01.
func TestQuietHoursGatherOneDigestAndLetUrgentPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		brussels := zone(t, "Europe/Brussels")
		m := notify.Manners{Zone: brussels, Quiet: notify.Quiet{From: clock(t, "22:00"), To: clock(t, "06:30")}, Mention: "here"}
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{Manners: map[string]notify.Manners{"#a": m}}, rec, story(1, "#a"), story(2, "#a"), urgent(3, "#a"))
		wait(time.Minute)
		if says := rec.Calls("say"); len(says) != 1 || !says[0].D.Alert.Urgent || says[0].D.Alert.Mention != "" {
			t.Fatalf("in quiet hours: %+v", says)
		}
		if got := r.state(story(1, "#a")); got.State != news.StateQueued || !got.Gather || got.Reason != "quiet hours until 06:30" {
			t.Errorf("a held alert: %+v", got)
		}
		r.stop() // and the wait outlives a restart
		r = startOn(t, notify.Options{Manners: map[string]notify.Manners{"#a": m}}, rec, r.out)
		defer r.stop()
		r.add(t, story(4, "#a"))
		wait(24 * time.Hour)
		says := rec.Calls("say")
		if len(says) != 2 || says[1].D.Alert.Kind != news.KindDigest || len(says[1].D.Alert.Lines) != 3 {
			t.Fatalf("after the night: %+v", says)
		}
		if at := says[1].At.In(brussels).Format("15:04:05"); at != "06:30:00" {
			t.Errorf("the digest came at %s", at)
		}
		if says[1].D.Alert.Headline != "3 stories from the quiet hours" {
			t.Errorf("headline %q", says[1].D.Alert.Headline)
		}
	})
}

func TestOverItsBudgetAChannelWaitsForTheDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := notify.Manners{Budget: 2, Digests: []notify.Clock{clock(t, "18:00")}}
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{Manners: map[string]notify.Manners{"": m}}, rec)
		defer r.stop()
		for i := range 5 {
			r.add(t, story(i, "#a"))
			wait(time.Minute)
		}
		r.add(t, urgent(9, "#a"))
		wait(time.Minute)
		if n := len(rec.Calls("say")); n != 3 {
			t.Fatalf("%d messages, want two normal and the urgent one", n)
		}
		wait(18 * time.Hour)
		says := rec.Calls("say")
		if len(says) != 4 || len(says[3].D.Alert.Lines) != 3 || says[3].At.Format("15:04") != "18:00" {
			t.Fatalf("after 18:00: %+v", says)
		}
		wait(8 * time.Hour)
		r.add(t, story(10, "#a"))
		wait(time.Minute)
		if n := len(rec.Calls("say")); n != 5 {
			t.Errorf("the next day brings no new budget")
		}
	})
}

func TestAChannelOfDigestsAloneGetsNormalAlertsInThemAndUrgentOnesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := notify.Manners{DigestOnly: true, Digests: []notify.Clock{clock(t, "08:30"), clock(t, "17:00")}}
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{Manners: map[string]notify.Manners{"#a": m}}, rec)
		defer r.stop()
		for i := range 12 { // every two hours of a day
			r.add(t, story(i, "#a"))
			wait(2 * time.Hour)
		}
		r.add(t, urgent(50, "#a"))
		wait(10 * time.Hour)
		var said []string
		for _, s := range rec.Calls("say") {
			said = append(said, fmt.Sprint(s.At.Format("15:04 "), s.D.Alert.Kind, " of ", len(s.D.Alert.Lines)))
		}
		want := []string{"08:30 digest of 5", "17:00 digest of 4", "00:00 alert of 0", "08:30 digest of 3"}
		if !slices.Equal(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	})
}

func TestMentionsComeFromTheConfigForUrgentAlertsAndSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := notify.Manners{Mention: "here"}
		rec := &notifytest.Recorder{}
		r := start(t, notify.Options{Manners: map[string]notify.Manners{"": m}}, rec)
		defer r.stop()
		normal := story(1, "#a")
		normal.Alert.Mention = "channel"
		r.add(t, normal)
		wait(time.Minute)
		for i := range 4 {
			r.add(t, urgent(10+i, "#a"))
			wait(12 * time.Minute)
		}
		var got []string
		for _, s := range rec.Calls("say") {
			got = append(got, s.D.Alert.Mention)
		}
		want := []string{"", "here", "", "", "here"}
		if len(got) != len(want) {
			t.Fatalf("mentions %q, want %q", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("mentions %q, want %q", got, want)
			}
		}
	})
}

func TestAnUnclaimedUrgentAlertEscalatesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := notify.Manners{Escalate: notify.Escalation{After: 10 * time.Minute, Mention: "S0DESK"}}
		rec := &notifytest.Recorder{}
		a, b := urgent(1, "#a"), urgent(2, "#a")
		r := start(t, notify.Options{Manners: map[string]notify.Manners{"": m}}, rec, a, b)
		wait(5 * time.Minute)
		claim := func(by string) (news.Delivery, bool) {
			d, changed, err := r.Mark(t.Context(), b.Alert.ID, news.Mark{What: news.MarkClaim, By: by, At: time.Now()}, false)
			if err != nil {
				t.Fatal(err)
			}
			return d, changed
		}
		if d, changed := claim("Ana"); !changed || d.Alert.ID != b.Alert.ID {
			t.Fatal("the claim was not taken")
		}
		if d, changed := claim("Bo"); changed || d.Claimed != "Ana" {
			t.Errorf("a second claim: %v, claimed by %q", changed, d.Claimed)
		}
		r.stop()
		r = startOn(t, notify.Options{Manners: map[string]notify.Manners{"": m}}, rec, r.out)
		defer r.stop()
		wait(time.Hour)
		says := rec.Calls("say")
		if len(says) != 3 {
			t.Fatalf("%d messages, want two alerts and one escalation", len(says))
		}
		e := says[2]
		if e.D.Alert.Target != a.Alert.ID || e.D.Alert.Mention != "S0DESK" || e.D.Alert.Updates != "thread" || e.Target.Message == "" {
			t.Errorf("escalation %+v to %+v", e.D.Alert, e.Target)
		}
	})
}

func TestTheMemoryOutboxKeepsTheContract(t *testing.T) {
	notifytest.CheckOutbox(t, notifytest.NewMemory())
}
