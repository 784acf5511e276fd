package daemon

import (
	"flag"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files anew")

const module = "github.com/watcherd/watcherd/"

// TestTheHouseHasTheArrowsThatItIsMeantToHave prints which package of the
// house knows which, and who owns which library, and compares it with a golden
// file, so that a new arrow is seen in review.
func TestTheHouseHasTheArrowsThatItIsMeantToHave(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}{{"\n"}}{{end}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var edges []string
	for line := range strings.Lines(string(out)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		from = strings.TrimPrefix(from, module)
		inner, house := strings.CutPrefix(to, module)
		if house {
			edges = append(edges, from+" -> "+inner)
		} else if first, _, _ := strings.Cut(to, "/"); strings.Contains(first, ".") {
			edges = append(edges, from+" => "+to)
		}
	}
	slices.Sort(edges)
	got := strings.Join(slices.Compact(edges), "\n") + "\n"
	const golden = "testdata/imports.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the arrows changed; if that is meant: go test ./internal/daemon -run Arrows -update\ngot:\n%s\nwant:\n%s", got, want)
	}
}

// TestStagesDoNotKnowOneAnother guards the walls that the golden file shows.
func TestStagesDoNotKnowOneAnother(t *testing.T) {
	b, err := os.ReadFile("testdata/imports.golden")
	if err != nil {
		t.Fatal(err)
	}
	stages := []string{"schedule", "feeds", "match", "story", "store", "notify", "text"}
	owners := map[string][]string{
		"github.com/mmcdole/gofeed": {"internal/feeds"}, "go.etcd.io/bbolt": {"internal/store"},
		"github.com/slack-go/slack": {"internal/notify/slack"}, "github.com/robfig/cron/v3": {"internal/schedule"},
		"go.yaml.in/yaml/v4": {"internal/config"},
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		from, arrow, to := f[0], f[1], f[2]
		room := strings.TrimPrefix(from, "internal/")
		room, _, _ = strings.Cut(room, "/")
		if arrow == "=>" {
			for lib, who := range owners {
				if strings.HasPrefix(to, lib) && !slices.Contains(who, from) {
					t.Errorf("%s uses %s, which belongs to %v", from, to, who)
				}
			}
			continue
		}
		target, _, _ := strings.Cut(strings.TrimPrefix(to, "internal/"), "/")
		switch {
		case room == "news" || room == "config" || room == "text":
			t.Errorf("%s must know nothing of the house, and knows %s", from, to)
		case slices.Contains(stages, room) && target != "news" && target != "text" && target != room:
			t.Errorf("the stage %s knows %s", from, to)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if name := e.Name(); name == "testdata" || name == "bench" || strings.HasPrefix(name, ".") && name != ".." {
			return filepath.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err != nil {
			return err
		}
		sources, documented := 0, false
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			sources++
			p, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				return err
			}
			documented = documented || p.Doc != nil && len(p.Doc.Text()) > 80
		}
		if sources > 0 && !documented {
			t.Errorf("%s has no package comment", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
