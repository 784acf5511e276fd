package desk

import (
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

func notes(as []news.Alert) []string {
	var out []string
	for _, a := range as {
		if a.Channel == "#arms" {
			out = append(out, string(a.Kind)+": "+a.Note)
		}
	}
	return out
}

func TestWhatChangesInAToldItemIsSaidWithItsBeforeAndAfter(t *testing.T) {
	const title, text = "Warhead store hit near Kursk, nine killed", "Nine people were killed when a warhead store was hit near Kursk."
	for _, tc := range []struct {
		name, title, text string
		want              []string
	}{
		{"the toll in the text", title, "Twelve people were killed when a warhead store was hit near Kursk.", []string{"correction: 12 dead, was 9"}},
		{"headline and toll", "Warhead store hit near Kursk, 12 killed", "Twelve people were killed when a warhead store was hit near Kursk.",
			[]string{"correction: Headline changed, was: " + title + ". 12 dead, was 9"}},
		{"case and marks of the headline are no change", "Warhead store hit near Kursk – nine killed", text, nil},
		{"more text with the same figures", title, text + " Fire crews were sent.", nil},
		{"taken back in the headline", "WITHDRAWN: " + title, text, []string{"correction: Withdrawn by Outlet wire, was: " + title}},
		{"taken back, with a figure in the note", "WITHDRAWN: Warhead store hit near Kursk, 12 killed", "Twelve people were killed, we said.", []string{"correction: Withdrawn by Outlet wire, was: " + title}},
		{"taken back in the text", title, "This article has been removed. It did not meet our standards.", []string{"correction: Withdrawn by Outlet wire, was: " + title}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t)
			first := b.judge(piece("wire", "1", 0, title, text))
			dec := b.judge(piece("wire", "1", 30, tc.title, tc.text))
			if !dec.Revised {
				t.Fatalf("%+v", dec.Verdict)
			}
			if got := notes(dec.Alerts); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			for _, a := range dec.Alerts {
				if a.Target != first.Verdict.Routes[slices.IndexFunc(first.Verdict.Routes, func(r news.Route) bool { return r.Channel == a.Channel })].Alert {
					t.Errorf("it corrects %s", a.Target)
				}
			}
			// The same version again says nothing, nor does a date that moves.
			if dec := b.judge(piece("wire", "1", 40, tc.title, tc.text)); len(dec.Alerts) > 0 {
				t.Errorf("said twice: %q", notes(dec.Alerts))
			}
		})
	}
}

func TestAWithdrawalByAnItemOfItsOwnCorrectsTheStory(t *testing.T) {
	b := newBench(t)
	first := b.judge(piece("wire", "1", 0, firstTitle, "The two powers agreed to inspect nuclear warheads."))
	dec := b.judge(piece("agency", "2", 30, "MANDATORY KILL: "+firstTitle, "The two powers agreed to inspect nuclear warheads."))
	if dec.Verdict.Placement.Story != first.Verdict.Placement.Story {
		t.Fatalf("kept apart: %s", dec.Verdict.Placement.Detail)
	}
	if got := notes(dec.Alerts); len(got) != 1 || got[0] != "correction: Outlet agency: MANDATORY KILL: "+firstTitle {
		t.Errorf("%q", got)
	}
	if dec.Alerts[0].Target == "" || dec.Verdict.Outcome != news.OutcomeUpdate {
		t.Errorf("%+v", dec.Alerts[0])
	}
}

func TestWithdrawalWordsInTheNewsAreNoWithdrawal(t *testing.T) {
	for _, s := range []string{"Russia withdrawn from New START: what now", "Kill Bill sequel planned", "Troops were withdrawn - Kremlin", "Item removed from sanctions list", "Retraction of landing gear failed on jet"} {
		if withdraws(&news.Item{Title: s}) {
			t.Errorf("%q is taken for a withdrawal", s)
		}
	}
}

// confirming is a desk whose topic asks for two independent sources.
func confirming(t *testing.T) *bench {
	m, _ := match.Compile(match.Rules{Topics: []match.Topic{{ID: "arms", Any: []match.Line{{Text: "warhead*"}}}}})
	d := New(Options{Matcher: m, Topics: []Topic{{ID: "arms", Channels: []string{"#arms"}, Confirm: 2}},
		Channels: []Channel{{Name: "#arms", Mention: "here"}}})
	return benchOf(t, d, story.Options{})
}

func TestASecondIndependentSourceRaisesTheUrgencyOnce(t *testing.T) {
	b := confirming(t)
	reuters := func(feed, id string, n int, title string) *news.Item {
		return piece(feed, id, n, title, "GENEVA (Reuters) - The two powers agreed to inspect nuclear warheads again, officials said on Tuesday.")
	}
	var told []string
	for i, it := range []*news.Item{
		reuters("wire", "1", 0, firstTitle),
		reuters("post", "2", 10, firstTitle),
		reuters("times", "3", 20, secondTitle),
		piece("herald", "4", 30, secondTitle+", our correspondent hears", ""),
		piece("globe", "5", 40, secondTitle+", senators say", ""),
	} {
		dec := b.judge(it)
		if len(dec.Alerts) != 1 {
			t.Fatalf("report %d: %d alerts, %s", i+1, len(dec.Alerts), dec.Verdict.Placement.Detail)
		}
		a := dec.Alerts[0]
		s := string(a.Kind)
		if a.Urgent {
			s += " urgent " + a.Mention
		}
		told = append(told, strings.TrimSpace(s))
		if i == 2 && a.Sources != "3 outlets, 1 independent (Reuters x3)" {
			t.Errorf("sources %q", a.Sources)
		}
		if i == 3 && a.Note != "Confirmed: 4 outlets, 2 independent (Reuters x3, Outlet herald)" {
			t.Errorf("note %q", a.Note)
		}
	}
	want := []string{"alert", "update", "update", "alert urgent here", "update urgent"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A correction takes a number among the alerts of its story, also where none
// is made.
func TestASilentMemoryNumbersAlertsAsOthersDo(t *testing.T) {
	b := newBench(t)
	first := b.judge(piece("times", "0", 0, "Negotiators meet in Geneva", ""))
	here := func(c *Case) {
		c.Placed = &news.Placement{Story: first.Verdict.Placement.Story, Reason: news.ReasonFurther}
	}
	b.judge(piece("wire", "1", 0, firstTitle, ""), here)
	if dec := b.judge(piece("wire", "1", 5, firstTitle+" after talks", "")); len(dec.Alerts) == 0 {
		t.Error("no correction: nothing is tested")
	}
	if dec := b.judge(piece("post", "2", 10, secondTitle, ""), here); dec.Verdict.Outcome != news.OutcomeUpdate {
		t.Errorf("%s", dec.Verdict.Outcome)
	}
}
