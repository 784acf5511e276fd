package story

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// agencies are the names under which wire services sign, folded, and how they
// are shown.
var agencies = map[string]string{
	"reuters": "Reuters", "thomson reuters": "Reuters",
	"ap": "AP", "associated press": "AP", "the associated press": "AP",
	"afp": "AFP", "agence france-presse": "AFP", "agence france presse": "AFP",
	"dpa": "dpa", "upi": "UPI", "efe": "EFE", "ansa": "ANSA", "pap": "PAP", "apa": "APA", "pa": "PA", "pa media": "PA",
	"tass": "TASS", "тасс": "TASS", "interfax": "Interfax", "интерфакс": "Interfax", "ria novosti": "RIA Novosti", "риа новости": "RIA Novosti",
	"interfax-ukraine": "Interfax-Ukraine", "интерфакс-украина": "Interfax-Ukraine", "інтерфакс-україна": "Interfax-Ukraine",
	"ukrinform": "Ukrinform", "укринформ": "Ukrinform", "укрінформ": "Ukrinform", "unian": "UNIAN", "уніан": "UNIAN", "унiан": "UNIAN",
	"xinhua": "Xinhua", "kyodo": "Kyodo", "kyodo news": "Kyodo", "yonhap": "Yonhap", "anadolu": "Anadolu", "anadolu agency": "Anadolu",
	"bloomberg": "Bloomberg", "bloomberg news": "Bloomberg", "cnn": "CNN", "belta": "BelTA", "белта": "BelTA",
	"ctk": "ČTK", "čtk": "ČTK", "sta": "STA", "ntb": "NTB", "tt": "TT", "ritzau": "Ritzau", "belga": "Belga", "lusa": "Lusa",
}

// creditLines are the places where a text says whose it is: a date line
// ("KYIV (Reuters) -", "MOSCOW, 4 May /TASS/"), a sign-off ("— Ukrinform.",
// "(AFP)"), a line of credit ("Source: Reuters", "By The Associated Press").
// What each of them cannot do without is looked for first, which spares nearly
// all texts the search.
var creditLines = []struct {
	may  func(string) bool
	line *regexp.Regexp
}{
	{bracketed, regexp.MustCompile(`^[^.!?\n]{0,60}\(([\pL][\pL \-]{1,28})\)\s*[-–—]`)},
	{slashed, regexp.MustCompile(`^[^!?\n]{0,60}/([\pL][\pL \-]{1,28})/`)},
	{dashEnd, regexp.MustCompile(`[—–-]\s*([\pL][\pL \-]{1,28})\.?\s*$`)},
	{bracketEnd, regexp.MustCompile(`[(\[]([\pL][\pL \-]{1,28})[)\]]\.?\s*$`)},
	{credited, regexp.MustCompile(`(?i)(?:^|[\s(])(?:source|credit|по материалам|источник|джерело|quelle)\s*:\s*([\pL][\pL \-]{1,28})`)},
	{byLine, regexp.MustCompile(`(?i)(?:^|\n)by (the associated press|reuters|afp|agence france-presse|bloomberg news)\b`)},
}

// Credit tells whose text an item is where it says so: the outlet named by the
// feed's own <source>, else an agency named in the byline or in a credit line.
// "" if it is the outlet's own, or does not say.
func Credit(it *news.Item) string {
	if it.Source != "" && text.Fold(it.Source) != text.Fold(it.Outlet) {
		return agency(it.Source, it.Source)
	}
	for _, a := range it.Authors {
		if s := agency(a, ""); s != "" && s != it.Outlet {
			return s
		}
	}
	for _, f := range []string{it.Summary, it.Content} {
		for _, part := range []string{head(f, 200), tail(f, 120)} {
			for _, c := range creditLines {
				if !c.may(part) {
					continue
				}
				if m := c.line.FindStringSubmatch(part); m != nil {
					if s := agency(m[1], ""); s != "" && s != it.Outlet {
						return s
					}
				}
			}
		}
	}
	return ""
}

// agency gives an agency's name as it is shown, or the fallback.
func agency(s, fallback string) string {
	s = strings.TrimSpace(s)
	if a, ok := agencies[text.Fold(strings.TrimPrefix(s, "By "))]; ok {
		return a
	}
	return fallback
}

func head(s string, n int) string { return prefix(s, n) }

func tail(s string, n int) string {
	at := len(s)
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return s[at:]
}

// bracketed: the first bracket stands near the beginning, and one closes.
func bracketed(s string) bool {
	i := strings.IndexByte(s, '(')
	return i >= 0 && i <= 60*utf8.UTFMax && strings.IndexByte(s[i:], ')') > 0
}

func slashed(s string) bool {
	i := strings.IndexByte(s, '/')
	return i >= 0 && strings.IndexByte(s[i+1:], '/') >= 0
}

// dashEnd: only letters and blanks stand between the end and a dash.
func dashEnd(s string) bool {
	for len(s) > 0 {
		r, n := utf8.DecodeLastRuneInString(s)
		switch {
		case r == '-' || r == '–' || r == '—':
			return true
		case r != '.' && !unicode.IsSpace(r) && !unicode.IsLetter(r):
			return false
		}
		s = s[:len(s)-n]
	}
	return false
}

func bracketEnd(s string) bool {
	s = strings.TrimSuffix(strings.TrimRight(s, " \t\n\f\r"), ".")
	return strings.HasSuffix(s, ")") || strings.HasSuffix(s, "]")
}

// credited: before a colon stands the last letter of a word of credit.
func credited(s string) bool {
	for {
		i := strings.IndexByte(s, ':')
		if i < 0 {
			return false
		}
		before := strings.TrimRight(s[:i], " \t\n\f\r")
		for _, end := range []string{"e", "E", "t", "T", "м", "М", "к", "К", "о", "О"} {
			if strings.HasSuffix(before, end) {
				return true
			}
		}
		s = s[i+1:]
	}
}

// byLine: a line begins with the two letters.
func byLine(s string) bool {
	for {
		if len(s) > 3 && (s[0] == 'b' || s[0] == 'B') && (s[1] == 'y' || s[1] == 'Y') && s[2] == ' ' {
			return true
		}
		i := strings.IndexByte(s, '\n')
		if i < 0 {
			return false
		}
		s = s[i+1:]
	}
}

// Origin is a source that reports go back to.
type Origin struct {
	Name    string
	Reports int
	Own     bool // it is the outlet that tells it, and no other
}

// Tally counts who tells a story: the outlets, and the sources behind them.
type Tally struct {
	Outlets int
	Origins []Origin // most reports first, then in the order they came
}

// Independent is how many sources stand behind the outlets.
func (t Tally) Independent() int { return len(t.Origins) }

// String says it in a line: "6 outlets, 2 independent (Reuters x5, Ukrinform)".
// Outlets that all speak for themselves are not named a second time.
func (t Tally) String() string {
	for _, o := range t.Origins {
		if !o.Own {
			return t.Named()
		}
	}
	return t.counts()
}

// Named is the same where the outlets are named nowhere else.
func (t Tally) Named() string {
	names := make([]string, len(t.Origins))
	for i, o := range t.Origins {
		names[i] = o.Name
		if o.Reports > 1 {
			names[i] += fmt.Sprintf(" x%d", o.Reports)
		}
	}
	return fmt.Sprintf("%s (%s)", t.counts(), strings.Join(names, ", "))
}

func (t Tally) counts() string {
	word := "outlets"
	if t.Outlets == 1 {
		word = "outlet"
	}
	return fmt.Sprintf("%d %s, %d independent", t.Outlets, word, t.Independent())
}

// Sources tallies the reports of a story, oldest first. A report goes back to
// the source it credits, a copy that credits none to the first report, and any
// other to its own outlet. An outlet counts once for a source, however many
// reports it has.
func Sources(reports []news.Report) Tally {
	var t Tally
	outlets := map[string]bool{}
	told := map[[2]string]bool{}
	place := map[string]int{}
	first := ""
	for _, r := range reports {
		outlet := cmp.Or(r.Outlet, r.URL, string(r.Item))
		origin := outlet
		switch {
		case r.Credit != "":
			origin = r.Credit
		case r.Copy && first != "":
			origin = first
		}
		first = cmp.Or(first, origin)
		outlets[text.Fold(outlet)] = true
		key := text.Fold(origin)
		if told[[2]string{key, outlet}] {
			continue
		}
		told[[2]string{key, outlet}] = true
		i, ok := place[key]
		if !ok {
			i = len(t.Origins)
			place[key] = i
			t.Origins = append(t.Origins, Origin{Name: origin, Own: true})
		}
		t.Origins[i].Reports++
		t.Origins[i].Own = t.Origins[i].Own && origin == outlet && t.Origins[i].Reports == 1
	}
	t.Outlets = len(outlets)
	slices.SortStableFunc(t.Origins, func(a, b Origin) int { return cmp.Compare(b.Reports, a.Reports) })
	return t
}
