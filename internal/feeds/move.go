package feeds

import (
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// A permanent redirect is believed when it was seen so often over so long;
// an adopted address is given up after so many failures in a row.
const (
	moveSeen  = 3
	moveAge   = 24 * time.Hour
	moveFails = 5
)

// move follows the permanent redirect of a usable answer, or forgets the ones
// it saw when this answer had none: only an unbroken run counts.
func move(st *news.FeedState, a Answer, now time.Time) {
	m := &st.Move
	if a.Permanent == "" || a.Permanent == m.URL {
		m.To, m.Seen, m.First = "", 0, time.Time{}
		return
	}
	if a.Permanent != m.To {
		m.To, m.Seen, m.First = a.Permanent, 0, now
	}
	m.Seen++
	if m.Seen >= moveSeen && now.Sub(m.First) >= moveAge {
		*m = news.Move{URL: a.Permanent}
	}
}

// retreat goes back to the configured address if the adopted one is no longer
// good. It reports whether it did.
func retreat(st *news.FeedState, c Class) bool {
	if st.Move.URL == "" || c != ClassGone && st.Health.Fails < moveFails {
		return false
	}
	st.Move = news.Move{}
	return true
}

// Address is where to ask a feed now: where it moved for good, else where the
// config says.
func Address(configured string, st *news.FeedState) string {
	if st != nil && st.Move.URL != "" {
		return st.Move.URL
	}
	return configured
}
