package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// polls runs `poll --json` in process on a config.
func polls(t *testing.T, config string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "watcherd.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, talk bytes.Buffer
	run(context.Background(), append([]string{"poll", "--json", "--config", path}, args...), strings.NewReader(""), &out, &talk)
	return out.String() + talk.String()
}

const plain = "listen: \"\"\ndefault_channel: \"#desk\"\ntopics: {nato: {any: NATO}}\n"

func secretFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFeedBehindAPasswordOrAHeaderIsReadWithItsSecrets(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "desk" || password != "s3cret" || r.Header.Get("X-Key") != "k3y" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, rssOf(itemOf(1, "Behind the door")))
	}))
	defer web.Close()
	config := plain + fmt.Sprintf("fetch: {allow_private: [127.0.0.0/8]}\nfeeds:\n  - {url: %q, user: desk, password_file: %s, header_files: {X-Key: %s}}\n",
		web.URL+"/rss", secretFile(t, "s3cret\n"), secretFile(t, "k3y\n"))
	if got := polls(t, config, web.URL+"/rss"); !strings.Contains(got, "Behind the door") || strings.Contains(got, "s3cret") {
		t.Errorf("with its secrets: %s", got)
	}
	if got := polls(t, config, web.URL+"/other"); !strings.Contains(got, `"class":"auth"`) {
		t.Errorf("another feed got the secrets: %s", got)
	}
}

func TestACertificateIsCheckedUnlessTheFeedSaysNotTo(t *testing.T) {
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, rssOf(itemOf(1, "Self-signed news")))
	}))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	config := plain + fmt.Sprintf("fetch: {allow_private: [127.0.0.0/8]}\nfeeds:\n  - {url: %q, insecure_tls: true}\n", web.URL+"/rss")
	if got := polls(t, config, web.URL+"/rss"); !strings.Contains(got, "Self-signed news") {
		t.Errorf("insecure_tls: %s", got)
	}
	if got := polls(t, config, web.URL+"/other"); !strings.Contains(got, `"class":"tls"`) {
		t.Errorf("another feed of the same server: %s", got)
	}
}

func TestFeedsAreAskedThroughTheProxy(t *testing.T) {
	asked := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") == "" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		asked = r.URL.String()
		_, _ = io.WriteString(w, rssOf(itemOf(1, "Through the proxy")))
	}))
	defer proxy.Close()
	address := strings.Replace(proxy.URL, "http://", "http://desk:pass@", 1)
	with := plain + fmt.Sprintf("fetch: {proxy_file: %s}\n", secretFile(t, address))
	if got := polls(t, with, "http://wire.example/rss"); !strings.Contains(got, "Through the proxy") || asked != "http://wire.example/rss" {
		t.Errorf("asked %q: %s", asked, got)
	}
	without := plain + fmt.Sprintf("fetch: {proxy: %q}\n", proxy.URL)
	if got := polls(t, without, "http://wire.example/rss"); !strings.Contains(got, `"class":"auth"`) {
		t.Errorf("without a password: %s", got)
	}
}
