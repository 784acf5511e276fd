package web

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type fixed struct {
	checks []Check
	page   Page
}

func (f fixed) Checks() []Check                    { return f.checks }
func (f fixed) Page(context.Context) (Page, error) { return f.page, nil }

func ask(t *testing.T, src Source, host, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8787}
	h := Handler(addr, src, prometheus.NewRegistry())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Host = host
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestOnlyTheOwnHostIsAnswered(t *testing.T) {
	src := fixed{checks: []Check{{Name: "polling", OK: true}}}
	for _, tc := range []struct {
		name, host, origin string
		want               int
	}{
		{"the bound address", "127.0.0.1:8787", "", 200},
		{"localhost with the port", "localhost:8787", "", 200},
		{"upper case", "LOCALHOST:8787", "", 200},
		{"IPv6 loopback", "[::1]:8787", "", 200},
		{"a name that was rebound to loopback", "evil.example:8787", "", 403},
		{"another port", "127.0.0.1:80", "", 403},
		{"no host", "", "", 403},
		{"a request that a foreign page made", "127.0.0.1:8787", "https://evil.example", 403},
		{"a request that the page itself made", "127.0.0.1:8787", "http://127.0.0.1:8787", 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := http.Header{}
			if tc.origin != "" {
				h.Set("Origin", tc.origin)
			}
			for _, path := range []string{"/", "/healthz", "/metrics"} {
				if got := ask(t, src, tc.host, path, h).Code; got != tc.want {
					t.Errorf("%s: status %d, want %d", path, got, tc.want)
				}
			}
		})
	}
}

func TestHealthIsGoodOnlyWhenEverythingProgresses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		checks []Check
		want   int
	}{
		{"all progress", []Check{{Name: "polling", OK: true}, {Name: "storing", OK: true}}, 200},
		{"one stopped", []Check{{Name: "polling", OK: true}, {Name: "storing"}}, 503},
		{"nothing is known", nil, 503},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ask(t, fixed{checks: tc.checks}, "127.0.0.1:8787", "/healthz", nil).Code; got != tc.want {
				t.Errorf("status %d, want %d", got, tc.want)
			}
		})
	}
}

func TestFeedTextCannotBecomeMarkup(t *testing.T) {
	src := fixed{page: Page{Title: "desk", Now: time.Unix(0, 0), Tables: []Table{{
		Title: "Alerts", Heads: []string{"headline"},
		Rows: []Row{{Cells: []string{`<script>alert(1)</script>`}, Link: `javascript:alert(1)`}},
	}}}}
	body := ask(t, src, "127.0.0.1:8787", "/", nil).Body.String()
	if strings.Contains(body, "<script>") || strings.Contains(body, `href="javascript:`) {
		t.Errorf("feed text got through as markup:\n%s", body)
	}
}

func TestListenStaysOnLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.org:80", "8787"} {
		if ln, err := Listen(addr); err == nil {
			_ = ln.Close()
			t.Errorf("Listen(%q) succeeded", addr)
		}
	}
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
}
