package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// checker looks for faults that no single value shows: what is missing, what
// stands twice, what refers to nothing.
type checker struct {
	*Config
	faults                 *Faults
	topicKeys, contextKeys []string
	routed                 bool // stories are told in channels at all; else all go to the terminal
	guesses                int  // suggestions still to be looked for; they cost
}

func (c *Config) check(faults *Faults) {
	k := &checker{Config: c, faults: faults, guesses: 100}
	for i := range c.Topics {
		k.topicKeys = append(k.topicKeys, c.Topics[i].Key)
	}
	for i := range c.Contexts {
		k.contextKeys = append(k.contextKeys, c.Contexts[i].Key)
	}
	k.routed = c.routed()
	slices.Sort(k.topicKeys)
	slices.Sort(k.contextKeys)
	k.settings()
	k.channels()
	k.feeds()
	twice(k, "topic", c.Topics, func(t *Topic) (string, Place) { return t.Key, t.Place })
	twice(k, "entity", c.Entities, func(e *Entity) (string, Place) { return e.Key, e.Place })
	twice(k, "context", c.Contexts, func(x *Context) (string, Place) { return x.Key, x.Place })
	for i := range c.Topics {
		k.topic(&c.Topics[i])
	}
	for i := range c.Entities {
		e := &c.Entities[i]
		k.contexts(&e.Unless)
		if !e.terms() {
			k.missing(e.Pos, fmt.Sprintf("the entity %s has no names", e.Key), "any: ...")
		}
	}
	for i := range c.Contexts {
		if x := &c.Contexts[i]; !x.terms() {
			k.missing(x.Pos, fmt.Sprintf("the context %s has no words", x.Key), "any: ...")
		}
	}
	for i := range c.Tests {
		k.test(&c.Tests[i])
	}
}

func (k *checker) bad(pos Pos, message, fix string) {
	*k.faults = append(*k.faults, k.Fault(pos, 0, message, fix))
}

// faulted reports whether a place has its fault already.
func (k *checker) faulted(pos Pos) bool {
	return slices.ContainsFunc(*k.faults, func(f Fault) bool { return f.Pos == pos })
}

func (k *checker) missing(pos Pos, message, fix string) {
	f := k.Fault(pos, 0, message, fix)
	f.sight = absence
	*k.faults = append(*k.faults, f)
}

func (k *checker) warn(pos Pos, message, fix string) {
	f := k.Fault(pos, 0, message, fix)
	f.Warning = true
	*k.faults = append(*k.faults, f)
}

// twice reports elements that have the name of an earlier one.
func twice[T any](k *checker, what string, list []T, name func(*T) (string, Place)) {
	first := make(map[string]Pos, len(list))
	for i := range list {
		key, place := name(&list[i])
		if at, ok := first[key]; ok && key != "" {
			k.bad(place.Pos, fmt.Sprintf("the %s %s stands twice; the first is %s", what, key, place.Pos.see(at)), "give one of them another name, or put both together")
			continue
		}
		first[key] = place.Pos
	}
}

func (k *checker) settings() {
	f := k.Fetch
	if f.MinInterval > f.MaxInterval {
		k.bad(f.At("min_interval"), "min_interval is longer than max_interval", fmt.Sprintf("min_interval: %s", durationText(f.MaxInterval)))
	}
	if host, _, err := net.SplitHostPort(k.Listen); err == nil && !isLoopback(host) {
		k.warn(k.At("listen"), "whoever reaches this address sees the desk's page, which asks for no password", "listen: 127.0.0.1:8787")
	}
	switch {
	case k.ListenPublic == "" && k.PublicURL != "":
		k.warn(k.At("public_url"), "public_url does nothing without listen_public", "listen_public: 127.0.0.1:8790")
	case k.ListenPublic != "" && k.ListenPublic == k.Listen:
		k.bad(k.At("listen_public"), "listen_public is the address of the desk's page, which must not be public", "listen_public: 127.0.0.1:8790")
	case k.ListenPublic != "" && k.PublicURL == "":
		k.warn(k.At("listen_public"), "hubs are told to push to http://"+k.ListenPublic+"; give the address under which they reach it", "public_url: https://desk.example.org/push")
	}
	k.nearMiss(k.Slack.OpsChannel, k.Slack.At("ops_channel"))
	k.nearMiss(k.DefaultChannel, k.At("default_channel"))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (k *checker) channels() {
	twice(k, "channel", k.Channels, func(c *Channel) (string, Place) { return c.Name, c.Place })
	for i := range k.Channels {
		c := &k.Channels[i]
		q := c.Quiet
		if q.Has("from") && q.Has("to") && q.From == q.To && !k.faulted(q.At("from")) && !k.faulted(q.At("to")) {
			k.bad(q.At("to"), "quiet hours that begin and end at the same time are none", "give another time, or take quiet out")
		}
		for j, at := range c.Digest {
			if slices.Contains(c.Digest[:j], at) {
				k.bad(c.At("digest"), fmt.Sprintf("%s stands twice in digest", at), "take one of them out")
			}
		}
	}
}

// nearMiss reports a channel that is nearly, but not quite, a listed one.
func (k *checker) nearMiss(name string, pos Pos) {
	if len(k.Channels) == 0 || !strings.HasPrefix(name, "#") {
		return
	}
	var listed []string
	for _, c := range k.Channels {
		if c.Name == name {
			return
		}
		listed = append(listed, c.Name)
	}
	for _, l := range listed {
		if n := distance(name, l); (n == 1 || n == 2 && len(name) > 8) && !digitsDiffer(name, l) {
			k.bad(pos, fmt.Sprintf("there is no %s under channels:, but %s; did you mean that?", name, l), quote(l)+"   (or list "+name+" there)")
			return
		}
	}
}

// digitsDiffer reports whether two names are the same but for their digits,
// as #desk-1 and #desk-2 are.
func digitsDiffer(a, b string) bool {
	strip := func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}
	return strings.Map(strip, a) == strings.Map(strip, b)
}

func (k *checker) feeds() {
	first := make(map[string]*Feed, len(k.Feeds))
	for i := range k.Feeds {
		f := &k.Feeds[i]
		if f.URL == "" {
			continue
		}
		key := sameFeed(f.URL)
		if earlier := first[key]; earlier != nil {
			k.bad(f.At("url"), fmt.Sprintf("this feed stands twice; the first is %s", f.Pos.see(earlier.At("url"))), "take one of them out")
			continue
		}
		first[key] = f
		if f.InsecureTLS {
			k.warn(f.At("insecure_tls"), "the certificate of this feed is not checked: whoever sits on the way can write its news", "take insecure_tls out once the outlet has mended its certificate")
		}
		if f.User != "" && f.PasswordFile == "" {
			k.missing(f.At("user"), "a user without password_file", "password_file: FILE")
		}
		if f.PasswordFile != "" && f.User == "" {
			k.missing(f.At("password_file"), "a password without user", "user: NAME")
		}
		if d, ok := intervalOf(f.Every); ok && d > 31*day {
			k.warn(f.At("every"), "a feed that is asked less than once a month loses items", "every: 1d")
		}
	}
}

// sameFeed is equal for addresses that surely name the same feed.
func sameFeed(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	host := strings.ToLower(u.Hostname())
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	s := host + strings.TrimSuffix(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		s += "?" + u.RawQuery
	}
	return s
}

// test checks one example: it must be able to fail, and name what exists.
func (k *checker) test(t *Test) {
	if t.spoilt {
		return
	}
	example := t.Title != "" || t.Text != ""
	switch {
	case t.Has("same_story") && (example || t.Has("fires") || t.Has("not")):
		k.bad(t.At("same_story"), "a test is either of topics (title, fires) or of stories (same_story), not both", "make two tests of it")
	case t.Has("same_story") && len(t.SameStory) < 2:
		k.missing(t.At("same_story"), "one story needs two headlines or more to be tested", "same_story: [one headline, another headline]")
	case t.Has("same_story"):
		k.oneStory(t)
	case !example && !t.Has("title") && !t.Has("text"):
		k.missing(t.Pos, "a test without title or text has nothing to judge", "title: ...")
	case !t.Has("fires") && len(t.Not) == 0:
		k.missing(t.Pos, "this test cannot fail: it does not say what fires", "fires: [TOPIC]   (or fires: [] for none)")
	}
	for _, r := range slices.Concat(t.Fires, t.Not) {
		k.topicRef(r)
	}
	for _, r := range t.Not {
		if slices.ContainsFunc(t.Fires, func(f Line) bool { return f.Text == r.Text }) {
			k.bad(r.Pos, fmt.Sprintf("%s is to fire and not to fire", r.Text), "take it out of one of the two")
		}
	}
}

// oneStory checks that the headlines of one story differ: the same one twice is
// the same story whatever the program does.
func (k *checker) oneStory(t *Test) {
	for i, l := range t.SameStory {
		same := func(o Line) bool {
			return strings.EqualFold(strings.Join(strings.Fields(o.Text), " "), strings.Join(strings.Fields(l.Text), " "))
		}
		if slices.ContainsFunc(t.SameStory[:i], same) {
			k.bad(l.Pos, "this headline stands twice here, and the same words are the same story in any case: the test cannot fail", "give the headline of another outlet")
		}
	}
}

func (k *checker) topicRef(r Line) {
	if _, ok := slices.BinarySearch(k.topicKeys, r.Text); ok {
		return
	}
	for i := range k.Topics {
		if t := &k.Topics[i]; t.Name != "" && strings.EqualFold(t.Name, r.Text) {
			k.bad(r.Pos, fmt.Sprintf("%q is a topic's title; tests use its key", r.Text), t.Key)
			return
		}
	}
	k.named(r, k.topicKeys, "topic", "under topics:")
}

// named reports a name that is not among the sorted names there are.
func (k *checker) named(r Line, names []string, what, where string) {
	if _, ok := slices.BinarySearch(names, r.Text); ok {
		return
	}
	k.missing(r.Pos, fmt.Sprintf("there is no %s %s %s", what, r.Text, where), k.guess(r.Text, names))
}

// guess finds the name that was meant, or lists those there are.
func (k *checker) guess(word string, names []string) string {
	if k.guesses--; k.guesses < 0 || len(names) == 0 {
		return ""
	}
	if near := nearest(word, names); near != "" {
		return near
	}
	if len(names) > 12 {
		return ""
	}
	return "there are: " + strings.Join(names, ", ")
}

// Location is the time zone of a channel's quiet hours.
func (c *Config) Location(q Quiet) *time.Location {
	if q.Timezone != nil {
		return q.Timezone
	}
	return c.Timezone
}
