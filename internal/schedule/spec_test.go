package schedule

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skip(err)
	}
	return loc
}

func TestParseSpecReadsWhatEditorsWrite(t *testing.T) {
	for _, c := range []struct {
		text  string
		every time.Duration // 0: adaptive; negative: by the clock
	}{
		{"", 0}, {"adaptive", 0}, {" Adaptive ", 0},
		{"1s", time.Second}, {"10m", 10 * time.Minute}, {"36h", 36 * time.Hour}, {"14d", 14 * 24 * time.Hour}, {"1w2d", 9 * 24 * time.Hour}, {"1h1d", 25 * time.Hour}, {"@every 2w", 14 * 24 * time.Hour},
		{"1d12h", 36 * time.Hour}, {"1h30m", 90 * time.Minute}, {"@every 5m", 5 * time.Minute},
		{"*/10 7-22 * * *", -1}, {"0  6,18 * * mon-fri", -1}, {"@hourly", -1}, {"@daily", -1},
		{"CRON_TZ=Asia/Tokyo 30 6 * * *", -1}, {"TZ=Europe/Kyiv 0 * * * *", -1},
	} {
		s, err := ParseSpec(c.text, time.UTC)
		if err != nil {
			t.Errorf("ParseSpec(%q): %v", c.text, err)
			continue
		}
		if got := s.Every(); got != max(c.every, 0) {
			t.Errorf("ParseSpec(%q).Every() = %v, want %v", c.text, got, c.every)
		}
		if got := s.Adaptive(); got != (c.every == 0) {
			t.Errorf("ParseSpec(%q).Adaptive() = %v", c.text, got)
		}
	}
}

func TestParseSpecRefusesInPlainWords(t *testing.T) {
	for text, want := range map[string]string{
		"10":                        `"10" has no unit; write every: 10s, or every: 10m`,
		"0.5":                       `no unit`,
		"10 m":                      `2 fields, not five`,
		"500ms":                     `under a second`,
		"-5m":                       `no time to wait`,
		"0s":                        `no time to wait`,
		"soon":                      `neither adaptive`,
		"xd":                        `neither adaptive`,
		"@every":                    `time is missing`,
		"@every -1m":                `no time to wait`,
		"@every 1":                  `no unit`,
		"@sometimes":                `no cron spec`,
		"* * * *":                   `4 fields, not five`,
		"0 * * * * *":               `6 fields, not five`,
		"61 * * * *":                `no cron spec`,
		"0 0 31 2 *":                `never comes`,
		"0 0 30 feb *":              `never comes`,
		"CRON_TZ=Europe/London":     `no times after the zone`,
		"TZ=":                       `no times after the zone`,
		"TZ=Mars/Base 0 * * * *":    `no time zone`,
		"CRON_TZ=UTC @every 1h":     `cron spec`,
		"CRON_TZ=Europe/London   ":  `no times after the zone`,
		"*/0 * * * *":               `no cron spec`,
		"every 5 minutes":           `3 fields`,
		"9999999999999999999999h":   `neither adaptive`,
		"99999d":                    `neither adaptive`,
		"*":                         `1 fields, not five`,
		"\"*/5 * * * *\"":           `no cron spec`,
		"0 0 * * 8":                 `no cron spec`,
		"TZ=../../etc/passwd 0 * *": `no time zone`,
	} {
		_, err := ParseSpec(text, time.UTC)
		e, ok := errors.AsType[*SpecError](err)
		if !ok || !strings.Contains(e.Message+"; write "+e.Fix, want) || e.Fix == "" {
			t.Errorf("ParseSpec(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzParseSpecNeverPanicsAndAlwaysHasANextTime(f *testing.F) {
	for _, s := range []string{"adaptive", "10m", "14d", "*/5 * * * *", "CRON_TZ=Europe/London", "@every -1m", "0 0 31 2 *", "0 0 29 2 *", "TZ=", "30 2 * * *"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 8, 5, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text, time.UTC)
		if err != nil {
			return
		}
		if s.every < 0 || s.every > 0 && s.every < time.Second {
			t.Fatalf("%q: interval %v", text, s.every)
		}
		if s.cron != nil {
			if n := s.cron.next(now); !n.After(now) {
				t.Fatalf("%q: next %v is not after %v", text, n, now)
			}
		}
	})
}

func TestCronKeepsItsHoursWhenTheClocksChange(t *testing.T) {
	for _, c := range []struct{ name, zone, spec, from, until, want string }{
		{"an hour that is left out comes at the end of the gap",
			"America/New_York", "30 2 * * *", "2026-03-07T12:00:00-05:00", "2026-03-09T12:00:00-04:00",
			"2026-03-08T03:00:00-04:00 2026-03-09T02:30:00-04:00"},
		{"an hour that comes twice counts once",
			"America/New_York", "30 1 * * *", "2026-10-31T12:00:00-04:00", "2026-11-02T12:00:00-05:00",
			"2026-11-01T01:30:00-04:00 2026-11-02T01:30:00-05:00"},
		{"a spec for every hour keeps its pace in spring",
			"Europe/Brussels", "15 * * * *", "2026-03-29T00:30:00+01:00", "2026-03-29T04:30:00+02:00",
			"2026-03-29T01:15:00+01:00 2026-03-29T03:15:00+02:00 2026-03-29T04:15:00+02:00"},
		{"a spec for every hour keeps its pace in autumn",
			"Europe/Brussels", "15 * * * *", "2026-10-25T01:30:00+02:00", "2026-10-25T03:30:00+01:00",
			"2026-10-25T02:15:00+02:00 2026-10-25T02:15:00+01:00 2026-10-25T03:15:00+01:00"},
		{"midnight is left out in some countries",
			"America/Havana", "0 0 * * *", "2026-03-07T12:00:00-05:00", "2026-03-09T12:00:00-04:00",
			"2026-03-08T01:00:00-04:00 2026-03-09T00:00:00-04:00"},
		{"an ordinary day is ordinary",
			"Europe/Kyiv", "0 7,19 * * *", "2026-06-01T00:00:00+03:00", "2026-06-02T00:00:00+03:00",
			"2026-06-01T07:00:00+03:00 2026-06-01T19:00:00+03:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseSpec(c.spec, zone(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			now, _ := time.Parse(time.RFC3339, c.from)
			end, _ := time.Parse(time.RFC3339, c.until)
			var got []string
			for now = s.cron.next(now.UTC()); !now.After(end); now = s.cron.next(now) {
				got = append(got, now.Format(time.RFC3339))
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("got  %s\nwant %s", g, c.want)
			}
		})
	}
}
