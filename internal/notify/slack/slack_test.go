package slack_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/slack"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

var rewrite = flag.Bool("update", false, "rewrite the golden files")

func connect(t *testing.T, transport http.RoundTripper) *slack.Notifier {
	t.Helper()
	n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: "https://slack.test/api/", Transport: transport, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestEveryDocumentedCodeHasOneClass lists the errors that Slack documents
// for the methods called, each under the class it must have.
func TestEveryDocumentedCodeHasOneClass(t *testing.T) {
	want := map[notify.Class]string{
		notify.Again: `ratelimited rate_limited message_limit_exceeded service_unavailable request_timeout team_added_to_org
			org_login_required external_channel_migrating streaming_state_conflict invalid_cursor list_record_comment_fetch_failed`,
		notify.Unknown: `internal_error fatal_error duplicate_message_not_found duplicate_channel_not_found update_failed
			an_invented_code ok`,
		notify.BadMessage: `invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text too_many_attachments
			attachment_payload_limit_exceeded metadata_too_large invalid_metadata_format invalid_metadata_schema
			markdown_text_conflict invalid_arguments invalid_arg_name invalid_array_arg invalid_form_data invalid_charset
			invalid_post_type missing_post_type as_user_not_supported missing_file_data too_many_contact_cards
			invalid_attachments cant_broadcast_message no_dual_broadcast_content_update cannot_reply_to_message
			restricted_action_thread_locked restricted_action_non_threadable_channel invalid_ts_latest invalid_ts_oldest
			invalid_metadata_filter_keys`,
		notify.BadChannel: `channel_not_found not_in_channel is_archived restricted_action restricted_action_read_only_channel
			restricted_action_thread_only_channel ekm_access_denied messages_tab_disabled no_permission team_not_found
			slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
			channel_is_limited_access method_not_supported_for_channel_type cant_delete_message`,
		notify.BadApp: `not_authed invalid_auth account_inactive token_revoked token_expired missing_scope not_allowed_token_type
			access_denied accesslimited is_bot send_on_behalf_not_allowed app_access_restricted team_access_not_granted
			enterprise_is_restricted two_factor_setup_required deprecated_endpoint method_deprecated unknown_method
			metadata_must_be_sent_from_app`,
		notify.Gone: `message_not_found edit_window_closed cant_update_message is_inactive block_mismatch thread_not_found`,
	}
	seen := map[string]notify.Class{}
	for class, codes := range want {
		for code := range strings.FieldsSeq(codes) {
			if other, twice := seen[code]; twice {
				t.Errorf("%s is listed as %s and as %s", code, class, other)
			}
			seen[code] = class
			// Through the whole client, not only the table.
			n := connect(t, canned(200, fmt.Sprintf(`{"ok":false,"error":%q}`, code), nil))
			_, err := n.Say(t.Context(), news.Delivery{Alert: news.Alert{ID: "a", Channel: "C0ARMS1", Headline: "x"}}, news.Receipt{})
			if got := notify.ClassOf(err); got != class {
				t.Errorf("%s: class %q, want %q", code, got, class)
			}
		}
	}
}

type cannedAnswer struct {
	status int
	body   string
	header http.Header
	err    error
}

func canned(status int, body string, header http.Header) http.RoundTripper {
	return cannedAnswer{status, body, header, nil}
}

func (c cannedAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.err != nil {
		return nil, c.err
	}
	h := c.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: c.status, Status: http.StatusText(c.status), Header: h, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

func TestAnAnswerCountsAsSentOnlyIfItNamesTheMessage(t *testing.T) {
	date := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		name   string
		answer cannedAnswer
		class  notify.Class
		wait   time.Duration
	}{
		{"a message with its ts", cannedAnswer{200, `{"ok":true,"channel":"C0ARMS1","ts":"1762351380.000100","message":{"text":"x"}}`, nil, nil}, "", 0},
		{"an empty object", cannedAnswer{200, `{}`, nil, nil}, notify.Unknown, 0},
		{"ok without ts", cannedAnswer{200, `{"ok":true}`, nil, nil}, notify.Unknown, 0},
		{"ok with an odd ts", cannedAnswer{200, `{"ok":true,"ts":"9.9"}`, nil, nil}, notify.Unknown, 0},
		{"not ok without error", cannedAnswer{200, `{"ok":false}`, nil, nil}, notify.Unknown, 0},
		{"cut JSON", cannedAnswer{200, `{"ok":true,"ts":"17623513`, nil, nil}, notify.Unknown, 0},
		{"HTML", cannedAnswer{200, `<html>maintenance</html>`, nil, nil}, notify.Unknown, 0},
		{"nothing", cannedAnswer{200, ``, nil, nil}, notify.Unknown, 0},
		{"a redirect", cannedAnswer{302, `{"ok":true,"ts":"1762351380.000100"}`, http.Header{"Location": {"https://elsewhere.test/"}}, nil}, notify.Unknown, 0},
		{"a redirect that keeps the body", cannedAnswer{307, ``, http.Header{"Location": {"https://elsewhere.test/"}}, nil}, notify.Unknown, 0},
		{"a server error", cannedAnswer{503, `oops`, nil, nil}, notify.Unknown, 0},
		{"a reset", cannedAnswer{err: io.ErrUnexpectedEOF}, notify.Unknown, 0},
		{"a limit in seconds", cannedAnswer{429, `{}`, http.Header{"Retry-After": {"7"}}, nil}, notify.Again, 7 * time.Second},
		{"a limit as a date", cannedAnswer{429, `{}`, http.Header{"Retry-After": {date}}, nil}, notify.Again, 31 * time.Second},
		{"a limit without a wait", cannedAnswer{429, `{"ok":false,"error":"ratelimited"}`, nil, nil}, notify.Again, time.Minute},
		{"a limit of zero", cannedAnswer{429, `{}`, http.Header{"Retry-After": {"0"}}, nil}, notify.Again, time.Second},
		{"a limit of nonsense", cannedAnswer{429, `{}`, http.Header{"Retry-After": {"soon"}}, nil}, notify.Again, time.Minute},
		{"the workspace's limit", cannedAnswer{429, `{"ok":false,"error":"message_limit_exceeded"}`, nil, nil}, notify.Again, 10 * time.Minute},
		{"a limit in a good answer", cannedAnswer{200, `{"ok":false,"error":"ratelimited"}`, nil, nil}, notify.Again, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := connect(t, c.answer)
			d := news.Delivery{Alert: news.Alert{ID: "a", Channel: "C0ARMS1", Headline: "x"}}
			r, err := n.Say(t.Context(), d, news.Receipt{})
			if got := notify.ClassOf(err); got != c.class {
				t.Fatalf("class %q (%v), want %q", got, err, c.class)
			}
			if (err == nil) != (r.Message != "") {
				t.Errorf("receipt %+v with error %v", r, err)
			}
			if e, ok := errors.AsType[*notify.Error](err); ok && (e.RetryAfter-c.wait).Abs() > time.Second {
				t.Errorf("wait %v, want %v", e.RetryAfter, c.wait)
			}
			if err != nil && strings.Contains(err.Error(), "xoxb") {
				t.Errorf("the token is in the error: %v", err)
			}
		})
	}
}

func TestARequestThatNeverLeftMayBeSentAgain(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: srv.URL + "/api/"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Say(t.Context(), news.Delivery{Alert: news.Alert{ID: "a", Channel: "C0ARMS1", Headline: "x"}}, news.Receipt{})
	if notify.ClassOf(err) != notify.Again {
		t.Errorf("a refused connection is %q: %v", notify.ClassOf(err), err)
	}
}

func TestAReadingThatListsNothingProvesNothing(t *testing.T) {
	for _, body := range []string{`{}`, `{"ok":true}`, `{"ok":false}`, `<html>`, `{"ok":true,"messages":[`, `{"ok":true,"messages":[],"has_more":true}`} {
		n := connect(t, answers{"auth.test": `{"ok":true,"user_id":"U0WATCH","bot_id":"B0WATCH"}`, "conversations.history": body})
		copies, err := n.Look(t.Context(), news.Delivery{Alert: news.Alert{ID: "a", Channel: "C0ARMS1"}, First: time.Now()}, news.Receipt{})
		if err == nil {
			t.Errorf("%s is read as %d copies", body, len(copies))
		}
	}
}

type answers map[string]string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return cannedAnswer{200, a[filepath.Base(r.URL.Path)], nil, nil}.RoundTrip(r)
}

func TestTheTokenGoesOnlyWhereItShould(t *testing.T) {
	for _, c := range []struct {
		url, token string
		ok         bool
	}{
		{"", "xoxb-x", true}, {"https://slack.com/api/", "xoxb-x", true}, {"http://127.0.0.1:99/api/", "xoxb-x", true},
		{"http://localhost/api", "xoxb-x", true}, {"http://evil.test/api/", "xoxb-x", false}, {"ftp://x/", "xoxb-x", false},
		{"nonsense", "xoxb-x", false}, {"", "xoxp-x", false}, {"", "", false},
	} {
		_, err := slack.New(slack.Options{Token: c.token, APIURL: c.url})
		if (err == nil) != c.ok {
			t.Errorf("%q with %q: %v", c.url, c.token, err)
		}
		if err != nil && c.token != "" && strings.Contains(err.Error(), c.token) {
			t.Errorf("the token is in the error: %v", err)
		}
	}
}

var at = time.Date(2026, 3, 1, 14, 3, 0, 0, time.UTC)

func example() news.Delivery {
	return news.Delivery{State: news.StateSending, Attempts: 1, First: at, Alert: news.Alert{
		ID: "a3k5zj2q7w", Channel: "C0ARMS", Kind: news.KindAlert, Story: "s9x2",
		Headline: "Russia suspends inspections under New START & <NATO> replies", Outlet: "Example World",
		URL: "https://example.org/world/russia?id=7&utm_source=rss", At: at, Seen: at.Add(2 * time.Minute),
		Topics: []string{"Arms control", "NATO"},
		Excerpt: []news.Segment{{Text: "Moscow said it would stop "}, {Text: "New START", Hit: true}, {Text: " on-site checks; "},
			{Text: "NATO", Hit: true}, {Text: " called it “irresponsible”."}},
		Why: []string{"Arms control: New START ^6 (title)", "NATO: @nato (title)"},
	}}
}

func goldenCases() map[string]news.Delivery {
	urgent := example()
	urgent.Alert.Urgent, urgent.Alert.Mention = true, "here"
	up := example()
	up.Alert.Kind, up.Alert.Target = news.KindUpdate, "a3k5zj2q7w"
	up.Alert.Also = []news.Report{{Outlet: "Outlet B", URL: "https://b.example/1"}, {Outlet: "Outlet C", URL: "https://c.example/2", Copy: true}, {Outlet: "Outlet D"}}
	up.Alert.Count, up.Alert.Independent, up.Alert.New = 4, 3, []string{"12 inspectors", "the foreign minister"}
	up.Alert.Latest = &news.Report{Outlet: "Outlet D", URL: "https://d.example/3", Title: "Moscow sends 12 inspectors home"}
	corr := example()
	corr.Alert.Kind, corr.Alert.Target = news.KindCorrection, "a3k5zj2q7w"
	corr.Alert.Note = "Headline changed; it was: Russia ends New START"
	digest := example()
	digest.Alert = news.Alert{ID: "d1", Channel: "C0ARMS", Kind: news.KindDigest, Headline: "3 stories from the quiet hours", Seen: at, Lines: []news.Line{
		{Label: "Arms control"}, {Label: "Example World", Text: "Russia suspends inspections", URL: "https://example.org/1"},
		{Label: "Outlet B", Text: "Talks resume in Geneva", URL: "https://b.example/2"},
		{Label: "NATO"}, {Label: "Outlet C", Text: "Alliance meets", URL: "https://c.example/3"},
	}}
	ops := digest
	ops.Alert = news.Alert{ID: "o1", Channel: "C0OPS", Kind: news.KindOps, Headline: "2 things need a look", Seen: at, Lines: []news.Line{
		{Label: "Example World", Text: "has not answered since 11:00 (timeout)"}, {Label: "#nato", Text: "takes no alerts: not_in_channel."},
	}}
	withdrawn := corr
	withdrawn.Alert.Withdrawn, withdrawn.Alert.Note = true, "Withdrawn by Example World, was: "+corr.Alert.Headline
	claimed := up
	claimed.Marks = []news.Mark{{What: news.MarkClaim, By: "Ana", At: at.Add(4 * time.Minute)}, {What: news.MarkUseful, By: "@U0BO"},
		{What: news.MarkMute, By: "Cy", About: "“NATO”", Until: time.Date(2100, 1, 1, 8, 0, 0, 0, time.UTC)}}
	plain, bare := urgent, urgent
	plain.Step, bare.Step = 1, 2
	return map[string]news.Delivery{
		"alert": example(), "urgent": urgent, "update": up, "correction": corr, "digest": digest, "ops": ops, "claimed": claimed, "withdrawn": withdrawn,
		"step1-section": plain, "step2-text": bare,
	}
}

// sent is what reaches Slack, as the fake accepts it.
func sent(t *testing.T, d news.Delivery, app string) fakeslack.Message {
	t.Helper()
	fake := fakeslack.New(fakeslack.Config{Free: true, Mentions: []string{"here"}})
	n, err := slack.New(slack.Options{Token: "xoxb-test", AppToken: app, APIURL: "https://slack.test/api/", Transport: fake.Transport(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Say(t.Context(), d, news.Receipt{}); err != nil {
		t.Fatal(err, fake.Oracle().Violations)
	}
	v := fake.Oracle()
	if len(v.Violations) > 0 {
		t.Fatal(v.Violations)
	}
	return v.Visible[string(d.Alert.ID)][0]
}

func TestGolden(t *testing.T) {
	for name, d := range goldenCases() {
		t.Run(name, func(t *testing.T) {
			var m fakeslack.Message
			synctest.Test(t, func(t *testing.T) { m = sent(t, d, "xapp-test") })
			b, err := json.MarshalIndent(map[string]any{"text": m.Text, "blocks": m.Blocks, "metadata": m.Metadata}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", append(b, '\n'))
		})
	}
	for _, name := range []string{"update", "correction"} {
		m := slack.RenderReply(goldenCases()[name])
		b, err := json.MarshalIndent(map[string]any{"text": m.Text, "blocks": m.Blocks, "metadata": m.Metadata}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+"-reply.json", append(b, '\n'))
	}
	golden(t, "manifest.json", slack.Manifest())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got)\n%s", name, d)
	}
}

func TestAMentionCallsWhoeverTheConfigMayName(t *testing.T) {
	for who, want := range map[string]string{"here": "<!here>", "channel": "<!channel>", "S0123456789": "<!subteam^S0123456789>", "U0123456789": "<@U0123456789>"} {
		synctest.Test(t, func(t *testing.T) {
			fake := fakeslack.New(fakeslack.Config{Mentions: []string{who}})
			n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: "https://slack.test/api/", Transport: fake.Transport(nil)})
			if err != nil {
				t.Fatal(err)
			}
			d := example()
			d.Alert.Urgent, d.Alert.Mention = true, who
			if _, err := n.Say(t.Context(), d, news.Receipt{}); err != nil {
				t.Fatal(err, fake.Oracle().Violations)
			}
			v := fake.Oracle()
			if m := v.Visible[string(d.Alert.ID)][0]; !strings.Contains(m.Text, want) || !strings.Contains(string(m.Blocks), who) {
				t.Errorf("%s: %s %s", who, m.Text, m.Blocks)
			}
			called := false
			for _, e := range v.Seen {
				called = called || e.Kind == "mention"
			}
			if !called || len(v.Violations) > 0 {
				t.Errorf("%s: called %v, %v", who, called, v.Violations)
			}
		})
	}
}

func TestTheFallbackTextIsACompleteAlert(t *testing.T) {
	d := goldenCases()["urgent"]
	m := slack.Render(d, true)
	first := []rune(m.Text)[:90]
	if !strings.HasPrefix(string(first), "URGENT: Russia suspends inspections under New START") {
		t.Errorf("the first 90 characters are %q", string(first))
	}
	for _, part := range []string{"Example World", "1 Mar 14:03 UTC", "Arms control, NATO"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("no %q in %q", part, m.Text)
		}
	}
	if len(m.Blocks) > 5 {
		t.Errorf("%d blocks", len(m.Blocks))
	}
}

// TestAMessageIsReadInThreeSeconds counts what a reader has to take in; package
// daemon does so for real items.
func TestAMessageIsReadInThreeSeconds(t *testing.T) {
	for name, d := range goldenCases() {
		if d.Alert.Kind == news.KindDigest || d.Alert.Kind == news.KindOps {
			continue // they are lists
		}
		raw, err := json.Marshal(slack.Render(d, true).Blocks)
		if err != nil {
			t.Fatal(err)
		}
		if string(raw) == "null" {
			continue // text alone
		}
		if m, err := fakeslack.MeasureBlocks(raw); err != nil || m.Blocks > 5 || m.Lines > 9 || m.Primary > 1 || m.Label > 30 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// shown is what a reader sees as the headline of a stored message.
func shown(t *testing.T, m fakeslack.Message) (words, link string) {
	t.Helper()
	var bs []struct {
		Elements []struct {
			Elements []struct{ Type, Text, URL string }
		}
	}
	if err := json.Unmarshal(m.Blocks, &bs); err != nil {
		t.Fatal(err)
	}
	last := bs[0].Elements[0].Elements[len(bs[0].Elements[0].Elements)-1]
	return last.Text, last.URL
}

func TestTenThousandHostileHeadlinesShowAsCleanedText(t *testing.T) {
	pieces := []string{
		"<!channel>", "<!here>", "<@U0ANA>", "<!subteam^S0DESK>", "&amp;", "&", "<", ">", "|", "*b*", "_i_", "~s~", "`c`", "\x00",
		"\u202Eevil\u202C", "\u2066x\u2069", "\u200B", "\uFEFF", "👩\u200D👩\u200D👧\u200D👦", "é", "e\u0301", "\xff\xfe", "\n", "\r\n", "\u2028",
		"<https://evil.test|click>", "javascript:alert(1)", "Новини", "新聞", "עברית", "العربية", " ", "word", "]]>", "{}", "\"", "\\", "%7C", "\U000E0041", "\x1b[31m",
		":tada:", "http://x.test/<a>", strings.Repeat("a", 400), "\uFFFD", "\uFFFF",
	}
	urls := []string{"https://example.org/a", "javascript:alert(1)", "https://u:p@example.org/", "https://example.org/a|b<c>d\"e f", "", "data:text/html,x", "//example.org", "https://example.org/\u202Eevil", "https://example.org/?" + strings.Repeat("&", 1900), "https://" + strings.Repeat("x", 3000) + ".org"}
	rng := rand.New(rand.NewPCG(7, 7))
	count := 10_000
	if testing.Short() {
		count = 500
	}
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Config{Free: true})
		n := connect(t, fake.Transport(nil))
		want := map[string]string{}
		for i := range count {
			d := hostile(rng, i, pieces, urls)
			want[string(d.Alert.ID)] = cmp.Or(notify.Clean(d.Alert.Headline, 300), "(no headline)")
			if _, err := n.Say(t.Context(), d, news.Receipt{}); err != nil {
				t.Fatalf("%.200q at step %d: %v; %v", d.Alert.Headline, d.Step, err, fake.Oracle().Violations)
			}
		}
		v := fake.Oracle()
		if len(v.Violations) > 0 {
			t.Fatal(v.Violations[0])
		}
		for id, ms := range v.Visible {
			if ms[0].Blocks == nil || strings.Contains(string(ms[0].Blocks), `"type":"section"`) {
				continue
			}
			words, link := shown(t, ms[0])
			if words != want[id] {
				t.Errorf("a reader sees %q, want %q", words, want[id])
			}
			if link != "" && !strings.HasPrefix(link, "https://example.org/") {
				t.Errorf("a link to %q", link)
			}
		}
		for _, e := range v.Seen {
			if e.Kind == "mention" {
				t.Fatalf("a headline mentions somebody: %s", e.ID)
			}
		}
	})
}

func hostile(rng *rand.Rand, i int, pieces, urls []string) news.Delivery {
	var b strings.Builder
	for range 1 + rng.IntN(12) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	h := b.String()
	if i%500 == 0 {
		h = strings.Repeat(h, 100_000/max(len(h), 1))
	}
	d := example()
	d.Alert.ID = news.AlertID(fmt.Sprint("h", i))
	d.Alert.Headline, d.Alert.URL = h, urls[rng.IntN(len(urls))]
	d.Alert.Outlet, d.Alert.Note = pieces[rng.IntN(len(pieces))], h
	d.Alert.Excerpt = []news.Segment{{Text: h}, {Text: "hit", Hit: true}, {Text: h}}
	d.Alert.Also = []news.Report{{Outlet: h, URL: d.Alert.URL}}
	d.Alert.Why, d.Alert.New = []string{h}, []string{h}
	d.Step = i % 3
	return d
}
