package config

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	cronField    = `[0-9A-Za-z*?,/-]+`
	cronSample   = `"*/10 7-22 * * mon-fri"`
	everyPattern = `^(adaptive|(@every +)?` + durationPattern + `|((CRON_)?TZ=[^ ]+ +)?(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|` +
		cronField + `( +` + cronField + `){4}))$`
)

func parseDuration(f *field, s string) (any, *problem) {
	if !f.matches(s) {
		return time.Duration(0), wrong(guessDuration(s, f.eg), "%s is a duration such as 30s, 10m, 36h or 14d", f.key)
	}
	d, ok := durationOf(s)
	if !ok {
		return d, deep("", "%s is longer than any desk will last", f.key)
	}
	if lo, ok := durationOf(f.min); ok && d < lo {
		return d, deep(f.min, "%s is at least %s", f.key, f.min)
	}
	return d, nil
}

func parseFirstPoll(f *field, s string) (any, *problem) {
	if s == "silent" {
		return time.Duration(0), nil
	}
	if !f.matches(s) {
		return time.Duration(0), wrong("silent", "first_poll is silent, or a duration such as 6h")
	}
	return parseDuration(&field{key: f.key, kind: "duration", min: "1m"}, s)
}

var durationPart = regexp.MustCompile(`([0-9]+)(ms|s|m|h|d|w)`)

// durationOf adds up a duration that has the right form. It is not ok beyond
// a hundred years.
func durationOf(s string) (time.Duration, bool) {
	var sum time.Duration
	for _, m := range durationPart.FindAllStringSubmatch(s, -1) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		unit := map[string]time.Duration{
			"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day,
		}[m[2]]
		if err != nil || n > math.MaxInt64/int64(unit) || sum+time.Duration(n)*unit > 36525*day || sum+time.Duration(n)*unit < 0 {
			return 0, false
		}
		sum += time.Duration(n) * unit
	}
	return sum, s != ""
}

var (
	looseDuration = regexp.MustCompile(`(?i)^(?:every\s+|@every\s+)?([0-9]+)\s*(milliseconds?|seconds?|secs?|sec|minutes?|mins?|min|hours?|hrs?|hr|days?|weeks?|ms|s|m|h|d|w)?$`)
	halfDuration  = regexp.MustCompile(`^([0-9]+)\.5([mhd])$`)
)

// guessDuration turns what people write into a duration, or gives "".
func guessDuration(s, eg string) string {
	if m := halfDuration.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		switch m[2] {
		case "m":
			return strconv.Itoa(n*60+30) + "s"
		case "h":
			return strconv.Itoa(n*60+30) + "m"
		}
		return strconv.Itoa(n*24+12) + "h"
	}
	m := looseDuration.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return ""
	}
	unit := strings.ToLower(m[2])
	switch {
	case unit == "":
		if unit = strings.TrimLeft(eg, "0123456789"); strings.Trim(m[1], "0") == "" {
			return eg
		}
	case unit == "ms" || strings.HasPrefix(unit, "milli"):
		unit = "ms"
	default:
		unit = unit[:1]
	}
	return m[1] + unit
}

func parseEvery(f *field, s string) (any, *problem) {
	if !f.matches(s) {
		return s, everyProblem(f, s)
	}
	if d, ok := intervalOf(s); ok {
		switch {
		case d < 0:
			return s, deep("", "%s is longer than any desk will last", f.key)
		case d == 0:
			return s, deep("5m", "%s is a time to wait, and this is none", f.key)
		case d < time.Second:
			return s, deep("1s", "%s is at least 1s", f.key)
		}
		return s, nil
	}
	parts := strings.Fields(s)
	if _, zone, ok := strings.Cut(parts[0], "TZ="); ok {
		if p := cronZoneProblem(zone, parts[1:]); p != nil {
			return s, p
		}
		parts = parts[1:]
	}
	if len(parts) == len(cronRanges) {
		for i, part := range parts {
			if p := cronProblem(cronRanges[i], part); p != nil {
				return s, p
			}
		}
	}
	return s, nil
}

// intervalOf is the fixed interval that a rhythm names, if it names one; -1 is
// one beyond all bounds.
func intervalOf(every string) (time.Duration, bool) {
	s := strings.TrimLeft(strings.TrimPrefix(every, "@every"), " ")
	if !patterns["duration"].MatchString(s) {
		return 0, false
	}
	if d, ok := durationOf(s); ok {
		return d, true
	}
	return -1, true
}

func cronZoneProblem(zone string, times []string) *problem {
	if _, err := time.LoadLocation(zone); err == nil && zone != "" {
		return nil
	}
	fix := guessZone(zone)
	if fix != "" {
		fix = quote("CRON_TZ=" + fix + " " + strings.Join(times, " "))
	}
	return deep(fix, "there is no time zone %q; zones are named like Europe/Brussels", zone)
}

func everyProblem(f *field, s string) *problem {
	switch fields := strings.Fields(s); {
	case len(fields) == 1 && (strings.HasPrefix(s, "CRON_TZ=") || strings.HasPrefix(s, "TZ=")):
		return wrong(quote(fields[0]+" */10 * * * *"), "there are no times after the zone")
	case guessDuration(s, "5m") != "":
		return wrong(guessDuration(s, "5m"), "%s is a duration such as 5m, a cron spec, or adaptive", f.key)
	case nearest(s, []string{"adaptive"}) != "":
		return wrong("adaptive", "%s is a duration such as 5m, a cron spec, or adaptive", f.key)
	case strings.HasPrefix(s, "@"):
		macros := []string{"@hourly", "@daily", "@weekly", "@monthly"}
		fix := nearest(s, macros)
		if fix != "" {
			fix = quote(fix)
		}
		return wrong(fix, "the short forms are %s, and @every 5m", strings.Join(macros, ", "))
	case len(fields) == 6 && !strings.Contains(fields[0], "="):
		return wrong(quote(strings.Join(fields[1:], " ")), "a cron spec has five fields, without seconds: minute, hour, day, month, weekday")
	case len(fields) > 1:
		return wrong(cronSample, "a cron spec has five fields: minute, hour, day, month, weekday; this has %d or a character that has no meaning in it", len(fields))
	}
	return wrong("5m", "%s is a duration such as 5m, a cron spec, or adaptive", f.key)
}

// cronRange is what one field of a cron spec may hold.
type cronRange struct {
	name   string
	lo, hi int
	words  []string
}

var cronRanges = [...]cronRange{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"weekday", 0, 6, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// cronProblem finds numbers out of range in one field. Whether the whole spec
// ever comes is for the schedule to say.
func cronProblem(r cronRange, part string) *problem {
	for piece := range strings.SplitSeq(part, ",") {
		span, step, stepped := strings.Cut(piece, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return deep(cronSample, "the step after / in the %s field is a number from 1 on", r.name)
		}
		if span == "*" || span == "?" {
			continue
		}
		lo, hi, ranged := strings.Cut(span, "-")
		a, ok := r.number(lo)
		b, ok2 := a, true
		if ranged {
			b, ok2 = r.number(hi)
		}
		switch {
		case !ok || !ok2:
			return deep(cronSample, "the %s field of a cron spec holds %d to %d", r.name, r.lo, r.hi)
		case a > b:
			return deep(cronSample, "the range %s in the %s field runs backwards", span, r.name)
		}
	}
	return nil
}

func (r cronRange) number(s string) (int, bool) {
	if i := slices.Index(r.words, strings.ToLower(s)); i >= 0 {
		return r.lo + i, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= r.lo && n <= r.hi
}

var looseClock = regexp.MustCompile(`(?i)^([0-9]{1,2})[:.h]?([0-5][0-9])?\s*([ap]m)?$`)

func parseClock(f *field, s string) (any, *problem) {
	if f.matches(s) {
		h, _ := strconv.Atoi(s[:2])
		m, _ := strconv.Atoi(s[3:])
		return Clock(h*60 + m), nil
	}
	fix := ""
	if m := looseClock.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[1])
		mins, _ := strconv.Atoi(m[2])
		switch {
		case m[3] == "":
		case h < 1 || h > 12:
			h = 99
		case strings.EqualFold(m[3], "pm"):
			h = h%12 + 12
		default:
			h %= 12
		}
		if h <= 24 {
			fix = quote(Clock(h%24*60 + mins).String())
		}
	}
	return Clock(0), wrong(fix, `a time of day is written as "22:00", from "00:00" to "23:59"`)
}

// dayWords are the weekdays as a file names them, Sunday first as in time.Weekday.
var dayWords = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func parseDay(f *field, s string) (any, *problem) {
	if i := slices.Index(dayWords, s); i >= 0 {
		return time.Weekday(i), nil
	}
	fix := ""
	if w := strings.ToLower(s); len(w) >= 3 {
		fix = nearest(w[:3], dayWords)
	}
	if a, b, ok := strings.Cut(strings.ToLower(s), "-"); ok {
		i, j := slices.Index(dayWords, a), slices.Index(dayWords, b)
		if i >= 0 && j > i {
			fix = strings.Join(dayWords[i:j+1], ", ")
		}
	}
	return time.Sunday, wrong(fix, "a day is one of mon, tue, wed, thu, fri, sat or sun")
}

var looseBudget = regexp.MustCompile(`([0-9]+)`)

func parseBudget(f *field, s string) (any, *problem) {
	if f.matches(s) {
		n, err := strconv.Atoi(strings.TrimSuffix(s, "/day"))
		if err != nil || n > 1_000_000 {
			return 0, deep("", "nobody reads so many alerts a day")
		}
		return n, nil
	}
	fix := "40/day"
	if m := looseBudget.FindString(s); m != "" && m[0] != '0' {
		fix = m + "/day"
	}
	return 0, wrong(fix, "a budget is a number of alerts per day, such as 40/day")
}
