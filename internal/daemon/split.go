package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
	"github.com/watcherd/watcherd/internal/story"
)

// cutsName is the small value that keeps the splits made by hand, and maxCuts
// how many: far more than hands make in the time of two windows.
const (
	cutsName = "cuts"
	maxCuts  = 2000
)

func cutsIn(ctx context.Context, s *store.Store) ([]story.Cut, error) {
	b, err := s.Get(ctx, cutsName)
	if err != nil || b == nil {
		return nil, err
	}
	var cuts []story.Cut
	if err := json.Unmarshal(b, &cuts); err != nil {
		return nil, fmt.Errorf("the stored splits: %w", err)
	}
	return cuts, nil
}

// apartIn gives for every item split off the stories that it was split from.
func apartIn(ctx context.Context, s *store.Store) (map[news.ItemID][]news.StoryID, error) {
	cuts, err := cutsIn(ctx, s)
	apart := make(map[news.ItemID][]news.StoryID)
	for _, c := range cuts {
		for _, it := range c.Items {
			apart[it] = append(apart[it], c.From)
		}
	}
	return apart, err
}

// SplitAnswer is what `stories split` did.
type SplitAnswer struct {
	From  news.Story    `json:"from"`
	To    news.Story    `json:"to"`
	Items []news.ItemID `json:"items"` // the reports that left
}

// splitIn takes a report out of its story and stores that. The cut is stored
// first: alone it only keeps apart what is together still.
func splitIn(ctx context.Context, s *store.Store, m *desk.Memory, id string) (SplitAnswer, error) {
	sp, err := m.Split(id, time.Now().UTC())
	if err != nil {
		return SplitAnswer{}, err
	}
	cuts, err := cutsIn(ctx, s)
	if err != nil {
		return SplitAnswer{}, err
	}
	cuts = append(cuts, sp.Cut)
	b, err := json.Marshal(cuts[max(0, len(cuts)-maxCuts):])
	if err != nil {
		return SplitAnswer{}, err
	}
	if err := s.Put(ctx, cutsName, b); err != nil {
		return SplitAnswer{}, err
	}
	round := store.Round{At: sp.At, Stories: []news.Story{sp.Rest, sp.Part}, Alerts: sp.Alerts}
	for _, it := range sp.Items {
		rec, ok, err := s.Item(ctx, it)
		if err != nil {
			return SplitAnswer{}, err
		}
		if ok {
			rec.Verdict.Placement = sp.Placement()
			round.Items = append(round.Items, rec)
		}
	}
	if err := s.Commit(ctx, round); err != nil {
		return SplitAnswer{}, err
	}
	return SplitAnswer{From: sp.Rest, To: sp.Part, Items: sp.Items}, nil
}

// itemNamed gives the ID of an item named by its address; anything else it
// gives back.
func itemNamed(ctx context.Context, v *view, q string) (string, error) {
	if !isURL(q) {
		return q, nil
	}
	recs, err := v.find(ctx, q)
	if err != nil {
		return "", err
	}
	if len(recs) == 0 {
		return "", fmt.Errorf("no stored item has the address %s", q)
	}
	return string(recs[0].Item.ID), nil
}

// split takes a story apart between two rounds.
func (d *Daemon) split(ctx context.Context, q string) (SplitAnswer, error) {
	id, err := itemNamed(ctx, d.view(), q)
	if err != nil {
		return SplitAnswer{}, err
	}
	var a SplitAnswer
	err = d.bench.with(ctx, func() (err error) {
		if a, err = splitIn(ctx, d.store, d.bench.memory, id); err != nil {
			// The memory may have run ahead of the store.
			err = errors.Join(err, d.bench.refresh(ctx))
		}
		return err
	})
	if err == nil {
		d.courier.Wake()
	}
	return a, err
}

// Split takes a story apart while no service runs.
func Split(ctx context.Context, r *Rules, q string) (a SplitAnswer, err error) {
	s, err := store.Open(DataFile(r.Config), store.Options{})
	if err != nil {
		return a, err
	}
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	id, err := itemNamed(ctx, &view{store: s, rules: r}, q)
	if err != nil {
		return a, err
	}
	m, err := recall(ctx, s, r)
	if err != nil {
		return a, err
	}
	return splitIn(ctx, s, m, id)
}
