package daemon

import (
	"fmt"
	"sync"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/web"
)

// heartbeatFeed stands for the heartbeat, which is of no feed.
const heartbeatFeed news.FeedID = ""

// storing knows which feeds' last rounds could not be stored. One small round
// that finds room proves nothing for a large one that does not.
type storing struct {
	mu     sync.Mutex
	failed map[news.FeedID]error
}

// note takes the fate of a feed's round and reports whether that changes
// whether everything can be stored.
func (s *storing) note(id news.FeedID, err error) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := len(s.failed) == 0
	if err == nil {
		delete(s.failed, id)
	} else {
		if s.failed == nil {
			s.failed = make(map[news.FeedID]error)
		}
		s.failed[id] = err
	}
	return was != (len(s.failed) == 0)
}

// err says what could not be stored, nil if everything was.
func (s *storing) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, err := range s.failed {
		return fmt.Errorf("what %s brought could not be stored and will be asked for again: %w", plural(len(s.failed), "feed", "feeds"), err)
	}
	return nil
}

// check adds to the check of the last commit what could not be stored.
func (s *storing) check(c web.Check) web.Check {
	if err := s.err(); err != nil && c.OK {
		return web.Check{Name: c.Name, Detail: err.Error()}
	}
	return c
}
