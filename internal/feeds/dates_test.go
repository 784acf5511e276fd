package feeds

import (
	"strings"
	"testing"
	"time"
)

func TestDatesAsPublishersWriteThem(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Fri, 19 Sep 2025 12:00:00 GMT", "2025-09-19T12:00:00Z"},
		{"19 Sep. 2025 12:00:00 GMT", "2025-09-19T12:00:00Z"},
		{"Mon, 03 Mar 2025 10:00:00 MSK", "2025-03-03T07:00:00Z"},
		{"Mon, 03 Mar 2025 10:00:00 MET", "2025-03-03T09:00:00Z"},
		{"Mon, 03 Mar 2025 10:00:00 IST", "2025-03-03T04:30:00Z"},
		{"Mon, 03 Mar 2025 10:00:00 JST", "2025-03-03T01:00:00Z"},
		{"Mon, 03 Mar 2025 10:00:00 AEST", "2025-03-03T00:00:00Z"},
		{"Mon, 03 Mar 2025 24:00:00 +0000", "2025-03-04T00:00:00Z"},
		{"Tue, 02 Sept 2025 08:30:00 +0300", "2025-09-02T05:30:00Z"},
		{"Thurs, 4 Sep 2025 08:30 EST", "2025-09-04T13:30:00Z"},
		{"1756800000", "2025-09-02T08:00:00Z"},
		{"1756800000123", "2025-09-02T08:00:00Z"},
		{"20250902", "2025-09-02T00:00:00Z"},
		{"20250902T081530Z", ""},
		{"2025-09-02T08:15:30.123+02:00", "2025-09-02T06:15:30Z"},
		{"2025-09-02 08:15", "2025-09-02T08:15:00Z"},
		{"2 сентября 2025 г., 08:15 МСК", "2025-09-02T05:15:00Z"},
		{"вівторок, 2 вересня 2025 08:15:00 +0300", "2025-09-02T05:15:00Z"},
		{"mar., 02 sept. 2025 08:15:00 +0200", "2025-09-02T06:15:00Z"},
		{"mardi 2 septembre 2025 à 08h15", "2025-09-02T08:15:00Z"},
		{"Di, 02 März 2021 08:15:00 +0100", "2021-03-02T07:15:00Z"},
		{"2. září 2025 8:15", "2025-09-02T08:15:00Z"},
		{"2 października 2025, 8:15", "2025-10-02T08:15:00Z"},
		{"2 de septiembre de 2025", "2025-09-02T00:00:00Z"},
		{"2 Eylül 2025 10:00 TRT", "2025-09-02T07:00:00Z"},
		{"02.09.2025 08:15", "2025-09-02T08:15:00Z"},
		{"09/02/2025 8:15 PM", "2025-09-02T20:15:00Z"},
		{"Sept. 2, 2025, 12:05 a.m.", "2025-09-02T00:05:00Z"},
		{"Tue Sep  2 08:15:00 2025", "2025-09-02T08:15:00Z"},
		{"Tue, 02 Sep 2025 08:15:00 GMT+0200 (CEST)", "2025-09-02T06:15:00Z"},
		{"2025年9月2日 08:15", "2025-09-02T08:15:00Z"},
		{"Tue, 31 Jun 2025 08:15:00 GMT", ""},
		{"yesterday", ""},
		{"Tue, 02 Sep 2025 25:15:00 GMT", ""},
		{strings.Repeat("9", 5000), ""},
		{"", ""},
	} {
		got := ""
		if d, ok := ParseDate(c.in); ok {
			got = d.Truncate(time.Second).Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("ParseDate(%.60q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"Fri, 19 Sep 2025 12:00:00 GMT", "2025-09-02T08:15:30.1+02:00", "2004-05-25 오후 11:23:17", "10/30/23 21:55", "+-(.a", "1:2:3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := ParseDate(s)
		if ok && (d.Year() < 0 || d.Year() > 10000 || d.Location() != time.UTC) {
			// Epoch numbers of 16 digits reach no further than year 2286.
			t.Fatalf("ParseDate(%q) = %v", s, d)
		}
	})
}

func BenchmarkParseDate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseDate("Fri, 19 Sep 2025 12:00:00 +0200")
	}
}
