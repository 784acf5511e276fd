package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// TestKilledServiceTellsEachStoryOnce kills the real service with SIGKILL at
// random moments, while a feed publishes a story every second or so among 200
// feeds, and wants each story in Slack exactly once at the end. Slack is a
// process of its own and outlives the service.
//
// It is short by default. The long form, for a change near the outbox:
//
//	WATCHERD_CRASH_SEEDS=1-40 WATCHERD_CRASH_KILLS=20 go test -run Killed -v -timeout 30m ./cmd/watcherd
//
// WATCHERD_CRASH_FAULTS=0.2 lets that share of the posts fail at Slack too, and
// WATCHERD_CRASH_FEEDS=5 leaves the machine room for many seeds at once, as many
// as -parallel says. `make crash` does all of it and prints the count.
func TestKilledServiceTellsEachStoryOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("kills and starts the service for most of a minute")
	}
	watcherd, slack := build(t, "."), build(t, "../../internal/notify/slack/fakeslack/cmd")
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("WATCHERD_CRASH_KILLS")); err == nil {
		kills = n
	}
	var sum tally
	seeds := crashSeeds(t)
	// The seeds are done when this returns; only then are they counted.
	t.Run("seeds", func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				if len(seeds) > 1 {
					t.Parallel()
				}
				crash(t, watcherd, slack, seed, kills, &sum)
			})
		}
	})
	t.Logf("%d seeds, %d kills, %d of them amid a post, %d requests to Slack: %d stories, %d lost, %d told twice, %d extra copies taken back",
		len(seeds), sum.kills, sum.amid, sum.requests, sum.stories, sum.lost, sum.twice, sum.deleted)
}

// tally counts over all seeds.
type tally struct {
	mu sync.Mutex

	kills, amid, requests, stories, lost, twice, deleted int
}

// crashSeeds reads WATCHERD_CRASH_SEEDS: 1,2,3 or 1-40.
func crashSeeds(t *testing.T) []uint64 {
	t.Helper()
	var out []uint64
	for s := range strings.SplitSeq(cmp.Or(os.Getenv("WATCHERD_CRASH_SEEDS"), "1"), ",") {
		from, to, isRange := strings.Cut(s, "-")
		if !isRange {
			to = from
		}
		a, err := strconv.ParseUint(from, 10, 64)
		b, err2 := strconv.ParseUint(to, 10, 64)
		if err != nil || err2 != nil {
			t.Fatalf("WATCHERD_CRASH_SEEDS: %q", s)
		}
		for ; a <= b; a++ {
			out = append(out, a)
		}
	}
	return out
}

// build builds a command of the module and returns its path.
func build(t *testing.T, dir string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", exe, dir).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", dir, err, out)
	}
	return exe
}

func crash(t *testing.T, watcherd, slackExe string, seed uint64, kills int, sum *tally) {
	rng := rand.New(rand.NewPCG(seed, 0xdead))
	w := newWire(seed)
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	sl := startSlack(t, slackExe, seed)
	far := &distance{to: sl.url}
	road := httptest.NewServer(far)
	t.Cleanup(road.Close)
	svc := &service{exe: watcherd, dir: t.TempDir()}
	svc.configure(t, web.URL, road.URL)

	svc.start(t)
	w.waitSeen(t) // the baseline is stored, and the feed asked again
	for range 4 {
		w.publish()
		time.Sleep(1500 * time.Millisecond) // one at a time: the lag is of each
	}
	calm := slices.Clone(w.stories())
	sl.await(t, calm)
	lag := sl.lags(t, w)
	t.Logf("without kills, published to posted: median %v, worst %v of %d", lag[len(lag)/2], lag[len(lag)-1], len(lag))

	far.delay.Store(int64(400 * time.Millisecond))
	amid := 0
	ctx, stop := context.WithCancel(t.Context())
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for {
			w.publish()
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second + rand.N(400*time.Millisecond)):
			}
		}
	})
	for range kills {
		time.Sleep(100*time.Millisecond + time.Duration(rng.Int64N(int64(3500*time.Millisecond))))
		if far.posting.Load() > 0 {
			amid++
		}
		svc.kill(t)
		sl.get(t, "/_people/crash")
		svc.start(t)
	}
	time.Sleep(time.Second) // the last start publishes something too
	stop()
	publishing.Wait()

	all := w.stories()
	sl.await(t, all)
	svc.terminate(t)
	v := sl.oracle(t)
	lost, twice := 0, 0
	for _, s := range all {
		switch n := len(shown(v, s.marker)); {
		case n == 0:
			lost++
			t.Errorf("lost: %q, of which watcherd why says:\n%s", s.title, svc.ask(t, "why", s.url))
		case n > 1:
			twice++
			t.Errorf("told %d times: %q", n, s.title)
		}
	}
	for _, old := range w.old {
		if len(shown(v, old.marker)) > 0 {
			t.Errorf("an item of the first poll was told: %q", old.title)
		}
	}
	for _, broken := range v.Violations {
		t.Errorf("Slack's rule broken: %s", broken)
	}
	deleted := 0
	for _, e := range v.Seen {
		if e.Kind == "delete" {
			deleted++
		}
	}
	sum.mu.Lock()
	defer sum.mu.Unlock()
	sum.kills, sum.amid, sum.requests = sum.kills+kills, sum.amid+amid, sum.requests+v.Requests
	sum.stories, sum.lost, sum.twice, sum.deleted = sum.stories+len(all), sum.lost+lost, sum.twice+twice, sum.deleted+deleted
	t.Logf("%d kills, %d of them amid a post; %d stories published: %d lost, %d told twice, %d extra copies deleted, %d requests to Slack",
		kills, amid, len(all), lost, twice, deleted, v.Requests)
}

// wire is a server of 200 feeds. One of them, /wire.xml, publishes stories.
type wire struct {
	rng *rand.Rand
	old []story

	mu   sync.Mutex
	news []story
	asks int
}

// story is a published story with a word that no other text has.
type story struct {
	marker, title, text, url string
	at                       time.Time
}

func newWire(seed uint64) *wire {
	w := &wire{rng: rand.New(rand.NewPCG(seed, 0xfeed))}
	for i := range 5 {
		w.old = append(w.old, w.write(fmt.Sprintf("old%d", i)))
	}
	return w
}

// publish puts a new story into the feed.
func (w *wire) publish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news = append(w.news, w.write(fmt.Sprint(len(w.news))))
}

// write makes up a story that has nothing in common with the others but its
// topic, so that no two of them are taken for one.
func (w *wire) write(id string) story {
	name := func(syllables int) string {
		var b strings.Builder
		for range syllables {
			b.WriteByte("bdfgklmnprstvz"[w.rng.IntN(14)])
			b.WriteByte("aeiou"[w.rng.IntN(5)])
		}
		s := b.String()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	m, text := name(5), make([]string, 24)
	for i := range text {
		if text[i] = name(2 + w.rng.IntN(3)); i > 0 && w.rng.IntN(4) > 0 {
			text[i] = strings.ToLower(text[i])
		}
	}
	title := []string{name(3), strings.ToLower(name(4)), "NATO", m, strings.ToLower(name(3)), name(4), strings.ToLower(name(2))}
	w.rng.Shuffle(len(title), func(i, j int) { title[i], title[j] = title[j], title[i] })
	return story{
		marker: m, at: time.Now(), url: "https://wire.example/" + m,
		title: strings.Join(title, " "), text: strings.Join(text, " ") + ". " + id,
	}
}

func (w *wire) stories() []story {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.news)
}

// waitSeen waits until the feed is asked with its validator, which says that
// its first round has been stored.
func (w *wire) waitSeen(t *testing.T) {
	t.Helper()
	for range 1500 {
		w.mu.Lock()
		n := w.asks
		w.mu.Unlock()
		if n > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the feed was never asked a second time")
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var list []story
	tag := `"calm"`
	if r.URL.Path == "/wire.xml" {
		w.mu.Lock()
		list = slices.Concat(w.old, w.news)
		if r.Header.Get("If-None-Match") != "" {
			w.asks++
		}
		w.mu.Unlock()
		tag = fmt.Sprintf(`"%d"`, len(list))
	} else {
		for i := range 10 {
			n := fmt.Sprintf("%s %d", r.URL.Path, i)
			list = append(list, story{title: "Weather and traffic of " + n, text: "Nothing of note.", url: "https://calm.example" + strings.ReplaceAll(n, " ", "/")})
		}
	}
	if r.Header.Get("If-None-Match") == tag {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.Header().Set("ETag", tag)
	rw.Header().Set("Content-Type", "application/rss+xml")
	fmt.Fprint(rw, `<rss version="2.0"><channel><title>Wire</title>`)
	for _, s := range slices.Backward(list) {
		fmt.Fprintf(rw, "<item><guid>%s</guid><title>%s</title><link>%s</link><description>%s</description></item>\n", s.url, s.title, s.url, s.text)
	}
	fmt.Fprint(rw, `</channel></rss>`)
}

// service is the real program in a process of its own.
type service struct {
	exe, dir string
	cmd      *exec.Cmd
}

func (s *service) configure(t *testing.T, web, slack string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `state_dir: %s/state
timezone: UTC
listen: ""
default_channel: "#nato"
slack: {api_url: "%s/api/", ops_channel: "#ops"}
fetch: {every: 10s, allow_private: [127.0.0.0/8], per_host: {concurrent: 16, spacing: 0s}}
topics:
  nato: {any: NATO}
feeds:
  - {url: "%s/wire.xml", name: Wire, every: 1s}
`, s.dir, slack, web)
	calm := 199
	if n, err := strconv.Atoi(os.Getenv("WATCHERD_CRASH_FEEDS")); err == nil {
		calm = n
	}
	for i := range calm {
		fmt.Fprintf(&b, "  - {url: \"%s/calm/%d.xml\", name: Calm %d}\n", web, i, i)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "watcherd.yaml"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *service) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.exe, append(args, "--config", filepath.Join(s.dir, "watcherd.yaml"))...)
	cmd.Env = append(os.Environ(), "WATCHERD_SLACK_BOT_TOKEN=xoxb-test")
	return cmd
}

func (s *service) start(t *testing.T) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the process has its own
	cmd := s.command("run")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if s.cmd == nil {
		t.Cleanup(func() { s.end(t) })
	}
	s.cmd = cmd
}

func (s *service) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatalf("the service ended by itself: %v\n%s", err, s.log())
	}
	_ = s.cmd.Wait() // killed
	if code := s.cmd.ProcessState.ExitCode(); code >= 0 {
		t.Fatalf("the service ended by itself with %d before it was killed:\n%s", code, s.log())
	}
}

func (s *service) terminate(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("a stopped service wants exit code 0: %v\n%s", err, s.log())
	}
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
}

func (s *service) end(t *testing.T) {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // at the end of a failed test
		_ = s.cmd.Wait()
	}
	if t.Failed() {
		t.Logf("the service's log ends so:\n%s", s.log())
		if dir := os.Getenv("WATCHERD_CRASH_KEEP"); dir != "" {
			_ = os.CopyFS(dir, os.DirFS(s.dir)) // for a person to look at
		}
	}
}

func (s *service) log() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(b[max(0, len(b)-4000):])
}

func (s *service) ask(t *testing.T, args ...string) string {
	t.Helper()
	out, _ := s.command(args...).CombinedOutput() // exit code 1 is an answer too
	return string(out)
}

// distance puts Slack some way off: a request takes up to delay to arrive and
// its answer as long again, so that kills fall amid posts. What was sent
// arrives, even if its sender is dead by then.
type distance struct {
	to      string
	delay   atomic.Int64
	posting atomic.Int32
}

func (d *distance) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/chat.postMessage" {
		d.posting.Add(1)
		defer d.posting.Add(-1)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	d.wait()
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, d.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		panic(http.ErrAbortHandler) // the fault of the fake goes through
	}
	defer resp.Body.Close() // read below
	answer, err := io.ReadAll(resp.Body)
	d.wait()
	maps.Copy(rw.Header(), resp.Header)
	rw.WriteHeader(resp.StatusCode)
	_, _ = rw.Write(answer) // the sender may be dead
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (d *distance) wait() {
	if n := d.delay.Load(); n > 0 {
		time.Sleep(time.Duration(rand.Int64N(n)))
	}
}

// slackProcess is the strict fake in a process of its own.
type slackProcess struct{ url string }

func startSlack(t *testing.T, exe string, seed uint64) *slackProcess {
	t.Helper()
	dir := t.TempDir()
	addr := filepath.Join(dir, "addr")
	args := []string{"-addr", addr, "-log", filepath.Join(dir, "requests")}
	if rate := os.Getenv("WATCHERD_CRASH_FAULTS"); rate != "" {
		args = append(args, "-seed", fmt.Sprint(seed), "-rate", rate)
	}
	cmd := exec.Command(exe, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has no other end
		_ = cmd.Wait()
	})
	for range 500 {
		if b, err := os.ReadFile(addr); err == nil {
			return &slackProcess{url: "http://" + string(b)}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the fake Slack did not start")
	return nil
}

// get returns what the fake answers.
func (s *slackProcess) get(t *testing.T, path string) []byte {
	t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *slackProcess) oracle(t *testing.T) fakeslack.Verdict {
	t.Helper()
	var v fakeslack.Verdict
	if err := json.Unmarshal(s.get(t, "/_oracle"), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// await waits until all stories are visible and nothing moves any more. What
// is still missing after two minutes without a change is left to the caller;
// with faults after twelve, since Slack may ask for ten minutes of patience
// (message_limit_exceeded).
func (s *slackProcess) await(t *testing.T, all []story) {
	t.Helper()
	last, still, patience := -1, time.Now(), 2*time.Minute
	if os.Getenv("WATCHERD_CRASH_FAULTS") != "" {
		patience = 12 * time.Minute
	}
	for time.Since(still) < patience {
		v, n := s.oracle(t), 0
		for _, st := range all {
			if len(shown(v, st.marker)) > 0 {
				n++
			}
		}
		if n != last {
			last, still = n, time.Now()
		}
		if n == len(all) && v.Coming == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// lags are the times from the publication of a story to its message, sorted.
func (s *slackProcess) lags(t *testing.T, w *wire) []time.Duration {
	t.Helper()
	v := s.oracle(t)
	var out []time.Duration
	for _, st := range w.stories() {
		for _, m := range shown(v, st.marker) {
			for _, e := range v.Seen {
				if e.Kind == "post" && e.TS == m.TS {
					out = append(out, e.At.Sub(st.at).Round(time.Millisecond))
				}
			}
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		t.Fatal("no story reached Slack at all")
	}
	return out
}

// shown are the messages that tell a story.
func shown(v fakeslack.Verdict, marker string) []fakeslack.Message {
	word := regexp.MustCompile(`\b` + marker + `\b`)
	var out []fakeslack.Message
	for _, list := range v.Visible {
		for _, m := range list {
			if word.MatchString(m.Text) || word.Match(m.Blocks) {
				out = append(out, m)
			}
		}
	}
	return out
}
