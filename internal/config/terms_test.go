package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A term means the same in block text, in a list and in a quoted text, and is
// to the letter what was typed, however YAML likes to read it.
func TestATermIsTheSameInEveryForm(t *testing.T) {
	for _, term := range []string{
		"arms control ^4", "007", "0o17", "0x10", "1_000", "1.10", ".5", "1e3", "+1", "-1", "yes", "no", "on", "off", "y", "true", "True", "null", "Null", "~",
		"2024-01-01", "22:00", "=START", "=", "<<", "sanctions ~6 Russia", "sanctions >6 Russia", "@nato", "title: mobilisation", "drone #3",
		"sanction*", "*ation", "&c", "!", "%", "`x`", "a: b", "a:", ":a", "[x]", "{x}", "x, y", "| x", "> x", "? x", "- x", "x - y", "it's", "C#", "C# code",
		"https://example.org//a", "НАТО", "контроль над вооружениями", "Ukraine’s", "defen?e", `back\slash`, "a \"b\" c", "мобилизация ^2 with армия, фронт",
	} {
		forms := map[string]string{
			"quoted": "topics:\n  a:\n    any: " + quote(term) + "\n",
			"list":   "topics:\n  a:\n    any: [" + quote(term) + "]\n",
			"two":    "topics:\n  a:\n    any: " + quote("first\n"+term) + "\n",
		}
		if !strings.HasPrefix(term, "- ") {
			forms["block"] = "topics:\n  a:\n    any: |\n      " + term + "\n"
		}
		for form, text := range forms {
			cfg, faults := LoadBytes("x.yaml", []byte(text))
			if len(faults) > 0 {
				t.Errorf("%s %q: %v", form, term, faults)
				continue
			}
			any := cfg.Topics[0].Any
			if got := any[len(any)-1].Text; got != term {
				t.Errorf("%s %q became %q", form, term, got)
			}
		}
		// Without quotes a term either stays as it is or is refused.
		cfg, faults := LoadBytes("x.yaml", []byte("topics:\n  a:\n    any:\n      - "+term+"\n"))
		if !faults.Bad() {
			if got := texts(cfg.Topics[0].Any); !slices.Equal(got, []string{term}) {
				t.Errorf("plain %q became %q", term, got)
			}
		} else if faults[0].Fix == "" {
			t.Errorf("plain %q is refused without a fix: %v", term, faults)
		}
	}
}

func FuzzATermWithoutQuotesIsKeptOrRefused(f *testing.F) {
	for _, s := range []string{"007", "x #3", "x // y", "a: b", "'a'b", "\"a\" b", "#x", "x:", "!x", "&x y", "*x", "- - x", "x\\n", "[a, b]", "{a: b}", "| x", "~", "? x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, term string) {
		if !utf8.ValidString(term) || strings.ContainsAny(term, "\n\r") || term != strings.TrimSpace(term) || term == "" {
			return
		}
		cfg, faults := LoadBytes("x.yaml", []byte("topics:\n  a:\n    any:\n      - "+term+"\n"))
		if faults.Bad() {
			return
		}
		want := strings.TrimSpace(cutComment(term))
		if c := strings.Index(want, " #"); c >= 0 { // a comment of YAML's own: # and then a blank
			want = strings.TrimSpace(want[:c])
		}
		got := texts(cfg.Topics[0].Any)
		if len(got) != 1 {
			t.Fatalf("%q became %q", term, got)
		}
		quoted := term[0] == '"' || term[0] == '\'' || term[0] == '[' || term[0] == '|' || term[0] == '-' || term[0] == '{'
		if got[0] != want && !quoted && !strings.ContainsAny(term, "\t") {
			t.Fatalf("%q became %q, want %q", term, got[0], want)
		}
	})
}

func TestCommentsOfTermsBeginWithTwoSlashes(t *testing.T) {
	for in, want := range map[string]string{
		"NATO // the alliance":         "NATO ",
		"// all of it":                 "",
		"NATO\t// tab before":          "NATO\t",
		"https://example.org/a":        "https://example.org/a",
		"see https://example.org // x": "see https://example.org ",
		"a//b":                         "a//b",
		"NATO //":                      "NATO ",
		"///":                          "",
		"/ /":                          "/ /",
	} {
		if got := cutComment(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNearestFindsWhatWasMeant(t *testing.T) {
	words := []string{"arms-control", "nato", "ukraine", "sanctions", "any", "none", "unless", "threshold"}
	for in, want := range map[string]string{
		"arms-contrl": "arms-control", "arms": "arms-control", "NATO": "nato", "natto": "nato", "ukriane": "ukraine", "sanction": "sanctions",
		"unles": "unless", "treshhold": "threshold", "weather": "", "x": "", "": "",
	} {
		if got := nearest(in, words); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for _, d := range []struct {
		a, b string
		n    int
	}{{"ab", "ba", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"жук", "жуки", 1}, {"same", "same", 0}} {
		if got := distance(d.a, d.b); got != d.n {
			t.Errorf("%q to %q: %d, want %d", d.a, d.b, got, d.n)
		}
	}
}

func TestTextsForFilesReadBackAsThemselves(t *testing.T) {
	for _, s := range []string{"plain", "24", "yes", "null", "a: b", "a #b", "#a", "- a", "'x'", `"x"`, `a\b`, "[x", "x]", "x, y", " x", "x ", "é", "", "%x", "@x", "a\nb", "1.10", "~", "=", "<<", "*x", "&x", "x:"} {
		text := fmt.Sprintf("tests:\n  - title: %s\n    fires: []\n  - {title: %s, fires: []}\n", quoteIfNeeded(s), quoteIfNeeded(s))
		cfg, faults := LoadBytes("x.yaml", []byte(text))
		if s == "" {
			continue
		}
		if len(faults) > 0 || cfg.Tests[0].Title != s || cfg.Tests[1].Title != s {
			t.Errorf("%q as %s: %v", s, quoteIfNeeded(s), faults)
		}
	}
}
