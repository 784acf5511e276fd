package fakeslack

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const meta = `{"event_type":"watcherd_alert","event_payload":{"delivery_id":"a1"}}`

func form(pairs ...string) url.Values {
	f := url.Values{"token": {"xoxb-test"}, "channel": {"C0ARMS"}, "text": {"hello"}, "metadata": {meta}, "unfurl_links": {"false"}, "unfurl_media": {"false"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			f.Del(pairs[i])
		}
	}
	return f
}

func codeOf(a answer) string {
	var v struct {
		OK    bool
		Error string
	}
	json.Unmarshal([]byte(a.body), &v)
	if v.OK {
		return "ok"
	}
	return v.Error
}

func TestWhatSlackRefuses(t *testing.T) {
	twice := form()
	twice.Add("text", "again")
	long := strings.Repeat("x", 4001)
	for _, c := range []struct {
		name string
		f    url.Values
		want string
	}{
		{"a good post", form(), "ok"},
		{"no token", form("token", ""), "not_authed"},
		{"another token", form("token", "xoxb-no"), "invalid_auth"},
		{"an app token", form("token", "xapp-test"), "not_allowed_token_type"},
		{"a channel's name", form("channel", "#arms"), "channel_not_found"},
		{"no text", form("text", ""), "no_text"},
		{"text twice", twice, "invalid_arguments"},
		{"an unknown argument", form("client_msg_id", "x"), "invalid_arg_name"},
		{"no metadata", form("metadata", ""), "invalid_arguments"},
		{"metadata with a list of strings", form("metadata", `{"event_type":"x","event_payload":{"a":["b"]}}`), "invalid_metadata_schema"},
		{"metadata with an odd type", form("metadata", `{"event_type":"a b","event_payload":{}}`), "invalid_metadata_schema"},
		{"a long text", form("text", long), "msg_too_long"},
		{"an unescaped ampersand", form("text", "a & b"), "invalid_arguments"},
		{"an unescaped bracket", form("text", "a < b"), "invalid_arguments"},
		{"a mention", form("text", "hi <!channel>"), "invalid_arguments"},
		{"a good link", form("text", "<https://x.test/a?b=1&amp;c=2|label>"), "ok"},
		{"no JSON", form("blocks", `[`), "invalid_blocks_format"},
		{"an unknown block", form("blocks", `[{"type":"poem"}]`), "invalid_blocks"},
		{"an empty rich text", form("blocks", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}]`), "invalid_blocks"},
		{"a link to a script", form("blocks", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"javascript:x"}]}]}]`), "invalid_blocks"},
		{"a block ID twice", form("blocks", `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`), "invalid_blocks"},
		{"long blocks", form("blocks", `[{"type":"section","text":{"type":"plain_text","text":"`+strings.Repeat("x", 13200)+`"}}]`), "msg_blocks_too_long"},
		{"a long section", form("blocks", `[{"type":"section","text":{"type":"plain_text","text":"`+strings.Repeat("x", 3001)+`"}}]`), "invalid_blocks"},
		{"a reply to an odd ts", form("thread_ts", "1.2"), "invalid_arguments"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(Config{Free: true})
			if got := codeOf(s.serve("chat.postMessage", c.f.Encode(), "", time.Now())); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestASecondPostNeedsTwoReadingsUnlessTheFirstWasRefused(t *testing.T) {
	read := func(s *Server, all string) {
		s.serve("conversations.history", url.Values{"token": {"xoxb-test"}, "channel": {"C0ARMS"}, "include_all_metadata": {all}}.Encode(), "", time.Now())
	}
	for _, c := range []struct {
		name  string
		fault string
		reads []string
		bad   bool
	}{
		{"after a reset, with two readings", "reset", []string{"1", "1"}, false},
		{"after a reset, with one", "reset", []string{"1"}, true},
		{"readings without metadata prove nothing", "reset", []string{"0", "0"}, true},
		{"after a refusal, with none", "error:invalid_blocks", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{Free: true, Faults: Script("chat.postMessage", Fault{Kind: c.fault})})
				s.serve("chat.postMessage", form().Encode(), "", time.Now())
				for _, all := range c.reads {
					time.Sleep(time.Second)
					read(s, all)
				}
				s.serve("chat.postMessage", form().Encode(), "", time.Now())
				if got := len(s.Oracle().Violations) > 0; got != c.bad {
					t.Errorf("violations: %v", s.Oracle().Violations)
				}
			})
		})
	}
}

func TestLimitsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		limited := 0
		for range 6 {
			if a := s.serve("chat.postMessage", form().Encode(), "", time.Now()); a.status == 429 {
				limited++
			}
		}
		if v := s.Oracle().Violations; limited != 2 || len(v) < 3 {
			t.Errorf("%d limited, %v", limited, v)
		}
	})
}

func TestALatePostIsThereLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Faults: Script("chat.postMessage", Fault{Kind: "late", Delay: 5 * time.Second})})
		s.serve("chat.postMessage", form().Encode(), "", time.Now())
		if v := s.Oracle(); len(v.Visible) != 0 || v.Coming != 1 {
			t.Errorf("at once: %+v", v)
		}
		time.Sleep(5 * time.Second)
		if v := s.Oracle(); len(v.Visible["a1"]) != 1 || v.Coming != 0 {
			t.Errorf("after five seconds: %+v", v)
		}
	})
}

func TestTheStateOutlivesTheServer(t *testing.T) {
	var log bytes.Buffer
	a := New(Config{Free: true, Log: &log})
	srv := httptest.NewServer(a)
	defer srv.Close()
	resp, err := http.PostForm(srv.URL+"/api/chat.postMessage", form())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	state, err := a.Save()
	if err != nil {
		t.Fatal(err)
	}
	b := New(Config{})
	if err := b.Load(state); err != nil {
		t.Fatal(err)
	}
	if len(b.Oracle().Visible["a1"]) != 1 {
		t.Errorf("after a restart: %+v", b.Oracle())
	}
	if !strings.Contains(log.String(), `"method":"chat.postMessage"`) || strings.Contains(log.String(), "xoxb") {
		t.Errorf("log: %s", log.String())
	}
}
