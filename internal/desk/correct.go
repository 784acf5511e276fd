package desk

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
)

// revise puts the present text of a known item in the book and says which of
// its facts changed, before and after; "" if none that the desk can tell.
func (m *Memory) revise(c *Case, seen Seen) string {
	c.Reading.Prepare()
	it := *c.Reading.Item
	it.ID, it.FirstSeen = seen.Item, seen.First
	return m.book.Revise(c.Reading.report.As(&it))
}

// correct tells the channels that were told an item what changed in it: its
// headline, a toll, or that the outlet takes it back. A withdrawal concerns
// whoever was told the story, even if from another outlet.
func (m *Memory) correct(c Case, seen Seen, facts string, dec *Decision) {
	it := c.Reading.Item
	renamed := words(seen.Title) != words(it.Title)
	gone := withdraws(it) && !takenBack.MatchString(strings.ToLower(seen.Title))
	if gone {
		facts = "" // what a note of withdrawal counts is no news
	}
	st, ok := m.stories[seen.Story]
	if !ok || seen.Title == it.Title && facts == "" && !gone {
		return
	}
	for i := range st.Reports {
		if st.Reports[i].Item == seen.Item {
			st.Reports[i].Title = headline(it)
		}
	}
	for _, channel := range sortedKeys(st.Telling) {
		t := st.Telling[channel]
		own := t.Item == seen.Item
		// A story told twice showed its first report too.
		told := own || len(st.Reports) > 0 && st.Reports[0].Item == seen.Item
		var notes []string
		switch {
		case gone && !(own && t.Withdrawn):
			notes = append(notes, "Withdrawn by "+it.Outlet+", was: "+seen.Title)
			t.Withdrawn = own
		case renamed && own:
			notes = append(notes, "Headline changed, was: "+t.Headline)
		case renamed && told:
			notes = append(notes, it.Outlet+" changed its headline, was: "+seen.Title)
		}
		if own && facts != "" {
			notes = append(notes, facts)
		} else if told && facts != "" {
			notes = append(notes, it.Outlet+": "+facts)
		}
		if len(notes) == 0 {
			continue
		}
		seq := st.Seq[channel]
		a := t
		a.Kind, a.Seq, a.Target = news.KindCorrection, seq, st.Told[channel]
		a.ID = news.NewAlertID(st.ID, channel, a.Kind, seq)
		a.Queued, a.Seen = c.Now, c.Now
		a.Note = strings.Join(notes, ". ")
		if own {
			a.Headline = headline(it)
		}
		mark(&st.Seq, channel, seq+1)
		t.Headline, t.Note = a.Headline, a.Note
		mark(&st.Telling, channel, t)
		if !m.silent {
			dec.Alerts = append(dec.Alerts, a)
		}
	}
	if m.silent {
		return
	}
	s := cloneStory(st)
	dec.Story = &s
}

// withdrawal is the correction that an item of its own makes of a told story,
// as agencies send one out to take a report back.
func withdrawal(a, told news.Alert, it *news.Item) news.Alert {
	w := told
	w.ID, w.Kind, w.Seq, w.Target, w.Queued, w.Seen = a.ID, a.Kind, a.Seq, a.Target, a.Queued, a.Seen
	w.Note = fmt.Sprintf("%s: %s", it.Outlet, headline(it))
	w.NoteURL = it.URL
	return w
}

// words is a headline without what is no change to a reader: case, marks,
// blanks.
func words(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r < 0x80 && !('a' <= r && r <= 'z') && !('0' <= r && r <= '9') || r == '’' || r == '‘' || r == '“' || r == '”' || r == '–' || r == '—' || r == 0xA0
	}), " ")
}

// Outlets take a report back in its headline or in the first words of its
// text. "Russia withdrawn from the treaty" is no withdrawal.
var (
	takenBack = regexp.MustCompile(`^\W*(mandatory kill|story kill|kill|withdrawn|withdrawal|retracted|retraction|story removed|article removed|отозвано|опровержение|спростування|відкликано)\s*[:\]|–—-]`)
	takenDown = regexp.MustCompile(`^\W*((this|the|our) (article|story|report|post|item)( [^.]{0,60})? (has been|have been|was|is) (withdrawn|retracted|removed|deleted|taken down|pulled)|(we|reuters|the associated press|ap|afp|[\w ]{2,30}) (have|has) (withdrawn|retracted) (this|the|its|our) (\w+ )?(article|story|report))`)
)

// withdraws tells whether an item takes a report back.
func withdraws(it *news.Item) bool {
	if takenBack.MatchString(strings.ToLower(it.Title)) {
		return true
	}
	for _, s := range []string{it.Title, it.Summary, it.Content} {
		if takenDown.MatchString(strings.ToLower(s[:min(len(s), 200)])) {
			return true
		}
	}
	return false
}
