package config

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour

	kilobyte Size = 1000
	megabyte      = 1000 * kilobyte
	gigabyte      = 1000 * megabyte
	terabyte      = 1000 * gigabyte
)

// Size is a number of bytes.
type Size int64

// Clock is a time of day in minutes after midnight.
type Clock int

// String is the time of day as 22:00.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// problem is what is wrong with one value.
type problem struct {
	message string
	fix     string // the value as it should be; "" if that cannot be guessed
	deep    bool   // a pattern cannot see it
}

func wrong(fix, format string, args ...any) *problem {
	return &problem{message: fmt.Sprintf(format, args...), fix: fix}
}

func deep(fix, format string, args ...any) *problem {
	return &problem{message: fmt.Sprintf(format, args...), fix: fix, deep: true}
}

// kind is a form that a single value may have.
type kind struct {
	loose bool   // text as typed: a plain 007 or yes is text too
	typed string // the YAML type wanted, where it is not text
	parse func(f *field, s string) (any, *problem)
}

const durationPattern = `([0-9]+(ms|s|m|h|d|w))+`

var kinds = map[string]kind{
	"prose":       {loose: true, parse: parseText},
	"text":        {loose: true, parse: parseText},
	"ref":         {loose: true, parse: parseText},
	"path":        {loose: true, parse: parseText},
	"terms":       {loose: true, parse: parseText},
	"tag":         {loose: true, parse: parseTag},
	"word":        {parse: parseWord},
	"bool":        {typed: "!!bool", parse: parseBool},
	"count":       {typed: "!!int", parse: parseCount},
	"number":      {typed: "!!float", parse: parseNumber},
	"duration":    {parse: parseDuration},
	"first_poll":  {parse: parseFirstPoll},
	"every":       {parse: parseEvery},
	"size":        {parse: parseSize},
	"clock":       {parse: parseClock},
	"day":         {parse: parseDay},
	"budget":      {parse: parseBudget},
	"mention":     {parse: parseMention},
	"channel":     {parse: parseChannel},
	"lang":        {parse: parseLang},
	"feed":        {parse: parseFeedURL},
	"url":         {parse: parseURL},
	"proxy":       {parse: parseProxy},
	"file":        {parse: parseFile},
	"zone":        {parse: parseZone},
	"contact":     {parse: parseContact},
	"listen":      {parse: parseListen},
	"network":     {parse: parseNetwork},
	"header":      {loose: true, parse: parseText},
	"header_file": {parse: parseFile},
}

// forms are the patterns of kinds, for the parser and the schema.
var forms = map[string]string{
	"tag":        `^[^\s,]+$`,
	"duration":   `^` + durationPattern + `$`,
	"first_poll": `^(silent|` + durationPattern + `)$`,
	"every":      everyPattern,
	"size":       `^[0-9]+([KMGT]i?)?B$`,
	"clock":      `^([01][0-9]|2[0-3]):[0-5][0-9]$`,
	"budget":     `^[1-9][0-9]*/day$`,
	"mention":    `^(here|channel|[UWS][A-Z0-9]{6,})$`,
	"channel":    `^(#[^\s#,A-Z]{1,80}|[CDG][A-Z0-9]{7,})$`,
	"lang":       `^[a-z]{2}$`,
	"feed":       `^https?://\S+$`,
	"url":        `^https?://\S+$`,
	"proxy":      `^(https?|socks5h?)://\S+$`,
	"contact":    `^(|[^\s@]+@[^\s@]+|https?://\S+)$`,
	"listen":     `^(|[^\s:]*:[0-9]+|\[[0-9a-fA-F:]+\]:[0-9]+)$`,
	"network":    `^[0-9a-fA-F.:]+/[0-9]+$`,
}

// patterns are the forms, compiled.
var patterns = compilePatterns()

func compilePatterns() map[string]*regexp.Regexp {
	m := make(map[string]*regexp.Regexp, len(forms))
	for name, form := range forms {
		m[name] = regexp.MustCompile(form)
	}
	return m
}

func (f *field) matches(s string) bool { return patterns[f.kind].MatchString(s) }

func parseText(f *field, s string) (any, *problem) {
	if s == "" && !f.optional {
		return s, wrong("", "%s is empty", cmp.Or(f.key, "the value"))
	}
	return s, nil
}

func parseTag(f *field, s string) (any, *problem) {
	if s == "" {
		return s, wrong("", "a tag is empty")
	}
	if !f.matches(s) {
		return s, wrong(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }), "-"), "a tag is one word without blanks or commas")
	}
	return s, nil
}

func parseWord(f *field, s string) (any, *problem) {
	if slices.Contains(f.enum, s) {
		return s, nil
	}
	fix := nearest(s, f.enum)
	return s, wrong(fix, "%s is one of %s", f.key, orList(f.enum))
}

func parseBool(f *field, s string) (any, *problem) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "yes", "on", "y", "1":
		return false, wrong("true", "%s is true or false", f.key)
	}
	return false, wrong("false", "%s is true or false", f.key)
}

var (
	plainInt  = regexp.MustCompile(`^(0|[1-9][0-9]{0,9})$`)
	thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}([ ,.' ][0-9]{3})+$`)
)

func parseCount(f *field, s string) (any, *problem) {
	if !plainInt.MatchString(s) {
		if n, err := strconv.ParseInt(strings.Trim(s, `"'`), 0, 64); err == nil {
			return 0, deep(strconv.FormatInt(n, 10), "%s is a whole number, written with digits only", f.key)
		}
		if thousands.MatchString(s) {
			return 0, wrong(strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, s), "%s is a whole number, written with digits only", f.key)
		}
		return 0, wrong(f.eg, "%s is a whole number", f.key)
	}
	n, _ := strconv.Atoi(s)
	lo, _ := strconv.Atoi(f.min)
	hi, _ := strconv.Atoi(f.max)
	if lo == hi && n != lo {
		return n, wrong(f.min, "%s is %s", f.key, f.min)
	}
	if n < lo || hi > 0 && n > hi {
		return n, wrong(strconv.Itoa(min(max(n, lo), hi)), "%s is between %d and %d", f.key, lo, hi)
	}
	return n, nil
}

func parseNumber(f *field, s string) (any, *problem) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(s, "xXpP_") {
		return 0.0, deep(f.eg, "%s is a number", f.key)
	}
	lo, _ := strconv.ParseFloat(f.min, 64)
	hi, _ := strconv.ParseFloat(f.max, 64)
	if n < lo || n > hi {
		return n, wrong(fmt.Sprint(min(max(n, lo), hi)), "%s is between %v and %v", f.key, lo, hi)
	}
	return n, nil
}

func parseSize(f *field, s string) (any, *problem) {
	if !f.matches(s) {
		return Size(0), wrong(guessSize(s, f.eg), "%s is a size such as 10MB or 2GB", f.key)
	}
	n, err := sizeOf(s)
	if err != nil || n > 1000*terabyte {
		return n, deep("", "%s is larger than any disk", f.key)
	}
	if lo, _ := sizeOf(f.min); n < lo {
		return n, deep(f.min, "%s is at least %s", f.key, f.min)
	}
	return n, nil
}

func sizeOf(s string) (Size, error) {
	digits := strings.TrimRight(s, "KMGTiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	unit := s[len(digits):]
	step := int64(1000)
	if strings.Contains(unit, "i") {
		step = 1024
	}
	for range max(0, strings.IndexByte("BKMGT", unit[0])) {
		if n > math.MaxInt64/step {
			return 0, strconv.ErrRange
		}
		n *= step
	}
	return Size(n), err
}

var fractionSize = regexp.MustCompile(`(?i)^([0-9]{1,4})[.,]([0-9])\s*([mgt])b?$`)

var looseSize = regexp.MustCompile(`(?i)^([0-9]+)\s*([kmgt]i?)?b?(yte|ytes)?$`)

func guessSize(s, eg string) string {
	if m := fractionSize.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1] + m[2] + "00")
		return strconv.Itoa(n) + map[string]string{"M": "KB", "G": "MB", "T": "GB"}[strings.ToUpper(m[3])]
	}
	m := looseSize.FindStringSubmatch(s)
	switch {
	case m == nil:
		return ""
	case m[2] == "" && len(m[1]) > 5 && m[3] == "" && !strings.HasSuffix(strings.ToLower(s), "b"):
		// So large a number without a unit counts bytes.
		if n, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			return sizeText(Size(n))
		}
		return ""
	case m[2] == "":
		return m[1] + strings.TrimLeft(eg, "0123456789")
	case strings.HasSuffix(strings.ToLower(m[2]), "i"):
		return m[1] + strings.ToUpper(m[2][:1]) + "iB"
	}
	return m[1] + strings.ToUpper(m[2]) + "B"
}

func parseLang(f *field, s string) (any, *problem) {
	if isLang(s) {
		return s, nil
	}
	p := wrong(langFor(s), "a language is written in two small letters, such as en, uk or de")
	p.deep = f.matches(s)
	return s, p
}

func parseFile(f *field, s string) (any, *problem) { return s, nil }

// label names the field for a message.
func (f *field) label() string {
	if f.key == "" {
		return "the value"
	}
	return f.key
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
