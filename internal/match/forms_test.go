package match

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// stories is where labelled and collected news for testing lies; tests that
// need it skip where it is absent.
const stories = "../../../shared/testdata/stories"

// watchedNames are the names that a desk watches: what the editor types, which
// is the dictionary form in each language, and every form in which the press
// writes the name, which is what the editor wants found.
var watchedNames = []struct{ id, lang, typed, forms string }{
	{"ukraine", "ru", "Украина", "украина украины украине украину украиной украиною"},
	{"ukraine", "uk", "Україна", "україна україни україні україну україною україно"},
	{"ukraine", "pl", "Ukraina", "ukraina ukrainy ukrainie ukrainę ukrainą ukraino"},
	{"ukraine", "en", "Ukraine", "ukraine"},
	{"russia", "ru", "Россия", "россия россии россию россией россиею"},
	{"russia", "uk", "Росія", "росія росії росію росією росіє"},
	{"russia", "pl", "Rosja", "rosja rosji rosję rosją rosjo"},
	{"russia", "en", "Russia", "russia"},
	{"kyiv", "ru", "Киев", "киев киева киеву киевом киеве"},
	{"kyiv", "uk", "Київ", "київ києва києву києвом києві києвові"},
	{"kyiv", "pl", "Kijów", "kijów kijowa kijowowi kijowem kijowie"},
	{"kyiv", "en", "Kyiv\nKiev", "kyiv kiev"},
	{"crimea", "ru", "Крым", "крым крыма крыму крымом крыме"},
	{"crimea", "uk", "Крим", "крим криму кримом кримові"},
	{"crimea", "pl", "Krym", "krym krymu krymowi krymem krymie"},
	{"crimea", "en", "Crimea", "crimea"},
	{"donbas", "ru", "Донбасс", "донбасс донбасса донбассу донбассом донбассе"},
	{"donbas", "uk", "Донбас", "донбас донбасу донбасом донбасі донбасові"},
	{"donbas", "pl", "Donbas", "donbas donbasu donbasowi donbasem donbasie"},
	{"donbas", "en", "Donbas\nDonbass", "donbas donbass"},
	{"putin", "ru", "Путин", "путин путина путину путиным путине"},
	{"putin", "uk", "Путін", "путін путіна путіну путінові путіним путіном путіні"},
	{"putin", "pl", "Putin", "putin putina putinowi putinem putinie"},
	{"putin", "en", "Putin", "putin"},
	{"zelensky", "ru", "Зеленский", "зеленский зеленского зеленскому зеленским зеленском"},
	{"zelensky", "uk", "Зеленський", "зеленський зеленського зеленському зеленським"},
	{"zelensky", "pl", "Zełenski", "zełenski zełenskiego zełenskiemu zełenskim"},
	{"zelensky", "en", "Zelensky\nZelenskyy\nZelenskiy", "zelensky zelenskyy zelenskiy"},
	{"nato", "ru", "НАТО", "нато"},
	{"nato", "uk", "НАТО", "нато"},
	{"nato", "pl", "NATO", "nato"},
	{"nato", "en", "NATO", "nato"},
	{"sanctions", "ru", "санкции", "санкция санкции санкцию санкцией санкций санкциям санкциями санкциях"},
	{"sanctions", "uk", "санкції", "санкція санкції санкцію санкцією санкцій санкціям санкціями санкціях"},
	{"sanctions", "pl", "sankcje", "sankcja sankcje sankcji sankcję sankcją sankcjom sankcjami sankcjach"},
	{"sanctions", "en", "sanction", "sanction sanctions"},
	{"mariupol", "ru", "Мариуполь", "мариуполь мариуполя мариуполю мариуполем мариуполе"},
	{"mariupol", "uk", "Маріуполь", "маріуполь маріуполя маріуполю маріуполем маріуполі"},
	{"mariupol", "en", "Mariupol", "mariupol"},
	{"moscow", "ru", "Москва", "москва москвы москве москву москвой москвою"},
	{"moscow", "uk", "Москва", "москва москви москві москву москвою"},
	{"moscow", "pl", "Moskwa", "moskwa moskwy moskwie moskwę moskwą"},
	{"moscow", "en", "Moscow", "moscow"},
}

// nameRules are the watched names as one topic each. With exact set they find
// the dictionary form alone, as a plain search does.
func nameRules(exact bool) Rules {
	var r Rules
	at := map[string]int{}
	for _, w := range watchedNames {
		i, ok := at[w.id]
		if !ok {
			i = len(r.Topics)
			at[w.id] = i
			r.Topics = append(r.Topics, anyOf(w.id, "@"+w.id))
			r.Entities = append(r.Entities, Entity{ID: news.EntityID(w.id), ByLang: map[string][]Line{}})
		}
		typed := w.typed
		if exact {
			typed = "=" + strings.ReplaceAll(typed, "\n", "\n=")
		}
		r.Entities[i].ByLang[w.lang] = lines(typed)
	}
	return r
}

// TestEvaluationForms measures on real news in four languages how many of the
// items with a name, in whatever form, the dictionary form finds, and how many
// of those that it finds have the name.
func TestEvaluationForms(t *testing.T) {
	if raceDetector {
		t.Skip("measured without the race detector")
	}
	all, exact := compile(t, nameRules(false)), compile(t, nameRules(true))
	type score struct{ has, found, right, plain int }
	got := make([]score, len(watchedNames))
	wrong := make([]map[string]int, len(watchedNames))
	n := 0
	for it := range collectedNews(t) {
		lang := primary(it.Lang)
		words := map[string]bool{}
		for w := range text.Words(it.Title + "\n" + it.Summary) {
			words[w] = true
		}
		fired, plain := strings.Fields(fires(all, it)), strings.Fields(fires(exact, it))
		for i, w := range watchedNames {
			if w.lang != lang {
				continue
			}
			s := &got[i]
			has := false
			for f := range strings.FieldsSeq(w.forms) {
				has = has || words[text.Fold(f)]
			}
			found := slices.Contains(fired, w.id)
			switch {
			case has && found:
				s.right++
			case has != found:
				if wrong[i] == nil {
					wrong[i] = map[string]int{}
				}
				wrong[i][strings.Join(hitTexts(all, it, w.id), " ")]++
			}
			if has {
				s.has++
			}
			if found {
				s.found++
			}
			if has && slices.Contains(plain, w.id) {
				s.plain++
			}
		}
		n++
	}
	if n == 0 {
		t.Skip("no stories for testing here")
	}
	t.Logf("%d items\n%-10s %-4s %6s %7s %9s   %s", n, "name", "lang", "items", "recall", "precision", "recall of the dictionary form alone")
	for i, w := range watchedNames {
		s := got[i]
		if s.has < 10 {
			continue
		}
		recall, precision := float64(s.right)/float64(s.has), float64(s.right)/float64(max(s.found, 1))
		t.Logf("%-10s %-4s %6d %7.3f %9.3f   %.3f", w.id, w.lang, s.has, recall, precision, float64(s.plain)/float64(s.has))
		if recall < 0.97 || precision < 0.88 {
			t.Errorf("%s in %s: recall %.3f, precision %.3f: %v", w.id, w.lang, recall, precision, wrong[i])
		}
	}
}

func hitTexts(m *Matcher, it *news.Item, topic string) (out []string) {
	for _, x := range m.Match(it) {
		if string(x.Topic) == topic {
			for _, h := range x.Hits {
				out = append(out, h.Text)
			}
		}
	}
	return out
}

// collectedNews yields the collected war news in Russian, Ukrainian and
// English, and a part of two windows of Polish and English feeds.
func collectedNews(t *testing.T) func(func(*news.Item) bool) {
	return func(yield func(*news.Item) bool) {
		for _, file := range []string{"ruwa-2022-events.jsonl.gz", "feeds-archive-window-2022-09-19.jsonl.gz", "feeds-archive-window-2023-02-13.jsonl.gz"} {
			k := 0
			for r := range readStories(t, file) {
				it := &news.Item{Title: text.Title(r.Title), Summary: text.Plain(r.Desc), Lang: r.Lang}
				if r.Lang == "" {
					it.Lang = sureLanguage(it)
				}
				if k++; primary(it.Lang) == "en" && k%4 > 0 {
					continue // there are more than enough
				}
				if !yield(it) {
					return
				}
			}
		}
		for it := range feedNews(t) {
			if !yield(it) {
				return
			}
		}
	}
}

func sureLanguage(it *news.Item) string {
	if lang, sure := languageOf(it); sure {
		return lang
	}
	return ""
}

var (
	itemTag  = regexp.MustCompile(`(?s)<item\b.*?</item>`)
	titleTag = regexp.MustCompile(`(?s)<title\b[^>]*>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</title>`)
	bodyTag  = regexp.MustCompile(`(?s)<(?:description|content:encoded)\b[^>]*>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</(?:description|content:encoded)>`)
)

// feedNews yields the Russian and Ukrainian stories of stored feeds, each once.
func feedNews(t testing.TB) func(func(*news.Item) bool) {
	return func(yield func(*news.Item) bool) {
		seen := map[string]bool{}
		for body := range feedBodies(t) {
			for _, x := range itemTag.FindAllString(body, -1) {
				var it news.Item
				if m := titleTag.FindStringSubmatch(x); m != nil {
					it.Title = text.Title(m[1])
				}
				for _, m := range bodyTag.FindAllStringSubmatch(x, -1) {
					it.Summary += text.Plain(html.UnescapeString(m[1])) + "\n"
				}
				it.Lang = sureLanguage(&it)
				if it.Lang != "ru" && it.Lang != "uk" || seen[it.Title] {
					continue
				}
				seen[it.Title] = true
				if !yield(&it) {
					return
				}
			}
		}
	}
}

func feedBodies(t testing.TB) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, file := range []string{"bbc-russian-2025", "donbass-uk-2025", "theinsider-2025"} {
			for r := range readStories(t, "../replay/"+file+".jsonl.gz") {
				if !yield(r.Body) {
					return
				}
			}
		}
		files, _ := filepath.Glob(stories + "/../feeds-news/*.xml")
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("Росс")) || bytes.Contains(b, []byte("Росі")) {
				if !yield(string(b)) {
					return
				}
			}
		}
	}
}

type storyLine struct{ Title, Desc, Lang, Label, Body string }

func readStories(t testing.TB, file string) func(func(storyLine) bool) {
	return func(yield func(storyLine) bool) {
		f, err := os.Open(filepath.Join(stories, file))
		if err != nil {
			return
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bufio.NewReader(z))
		for {
			var r storyLine
			if err := d.Decode(&r); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if !yield(r) {
				return
			}
		}
	}
}
