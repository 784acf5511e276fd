package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Socket Mode: envelopes go out over WebSockets and are to be acknowledged
// within 3 s. Slack sends events again that were not; of clicks and commands
// it only tells the person that nothing came of them.

const (
	ackWithin      = 3 * time.Second
	ackMost        = 20 << 10
	socketsMost    = 10
	answersMost    = 5
	opensPerMinute = 12 // more is a client that spins
)

// sockets is the state of Socket Mode. It does not outlive the server.
type sockets struct {
	open    []*peer
	tickets map[string]bool
	opens   []time.Time
	waiting map[string]*envelope
	sent    map[string]*envelope
	hooks   map[string]*hook
	answers []Answered
	n       int
	host    string // as the client calls us
}

// peer is one connection of the client.
type peer struct {
	*socket
	ghost bool // takes envelopes and does nothing with them
}

// envelope is one on its way.
type envelope struct {
	id, kind string
	payload  map[string]any
	attempt  int
	sent     time.Time
	ghost    bool
}

// hook is an address for answers.
type hook struct {
	envelope, channel, user string
	left                    int
	until                   time.Time
}

// Answered is what somebody was told after a click or command.
type Answered struct {
	Envelope string        `json:"envelope"`
	Channel  string        `json:"channel"`
	User     string        `json:"user"` // to whom; "" is everybody in the channel
	Text     string        `json:"text"`
	Took     time.Duration `json:"took,omitempty"` // of an acknowledgement
}

// openConnection is apps.connections.open.
func (s *Server) openConnection(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.requests++
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch token {
	case "":
		return refuse("not_authed")
	case s.cfg.AppToken:
	case s.cfg.Token:
		return refuse("not_allowed_token_type")
	default:
		return refuse("invalid_auth")
	}
	k := &s.sockets
	k.opens = slices.DeleteFunc(k.opens, func(t time.Time) bool { return now.Sub(t) > time.Minute })
	if k.opens = append(k.opens, now); len(k.opens) > opensPerMinute {
		s.violate("apps.connections.open called %d times within a minute", len(k.opens))
	}
	if s.cfg.NoSockets {
		return answer{status: 503, body: "no"}
	}
	k.n++
	ticket := fmt.Sprintf("t%d", k.n)
	if k.tickets == nil {
		k.tickets, k.waiting, k.sent, k.hooks = map[string]bool{}, map[string]*envelope{}, map[string]*envelope{}, map[string]*hook{}
	}
	k.tickets[ticket], k.host = true, r.Host
	return ok(map[string]any{"url": "ws://" + r.Host + "/link/?ticket=" + ticket + "&app_id=A0WATCH"})
}

// link serves one connection until it ends.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ticket := r.URL.Query().Get("ticket")
	good := s.sockets.tickets[ticket] && len(s.sockets.open) < socketsMost
	delete(s.sockets.tickets, ticket)
	s.mu.Unlock()
	if !good {
		http.Error(w, "too_many_websockets", http.StatusForbidden)
		return
	}
	ws, err := upgrade(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p := &peer{socket: ws}
	s.mu.Lock()
	s.sockets.open = append(s.sockets.open, p)
	n := len(s.sockets.open)
	s.mu.Unlock()
	defer func() {
		ws.conn.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sockets.open = slices.DeleteFunc(s.sockets.open, func(o *peer) bool { return o == p })
	}()
	_ = p.json(map[string]any{"type": "hello", "num_connections": n, "connection_info": map[string]any{"app_id": "A0WATCH"},
		"debug_info": map[string]any{"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060}}) // a dead one shows when read
	stop := make(chan struct{})
	defer close(stop)
	go p.pings(stop)
	for {
		op, whole, payload, err := ws.read()
		switch {
		case err != nil, op == frameClose:
			return
		case op == framePing:
			_ = ws.write(framePong, payload)
		case op == frameText && whole:
			s.acked(payload)
		case op == frameText || op == frameMore:
			s.mu.Lock()
			s.violate("an answer over Socket Mode in parts")
			s.mu.Unlock()
		}
	}
}

func (p *peer) pings(stop chan struct{}) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for p.write(framePing, []byte("ping")) == nil {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
	}
}

func (p *peer) json(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return p.write(frameText, b)
}

// acked takes an acknowledgement, and the answer in it.
func (s *Server) acked(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var a struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		s.violate("over Socket Mode: %v", err)
		return
	}
	if len(b) >= ackMost {
		s.violate("an acknowledgement of %d bytes, which Slack drops", len(b))
		return
	}
	e := s.sockets.waiting[a.ID]
	if e == nil {
		return // late, or for the second time
	}
	delete(s.sockets.waiting, a.ID)
	took := time.Since(e.sent)
	channel, _ := e.payload["channel_id"].(string)
	user, _ := e.payload["user_id"].(string)
	ans := Answered{Envelope: a.ID, Channel: channel, User: user, Took: took}
	if len(a.Payload) > 0 && string(a.Payload) != "null" {
		if e.kind != "slash_commands" {
			s.violate("an answer in the acknowledgement of %s, which Slack ignores", e.kind)
			return
		}
		s.says(&ans, a.Payload)
	}
	s.sockets.answers = append(s.sockets.answers, ans)
}

// says reads what a person is told.
func (s *Server) says(ans *Answered, payload json.RawMessage) {
	var m struct {
		Type   string          `json:"response_type"`
		Text   string          `json:"text"`
		Blocks json.RawMessage `json:"blocks"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		s.violate("an answer to a person: %v", err)
		return
	}
	form := url.Values{"text": {m.Text}}
	if len(m.Blocks) > 0 {
		form.Set("blocks", string(m.Blocks))
	}
	if _, bad := s.checkMessage("answer to a person", form); bad {
		return
	}
	ans.Text = m.Text
	if m.Type == "in_channel" {
		ans.User = ""
	}
}

// hooked takes an answer at a response_url.
func (s *Server) hooked(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.sockets.hooks[strings.TrimPrefix(r.URL.Path, "/hook/")]
	if h == nil || h.left == 0 || time.Now().After(h.until) {
		http.Error(w, "expired_url", http.StatusNotFound)
		return
	}
	h.left--
	ans := Answered{Envelope: h.envelope, Channel: h.channel, User: h.user}
	s.says(&ans, body)
	s.sockets.answers = append(s.sockets.answers, ans)
	_, _ = io.WriteString(w, "ok") // a reader that went away
}

// send puts an envelope on the way; it tells whether anybody was there to
// take it.
func (s *Server) send(e *envelope) bool {
	k := &s.sockets
	if len(k.open) == 0 {
		return false
	}
	p := k.open[k.n%len(k.open)] // Slack chooses any
	k.n++
	e.sent, e.ghost = time.Now(), p.ghost
	k.waiting[e.id], k.sent[e.id] = e, e
	if !p.ghost {
		msg := map[string]any{"type": e.kind, "envelope_id": e.id, "payload": e.payload, "accepts_response_payload": e.kind != "events_api"}
		if e.attempt > 0 {
			msg["retry_attempt"], msg["retry_reason"] = e.attempt, "timeout"
		}
		go func() { _ = p.json(msg) }() // a dead one shows when read
	}
	time.AfterFunc(ackWithin, func() { s.overdue(e) })
	return true
}

// overdue is what becomes of an envelope that nobody acknowledged.
func (s *Server) overdue(e *envelope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets.waiting[e.id] != e {
		return
	}
	delete(s.sockets.waiting, e.id)
	if e.kind != "events_api" {
		if !e.ghost {
			s.violate("%s %s was not acknowledged within %v", e.kind, e.id, ackWithin)
		}
		return
	}
	s.retry(e)
}

// retries are Slack's waits before it sends an event again.
var retries = []time.Duration{0, time.Minute, 5 * time.Minute}

func (s *Server) retry(e *envelope) {
	if e.attempt == len(retries) {
		return
	}
	wait := retries[e.attempt]
	if s.cfg.Hasty {
		wait = time.Duration(e.attempt+1) * time.Second
	}
	e.attempt++
	time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.send(e) {
			s.retry(e)
		}
	})
}

func (s *Server) envelope(kind string, payload map[string]any) *envelope {
	s.sockets.n++
	return &envelope{id: fmt.Sprintf("e%d", s.sockets.n), kind: kind, payload: payload}
}

// hook makes an address for answers to an envelope.
func (s *Server) hook(e *envelope, channel, user string) string {
	if s.sockets.hooks == nil {
		return ""
	}
	s.sockets.hooks[e.id] = &hook{e.id, channel, user, answersMost, time.Now().Add(30 * time.Minute)}
	return "http://" + s.sockets.host + "/hook/" + e.id
}

// userName is a person's name.
func userName(id string) string { return strings.ToLower(strings.TrimPrefix(id, "U0")) }

// Click presses a button of a message, or chooses from its menu. It returns
// the envelope's name, under which the answer is found; it fails if the
// message has no such button, or nobody listens.
func (p People) Click(channel, ts, user, action string) (string, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channel, ts)
	if m == nil || m.Deleted {
		return "", fmt.Errorf("there is no message %s in %s", ts, channel)
	}
	act := pressed(m, action)
	if act == nil {
		return "", fmt.Errorf("message %s has no button or choice %q: %s", ts, action, m.Blocks)
	}
	e := s.envelope("interactive", nil)
	act["action_ts"] = s.ts(time.Now())
	e.payload = map[string]any{
		"type": "block_actions", "api_app_id": "A0WATCH", "token": "gone", "trigger_id": "1.2.3",
		"user":      map[string]any{"id": user, "username": userName(user), "name": userName(user), "team_id": "T0DESK"},
		"team":      map[string]any{"id": "T0DESK", "domain": "desk"},
		"channel":   map[string]any{"id": channel, "name": s.channel(channel).Name},
		"container": map[string]any{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false},
		"message":   s.public(m, false), "response_url": s.hook(e, channel, user), "actions": []any{act},
	}
	if !s.send(e) {
		return "", fmt.Errorf("nobody listens")
	}
	return e.id, nil
}

// pressed is the action of a button or choice in a message's blocks.
func pressed(m *Message, action string) map[string]any {
	var blocks []object
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return nil
	}
	for _, b := range blocks {
		if b.str("type") != "actions" {
			continue
		}
		for _, el := range b.list("elements") {
			if el.str("action_id") == action {
				return map[string]any{"type": "button", "action_id": action, "block_id": b.str("block_id"), "value": el.str("value"), "text": el["text"]}
			}
			for _, o := range el.list("options") {
				if o.str("value") == action {
					return map[string]any{"type": "overflow", "action_id": el.str("action_id"), "block_id": b.str("block_id"), "selected_option": o}
				}
			}
		}
	}
	return nil
}

// React sets an emoji on a message, or takes it away.
func (p People) React(channel, ts, user, name string, add bool) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channel, ts)
	if m == nil || m.Deleted {
		return fmt.Errorf("there is no message %s in %s", ts, channel)
	}
	kind := "reaction_removed"
	m.Emoji = slices.DeleteFunc(m.Emoji, func(r Reacted) bool { return r.Name == name && r.User == user })
	if add {
		kind = "reaction_added"
		m.Emoji = append(m.Emoji, Reacted{name, user})
	}
	if s.cfg.NoEvents {
		return nil
	}
	now := time.Now()
	e := s.envelope("events_api", nil)
	e.payload = map[string]any{
		"token": "gone", "team_id": "T0DESK", "api_app_id": "A0WATCH", "type": "event_callback",
		"event_id": "Ev" + e.id, "event_time": now.Unix(),
		"event": map[string]any{"type": kind, "user": user, "reaction": name, "item_user": "U0WATCH", "event_ts": s.ts(now),
			"item": map[string]any{"type": "message", "channel": channel, "ts": ts}},
	}
	if !s.send(e) {
		s.retry(e)
	}
	return nil
}

// Command types a slash command.
func (p People) Command(channel, user, text string) (string, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.envelope("slash_commands", nil)
	command, words, _ := strings.Cut(text, " ")
	e.payload = map[string]any{
		"token": "gone", "team_id": "T0DESK", "team_domain": "desk", "channel_id": channel, "channel_name": s.channel(channel).Name,
		"user_id": user, "user_name": userName(user), "command": command, "text": words, "api_app_id": "A0WATCH",
		"response_url": s.hook(e, channel, user), "trigger_id": "1.2.3",
	}
	if !s.send(e) {
		return "", fmt.Errorf("nobody listens")
	}
	return e.id, nil
}

// Repeat sends an envelope that was answered once more, as Slack sometimes
// does.
func (p People) Repeat(id string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if e := p.s.sockets.sent[id]; e != nil {
		p.s.send(e)
	}
}

// Disconnect asks the client to connect again, for a reason of Slack's.
func (s *Server) Disconnect(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.sockets.open {
		go func() {
			_ = p.json(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-1"}})
			if reason == "link_disabled" {
				p.conn.Close()
			}
		}()
	}
}

// Ghosts makes the present connections swallow what they are sent; the client
// believes them well.
func (s *Server) Ghosts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.sockets.open {
		p.ghost = true
	}
}

// Listening is how many connections there are.
func (s *Server) Listening() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets.open)
}
