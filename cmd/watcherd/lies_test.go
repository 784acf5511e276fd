package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestALiarIsFoundOutNamedAndRemembered drives the program against a server
// that keeps one ETag while its feed changes.
func TestALiarIsFoundOutNamedAndRemembered(t *testing.T) {
	var mu sync.Mutex
	items, asked := itemOf(1, "Old NATO news"), []string{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Header.Get("If-None-Match"))
		w.Header().Set("Etag", `"for ever"`)
		_, _ = io.WriteString(w, rssOf(items))
	}))
	defer web.Close()
	publish := func(n int, title string) {
		mu.Lock()
		defer mu.Unlock()
		items = itemOf(n, title) + items
		asked = nil
	}
	p := newProgram(t, strings.ReplaceAll(`
listen: ""
default_channel: "#desk"
fetch: {allow_private: [127.0.0.0/8], per_host: {spacing: 0s}}
feeds:
  - {url: "WEB/feed", name: Wire, every: 1s}
topics:
  nato: {any: "NATO"}
`, "WEB", web.URL))
	p.start()
	defer func() { p.kill() }()
	p.await("feed ok")
	publish(2, "NATO ministers meet in Riga")
	p.await("NATO ministers meet in Riga")
	p.await("a server is no longer believed")
	for args, want := range map[string]string{
		"feeds":        "Wire said “not modified” though it was not; it is asked in full each",
		"feeds --json": `"lies":true`,
		"status":       "1 said “not modified” falsely and not believed",
	} {
		out, err := p.command(strings.Fields(args)...).Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s says, %v:\n%s", args, err, out)
		}
	}
	p.kill()
	publish(3, "NATO jets intercept a bomber over Norway")
	p.start()
	p.await("NATO jets intercept a bomber over Norway")
	mu.Lock()
	defer mu.Unlock()
	for _, etag := range asked {
		if etag != "" {
			t.Errorf("asked with %s after the restart", etag)
		}
	}
}

// newProgram is the program with a config and a state folder of its own.
func newProgram(t *testing.T, config string) *program {
	t.Helper()
	dir := t.TempDir()
	p := &program{t: t, config: filepath.Join(dir, "watcherd.yaml")}
	if err := os.WriteFile(p.config, fmt.Appendf(nil, "state_dir: %s/state\n%s", dir, config), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}
