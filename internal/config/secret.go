package config

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// redacted is what a secret looks like wherever it might be printed.
const redacted = "<redacted>"

// Secret holds a token or password. It prints as <redacted> whatever prints
// it; only Reveal gives it away.
type Secret struct{ value string }

// NewSecret wraps a text.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal returns the secret itself, for the one request that needs it.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == "" }

func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return "config.Secret(" + s.String() + ")" }

// Format hides the secret from every other verb, %d and the like, which would
// look into the struct.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	_, _ = io.WriteString(f, text) // a formatter has nobody to tell
}

// MarshalText hides the secret from JSON and its like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Secrets are all secrets that a config calls for, read from where it says.
type Secrets struct {
	SlackBot     Secret
	SlackApp     Secret
	SlackWebhook Secret
	Proxy        Secret                 // the whole address; it may hold a password
	Feeds        map[string]FeedSecrets // by the feed's URL as configured
}

// FeedSecrets are the secrets of one feed.
type FeedSecrets struct {
	Password Secret
	Headers  map[string]Secret
}

// Secrets reads the tokens and passwords. A file that the config names comes
// first, then a credential that systemd hands over, then the environment,
// which env looks up. Faults speak of places, never of contents.
func (c *Config) Secrets(env func(string) string) (Secrets, Faults) {
	r := &secretReader{cfg: c, env: env}
	s := Secrets{
		SlackBot:     r.token("bot_token_file", c.Slack.BotTokenFile, "slack-bot-token", "WATCHERD_SLACK_BOT_TOKEN", "xoxb-"),
		SlackApp:     r.token("app_token_file", c.Slack.AppTokenFile, "slack-app-token", "WATCHERD_SLACK_APP_TOKEN", "xapp-"),
		SlackWebhook: r.token("webhook_file", c.Slack.WebhookFile, "slack-webhook", "WATCHERD_SLACK_WEBHOOK", "http"),
		Feeds:        make(map[string]FeedSecrets),
	}
	s.Proxy = r.proxy()
	for i := range c.Feeds {
		f := &c.Feeds[i]
		if f.PasswordFile == "" && len(f.HeaderFiles) == 0 {
			continue
		}
		fs := FeedSecrets{Headers: make(map[string]Secret)}
		if f.PasswordFile != "" {
			fs.Password = r.file(f.PasswordFile, f.At("password_file"))
		}
		for _, name := range slices.Sorted(maps.Keys(f.HeaderFiles)) {
			fs.Headers[name] = r.file(f.HeaderFiles[name], f.At("header_files"))
		}
		s.Feeds[f.URL] = fs
	}
	return s, c.Sort(r.faults)
}

type secretReader struct {
	cfg    *Config
	env    func(string) string
	faults Faults
}

func (r *secretReader) fault(pos Pos, warning bool, message, fix string) {
	f := r.cfg.Fault(pos, 0, message, fix)
	f.Warning = warning
	r.faults = append(r.faults, f)
}

// token finds one of Slack's secrets and checks what it begins with.
func (r *secretReader) token(key, file, credential, variable, prefix string) Secret {
	pos := r.cfg.Slack.At(key)
	s, from := Secret{}, "$"+variable
	switch dir := r.env("CREDENTIALS_DIRECTORY"); {
	case file != "":
		from = file
		s = r.file(file, pos)
	case dir != "" && exists(filepath.Join(dir, credential)):
		from = "the credential " + credential
		s = r.file(filepath.Join(dir, credential), pos)
	default:
		s = Secret{strings.TrimSpace(r.env(variable))}
	}
	v := s.value
	switch {
	case v == "" || strings.HasPrefix(v, prefix):
	case prefix == "http" || strings.HasPrefix(v, "xapp-") || strings.HasPrefix(v, "xoxb-") || strings.HasPrefix(v, "xoxp-"):
		r.fault(pos, false, fmt.Sprintf("%s holds another kind of secret; a %s begins with %s", from, strings.TrimSuffix(key, "_file"), prefix), "")
		return Secret{}
	default:
		r.fault(pos, true, fmt.Sprintf("%s does not begin with %s, as Slack's do", from, prefix), "")
	}
	if u, err := url.Parse(v); prefix == "http" && v != "" && (err != nil || u.Host == "") {
		r.fault(pos, false, fmt.Sprintf("%s holds no web address", from), "")
		return Secret{}
	}
	return s
}

// proxy finds the address of the proxy.
func (r *secretReader) proxy() Secret {
	f := &r.cfg.Fetch
	s := Secret{f.Proxy}
	switch dir := r.env("CREDENTIALS_DIRECTORY"); {
	case f.ProxyFile != "":
		s = r.file(f.ProxyFile, f.At("proxy_file"))
	case f.Proxy == "" && dir != "" && exists(filepath.Join(dir, "fetch-proxy")):
		s = r.file(filepath.Join(dir, "fetch-proxy"), f.At("proxy_file"))
	}
	if u, err := url.Parse(s.value); s.value != "" && (err != nil || u.Hostname() == "" || !patterns["proxy"].MatchString(s.value)) {
		r.fault(f.At("proxy_file"), false, "the file of proxy_file holds no proxy's address", "http://user:password@proxy.example.org:3128 in the file")
		return Secret{}
	}
	return s
}

// file reads a secret from a file; names are relative to the config file.
func (r *secretReader) file(name string, pos Pos) Secret {
	name = r.cfg.beside(cmp.Or(pos, r.cfg.Pos), name)
	text, err := os.ReadFile(name)
	if err != nil {
		r.fault(pos, false, fmt.Sprintf("%s: %s", name, reason(err)), "")
		return Secret{}
	}
	v := strings.TrimSpace(string(text))
	switch {
	case v == "":
		r.fault(pos, false, fmt.Sprintf("%s is empty", name), "")
	case strings.ContainsAny(v, "\r\n\x00"):
		r.fault(pos, false, fmt.Sprintf("%s has more than one line; a secret is one line", name), "")
		return Secret{}
	}
	if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o004 != 0 {
		r.fault(pos, true, fmt.Sprintf("%s can be read by every user of this machine", name), "chmod 600 "+name)
	}
	return Secret{v}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
