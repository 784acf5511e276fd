package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTheLastGoodConfigLoadsAgainAsItWas(t *testing.T) {
	cfg, faults := LoadFS(desk(), "etc/watcherd.yaml")
	if faults.Bad() {
		t.Fatal(faults)
	}
	dir, now := t.TempDir(), time.Date(2026, 11, 24, 14, 2, 0, 0, time.UTC)
	for range 2 { // the second save replaces the first
		if err := cfg.SaveGood(dir, now); err != nil {
			t.Fatal(err)
		}
	}
	again, saved, err := LoadGood(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !saved.Equal(now) || again.Hash() != cfg.Hash() {
		t.Errorf("saved %v, hash %s, want %s", saved, again.Hash(), cfg.Hash())
	}
	if !reflect.DeepEqual(again, cfg) {
		t.Errorf("got\n%+v\nwant\n%+v", again, cfg)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("files left: %q", left)
	}
}

func TestADamagedLastGoodConfigIsRefused(t *testing.T) {
	cfg, _ := LoadFS(desk(), "etc/watcherd.yaml")
	dir := t.TempDir()
	if err := cfg.SaveGood(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, goodName)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"cut":     string(text[:len(text)/2]),
		"emptied": "",
		"no file": "{}",
		"changed": strings.Replace(string(text), "keep: 14d", "keep: 15d", 1),
		"broken":  strings.Replace(string(text), "keep: 14d", "keep: 14", 1),
	} {
		if err := os.WriteFile(name, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, _, err := LoadGood(dir); err == nil || c != nil {
			t.Errorf("%s: accepted", what)
		}
	}
	if _, _, err := LoadGood(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none kept yet: %v", err)
	}
}

func TestTheHashSeesEveryFile(t *testing.T) {
	a, _ := LoadFS(desk(), "etc/watcherd.yaml")
	changed := desk()
	changed["etc/topics/a-arms.yaml"].Data = append(changed["etc/topics/a-arms.yaml"].Data, "# a comment\n"...)
	b, _ := LoadFS(changed, "etc/watcherd.yaml")
	c, _ := LoadFS(desk(), "etc/watcherd.yaml")
	if a.Hash() == b.Hash() || a.Hash() != c.Hash() || len(a.Hash()) != 32 {
		t.Errorf("%s %s %s", a.Hash(), b.Hash(), c.Hash())
	}
}

func TestShrinkStopsWhatAHalfSavedFileWouldDrop(t *testing.T) {
	make := func(feeds, topics int) *Config {
		c := Default()
		for i := range feeds {
			c.Feeds = append(c.Feeds, Feed{URL: fmt.Sprintf("https://example.org/%d", i)})
		}
		for i := range topics {
			c.Topics = append(c.Topics, Topic{Key: fmt.Sprintf("t%d", i)})
		}
		return c
	}
	tests := map[string]struct {
		old, next *Config
		want      int
	}{
		"nothing goes":                     {make(100, 10), make(100, 10), 0},
		"a tenth of the feeds goes":        {make(100, 10), make(90, 10), 0},
		"more than a tenth of the feeds":   {make(100, 10), make(89, 10), 11},
		"three of four topics":             {make(100, 4), make(100, 1), 0},
		"four of five topics":              {make(100, 5), make(100, 1), 4},
		"both":                             {make(100, 10), make(50, 2), 58},
		"the desk grows":                   {make(10, 1), make(1000, 100), 0},
		"there is nothing to compare with": {nil, make(1, 1), 0},
	}
	for name, tt := range tests {
		if got := Shrink(tt.old, tt.next); len(got) != tt.want {
			t.Errorf("%s: %d would go, want %d: %q", name, len(got), tt.want, got)
		}
	}
	moved := make(20, 0)
	for i := range moved.Feeds {
		moved.Feeds[i].URL += "/"
	}
	if got := Shrink(make(20, 0), moved); got != nil {
		t.Errorf("a slash more is another feed: %q", got)
	}
}
