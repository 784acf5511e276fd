package slack

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/watcherd/watcherd/internal/notify"
)

func clean(s string, n int) string { return notify.Clean(s, n) }

// cleanURL is an address that may be linked: absolute, http or https, without
// user or password, without the marks by which readers are followed. Where it
// is not, ok is false and the words stand without a link.
func cleanURL(raw string) (clean string, ok bool) {
	raw = strings.TrimSpace(raw)
	if len(raw) > 2000 || strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", false
	}
	u.User = nil
	u.RawQuery = untracked(u.RawQuery)
	s := inURL.Replace(u.String())
	return s, len(s) <= 2000 && !strings.ContainsFunc(s, unicode.IsSpace)
}

// inURL writes what would end a link in Slack's markup.
var inURL = strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", `"`, "%22", " ", "%20", "`", "%60", "*", "%2A")

func untracked(query string) string {
	if query == "" {
		return ""
	}
	parts := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		name, _, _ := strings.Cut(strings.ToLower(p), "=")
		return strings.HasPrefix(name, "utm_") || slices.Contains([]string{"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid"}, name)
	})
	return strings.Join(parts, "&")
}

// escape writes text for Slack's markup.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

// name is a label in marked-up text: escaped, and without the characters
// that would format it.
func name(s string, n int) string {
	return escape(unformatted.Replace(clean(s, n)))
}

var unformatted = strings.NewReplacer("*", "∗", "_", "ˍ", "~", "∼", "`", "ˋ", "|", "¦")
