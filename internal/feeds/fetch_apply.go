package feeds

import (
	"errors"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// The states of a feed's health that a round can lead to.
const (
	StateOK      = "ok"
	StateFailing = "failing"
	StateWalled  = "walled"
	StateGone    = "gone"
	StateQuiet   = "quiet"
)

// Reading is what came of an answer's body.
type Reading struct {
	Fresh   int       // items that were not known
	Oldest  time.Time // when the first of them was published; an undated one counts as published when it was first seen; zero if there are none
	Partial bool      // something was lost in repair or salvage: asked again in full
}

// Apply writes a usable answer into the feed's state: validators, trust,
// moves and health. It returns the health as it was before, so that the
// caller can tell a recovery. A partial reading does not advance validators,
// so that what was lost is asked for again.
func Apply(st *news.FeedState, a Answer, r Reading, now time.Time) (was news.Health) {
	was = st.Health
	st.LastPoll = now
	if r.Partial {
		a.Complete = false
	}
	believe(st, a, r, now)
	adopt(st, a)
	move(st, a, now)
	st.LastGood = now
	if r.Fresh > 0 {
		st.LastNew = now
	}
	if was.State == StateQuiet && r.Fresh == 0 {
		return was
	}
	enter(&st.Health, StateOK, now)
	st.Health.Class, st.Health.Message, st.Health.Fails = "", "", 0
	return was
}

// Fail writes a failed round into the feed's state and returns the health as
// it was before. Errors that are not of this package, such as the end of a
// context, say nothing of the feed and change nothing.
func Fail(st *news.FeedState, err error, now time.Time) (was news.Health) {
	was = st.Health
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return was
	}
	st.LastPoll = now
	h := &st.Health
	h.Fails++
	h.Class, h.Message = string(e.Class), e.Message
	if retreat(st, e.Class) {
		h.Message += "; back to the address in the config"
		enter(h, StateFailing, now)
		return was
	}
	switch {
	case e.Class == ClassGone:
		enter(h, StateGone, now)
	case e.Class.Walled():
		enter(h, StateWalled, now)
	default:
		enter(h, StateFailing, now)
	}
	return was
}

// enter changes the state; Since and Told belong to the state.
func enter(h *news.Health, state string, now time.Time) {
	if h.State != state {
		h.State, h.Since, h.Told = state, now, false
	}
}
