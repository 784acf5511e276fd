package fakeslack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// allowed are the arguments of each method; the first ones are required.
var allowed = map[string]struct {
	scope    string
	required string
	optional string
}{
	"chat.postMessage":      {"chat:write", "channel text metadata unfurl_links unfurl_media", "blocks thread_ts reply_broadcast mrkdwn"},
	"chat.update":           {"chat:write", "channel ts text", "blocks metadata unfurl_links unfurl_media"},
	"chat.delete":           {"chat:write", "channel ts", ""},
	"chat.getPermalink":     {"", "channel message_ts", ""},
	"conversations.history": {"channels:history", "channel", "cursor inclusive latest limit oldest include_all_metadata"},
	"conversations.replies": {"channels:history", "channel ts", "cursor inclusive latest limit oldest include_all_metadata"},
	"conversations.info":    {"channels:read", "channel", "include_locale include_num_members"},
	"conversations.list":    {"channels:read", "", "cursor exclude_archived limit types"},
	"auth.test":             {"", "", ""},
	"reactions.get":         {"reactions:read", "channel timestamp", "full"},
}

func (s *Server) authorise(method string, form url.Values, auth string) (answer, bool) {
	token := cmp.Or(strings.TrimPrefix(auth, "Bearer "), form.Get("token"))
	want := s.cfg.Token
	if method == "apps.connections.open" {
		want = s.cfg.AppToken
	}
	switch {
	case token == "":
		return refuse("not_authed"), true
	case token != want && (token == s.cfg.Token || token == s.cfg.AppToken):
		return refuse("not_allowed_token_type"), true
	case token != want:
		return refuse("invalid_auth"), true
	}
	if m, known := allowed[method]; known && m.scope != "" && !slices.Contains(s.cfg.Scopes, m.scope) {
		return refuse("missing_scope", "needed", m.scope, "provided", strings.Join(s.cfg.Scopes, ",")), true
	}
	return answer{}, false
}

// arguments checks names, numbers and the channel of a call.
func (s *Server) arguments(method string, form url.Values) (answer, bool) {
	m, known := allowed[method]
	if !known {
		return s.violated(refuse("unknown_method"), "%s: unknown method", method), true
	}
	names := strings.Fields(m.required + " " + m.optional)
	for name, values := range form {
		if !slices.Contains(names, name) {
			return s.violated(refuse("invalid_arg_name"), "%s: argument %q", method, name), true
		}
		if len(values) > 1 {
			return s.violated(refuse("invalid_arguments"), "%s: %q given %d times", method, name, len(values)), true
		}
	}
	for name := range strings.FieldsSeq(m.required) {
		if form.Get(name) == "" {
			code := "invalid_arguments"
			if name == "text" {
				code = "no_text"
			}
			return s.violated(refuse(code), "%s: no %s", method, name), true
		}
	}
	if form.Get("unfurl_links")+form.Get("unfurl_media") != "" && (form.Get("unfurl_links") != "false" || form.Get("unfurl_media") != "false") {
		s.violate("%s: unfurls", method)
	}
	if !strings.Contains(m.required, "channel") {
		return answer{}, false
	}
	ch := s.channel(form.Get("channel"))
	switch {
	case ch == nil:
		return refuse("channel_not_found"), true
	case ch.Archived && strings.HasPrefix(method, "chat."):
		return refuse("is_archived"), true
	case !ch.Member && (strings.HasPrefix(method, "chat.") || strings.HasSuffix(method, ".history") || strings.HasSuffix(method, ".replies")):
		return refuse("not_in_channel"), true
	}
	return answer{}, false
}

// ts is the next timestamp of Slack's clock.
func (s *Server) ts(now time.Time) string {
	micros := max(now.Add(s.cfg.Skew).UnixMicro(), s.st.LastTS+1)
	s.st.LastTS = micros
	return fmt.Sprintf("%010d.%06d", micros/1e6, micros%1e6)
}

func (s *Server) find(channel, ts string) *Message {
	for _, m := range s.st.Messages {
		if m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

func (s *Server) post(form url.Values, now time.Time) answer {
	if a, bad := s.checkPost(form); bad {
		return a
	}
	m := &Message{Channel: form.Get("channel"), Text: form.Get("text"), TS: s.ts(now), Shown: now.Add(s.cfg.Lag)}
	if b := form.Get("blocks"); b != "" && b != "[]" {
		m.Blocks = json.RawMessage(b)
	}
	_ = json.Unmarshal([]byte(form.Get("metadata")), &m.Metadata) // it was checked before
	kind := "post"
	if th := form.Get("thread_ts"); th != "" {
		parent := s.find(m.Channel, th)
		if parent != nil && parent.Thread != "" {
			parent = s.find(m.Channel, parent.Thread)
		}
		// Slack does not refuse a reply to what is gone: it posts it alone.
		if parent != nil && !parent.Deleted {
			m.Thread = parent.TS
			parent.Replies++
			kind = "reply"
		}
	}
	s.st.Messages = append(s.st.Messages, m)
	s.notice(now, kind, m)
	if who := mentionsIn(m.Text + string(m.Blocks)); len(who) > 0 {
		s.notice(now, "mention", m)
	}
	msg := s.public(m, true)
	return ok(map[string]any{"channel": m.Channel, "ts": m.TS, "message": msg})
}

func (s *Server) update(form url.Values, now time.Time) answer {
	m := s.find(form.Get("channel"), form.Get("ts"))
	switch {
	case m == nil || m.Deleted:
		return refuse("message_not_found")
	case m.User != "":
		return refuse("cant_update_message")
	}
	s.edits = true
	a, bad := s.checkMessage("chat.update", form)
	if s.edits = false; bad {
		return a
	}
	b := form.Get("blocks")
	if hasRichText(m.Blocks) && b != "" && !hasRichText(json.RawMessage(b)) {
		return refuse("block_mismatch")
	}
	m.Text, m.Edited = form.Get("text"), m.Edited+1
	m.Blocks = nil
	if b != "" && b != "[]" {
		m.Blocks = json.RawMessage(b)
	}
	if md := form.Get("metadata"); md != "" {
		_ = json.Unmarshal([]byte(md), &m.Metadata) // it was checked before
	}
	s.notice(now, "edit", m)
	return ok(map[string]any{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": s.public(m, true)})
}

func (s *Server) delete(form url.Values, now time.Time) answer {
	m := s.find(form.Get("channel"), form.Get("ts"))
	if m == nil || m.Deleted {
		return refuse("message_not_found")
	}
	m.Deleted = true
	if p := s.find(m.Channel, m.Thread); p != nil {
		p.Replies--
	}
	s.notice(now, "delete", m)
	return ok(map[string]any{"channel": m.Channel, "ts": m.TS})
}

func (s *Server) notice(at time.Time, kind string, m *Message) {
	s.st.Seen = append(s.st.Seen, Event{At: at, Kind: kind, Channel: m.Channel, TS: m.TS, ID: m.deliveryID()})
}

func (m *Message) deliveryID() string {
	if m.Metadata == nil {
		return ""
	}
	id, _ := m.Metadata.Payload["delivery_id"].(string)
	return id
}

// public is a message as the API shows it.
func (s *Server) public(m *Message, metadata bool) map[string]any {
	p := map[string]any{"type": "message", "text": m.Text, "ts": m.TS}
	if m.User == "" {
		p["user"], p["bot_id"] = "U0WATCH", "B0WATCH"
	} else {
		p["user"] = m.User
	}
	if m.Thread != "" {
		p["thread_ts"] = m.Thread
	}
	if m.Blocks != nil {
		p["blocks"] = m.Blocks
	}
	if m.Replies > 0 {
		p["reply_count"], p["thread_ts"] = m.Replies, m.TS
	}
	var emoji []map[string]any
	for _, r := range m.Emoji {
		emoji = append(emoji, map[string]any{"name": r.Name, "count": 1, "users": []string{r.User}})
	}
	if emoji != nil {
		p["reactions"] = emoji
	}
	if m.Metadata != nil {
		md := map[string]any{"event_type": m.Metadata.EventType}
		if metadata {
			md["event_payload"] = m.Metadata.Payload
		}
		p["metadata"] = md
	}
	return p
}

func (s *Server) history(form url.Values, now time.Time) answer {
	var shown []*Message
	for _, m := range s.st.Messages {
		if m.Channel == form.Get("channel") && m.Thread == "" && !m.Deleted && !m.Shown.After(now) {
			shown = append(shown, m)
		}
	}
	slices.SortFunc(shown, func(a, b *Message) int { return cmp.Compare(b.TS, a.TS) }) // newest first
	return s.page(form, "", shown, now)
}

func (s *Server) replies(form url.Values, now time.Time) answer {
	parent := s.find(form.Get("channel"), form.Get("ts"))
	if parent == nil {
		return refuse("thread_not_found")
	}
	var shown []*Message
	answered := false
	for _, m := range s.st.Messages {
		if m.Channel == parent.Channel && m.Thread == parent.TS && !m.Deleted && !m.Shown.After(now) {
			shown = append(shown, m)
			answered = true
		}
	}
	if parent.Deleted && !answered {
		return refuse("thread_not_found")
	}
	if !parent.Deleted {
		shown = append([]*Message{parent}, shown...)
	}
	return s.page(form, parent.TS, shown, now)
}

// page cuts a reading to its bounds and its page, and notes complete ones.
func (s *Server) page(form url.Values, thread string, shown []*Message, now time.Time) answer {
	metadata := truth(form.Get("include_all_metadata"))
	oldest, latest, inclusive := form.Get("oldest"), form.Get("latest"), truth(form.Get("inclusive"))
	shown = slices.DeleteFunc(shown, func(m *Message) bool {
		if thread != "" && m.TS == thread {
			return false
		}
		if inclusive && (m.TS == oldest || m.TS == latest) {
			return false
		}
		return oldest != "" && m.TS <= oldest || latest != "" && m.TS >= latest
	})
	limit := 100
	if n, err := strconv.Atoi(form.Get("limit")); err == nil && n > 0 {
		limit = n
	}
	limit = min(limit, s.cfg.Page)
	from := 0
	if c, isCursor := strings.CutPrefix(form.Get("cursor"), "at:"); isCursor {
		from, _ = strconv.Atoi(c)
	}
	from = min(from, len(shown))
	to := min(from+limit, len(shown))
	msgs := []map[string]any{}
	for _, m := range shown[from:to] {
		msgs = append(msgs, s.public(m, metadata))
	}
	next := ""
	if to < len(shown) {
		next = "at:" + strconv.Itoa(to)
	}
	key := form.Get("channel") + " " + thread
	if from == 0 {
		s.partial[key] = now
	}
	if next == "" && metadata {
		s.reads[key] = append(s.reads[key], s.partial[key])
	}
	return ok(map[string]any{"messages": msgs, "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}})
}

func (s *Server) info(form url.Values) answer {
	return ok(map[string]any{"channel": s.channel(form.Get("channel")).public()})
}

func (s *Server) list(form url.Values) answer {
	from := 0
	if c, isCursor := strings.CutPrefix(form.Get("cursor"), "at:"); isCursor {
		from, _ = strconv.Atoi(c)
	}
	to := min(from+min(100, s.cfg.Page), len(s.cfg.Channels))
	chs := []map[string]any{}
	for i := range s.cfg.Channels[from:to] {
		chs = append(chs, s.cfg.Channels[from+i].public())
	}
	next := ""
	if to < len(s.cfg.Channels) {
		next = "at:" + strconv.Itoa(to)
	}
	return ok(map[string]any{"channels": chs, "response_metadata": map[string]any{"next_cursor": next}})
}

func (c *Channel) public() map[string]any {
	return map[string]any{"id": c.ID, "name": c.Name, "is_channel": true, "is_member": c.Member, "is_archived": c.Archived}
}

func (s *Server) reactions(form url.Values) answer {
	m := s.find(form.Get("channel"), form.Get("timestamp"))
	if m == nil || m.Deleted {
		return refuse("message_not_found")
	}
	return ok(map[string]any{"type": "message", "channel": m.Channel, "message": s.public(m, false)})
}

func truth(s string) bool { return s == "1" || s == "true" }
