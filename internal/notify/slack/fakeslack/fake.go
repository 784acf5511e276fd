// Package fakeslack is a strict stand-in for Slack's Web API, for tests: it
// refuses what Slack refuses and more, keeps rate limits, injects faults
// before and after a message is accepted, and answers an oracle about what
// readers would see. It knows nothing of the client that it tests, and uses
// the standard library only.
//
// Within a test, use Server.Transport; in a process of its own, the cmd
// folder serves it over HTTP with its state in a file, so that a client may be
// killed while it lives on. Start reading at Server.serve.
package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Channel is a channel of the workspace.
type Channel struct {
	ID, Name string
	Member   bool // the bot was invited
	Archived bool
}

// Config is the workspace as a test wants it. Zero fields take the values of
// an ordinary one with the channels #arms, #nato and #ops.
type Config struct {
	Token    string   // default xoxb-test
	AppToken string   // default xapp-test
	Scopes   []string // default: what the app's manifest asks for
	Channels []Channel
	Mentions []string // ranges and groups that may be mentioned: "here", "S0DESK"

	Lag       time.Duration // until history shows a message
	Skew      time.Duration // of Slack's clock against ours
	Page      int           // most messages that one reading returns; default 999
	Free      bool          // no rate limits
	Hasty     bool          // events are sent again after seconds, not minutes
	NoSockets bool          // apps.connections.open fails
	NoEvents  bool          // emoji are set, and nobody hears of it
	Faults    func(n int, method string) Fault
	Only      string // a channel's ID: faults strike what concerns it, and nothing else

	Log io.Writer // one JSON line per request
}

// Message is a message as kept.
type Message struct {
	Channel  string          `json:"channel"`
	TS       string          `json:"ts"`
	Thread   string          `json:"thread_ts,omitempty"`
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
	Metadata *Metadata       `json:"metadata,omitempty"`
	Edited   int             `json:"edited,omitempty"`
	Shown    time.Time       `json:"shown"` // when history shows it
	Deleted  bool            `json:"deleted,omitempty"`
	Replies  int             `json:"replies,omitempty"`
	Emoji    []Reacted       `json:"emoji,omitempty"`
	User     string          `json:"user,omitempty"` // "" is the bot
}

// Reacted is an emoji that somebody set.
type Reacted struct{ Name, User string }

// Metadata is a message's metadata.
type Metadata struct {
	EventType string         `json:"event_type"`
	Payload   map[string]any `json:"event_payload"`
}

// Server is the workspace. Its methods may be called by many goroutines.
type Server struct {
	cfg Config

	mu       sync.Mutex
	st       state
	requests int
	limited  map[string]time.Time // by method and channel: asked to wait until
	told     map[string]time.Time // when the client was asked
	buckets  map[string][]time.Time
	tries    map[string][]try       // by delivery
	reads    map[string][]time.Time // complete readings with metadata, by channel and thread
	partial  map[string]time.Time   // readings not yet at their last page
	faults   map[string]int         // that came about, by kind
	calm     bool                   // no more faults
	next     *Fault                 // of the next post
	edits    bool                   // what is checked is an edit, which calls nobody
	sockets  sockets
}

// state is what outlives a restart of the fake.
type state struct {
	Messages   []*Message `json:"messages"`
	Late       []late     `json:"late,omitempty"` // accepted, not yet there
	LastTS     int64      `json:"last_ts"`
	Violations []string   `json:"violations,omitempty"`
	Seen       []Event    `json:"seen,omitempty"`
}

// late is a post on its way.
type late struct {
	At   time.Time  `json:"at"`
	Form url.Values `json:"form"`
}

// Event is something that a person would notice.
type Event struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"` // post, broadcast, mention, edit, delete
	Channel string    `json:"channel"`
	TS      string    `json:"ts,omitempty"`
	ID      string    `json:"id,omitempty"` // delivery
}

// try is one attempt to post a delivery.
type try struct {
	at      time.Time
	refused bool // the answer said for sure that it was not posted
}

// New makes a workspace.
func New(cfg Config) *Server {
	if cfg.Token == "" {
		cfg.Token = "xoxb-test"
	}
	if cfg.AppToken == "" {
		cfg.AppToken = "xapp-test"
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{"chat:write", "channels:history", "channels:read", "groups:history", "groups:read", "reactions:read", "commands"}
	}
	if cfg.Channels == nil {
		cfg.Channels = []Channel{{ID: "C0ARMS", Name: "arms", Member: true}, {ID: "C0NATO", Name: "nato", Member: true}, {ID: "C0OPS", Name: "ops", Member: true}}
	}
	if cfg.Page == 0 {
		cfg.Page = 999
	}
	return &Server{
		cfg: cfg, limited: map[string]time.Time{}, told: map[string]time.Time{}, buckets: map[string][]time.Time{},
		tries: map[string][]try{}, reads: map[string][]time.Time{}, partial: map[string]time.Time{},
		faults: map[string]int{},
	}
}

// answer is a response, or what happens instead of one.
type answer struct {
	status int
	header map[string]string
	body   string
	reset  bool // the connection breaks instead
	hang   bool // nothing comes, until the client gives up
	slow   bool // byte by byte

	limit string // the limit that the answer tells of
}

func ok(fields map[string]any) answer {
	all := map[string]any{"ok": true}
	maps.Copy(all, fields)
	b, _ := json.Marshal(all)
	return answer{status: 200, body: string(b)}
}

func refuse(code string, more ...string) answer {
	all := map[string]any{"ok": false, "error": code}
	for i := 0; i+1 < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	b, _ := json.Marshal(all)
	return answer{status: 200, body: string(b)}
}

// serve answers one request to a method of the Web API, which was on its way
// since it was sent.
func (s *Server) serve(method, body, auth string, sent time.Time) (a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	form, err := url.ParseQuery(body)
	s.requests++
	var fault Fault
	if s.cfg.Faults != nil && !s.calm && (s.cfg.Only == "" || s.cfg.Only == form.Get("channel")) {
		fault = s.cfg.Faults(s.requests, method)
	}
	if s.next != nil && method == "chat.postMessage" {
		fault, s.next = *s.next, nil
	}
	if fault.Kind != "" {
		s.faults[fault.Kind]++
	}
	defer func() { s.log(now, method, form, fault, a) }()
	if err != nil {
		return s.violated(refuse("invalid_form_data"), "%s: %v", method, err)
	}
	if a, bad := s.authorise(method, form, auth); bad {
		return a
	}
	form.Del("token")
	channel := form.Get("channel")
	key := method + " " + channel
	if until := s.limited[key]; now.Before(until) && !sent.Before(s.told[key]) {
		s.violate("%s: %s in %q %v before Retry-After has passed", now.Format(time.TimeOnly), method, channel, until.Sub(now))
	}
	if a, bad := s.limit(method, channel, now); bad {
		return a
	}
	if fault.before() {
		return s.fail(fault, key, now)
	}
	if a, bad := s.arguments(method, form); bad {
		return a
	}
	if method == "chat.postMessage" && (fault.Kind == "late" || fault.Kind == "late-reset") {
		if a, bad := s.checkPost(form); bad {
			return a
		}
		s.attempted(form, sent, false)
		s.st.Late = append(s.st.Late, late{At: now.Add(fault.Delay), Form: form})
		return answer{reset: fault.Kind == "late-reset", hang: fault.Kind == "late"}
	}
	a = s.call(method, form, now)
	if fault.Kind != "" {
		a = s.after(fault, a, key, now)
	}
	if method == "chat.postMessage" {
		s.attempted(form, sent, strings.Contains(a.body, `"ok":false`) && !unclear(a.body) || a.status == 429)
	}
	return a
}

// unclear tells whether an answer leaves open what became of the message.
func unclear(body string) bool {
	return strings.Contains(body, "internal_error") || strings.Contains(body, "fatal_error")
}

func (s *Server) call(method string, form url.Values, now time.Time) answer {
	switch method {
	case "chat.postMessage":
		return s.post(form, now)
	case "chat.update":
		return s.update(form, now)
	case "chat.delete":
		return s.delete(form, now)
	case "conversations.history":
		return s.history(form, now)
	case "conversations.replies":
		return s.replies(form, now)
	case "conversations.info":
		return s.info(form)
	case "conversations.list":
		return s.list(form)
	case "auth.test":
		a := ok(map[string]any{"url": "https://desk.slack.com/", "team": "Desk", "team_id": "T0DESK", "user": "watcherd", "user_id": "U0WATCH", "bot_id": "B0WATCH"})
		a.header = map[string]string{"X-OAuth-Scopes": strings.Join(s.cfg.Scopes, ",")}
		return a
	case "chat.getPermalink":
		return ok(map[string]any{"channel": form.Get("channel"), "permalink": "https://desk.slack.com/archives/" + form.Get("channel") + "/p" + strings.ReplaceAll(form.Get("message_ts"), ".", "")})
	case "reactions.get":
		return s.reactions(form)
	}
	return refuse("unknown_method")
}

// settle lets posts that were on their way arrive.
func (s *Server) settle(now time.Time) {
	slices.SortStableFunc(s.st.Late, func(a, b late) int { return a.At.Compare(b.At) })
	for len(s.st.Late) > 0 && !s.st.Late[0].At.After(now) {
		l := s.st.Late[0]
		s.st.Late = s.st.Late[1:]
		s.post(l.Form, l.At)
	}
}

func (s *Server) violate(format string, args ...any) {
	s.st.Violations = append(s.st.Violations, fmt.Sprintf(format, args...))
}

func (s *Server) violated(a answer, format string, args ...any) answer {
	s.violate(format, args...)
	return a
}

func (s *Server) channel(id string) *Channel {
	for i := range s.cfg.Channels {
		if s.cfg.Channels[i].ID == id {
			return &s.cfg.Channels[i]
		}
	}
	return nil
}

// Change lets a test change the workspace while it runs.
func (s *Server) Change(f func(cfg *Config)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.cfg)
}

func (s *Server) log(at time.Time, method string, form url.Values, f Fault, a answer) {
	if s.cfg.Log == nil {
		return
	}
	clean := maps.Clone(form)
	clean.Del("token")
	line, _ := json.Marshal(map[string]any{
		"at": at.UnixNano(), "n": s.requests, "method": method, "form": clean, "fault": f.Kind,
		"status": a.status, "answer": a.body, "reset": a.reset, "hang": a.hang,
	})
	_, _ = s.cfg.Log.Write(append(line, '\n')) // the log is for people
}
