package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretPrintsNowhere(t *testing.T) {
	s := NewSecret("xoxb-FAKE-FOR-TESTS")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "token", s, "all", Secrets{SlackBot: s})
	asJSON, err := json.Marshal(map[string]any{"token": s, "all": Secrets{SlackBot: s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		log.String(), string(asJSON),
		fmt.Sprint(s), fmt.Sprintf("%v %s %q %x %d %t", s, s, s, s, s, s), fmt.Sprintf("%+v %#v", s, s), fmt.Sprintf("%+v %#v", Secrets{SlackBot: s}, &Secrets{SlackBot: s}),
	} {
		if strings.Contains(out, "FAKE") || strings.Contains(out, fmt.Sprintf("%x", "FAKE")) {
			t.Errorf("a secret is printed: %s", out)
		}
	}
	if s.Reveal() != "xoxb-FAKE-FOR-TESTS" || s.IsZero() || !(Secret{}).IsZero() {
		t.Error("the secret itself is lost")
	}
}

func TestSecretsComeFromFilesCredentialsAndEnvironment(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("bot", "xoxb-FROM-FILE\n", 0o600)
	write("app", "xapp-FROM-FILE\n", 0o600)
	write("open", "xoxb-FROM-FILE\n", 0o644)
	write("empty", "\n", 0o600)
	write("two", "one\ntwo\n", 0o600)
	write("feed", "hunter2\n", 0o600)
	write("cred/slack-bot-token", "xoxb-FROM-CREDENTIAL", 0o600)
	creds := filepath.Join(dir, "cred")

	tests := map[string]struct {
		yaml string
		env  map[string]string
		want string // the bot token
		says string // the fault
	}{
		"from the file that the config names, relative to it":  {"slack: {bot_token_file: bot}\n", map[string]string{"WATCHERD_SLACK_BOT_TOKEN": "xoxb-FROM-ENV"}, "xoxb-FROM-FILE", ""},
		"from a credential of systemd, before the environment": {"keep: 30d\n", map[string]string{"CREDENTIALS_DIRECTORY": creds, "WATCHERD_SLACK_BOT_TOKEN": "xoxb-FROM-ENV"}, "xoxb-FROM-CREDENTIAL", ""},
		"from the environment":                                 {"keep: 30d\n", map[string]string{"WATCHERD_SLACK_BOT_TOKEN": " xoxb-FROM-ENV "}, "xoxb-FROM-ENV", ""},
		"from nowhere":                                         {"keep: 30d\n", nil, "", ""},
		"a file that is not there":                             {"slack: {bot_token_file: none}\n", nil, "", "there is no such file"},
		"an empty file":                                        {"slack: {bot_token_file: empty}\n", nil, "", "is empty"},
		"a file of two lines":                                  {"slack: {bot_token_file: two}\n", nil, "", "one line"},
		"another kind of token":                                {"slack: {bot_token_file: app}\n", nil, "", "another kind of secret; a bot_token begins with xoxb-"},
		"an odd token is used, with a warning":                 {"keep: 30d\n", map[string]string{"WATCHERD_SLACK_BOT_TOKEN": "test"}, "test", "warning: $WATCHERD_SLACK_BOT_TOKEN does not begin with xoxb-"},
		"a file that all can read is used, with a warning":     {"slack: {bot_token_file: open}\n", nil, "xoxb-FROM-FILE", "can be read by every user"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg, faults := Load(write("watcherd.yaml", tt.yaml, 0o644))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			s, faults := cfg.Secrets(func(k string) string { return tt.env[k] })
			if got := s.SlackBot.Reveal(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := faults.Error(); !strings.Contains(got, tt.says) || tt.says == "" && got != "" {
				t.Errorf("it says %q, want %q", got, tt.says)
			}
			if strings.Contains(faults.Error(), "FROM-") {
				t.Errorf("a fault tells a secret: %v", faults)
			}
		})
	}

	cfg, faults := Load(write("watcherd.yaml", "feeds:\n  - url: https://example.org/rss\n    user: desk\n    password_file: feed\n    header_files: {X-Key: feed, X-Gone: gone}\n", 0o644))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s, faults := cfg.Secrets(func(string) string { return "" })
	got := s.Feeds["https://example.org/rss"]
	if got.Password.Reveal() != "hunter2" || got.Headers["X-Key"].Reveal() != "hunter2" || len(faults) != 1 || faults[0].Line != 5 {
		t.Errorf("%v, faults %v", got, faults)
	}
}

func TestAWebhookIsAnAddress(t *testing.T) {
	cfg, _ := LoadBytes("x.yaml", []byte("keep: 30d\n"))
	env := func(v string) func(string) string {
		return func(k string) string {
			if k == "WATCHERD_SLACK_WEBHOOK" {
				return v
			}
			return ""
		}
	}
	if s, faults := cfg.Secrets(env("http://127.0.0.1:9/hook")); len(faults) > 0 || s.SlackWebhook.IsZero() {
		t.Errorf("%v", faults)
	}
	if s, faults := cfg.Secrets(env("xoxb-FAKE-FOR-TESTS")); !faults.Bad() || !s.SlackWebhook.IsZero() {
		t.Errorf("a token is taken for a webhook: %v", faults)
	}
}
