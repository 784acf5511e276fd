package feeds

import (
	"cmp"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
)

const accept = "application/rss+xml, application/atom+xml, application/feed+json, " +
	"application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"

// head writes the request's head. The validators go only to the URL that gave
// them, the feed's secrets only to the origin that the config names.
func (x *exchange) head(req *http.Request) {
	h := req.Header
	h.Set("User-Agent", x.c.agent)
	h.Set("Accept", accept)
	h.Set("Accept-Encoding", acceptEncoding)
	if origin(x.at) == x.origin {
		x.secrets(req)
	}
	x.sent = news.Validators{}
	if x.known.URL != bare(x.at) {
		return
	}
	if v := x.known.ETag; v != "" {
		h["If-None-Match"] = []string{v}
		h["A-Im"] = []string{"feed"}
		x.sent.ETag = v
	}
	if v := x.known.LastModified; v != "" {
		h["If-Modified-Since"] = []string{v}
		x.sent.LastModified = v
	}
}

// secrets adds the headers and the password that the config gives the feed.
func (x *exchange) secrets(req *http.Request) {
	for name, value := range x.feed.Headers {
		if !reserved(name) {
			req.Header.Set(name, value)
		}
	}
	user, password := x.feed.User, x.feed.Password
	if u := x.at.User; u != nil && user == "" {
		user = u.Username()
		password, _ = u.Password()
	}
	if user != "" || password != "" {
		req.SetBasicAuth(user, password)
	}
}

// reserved reports whether a header is the protocol's or ours to set.
func reserved(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range", "A-Im",
		"Accept-Encoding", "Host", "Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Content-Length", "Proxy-Authorization":
		return true
	}
	return false
}

// trail is the way of one round through redirects.
type trail struct {
	urls      []string // asked so far, without secrets
	permanent string   // the end of the unbroken permanent beginning
	unbroken  bool
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow makes the target of a redirect the next hop, or says why not.
func (x *exchange) follow(resp *http.Response, t *trail) error {
	loc := resp.Header.Get("Location")
	if loc == "" {
		return x.fail(ClassBadHeaders, resp, "the answer is a redirect (%d) that leads nowhere", resp.StatusCode)
	}
	next, err := x.at.Parse(loc)
	if err != nil {
		return x.fail(ClassBadHeaders, resp, "the answer is a redirect (%d) to %q, which is no address", resp.StatusCode, clip(loc))
	}
	if x.at.Scheme == "https" && next.Scheme == "http" {
		return x.fail(ClassRedirectBlocked, resp,
			"a redirect leads from https to %s, which anybody on the way could read and change; if that is right, put this address into the config",
			safeURL(next))
	}
	next.User, next.Fragment, next.RawFragment = nil, "", ""
	if next.Path == "" {
		next.Path = "/"
	}
	t.urls = append(t.urls, bare(x.at))
	permanent := resp.StatusCode == http.StatusMovedPermanently || resp.StatusCode == http.StatusPermanentRedirect
	if t.unbroken = t.unbroken && permanent; t.unbroken {
		t.permanent = next.String()
	}
	// A secret that met the origin over plain http may follow it to https.
	if x.origin == origin(x.at) && upgrade(x.at, next) {
		x.origin = origin(next)
	}
	x.at = next
	return nil
}

// upgrade reports whether b is a on the standard https port.
func upgrade(a, b *url.URL) bool {
	return a.Scheme == "http" && b.Scheme == "https" && cmp.Or(a.Port(), "80") == "80" &&
		cmp.Or(b.Port(), "443") == "443" && strings.EqualFold(a.Hostname(), b.Hostname())
}

// origin is scheme, host and port in one form.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// bare is the address without a password.
func bare(u *url.URL) string {
	c := *u
	c.User = nil
	return c.String()
}

// safeURL is the address as it may be shown: no password, and no query, which
// often holds a key.
func safeURL(u *url.URL) string {
	c := *u
	c.User, c.Fragment = nil, ""
	if c.RawQuery != "" {
		c.RawQuery = "..."
	}
	return clip(c.String())
}

// clip shortens foreign text for a message and keeps it on one line.
func clip(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) > 200 {
		s = s[:200] + "..."
	}
	return s
}

// hubLinks finds rel=hub and rel=self among the Link headers.
func hubLinks(h http.Header, base *url.URL) (hub, self string) {
	for _, line := range h.Values("Link") {
		for part := range strings.SplitSeq(line, ",") {
			target, params, ok := strings.Cut(strings.TrimSpace(part), ">")
			u, err := base.Parse(strings.TrimPrefix(target, "<"))
			if !ok || err != nil {
				continue
			}
			for p := range strings.SplitSeq(params, ";") {
				name, rel, _ := strings.Cut(strings.TrimSpace(p), "=")
				if !strings.EqualFold(name, "rel") {
					continue
				}
				for r := range strings.FieldsSeq(strings.ToLower(strings.Trim(rel, `"`))) {
					switch {
					case r == "hub" && hub == "":
						hub = u.String()
					case r == "self" && self == "":
						self = u.String()
					}
				}
			}
		}
	}
	return hub, self
}
