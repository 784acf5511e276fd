package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// exits runs a program and wants one exit code: exits CODE program args...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// within is exits with a limit, for what an editor waits for: within 15s CODE
// program args...
func within(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: within time code program args...")
	}
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	began := time.Now()
	exits(ts, false, args[1:])
	took := time.Since(began)
	if took > limit {
		ts.Fatalf("took %v, an editor has %v", took, limit)
	}
	ts.Logf("[%v of %v]", took.Round(10*time.Millisecond), limit)
}

// slackFor keeps the fake Slack of a script.
type slackFor struct{ *fakeslack.Server }

// setUpSlack serves a strict fake Slack at $SLACK, which the scripts ask with
// the command slack.
func setUpSlack(env *testscript.Env) {
	s := fakeslack.New(fakeslack.Config{})
	srv := httptest.NewServer(s)
	env.Defer(srv.Close)
	env.Values["slack"] = slackFor{s}
	env.Setenv("SLACK", srv.URL)
}

// slackCmd looks at Slack as its readers do, or changes it:
//
//	slack shows N PATTERN    so many visible messages match
//	slack silent             nobody ever asked it anything
//	slack clean              no rule of Slack's was ever broken
//	slack member CHANNEL yes|no
//	slack awaits N PATTERN   the same as shows, within 30 s
//	slack click|react|unreact USER WHAT PATTERN
//	                         a person acts on the message that matches
//	slack types USER CHANNEL TEXT
//	slack tells USER PATTERN somebody was told so, within 15 s; USER all is everybody
//	slack listening          the service is connected over Socket Mode, within 15 s
//	slack disconnects REASON
func slackCmd(ts *testscript.TestScript, neg bool, args []string) {
	s, _ := ts.Value("slack").(slackFor)
	if neg || s.Server == nil || len(args) == 0 {
		ts.Fatalf("usage: slack shows|silent|clean|member ...")
	}
	v := s.Oracle()
	switch {
	case args[0] == "shows" && len(args) == 3:
		re, n := regexp.MustCompile(args[2]), 0
		var all strings.Builder
		for _, list := range v.Visible {
			for _, m := range list {
				if re.MatchString(m.Channel + " " + m.Text + " " + string(m.Blocks)) {
					n++
				}
				fmt.Fprintln(&all, m.Channel, m.Text)
			}
		}
		if strconv.Itoa(n) != args[1] {
			ts.Fatalf("%d messages match %q, want %s; there are:\n%s", n, args[2], args[1], all.String())
		}
	case args[0] == "silent":
		if v.Requests > 0 {
			ts.Fatalf("Slack was asked %d times", v.Requests)
		}
	case args[0] == "clean":
		if len(v.Violations) > 0 {
			ts.Fatalf("%s", strings.Join(v.Violations, "\n"))
		}
	case args[0] == "member" && len(args) == 3:
		s.Change(func(cfg *fakeslack.Config) {
			for i, c := range cfg.Channels {
				if c.Name == strings.TrimPrefix(args[1], "#") {
					cfg.Channels[i].Member = args[2] == "yes"
				}
			}
		})
	case args[0] == "awaits" && len(args) == 3:
		soon(ts, 30*time.Second, func() string {
			if n := len(matching(s.Oracle(), args[2])); strconv.Itoa(n) != args[1] {
				return fmt.Sprintf("%d messages match %q, want %s", n, args[2], args[1])
			}
			return ""
		})
	case (args[0] == "click" || args[0] == "react" || args[0] == "unreact") && len(args) == 4:
		ms := matching(v, args[3])
		if len(ms) != 1 {
			ts.Fatalf("%d messages match %q", len(ms), args[3])
		}
		if args[0] == "click" {
			_, err := s.People().Click(ms[0].Channel, ms[0].TS, args[1], args[2])
			ts.Check(err)
			return
		}
		ts.Check(s.People().React(ms[0].Channel, ms[0].TS, args[1], args[2], args[0] == "react"))
	case args[0] == "types" && len(args) == 4:
		_, err := s.People().Command(args[2], args[1], args[3])
		ts.Check(err)
	case args[0] == "tells" && len(args) == 3:
		re := regexp.MustCompile(args[2])
		soon(ts, 15*time.Second, func() string {
			all := s.Oracle().Answered
			for _, a := range all {
				if (a.User == args[1] || a.User == "" && args[1] == "all") && re.MatchString(a.Text) {
					return ""
				}
			}
			return fmt.Sprintf("nobody was told %q, but %+v", args[2], all)
		})
	case args[0] == "listening":
		soon(ts, 15*time.Second, func() string {
			if s.Listening() == 0 {
				return "nobody listens"
			}
			return ""
		})
	case args[0] == "disconnects" && len(args) == 2:
		s.Disconnect(args[1])
	default:
		ts.Fatalf("slack: what is %q?", args)
	}
}

// matching are the visible messages that match a pattern.
func matching(v fakeslack.Verdict, pattern string) []fakeslack.Message {
	re := regexp.MustCompile(pattern)
	var out []fakeslack.Message
	for _, list := range v.Visible {
		for _, m := range list {
			if re.MatchString(m.Channel + " " + m.Text + " " + string(m.Blocks)) {
				out = append(out, m)
			}
		}
	}
	return out
}

// soon waits until nothing is wrong any more.
func soon(ts *testscript.TestScript, limit time.Duration, wrong func() string) {
	why := ""
	if !until(limit, 20*time.Millisecond, func() bool { why = wrong(); return why == "" }) {
		ts.Fatalf("after %v: %s", limit, why)
	}
}

// until looks again and again, with a pause between two looks, and tells
// whether what it waits for came within the limit. What it looks at are other
// processes, which no faked clock moves.
func until(limit, pause time.Duration, came func() bool) bool {
	for end := time.Now().Add(limit); !came(); time.Sleep(pause) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// pageOf finds the address that a running service has printed: pageof LOG NAME
// sets the variable NAME.
func pageOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pageof log name")
	}
	m := regexp.MustCompile(`page is (http://[0-9.:]+)/`).FindStringSubmatch(ts.ReadFile(args[0]))
	if m == nil {
		ts.Fatalf("no address in %s", args[0])
	}
	ts.Setenv(args[1], m[1])
}

// get asks a web server and keeps status and body in a file: get URL FILE [HOST].
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: get url file [host]")
	}
	req, err := http.NewRequest(http.MethodGet, args[0], nil)
	ts.Check(err)
	if len(args) == 3 {
		req.Host = args[2]
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close() // read below
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), fmt.Appendf(nil, "%s\n%s", resp.Status, body), 0o600))
}

// jsonShape wants that every line of stdout is a JSON object that has the
// given keys, and no value null where a list belongs: shape KEY...
func jsonShape(ts *testscript.TestScript, neg bool, args []string) {
	out := strings.TrimSpace(ts.ReadFile("stdout"))
	for line := range strings.Lines(out) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			ts.Fatalf("no JSON line: %v: %s", err, line)
		}
		for _, path := range args {
			at := any(m)
			for key := range strings.SplitSeq(path, ".") {
				if list, ok := at.([]any); ok && len(list) > 0 {
					at = list[0]
				}
				obj, ok := at.(map[string]any)
				if !ok {
					ts.Fatalf("%s: nothing that could have %q: %s", path, key, line)
				}
				if at, ok = obj[key]; !ok {
					ts.Fatalf("%s: there is no %q: %s", path, key, line)
				}
			}
		}
	}
}
