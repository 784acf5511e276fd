package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestTheWholeContractLoads(t *testing.T) {
	cfg, faults := Load("testdata/good-whole.yaml")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	arms := cfg.Topics[0]
	checks := map[string][2]any{
		"keep":             {cfg.Keep, 30 * day},
		"keep_size":        {cfg.KeepSize, 2 * gigabyte},
		"min_interval":     {cfg.Fetch.MinInterval, 2 * time.Minute},
		"first_poll":       {cfg.Fetch.FirstPoll, time.Duration(0)},
		"network":          {cfg.Fetch.AllowPrivate[1].String(), "fd00::/8"},
		"quiet from":       {cfg.Channels[0].Quiet.From.String(), "22:00"},
		"quiet days":       {fmt.Sprint(cfg.Channels[0].Quiet.Days), "[Monday Tuesday Wednesday Thursday Friday]"},
		"quiet zone":       {cfg.Location(cfg.Channels[0].Quiet).String(), "Europe/Kyiv"},
		"budget":           {cfg.Channels[0].Budget, 40},
		"default updates":  {cfg.Channels[1].Updates, "edit"},
		"a number as name": {cfg.Feeds[2].Name, "24"},
		"topic key":        {arms.Key, "arms-control"},
		"languages":        {fmt.Sprint(len(arms.Langs), arms.Langs[2].Lang), "3no"},
		"none":             {arms.None.Refs()[0].Text + "/" + arms.None.Any[0].Text, "sport/transfer window"},
		"default mode":     {cfg.Topics[2].Mode, "live"},
		"groups":           {cfg.Topics[1].All[1].Key + " " + cfg.Topics[1].All[1].Langs[0].Terms[0].Text, "who Роснефть"},
		"near":             {cfg.Topics[1].Near[0].Within, 15},
		"default sum":      {cfg.Topics[1].Threshold, 2.0},
		"route":            {fmt.Sprint(cfg.Topics[1].Route()), "[#arms-control C0123456789]"},
		"fires nothing":    {cfg.Tests[1].Fires != nil && len(cfg.Tests[1].Fires) == 0, true},
		"fires not said":   {cfg.Tests[2].Fires == nil, true},
		"folded text":      {cfg.Tests[2].Text, "folded text\n"},
	}
	for name, c := range checks {
		if c[0] != c[1] {
			t.Errorf("%s: got %v, want %v", name, c[0], c[1])
		}
	}
	if got, want := texts(arms.Any), []string{"arms control ^4", "New START ^6", "=START ^5 with treaty, warhead*, nuclear, Moscow",
		"INF ^5 with treaty, missile*", "https://example.org/path", "drone #3", "title: mobilisation", "draft treat* ~12 Russia"}; !slices.Equal(got, want) {
		t.Errorf("terms: %q", got)
	}
	if got, want := texts(cfg.Topics[2].Any), []string{"007", "1.10", "yes", "null", "~", "0x10", "2024-01-01", `a "b" c`, "it's"}; !slices.Equal(got, want) {
		t.Errorf("terms that YAML would change: %q", got)
	}
}

func texts(lines []Line) []string {
	var s []string
	for _, l := range lines {
		s = append(s, l.Text)
	}
	return s
}

// allTerms gives every term of a config.
func allTerms(cfg *Config) []Line {
	var all []Line
	langs := func(ls []LangTerms) {
		for _, l := range ls {
			all = append(all, l.Terms...)
		}
	}
	for _, t := range cfg.Topics {
		all = slices.Concat(all, t.Any, t.Unless.Any, t.None.Any)
		langs(t.Langs)
		for _, g := range t.All {
			all = slices.Concat(all, g.Any, g.Unless.Any)
			langs(g.Langs)
		}
	}
	for _, e := range cfg.Entities {
		all = append(all, e.Any...)
		langs(e.Langs)
	}
	return slices.Concat(all, cfg.Boilerplate.CutAfter, cfg.Boilerplate.DropBlocks)
}

func TestEveryTermStandsWhereItsPlaceSays(t *testing.T) {
	cfg, _ := Load("testdata/good-whole.yaml")
	terms := allTerms(cfg)
	if len(terms) < 30 {
		t.Fatalf("%d terms", len(terms))
	}
	for _, term := range terms {
		there := cfg.sources[0].rest(term.Pos.Line, term.Pos.Col)
		there = strings.NewReplacer(`\"`, `"`, "''", "'").Replace(there)
		if !strings.HasPrefix(there, term.Text) {
			t.Errorf("%v: %q, the file has %q", term.Pos, term.Text, there)
		}
	}
}

func TestPlacesOfValuesCountCodePoints(t *testing.T) {
	cfg, faults := LoadBytes("x.yaml", []byte("feeds:\n  - {name: \"Дзеркало тижня\", every: 5m, url: \"https://example.org/ж\"}\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f := cfg.Feeds[0]
	for key, want := range map[string]string{"name": "x.yaml:2:12", "every": "x.yaml:2:37", "url": "x.yaml:2:46", "lang": "x.yaml:2:5"} {
		if got := f.At(key).String(); got != want {
			t.Errorf("%s is at %s, want %s", key, got, want)
		}
	}
}

func TestDefaultsHoldWhereTheFileIsSilent(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "/var/lib/watcherd:/var/lib/other")
	cfg, faults := LoadBytes("x.yaml", []byte("contact: desk@example.org\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if cfg.StateDir != "/var/lib/watcherd" || cfg.Listen != "127.0.0.1:8787" || cfg.Fetch.Workers != 64 || cfg.Slack.APIURL != "https://slack.com/api/" || cfg.Stories.Develop != "mark" {
		t.Errorf("%+v", cfg)
	}
	t.Setenv("STATE_DIRECTORY", "")
	if got := Default().StateDir; got != "state" {
		t.Errorf("without systemd the state is in %q", got)
	}
}

func desk() fstest.MapFS {
	return fstest.MapFS{
		"etc/watcherd.yaml":      {Data: []byte("include: [feeds.yaml, \"topics/*.yaml\", \"entities/*.yaml\"]\nkeep: 14d\n")},
		"etc/feeds.yaml":         {Data: []byte("feeds:\n  - url: https://example.org/rss\n")},
		"etc/topics/b-nato.yaml": {Data: []byte("topics:\n  nato: {any: NATO}\ntests:\n  - {title: NATO meets, fires: [nato]}\n")},
		"etc/topics/a-arms.yaml": {Data: []byte("topics:\n  arms: {any: arms control}\nboilerplate:\n  cut_after: Support us\n")},
		"etc/topics/notes.txt":   {Data: []byte("not YAML: at all: \n")},
		"etc/entities/none.yaml": {Data: []byte("# none yet\n")},
	}
}

func TestIncludedFilesBecomeOneConfig(t *testing.T) {
	cfg, faults := LoadFS(desk(), "etc/watcherd.yaml")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if len(cfg.Feeds) != 1 || len(cfg.Topics) != 2 || cfg.Topics[0].Key != "arms" || len(cfg.Tests) != 1 || cfg.Keep != 14*day {
		t.Errorf("%+v", cfg)
	}
	want := []string{"etc/watcherd.yaml", "etc/feeds.yaml", "etc/topics/a-arms.yaml", "etc/topics/b-nato.yaml", "etc/entities/none.yaml"}
	if got := cfg.Files(); !slices.Equal(got, want) {
		t.Errorf("files: %q", got)
	}
	if got := cfg.Folders(); !slices.Equal(got, []string{"etc", "etc/entities", "etc/topics"}) {
		t.Errorf("folders: %q", got)
	}
}

func TestFaultsAcrossFiles(t *testing.T) {
	tests := map[string]struct {
		file, text, want string
	}{
		"a topic in two files": {"etc/topics/z.yaml", "topics:\n  nato: {any: OTAN}\n",
			"etc/topics/z.yaml:2:3: the topic nato stands twice; the first is at etc/topics/b-nato.yaml:2:3"},
		"a feed in two files": {"etc/topics/z.yaml", "feeds:\n  - url: https://example.org/rss/\n",
			"etc/topics/z.yaml:2:10: this feed stands twice; the first is at etc/feeds.yaml:2:10"},
		"a setting in two files": {"etc/topics/z.yaml", "keep: 30d\n",
			"etc/topics/z.yaml:1:1: keep is set already, at etc/watcherd.yaml:2:7"},
		"an include in an included file": {"etc/topics/z.yaml", "include: [more.yaml]\n",
			"etc/topics/z.yaml:1:1: include is set already, at etc/watcherd.yaml:1:1"},
		"an included file that was emptied": {"etc/topics/z.yaml", "",
			"etc/topics/z.yaml: the file is empty, as after a save that went wrong"},
		"an included file of comments only is fine": {"etc/topics/z.yaml", "# nothing yet\n", ""},
		"a broken file does not make its topics missing": {"etc/topics/b-nato.yaml", "topics:\n  nato: {any: [NATO}\ntests:\n  - {title: NATO, fires: [nato]}\n",
			"etc/topics/b-nato.yaml:2:15: the [ that opens here is never closed, or a comma is missing after one of its parts"},
		"a pattern that fits no file": {"etc/watcherd.yaml", "include: [\"none/*.yaml\"]\nkeep: 14d\n",
			`etc/watcherd.yaml:1:11: warning: no file fits "none/*.yaml", so nothing is included by it`},
		"a file that is not there":        {"etc/watcherd.yaml", "include: [none.yaml]\n", "etc/watcherd.yaml:1:11: etc/none.yaml: there is no such file"},
		"a pattern with a slip":           {"etc/watcherd.yaml", "include: [\"[a.yaml\"]\n", "etc/watcherd.yaml:1:11: the brackets of this pattern do not fit together"},
		"a file named twice is read once": {"etc/watcherd.yaml", "include: [feeds.yaml, \"*eeds.yaml\"]\n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := desk()
			fsys[tt.file] = &fstest.MapFile{Data: []byte(tt.text)}
			_, faults := LoadFS(fsys, "etc/watcherd.yaml")
			if got := faults.Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAMissingMainFileIsAFaultLikeAnyOther(t *testing.T) {
	cfg, faults := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if cfg == nil || !faults.Bad() || !strings.HasSuffix(faults.Error(), "none.yaml: there is no such file") {
		t.Errorf("%v", faults)
	}
}

func TestIncludesOnDiskAreRelativeToTheMainFile(t *testing.T) {
	dir := t.TempDir()
	for name, f := range desk() {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg, faults := Load(filepath.Join(dir, "etc/watcherd.yaml"))
	if len(faults) > 0 || len(cfg.Topics) != 2 {
		t.Errorf("%v, %d topics", faults, len(cfg.Topics))
	}
}

func BenchmarkFiveThousandFeeds(b *testing.B) {
	var text strings.Builder
	text.WriteString("feeds:\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "  - url: https://example%d.org/world/rss\n    name: Example World %d\n    every: 5m\n    tags: [wire, en]\n", i, i)
	}
	src := []byte(text.String())
	b.ReportAllocs()
	for b.Loop() {
		if cfg, faults := LoadBytes("feeds.yaml", src); len(faults) > 0 || len(cfg.Feeds) != 5000 {
			b.Fatal(faults)
		}
	}
}
