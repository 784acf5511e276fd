package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// BenchmarkPoll runs the built program over a farm of feeds of its own: 10,000
// feeds of 20 items on 100 hosts that answer after 50 ms. It asks all of them
// at first sight, again when nothing changed (all 304), and again when every
// feed has one new item, with the shipped topics, the stories and the store at
// work and the disk synced. Beside it stands the floor: the library alone,
// parsing the same bytes. One round of it is the measurement:
//
//	make bench-poll
//
// The time of a phase is from the first request until the last round is on the
// disk, and so are the CPU time and the largest resident set, which holds pages
// of the data file that the system takes back when it needs them; "own" is
// without them, at the end. The start is before the first request: reading the
// config and the past, and the engine's walk through the data file.
// WATCHERD_BENCH_FEEDS sets another number of feeds, WATCHERD_BENCH_EXE another
// program.
func BenchmarkPoll(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("needs all of 127.0.0.0/8 on the loopback")
	}
	n, err := strconv.Atoi(cmp.Or(os.Getenv("WATCHERD_BENCH_FEEDS"), "10000"))
	if err != nil {
		b.Fatal(err)
	}
	exe := os.Getenv("WATCHERD_BENCH_EXE")
	if exe == "" {
		exe = buildFor(b)
	}
	f := newFarm(b, n)
	dir := b.TempDir()
	config := f.configure(b, dir)
	for range b.N {
		if err := os.RemoveAll(filepath.Join(dir, "state")); err != nil {
			b.Fatal(err)
		}
		f.published.Store(0)
		b.Logf("%-28s %8s %8s %10s %9s %9s %20s %12s", "", "wall", "feeds/s", "CPU s/1000", "peak RSS", "own", "start", "answers")
		for _, phase := range []struct {
			name string
			want int32 // status of the answers
			news int64
			most time.Duration
		}{
			{"first sight, 20 items each", 200, 0, 0},
			{"nothing changed", 304, 0, 3 * time.Second},
			{"one new item each", 200, 1, 20 * time.Second},
			{"nothing changed again", 304, 0, 3 * time.Second},
		} {
			f.published.Add(phase.news)
			m := f.sweep(b, exe, config)
			b.Logf("%-28s %7.2fs %8.0f %10.2f %6d MB %6d MB %8.2fs, %5d MB %6d x %d", phase.name, m.wall.Seconds(), float64(n)/m.wall.Seconds(),
				m.cpu.Seconds()/float64(n)*1000, m.rss>>20, m.anon>>20, m.start.Seconds(), m.startRSS>>20, m.answers, phase.want)
			if got := f.count(phase.want); got != int64(n) {
				b.Errorf("%s: %d of %d feeds answered %d", phase.name, got, n, phase.want)
			}
			if phase.most > 0 && n == 10000 {
				if m.wall > phase.most {
					b.Errorf("%s: took %v, the goal is %v", phase.name, m.wall, phase.most)
				}
				if m.rss > 150<<20 {
					b.Errorf("%s: resident set %d MB, the goal is 150 MB", phase.name, m.rss>>20)
				}
			}
		}
		floor(b, f, n)
	}
}

// floor is what the library alone takes to read the same bytes.
func floor(b *testing.B, f *farm, n int) {
	n = min(n, 1000)
	bodies := make([][]byte, n)
	for i := range bodies {
		bodies[i] = f.body(i, 1)
	}
	was := cpuOf(b, os.Getpid())
	for _, body := range bodies {
		if _, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%-28s %28.2f", "floor: gofeed, parsing only", (cpuOf(b, os.Getpid())-was).Seconds()/float64(n)*1000)
}

func buildFor(b *testing.B) string {
	exe := filepath.Join(b.TempDir(), "watcherd")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return exe
}

// farm serves feeds that differ from one another.
type farm struct {
	feeds     int
	port      int
	published atomic.Int64 // items that every feed has gained
	mu        sync.Mutex
	onFirst   func() // called at the first request of a sweep
	statuses  map[int32]int64
}

const (
	farmHosts   = 100
	farmLatency = 50 * time.Millisecond
	farmItems   = 20
)

func newFarm(b *testing.B, feeds int) *farm {
	f := &farm{feeds: feeds, statuses: make(map[int32]int64)}
	ln, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp4", "0.0.0.0:0")
	if err != nil {
		b.Fatal(err)
	}
	f.port = ln.Addr().(*net.TCPAddr).Port
	s := &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(ln) }()
	b.Cleanup(func() { _ = s.Close() })
	return f
}

func (f *farm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	if f.onFirst != nil {
		f.onFirst()
		f.onFirst = nil
	}
	f.mu.Unlock()
	time.Sleep(farmLatency) // the way to a host and back
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	have := f.published.Load()
	tag := fmt.Sprintf(`"%d-%d"`, n, have)
	status := int32(http.StatusOK)
	w.Header().Set("Etag", tag)
	if r.Header.Get("If-None-Match") == tag {
		status = http.StatusNotModified
		w.WriteHeader(http.StatusNotModified)
	} else {
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = w.Write(f.body(n, have))
	}
	f.mu.Lock()
	f.statuses[status]++
	f.mu.Unlock()
}

// count takes the answers of a status since the last call of sweep.
func (f *farm) count(status int32) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.statuses[status]
}

// body is feed n after it gained so many items: one item a day, the newest
// first.
func (f *farm) body(n int, have int64) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Gazette %d</title><link>http://example.org/%d</link><description>News</description>`, n, n)
	at := time.Now().Add(-time.Minute)
	for i := have + farmItems - 1; i >= have; i-- {
		rng := rand.New(rand.NewPCG(uint64(n), uint64(i)))
		fmt.Fprintf(&out, `<item><title>%s</title><link>http://example.org/%d/2026/story-%d.html</link><guid isPermaLink="false">g%d-%d</guid><pubDate>%s</pubDate><description>%s %s</description></item>`,
			sentence(rng, 9), n, i, n, i, at.Format(time.RFC1123Z), sentence(rng, 22), sentence(rng, 18))
		at = at.Add(-24 * time.Hour)
	}
	out.WriteString(`</channel></rss>`)
	return out.Bytes()
}

// topical are words that the shipped topics look for, and their neighbours.
var topical = strings.Fields(`Ukraine NATO sanctions missile drone Kremlin Kyiv Moscow treaty warhead cyberattack ransomware
	brigade frigate export ammunition frontline ceasefire parliament minister`)

const glue = "the of a in to and for with on by from after over against near"

// sentence is n words: syllables put together, so that no two stories are
// alike by accident, between the words that hold English together, and now and
// then one that a desk watches for.
func sentence(rng *rand.Rand, n int) string {
	words := make([]string, n)
	small := strings.Fields(glue)
	for i := range words {
		switch p := rng.IntN(1000); {
		case p < 350:
			words[i] = small[rng.IntN(len(small))]
		case p < 354:
			words[i] = topical[rng.IntN(len(topical))]
		default:
			words[i] = pseudo(rng)
		}
	}
	words[0] = strings.ToUpper(words[0][:1]) + words[0][1:]
	return strings.Join(words, " ")
}

// pseudo is a word of one to three syllables out of 3,000.
func pseudo(rng *rand.Rand) string {
	k := rng.IntN(3000)
	syllable := func(k int) string { return string("bdfgklmnprstvz"[k%14]) + string("aeiou"[k/14%5]) }
	w := syllable(k) + string("nrslt"[k%5]) + syllable(k/3+7)
	if k%3 == 0 {
		w += syllable(k/70) + "n"
	}
	return w
}

// measure is what one run of the program took.
type measure struct {
	wall, start, cpu time.Duration
	rss, anon        int64
	startRSS         int64
	answers          int64
}

// sweep runs one round of every feed. The program's log says when the last
// round is stored; what it has used until the first request is its start's.
func (f *farm) sweep(b *testing.B, exe, config string) measure {
	var m measure
	began := time.Now()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	cmd := exec.CommandContext(ctx, exe, "run", "--once", "--dry-run", "--config", config)
	log, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	var before time.Duration
	f.mu.Lock()
	clear(f.statuses)
	f.onFirst = func() {
		m.start, before = time.Since(began), cpuOf(b, cmd.Process.Pid)
		m.startRSS = memoryOf(b, cmd.Process.Pid, "VmHWM")
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", cmd.Process.Pid), []byte("5"), 0); err != nil {
			b.Error(err) // the largest resident set counts from here on
		}
	}
	f.mu.Unlock()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines, said := bufio.NewScanner(log), ""
	for m.wall == 0 && lines.Scan() {
		said += lines.Text() + "\n"
		if _, rest, ok := strings.Cut(lines.Text(), "asked all feeds"); ok {
			_, word, _ := strings.Cut(rest, "took=")
			m.wall, _ = time.ParseDuration(word)
			m.cpu = cpuOf(b, cmd.Process.Pid) - before
			m.rss, m.anon = memoryOf(b, cmd.Process.Pid, "VmHWM"), memoryOf(b, cmd.Process.Pid, "RssAnon")
		}
	}
	if m.wall == 0 {
		b.Fatalf("the run did not come to its end:\n%s", said)
	}
	_ = cmd.Process.Signal(os.Interrupt) // the alerts need not be said
	_, _ = io.Copy(io.Discard, log)
	_ = cmd.Wait()
	for _, n := range f.statuses {
		m.answers += n
	}
	return m
}

// cpuOf is the CPU time that a process has used.
func cpuOf(b *testing.B, pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Error(err)
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, word := range fields[11:13] {
		n, _ := strconv.ParseInt(word, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memoryOf is a figure of a process's memory in bytes: VmHWM is the largest
// resident set so far, mapped pages of the data file included, RssAnon what
// is the process's own now.
func memoryOf(b *testing.B, pid int, name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Error(err)
		return 0
	}
	_, rest, _ := strings.Cut(string(text), name+":")
	var kb int64
	_, _ = fmt.Sscan(rest, &kb)
	return kb << 10
}

// configure writes a config with the shipped topics. The manners towards hosts
// are lifted, since it is the machine that is measured.
func (f *farm) configure(b *testing.B, dir string) string {
	shipped, err := filepath.Abs("../../configs")
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `include: [%q, %q, %q]
state_dir: %s
listen: ""
timezone: UTC
contact: desk@example.org
default_channel: "#desk"
fetch:
  every: 30m
  workers: 256
  per_host: {concurrent: 8, spacing: 0s}
  allow_private: [127.0.0.0/8]
feeds:
`, filepath.Join(shipped, "topics/*.yaml"), filepath.Join(shipped, "entities/*.yaml"), filepath.Join(shipped, "contexts.yaml"), filepath.Join(dir, "state"))
	for i := range f.feeds {
		fmt.Fprintf(&out, "  - {url: \"http://127.0.0.%d:%d/%d\", name: Gazette %d}\n", 1+i%farmHosts, f.port, i, i)
	}
	path := filepath.Join(dir, "watcherd.yaml")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}
