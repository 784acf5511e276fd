package daemon

import (
	"maps"
	"slices"
	"sync"

	"github.com/watcherd/watcherd/internal/news"
)

// states are the feed states in memory, as they are in the store but without
// the habits, which would be most of it. A round works on a copy and puts it
// back when it is durable.
type states struct {
	mu sync.RWMutex
	m  map[news.FeedID]news.FeedState
}

func newStates(stored map[news.FeedID]news.FeedState) *states {
	if stored == nil {
		stored = make(map[news.FeedID]news.FeedState)
	}
	return &states{m: stored}
}

func (s *states) get(id news.FeedID) news.FeedState {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := s.m[id]
	st.ID = id
	return st
}

func (s *states) put(st news.FeedState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Habits = nil
	s.m[st.ID] = st
}

func (s *states) drop(id news.FeedID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, id)
}

func (s *states) ids() []news.FeedID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Keys(s.m))
}

// healthy counts the configured feeds that need no look.
func (s *states) healthy(r *Rules) (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, id := range r.order {
		if row := (FeedRow{State: shownState(r.feeds[id], s.m[id].Health.State)}); !row.Unhealthy() {
			n++
		}
	}
	return n
}

// all is a copy for readers.
func (s *states) all() map[news.FeedID]news.FeedState {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.m)
}
