package match

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// watched are entities as an editor types them: dictionary forms only.
var watched = Rules{
	Topics: []Topic{anyOf("ukraine", "@ukraine"), anyOf("russia", "@russia"), anyOf("putin", "@putin"), anyOf("kyiv", "@kyiv"), anyOf("mariupol", "@mariupol"), anyOf("zelensky", "@zelensky")},
	Entities: []Entity{
		{ID: "ukraine", Any: lines("Ukraine"), ByLang: langs("uk", "Україна", "ru", "Украина")},
		{ID: "russia", Any: lines("Russia"), ByLang: langs("uk", "Росія", "ru", "Россия")},
		{ID: "putin", Any: lines("Putin"), ByLang: langs("uk", "Путін", "ru", "Путин")},
		{ID: "kyiv", Any: lines("Kyiv\nKiev"), ByLang: langs("uk", "Київ", "ru", "Киев")},
		{ID: "mariupol", Any: lines("Mariupol"), ByLang: langs("uk", "Маріуполь", "ru", "Мариуполь")},
		{ID: "zelensky", Any: lines("Zelensky\nZelenskyy\nZelenskiy"), ByLang: langs("uk", "Зеленський", "ru", "Зеленский")},
	},
}

// stems finds the same names by their unchanging beginnings, so that what a
// form was missed for can be counted.
var stems = map[string][]string{
	"ukraine": {"україн", "украин", "ukraine"}, "russia": {"росі", "росси", "russia"}, "putin": {"путін", "путин", "putin"},
	"kyiv": {"київ", "києв", "киев", "kyiv", "kiev"}, "mariupol": {"маріупол", "мариупол", "mariupol"}, "zelensky": {"зеленськ", "зеленск", "zelensk"},
}

// TestFormsOnWarNews measures, on titles of the war in three languages, how
// many of the titles with a name in any case form the dictionary form finds.
func TestFormsOnWarNews(t *testing.T) {
	f, err := os.Open("../../../shared/testdata/stories/ruwa-2022-events.jsonl.gz")
	if err != nil {
		t.Skip("no test data")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	m := compile(t, watched)
	type score struct{ found, stem int }
	got := map[string]map[string]*score{}
	missed := map[string]map[string]int{}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<22)
	for sc.Scan() {
		var r struct{ Title, Desc string }
		if json.Unmarshal(sc.Bytes(), &r) != nil {
			continue
		}
		it := &news.Item{Title: text.Title(r.Title), Summary: text.Plain(r.Desc)}
		lang := languageOf(it)
		if lang != "uk" && lang != "ru" && lang != "en" {
			continue
		}
		it.Lang = lang
		fired := " " + fires(m, it) + " "
		for id, list := range stems {
			has, word := nounOf(it.Title+" "+it.Summary, list)
			s := got[id]
			if s == nil {
				s = map[string]*score{}
				got[id] = s
			}
			if s[lang] == nil {
				s[lang] = &score{}
			}
			if !has {
				continue
			}
			s[lang].stem++
			if strings.Contains(fired, " "+id+" ") {
				s[lang].found++
			} else {
				if missed[id+" "+lang] == nil {
					missed[id+" "+lang] = map[string]int{}
				}
				missed[id+" "+lang][word]++
			}
		}
	}
	for id, byLang := range got {
		for lang, s := range byLang {
			if s.stem > 20 {
				recall := float64(s.found) / float64(s.stem)
				t.Logf("%-9s %s %5d of %5d  %.3f  missed %v", id, lang, s.found, s.stem, recall, top(missed[id+" "+lang]))
				if recall < 0.9 {
					t.Errorf("%s in %s: %.3f", id, lang, recall)
				}
			}
		}
	}
}

func top(m map[string]int) (out []string) {
	for range 6 {
		best := ""
		for k, n := range m {
			if best == "" || n > m[best] {
				best = k
			}
		}
		if best != "" {
			out = append(out, best)
			delete(m, best)
		}
	}
	return out
}

// nounOf looks for a word that begins with one of the stems and is no
// adjective or name of a people made from it.
func nounOf(s string, stems []string) (bool, string) {
	word := ""
	for w := range text.Words(s) {
		for _, st := range stems {
			rest, ok := strings.CutPrefix(w, st)
			if !ok || len([]rune(rest)) > 5 || hasAnySuffix(w, "ian", "ians", "ean") {
				continue
			}
			derived := false
			for _, d := range []string{"ськ", "ск", "ц", "ян", "н", "к", "чан", "ер", "ізм", "изм", "s"} {
				derived = derived || strings.HasPrefix(rest, d)
			}
			if st == "росі" || st == "росси" {
				derived = !(rest == "я" || rest == "и" || rest == "ю" || rest == "і" || rest == "ї" || rest == "єю" || rest == "ей")
			}
			if st == "зеленск" || st == "зеленськ" {
				derived = false
			}
			if !derived {
				word = w
			}
		}
	}
	return word != "", word
}
