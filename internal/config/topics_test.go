package config

import (
	"slices"
	"testing"
)

func TestASelectorChoosesFeedsByTagNameAddressAndHost(t *testing.T) {
	f := Feed{URL: "https://www.Example.org/world/rss/", Name: "Example World", Tags: []string{"wire", "en"}}
	for sel, want := range map[string]bool{
		"tag:wire": true, "tag:wir": false, "Example World": true, "example world": false, "www.example.org": true, "example.org": false,
		"https://www.example.org/world/rss": true, "https://www.example.org/": false, "": false,
	} {
		if got := f.Is(sel); got != want {
			t.Errorf("%q: %t", sel, got)
		}
	}
}

func TestTopicsWithoutAChannelAreForATerminal(t *testing.T) {
	cfg, faults := LoadBytes("x.yaml", []byte("topics:\n  a: {any: x}\n  b: {any: y, mode: shadow}\n"))
	if len(faults) > 0 {
		t.Fatalf("a desk of the terminal needs no channels: %v", faults)
	}
	if got := cfg.Unrouted(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%q", got)
	}
	for name, text := range map[string]string{
		"another topic has a channel": "topics:\n  a: {any: x}\n  c: {any: z, channel: \"#c\"}\n",
		"channels are listed":         "channels: [{name: \"#c\"}]\ntopics:\n  a: {any: x}\n",
		"there is a token":            "slack: {bot_token_file: token}\ntopics:\n  a: {any: x}\n",
	} {
		if _, faults := LoadBytes("x.yaml", []byte(text)); !faults.Bad() || faults.Err() == nil {
			t.Errorf("%s: a topic without one would be told nowhere, and nothing is said", name)
		}
	}
	for name, text := range map[string]string{
		"there is a default channel": "default_channel: \"#news\"\ntopics:\n  a: {any: x}\n  c: {any: z, channel: \"#c\"}\n",
		"the topic is on trial":      "topics:\n  a: {any: x, mode: shadow}\n  c: {any: z, channel: \"#c\"}\n",
		"channels differ by digits":  "channels: [{name: \"#desk-1\"}]\ntopics:\n  a: {any: x, channel: \"#desk-2\"}\n",
	} {
		if _, faults := LoadBytes("x.yaml", []byte(text)); faults.Err() != nil {
			t.Errorf("%s: %v", name, faults)
		}
	}
}
