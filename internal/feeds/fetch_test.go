package feeds

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/watcherd/watcherd/internal/news"
)

const tinyFeed = `<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><item><title>One</title><link>https://example.org/1</link></item></channel></rss>`

var fetchNow = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// localClient may ask servers on loopback.
func localClient(t testing.TB, opt Options) *Client {
	opt.AllowPrivate = append(opt.AllowPrivate, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
	c := NewClient(opt)
	t.Cleanup(c.Close)
	return c
}

func server(t testing.TB, h http.HandlerFunc) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// inProcess answers requests by a handler without a network, so that it works
// under fake time.
type inProcess func(*http.Request) (*http.Response, error)

func (f inProcess) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func serve(h http.HandlerFunc) inProcess {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h(w, r)
		resp := w.Result()
		resp.Request = r
		resp.ContentLength = int64(w.Body.Len())
		return resp, nil
	}
}

func wantClass(t *testing.T, err error, want Class) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != want {
		t.Fatalf("error %v (%T), want class %s", err, err, want)
	}
	if e.Message == "" || strings.ContainsAny(e.Message, "\n\r") {
		t.Errorf("message %q is not one line for an operator", e.Message)
	}
	return e
}

func TestFetchIntroducesItself(t *testing.T) {
	var got http.Header
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		io.WriteString(w, tinyFeed)
	})
	feed := news.Feed{URL: url, User: "desk", Password: "secret", Headers: map[string]string{"X-Key": "k", "If-None-Match": "forged", "Accept-Encoding": "forged"}}
	ans, err := localClient(t, Options{Contact: "desk@example.org", Version: "1.2"}).Fetch(t.Context(), feed, nil, fetchNow)
	if err != nil {
		t.Fatal(err)
	}
	if string(ans.Body) != tinyFeed || !ans.Complete || ans.BodyHash == 0 || ans.FinalURL != url || ans.Status != 200 {
		t.Errorf("answer %+v", ans)
	}
	for name, want := range map[string]string{
		"User-Agent":      "watcherd/1.2 (+https://github.com/watcherd/watcherd; desk@example.org)",
		"Accept-Encoding": "gzip, br, zstd", "X-Key": "k", "Authorization": "Basic ZGVzazpzZWNyZXQ=",
		"If-None-Match": "", "If-Modified-Since": "", "A-Im": "", "Cookie": "", "Referer": "", "Cache-Control": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestFetchUndoesEveryEncoding(t *testing.T) {
	body := strings.Repeat(tinyFeed+"\n<!-- "+strings.Repeat("pad ", 10)+"-->", 20)
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd":    func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	}
	squeeze := func(kind, s string) string {
		var b bytes.Buffer
		w := pack[kind](&b)
		io.WriteString(w, s)
		w.Close()
		return b.String()
	}
	for _, c := range []struct{ name, header, body string }{
		{"plain", "", body}, {"identity", "identity", body},
		{"gzip", "gzip", squeeze("gzip", body)}, {"x-gzip", "x-gzip", squeeze("gzip", body)},
		{"br", "br", squeeze("br", body)}, {"zstd", "ZSTD", squeeze("zstd", body)}, {"deflate", "deflate", squeeze("deflate", body)},
		{"gzip twice, as it says", "gzip, gzip", squeeze("gzip", squeeze("gzip", body))},
		{"gzip twice, though it says once", "gzip", squeeze("gzip", squeeze("gzip", body))},
		{"br over gzip", "gzip, br", squeeze("br", squeeze("gzip", body))},
		{"gzip that is not labelled", "", squeeze("gzip", body)},
		{"gzip label on plain text", "gzip", body}, {"br label on plain text", "br", body},
		{"gzip with padding behind it", "gzip", squeeze("gzip", body) + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := server(t, func(w http.ResponseWriter, r *http.Request) {
				if c.header != "" {
					w.Header().Set("Content-Encoding", c.header)
				}
				io.WriteString(w, c.body)
			})
			client := localClient(t, Options{})
			for range 2 { // the second time with used decoders
				ans, err := client.Fetch(t.Context(), news.Feed{URL: url}, nil, fetchNow)
				if err != nil || string(ans.Body) != body || !ans.Complete {
					t.Fatalf("err %v, %d bytes, complete %v", err, len(ans.Body), ans.Complete)
				}
			}
		})
	}
}

// Brotli has no mark: its streams may begin as gzip or as JSON does.
func TestBrotliIsNotTakenForAnythingElse(t *testing.T) {
	firsts := map[byte]bool{}
	client := NewClient(Options{})
	for _, window := range []int{16, 18, 22, 24} {
		for _, n := range []int{396, 395, 140, 0x28c, 0x528c, 70_000, 300_000} {
			body := tinyFeed + strings.Repeat("x", n-min(n, len(tinyFeed)))
			body = body[:n]
			var b bytes.Buffer
			w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 6, LGWin: window})
			io.WriteString(w, body)
			w.Close()
			firsts[b.Bytes()[0]] = true
			if got, err := client.readBody(bytes.NewReader(b.Bytes()), "br"); err != nil || string(got) != body {
				t.Errorf("window %d, %d bytes, begins %x: %d bytes, %v", window, n, b.Bytes()[:4], len(got), err)
			}
		}
	}
	for _, mark := range []byte{0x1f, 0x5b} {
		if !firsts[mark] {
			t.Errorf("no stream began with %#x; the test has lost its point: %v", mark, firsts)
		}
	}
}

func TestFetchNamesEveryRefusal(t *testing.T) {
	html := func(s string) string { return "<!DOCTYPE html><html><head>" + s + "</head></html>" }
	for _, c := range []struct {
		name   string
		status int
		header string
		body   string
		want   Class
		host   bool
	}{
		{"401", 401, "", "", ClassAuth, false},
		{"403", 403, "Content-Type: text/html", html("Forbidden"), ClassForbidden, false},
		{"403 by Cloudflare's header", 403, "Cf-Mitigated: challenge", "", ClassBotWall, false},
		{"403 by Cloudflare's page", 403, "Content-Type: text/html", html("<title>Just a moment...</title>"), ClassBotWall, false},
		{"503 by Cloudflare's page", 503, "Content-Type: text/html", html("<script>window._cf_chl_opt={}</script>"), ClassBotWall, false},
		{"403 by DataDome", 403, "X-Datadome: protected", "", ClassBotWall, false},
		{"200 by Imperva", 200, "Content-Type: text/html", html(`<script src="/_Incapsula_Resource?x">`), ClassBotWall, false},
		{"200 by Anubis", 200, "Content-Type: text/html", html(`<title>Making sure you&#39;re not a bot!</title>`), ClassBotWall, false},
		{"202 by AWS", 202, "X-Amzn-Waf-Action: challenge", "", ClassBotWall, false},
		{"202 with a page", 202, "Content-Type: text/html", html("please wait"), ClassBotWall, false},
		{"404", 404, "", "no", ClassNotFound, false},
		{"406", 406, "", "", ClassForbidden, false},
		{"410", 410, "", "", ClassGone, false},
		{"429", 429, "Retry-After: 120", "", ClassRateLimited, true},
		{"451", 451, "", "", ClassForbidden, false},
		{"500", 500, "", "", ClassServerError, false},
		{"503", 503, "Retry-After: 60", "", ClassUnavailable, false},
		{"521", 521, "", "", ClassServerError, false},
		{"204", 204, "", "", ClassNotFeed, false},
		{"200 with nothing in it", 200, "", " \n", ClassNotFeed, false},
		{"400", 400, "", "", ClassServerError, false},
		{"304 to a request without validators", 304, "", "", ClassServerError, false},
		{"302 that leads nowhere", 302, "", "", ClassBadHeaders, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
				if name, value, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})})
			ans, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/rss?key=hidden"}, nil, fetchNow)
			e := wantClass(t, err, c.want)
			if e.Host != c.host || e.Status != c.status || ans.Validators != (news.Validators{}) {
				t.Errorf("host %v, status %d, validators %v", e.Host, e.Status, ans.Validators)
			}
			if strings.HasPrefix(c.header, "Retry-After") == e.RetryAfter.IsZero() {
				t.Errorf("retry after %v", e.RetryAfter)
			}
			if !strings.HasPrefix(e.Message, "https://example.org/rss?...: ") {
				t.Errorf("message %q does not say where, or shows the key", e.Message)
			}
		})
	}
}

func TestAPageThatMentionsAWallIsNoWall(t *testing.T) {
	feed := strings.Replace(tinyFeed, "One", "Cloudflare: checking your browser before accessing the web", 1)
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html") // a wrong label, as many have
		w.Header().Set("X-Datadome", "protected")
		io.WriteString(w, feed)
	})})
	if _, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/"}, nil, fetchNow); err != nil {
		t.Error(err)
	}
}

func TestFetchFollowsRedirects(t *testing.T) {
	type hop struct {
		status   int
		location string
	}
	for _, c := range []struct {
		name      string
		hops      map[string]hop
		final     string
		permanent string
		want      Class
	}{
		{name: "none", final: "/rss"},
		{name: "permanent", hops: map[string]hop{"/rss": {301, "/new"}}, final: "/new", permanent: "/new"},
		{name: "permanent twice", hops: map[string]hop{"/rss": {301, "a"}, "/a": {308, "/b#x"}}, final: "/b", permanent: "/b"},
		{name: "temporary", hops: map[string]hop{"/rss": {302, "/a"}}, final: "/a"},
		{name: "see other", hops: map[string]hop{"/rss": {303, "/a"}}, final: "/a"},
		{name: "permanent, then temporary", hops: map[string]hop{"/rss": {301, "/a"}, "/a": {307, "/b"}}, final: "/b", permanent: "/a"},
		{name: "temporary, then permanent", hops: map[string]hop{"/rss": {302, "/a"}, "/a": {301, "/b"}}, final: "/b"},
		{name: "five are followed", hops: map[string]hop{"/rss": {302, "/1"}, "/1": {302, "/2"}, "/2": {302, "/3"}, "/3": {302, "/4"}, "/4": {302, "/5"}}, final: "/5"},
		{name: "six are too many", hops: map[string]hop{"/rss": {302, "/1"}, "/1": {302, "/2"}, "/2": {302, "/3"}, "/3": {302, "/4"}, "/4": {302, "/5"}, "/5": {302, "/6"}}, want: ClassRedirectLoop},
		{name: "a circle", hops: map[string]hop{"/rss": {301, "/a"}, "/a": {301, "/rss"}}, want: ClassRedirectLoop},
		{name: "to a file", hops: map[string]hop{"/rss": {302, "file:///etc/passwd"}}, want: ClassRedirectBlocked},
		{name: "to a number in disguise", hops: map[string]hop{"/rss": {302, "http://2130706433/"}}, want: ClassRedirectBlocked},
		{name: "to no address", hops: map[string]hop{"/rss": {302, "http://[::1"}}, want: ClassBadHeaders},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := server(t, func(w http.ResponseWriter, r *http.Request) {
				if h, ok := c.hops[r.URL.Path]; ok {
					w.Header().Set("Location", h.location)
					w.WriteHeader(h.status)
					return
				}
				io.WriteString(w, tinyFeed)
			})
			ans, err := localClient(t, Options{}).Fetch(t.Context(), news.Feed{URL: url + "/rss"}, nil, fetchNow)
			if c.want != "" {
				wantClass(t, err, c.want)
				return
			}
			permanent := strings.TrimPrefix(ans.Permanent, url)
			if err != nil || ans.FinalURL != url+c.final || permanent != c.permanent {
				t.Errorf("err %v, final %s, permanent %q", err, ans.FinalURL, permanent)
			}
		})
	}
}

func TestSecretsStayWithTheirOrigin(t *testing.T) {
	seen := map[string]http.Header{}
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		seen[r.URL.String()] = r.Header.Clone()
		for from, to := range map[string]string{
			"http://a.example/rss":   "https://a.example/rss",
			"https://a.example/rss":  "https://a.example:8443/rss",
			"https://b.example/rss":  "https://b.example/x",
			"https://b.example/x":    "https://user:pw@c.example/",
			"https://d.example/rss":  "http://d.example/rss",
			"https://A.example/same": "https://a.example:443/same2",
		} {
			if r.URL.String() == from {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusMovedPermanently)
				return
			}
		}
		io.WriteString(w, tinyFeed)
	})})
	fetch := func(url string) (Answer, error) {
		return client.Fetch(t.Context(), news.Feed{URL: url, User: "u", Password: "p", Headers: map[string]string{"X-Api-Key": "k"}}, nil, fetchNow)
	}
	if _, err := fetch("http://a.example/rss"); err != nil {
		t.Fatal(err)
	}
	ans, err := fetch("https://b.example/rss")
	if err != nil || strings.Contains(ans.FinalURL+ans.Permanent, "pw") {
		t.Fatal(ans, err)
	}
	if _, err := fetch("https://A.example/same"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Fetch(t.Context(), news.Feed{URL: "https://in:url@e.example/"}, nil, fetchNow); err != nil {
		t.Fatal(err)
	}
	for url, secret := range map[string]bool{
		"http://a.example/rss": true, "https://a.example/rss": true, "https://a.example:8443/rss": false,
		"https://b.example/rss": true, "https://b.example/x": true, "https://c.example/": false,
		"https://a.example:443/same2": true, "https://in:url@e.example/": true,
	} {
		h, ok := seen[url]
		if !ok || (h.Get("Authorization") != "") != secret || url[8] != 'i' && (h.Get("X-Api-Key") != "") != secret {
			t.Errorf("%s: asked %v, authorization %q, key %q", url, ok, h.Get("Authorization"), h.Get("X-Api-Key"))
		}
	}
	_, err = fetch("https://d.example/rss")
	if e := wantClass(t, err, ClassRedirectBlocked); !strings.Contains(e.Message, "http://d.example/rss") {
		t.Errorf("message %q", e.Message)
	}
}

func TestFetchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := NewClient(Options{Transport: inProcess(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		})})
		why := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		_, err := client.Fetch(ctx, news.Feed{URL: "https://example.org/"}, nil, fetchNow)
		if !errors.Is(err, why) || ClassOf(err) != "" {
			t.Errorf("err %v", err)
		}
		st := news.FeedState{}
		if Fail(&st, err, fetchNow); st.Health.Fails != 0 || !st.LastPoll.IsZero() {
			t.Errorf("a shutdown is held against the feed: %+v", st.Health)
		}
		_, err = client.Fetch(t.Context(), news.Feed{URL: "https://example.org/"}, nil, fetchNow)
		wantClass(t, err, ClassTimeout)
	})
}

func TestFetchFindsHubsInLinkHeaders(t *testing.T) {
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Link", `<https://hub.example/>; rel="hub", </feed>; rel=self`)
		w.Header().Add("Link", `<https://other.example/>; rel="next hub"`)
		io.WriteString(w, tinyFeed)
	})})
	ans, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/x"}, nil, fetchNow)
	if err != nil || ans.Hub != "https://hub.example/" || ans.Self != "https://example.org/feed" {
		t.Errorf("hub %q self %q err %v", ans.Hub, ans.Self, err)
	}
}

func BenchmarkFetch304(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) }))
	defer srv.Close()
	client := localClient(b, Options{})
	st := &news.FeedState{Validators: news.Validators{URL: srv.URL, ETag: `"x"`}}
	st.Trust.Audited = fetchNow
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Fetch(b.Context(), news.Feed{URL: srv.URL}, st, fetchNow); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFetch200Gzip(b *testing.B) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for i := range 20 {
		fmt.Fprintf(z, "<item><title>Story number %d of the day</title><description>%s</description></item>", i, strings.Repeat("some words of it ", 25))
	}
	io.WriteString(z, "</rss>")
	z.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed.Bytes())
	}))
	defer srv.Close()
	client := localClient(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Fetch(b.Context(), news.Feed{URL: srv.URL}, nil, fetchNow); err != nil {
			b.Fatal(err)
		}
	}
}
