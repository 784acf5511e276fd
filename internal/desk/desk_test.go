package desk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newDesk has two live topics in two channels, one in both, one on trial.
func newDesk(t testing.TB, develop string) *Desk {
	t.Helper()
	m, faults := match.Compile(match.Rules{Topics: []match.Topic{
		{ID: "arms", Name: "Arms control", Any: []match.Line{{Text: "warhead*"}, {Text: "New START"}}},
		{ID: "nato", Name: "NATO", Any: []match.Line{{Text: "NATO"}}},
		{ID: "trial", Any: []match.Line{{Text: "submarine*"}}},
	}})
	for _, f := range faults {
		if !f.Warning {
			t.Fatalf("%+v", f)
		}
	}
	return New(Options{
		Matcher: m, Develop: develop,
		Topics: []Topic{
			{ID: "arms", Name: "Arms control", Channels: []string{"#arms", "#all"}},
			{ID: "nato", Name: "NATO", Channels: []string{"#nato"}, Urgent: true},
			{ID: "trial", Shadow: true, Channels: []string{"#trial"}},
		},
		Channels: []Channel{{Name: "#nato", Updates: "thread", Mention: "here"}},
	})
}

// piece is an item seen n minutes after noon in a feed.
func piece(feed, id string, n int, title, summary string) *news.Item {
	at := noon.Add(time.Duration(n) * time.Minute)
	it := &news.Item{ID: news.ItemID(id), Feed: news.FeedID(feed), Outlet: "Outlet " + feed, URL: "https://" + feed + ".example/" + id,
		Title: title, Summary: summary, Published: at, FirstSeen: at, Keys: []news.Key{news.NewKey("guid", feed, id)}}
	it.Version = uint64(len(title)*1000 + len(summary))
	return it
}

// bench judges items one after the other. A silent memory hears of all that the
// other does, and has to give the same verdicts.
type bench struct {
	t         testing.TB
	d         *Desk
	m, silent *Memory
}

func benchOf(t testing.TB, d *Desk, o story.Options) *bench {
	b := &bench{t, d, NewMemory(o), NewMemory(o)}
	b.silent.SetSilent(true)
	return b
}

func newBench(t testing.TB) *bench {
	return benchOf(t, newDesk(t, ""), story.Options{})
}

func (b *bench) judge(it *news.Item, change ...func(*Case)) Decision {
	c := Case{Reading: b.d.Read(it), Now: it.FirstSeen}
	for _, f := range change {
		f(&c)
	}
	dec := b.m.Decide(b.d, c)
	b.silent.SetMutes(b.m.mutes)
	got, want := b.silent.Decide(b.d, c), dec
	if want.Alerts = nil; !want.Archived {
		want.Story = nil
	}
	if d := cmp.Diff(want, got); d != "" {
		b.t.Errorf("%q: -told +silent\n%s", it.Title, d)
	}
	return dec
}

func (b *bench) expire(now time.Time) {
	b.m.Expire(now)
	b.silent.Expire(now)
}

func channels(as []news.Alert) []string {
	var out []string
	for _, a := range as {
		out = append(out, string(a.Kind)+" "+a.Channel)
	}
	slices.Sort(out)
	return out
}

const (
	firstTitle  = "United States and Russia resume inspections of nuclear warheads in Geneva accord"
	secondTitle = "Russia and United States agree in Geneva accord to resume nuclear warhead inspections"
)

func TestAStoryIsToldOnceInEveryChannelThatItsTopicsLeadTo(t *testing.T) {
	b := newBench(t)
	dec := b.judge(piece("wire", "1", 0, firstTitle, ""))
	if dec.Verdict.Outcome != news.OutcomeAlert || dec.Verdict.Placement.Reason != news.ReasonNewStory {
		t.Errorf("verdict %+v", dec.Verdict)
	}
	if got := channels(dec.Alerts); !slices.Equal(got, []string{"alert #all", "alert #arms"}) {
		t.Errorf("alerts %v", got)
	}
	more := b.judge(piece("post", "2", 10, secondTitle, ""))
	if more.Verdict.Outcome != news.OutcomeUpdate || more.Verdict.Placement.Story != dec.Verdict.Placement.Story {
		t.Fatalf("a further report became %s: %s", more.Verdict.Outcome, more.Verdict.Placement.Detail)
	}
	for _, a := range more.Alerts {
		first := dec.Alerts[slices.IndexFunc(dec.Alerts, func(x news.Alert) bool { return x.Channel == a.Channel })]
		if a.Kind != news.KindUpdate || a.Target != first.ID || a.ID == first.ID || a.Headline != firstTitle ||
			len(a.Also) != 1 || a.Also[0].Outlet != "Outlet post" || a.Count != 2 || a.Latest == nil {
			t.Errorf("update %+v", a)
		}
	}
	third := b.judge(piece("times", "3", 20, secondTitle+", officials say", ""))
	for _, a := range third.Alerts {
		if slices.ContainsFunc(more.Alerts, func(x news.Alert) bool { return x.ID == a.ID }) {
			t.Errorf("two updates share the ID %s", a.ID)
		}
		if a.Count != 3 || len(a.Also) != 2 {
			t.Errorf("the last update alone must make the message true: %+v", a)
		}
	}
}

func TestAChannelThatWasNotToldGetsAnAlertOfItsOwn(t *testing.T) {
	b := newBench(t)
	b.judge(piece("wire", "1", 0, firstTitle, ""))
	dec := b.judge(piece("post", "2", 5, secondTitle, "NATO welcomed the accord."))
	if got := channels(dec.Alerts); !slices.Equal(got, []string{"alert #nato", "update #all", "update #arms"}) {
		t.Errorf("alerts %v", got)
	}
	if dec.Verdict.Outcome != news.OutcomeAlert {
		t.Errorf("outcome %s", dec.Verdict.Outcome)
	}
	for _, a := range dec.Alerts {
		if a.Channel == "#nato" && (!a.Urgent || a.Mention != "here" || a.Updates != "thread") {
			t.Errorf("the channel's manners are lost: %+v", a)
		}
	}
}

func TestTheFateOfItemsThatAreNotTold(t *testing.T) {
	for _, tc := range []struct {
		name   string
		item   *news.Item
		change func(*Case)
		want   news.Outcome
	}{
		{"what is there at first sight is baseline", piece("w", "1", 0, "Warheads counted", ""), func(c *Case) { c.Baseline = true }, news.OutcomeBaseline},
		{"no topic matches", piece("w", "1", 0, "Bakery opens", ""), nil, news.OutcomeNoMatch},
		{"an article of last year is late", func() *news.Item {
			it := piece("w", "1", 0, "Warheads counted", "")
			it.Published = noon.AddDate(-1, 0, 0)
			return it
		}(), nil, news.OutcomeLate},
		{"a week is not late", func() *news.Item {
			it := piece("w", "1", 0, "Warheads counted", "")
			it.Published = noon.AddDate(0, 0, -6)
			return it
		}(), nil, news.OutcomeAlert},
		{"an undated item is news", func() *news.Item {
			it := piece("w", "1", 0, "Warheads counted", "")
			it.Published = time.Time{}
			return it
		}(), nil, news.OutcomeAlert},
		{"a topic on trial is shadow", piece("w", "1", 0, "A submarine surfaces", ""), nil, news.OutcomeShadow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t)
			var change []func(*Case)
			if tc.change != nil {
				change = append(change, tc.change)
			}
			dec := b.judge(tc.item, change...)
			if dec.Verdict.Outcome != tc.want {
				t.Errorf("%s (%s), want %s", dec.Verdict.Outcome, dec.Verdict.Detail, tc.want)
			}
			if told := len(dec.Alerts) > 0; told != (tc.want == news.OutcomeAlert) {
				t.Errorf("%d alerts", len(dec.Alerts))
			}
		})
	}
}

func TestTheSameItemAgainSaysNothing(t *testing.T) {
	b := newBench(t)
	it := piece("wire", "1", 0, firstTitle, "")
	b.judge(it)
	dec := b.judge(it)
	if dec.Verdict.Outcome != news.OutcomeRepeat || len(dec.Alerts) > 0 || dec.Fresh || dec.Revised {
		t.Errorf("%+v", dec)
	}
	// Another outlet's copy of the link, with a firstTitle of its own.
	copied := piece("post", "9", 3, "Quite another firstTitle on warheads", "")
	copied.Keys = append(copied.Keys, it.Keys...)
	if dec := b.judge(copied); dec.Verdict.Outcome != news.OutcomeRepeat || len(dec.Alerts) > 0 || dec.Revised {
		t.Errorf("another feed's copy: %+v", dec.Verdict)
	}
}

func TestAChangedHeadlineCorrectsWhatWasTold(t *testing.T) {
	b := newBench(t)
	first := b.judge(piece("wire", "1", 0, firstTitle, ""))
	edited := piece("wire", "1", 30, "Correction: no accord on warheads yet", "")
	dec := b.judge(edited)
	if !dec.Revised || dec.Verdict.Outcome != news.OutcomeRepeat || dec.Before != firstTitle {
		t.Fatalf("%+v", dec)
	}
	if got := channels(dec.Alerts); !slices.Equal(got, []string{"correction #all", "correction #arms"}) {
		t.Fatalf("alerts %v", got)
	}
	for _, a := range dec.Alerts {
		if a.Headline != edited.Title || !strings.Contains(a.Note, firstTitle) || a.Target == "" ||
			slices.ContainsFunc(first.Alerts, func(x news.Alert) bool { return x.ID == a.ID }) {
			t.Errorf("correction %+v", a)
		}
	}
	// The text under the same firstTitle may change in silence.
	quiet := piece("wire", "1", 40, edited.Title, "A longer text.")
	if dec := b.judge(quiet); len(dec.Alerts) > 0 || !dec.Revised {
		t.Errorf("%+v", dec)
	}
}

func TestAnEditThatMakesAnItemMatchIsNotMissed(t *testing.T) {
	b := newBench(t)
	if dec := b.judge(piece("wire", "1", 0, "Talks in Geneva", "")); dec.Verdict.Outcome != news.OutcomeNoMatch {
		t.Fatal(dec.Verdict)
	}
	dec := b.judge(piece("wire", "1", 9, "Talks in Geneva end with accord on warheads", ""))
	if dec.Verdict.Outcome != news.OutcomeAlert || len(dec.Alerts) != 2 || dec.Fresh {
		t.Errorf("%+v", dec.Verdict)
	}
	if n := len(dec.Story.Reports); n != 1 {
		t.Errorf("the item stands %d times in its story", n)
	}
}

func TestMutesHoldBackWhatTheyName(t *testing.T) {
	mute := news.Mute{ID: "m1", Channel: "#arms", By: "Ana", From: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}
	for _, tc := range []struct {
		name string
		mute news.Mute
		want []string
	}{
		{"one channel", mute, []string{"alert #all"}},
		{"a topic everywhere", func() news.Mute { m := mute; m.Channel, m.Topic = "", "arms"; return m }(), nil},
		{"another topic", func() news.Mute { m := mute; m.Topic = "nato"; return m }(), []string{"alert #all", "alert #arms"}},
		{"a feed", func() news.Mute { m := mute; m.Channel, m.Feed = "", "wire"; return m }(), nil},
		{"a mute that ended", func() news.Mute { m := mute; m.Until = noon; return m }(), []string{"alert #all", "alert #arms"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t)
			b.m.SetMutes([]news.Mute{tc.mute})
			dec := b.judge(piece("wire", "1", 0, firstTitle, ""))
			if got := channels(dec.Alerts); !slices.Equal(got, tc.want) {
				t.Errorf("alerts %v, want %v", got, tc.want)
			}
			if len(tc.want) == 0 && (dec.Verdict.Outcome != news.OutcomeMuted || !strings.Contains(dec.Verdict.Detail, "muted by Ana until")) {
				t.Errorf("%s: %s", dec.Verdict.Outcome, dec.Verdict.Detail)
			}
			if muted := len(dec.Muted) > 0; muted != (len(tc.want) < 2) {
				t.Errorf("mutes counted: %v", dec.Muted)
			}
		})
	}
}

func TestARestartGoesOnWhereItStopped(t *testing.T) {
	b := newBench(t)
	it := piece("wire", "1", 0, firstTitle, "")
	first := b.judge(it)

	again := NewMemory(story.Options{})
	again.RecallStory(*first.Story)
	again.Recall(b.d, it, first.Verdict)
	next := piece("post", "2", 10, secondTitle, "")
	want := b.judge(next)
	got := again.Decide(b.d, Case{Reading: b.d.Read(next), Now: next.FirstSeen})
	if got.Verdict.Outcome != want.Verdict.Outcome || got.Verdict.Placement.Story != want.Verdict.Placement.Story ||
		len(got.Alerts) != len(want.Alerts) || got.Alerts[0].ID != want.Alerts[0].ID || got.Alerts[0].Target != want.Alerts[0].Target {
		t.Errorf("after a restart %+v\nwithout %+v", got.Verdict, want.Verdict)
	}
}

func TestAReportDatedBackFindsWhatItsStoryTold(t *testing.T) {
	b := newBench(t)
	day := 24 * time.Hour
	first := b.judge(piece("wire", "1", 0, firstTitle, ""))
	for i := range 5 { // the clock of the reports goes on
		b.judge(piece("wire", "d"+string(rune('0'+i)), (i+1)*1440, "Reindeer count rises in village number "+string(rune('a'+i)), ""))
	}
	b.expire(noon.Add(5 * day))
	late := piece("post", "2", 60, secondTitle, "")
	late.FirstSeen = noon.Add(5 * day)
	dec := b.judge(late)
	if got := channels(dec.Alerts); dec.Verdict.Outcome != news.OutcomeUpdate || !slices.Equal(got, []string{"update #all", "update #arms"}) {
		t.Fatalf("%s, alerts %v: %s", dec.Verdict.Outcome, got, dec.Verdict.Placement.Detail)
	}
	for _, a := range dec.Alerts {
		if !slices.ContainsFunc(first.Alerts, func(x news.Alert) bool { return x.ID == a.Target && x.Channel == a.Channel }) {
			t.Errorf("it updates %q", a.Target)
		}
	}
	if dec.Story.Count != 2 || dec.Story.Headline != firstTitle {
		t.Errorf("the story is now %+v", dec.Story)
	}

	// What the book has let go of is let go of.
	far := noon.Add(20 * day)
	last := b.judge(piece("wire", "far", 20*1440, "Reindeer count falls again in the north", ""))
	b.expire(far)
	if n := len(b.m.stories); n != 1 || b.m.stories[last.Verdict.Placement.Story] == nil {
		t.Errorf("%d stories are kept", n)
	}
	b.expire(far.Add(100 * day)) // feeds are silent: the book keeps its last report
	if _, ok := b.m.Story(last.Verdict.Placement.Story); !ok {
		t.Error("a story is forgotten that the book still places reports in")
	}
}

func TestAnExcerptShowsTheDensestPlaceWithItsHits(t *testing.T) {
	long := strings.Repeat("The mayor spoke about parks and schools at length. ", 12) + "NATO and its warheads were next. Then all went home."
	b := newBench(t)
	dec := b.judge(piece("wire", "1", 0, "Council meets", long))
	var all strings.Builder
	var hits []string
	for _, s := range dec.Alerts[0].Excerpt {
		all.WriteString(s.Text)
		if s.Hit {
			hits = append(hits, s.Text)
		}
	}
	if n := len([]rune(all.String())); n > ExcerptLen+4 {
		t.Errorf("%d code points", n)
	}
	if !slices.Equal(hits, []string{"warheads"}) || !strings.HasPrefix(all.String(), "… ") {
		t.Errorf("hits %q in %q", hits, all.String())
	}
}

func TestRepeatedBlocksStopBeingEvidenceAtTheThirdItem(t *testing.T) {
	b := newBench(t)
	appeal := "We report on warheads and on NATO wherever history is made, every single day of the year. "
	var table news.Blocks
	var got []news.Outcome
	for i, own := range []string{"A bridge is painted.", "A school is opened.", "A tram is late.", "A river rises.", "Inspectors count warheads."} {
		it := piece("post", string(rune('a'+i)), i, "News "+own, own+"\n\n"+appeal)
		Learn(&table, it, it.FirstSeen)
		it.Boilerplate = Boilerplate(&table, it)
		got = append(got, b.judge(it).Verdict.Outcome)
	}
	if got[2] != news.OutcomeNoMatch || got[3] != news.OutcomeNoMatch {
		t.Errorf("outcomes %v: the third and later items rest on the appeal alone", got)
	}
	if got[4] == news.OutcomeNoMatch {
		t.Errorf("outcomes %v: the last item has evidence of its own", got)
	}
}

func TestABlockTableStaysBounded(t *testing.T) {
	var table news.Blocks
	for i := range 3000 {
		it := &news.Item{Summary: strings.Repeat(string(rune('a'+i%26)), 70) + " " + time.Duration(i).String() + " is a sentence of its own kind."}
		Learn(&table, it, noon.Add(time.Duration(i)*time.Minute))
	}
	if len(table.Once) > maxBlocks || len(table.Again) > maxBlocks {
		t.Errorf("%d and %d blocks are kept", len(table.Once), len(table.Again))
	}
}

func BenchmarkRead(b *testing.B) {
	d := newDesk(b, "")
	it := piece("wire", "1", 0, firstTitle, strings.Repeat("Inspectors of both sides will return to the bases in spring, officials said. ", 10))
	b.ReportAllocs()
	for b.Loop() {
		d.Read(it)
	}
}
