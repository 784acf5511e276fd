package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// hub is a WebSub hub and the feeds that name it.
type hub struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	items  map[string]string // by feed
	subs   map[string]url.Values
	asked  int
	echoed string
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.URL.Path != "/hub" {
		w.Header().Add("Link", "<"+h.url+"/hub>; rel=\"hub\"")
		w.Header().Add("Link", "<"+h.url+r.URL.Path+">; rel=\"self\"")
		_, _ = io.WriteString(w, rssOf(h.items[r.URL.Path]))
		return
	}
	if err := r.ParseForm(); err != nil {
		h.t.Error(err)
	}
	h.asked++
	w.WriteHeader(http.StatusAccepted)
	go h.verify(r.PostForm)
}

// verify asks at the callback whether the request was meant.
func (h *hub) verify(form url.Values) {
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"echo this"}, "hub.lease_seconds": {"86400"}}
	status, body := request(h.t, http.MethodGet, form.Get("hub.callback")+"?"+q.Encode(), "", nil)
	if status != http.StatusOK {
		h.t.Errorf("the hub's question is answered %d", status)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.echoed = body
	h.subs[form.Get("hub.topic")] = form
}

// sub waits for a confirmed subscription.
func (h *hub) sub(topic string) (form url.Values) {
	until(10*time.Second, 20*time.Millisecond, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		form = h.subs[topic]
		return form != nil
	})
	return form
}

// soFar is how often the hub was asked, and what it got back last.
func (h *hub) soFar() (asked int, echoed string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked, h.echoed
}

func (h *hub) publish(feed, item string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.items[feed] = item + h.items[feed]
}

func signed(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func request(t *testing.T, method, address, body string, header map[string]string) (int, string) {
	req, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func rssOf(items string) string {
	return `<rss version="2.0"><channel><title>T</title>` + items + `</channel></rss>`
}

func itemOf(n int, title string) string {
	return fmt.Sprintf(`<item><guid isPermaLink="false">n%d</guid><link>https://wire.example/2026/%d</link><title>%s</title></item>`, n, n, title)
}

// program is the real program under test, in a folder of its own.
type program struct {
	t      *testing.T
	config string
	cmd    *exec.Cmd
	mu     sync.Mutex
	out    bytes.Buffer
}

func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

// command runs this test binary as watcherd; see TestMain.
func (p *program) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	exe := filepath.Join(filepath.Dir(p.config), "watcherd")
	if _, err := os.Lstat(exe); err != nil {
		if err := os.Symlink(self, exe); err != nil {
			p.t.Fatal(err)
		}
	}
	return exec.CommandContext(context.Background(), exe, append(args, "--config", p.config)...)
}

func (p *program) start() {
	p.mu.Lock()
	p.out.Reset()
	p.mu.Unlock()
	p.cmd = p.command("run", "--dry-run")
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// await waits until the program has said a text.
func (p *program) await(text string) {
	if !until(10*time.Second, 20*time.Millisecond, func() bool { return strings.Contains(p.said(), text) }) {
		p.t.Fatalf("%q was never said:\n%s", text, p.said())
	}
}

func (p *program) outbox() string {
	out, err := p.command("outbox", "--json").Output()
	if err != nil {
		p.t.Fatal(err)
	}
	return string(out)
}

func TestAHubsPushIsInTheOutboxAtOnce(t *testing.T) {
	h := &hub{t: t, items: map[string]string{"/feed": itemOf(1, "Old NATO news"), "/mute": itemOf(50, "Older NATO news")}, subs: map[string]url.Values{}}
	web := httptest.NewServer(h)
	defer web.Close()
	h.url = web.URL
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	_ = ln.Close()
	dir := t.TempDir()
	p := &program{t: t, config: filepath.Join(dir, "watcherd.yaml")}
	if err := os.WriteFile(p.config, []byte(strings.NewReplacer("WEB", web.URL, "DIR", dir, "HERE", address).Replace(`
state_dir: DIR/state
listen: ""
listen_public: HERE
public_url: http://HERE/push
default_channel: "#desk"
fetch: {allow_private: [127.0.0.0/8], per_host: {spacing: 0s}}
feeds:
  - {url: "WEB/feed", name: Wire, every: 1h}
  - {url: "WEB/mute", name: Mute, every: 1s}
topics:
  nato: {any: "NATO"}
`)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()
	defer func() { p.kill() }()
	sub := h.sub(web.URL + "/feed")
	if sub == nil {
		t.Fatalf("no subscription:\n%s", p.said())
	}
	back, secret := sub.Get("hub.callback"), sub.Get("hub.secret")
	_, echoed := h.soFar()
	if !strings.HasPrefix(back, "http://"+address+"/push/") || echoed != "echo this" {
		t.Errorf("callback %q, echoed %q", back, echoed)
	}
	p.await("a hub confirms")

	// Others get nowhere: another topic, an unknown callback, a body not signed.
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"https://evil.example/"}, "hub.challenge": {"x"}}
	if status, _ := request(t, http.MethodGet, back+"?"+q.Encode(), "", nil); status != http.StatusNotFound {
		t.Errorf("another topic is answered %d", status)
	}
	if status, _ := request(t, http.MethodPost, "http://"+address+"/push/other", "", nil); status != http.StatusGone {
		t.Errorf("an unknown callback is answered %d", status)
	}
	forged := rssOf(itemOf(9, "NATO news that is forged"))
	for _, sum := range []string{"", signed("guessed", forged)} {
		request(t, http.MethodPost, back, forged, map[string]string{"X-Hub-Signature": sum})
	}

	push := func(n int, title string) {
		body := rssOf(itemOf(n, title))
		began := time.Now()
		status, _ := request(t, http.MethodPost, back, body, map[string]string{"X-Hub-Signature": signed(secret, body), "Content-Type": "application/rss+xml"})
		took := time.Since(began)
		if status != http.StatusAccepted || took > time.Second {
			t.Errorf("answered %d after %v", status, took)
		}
		if got := p.outbox(); !strings.Contains(got, title) {
			t.Errorf("not in the outbox after the answer: %s", got)
		}
		t.Logf("pushed to stored in the outbox: %v", took)
	}
	h.publish("/feed", itemOf(2, "NATO ministers meet in Riga"))
	push(2, "NATO ministers meet in Riga")
	p.await("NATO ministers meet in Riga")

	p.kill() // subscriptions outlive it
	before, _ := h.soFar()
	p.start()
	p.await("watching")
	push(3, "NATO jets intercept a bomber over Norway")
	if again, _ := h.soFar(); again != before {
		t.Errorf("the hub was asked again after the restart: %d, %d before", again, before)
	}

	// The other feed's hub never pushes what polls find.
	if h.sub(web.URL+"/mute") == nil {
		t.Fatalf("no subscription:\n%s", p.said())
	}
	for i := range 4 {
		h.publish("/mute", itemOf(60+i, fmt.Sprintf("NATO depot %d is painted", i)))
		p.await(fmt.Sprintf("NATO depot %d", i))
	}
	p.await("a hub misses pushes")
	if got := p.outbox(); strings.Contains(got, "forged") || strings.Contains(got, "Old") {
		t.Errorf("told: %s", got)
	}
}
