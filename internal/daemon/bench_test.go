package daemon

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// What was decided while a commit was under way that failed was decided by a
// memory that held what is not stored: it fails, too, and the memory is what is
// stored from then on.
func TestWhatIsDecidedWhileACommitFailsIsNotStored(t *testing.T) {
	s, err := store.Open(t.TempDir()+"/watcherd.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stored := &desk.Memory{}
	b := newBench(s, &desk.Memory{}, func(context.Context) (*desk.Memory, error) { return stored, nil })
	sit := func(feed news.FeedID) *sitting {
		return &sitting{feed: news.FeedState{ID: feed}, at: time.Now(), done: make(chan ruling, 1)}
	}
	failed, next, later := sit("https://a.example/"), sit("https://b.example/"), sit("https://c.example/")
	broken := errors.New("the disk hangs, and then fails")
	b.landing = make(chan landed, 1)
	b.landing <- landed{[]*sitting{failed}, broken}
	b.rule(t.Context(), []*sitting{next})
	for _, x := range []*sitting{failed, next} {
		if r := <-x.done; !errors.Is(r.err, broken) {
			t.Errorf("%s: %v", x.feed.ID, r.err)
		}
	}
	if b.memory != stored {
		t.Error("the memory holds what is not stored")
	}
	b.rule(t.Context(), []*sitting{later})
	if r := <-later.done; r.err != nil {
		t.Error(r.err)
	}
	if err := b.land(t.Context()); err != nil {
		t.Error(err)
	}
	states, err := s.FeedStates(t.Context())
	if _, ok := states["https://c.example/"]; err != nil || len(states) != 1 || !ok {
		t.Errorf("%v, %v", states, err)
	}
}

// Where the stored stories cannot be read after a failed commit, nothing is
// decided by the memory that ran ahead, until they can.
func TestNothingIsDecidedByAMemoryThatRanAhead(t *testing.T) {
	s, err := store.Open(t.TempDir()+"/watcherd.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	damaged := errors.New("a record is damaged")
	stored := &desk.Memory{}
	b := newBench(s, &desk.Memory{}, func(context.Context) (*desk.Memory, error) { return stored, damaged })
	sit := func(work func() error) *sitting {
		return &sitting{feed: news.FeedState{ID: "https://a.example/"}, at: time.Now(), done: make(chan ruling, 1), alone: work}
	}
	failed, next := sit(nil), sit(nil)
	work := sit(func() error { t.Error("work on a memory that ran ahead"); return nil })
	broken := errors.New("the disk is full")
	b.landing = make(chan landed, 1)
	b.landing <- landed{[]*sitting{failed}, broken}
	if err := b.land(t.Context()); !errors.Is(err, broken) || !errors.Is(err, damaged) {
		t.Errorf("%v", err)
	}
	b.rule(t.Context(), []*sitting{next, work})
	for _, x := range []*sitting{next, work} {
		if r := <-x.done; !errors.Is(r.err, damaged) {
			t.Errorf("%v", r.err)
		}
	}
	damaged = nil
	last := sit(nil)
	b.rule(t.Context(), []*sitting{last})
	if r := <-last.done; r.err != nil || b.memory != stored {
		t.Errorf("%v", r.err)
	}
	if err := b.land(t.Context()); err != nil {
		t.Error(err)
	}
}
