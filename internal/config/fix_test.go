package config

import (
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"
)

// odd are values that people type, for settings of every kind.
var odd = []string{
	"", "0", "00", "1", "-1", "007", "1.5", "1e9", "0x10", "1_000", "99999999999999999999", "2000000000", "yes", "no", "on", "off", "true", "True", "none", "never", "default",
	"0s", "0m", "0h", "0d", "0 min", "5", "5 min", "5 minutes", "5min", "5M", "5m", "every 5 minutes", "@every 5m", "@every 0m", "@every 5", "1.5h", "0.5h", "0.5s", "1h30", "90000000d", "9999999999999 hours", "1w", "2 weeks", "10ms", "500 ms", "half an hour", "1 month", "5y",
	"hourly", "@hourly", "@reboot", "@yearly", "@hourl", "*/5 * * * *", "*/0 * * * *", "0 0 31 2 *", "60 * * * *", "* * * * * *", "0 6 * *", "0 22-6 * * *", "CRON_TZ=Europe/London", "CRON_TZ=Europe/London 0 6 * * *", "CRON_TZ=Mars/Base 0 6 * * *", "TZ=Europe/Kyiv @daily", "TZ=Europe/Kyiv 0 6 31 2 *",
	"0B", "0MB", "0 GB", "1KB", "10 MB", "10mb", "10M", "10Mo", "1.5GB", "1.5 GB", "2000000000GB", "99999999999999999999GB", "2 gigabytes", "2g", "2GiB", "2 gib", "unlimited",
	"25:00", "24:00", "22", "2200", "10pm", "12am", "12pm", "22.00", "22h30", "9:5", "7:30", "noon", "13pm", "0pm",
	"monday", "Mon", "mo", "weekdays", "mon-fri", "fri-mon", "mon,tue", "funday",
	"0/day", "40", "40 a day", "40/hour", "40 per day", "000/day", "99999999/day", "99999999999999999999/day", "-40/day",
	"@here", "everyone", "@channel", "Here", "U12", "U01ABCDEF", "@desk",
	"desk", "Desk", "#Desk", "# desk", "#desk room", "#desk,#other", "desk-room", "C0123456789", "c0123456789", "#",
	"EN", "english", "English", "eng", "en-GB", "ua", "xx", "uk_UA", "russian",
	"example.org", "example.org/rss", "www.example.org", "//example.org/rss", "http//example.org", "http:/example.org/rss", "https://", "feed://example.org/rss", "file:///tmp/x", "/tmp/x.xml", "ftp://example.org/x", "https://user:pw@example.org/", "https://exa mple.org/", "HTTP://EXAMPLE.ORG/", "https://example.org:99999/",
	"Brussels", "Europe/Bruxelles", "CET", "UTC+1", "+01:00", "europe/brussels", "Kyiv", "Europe/Kiev", "local", "GMT",
	"desk at example.org", "desk@", "@example.org", "mailto:desk@example.org", "Desk <desk@example.org>",
	"8787", ":8787", "localhost", "localhost:8787", "0.0.0.0", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "http://127.0.0.1:8787", "::1", "[::1]:8787", "::1:8787",
	"10.0.0.1", "10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "localhost/8", "fd00::", "192.168.1.0-192.168.1.255",
	"debug ", "warning", "WARN", "verbose", "loud", "edits", "theads", "disabled", "trial", "shadows", "high", "breaking", "critical",
	"two words", "a,b", "tag:x",
}

// What a fault offers as the fix is good where it is offered: an editor who
// types it must not be told of the next fault.
func TestTheFixThatIsOfferedIsAccepted(t *testing.T) {
	offered := 0
	var walk func(tab *table)
	walk = func(tab *table) {
		for i := range tab.fields {
			f := &tab.fields[i]
			if f.elem != nil {
				walk(f.elem)
				continue
			}
			for _, v := range odd {
				_, p := kinds[f.kind].parse(f, v)
				if p == nil {
					continue
				}
				fix := f.offer(p)
				if fix == "" {
					continue
				}
				offered++
				var n yaml.Node
				if err := yaml.Unmarshal([]byte(fix), &n); err != nil || len(n.Content) != 1 || n.Content[0].Kind != yaml.ScalarNode {
					t.Errorf("%s.%s: %q: the fix %s is no YAML (%v)", tab.name, f.key, v, fix, err)
					continue
				}
				if _, again := kinds[f.kind].parse(f, n.Content[0].Value); again != nil && !strings.Contains(fix, ", ") {
					t.Errorf("%s.%s: %q: the fix %s is refused: %s", tab.name, f.key, v, fix, again.message)
				}
			}
		}
	}
	walk(top)
	if offered < 3000 {
		t.Errorf("%d fixes tried: too few to prove anything", offered)
	}
}

// Every example that a fault or the schema gives is itself good.
func TestTheExamplesOfTheKeysAreGood(t *testing.T) {
	var walk func(tab *table)
	walk = func(tab *table) {
		for i := range tab.fields {
			f := &tab.fields[i]
			if f.elem != nil {
				walk(f.elem)
			} else if f.eg != "" {
				if _, p := kinds[f.kind].parse(f, f.eg); p != nil {
					t.Errorf("%s.%s: the example %s is refused: %s", tab.name, f.key, f.eg, p.message)
				}
			}
		}
	}
	walk(top)
}
