package terminal

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var now = time.Date(2026, 3, 1, 14, 15, 0, 0, time.UTC)

func start() news.Alert {
	return news.Alert{
		ID: "a1", Channel: "#arms-control", Kind: news.KindAlert, Story: "s1",
		Headline: "Russia suspends inspections under New START & NATO replies", Outlet: "Example World",
		URL: "https://example.org/world/2026/03/01/russia-suspends-inspections-under-new-start-treaty-again",
		At:  now.Add(-12 * time.Minute), Queued: now, Topics: []string{"Arms control", "NATO"},
		Excerpt: []news.Segment{{Text: "Moscow said it would stop "}, {Text: "New START", Hit: true}, {Text: " on-site checks; "}, {Text: "NATO", Hit: true}, {Text: " called it “irresponsible” and asked for a meeting of the council on Monday."}},
		Why:     []string{"Arms control: New START ^6 (title)", "NATO: @nato (title)"},
	}
}

func further(a news.Alert) news.Alert {
	a.ID, a.Kind, a.Target = "a2", news.KindUpdate, "a1"
	a.Also = []news.Report{{Outlet: "Outlet B"}, {Outlet: "Outlet C"}, {Outlet: "Outlet B"}}
	a.Count, a.Independent, a.New = 4, 3, []string{"12 inspectors", "a statement by the foreign minister"}
	return a
}

type step struct {
	a      news.Alert
	target string
}

func TestGolden(t *testing.T) {
	u := start()
	u.Urgent, u.Mention = true, "here"
	other := start()
	other.ID, other.Headline = "a9", "Talks on missile defence resume"
	cyr := start()
	cyr.Headline = "Росія призупинила інспекції за Договором про стратегічні наступальні озброєння, повідомляє міністерство закордонних справ"
	cyr.Excerpt = []news.Segment{{Text: "Москва заявила про призупинення "}, {Text: "інспекцій", Hit: true}, {Text: "."}}
	cjk := start()
	cjk.Headline = "ロシアが新戦略兵器削減条約に基づく査察を停止、北大西洋条約機構は無責任だと非難し理事会の開催を要求した"
	hostile := start()
	hostile.Headline = "Evil\x1b[31m\u202Eenil\u0000\nnew  line"
	hostile.Outlet, hostile.At, hostile.Seen = "", time.Time{}, now
	corr := start()
	corr.Kind, corr.Target, corr.Note = news.KindCorrection, "a1", "Headline changed; it was: Russia ends New START"
	digest := news.Alert{ID: "d", Channel: "#arms-control", Kind: news.KindDigest, Headline: "3 stories from the quiet hours", Queued: now, Lines: []news.Line{
		{Label: "Arms control"}, {Label: "Example World", Text: "Russia suspends inspections", URL: "https://example.org/1"},
		{Label: "Outlet B", Text: "A very long headline about talks that goes on and on until it does not fit one line of the terminal any more", URL: "https://example.org/2"},
		{Label: "NATO"}, {Label: "Outlet C", Text: "Alliance meets", URL: "https://example.org/3"},
	}}
	ops := news.Alert{ID: "o", Channel: "#watcherd-ops", Kind: news.KindOps, Headline: "2 things need a look", Queued: now, Lines: []news.Line{
		{Label: "Example World", Text: "has not answered since 11:00 (timeout)"}, {Label: "#nato", Text: "takes no alerts: not_in_channel. They are kept; next try in 10 minutes."},
	}}
	for _, c := range []struct {
		name  string
		opt   Options
		steps []step
	}{
		{"alert", Options{}, []step{{a: start()}}},
		{"urgent", Options{}, []step{{a: u}}},
		{"urgent-colour", Options{Color: true}, []step{{a: u}}},
		{"update", Options{}, []step{{a: start()}, {further(start()), "1"}}},
		{"update-later", Options{}, []step{{a: start()}, {a: other}, {further(start()), "1"}}},
		{"correction", Options{}, []step{{a: start()}, {corr, "1"}}},
		{"digest", Options{}, []step{{a: digest}}},
		{"ops", Options{}, []step{{a: ops}}},
		{"cyrillic", Options{}, []step{{a: cyr}}},
		{"cjk", Options{}, []step{{a: cjk}}},
		{"hostile", Options{}, []step{{a: hostile}}},
		{"narrow", Options{Width: 40}, []step{{a: start()}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			c.opt.Now = func() time.Time { return now }
			n := New(&b, c.opt)
			for _, s := range c.steps {
				if _, err := n.Say(t.Context(), news.Delivery{Alert: s.a}, news.Receipt{Message: s.target}); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join("testdata", c.name+".golden")
			if *update {
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			most := max(c.opt.Width, 0)
			if most == 0 {
				most = 80
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if cells(line) > most && !strings.Contains(line, "https://") {
					t.Errorf("%d cells: %q", cells(line), line)
				}
			}
		})
	}
}

func TestAWriterThatFailsHasNotSaidIt(t *testing.T) {
	n := New(failing{}, Options{})
	_, err := n.Say(t.Context(), news.Delivery{Alert: start()}, news.Receipt{})
	if notify.ClassOf(err) != notify.Again || !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	if _, err := n.Look(t.Context(), news.Delivery{Alert: start()}, news.Receipt{}); !errors.Is(err, notify.ErrBlind) {
		t.Errorf("a look finds %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errBroken }

func FuzzAlert(f *testing.F) {
	f.Add("headline", "outlet", "excerpt", 80)
	f.Add("\x1b]0;title\a", "\u202e", "a\x00b", 40)
	f.Fuzz(func(t *testing.T, headline, outlet, excerpt string, w int) {
		var b bytes.Buffer
		a := start()
		a.Headline, a.Outlet, a.URL = headline, outlet, ""
		a.Excerpt = []news.Segment{{Text: excerpt, Hit: true}}
		if _, err := New(&b, Options{Width: w % 200}).Say(t.Context(), news.Delivery{Alert: a}, news.Receipt{}); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.String() {
			if r != '\n' && unicode.IsControl(r) {
				t.Fatalf("control character %U in %q", r, b.String())
			}
		}
	})
}
