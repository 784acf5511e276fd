package feeds

import "time"

// time puts the parts together.
func (p *dateParser) time() (time.Time, bool) {
	if t, ok, done := p.single(); done {
		return t, ok
	}
	y, mo, d, ok := p.date()
	if !ok || mo < 1 || mo > 12 || d < 1 || y < 1 || y > 9999 {
		return time.Time{}, false
	}
	h, ok := p.hour()
	if !ok {
		return time.Time{}, false
	}
	loc := time.UTC
	if p.zoned {
		loc = p.zone
	}
	t := time.Date(y, time.Month(mo), d, h, p.m, min(p.sec, 59), p.ns, loc)
	if day := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC); day.Day() != d {
		return time.Time{}, false // 31 June
	}
	return t.UTC(), true
}

// hour checks the clock and returns the hour, 24 for the end of the day.
func (p *dateParser) hour() (int, bool) {
	if p.m > 59 || p.sec > 60 || p.h > 24 || p.h == 24 && (p.m > 0 || p.sec > 0) {
		return 0, false
	}
	switch {
	case p.half == 'p' && p.h < 12:
		return p.h + 12, true
	case p.half == 'a' && p.h == 12:
		return 0, true
	}
	return p.h, true
}

// single reads a date that is one number: an epoch or digits run together.
func (p *dateParser) single() (t time.Time, ok, done bool) {
	if p.n != 1 || p.month != 0 {
		return time.Time{}, false, false
	}
	v := p.nums[0]
	switch {
	case p.clock && v.digits != 8:
		return time.Time{}, false, true
	case v.digits == 9, v.digits == 10:
		return time.Unix(int64(v.val), 0).UTC(), true, true
	case v.digits == 13:
		return time.UnixMilli(int64(v.val)).UTC(), true, true
	case v.digits == 16:
		return time.UnixMicro(int64(v.val)).UTC(), true, true
	case v.digits == 14:
		t, err := time.Parse("20060102150405", p.s[:min(len(p.s), 14)])
		return t, err == nil, true
	}
	return time.Time{}, false, false
}

// date finds out which number is the year, the month and the day.
func (p *dateParser) date() (y, mo, d int, ok bool) {
	a, b, c := p.nums[0], p.nums[1], p.nums[2]
	switch {
	case p.month != 0 && p.n == 1 && a.digits >= 3:
		return a.val, p.month, 1, true
	case p.month != 0 && p.n == 2:
		if a.digits >= 3 || a.val > 31 {
			return a.year(), p.month, b.val, b.digits <= 2
		}
		return b.year(), p.month, a.val, a.digits <= 2
	case p.month != 0:
		return 0, 0, 0, false
	case p.n == 3:
		return p.numeric(a, b, c)
	case p.n == 2 && a.digits == 4:
		return a.val, b.val, 1, b.digits <= 2
	case p.n == 2 && a.sep == '-' && a.digits == 2 && !p.clock:
		return a.year(), b.val, 1, true
	case p.n == 1:
		return p.together(a)
	}
	return 0, 0, 0, false
}

// together reads a date of which the digits run together.
func (p *dateParser) together(a number) (y, mo, d int, ok bool) {
	switch {
	case a.digits == 8:
		return a.val / 10000, a.val / 100 % 100, a.val % 100, true
	case a.digits == 6:
		return number{val: a.val / 10000, digits: 2}.year(), a.val / 100 % 100, a.val % 100, true
	case a.digits == 4 && a.sep == '-':
		return number{val: a.val / 100, digits: 2}.year(), a.val % 100, 1, true
	case a.digits == 4 && !p.clock:
		return a.val, 1, 1, true
	}
	return 0, 0, 0, false
}

// numeric orders three numbers.
func (p *dateParser) numeric(a, b, c number) (y, mo, d int, ok bool) {
	switch {
	case a.digits >= 3:
		return a.val, b.val, c.val, c.digits <= 2
	case a.val > 31 || b.sep == '-' && c.digits <= 2:
		return a.year(), b.val, c.val, true
	}
	y = c.year()
	first, second := a.val, b.val
	switch {
	case first > 12:
		return y, second, first, true
	case second > 12:
		return y, first, second, true
	case b.sep == '/' && (p.half != 0 || c.digits == 2):
		return y, first, second, true
	case b.sep == '/' && p.hasDay && weekdayOf(y, first, second) == p.weekday && weekdayOf(y, second, first) != p.weekday:
		return y, first, second, true
	}
	return y, second, first, true
}

func weekdayOf(y, mo, d int) time.Weekday {
	return time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC).Weekday()
}

// year completes a year of two digits.
func (n number) year() int {
	switch {
	case n.digits > 2:
		return n.val
	case n.val < 70:
		return 2000 + n.val
	}
	return 1900 + n.val
}
