package fakeslack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// SentHeader may tell, in Unix nanoseconds, when a request that was long on its
// way was sent: it cannot know of a limit that was told meanwhile.
const SentHeader = "Fake-Sent-At"

// hangLimit ends a hanging answer if the client never gives up.
const hangLimit = 2 * time.Minute

// ServeHTTP serves the Web API under /api/, Socket Mode under /link/ and
// /hook/, the oracle under /_oracle and the acts of people under /_people/:
// delete, reply, chat, crash, unheard, next, calm, click, react, unreact and command.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/_oracle":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Oracle()) // a reader that went away
		return
	case strings.HasPrefix(r.URL.Path, "/_people/"):
		s.people(w, r)
		return
	case r.URL.Path == "/link/":
		s.link(w, r)
		return
	case strings.HasPrefix(r.URL.Path, "/hook/"):
		s.hooked(w, r)
		return
	}
	a, err := s.handle(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if a.hang {
		select {
		case <-r.Context().Done():
		case <-time.After(hangLimit):
		}
	}
	if a.hang || a.reset {
		breakOff(w)
		return
	}
	w.Header().Set("Date", time.Now().Add(s.cfg.Skew).UTC().Format(http.TimeFormat))
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(a.status)
	if !a.slow {
		if _, err := io.WriteString(w, a.body); err != nil || r.Context().Err() != nil {
			s.unheard(a)
		}
		return
	}
	for i := range len(a.body) {
		_, _ = io.WriteString(w, a.body[i:i+1]) // a client that went away
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

// handle reads a request and answers it. A body that is cut short was not
// accepted.
func (s *Server) handle(r *http.Request) (answer, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return answer{reset: true}, nil
	}
	method, isAPI := strings.CutPrefix(r.URL.Path, "/api/")
	if !isAPI {
		return answer{status: 404, body: "not found"}, nil
	}
	if r.Method != http.MethodPost {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.violate("%s %s: a redirect was followed, or a wrong verb", r.Method, r.URL.Path)
		return answer{status: 200, body: `{"ok":true,"ts":"9.9"}`}, nil
	}
	if method == "apps.connections.open" {
		return s.openConnection(r), nil
	}
	sent := time.Now()
	if n, err := strconv.ParseInt(r.Header.Get(SentHeader), 10, 64); err == nil {
		sent = time.Unix(0, n)
	}
	return s.serve(method, string(body), r.Header.Get("Authorization"), sent), nil
}

// unheard forgets a limit of which the client, being dead, did not hear.
func (s *Server) unheard(a answer) {
	if a.limit == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.limited, a.limit)
}

// breakOff closes the connection so that the client sees a reset.
func breakOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0) // the close that follows is what counts
	}
	conn.Close()
}

func (s *Server) people(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch strings.TrimPrefix(r.URL.Path, "/_people/") {
	case "delete":
		fmt.Fprintln(w, s.People().Delete(q.Get("channel"), q.Get("ts")))
	case "reply":
		s.People().Reply(q.Get("channel"), q.Get("ts"), q.Get("text"))
	case "crash":
		at := time.Now()
		if n, err := strconv.ParseInt(q.Get("at"), 10, 64); err == nil {
			at = time.Unix(0, n)
		}
		s.People().Crash(at, time.Second) // processes and a real disk take their time
	case "unheard":
		s.People().Unheard(q.Get("method"), q.Get("channel"))
	case "next":
		delay, err := time.ParseDuration(cmp.Or(q.Get("delay"), "0s"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.People().Next(Fault{Kind: q.Get("kind"), Delay: delay})
	case "calm":
		s.People().Calm()
	case "chat":
		n := 0
		_, _ = fmt.Sscan(q.Get("n"), &n) // without a number it is the default
		s.People().Chat(q.Get("channel"), n)
	case "click":
		say(w)(s.People().Click(q.Get("channel"), q.Get("ts"), q.Get("user"), q.Get("action")))
	case "react", "unreact":
		say(w)(q.Get("name"), s.People().React(q.Get("channel"), q.Get("ts"), q.Get("user"), q.Get("name"), strings.HasSuffix(r.URL.Path, "/react")))
	case "command":
		say(w)(s.People().Command(q.Get("channel"), q.Get("user"), q.Get("text")))
	default:
		http.NotFound(w, r)
	}
}

// say tells what came of a person's act.
func say(w http.ResponseWriter) func(string, error) {
	return func(s string, err error) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		fmt.Fprintln(w, s)
	}
}

// Transport reaches the server without a network, so that time can be faked.
// While Cut says so, nothing gets through in either direction: what was sent
// before arrives, its answer does not.
func (s *Server) Transport(cut func() bool) http.RoundTripper { return transport{s, cut} }

type transport struct {
	s   *Server
	cut func() bool
}

var errCut = errors.New("the client is gone")

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.cut != nil && t.cut() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errCut}
	}
	// A request and its answer take a moment each.
	time.Sleep(20 * time.Millisecond)
	a, err := t.s.handle(r)
	if err != nil {
		return nil, err
	}
	if a.hang {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	time.Sleep(20 * time.Millisecond)
	cut := t.cut != nil && t.cut()
	if cut {
		t.s.unheard(a)
	}
	if a.reset || cut {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	h := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().Add(t.s.cfg.Skew).UTC().Format(http.TimeFormat)}}
	for k, v := range a.header {
		h.Set(k, v)
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}
