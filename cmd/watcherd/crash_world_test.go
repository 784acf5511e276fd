package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// The words by which the crash tests' two topics match. The urgent one leads
// to #arms, the other to #arms and #nato.
const (
	topicNormal = "NATO"
	topicUrgent = "KLAXON"
)

// channelIDs are the fake's.
var channelIDs = map[string]string{"#arms": "C0ARMS", "#nato": "C0NATO"}

// stand is a server of three papers. The Wire publishes stories, the Herald
// follows some of them up, the third never has news.
type stand struct {
	rng    *rand.Rand
	served func() // told when news were handed over

	mu    sync.Mutex
	old   []story
	wire  []story
	also  []story        // the Herald's
	given map[string]int // how many stories of a paper were handed over
	asks  map[string]int // with a validator
}

// story is a published story with a word that no other text has.
type story struct {
	marker, title, text, url, topic string
	followed                        bool
}

func (s *story) channels() []string {
	if s.topic == topicUrgent {
		return []string{"#arms"}
	}
	return []string{"#arms", "#nato"}
}

func newStand(seed uint64) *stand {
	w := &stand{rng: rand.New(rand.NewPCG(seed, 0xfeed)), given: map[string]int{}, asks: map[string]int{}, served: func() {}}
	for range 3 {
		w.old = append(w.old, w.write(topicNormal))
	}
	return w
}

// publish puts n stories into the Wire.
func (w *stand) publish(topic string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range n {
		w.wire = append(w.wire, w.write(topic))
	}
}

// follow lets the Herald report what the Wire told in the nth lot of two.
func (w *stand) follow(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < 0 || 2*n >= len(w.wire) {
		return
	}
	s := &w.wire[2*n]
	s.followed = true
	words := strings.Fields(s.title)
	also := *s
	also.title = strings.Join(append(words[2:], words[:2]...), " ") + " " + w.name(3)
	also.text = "Reporters of the Herald say: " + s.text + " The toll is " + fmt.Sprint(20+w.rng.IntN(70)) + "."
	also.url = "https://herald.example/" + s.marker
	w.also = append(w.also, also)
}

// name makes up a word.
func (w *stand) name(syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteByte("bdfgklmnprstvz"[w.rng.IntN(14)])
		b.WriteByte("aeiou"[w.rng.IntN(5)])
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

// write makes up a story that has nothing in common with the others but its
// topic, so that no two of them are taken for one.
func (w *stand) write(topic string) story {
	m, text := w.name(5), make([]string, 24)
	for i := range text {
		if text[i] = w.name(2 + w.rng.IntN(3)); i > 0 && w.rng.IntN(4) > 0 {
			text[i] = strings.ToLower(text[i])
		}
	}
	title := []string{w.name(3), strings.ToLower(w.name(4)), topic, m, strings.ToLower(w.name(3)), w.name(4), strings.ToLower(w.name(2))}
	w.rng.Shuffle(len(title), func(i, j int) { title[i], title[j] = title[j], title[i] })
	return story{
		marker: m, topic: topic, url: "https://wire.example/" + m,
		title: strings.Join(title, " "), text: strings.Join(text, " ") + ".",
	}
}

// stories are what the Wire has published.
func (w *stand) stories() []story {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.wire)
}

// waitSeen waits until the feeds are asked with their validators, which says
// that their first rounds have been stored.
func (w *stand) waitSeen(t *testing.T) {
	t.Helper()
	if !until(time.Minute, 20*time.Millisecond, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return min(w.asks["/wire.xml"], w.asks["/herald.xml"]) > 0
	}) {
		t.Fatal("the feeds were never asked a second time")
	}
}

func (w *stand) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	w.mu.Lock()
	list := map[string][]story{"/wire.xml": slices.Concat(w.old, w.wire), "/herald.xml": w.also}[path]
	tag := fmt.Sprintf(`"%d"`, len(list))
	same := r.Header.Get("If-None-Match") == tag
	if r.Header.Get("If-None-Match") != "" {
		w.asks[path]++
	}
	news := len(list) > max(w.given[path], len(w.old))
	w.given[path] = len(list)
	w.mu.Unlock()
	if same {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.Header().Set("ETag", tag)
	rw.Header().Set("Content-Type", "application/rss+xml")
	fmt.Fprint(rw, `<rss version="2.0"><channel><title>Paper</title><item><guid>0</guid><title>Weather</title><link>https://calm.example/</link></item>`)
	for _, s := range slices.Backward(list) {
		fmt.Fprintf(rw, "<item><guid>%s</guid><title>%s</title><link>%s</link><description>%s</description></item>\n", s.url, s.title, s.url, s.text)
	}
	fmt.Fprint(rw, `</channel></rss>`)
	if http.NewResponseController(rw).Flush() == nil && news {
		w.served()
	}
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

// service is the real program in a process of its own.
type service struct {
	exe, dir string
	cmd      *exec.Cmd
	hands    bool
	deaths   atomic.Int64
}

// strike sends SIGKILL.
func (s *service) strike() error {
	s.deaths.Add(1)
	return s.cmd.Process.Kill()
}

func (s *service) configure(t *testing.T, p *plot, web, slack string) {
	t.Helper()
	updates := map[string]string{"thread": "thread", "silent": "silent"}[p.kind]
	arms := ""
	if p.kind == "digest" { // over the budget at once, and told every minute
		arms = ", budget: 1/day, digest: ["
		for at, n := time.Now().UTC().Truncate(time.Minute), 1; n <= 40; n++ {
			arms += fmt.Sprintf("%q, ", at.Add(time.Duration(n)*time.Minute).Format("15:04"))
		}
		arms = strings.TrimSuffix(arms, ", ") + "]"
	}
	s.hands = p.kind == "mute"
	config := fmt.Sprintf(`state_dir: %s/state
timezone: UTC
listen: ""
slack: {api_url: "%s/api/", ops_channel: "#ops"}
fetch: {every: 2s, min_interval: 1s, allow_private: [127.0.0.0/8], per_host: {concurrent: 4, spacing: 0s}}
channels:
  - {name: "#arms", updates: %[3]s%[4]s}
  - {name: "#nato", updates: %[3]s}
topics:
  nato: {any: "=%[5]s", channels: ["#arms", "#nato"]}
  klaxon: {any: "=%[6]s", channel: "#arms", urgency: urgent}
feeds:
  - {url: "%[7]s/wire.xml", name: Wire, every: %[8]s}
  - {url: "%[7]s/herald.xml", name: Herald}
  - {url: "%[7]s/calm.xml", name: Calm, every: 20s}
`, s.dir, slack, cmp.Or(updates, "edit"), arms, topicNormal, topicUrgent, web, map[bool]string{true: "2s", false: "1s"}[p.long])
	if err := os.WriteFile(filepath.Join(s.dir, "watcherd.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *service) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.exe, append(args, "--config", filepath.Join(s.dir, "watcherd.yaml"))...)
	cmd.Env = append(os.Environ(), "WATCHERD_SLACK_BOT_TOKEN=xoxb-test", "GOMAXPROCS=2")
	if s.hands {
		cmd.Env = append(cmd.Env, "WATCHERD_SLACK_APP_TOKEN=xapp-test")
	}
	return cmd
}

func (s *service) start(t *testing.T) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the process has its own
	fmt.Fprintln(log, "--- start")
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
	if err := s.strike(); err != nil {
		t.Fatalf("the service ended by itself: %v\n%s", err, s.log())
	}
}

// buried waits for the end of a killed service, and sees that it died of it.
func (s *service) buried(t *testing.T) {
	t.Helper()
	_ = s.cmd.Wait() // killed
	if code := s.cmd.ProcessState.ExitCode(); code >= 0 {
		t.Fatalf("the service ended by itself with %d before it was killed:\n%s", code, s.log())
	}
}

func (s *service) terminate(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("a stopped service wants exit code 0: %v\n%s", err, s.log())
	}
}

func (s *service) end(t *testing.T) {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // at the end of a failed test
		_ = s.cmd.Wait()
	}
	if t.Failed() {
		t.Logf("the service's log ends so:\n%s", s.log())
		if dir := os.Getenv("WATCHERD_CRASH_KEEP"); dir != "" {
			_ = os.CopyFS(filepath.Join(dir, filepath.Base(t.Name())), os.DirFS(s.dir)) // for a person to look at
		}
	}
}

func (s *service) log() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(b[max(0, len(b)-6000):])
}

func (s *service) ask(t *testing.T, args ...string) string {
	t.Helper()
	out, _ := s.command(args...).CombinedOutput() // exit code 1 is an answer too
	return string(out)
}

// slackProcess is the strict fake in a process of its own.
type slackProcess struct{ url string }

func startSlack(t *testing.T, exe string, p *plot) *slackProcess {
	t.Helper()
	dir := t.TempDir()
	addr := filepath.Join(dir, "addr")
	args := []string{"-addr", addr, "-log", filepath.Join(dir, "requests.jsonl")}
	if p.long {
		// Slack may ask for ten minutes of patience with message_limit: that
		// is left to the crash matrix of the courier, where time is faked.
		args = append(args, "-seed", fmt.Sprint(p.seed), "-rate", "0.4", "-without", "message_limit",
			"-lag", fmt.Sprint(time.Duration(p.rng.IntN(9))*time.Second), "-skew", fmt.Sprint(time.Duration(p.rng.IntN(61)-30)*time.Second),
			"-page", fmt.Sprint(5+p.rng.IntN(30)))
	}
	if p.kind == "limited" {
		args = append(args, "-questions", "0.5")
	}
	cmd := exec.Command(exe, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has no other end
		_ = cmd.Wait()
		if keep := os.Getenv("WATCHERD_CRASH_KEEP"); t.Failed() && keep != "" {
			_ = os.CopyFS(filepath.Join(keep, filepath.Base(t.Name())+" Slack"), os.DirFS(dir)) // for a person to look at
		}
	})
	var at []byte
	if !until(30*time.Second, 10*time.Millisecond, func() bool {
		at, _ = os.ReadFile(addr) // not there yet
		return len(at) > 0
	}) {
		t.Fatal("the fake Slack did not start")
	}
	return &slackProcess{url: "http://" + string(at)}
}

// get returns what the fake answers.
func (s *slackProcess) get(t *testing.T, path string) []byte {
	t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() // read below
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

// unheard tells the fake that its answer went to the dead.
func (s *slackProcess) unheard(method, body string) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return
	}
	if resp, err := http.Get(s.url + "/_people/unheard?" + url.Values{"method": {method}, "channel": {form.Get("channel")}}.Encode()); err == nil {
		resp.Body.Close()
	}
}

// deletes removes the message of which an answer tells, as a person would.
func (s *slackProcess) deletes(answer []byte) {
	var a struct{ Channel, TS string }
	if json.Unmarshal(answer, &a) != nil {
		return
	}
	if resp, err := http.Get(s.url + "/_people/delete?" + url.Values{"channel": {a.Channel}, "ts": {a.TS}}.Encode()); err == nil {
		resp.Body.Close()
	}
}

// mute types a command in #nato until so many mutes are in force.
func (s *slackProcess) mute(t *testing.T, svc *service, command string, want int) {
	t.Helper()
	q := url.Values{"channel": {"C0NATO"}, "user": {"U0ANA"}, "text": {command}}.Encode()
	// A person tries again.
	if !until(2*time.Minute, 2*time.Second, func() bool {
		if r, err := daemon.Dial(t.Context(), filepath.Join(svc.dir, "state", "watcherd.sock")); err == nil {
			if st, err := r.Status(t.Context()); err == nil && len(st.Muted) == want {
				return true
			}
		}
		s.get(t, "/_people/command?"+q)
		return false
	}) {
		t.Fatalf("%s had no effect:\n%s", command, svc.log())
	}
}

// shown are the messages of a channel, replies apart, that tell a story.
func shown(v fakeslack.Verdict, marker, channel string) []fakeslack.Message {
	word := regexp.MustCompile(`\b` + marker + `\b`)
	var out []fakeslack.Message
	for _, list := range v.Visible {
		for _, m := range list {
			if m.Channel == channelIDs[channel] && m.Thread == "" && (word.MatchString(m.Text) || word.Match(m.Blocks)) {
				out = append(out, m)
			}
		}
	}
	return out
}
