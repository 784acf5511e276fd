package feeds

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWish bounds what an answer can ask for, so that no arithmetic overflows;
// how far a wish is followed is the schedule's decision.
const maxWish = 366 * 24 * time.Hour

// retryAfter reads Retry-After in both of its forms. A date is taken relative
// to the server's own clock, since ours may differ. Zero if there is none.
func retryAfter(h http.Header, now time.Time) time.Time {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return time.Time{}
	}
	if d, ok := seconds(v); ok {
		return later(now, d)
	}
	if t, err := http.ParseTime(v); err == nil {
		return later(now, t.Sub(serverTime(h, now)))
	}
	return time.Time{}
}

// freshFor reads how long the answer may be used without asking again, and
// the header that says so: max-age before Expires, less the age that the
// answer already has.
func freshFor(h http.Header, now time.Time) (time.Duration, string) {
	age, _ := seconds(strings.TrimSpace(h.Get("Age")))
	life, ok, never := maxAge(h)
	if never {
		return 0, ""
	}
	reason := "Cache-Control: max-age"
	if !ok {
		t, err := http.ParseTime(h.Get("Expires"))
		if err != nil {
			return 0, "" // also the customary "0" and "-1"
		}
		life, reason = t.Sub(serverTime(h, now)), "Expires"
	}
	if life -= age; life <= 0 {
		return 0, ""
	}
	return min(life, maxWish), reason
}

// maxAge finds max-age among the Cache-Control directives. never reports that
// the answer must not be used again at all, which also voids Expires.
func maxAge(h http.Header) (life time.Duration, ok, never bool) {
	for _, line := range h.Values("Cache-Control") {
		for d := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(d), "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-cache", "no-store":
				never = true
			case "max-age":
				if s, good := seconds(strings.Trim(strings.TrimSpace(value), `"`)); good && !ok {
					life, ok = s, true
				}
			}
		}
	}
	return life, ok, never
}

// seconds reads a number of seconds; fractions, which no standard allows but
// some servers send, are dropped.
func seconds(s string) (time.Duration, bool) {
	whole, _, _ := strings.Cut(s, ".")
	if whole == "" || strings.Trim(whole, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > int64(maxWish/time.Second) {
		return maxWish, true
	}
	return time.Duration(n) * time.Second, true
}

// serverTime is the server's clock as its Date header tells it, else ours.
func serverTime(h http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return now
}

// later is now plus d, and zero if d leads nowhere.
func later(now time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return now.Add(min(d, maxWish))
}
