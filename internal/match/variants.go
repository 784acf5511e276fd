package match

import (
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/text"
)

// Names from Cyrillic letters are written in several ways, each of them by some
// papers only. What an editor has not thought of is proposed when rules are
// checked; nothing is added by itself.

// surnameEndings are how papers write -ский and -ський.
var surnameEndings = []string{"skyy", "skiy", "skyi", "skij", "skyj", "skii", "sky", "ski"}

// proposedEndings are those that a desk should have, in this order: of the
// agencies and the English press.
var proposedEndings = []string{"sky", "skyy", "skiy"}

// twins are names of one place, in the order in which they came into use.
var twins = [][2]string{
	{"Kiev", "Kyiv"}, {"Kharkov", "Kharkiv"}, {"Odessa", "Odesa"}, {"Lvov", "Lviv"}, {"Nikolaev", "Mykolaiv"},
	{"Zaporozhye", "Zaporizhzhia"}, {"Lugansk", "Luhansk"}, {"Chernigov", "Chernihiv"}, {"Donbass", "Donbas"},
	{"Chernobyl", "Chornobyl"}, {"Kremenchug", "Kremenchuk"}, {"Rovno", "Rivne"}, {"Ternopol", "Ternopil"},
	{"Vinnitsa", "Vinnytsia"}, {"Dnepr", "Dnipro"}, {"Turkey", "Türkiye"}, {"Burma", "Myanmar"},
}

// variants warns of an entity that lacks spellings of a name that it has.
func (c *compiler) variants(e *Entity) {
	has := map[string]bool{}
	cyrillic, surnames := false, 0
	for _, list := range append(listsOf(e), e.Any) {
		for _, l := range list {
			w := text.Fold(strings.TrimSpace(stripComment(l.Text)))
			has[w] = true
			cyrillic = cyrillic || strings.HasSuffix(w, "ский") || strings.HasSuffix(w, "ський")
		}
	}
	for _, l := range e.Any {
		if hasAnySuffix(strings.TrimSpace(stripComment(l.Text)), surnameEndings...) {
			surnames++
		}
	}
	for _, l := range e.Any {
		name := strings.TrimSpace(stripComment(l.Text))
		if surnames > 2 && hasAnySuffix(name, surnameEndings...) {
			continue // the editor has thought of it
		}
		if strings.HasSuffix(name, "ski") && (!cyrillic || hasLine(e.ByLang["pl"], name)) {
			continue // a Polish name, which is written so everywhere
		}
		missing := slices.DeleteFunc(spellings(name), func(s string) bool { return has[text.Fold(s)] })
		if len(missing) == 0 {
			continue
		}
		c.warn(l.Pos, len([]rune(name)), "Add the ones that your feeds write, one per line", "%s is written %s too, which the entity %s does not find",
			name, andList(missing), e.ID)
		return // one warning is enough to send the editor to the list
	}
}

func hasLine(list []Line, name string) bool {
	return slices.ContainsFunc(list, func(l Line) bool { return text.Fold(strings.TrimSpace(stripComment(l.Text))) == text.Fold(name) })
}

func listsOf(e *Entity) (out [][]Line) {
	for _, l := range e.ByLang {
		out = append(out, l)
	}
	return out
}

// spellings lists how else papers write a name.
func spellings(name string) (out []string) {
	for _, t := range twins {
		switch name {
		case t[0]:
			out = append(out, t[1])
		case t[1]:
			out = append(out, t[0])
		}
	}
	if strings.ContainsAny(name, " -=*?@") {
		return out
	}
	for _, end := range surnameEndings {
		stem, ok := strings.CutSuffix(name, end)
		if !ok || len(stem) < 3 || strings.ToLower(stem[:1]) == stem[:1] {
			continue
		}
		for _, p := range proposedEndings {
			out = append(out, stem+p)
		}
		if z, ok := strings.CutPrefix(stem, "Z"); ok { // as German writes the sound
			out = append(out, "S"+z+"skyj")
		}
		break
	}
	return out
}

func andList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
