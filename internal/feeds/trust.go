package feeds

import (
	"net/http"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

const (
	// auditEvery is how long a server may go on saying "not modified" before
	// it is asked for the whole body, to see whether that is true.
	auditEvery = 24 * time.Hour
	// auditPause lies between the 304 and the request that verifies it, for
	// the sake of the host.
	auditPause = 2 * time.Second
)

// clockSlack is how far the server's clock may be from ours before its word
// is not held against it.
const clockSlack = 10 * time.Minute

// heldBack is how much older than the last answer a new item must be to have
// been there then: caches on the way may be behind by minutes.
const heldBack = time.Hour

// remembered are the validators that the next request may carry, and whether
// a 304 is to be verified. A server that was caught lying is asked for the
// whole body every time and compared by hash.
func remembered(st *news.FeedState, now time.Time) (v news.Validators, audit bool) {
	v = st.Validators
	if len(v.ETag) > maxValidator {
		v.ETag = ""
	}
	if len(v.LastModified) > maxValidator {
		v.LastModified = ""
	}
	if v.ETag == "" && v.LastModified == "" || st.Trust.Liar {
		return news.Validators{}, false
	}
	return v, now.Sub(st.Trust.Audited) >= auditEvery
}

// believe updates the trust in a server after a usable answer.
//
// A label is proven wrong only by news: a body may differ in its build date
// or in an advertisement and still be the same to the server and to us.
func believe(st *news.FeedState, a Answer, r Reading, now time.Time) {
	t := &st.Trust
	switch {
	case a.Status == http.StatusNotModified:
		t.Proven304 = !t.Liar
		if a.Audit {
			t.Audited = now // once a day, whatever came of it
		}
		return
	case a.Delta || !a.Complete:
		return // not the whole body: proves nothing
	}
	if r.Fresh > 0 && sameLabel(st.Validators, a.Validators) {
		t.Liar, t.Proven304, t.Suspect = true, false, 0
	} else if a.Audit {
		suspect(st, a, r)
	}
	// A whole body is an audit, asked for or not: nothing can hide in it.
	t.Audited = now
}

// suspect weighs a whole body that came two seconds after a 304. News under
// new labels may have come in between, though hardly twice; if the server
// itself or an item says that it was there long before, the 304 was a lie.
func suspect(st *news.FeedState, a Answer, r Reading) {
	t := &st.Trust
	t.Proven304 = true
	if r.Fresh == 0 {
		t.Suspect = 0
		return
	}
	t.Suspect++
	changed, err := http.ParseTime(a.Validators.LastModified)
	before := err == nil && changed.Add(clockSlack).Before(st.LastGood)
	held := !r.Oldest.IsZero() && r.Oldest.Add(heldBack).Before(st.LastGood)
	if before || held || t.Suspect >= 2 {
		t.Liar, t.Proven304, t.Suspect = true, false, 0
	}
}

// sameLabel reports whether two answers claim to be the same: by their ETag
// if both have one, else by their date.
func sameLabel(a, b news.Validators) bool {
	if a.URL != b.URL || a.URL == "" {
		return false
	}
	if a.ETag != "" || b.ETag != "" {
		return a.ETag == b.ETag
	}
	return a.LastModified != "" && a.LastModified == b.LastModified
}

// adopt remembers the validators of a usable answer. A whole body replaces
// them all, with none where it has none; a 304 or a delta updates the ones it
// carries. Each is on its own: an ETag may change while the date, which knows
// only whole seconds, stays.
func adopt(st *news.FeedState, a Answer) {
	switch {
	case !a.Complete:
	case a.Status == http.StatusNotModified || a.Delta:
		if a.Validators.URL == "" {
			return
		}
		if a.Validators.URL != st.Validators.URL {
			st.Validators = news.Validators{}
		}
		old := st.Validators
		st.Validators = a.Validators
		if a.Validators.ETag == "" {
			st.Validators.ETag = old.ETag
		}
		if a.Validators.LastModified == "" {
			st.Validators.LastModified = old.LastModified
		}
	default:
		st.Validators, st.BodyHash = a.Validators, a.BodyHash
	}
}
