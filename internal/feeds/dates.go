package feeds

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxDate is the length in bytes over which a text is no date.
const maxDate = 100

// ParseDate reads a date as publishers write them: RFC 822 and its many
// relatives, ISO 8601, numbers with slashes and dots, epoch seconds, month
// names in the languages of the desk's feeds, time zones by name. A date
// without a zone is taken as UTC. ok is false for what is no date or no
// possible one.
func ParseDate(s string) (t time.Time, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxDate {
		return time.Time{}, false
	}
	p := dateParser{s: s}
	if strings.IndexFunc(s, isEastAsian) >= 0 {
		p.eastAsian()
	}
	if !p.read() {
		return time.Time{}, false
	}
	return p.time()
}

// number is a number in a date with the sign that stood before it.
type number struct {
	val, digits int
	sep         byte
}

// dateParser collects the parts of a date in the order in which they come and
// makes sense of them at the end.
type dateParser struct {
	s string
	i int

	nums    [3]number
	n       int
	month   int // by name; 0 if none
	maybe   bool
	weekday time.Weekday
	hasDay  bool // weekday was named
	lead    bool // a word that says nothing was met before the date

	clock         bool
	h, m, sec, ns int
	half          byte // 'a' or 'p' for a 12-hour clock
	zone          *time.Location
	zoned         bool
	sep           byte
}

// read collects the parts; false for what cannot belong to a date.
func (p *dateParser) read() bool {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case '0' <= c && c <= '9':
			if !p.number() {
				return false
			}
			p.sep = 0
		case (c == '+' || c == '-') && p.clock && !(p.zoned && p.zone != time.UTC) && p.digitsAt(p.i+1) >= 1:
			if !p.offset() {
				return false
			}
		case c == '(':
			end := strings.IndexByte(p.s[p.i:], ')')
			if end < 0 {
				end = len(p.s) - p.i - 1
			}
			p.i += end + 1
		case c == '-', c == '/', c == '.', c == ',':
			p.sep = c
			p.i++
		case c == ' ', c == '\t', c == '\n', c == '\r', c == ';', c == '|':
			p.i++
		case c >= utf8.RuneSelf || isAlpha(c):
			if !p.word() {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func isAlpha(c byte) bool { c |= 0x20; return 'a' <= c && c <= 'z' }

// digitsAt counts the digits that start at i.
func (p *dateParser) digitsAt(i int) int {
	n := 0
	for i+n < len(p.s) && '0' <= p.s[i+n] && p.s[i+n] <= '9' {
		n++
	}
	return n
}

func (p *dateParser) int(i, n int) int {
	v, err := strconv.Atoi(p.s[i : i+n])
	if err != nil {
		return -1
	}
	return v
}

// number reads a number: a clock time or a part of the date.
func (p *dateParser) number() bool {
	n := p.digitsAt(p.i)
	next := p.i + n
	if n <= 2 && next < len(p.s) && !p.clock {
		if c := p.s[next]; (c == ':' || c|0x20 == 'h') && p.digitsAt(next+1) == 2 {
			return p.readClock(n)
		}
		if strings.HasPrefix(strings.ToLower(p.s[next:]), "am") || strings.HasPrefix(strings.ToLower(p.s[next:]), "pm") {
			p.clock, p.h = true, p.int(p.i, n)
			p.i = next
			return true
		}
	}
	if p.n == len(p.nums) || p.clock && p.n == len(p.nums)-1 && p.month == 0 && p.nums[0].digits == 4 {
		return false
	}
	// After a whole ISO date a number is nothing that a date can hold.
	p.nums[p.n] = number{val: p.int(p.i, n), digits: n, sep: p.sep}
	p.n++
	p.i = next
	return p.ordinal()
}

// ordinal skips what makes a number an ordinal, and the T between an ISO date
// and its time.
func (p *dateParser) ordinal() bool {
	rest := strings.ToLower(p.s[p.i:])
	if len(rest) > 1 && rest[0] == 't' && '0' <= rest[1] && rest[1] <= '9' {
		p.i++
		return true
	}
	for _, suffix := range []string{"st", "nd", "rd", "th", "er", "º", "ª", "."} {
		after, ok := strings.CutPrefix(rest, suffix)
		if ok && (after == "" || after[0] < '0' || after[0] > '9' && !isAlpha(after[0])) {
			p.i += len(suffix)
			break
		}
	}
	return true
}

// readClock reads h:mm, with seconds and fractions if they are there.
func (p *dateParser) readClock(n int) bool {
	p.clock = true
	p.h, p.m = p.int(p.i, n), p.int(p.i+n+1, 2)
	p.i += n + 3
	if p.i < len(p.s) && p.s[p.i] == ':' {
		if p.digitsAt(p.i+1) != 2 {
			return false
		}
		p.sec = p.int(p.i+1, 2)
		p.i += 3
	}
	if p.i < len(p.s) && (p.s[p.i] == '.' || p.s[p.i] == ',') {
		if n := p.digitsAt(p.i + 1); n > 0 {
			frac := (p.s[p.i+1:p.i+1+n] + "000000000")[:9]
			p.ns, _ = strconv.Atoi(frac)
			p.i += n + 1
		}
	}
	return p.i >= len(p.s) || p.s[p.i] != ':'
}

// offset reads a numeric zone, also behind GMT or UTC.
func (p *dateParser) offset() bool {
	sign := 1
	if p.s[p.i] == '-' {
		sign = -1
	}
	n := p.digitsAt(p.i + 1)
	var h, m int
	switch at := p.i + 1; {
	case n == 4:
		h, m = p.int(at, 2), p.int(at+2, 2)
	case n <= 2:
		h = p.int(at, n)
		if at+n < len(p.s) && p.s[at+n] == ':' {
			if p.digitsAt(at+n+1) != 2 {
				return false
			}
			m = p.int(at+n+1, 2)
			n += 3
		}
	default:
		return false
	}
	if h > 15 || m > 59 {
		return false
	}
	p.i += 1 + n
	p.zone, p.zoned = time.FixedZone("", sign*(h*3600+m*60)), true
	return true
}

// word reads a month, a weekday, a zone, a half of the day or a filler.
func (p *dateParser) word() bool {
	w := p.takeWord()
	low := strings.ToLower(strings.TrimRight(w, ".'"))
	switch strings.ReplaceAll(low, ".", "") {
	case "am", "pm":
		if !p.clock {
			return false
		}
		p.half = low[0]
		return true
	}
	if p.clock {
		if loc, ok := zoneByName(w); ok {
			if !p.zoned || p.zone == time.UTC {
				p.zone, p.zoned = loc, true
			}
			return true
		}
	}
	if m, weekdayToo := monthByName(low); m != 0 && (p.month == 0 || p.maybe) {
		p.month, p.maybe = m, weekdayToo && p.n == 0
		return true
	}
	if d, ok := weekdays[low]; ok {
		p.weekday, p.hasDay = d, true
		return true
	}
	if fillers[low] || low == "" {
		return true
	}
	if loc, ok := zoneByName(w); ok && p.n > 0 {
		p.zone, p.zoned = loc, true
		return true
	}
	// One unknown word may lead: a weekday in a language that is not known.
	if p.n == 0 && !p.clock && p.month == 0 && !p.lead {
		p.lead = true
		return true
	}
	return false
}

// takeWord takes letters with the dots, slashes and underscores inside them.
func (p *dateParser) takeWord() string {
	start := p.i
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && r != '.' && r != '/' && r != '_' && r != '\'' {
			break
		}
		p.i += n
	}
	if p.i == start {
		_, n := utf8.DecodeRuneInString(p.s[p.i:])
		p.i += n
	}
	return p.s[start:p.i]
}
