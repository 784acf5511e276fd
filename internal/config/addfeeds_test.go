package config

import (
	"strings"
	"testing"
)

func TestAddFeedsKeepsWhatIsThere(t *testing.T) {
	tests := map[string]struct{ before, after string }{
		"an empty file": {"", "feeds:\n  - url: https://new.example/a\n    name: New\n    tags: [wire, \"24\"]\n    lang: en\n"},
		"no list yet": {"# the desk\nkeep: 30d # long\n",
			"# the desk\nkeep: 30d # long\n\nfeeds:\n  - url: https://new.example/a\n    name: New\n    tags: [wire, \"24\"]\n    lang: en\n"},
		"an empty list": {"feeds: [] # none yet\nkeep: 30d\n",
			"feeds: # none yet\n  - url: https://new.example/a\n    name: New\n    tags: [wire, \"24\"]\n    lang: en\nkeep: 30d\n"},
		"a list in the middle, with comments": {
			"feeds:\n    # wires\n    - url: https://old.example/a   # slow\n      name: Old\n      # its tags\n      tags:\n        - wire\n        # more\n\n# the rest\nkeep: 30d\n",
			"feeds:\n    # wires\n    - url: https://old.example/a   # slow\n      name: Old\n      # its tags\n      tags:\n        - wire\n        # more\n" +
				"    - url: https://new.example/a\n      name: New\n      tags: [wire, \"24\"]\n      lang: en\n\n# the rest\nkeep: 30d\n"},
		"dashes at the margin": {"feeds:\n- url: https://old.example/a\ntopics: {}\n",
			"feeds:\n- url: https://old.example/a\n- url: https://new.example/a\n  name: New\n  tags: [wire, \"24\"]\n  lang: en\ntopics: {}\n"},
		"line ends of Windows": {"feeds:\r\n  - url: https://old.example/a\r\n",
			"feeds:\r\n  - url: https://old.example/a\r\n  - url: https://new.example/a\r\n    name: New\r\n    tags: [wire, \"24\"]\r\n    lang: en\r\n"},
		"a feed that is there already": {"feeds:\n  - url: http://NEW.example/a/\n", "feeds:\n  - url: http://NEW.example/a/\n"},
	}
	feeds := []Feed{
		{URL: "https://new.example/a", Name: "New", Tags: []string{"wire", "24"}, Lang: "en"},
		{URL: "https://new.example/a/", Name: "The same again"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := AddFeeds([]byte(tt.before), feeds)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.after {
				t.Errorf("got\n%s\nwant\n%s", got, tt.after)
			}
		})
	}
}

func TestAddFeedsRefusesWhatItCannotKeep(t *testing.T) {
	for name, text := range map[string]string{
		"a broken file":      "feeds:\n  - url: [\n",
		"a list in brackets": "feeds: [{url: \"https://old.example/a\"}]\n",
		"a file in braces":   "{feeds: [], keep: 30d}\n",
		"feeds is a text":    "feeds: none\n",
	} {
		if out, err := AddFeeds([]byte(text), []Feed{{URL: "https://new.example/a"}}); err == nil {
			t.Errorf("%s: accepted, %q", name, out)
		}
	}
}

// FuzzAddFeeds asks of any file and any feed: refused, or every line that was
// there is still there in its order, and the feed reads back as it is.
func FuzzAddFeeds(f *testing.F) {
	f.Add("feeds:\n  - url: https://old.example/a\n", "Naïve: # name", "https://new.example/a?x=[1]&y={2}#z")
	f.Add("keep: 30d", "yes", "https://new.example/a: b")
	f.Add("topics:\n  a: {any: x}\n", "\"quoted\"\nlines\t", "http://x")
	f.Add("feeds: []\n", "- x", "https://[::1]/")
	f.Add("feeds:\n  - url: https://old.example/a\n    name: |\n      block\n      text\n", "x", "https://new.example/,")
	f.Fuzz(func(t *testing.T, text, name, url string) {
		out, err := AddFeeds([]byte(text), []Feed{{URL: url, Name: name}})
		if err != nil {
			return
		}
		rest := strings.Split(string(out), "\n")
		for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			line = strings.ReplaceAll(line, "[]", "")
			for len(rest) > 0 && strings.TrimRight(strings.ReplaceAll(rest[0], "[]", ""), "\r ") != strings.TrimRight(line, "\r ") {
				rest = rest[1:]
			}
			if len(rest) == 0 && strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), "feeds:") {
				t.Fatalf("the line %q is gone:\n%s\n-----\n%s", line, text, out)
			}
		}
		if _, faults := LoadBytes("x.yaml", out); faults.Bad() {
			if _, before := LoadBytes("x.yaml", []byte(text)); !before.Bad() {
				t.Fatalf("a good file became a bad one:\n%s\n%v", out, faults)
			}
		}
	})
}
