package story

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

func TestCredit(t *testing.T) {
	for name, c := range map[string]struct {
		it   news.Item
		want string
	}{
		"a date line names the agency":            {news.Item{Summary: "KYIV, March 5 (Reuters) - Russian missiles hit Kharkiv."}, "Reuters"},
		"a date line with a longer name":          {news.Item{Content: "BRUSSELS (The Associated Press) — NATO ministers met."}, "AP"},
		"a Russian date line":                     {news.Item{Summary: "МОСКВА, 5 марта. /ТАСС/. Президент подписал указ."}, "TASS"},
		"a sign-off names the agency":             {news.Item{Summary: "The train has brought residents to the region. — Ukrinform."}, "Ukrinform"},
		"the agency's own feed credits no one":    {news.Item{Outlet: "Ukrinform", Summary: "The train has brought residents. — Ukrinform."}, ""},
		"a name in brackets at the end":           {news.Item{Summary: "Ministers agreed on the package (AFP)"}, "AFP"},
		"a line of credit":                        {news.Item{Content: "Ministers agreed.\n\nSource: Reuters"}, "Reuters"},
		"a byline":                                {news.Item{Authors: []string{"By The Associated Press"}}, "AP"},
		"the feed's source element":               {news.Item{Outlet: "Google News", Source: "Kyiv Independent"}, "Kyiv Independent"},
		"a source element that is the feed":       {news.Item{Outlet: "BBC News", Source: "BBC News"}, ""},
		"an agency in the middle credits nothing": {news.Item{Summary: "Officials told Reuters (and others) that talks would go on - soon."}, ""},
		"no credit":                               {news.Item{Summary: "The army (which is large) moved - slowly."}, ""},
	} {
		if got := Credit(&c.it); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// What is looked for first must stand in every text that a line of credit is
// found in.
func TestNoLineOfCreditIsPassedOver(t *testing.T) {
	pieces := []string{"KYIV", " ", "  ", "\n", "\t", "(", ")", "[", "]", "/", "-", "–", "—", ".", ":", "By ", "by ", "BY ", "Reuters", "AFP", "ТАСС",
		"The Associated Press", "Source", "SOURCE ", "credit", "По материалам ", "источник", "Джерело", "quelle", "talks ", "1", "!", "é", "\u00a0", "\u200b"}
	rnd := rand.New(rand.NewPCG(4, 4))
	found := make([]int, len(creditLines))
	for range 60_000 {
		text := ""
		for range 1 + rnd.IntN(9) {
			text += pieces[rnd.IntN(len(pieces))]
		}
		for i, c := range creditLines {
			if !c.line.MatchString(text) {
				continue
			}
			if found[i]++; !c.may(text) {
				t.Fatalf("%q has %s", text, c.line)
			}
		}
	}
	for i, n := range found {
		if n < 3 {
			t.Errorf("only %d texts had %s", n, creditLines[i].line)
		}
	}
}

func TestSourcesCountCopiesOnce(t *testing.T) {
	for name, c := range map[string]struct {
		reports []news.Report
		want    string
	}{
		"six outlets, five with the agency's text": {[]news.Report{
			{Outlet: "A", Credit: "Reuters"}, {Outlet: "B", Credit: "Reuters"}, {Outlet: "Ukrinform"},
			{Outlet: "C", Credit: "Reuters"}, {Outlet: "D", Credit: "Reuters"}, {Outlet: "E", Credit: "Reuters"}},
			"6 outlets, 2 independent (Reuters x5, Ukrinform)"},
		"the agency itself and an outlet with its text": {[]news.Report{{Outlet: "Reuters"}, {Outlet: "A", Credit: "Reuters"}},
			"2 outlets, 1 independent (Reuters x2)"},
		"a copy without credit is the first one's": {[]news.Report{{Outlet: "A"}, {Outlet: "B", Copy: true}},
			"2 outlets, 1 independent (A x2)"},
		"one outlet that reports again": {[]news.Report{{Outlet: "A"}, {Outlet: "A"}},
			"1 outlet, 1 independent"},
		"outlets that do not say": {[]news.Report{{Outlet: "A"}, {Outlet: "B"}},
			"2 outlets, 2 independent"},
	} {
		if d := cmp.Diff(c.want, Sources(c.reports).String()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("Nine killed in Kharkiv", "KYIV (Reuters) - A missile hit.", "uk")
	f.Add("", "«Россия» заявила: 12-й пакет…", "ru")
	f.Add("東京で地震", "U.S. said \xff 1,600.50", "")
	f.Fuzz(func(t *testing.T, title, summary, lang string) {
		it := &news.Item{ID: "x", Title: title, Summary: summary, Lang: lang}
		r := Prepare(it, []news.Span{{Field: news.FieldSummary, Start: 2, End: 5}}, nil)
		if d := cmp.Diff(r, Prepare(it, []news.Span{{Field: news.FieldSummary, Start: 2, End: 5}}, nil), cmp.AllowUnexported(Report{}, cell{}, mark{}, fact{})); d != "" {
			t.Error(d)
		}
		for i := 1; i < len(r.terms); i++ {
			if r.terms[i-1].id >= r.terms[i].id {
				t.Fatal("terms are not sorted")
			}
		}
		if n := r.terms.norm2(); len(r.terms) > 0 && (n < unit*unit*9/10 || n > unit*unit*11/10) {
			t.Errorf("length is %d, not %d", n, unit*unit)
		}
		b := New(Options{})
		b.Add(r, b.Place(r))
		Credit(it)
	})
}
