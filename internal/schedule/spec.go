package schedule

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Spec is a feed's rhythm as the config gives it. The zero Spec is adaptive.
type Spec struct {
	text  string
	every time.Duration // fixed, if positive
	cron  *cronSpec     // else by the clock, if not nil; else adaptive
}

// Adaptive reports whether the rhythm follows the feed's own.
func (s Spec) Adaptive() bool { return s.every == 0 && s.cron == nil }

// Every is the fixed interval, 0 if the rhythm is another.
func (s Spec) Every() time.Duration { return s.every }

// Span is the time over which the feeds of this rhythm are spread: those of a
// fixed interval over all of it, those of a cron spec over the moments after
// its time. It is 0 for adaptive feeds, each of which has a rhythm of its own.
func (s Spec) Span(now time.Time) time.Duration {
	if s.cron == nil {
		return s.every
	}
	return s.cron.spread(s.cron.next(now))
}

// String is the spec as it was written.
func (s Spec) String() string { return cmp.Or(s.text, "adaptive") }

// ParseSpec reads "adaptive", a duration of at least one second (10m, 36h,
// 14d) or a cron spec of five fields, which counts in loc unless it names a
// zone itself. The empty string is adaptive. Its errors are a [*SpecError], for
// the person who wrote the text.
func ParseSpec(text string, loc *time.Location) (Spec, error) {
	s := strings.Join(strings.Fields(text), " ")
	switch {
	case s == "" || strings.EqualFold(s, "adaptive"):
		return Spec{text: "adaptive"}, nil
	case strings.HasPrefix(s, "@every"):
		return fixed(s, strings.TrimSpace(strings.TrimPrefix(s, "@every")))
	case strings.HasPrefix(s, "@") || strings.Contains(s, " ") || strings.Contains(s, "TZ=") || strings.Contains(s, "*"):
		c, err := parseCron(s, cmp.Or(loc, time.UTC))
		return Spec{text: s, cron: c}, err
	}
	return fixed(s, s)
}

// SpecError says what is wrong with a rhythm and what to write instead.
type SpecError struct {
	Message string
	Fix     string
}

func (e *SpecError) Error() string { return e.Message }

// wrong makes a SpecError; the fix comes first, since it never varies much.
func wrong(fix, format string, args ...any) error {
	return &SpecError{Message: fmt.Sprintf(format, args...), Fix: fix}
}

const (
	fixAny  = `every: adaptive, or every: 10m, or every: "*/10 7-22 * * *"`
	fixTime = `every: 10m, or every: adaptive`
	fixCron = `every: "*/10 7-22 * * *" (minute hour day month weekday)`
)

// fixed reads a duration.
func fixed(text, s string) (Spec, error) {
	d, err := parseDuration(s)
	switch {
	case err != nil:
		return Spec{}, err
	case d <= 0:
		return Spec{}, wrong(fixTime, "%q is no time to wait", s)
	case d < time.Second:
		return Spec{}, wrong("every: 1s", "%q is under a second, the shortest there is", s)
	}
	return Spec{text: text, every: d}, nil
}

// parseDuration reads Go's durations, days and weeks. A number alone is a
// fault, since one writer means minutes and the next seconds.
func parseDuration(s string) (time.Duration, error) {
	if s == "" {
		return 0, wrong(fixTime, "the time is missing")
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, wrong(fmt.Sprintf("every: %ss, or every: %sm, or every: %sh", s, s, s), "%q has no unit", s)
	}
	neither := wrong(fixAny, "%q is neither adaptive, nor a duration such as 10m, 36h or 14d, nor a cron spec", s)
	var sum time.Duration
	for rest := s; rest != ""; {
		letters := strings.IndexFunc(rest, unicode.IsLetter)
		if letters < 1 {
			return 0, neither
		}
		end := letters + strings.IndexFunc(rest[letters:]+"0", func(r rune) bool { return !unicode.IsLetter(r) })
		part := rest[:end]
		rest = rest[end:]
		var d time.Duration
		switch unit := part[letters:]; unit {
		case "d", "w":
			n, err := strconv.ParseUint(part[:letters], 10, 16)
			if err != nil {
				return 0, neither
			}
			d = time.Duration(n) * 24 * time.Hour
			if unit == "w" {
				d *= 7
			}
		default:
			var err error
			if d, err = time.ParseDuration(part); err != nil {
				return 0, neither
			}
		}
		if d < 0 {
			return d, nil
		}
		if sum += d; sum > 36525*24*time.Hour || sum < 0 {
			return 0, wrong(fixTime, "%q is longer than anybody will wait", s)
		}
	}
	return sum, nil
}
