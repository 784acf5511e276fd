package fakeslack

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	eventType = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	tsForm    = regexp.MustCompile(`^\d{10}\.\d{6}$`)
	link      = regexp.MustCompile(`<https?://[^\s<>|"]+(\|[^<>|\n]+)?>`)
	date      = regexp.MustCompile(`<!date\^\d+\^[^^<>|]+(\^https?://[^<>|]+)?\|[^<>|]+>`)
	mention   = regexp.MustCompile(`<(!here|!channel|!everyone|!subteam\^\w+|@\w+)(\|[^<>]*)?>`)
	richCall  = regexp.MustCompile(`"type":"(broadcast|usergroup|user)"[^}]*"(range|usergroup_id|user_id)":"(\w+)"`)
	entity    = regexp.MustCompile(`&(amp|lt|gt);`)
)

// checkPost checks a post before it is accepted.
func (s *Server) checkPost(form url.Values) (answer, bool) {
	if th := form.Get("thread_ts"); th != "" && !tsForm.MatchString(th) {
		return s.violated(refuse("invalid_arguments"), "thread_ts %q", th), true
	}
	return s.checkMessage("chat.postMessage", form)
}

// checkMessage checks text, metadata and blocks as Slack does, and more
// strictly where Slack would let a mistake pass.
func (s *Server) checkMessage(method string, form url.Values) (answer, bool) {
	bad := func(code, why string) (answer, bool) {
		return s.violated(refuse(code), "%s: %s: %s", method, code, why), true
	}
	text := form.Get("text")
	switch {
	case !utf8.ValidString(text):
		return bad("invalid_charset", "text is not UTF-8")
	case utf8.RuneCountInString(text) > 4000:
		return bad("msg_too_long", "text over 4000 characters")
	}
	if why := s.mrkdwn(text); why != "" {
		return bad("invalid_arguments", why)
	}
	if md := form.Get("metadata"); md != "" {
		if code := checkMetadata(md); code != "" {
			return bad(code, md)
		}
	}
	if b := form.Get("blocks"); b != "" {
		if code, why := s.checkBlocks(b); code != "" {
			return bad(code, why)
		}
	}
	return answer{}, false
}

// mrkdwn tells what is wrong with a piece of marked-up text; "" if nothing.
func (s *Server) mrkdwn(text string) string {
	for _, who := range mentionsIn(text) {
		if strings.HasPrefix(who, "U") && s.edits {
			continue
		}
		if !slices.Contains(s.cfg.Mentions, who) {
			return "a mention that nobody configured: " + who
		}
	}
	if strings.ContainsRune(text, 0) {
		return "NUL"
	}
	rest := text
	for _, re := range []*regexp.Regexp{link, date, mention} {
		rest = re.ReplaceAllString(rest, "")
	}
	if strings.ContainsAny(rest, "<>") {
		return "unescaped < or > in " + rest
	}
	if strings.Contains(entity.ReplaceAllString(rest, ""), "&") {
		return "unescaped & in " + rest
	}
	return ""
}

// mentionsIn lists who would be called by a text or by blocks.
func mentionsIn(text string) []string {
	var who []string
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		who = append(who, strings.TrimPrefix(strings.TrimLeft(m[1], "!@"), "subteam^"))
	}
	for _, m := range richCall.FindAllStringSubmatch(text, -1) {
		who = append(who, m[3])
	}
	return who
}

// checkMetadata returns Slack's code for bad metadata.
func checkMetadata(md string) string {
	var m Metadata
	if err := json.Unmarshal([]byte(md), &m); err != nil {
		return "invalid_metadata_format"
	}
	if !eventType.MatchString(m.EventType) || m.Payload == nil {
		return "invalid_metadata_schema"
	}
	flat := func(v any) bool {
		switch v.(type) {
		case string, float64, bool:
			return true
		}
		return false
	}
	for _, v := range m.Payload {
		switch v := v.(type) {
		case map[string]any:
			for _, w := range v {
				if !flat(w) {
					return "invalid_metadata_schema"
				}
			}
		case []any:
			for _, w := range v {
				if _, isObject := w.(map[string]any); !isObject {
					return "invalid_metadata_schema"
				}
			}
		default:
			if !flat(v) {
				return "invalid_metadata_schema"
			}
		}
	}
	return ""
}

// object is any JSON object of Block Kit.
type object map[string]any

func (o object) str(k string) string { s, _ := o[k].(string); return s }

func (o object) list(k string) []object {
	l, _ := o[k].([]any)
	var os []object
	for _, v := range l {
		m, _ := v.(map[string]any)
		os = append(os, m)
	}
	return os
}

func (o object) obj(k string) object { m, _ := o[k].(map[string]any); return m }

func (s *Server) checkBlocks(raw string) (code, why string) {
	var blocks []object
	if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
		return "invalid_blocks_format", err.Error()
	}
	if len(blocks) > 50 {
		return "invalid_blocks", "more than 50 blocks"
	}
	if utf8.RuneCountInString(raw) > 13200 {
		return "msg_blocks_too_long", "blocks over 13200 characters"
	}
	ids := map[string]bool{}
	for _, b := range blocks {
		id := b.str("block_id")
		if len(id) > 255 || id != "" && ids[id] {
			return "invalid_blocks", "block_id " + id
		}
		ids[id] = true
		if why := s.block(b); why != "" {
			return "invalid_blocks", why
		}
	}
	return "", ""
}

func (s *Server) block(b object) string {
	switch t := b.str("type"); t {
	case "rich_text":
		if len(b.list("elements")) == 0 {
			return "empty rich_text"
		}
		for _, e := range b.list("elements") {
			if why := s.rich(e); why != "" {
				return why
			}
		}
		return ""
	case "section":
		return s.textObject(b.obj("text"), 3000)
	case "header":
		if b.obj("text").str("type") != "plain_text" {
			return "header is not plain text"
		}
		return s.textObject(b.obj("text"), 150)
	case "context":
		if n := len(b.list("elements")); n == 0 || n > 10 {
			return "context with too few or too many elements"
		}
		for _, e := range b.list("elements") {
			if why := s.textObject(e, 3000); why != "" {
				return why
			}
		}
		return ""
	case "actions":
		return actions(b)
	case "divider":
		return ""
	default:
		return "block of type " + t
	}
}

func (s *Server) rich(e object) string {
	switch t := e.str("type"); t {
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		if len(e.list("elements")) == 0 {
			return "empty " + t
		}
		for _, x := range e.list("elements") {
			if why := s.inline(x); why != "" {
				return why
			}
		}
		return ""
	case "rich_text_list":
		for _, x := range e.list("elements") {
			if why := s.rich(x); why != "" {
				return why
			}
		}
		return ""
	default:
		return "rich text element " + t
	}
}

func (s *Server) inline(e object) string {
	switch t := e.str("type"); t {
	case "text":
		if e.str("text") == "" {
			return "empty text"
		}
		if strings.ContainsRune(e.str("text"), 0) {
			return "NUL in text"
		}
	case "link":
		u, err := url.Parse(e.str("url"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(e.str("url")) > 3000 {
			return "link to " + e.str("url")
		}
		if _, has := e["text"]; has && strings.TrimSpace(e.str("text")) == "" {
			return "a link without words"
		}
	case "emoji":
		if e.str("name") == "" {
			return "emoji without name"
		}
	case "broadcast":
		if !slices.Contains(s.cfg.Mentions, e.str("range")) {
			return "a mention that nobody configured: " + e.str("range")
		}
	case "usergroup":
		if !slices.Contains(s.cfg.Mentions, e.str("usergroup_id")) {
			return "a mention that nobody configured: " + e.str("usergroup_id")
		}
	case "user":
		if !s.edits && !slices.Contains(s.cfg.Mentions, e.str("user_id")) {
			return "a mention that nobody configured: " + e.str("user_id")
		}
	case "date":
		if e.str("fallback") == "" {
			return "a date without fallback"
		}
	default:
		return "inline element " + t
	}
	return ""
}

func (s *Server) textObject(o object, most int) string {
	text := o.str("text")
	if n := utf8.RuneCountInString(text); n == 0 || n > most {
		return "text of a wrong length"
	}
	switch o.str("type") {
	case "plain_text":
		return ""
	case "mrkdwn":
		return s.mrkdwn(text)
	}
	return "text of type " + o.str("type")
}

func actions(b object) string {
	els := b.list("elements")
	if len(els) == 0 || len(els) > 25 {
		return "actions with too few or too many elements"
	}
	ids := map[string]bool{}
	primary := 0
	for _, e := range els {
		id := e.str("action_id")
		if id == "" || len(id) > 255 || ids[id] {
			return "action_id " + id
		}
		ids[id] = true
		switch e.str("type") {
		case "button":
			if n := utf8.RuneCountInString(e.obj("text").str("text")); n == 0 || n > 30 || len(e.str("value")) > 2000 {
				return "button " + id
			}
			if e.str("style") == "primary" {
				primary++
			}
		case "overflow":
			opts := e.list("options")
			if len(opts) == 0 || len(opts) > 5 {
				return "overflow " + id
			}
			for _, o := range opts {
				if n := utf8.RuneCountInString(o.obj("text").str("text")); n == 0 || n > 75 || len(o.str("value")) > 75 {
					return "overflow option " + o.str("value")
				}
			}
		default:
			return "action of type " + e.str("type")
		}
	}
	if primary > 1 {
		return "more than one primary button"
	}
	return ""
}

func hasRichText(blocks json.RawMessage) bool {
	return strings.Contains(string(blocks), `"type":"rich_text"`)
}
