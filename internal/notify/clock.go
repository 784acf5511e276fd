package notify

import (
	"fmt"
	"time"
)

// Clock is a time of day on the wall, in minutes since midnight.
type Clock int

// ParseClock reads a time of day like "06:30". "24:00" is the end of the day.
func ParseClock(s string) (Clock, error) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%d", &h, &m); n != 2 || err != nil {
		return 0, fmt.Errorf("time of day %q: want HH:MM", s)
	}
	c := Clock(h*60 + m)
	if h < 0 || m < 0 || m > 59 || c > 24*60 || s != c.String() && s != c.String()[1:] {
		return 0, fmt.Errorf("time of day %q: want HH:MM from 00:00 to 24:00", s)
	}
	return c, nil
}

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// on is the instant at which the wall clock in loc shows c on a day; day may
// be out of the month's range. A time that the clock change skips is the
// moment of the change; one that comes twice is its first coming.
func (c Clock) on(year int, month time.Month, day int, loc *time.Location) time.Time {
	want := time.Date(year, month, day, int(c)/60, int(c)%60, 0, 0, time.UTC) // as digits only
	t := time.Date(year, month, day, int(c)/60, int(c)%60, 0, 0, loc)
	start, end := t.ZoneBounds()
	switch shown := digits(t); {
	case shown.After(want):
		return start
	case shown.Before(want):
		return end
	}
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		_, after := t.Zone()
		if first := t.Add(time.Duration(after-before) * time.Second); first.Before(start) && digits(first).Equal(want) {
			return first
		}
	}
	return t
}

// digits is what the wall clock shows at t, written as if it were UTC.
func digits(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}
