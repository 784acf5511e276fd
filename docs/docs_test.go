// Package docs_test keeps the documentation true: its examples are run, and
// what they print is compared with what the pages show.
//
// A page is read from top to bottom in a folder of its own. A fenced block's
// first word and what follows it say what the block is:
//
//	yaml [file=NAME]          a config (default watcherd.yaml) that must be
//	                          accepted, its rule tests passing
//	yaml refused [file=NAME]  a config that must be refused
//	yaml warned [file=NAME]   a config that must be accepted with warnings
//	jsonl file=NAME           items for replay
//	xml file=NAME             a feed; a later block of the name replaces it
//	console                   commands after "$ ", each with what it prints
//	console part              the same, of which only some lines are shown
//	console loose             the same, but numbers and columns may differ
//
// A command that ends in " &" goes on until the page ends; the next command
// waits until it watches. The page's folder is served as http://127.0.0.1:8080/
// (in truth at a free port). Other blocks are not run. To write the output anew after a change that is
// meant to show:
//
//	go test ./docs -update
package docs_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/daemon"
)

var update = flag.Bool("update", false, "write what the commands print into the pages")

// binary is the program, built once for all pages.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "watcherd-docs-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "watcherd")
	out, err := exec.Command("go", "build", "-o", file, "../cmd/watcherd").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(file)) // a leftover in the temporary folder harms nobody
	}
	os.Exit(code)
}

// pages are all pages of the project.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	return append(found, "../README.md", "../CHANGELOG.md")
}

// block is one fenced block of a page.
type block struct {
	kind  string // the first word of its info string
	info  []string
	line  int // of its first line of text, from 0
	lines []string
}

func (b *block) has(word string) bool { return slices.Contains(b.info, word) }

func (b *block) file() string {
	for _, w := range b.info {
		if name, ok := strings.CutPrefix(w, "file="); ok {
			return name
		}
	}
	return "watcherd.yaml"
}

// blocks are the fenced blocks of a page, in order.
func blocks(t *testing.T, page string, lines []string) []block {
	t.Helper()
	var out []block
	open := false
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "```") && !open:
			info := strings.Fields(strings.TrimPrefix(l, "```"))
			b := block{line: i + 1}
			if len(info) > 0 {
				b.kind, b.info = info[0], info[1:]
			}
			out, open = append(out, b), true
		case l == "```":
			open = false
		case open:
			out[len(out)-1].lines = append(out[len(out)-1].lines, l)
		}
	}
	if open {
		t.Fatalf("%s: a block is not closed", page)
	}
	return out
}

func readLines(t *testing.T, page string) []string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\n")
}

func TestExamplesAreTrue(t *testing.T) {
	for _, page := range pages(t) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			lines := readLines(t, page)
			r := &runner{page: page, dir: t.TempDir(), lines: lines}
			web := httptest.NewServer(files(r.dir))
			defer web.Close()
			r.web = strings.TrimPrefix(web.URL, "http://")
			defer r.stop(t)
			all := blocks(t, page, lines)
			for i := range all {
				r.block(t, &all[i])
			}
			if *update {
				r.write(t, all)
			}
		})
	}
}

// files serves a folder without dates: a file server's are whole seconds, and a
// page is quicker.
func files(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.Clean("/"+r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(b)
	})
}

// runner goes through one page.
type runner struct {
	page  string
	dir   string
	web   string // the address that stands for servedAt
	lines []string

	background *exec.Cmd
}

// servedAt is how the pages call the server of their own folder.
const servedAt = "127.0.0.1:8080"

func (r *runner) block(t *testing.T, b *block) {
	t.Helper()
	switch b.kind {
	case "yaml":
		r.save(t, b)
		r.config(t, b)
	case "jsonl", "xml":
		r.save(t, b)
	case "console":
		r.console(t, b)
	}
}

func (r *runner) save(t *testing.T, b *block) {
	t.Helper()
	text := strings.ReplaceAll(strings.Join(b.lines, "\n")+"\n", servedAt, r.web)
	if err := os.WriteFile(filepath.Join(r.dir, b.file()), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// config loads, compiles and tests a config as run and reload do.
func (r *runner) config(t *testing.T, b *block) {
	t.Helper()
	_, rules, faults := daemon.Prepare(filepath.Join(r.dir, b.file()))
	if b.has("refused") {
		if rules != nil {
			t.Errorf("%s:%d: the config is accepted and should be refused", r.page, b.line)
		}
		return
	}
	if b.has("warned") {
		if len(faults) == 0 || faults.Bad() {
			t.Errorf("%s:%d: the config should be accepted with warnings: %v", r.page, b.line, faults)
		}
		return
	}
	if len(faults) > 0 {
		t.Errorf("%s:%d: %s", r.page, b.line, strings.ReplaceAll(faults.Error(), r.dir+"/", ""))
	}
}

// console runs each command of a block and compares what it prints.
func (r *runner) console(t *testing.T, b *block) {
	t.Helper()
	var printed []string
	for i := 0; i < len(b.lines); {
		command, ok := strings.CutPrefix(b.lines[i], "$ ")
		if !ok {
			t.Errorf("%s:%d: no command: %q", r.page, b.line+i, b.lines[i])
			return
		}
		end := i + 1
		for strings.HasSuffix(command, "\\") && end < len(b.lines) {
			command = strings.TrimSuffix(command, "\\") + strings.TrimSpace(b.lines[end])
			end++
		}
		printed = append(printed, b.lines[i:end]...)
		i = end
		for end < len(b.lines) && !strings.HasPrefix(b.lines[end], "$ ") {
			end++
		}
		got := r.run(t, command)
		printed = append(printed, got...)
		switch want := b.lines[i:end]; {
		case b.has("part"):
			shownIn(t, fmt.Sprintf("%s:%d", r.page, b.line+i), want, got)
		case b.has("loose") && cmp.Equal(loose(want), loose(got)):
			printed = append(printed[:len(printed)-len(got)], want...) // no change for its own sake
		case !*update:
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:%d: $ %s (-page +program)\n%s", r.page, b.line+i, command, diff)
			}
		}
		i = end
	}
	if *update && !b.has("part") {
		b.lines = printed
	}
}

// shownIn wants the lines shown among those printed, in their order.
func shownIn(t *testing.T, at string, want, got []string) {
	t.Helper()
	rest := got
	for _, w := range want {
		if w == "..." {
			continue
		}
		i := slices.Index(rest, w)
		if i < 0 {
			t.Errorf("%s: not printed: %q\nin\n%s", at, w, strings.Join(got, "\n"))
			return
		}
		rest = rest[i+1:]
	}
}

var (
	number     = regexp.MustCompile(`[0-9]+`)
	mass       = regexp.MustCompile(`# (?:s|min|h|kB|MB)\b`)
	blanks     = regexp.MustCompile(` {2,}`)
	commitName = regexp.MustCompile(`\bdev-[0-9a-f]{12}\b`)
	alertID    = regexp.MustCompile(`\b[a-z2-7]{16,20}\b`)
)

// loose are lines without what differs from one run to the next.
func loose(lines []string) []string {
	var out []string
	for _, l := range lines {
		l = alertID.ReplaceAllString(l, "ID")
		l = mass.ReplaceAllString(number.ReplaceAllString(l, "#"), "#")
		out = append(out, blanks.ReplaceAllString(l, "  "))
	}
	return out
}

// start begins a command that goes on, and waits until it watches.
func (r *runner) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	log, err := os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r.stop(t)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.background = cmd
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		b, err := os.ReadFile(log.Name())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%s: does not watch: %v\n%s", r.page, err, b)
		}
		if strings.Contains(string(b), "msg=watching") {
			return
		}
	}
}

// stop ends what goes on, as systemd does.
func (r *runner) stop(t *testing.T) {
	t.Helper()
	if r.background == nil {
		return
	}
	if err := r.background.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := r.background.Wait(); err != nil {
		t.Errorf("%s: the service ended with %v", r.page, err)
	}
	r.background = nil
}

// run runs a command in the page's folder and returns the lines of both
// outputs.
func (r *runner) run(t *testing.T, command string) []string {
	t.Helper()
	command, goesOn := strings.CutSuffix(command, " &")
	args, err := shellWords(strings.ReplaceAll(command, servedAt, r.web))
	if err != nil || len(args) == 0 || args[0] != "watcherd" {
		t.Fatalf("%s: not a watcherd command: %q: %v", r.page, command, err)
	}
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), file, args[1:]...)
	cmd.Dir = r.dir
	cmd.Env = []string{"TZ=UTC", "PATH=/usr/bin:/bin", "WATCHERD_CONFIG=watcherd.yaml"}
	switch {
	case goesOn:
		r.start(t, cmd)
		return nil
	case args[1] == "restore":
		r.stop(t)
	}
	out, err := cmd.CombinedOutput()
	if _, answered := errors.AsType[*exec.ExitError](err); err != nil && !answered {
		t.Fatal(err)
	}
	text := strings.TrimRight(string(out), "\n")
	text = commitName.ReplaceAllString(text, "dev")
	text = strings.NewReplacer(r.web, servedAt, r.dir+"/", "/srv/watcherd/").Replace(text)
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// shellWords splits a command line as a shell does, single quotes heeded.
func shellWords(s string) ([]string, error) {
	var out []string
	var word strings.Builder
	quoted, begun := false, false
	for _, c := range s {
		switch {
		case c == '\'':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				out = append(out, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if quoted {
		return nil, errors.New("a quote is not closed")
	}
	if begun {
		out = append(out, word.String())
	}
	return out, nil
}

// write puts what was printed into the page.
func (r *runner) write(t *testing.T, all []block) {
	t.Helper()
	var out []string
	from := 0
	for i := range all {
		b := &all[i]
		out = append(append(out, r.lines[from:b.line]...), b.lines...)
		for from = b.line; r.lines[from] != "```"; from++ {
		}
	}
	out = append(out, r.lines[from:]...)
	if err := os.WriteFile(r.page, []byte(strings.Join(out, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

var (
	codeSpan    = regexp.MustCompile("`[^`]+`")
	commandName = regexp.MustCompile(`(?:^|[^\w./-])watcherd ([a-z]+)((?: [^|&;#>` + "`" + `]*)?)`)
	flagName    = regexp.MustCompile(`(?:^| )(--?[a-z][a-z-]*)`)
	helpLine    = regexp.MustCompile(`(?m)^  ([a-z]+) {2,}`)
)

func TestEveryCommandExists(t *testing.T) {
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]string) // a page names the same commands often
	help := func(args ...string) string {
		key := strings.Join(args, " ")
		if text, ok := known[key]; ok {
			return text
		}
		out, err := exec.CommandContext(context.Background(), file, append(args, "--help")...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v --help: %v", args, err)
		}
		known[key] = string(out)
		return known[key]
	}
	top := names(help())
	for _, page := range pages(t) {
		for _, c := range commandsIn(t, page) {
			if !slices.Contains(top, c.name) {
				t.Errorf("%s: watcherd has no command %q", c.at, c.name)
				continue
			}
			args := []string{c.name}
			for _, sub := range names(help(c.name)) {
				if strings.HasPrefix(strings.TrimSpace(c.rest), sub) {
					args = append(args, sub)
				}
			}
			usage := help(args...)
			for _, m := range flagName.FindAllStringSubmatch(c.rest, -1) {
				if !regexp.MustCompile(regexp.QuoteMeta(m[1]) + `\b`).MatchString(usage) {
					t.Errorf("%s: watcherd %s has no %s", c.at, strings.Join(args, " "), m[1])
				}
			}
		}
	}
}

func names(help string) []string {
	var out []string
	for _, m := range helpLine.FindAllStringSubmatch(help, -1) {
		out = append(out, m[1])
	}
	return out
}

// mention is a command that a page names.
type mention struct{ at, name, rest string }

// commandsIn are the commands in code spans, and in blocks of commands.
func commandsIn(t *testing.T, page string) []mention {
	t.Helper()
	var out []mention
	note := func(line int, text string) {
		for _, m := range commandName.FindAllStringSubmatch(text, -1) {
			out = append(out, mention{fmt.Sprintf("%s:%d", page, line+1), m[1], m[2]})
		}
	}
	lines := readLines(t, page)
	inside := make(map[int]bool)
	for _, b := range blocks(t, page, lines) {
		for i, l := range b.lines {
			inside[b.line+i] = true
			if b.kind == "sh" || strings.HasPrefix(l, "$ ") {
				note(b.line+i, strings.TrimPrefix(l, "$ "))
			}
		}
	}
	for i, l := range lines {
		if inside[i] {
			continue
		}
		for _, span := range codeSpan.FindAllString(l, -1) {
			note(i, strings.Trim(span, "`"))
		}
	}
	return out
}

var link = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for i, l := range readLines(t, page) {
			for _, m := range link.FindAllStringSubmatch(l, -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
					t.Errorf("%s:%d: %v", page, i+1, err)
				}
			}
		}
	}
}

// TestTheTablesAreWhole wants the pages to name everything of a kind that
// stands in the code.
func TestTheTablesAreWhole(t *testing.T) {
	for _, tt := range []struct {
		what, page string
		files      []string
		pattern    string
	}{
		{"error class", "feeds.md", []string{"../internal/feeds/error.go"}, `Class = "([a-z_]+)"`},
		{"feed state", "feeds.md", []string{"../internal/feeds/fetch_apply.go", "../internal/daemon/*.go"}, `[sS]tate\w+ += "([a-z]+)"`},
		{"outcome", "how-it-works.md", []string{"../internal/news/*.go"}, `Outcome = "([a-z]+)"`},
		{"delivery state", "how-it-works.md", []string{"../internal/news/alert.go"}, `State = "([a-z]+)"`},
		{"metric", "operating.md", []string{"../internal/daemon/metrics.go"}, `Name: "(watcherd_[a-z_]+)"`},
		{"log line of an error", "operating.md", []string{"../internal/daemon/*.go", "../internal/notify/*.go", "../internal/schedule/*.go", "../cmd/watcherd/*.go"},
			`log\.Error\("([^"]+)"[,)]`},
	} {
		page := strings.Join(readLines(t, tt.page), "\n")
		for _, name := range inCode(t, tt.files, tt.pattern) {
			if !strings.Contains(page, "`"+name+"`") {
				t.Errorf("%s does not explain the %s `%s`", tt.page, tt.what, name)
			}
		}
	}
}

// inCode are the first groups of a pattern in files that are no tests.
func inCode(t *testing.T, globs []string, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var out []string
	for _, g := range globs {
		files, err := filepath.Glob(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			for _, m := range re.FindAllStringSubmatch(strings.Join(readLines(t, f), "\n"), -1) {
				out = append(out, strings.TrimSpace(m[1]))
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s finds nothing in %v", pattern, globs)
	}
	return out
}
