// Package web is the desk's page on loopback, with /healthz and /metrics
// beside it. It shows what it is told and changes nothing: there is no form,
// no script and no state behind it. Requests are answered only for the hosts
// that the listener is known by, so that a page in somebody's browser cannot
// reach it under another name (DNS rebinding, CVE-2026-27589).
//
// Start reading at Handler. What is shown comes through Source, which the
// daemon meets.
package web

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing that must progress for the watch to be healthy.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Row is one line of a table: the cells and whether it needs a look.
type Row struct {
	Cells []string
	Link  string // for the first cell; http or https only
	Warn  bool
}

// Table is a part of the page.
type Table struct {
	Title string
	Empty string // said when there are no rows
	Heads []string
	Rows  []Row
}

// Page is what the desk sees.
type Page struct {
	Title  string
	Lead   string // the state of the watch in one sentence
	Checks []Check
	Tables []Table
	Now    time.Time
}

// Source is asked at every request.
type Source interface {
	Checks() []Check
	Page(ctx context.Context) (Page, error)
}

//go:embed page.html style.css
var files embed.FS

// Handler serves the page. Addr is the address that the listener is bound to.
func Handler(addr net.Addr, src Source, metrics prometheus.Gatherer) http.Handler {
	page := template.Must(template.New("page.html").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") },
	}).ParseFS(files, "page.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { servePage(w, r, src, page) })
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "style.css")
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { serveHealth(w, src) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return guard(hosts(addr), mux)
}

// Listen opens the loopback listener. Any other address is refused: the page
// has no login.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen %q: want host:port, as in 127.0.0.1:8787", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen %q: the page has no login and stays on loopback; use 127.0.0.1 and a tunnel or a proxy with a login", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen %q: %w", addr, err)
	}
	return ln, nil
}

// hosts are the names under which the listener may be asked.
func hosts(addr net.Addr) map[string]bool {
	allowed := make(map[string]bool)
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return allowed
	}
	for _, h := range []string{"localhost", "127.0.0.1", "[::1]"} {
		allowed[h+":"+port] = true
		if port == "80" {
			allowed[h] = true
		}
	}
	return allowed
}

// guard lets only requests through that name an allowed host, and none that a
// foreign page made.
func guard(allowed map[string]bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !allowed[strings.ToLower(r.Host)] {
			http.Error(w, "this page answers only on its own loopback address", http.StatusForbidden)
			return
		}
		if o := r.Header.Get("Origin"); o != "" && !allowed[strings.TrimPrefix(strings.ToLower(o), "http://")] {
			http.Error(w, "requests from other pages are not answered", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func servePage(w http.ResponseWriter, r *http.Request, src Source, page *template.Template) {
	p, err := src.Page(r.Context())
	if err != nil {
		http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A failed write is a reader that went away.
	_ = page.Execute(w, p)
}

// serveHealth answers 200 only while everything really progresses.
func serveHealth(w http.ResponseWriter, src Source) {
	checks := src.Checks()
	ok := len(checks) > 0
	for _, c := range checks {
		ok = ok && c.OK
	}
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// A failed write is a reader that went away.
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": ok, "checks": checks})
}
