package config

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

var wantLine = regexp.MustCompile(`^(\x{feff}?)# want: (.*)\n`)

// Each bad-*.yaml has exactly one fault, and says in its first line which.
func TestEachBrokenFileIsRefusedForItsOneFault(t *testing.T) {
	names, err := filepath.Glob("testdata/bad-*.yaml")
	if err != nil || len(names) < 100 {
		t.Fatalf("%d broken files, want 100 or more (%v)", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, faults := Load(name)
			if len(faults) != 1 || !faults.Bad() {
				t.Fatalf("%d faults, want one:\n%v", len(faults), faults)
			}
			f := faults[0]
			got := fmt.Sprintf("%d:%d: %s", f.Line, f.Col, f.Message)
			if *update {
				text = wantLine.ReplaceAll(text, []byte("${1}# want: "+strings.ReplaceAll(got, "$", "$$")+"\n"))
				if err := os.WriteFile(name, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			m := wantLine.FindSubmatch(text)
			if m == nil {
				t.Fatal("no # want: in the first line")
			}
			if want := string(m[2]); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if f.Line < 1 || f.Col < 1 {
				t.Errorf("the fault has no place: %v", f.Pos)
			}
			if f.Fix == "" {
				t.Error("the fault has no fix")
			}
			if f.Excerpt() == "" {
				t.Error("the fault has no excerpt")
			}
		})
	}
}

func TestFaultsPrintAsAnEditorReadsThem(t *testing.T) {
	for _, name := range []string{
		"many-faults", "bad-tab-indent", "bad-nbsp-in-term", "bad-any-no-pipe", "bad-token-in-file", "bad-url-password",
		"bad-channel-near-miss", "bad-near-unknown", "bad-unclosed-double", "bad-bidi-mark", "bad-hash-in-braces", "bad-every-six-fields",
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := Load("testdata/" + name + ".yaml")
			var got bytes.Buffer
			if err := faults.Render(&got, false); err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/render/"+name+".golden", got.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update rewrites it):\n%s", name, got)
	}
}

func TestFilesThatCannotSayWhatIsWrongWithThem(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"an empty file":                       {"", "x.yaml: the file is empty, as after a save that went wrong"},
		"a file of blank lines":               {"\n  \n\n", "x.yaml: the file is empty, as after a save that went wrong"},
		"a file of comments only":             {"# feeds:\n", "x.yaml: the file says nothing"},
		"UTF-16 with its mark":                {"\xff\xfek\x00e\x00", "x.yaml:1:1: the file is not UTF-8 text (it looks like UTF-16, or is damaged)"},
		"a file with NUL bytes at its end":    {"keep: 30d\n\x00\x00\x00", "x.yaml:1:1: the file is not UTF-8 text (it looks like UTF-16, or is damaged)"},
		"nesting beyond any sense":            {"keep: " + strings.Repeat("[", 20_000) + "\n", "x.yaml:1:10007: this is nested too deeply to mean anything"},
		"a document marker before everything": {"---\nkeep: 30d\n", ""},
		"Windows line ends":                   {"keep: 30d\r\nlisten: \"\"\r\n", ""},
		"no line end at the end": {"keep: 30d",
			"x.yaml:1:9: warning: the last line has no end; if the file was cut off while it was saved, this line is not whole"},
		"a page open to the world": {"listen: 0.0.0.0:8787\n",
			"x.yaml:1:9: warning: whoever reaches this address sees the desk's page, which asks for no password"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, faults := LoadBytes("x.yaml", []byte(tt.text))
			if got := faults.Error(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// An alias in each of many lists is refused once per use, and costs nothing.
func TestABombOfAliasesIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("topics:\n  a0: &a0 {any: [x, x, x, x, x, x, x, x, x]}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d {any: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	_, faults := LoadBytes("x.yaml", []byte(b.String()))
	if !faults.Bad() {
		t.Fatal("an alias bomb is accepted")
	}
}

func TestTheSameFaultsPrintInColourAndWithACount(t *testing.T) {
	_, faults := LoadBytes("x.yaml", []byte("kep: 30d\nlisten: 0.0.0.0:80\n"))
	var b bytes.Buffer
	if err := faults.Render(&b, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[31m", "\x1b[33m", "1 fault, 1 warning"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(b.String(), ""); strings.ContainsRune(plain, '\x1b') {
		t.Errorf("more than colours: %q", plain)
	}
}

func TestFaultsOfOtherStagesPrintAlike(t *testing.T) {
	cfg, faults := LoadBytes("x.yaml", []byte("topics:\n  nato:\n    any: |\n      NATO\n      war ^x\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	term := cfg.Topics[0].Any[1]
	at := term.Pos
	at.Col += 4
	var b bytes.Buffer
	if err := (Faults{cfg.Fault(at, 2, "a weight is a number", "war ^3")}).Render(&b, false); err != nil {
		t.Fatal(err)
	}
	want := "x.yaml:5:11: a weight is a number\n   4 |       NATO\n   5 |       war ^x\n     |           ^^\n   Fix: war ^3\n\n1 fault\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
