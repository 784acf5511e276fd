package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func parseChannel(f *field, s string) (any, *problem) {
	switch {
	case s == "" && f.optional, f.matches(s):
		return s, nil
	case s == "":
		return s, wrong("", "the channel is empty")
	}
	name := strings.ToLower(strings.TrimLeft(s, "#@"))
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" \t#,", r) }), "-")
	switch {
	case s[0] != '#':
		return s, wrong(quote("#"+name), "a channel is #name in quotes, or its Slack ID")
	case strings.ContainsAny(s, " \t,"):
		return s, wrong(quote("#"+name), "this is more than one channel, or a channel with a blank in its name; several go under channels: [...]")
	}
	return s, wrong(quote("#"+name), "Slack's channel names are in small letters")
}

func parseMention(f *field, s string) (any, *problem) {
	if f.matches(s) {
		return s, nil
	}
	switch strings.ToLower(strings.Trim(s, "@<!>")) {
	case "here":
		return s, wrong("here", "%s is here, channel, or a user's or group's ID, without @", f.key)
	case "channel", "everyone", "all":
		return s, wrong("channel", "%s is here, channel, or a user's or group's ID, without @", f.key)
	}
	return s, wrong("here", "%s is here, channel, a user's ID (U...) or a user group's ID (S...)", f.key)
}

func parseZone(f *field, s string) (any, *problem) {
	loc, err := time.LoadLocation(s)
	if err == nil && s != "" {
		return loc, nil
	}
	return time.Local, deep(guessZone(s), "there is no time zone %q; zones are named like Europe/Brussels", s)
}

func guessZone(s string) string {
	known := []string{
		"Europe/Brussels", "Europe/Kyiv", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Warsaw", "Europe/Moscow",
		"Europe/Vienna", "Europe/Madrid", "Europe/Rome", "Europe/Prague", "Europe/Stockholm", "Europe/Helsinki", "Europe/Istanbul",
		"America/New_York", "America/Chicago", "America/Los_Angeles", "Asia/Tokyo", "UTC",
	}
	if z := nearest(s, known); z != "" {
		return z
	}
	for _, z := range known {
		if city := z[strings.IndexByte(z, '/')+1:]; nearest(strings.ReplaceAll(s, " ", "_"), []string{city}) != "" {
			return z
		}
	}
	return ""
}

func parseContact(f *field, s string) (any, *problem) {
	if !f.matches(s) {
		return s, wrong("desk@example.org", "contact is an e-mail address or a web address")
	}
	return s, nil
}

func parseListen(f *field, s string) (any, *problem) {
	if !f.matches(s) {
		fix := ""
		if port, err := strconv.ParseUint(s, 10, 16); err == nil {
			fix = fmt.Sprintf("127.0.0.1:%d", port)
		} else if i := strings.LastIndexByte(s, ':'); strings.Count(s, ":") > 2 && isPort(s[i+1:]) && len(s[i+1:]) > 3 {
			fix = net.JoinHostPort(s[:i], s[i+1:])
		} else if _, err := netip.ParseAddr(s); err == nil || s == "localhost" {
			fix = net.JoinHostPort(s, "8787")
		}
		return s, wrong(fix, `listen is an address with a port, such as 127.0.0.1:8787, or "" for none`)
	}
	if s == "" {
		return s, nil
	}
	if _, err := strconv.ParseUint(s[strings.LastIndexByte(s, ':')+1:], 10, 16); err != nil {
		return s, deep("127.0.0.1:8787", "a port is between 0 and 65535")
	}
	return s, nil
}

func parseNetwork(f *field, s string) (any, *problem) {
	p, err := netip.ParsePrefix(s)
	if err == nil {
		if p != p.Masked() {
			return p, deep(p.Masked().String(), "%s is an address inside a network, not the network", s)
		}
		return p, nil
	}
	pr := wrong("127.0.0.0/8", "a network is written as 10.0.0.0/8 or fd00::/8")
	if a, err := netip.ParseAddr(s); err == nil {
		pr.fix = netip.PrefixFrom(a, a.BitLen()).String()
	}
	pr.deep = f.matches(s)
	return p, pr
}

func parseURL(f *field, s string) (any, *problem) {
	u, p := webAddress(f, s)
	if p == nil && !strings.HasSuffix(u.Path, "/") {
		p = deep(s+"/", "%s ends with a slash", f.key)
	}
	return s, p
}

func parseProxy(f *field, s string) (any, *problem) {
	if !f.matches(s) {
		fix := ""
		if !strings.Contains(s, "://") {
			fix = "http://" + s
		}
		return s, wrong(fix, "a proxy's address begins with http://, https:// or socks5://")
	}
	switch u, err := url.Parse(s); {
	case err != nil || u.Hostname() == "":
		return s, deep("", "the address has no valid host")
	case u.User != nil:
		return s, deep("", "a password may not stand here; put the whole address into a file and name it as proxy_file")
	}
	return s, nil
}

func parseFeedURL(f *field, s string) (any, *problem) {
	_, p := webAddress(f, s)
	return s, p
}

// webAddress checks an http or https address and guesses what was meant.
func webAddress(f *field, s string) (*url.URL, *problem) {
	trimmed := strings.TrimSpace(s)
	scheme, after, ok := strings.Cut(trimmed, "://")
	switch {
	case s == "":
		return nil, wrong("", "the address is empty")
	case strings.ContainsAny(trimmed, " \t\n\u00a0"):
		return nil, wrong(quoteIfNeeded(strings.Join(strings.Fields(trimmed), "%20")), "there is a blank in the address")
	case trimmed != s:
		return nil, wrong(trimmed, "there are blanks around the address")
	case !ok && (strings.HasPrefix(s, "/") || strings.HasPrefix(s, ".")):
		return nil, wrong("", "a feed is named by its web address, not by a file")
	case !ok:
		return nil, wrong(quoteIfNeeded("https://"+strings.TrimPrefix(strings.TrimPrefix(s, "feed:"), "//")), "the address begins with http:// or https://")
	case scheme != "http" && scheme != "https":
		return nil, wrong("https://"+after, "%s:// cannot be asked; the address begins with http:// or https://", scheme)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || strings.Contains(u.Host, ".."):
		return nil, deep("", "the address has no valid host")
	case u.User != nil:
		return nil, deep("", "a user name or password may not stand in an address; use user: and password_file:")
	case u.Port() != "" && !isPort(u.Port()):
		return nil, deep("", "a port is between 1 and 65535")
	}
	return u, nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}
