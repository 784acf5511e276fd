package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// points are where the service is killed. Of a request: when its head is seen
// and nothing of it passed on (asked), when Slack has carried it out and the
// answer is withheld (accepted), when the answer has just been handed over
// (answered).
var points = []string{
	"at random",
	"feed read",     // a moment after news were fetched: before or after they are stored
	"start",         // while the outbox is taken up
	"post asked",    // sending is stored, Slack has nothing
	"post accepted", // sending is stored, Slack has it
	"post late",     // the same, and Slack gets it only after the death
	"post deleted",  // accepted, and a person deletes it before the next start
	"post answered", // the answer is read, its outcome not stored
	"digest asked", "digest accepted", "digest answered",
	"update asked", "update accepted", "update answered",
	"history asked", "history answered", // while an alert is looked for, or audited
	"delete asked", "delete accepted", "delete answered", // while an extra copy is taken back
	"question asked", "question answered", // who the bot is, and which channels there are
}

// road leads from the service to Slack, and knows where on it the service is
// to be killed.
type road struct {
	to    *slackProcess
	svc   *service
	stand *stand
	late  sync.WaitGroup // requests that arrive after their sender's death

	mu    sync.Mutex
	rng   *rand.Rand
	armed *shot
}

// shot is a kill to come.
type shot struct {
	point string
	hit   chan time.Time
}

func newRoad(to *slackProcess, svc *service, w *stand, rng *rand.Rand) *road {
	rd := &road{to: to, svc: svc, stand: w, rng: rng}
	w.served = func() { rd.pass("feed", "read", "") }
	return rd
}

// aim arms a kill.
func (rd *road) aim(point string) *shot {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.armed = &shot{point, make(chan time.Time, 1)}
	return rd.armed
}

// await waits for the kill, and kills at the end of patience. It returns where
// the service died.
func (rd *road) await(t *testing.T, s *shot) (string, time.Time) {
	t.Helper()
	patience := 25 * time.Second
	switch {
	case s.point == "at random":
		patience = time.Duration(rd.chance(6000)) * time.Millisecond
	case s.point == "start":
		patience = time.Duration(rd.chance(50)) * time.Millisecond
	case strings.HasPrefix(s.point, "digest"):
		patience = 65 * time.Second
	case strings.HasPrefix(s.point, "delete"):
		patience = 85 * time.Second
	}
	select {
	case at := <-s.hit:
		return s.point, at
	case <-time.After(patience):
	}
	rd.mu.Lock()
	missed := rd.armed == s
	rd.armed = nil
	rd.mu.Unlock()
	if !missed {
		return s.point, <-s.hit
	}
	at := time.Now()
	rd.svc.kill(t)
	return "at random", at
}

func (rd *road) chance(n int) int {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	return rd.rng.IntN(n)
}

// digestText is how the text of a digest begins.
var digestText = regexp.MustCompile(`text=(\d+\+stories|A\+story)\+(at\+once|from|held|that)`)

// pass tells that something went by, and kills the service there if it is to
// be. It returns the word by which the point was meant.
func (rd *road) pass(what, when, body string) string {
	rd.mu.Lock()
	s := rd.armed
	if s == nil {
		rd.mu.Unlock()
		return ""
	}
	subject, word, _ := strings.Cut(s.point, " ")
	isDigest := what == "post" && digestText.MatchString(body)
	stage := word
	if word == "late" || word == "deleted" {
		stage = map[string]string{"late": "asked", "deleted": "accepted"}[word]
	}
	if stage != when || !(subject == what || subject == "digest" && isDigest) {
		rd.mu.Unlock()
		return ""
	}
	rd.armed = nil
	delay := time.Duration(0)
	if what == "feed" {
		delay = time.Duration(rd.rng.IntN(25)) * time.Millisecond
	}
	rd.mu.Unlock()
	die := func() {
		at := time.Now()
		_ = rd.svc.strike() // buried sees whether it died of it
		s.hit <- at
	}
	if delay > 0 { // the feed's answer is still to be handed over
		time.AfterFunc(delay, die)
		return word
	}
	die()
	return word
}

// subjects are the methods by their names in points.
var subjects = map[string]string{
	"chat.postMessage": "post", "chat.update": "update", "chat.delete": "delete",
	"conversations.history": "history", "conversations.replies": "history", "auth.test": "question", "conversations.list": "question",
}

func (rd *road) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	what, life, sent := subjects[method], rd.svc.deaths.Load(), time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	switch rd.pass(what, "asked", string(body)) {
	case "asked":
		panic(http.ErrAbortHandler)
	case "late":
		// What was sent arrives, though its sender is dead by then.
		rd.late.Add(1)
		defer rd.late.Done()
		time.Sleep(time.Duration(rd.chance(4000)) * time.Millisecond) // how late, of the seed
	}
	time.Sleep(time.Duration(rd.chance(30)) * time.Millisecond) // the way, of the seed
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, rd.to.url+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header = r.Header.Clone()
	req.Header.Set(fakeslack.SentHeader, strconv.FormatInt(sent.UnixNano(), 10))
	hung, cancel := context.WithTimeout(req.Context(), 12*time.Second) // the service gives up before
	defer cancel()
	resp, err := http.DefaultTransport.RoundTrip(req.WithContext(hung))
	if err != nil {
		panic(http.ErrAbortHandler) // the fault of the fake goes through
	}
	defer resp.Body.Close() // read below
	answer, err := io.ReadAll(resp.Body)
	if rd.svc.deaths.Load() != life || r.Context().Err() != nil { // dead, or it has given up
		rd.to.unheard(method, string(body))
	}
	done := bytes.HasPrefix(answer, []byte(`{"`)) && bytes.Contains(answer, []byte(`"ok":true`))
	if done {
		switch rd.pass(what, "accepted", string(body)) {
		case "deleted":
			rd.to.deletes(answer)
			panic(http.ErrAbortHandler)
		case "accepted":
			panic(http.ErrAbortHandler)
		}
	}
	time.Sleep(time.Duration(rd.chance(30)) * time.Millisecond) // the way, of the seed
	maps.Copy(rw.Header(), resp.Header)
	rw.WriteHeader(resp.StatusCode)
	_, _ = rw.Write(answer) // the sender may be dead
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if http.NewResponseController(rw).Flush() == nil && done {
		rd.pass(what, "answered", string(body))
	}
}
