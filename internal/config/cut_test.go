package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// A file cut off anywhere is either refused or warned about, or it ends after
// a whole line; then all that it still says, it says as the whole file does,
// but for the element that the cut went through.
func TestAFileCutAnywhereNeverChangesItsMeaningSilently(t *testing.T) {
	whole, err := os.ReadFile("testdata/good-whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	full, _ := LoadBytes("x.yaml", whole)
	silent := 0
	for cut := range whole {
		cfg, faults := LoadBytes("x.yaml", whole[:cut])
		if len(faults) > 0 {
			continue
		}
		silent++
		if whole[cut-1] != '\n' {
			t.Errorf("cut after byte %d, in the line %q: nothing is said", cut, lastLineOf(whole[:cut]))
			continue
		}
		prefix(t, cut, full.Feeds, cfg.Feeds)
		prefix(t, cut, full.Topics, cfg.Topics)
		prefix(t, cut, full.Entities, cfg.Entities)
		prefix(t, cut, full.Tests, cfg.Tests)
		prefix(t, cut, full.Channels, cfg.Channels)
		if cfg.Keep != full.Keep || cfg.Fetch.Every != full.Fetch.Every || cfg.Fetch.MaxBody != full.Fetch.MaxBody {
			t.Errorf("cut after byte %d: a setting changed", cut)
		}
	}
	if silent == 0 {
		t.Error("no cut at all is accepted: the test proves nothing")
	}
}

func lastLineOf(b []byte) string {
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}

// prefix checks that all but the last of some elements are those of the whole.
func prefix[T any](t *testing.T, cut int, whole, part []T) {
	t.Helper()
	if len(part) > len(whole) {
		t.Errorf("cut after byte %d: there are more elements than before", cut)
	}
	for i := range max(0, len(part)-1) {
		if !reflect.DeepEqual(part[i], whole[i]) {
			t.Errorf("cut after byte %d: element %d changed", cut, i)
		}
	}
}

// FuzzLoad asks of any text: no panic, every place inside the file, no secret
// and no control character in what is printed, and the same answer twice.
func FuzzLoad(f *testing.F) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("a: |\n  x\n\xff\n"))
	f.Add([]byte("topics: {a: {any: \"\\n\\t\\x41\\u0416\"}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, faults := LoadBytes("x.yaml", text)
		lines := strings.Split(string(text), "\n")
		for _, fault := range faults {
			if fault.Line < 0 || fault.Line > len(lines) || fault.Line > 0 && fault.Col < 1 || fault.Message == "" {
				t.Fatalf("a fault without a place or words: %+v", fault)
			}
		}
		var b bytes.Buffer
		if err := faults.Render(&b, false); err != nil {
			t.Fatal(err)
		}
		if out := b.String(); secretText.MatchString(out) || strings.ContainsFunc(out, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
			t.Fatalf("a secret or a control character is printed: %q", out)
		}
		if _, again := LoadBytes("x.yaml", text); again.Error() != faults.Error() {
			t.Fatalf("two runs differ:\n%v\n%v", faults, again)
		}
		if faults.Bad() || !utf8.Valid(text) {
			return
		}
		for _, term := range allTerms(cfg) {
			if term.Text == "" || term.Text != strings.TrimSpace(term.Text) || strings.Contains(term.Text, "\n") {
				t.Fatalf("a term that is none: %q", term.Text)
			}
			if term.Pos.Line < 1 || term.Pos.Line > len(lines) {
				t.Fatalf("a term without a place: %+v", term)
			}
		}
	})
}
