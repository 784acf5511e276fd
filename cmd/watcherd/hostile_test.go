package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// hostile is a server that means harm.
type hostile struct {
	name  string
	class string                  // what is said of it; "" if it is read as far as one round goes
	serve func() http.HandlerFunc // made when it is needed, since some are large
}

func hostiles() []hostile {
	rep := strings.Repeat
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	in := func(item string) string { return rssOf(`<item><title>x</title>` + item + `</item>`) }
	// packed as far as it goes, as the sender would.
	packed := func(kind string, body func() string) func() http.HandlerFunc {
		return func() http.HandlerFunc {
			var b bytes.Buffer
			var w io.WriteCloser
			switch kind {
			case "gzip":
				w, _ = gzip.NewWriterLevel(&b, gzip.BestCompression)
			case "br":
				w = brotli.NewWriterLevel(&b, 5)
			case "zstd":
				w, _ = zstd.NewWriter(&b)
			}
			_, _ = io.WriteString(w, body())
			_ = w.Close()
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", kind)
				_, _ = w.Write(b.Bytes())
			}
		}
	}
	plain := func(body func() string) func() http.HandlerFunc {
		return func() http.HandlerFunc {
			text := body()
			return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
		}
	}
	live := func(h http.HandlerFunc) func() http.HandlerFunc { return func() http.HandlerFunc { return h } }
	hijack := func(do func(net.Conn)) func() http.HandlerFunc {
		return live(func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			do(c)
		})
	}
	return []hostile{
		{"two million nested elements, packed", "bomb", packed("gzip", func() string {
			return in(`<x:a xmlns:x="u">` + rep("<c>", 1_600_000) + rep("</c>", 1_000_000) + `</x:a>`)
		})},
		{"a million nested elements", "hostile_markup", plain(func() string {
			return in(`<x:a xmlns:x="u">` + rep("<c>", 1_000_000) + rep("</c>", 1_000_000) + `</x:a>`)
		})},
		{"5,000 namespaces", "hostile_markup", plain(func() string {
			return `<rss ` + many(5000, func(i int) string { return fmt.Sprintf(`xmlns:n%d="u%d" `, i, i) }) + `><channel>` + rep("<item><title>a</title></item>", 5000) + `</channel></rss>`
		})},
		{"200,000 attributes", "hostile_markup", plain(func() string {
			return in(`<x:a ` + many(200_000, func(i int) string { return fmt.Sprintf(`a%d="" `, i) }) + `/>`)
		})},
		{"quadratic text", "", plain(func() string { return in(`<x:a xmlns:x="u">` + rep("abcdefgh<!---->", 300_000) + `</x:a>`) })},
		{"quadratic text around elements", "hostile_markup", plain(func() string { return in(`<x:a xmlns:x="u">` + rep("abcdefgh<y/>", 300_000) + `</x:a>`) })},
		{"100,000 items", "", plain(func() string {
			return rssOf(many(100_000, func(i int) string { return fmt.Sprintf("<item><title>Item %d</title><guid>%d</guid></item>", i, i) }))
		})},
		{"a date of 5 MB", "", plain(func() string { return in(`<pubDate>` + rep("9", 5_000_000) + `</pubDate>`) })},
		{"a title of 5 MB", "", plain(func() string { return in(`<title>` + rep("very long ", 500_000) + `</title>`) })},
		{"a description of 8 MB of tags", "", plain(func() string { return in(`<description>` + rep("&lt;b&gt;&lt;i&gt;x", 400_000) + `</description>`) })},
		{"a gzip bomb", "bomb", packed("gzip", func() string { return rep("\x00", 64<<20) })},
		{"a brotli bomb", "bomb", packed("br", func() string { return rep("\x00", 64<<20) })},
		{"a zstd bomb", "bomb", packed("zstd", func() string { return rep("\x00", 64<<20) })},
		{"a head without end", "bad_headers", hijack(func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for range 10_000 {
				if _, err := io.WriteString(c, "X-A: "+rep("a", 1000)+"\r\n"); err != nil {
					return
				}
			}
		})},
		{"redirects without end", "redirect_loop", live(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		})},
		{"a body without end", "too_large", live(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "<rss><channel>")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, rep("<item><title>again and again</title></item>", 1000)); err != nil {
					return
				}
			}
		})},
		{"a byte a second", "timeout", live(func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(time.Second):
				}
			}
		})},
	}
}

// TestHostileServersHarmNobody (all kinds with WATCHERD_HOSTILE=1, else a few) has the program poll each hostile server alone,
// for what that costs beside a poll of a small feed, and then all of them
// beside a feed that is well. The goals are 250 ms of CPU and 64 MB each; the
// time fails the test at four times the goal, since a busy machine counts more.
func TestHostileServersHarmNobody(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is counted in other units elsewhere")
	}
	all := hostiles()
	long := os.Getenv("WATCHERD_HOSTILE") != ""
	if !long {
		all = slices.DeleteFunc(all, func(h hostile) bool {
			return !slices.Contains([]string{"5,000 namespaces", "a date of 5 MB", "a gzip bomb", "redirects without end"}, h.name)
		})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/well", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, rssOf(strings.Replace(itemOf(1, "NATO ministers meet in Riga"), "</item>", "<pubDate>"+time.Now().Add(-time.Hour).Format(time.RFC1123Z)+"</pubDate></item>", 1)))
	})
	for i, h := range all {
		mux.HandleFunc(fmt.Sprintf("/%d/", i), h.serve())
	}
	web := httptest.NewServer(mux)
	defer web.Close()
	var config strings.Builder
	config.WriteString("listen: \"\"\ndefault_channel: \"#desk\"\nfetch: {allow_private: [127.0.0.0/8], first_poll: 7d, per_host: {concurrent: 32, spacing: 0s}}\ntopics: {nato: {any: NATO}}\nfeeds:\n")
	for i := range all {
		fmt.Fprintf(&config, "  - url: %s/%d/\n", web.URL, i)
	}
	fmt.Fprintf(&config, "  - url: %s/well\n", web.URL)
	p := newProgram(t, config.String())

	poll := func(path string) (class string, cpu time.Duration, mb int64) {
		cmd := p.command("poll", "--json", web.URL+path)
		out, mb := largest(t, cmd)
		var line struct {
			Error struct{ Class string }
		}
		if err := json.Unmarshal(out, &line); err != nil {
			t.Fatalf("%s: %v in %.300q", path, err, out)
		}
		return line.Error.Class, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), mb
	}
	_, calmCPU, calmMB := poll("/well")
	t.Logf("%-36s %-15s %8v %5d MB", "a small feed, the whole program", "", calmCPU.Round(time.Millisecond), calmMB)
	for i, h := range all {
		class, cpu, mb := poll(fmt.Sprintf("/%d/", i))
		cpu, mb = cpu-calmCPU, mb-calmMB
		t.Logf("%-36s %-15s %8v %5d MB more", h.name, class, cpu.Round(time.Millisecond), mb)
		if class != h.class {
			t.Errorf("%s: said to be %q, want %q", h.name, class, h.class)
		}
		if cpu > 4*250*time.Millisecond {
			t.Errorf("%s: %v of CPU", h.name, cpu)
		}
		// The goal is 64, and a date of 5 MB does not meet it always: the long
		// form says so, the short one fails where there is no bound at all.
		if most := int64(64); mb > most && (long || mb > 2*most) {
			t.Errorf("%s: %d MB", h.name, mb)
		}
	}

	cmd := p.command("run", "--once")
	began := time.Now()
	out, mb := largest(t, cmd)
	if !cmd.ProcessState.Success() || !bytes.Contains(out, []byte("NATO ministers meet in Riga")) {
		t.Fatalf("with all of them at once, %v:\n%s", cmd.ProcessState, out)
	}
	t.Logf("all at once beside a feed that is well: %v, %v of CPU, %d MB in all", time.Since(began).Round(time.Millisecond),
		(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(time.Millisecond), mb)
	classes := p.classes(t)
	for i, h := range all {
		if got := classes[fmt.Sprintf("%s/%d/", web.URL, i)]; got != h.class && !(h.class == "" && slices.Contains([]string{"", "truncated"}, got)) {
			t.Errorf("%s: feeds says %q, want %q", h.name, got, h.class)
		}
	}
}

// largest runs a command and returns what it prints, and
// its largest resident set in MB. What the system counts for a child that has
// ended holds the size of the parent, too.
func largest(t *testing.T, cmd *exec.Cmd) (out []byte, mb int64) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // the answer may be no
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return said.Bytes(), mb
		case <-tick.C:
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), "VmHWM:")
		var kb int64
		_, _ = fmt.Sscan(rest, &kb)
		mb = max(mb, kb>>10)
	}
}

// classes are the error classes of the feeds, by address.
func (p *program) classes(t *testing.T) map[string]string {
	t.Helper()
	out, err := p.command("feeds", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for line := range bytes.Lines(out) {
		var row struct{ URL, Class string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		found[row.URL] = row.Class
	}
	return found
}
