package feeds

import (
	"net/http"
	"testing"
	"time"
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestRetryAfterInBothForms(t *testing.T) {
	for _, c := range []struct {
		name string
		h    http.Header
		want time.Duration // from now; 0: none
	}{
		{"none", header(), 0},
		{"seconds", header("Retry-After", "120"), 2 * time.Minute},
		{"seconds with blanks", header("Retry-After", " 120 "), 2 * time.Minute},
		{"a fraction", header("Retry-After", "1.9"), time.Second},
		{"a date", header("Retry-After", "Wed, 04 Mar 2026 12:30:00 GMT"), 30 * time.Minute},
		{"an old form of date", header("Retry-After", "Wednesday, 04-Mar-26 12:30:00 GMT"), 30 * time.Minute},
		{"a date by a clock that is an hour fast", header("Retry-After", "Wed, 04 Mar 2026 13:30:00 GMT", "Date", "Wed, 04 Mar 2026 13:00:00 GMT"), 30 * time.Minute},
		{"a date gone by", header("Retry-After", "Wed, 04 Mar 2026 11:00:00 GMT"), 0},
		{"zero", header("Retry-After", "0"), 0},
		{"less than zero", header("Retry-After", "-5"), 0},
		{"no number", header("Retry-After", "soon"), 0},
		{"a number that overflows", header("Retry-After", "99999999999999999999"), maxWish},
	} {
		want := time.Time{}
		if c.want > 0 {
			want = fetchNow.Add(c.want)
		}
		if got := retryAfter(c.h, fetchNow); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

func TestFreshness(t *testing.T) {
	date := "Wed, 04 Mar 2026 12:00:00 GMT"
	for _, c := range []struct {
		name string
		h    http.Header
		want time.Duration
	}{
		{"nothing said", header(), 0},
		{"max-age", header("Cache-Control", "public, max-age=600"), 10 * time.Minute},
		{"max-age in quotes and capitals", header("Cache-Control", `Max-Age="600"`), 10 * time.Minute},
		{"max-age less the age", header("Cache-Control", "max-age=600", "Age", "240"), 6 * time.Minute},
		{"an age over max-age", header("Cache-Control", "max-age=600", "Age", "999"), 0},
		{"an age that is none", header("Cache-Control", "max-age=600", "Age", "-3"), 10 * time.Minute},
		{"s-maxage is not for us", header("Cache-Control", "s-maxage=600"), 0},
		{"in the second line", header("Cache-Control", "public", "Cache-Control", "max-age=60"), time.Minute},
		{"no-cache", header("Cache-Control", "no-cache, max-age=600", "Expires", "Wed, 04 Mar 2026 13:00:00 GMT"), 0},
		{"Expires", header("Expires", "Wed, 04 Mar 2026 13:00:00 GMT", "Date", date), time.Hour},
		{"Expires by a wrong clock", header("Expires", "Wed, 04 Mar 2020 13:00:00 GMT", "Date", "Wed, 04 Mar 2020 12:00:00 GMT"), time.Hour},
		{"Expires less the age", header("Expires", "Wed, 04 Mar 2026 13:00:00 GMT", "Date", date, "Age", "600"), 50 * time.Minute},
		{"max-age goes before Expires", header("Cache-Control", "max-age=60", "Expires", "Wed, 04 Mar 2026 13:00:00 GMT", "Date", date), time.Minute},
		{"max-age of zero", header("Cache-Control", "max-age=0", "Expires", "Wed, 04 Mar 2026 13:00:00 GMT"), 0},
		{"Expires zero", header("Expires", "0"), 0},
		{"Expires -1", header("Expires", "-1"), 0},
		{"Expires gone by", header("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"), 0},
		{"a year", header("Cache-Control", "max-age=31536000, immutable"), 365 * 24 * time.Hour},
		{"an age of the universe", header("Cache-Control", "max-age=99999999999999"), maxWish},
	} {
		got, reason := freshFor(c.h, fetchNow)
		if got != c.want || (got > 0) != (reason != "") {
			t.Errorf("%s: %v (%q), want %v", c.name, got, reason, c.want)
		}
	}
}
