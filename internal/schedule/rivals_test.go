package schedule

import "time"

// The schedules of other readers, from the descriptions of their formulas.

// fixedEvery asks at equal intervals.
func fixedEvery(d time.Duration) func(trace) policy {
	return func(trace) policy {
		return func([]int64, int, int64) time.Duration { return d }
	}
}

// miniflux waits the mean gap of the items dated in the last week, between 5
// minutes and a day; a day if there is none or one.
func miniflux(tr trace) policy {
	return func(_ []int64, _ int, now int64) time.Duration {
		week := 0
		for _, at := range tr.until(now) {
			if at > now-7*86400 {
				week++
			}
		}
		if week <= 1 {
			return 24 * time.Hour
		}
		return min(24*time.Hour, max(5*time.Minute, 7*24*time.Hour/time.Duration(week)))
	}
}

// until returns all items published up to now and not long ago.
func (tr trace) until(now int64) []int64 {
	long := tr
	long.window = 7 * 500
	return long.shown(now)
}

// commaFeed waits half the mean gap of the items shown, between 5 minutes
// and an hour; longer once the feed has been idle for a week or more, and
// four hours if there is no mean.
func commaFeed(trace) policy {
	return func(shown []int64, _ int, now int64) time.Duration {
		if len(shown) < 2 {
			return 4 * time.Hour
		}
		newest := shown[len(shown)-1]
		switch idle := now - newest; {
		case idle > 30*86400:
			return 4 * time.Hour
		case idle > 14*86400:
			return 2 * time.Hour
		case idle > 7*86400:
			return time.Hour
		}
		mean := time.Duration(newest-shown[0]) * time.Second / time.Duration(len(shown)-1)
		return min(time.Hour, max(5*time.Minute, mean/2))
	}
}

// mediaCloud steers the share of known items per poll to between a third and
// two thirds: ten minutes slower if most are known (an hour if the feed has
// been silent for a month), an hour faster or back to six if few are.
func mediaCloud(trace) policy {
	wait := 6 * time.Hour
	return func(shown []int64, fresh int, now int64) time.Duration {
		if len(shown) == 0 {
			wait += time.Hour
			return wait
		}
		known := float64(len(shown)-fresh) / float64(len(shown))
		switch {
		case known >= 0.67 && now-shown[len(shown)-1] > 31*86400:
			wait += time.Hour
		case known >= 0.67:
			wait += 10 * time.Minute
		case known < 0.33 && wait > 6*time.Hour:
			wait = 6 * time.Hour
		case known < 0.33:
			wait -= time.Hour
		}
		wait = max(wait, 10*time.Minute)
		return wait
	}
}
