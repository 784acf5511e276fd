package config

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// topic checks what a topic lacks and what it refers to.
func (k *checker) topic(t *Topic) {
	if t.spoilt {
		return
	}
	if !t.terms() {
		k.missing(t.Pos, fmt.Sprintf("the topic %s has no terms, so it can never fire", t.Key), "any: |\n  term")
	}
	for i := range t.All {
		if g := &t.All[i]; !g.terms() {
			k.missing(g.Pos, fmt.Sprintf("the group %s has no terms, so the topic can never fire", g.Key), g.Key+": term")
		}
	}
	twice(k, "group", t.All, func(g *Group) (string, Place) { return g.Key, g.Place })
	k.near(t)
	k.contexts(&t.Unless, &t.None)
	for i := range t.All {
		k.contexts(&t.All[i].Unless)
	}
	k.route(t)
	k.selectors(t)
}

// near checks the groups that are to be close to each other.
func (k *checker) near(t *Topic) {
	if len(t.Near) > 0 && len(t.All) == 0 {
		k.missing(t.At("near"), "near speaks of groups, and there is no all: with groups", "all:")
		return
	}
	var groups []string
	for _, g := range t.All {
		groups = append(groups, g.Key)
	}
	slices.Sort(groups)
	for _, n := range t.Near {
		for i, r := range n.Groups {
			k.named(r, groups, "group", "under all:")
			if slices.ContainsFunc(n.Groups[:i], func(l Line) bool { return l.Text == r.Text }) {
				k.bad(r.Pos, fmt.Sprintf("%s stands twice here", r.Text), "take one of them out")
			}
		}
		if len(n.Groups) == 1 {
			k.missing(n.Groups[0].Pos, "near needs two groups or more", "groups: [one, another]")
		}
	}
}

// contexts checks that the contexts that speak against something exist.
func (k *checker) contexts(excepts ...*Except) {
	for _, e := range excepts {
		for _, r := range e.Refs() {
			k.named(r, k.contextKeys, "context", "under contexts:")
		}
	}
}

// route checks where a topic's stories go.
func (k *checker) route(t *Topic) {
	if t.Has("channel") && t.Has("channels") {
		k.bad(t.At("channels"), "channel and channels exclude each other", "keep channels: [...]")
	}
	if t.Channel != "" {
		k.nearMiss(t.Channel, t.At("channel"))
	}
	for i, c := range t.Channels {
		k.nearMiss(c.Text, c.Pos)
		if slices.ContainsFunc(t.Channels[:i], func(l Line) bool { return l.Text == c.Text }) {
			k.bad(c.Pos, fmt.Sprintf("%s stands twice here", c.Text), "take one of them out")
		}
	}
	if t.Has("channel") || t.Has("channels") {
		return
	}
	if t.Mode != "shadow" && k.DefaultChannel == "" && k.routed {
		k.missing(t.Pos, fmt.Sprintf("the topic %s has no channel, and there is no default_channel: its stories would be told nowhere", t.Key), `channel: "#name"   (or mode: shadow)`)
	}
}

// routed reports whether the desk tells stories in channels at all; without
// any, all go to the terminal.
func (c *Config) routed() bool {
	s := c.Slack
	if len(c.Channels) > 0 || s.BotTokenFile != "" || s.AppTokenFile != "" || s.WebhookFile != "" {
		return true
	}
	for i := range c.Topics {
		if len(c.Topics[i].Route()) > 0 {
			return true
		}
	}
	return false
}

// Unrouted lists the live topics whose stories have no channel, which is good
// for a terminal only.
func (c *Config) Unrouted() []string {
	var keys []string
	for i := range c.Topics {
		if t := &c.Topics[i]; t.Mode != "shadow" && len(t.Route()) == 0 && c.DefaultChannel == "" {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// selectors checks that the feeds a topic chooses exist.
func (k *checker) selectors(t *Topic) {
	if len(k.Feeds) == 0 || !t.Has("sources") {
		return
	}
	for _, r := range t.Sources.Include {
		if !k.selects(r.Text) {
			k.missing(r.Pos, fmt.Sprintf("no feed is %s", r.Text), cmp.Or(k.nearestFeed(r.Text), "name a feed, its host, or tag: and one of its tags"))
		}
	}
	for _, r := range t.Sources.Exclude {
		if k.selects(r.Text) {
			continue
		}
		if near := k.nearestFeed(r.Text); near != "" {
			k.missing(r.Pos, fmt.Sprintf("no feed is %s", r.Text), near)
		}
	}
}

// selects reports whether a selector fits any feed.
func (c *Config) selects(sel string) bool {
	for i := range c.Feeds {
		if c.Feeds[i].Is(sel) {
			return true
		}
	}
	return false
}

// Is reports whether a selector chooses the feed: tag:word, the feed's name,
// its address, or its host.
func (f *Feed) Is(sel string) bool {
	if tag, ok := strings.CutPrefix(sel, "tag:"); ok {
		return slices.Contains(f.Tags, tag)
	}
	if strings.Contains(sel, "://") {
		return sameFeed(sel) == sameFeed(f.URL)
	}
	return sel == f.Name || sel == f.host()
}

func (f *Feed) host() string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// nearestFeed finds the selector that a misspelt one means.
func (k *checker) nearestFeed(sel string) string {
	if k.guesses--; k.guesses < 0 {
		return ""
	}
	var all []string
	for i := range k.Feeds {
		f := &k.Feeds[i]
		for _, t := range f.Tags {
			all = append(all, "tag:"+t)
		}
		all = append(all, f.Name, f.host())
	}
	slices.Sort(all)
	return nearest(sel, slices.Compact(all))
}
