package fakeslack

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Verdict is what the oracle knows.
type Verdict struct {
	// Visible are the messages that a reader sees, by delivery.
	Visible    map[string][]Message `json:"visible"`
	Coming     int                  `json:"coming"` // posts still on their way
	Violations []string             `json:"violations,omitempty"`
	Seen       []Event              `json:"seen,omitempty"`
	Requests   int                  `json:"requests"`
	Faults     map[string]int       `json:"faults,omitempty"`   // that came about, by kind
	Answered   []Answered           `json:"answered,omitempty"` // what people were told after clicks and commands
}

// Oracle tells what readers see now, and every rule broken so far.
func (s *Server) Oracle() Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	v := Verdict{Visible: map[string][]Message{}, Coming: len(s.st.Late), Requests: s.requests, Faults: maps.Clone(s.faults),
		Violations: slices.Clone(s.st.Violations), Seen: slices.Clone(s.st.Seen), Answered: slices.Clone(s.sockets.answers)}
	for _, m := range s.st.Messages {
		if !m.Deleted && m.User == "" {
			v.Visible[m.deliveryID()] = append(v.Visible[m.deliveryID()], *m)
		}
	}
	return v
}

// attempted notes an attempt, as sent, to post a delivery, and whether the client had
// the right to make it: unless every attempt before was surely refused, it
// has to have read the channel twice since, to the last page, with metadata.
func (s *Server) attempted(form url.Values, now time.Time, refused bool) {
	var m Metadata
	if json.Unmarshal([]byte(form.Get("metadata")), &m) != nil {
		return
	}
	id, _ := m.Payload["delivery_id"].(string)
	if id == "" {
		s.violate("a post without delivery_id")
		return
	}
	for _, t := range s.tries[id] {
		if t.refused {
			continue
		}
		reads := 0
		for _, at := range s.reads[form.Get("channel")+" "+form.Get("thread_ts")] {
			if at.After(t.at) {
				reads++
			}
		}
		if form.Get("thread_ts") == "" {
			// A reply that became a post of its own was looked for in its thread.
			for key := range s.reads {
				if key != form.Get("channel")+" " && reads < 2 {
					for _, at := range s.reads[key] {
						if at.After(t.at) {
							reads++
						}
					}
				}
			}
		}
		if reads < 2 {
			s.violate("delivery %s posted again %v after an unclear attempt, with %d readings between", id, now.Sub(t.at), reads)
		}
	}
	s.tries[id] = append(s.tries[id], try{at: now, refused: refused})
}

// People lets a test act as the people of the workspace.
type People struct{ s *Server }

// People acts on messages as a person would.
func (s *Server) People() People { return People{s} }

// Delete removes a message; it tells whether there was one.
func (p People) Delete(channel, ts string) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	m := p.s.find(channel, ts)
	if m == nil || m.Deleted {
		return false
	}
	m.Deleted = true
	return true
}

// Crash tells that the client was killed at a moment. A limit of which it
// heard so shortly before, or not at all, is forgotten: it had no time to
// write it down.
func (p People) Crash(at time.Time, shortly time.Duration) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for key, told := range p.s.told {
		if at.Sub(told) < shortly {
			delete(p.s.limited, key)
		}
	}
}

// Unheard forgets a limit that was answered to a client already dead.
func (p People) Unheard(method, channel string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	delete(p.s.limited, method+" "+channel)
}

// Next lets the next post meet a fault.
func (p People) Next(f Fault) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.next = &f
}

// Calm ends the faults.
func (p People) Calm() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.calm = true
}

// Reply answers a message in its thread.
func (p People) Reply(channel, ts, text string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	now := time.Now()
	if parent := p.s.find(channel, ts); parent != nil {
		parent.Replies++
		p.s.st.Messages = append(p.s.st.Messages, &Message{Channel: channel, Thread: ts, Text: text, TS: p.s.ts(now), Shown: now, User: "U0ANA"})
	}
}

// Chat posts n messages of people, to fill pages of history.
func (p People) Chat(channel string, n int) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	now := time.Now()
	for range n {
		p.s.st.Messages = append(p.s.st.Messages, &Message{Channel: channel, Text: "hm", TS: p.s.ts(now), Shown: now, User: "U0ANA"})
	}
}

// Save writes the state; Load takes it up again.
func (s *Server) Save() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.st)
}

// Load replaces the state with one that Save has written.
func (s *Server) Load(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Unmarshal(b, &s.st)
}

// IDs lists the deliveries that are visible.
func (v Verdict) IDs() []string { return slices.Sorted(maps.Keys(v.Visible)) }
