package daemon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

const (
	// commonShare is the part of the stored past in which a term is too
	// common to tell a topic from anything else.
	commonShare = 0.05
	// commonLeast is how many stored items make a past to measure by, and
	// commonMost how many are looked at.
	commonLeast, commonMost = 200, 5000
	// commonTold is how many terms are told at once.
	commonTold = 10
)

// CommonTerms warns of the terms that stand in more than 5 % of the stored
// past. It says nothing where no past is stored, and while the service has the
// data file: `terms` tells it then.
func CommonTerms(ctx context.Context, r *Rules) config.Faults {
	if !exists(askedFile(r.Config)) {
		return nil
	}
	s, err := store.Open(askedFile(r.Config), store.Options{ReadOnly: true})
	if err != nil {
		return nil
	}
	defer s.Close() // only read
	now := time.Now()
	type key struct {
		term string
		rule news.Pos
	}
	count := make(map[key]int)
	n := 0
	for rec, err := range s.Items(ctx, now.Add(-14*24*time.Hour), now.Add(time.Hour)) {
		if err != nil || n == commonMost {
			break
		}
		n++
		in := make(map[key]bool)
		for _, m := range r.Desk.Found(&rec.Item) {
			for _, h := range m.Hits {
				in[key{h.Term, h.Rule}] = true
			}
		}
		for k := range in {
			count[k]++
		}
	}
	if n < commonLeast {
		return nil
	}
	var out config.Faults
	for k, c := range count {
		if float64(c) <= commonShare*float64(n) || k.rule.Line == 0 {
			continue
		}
		out = append(out, config.Fault{Pos: config.Pos(k.rule), Len: utf8.RuneCountInString(k.term), Warning: true,
			Message: fmt.Sprintf("%s is in %d of the last %d stored items (%d %%), which is too common to tell a topic", k.term, c, n, 100*c/n),
			Fix:     "Write a phrase around it, a condition after it (with a, b), or a higher threshold: watcherd terms shows what it caught"})
	}
	slices.SortFunc(out, func(a, b config.Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, cmp.Compare(a.Message, b.Message))
	})
	return out[:min(len(out), commonTold)]
}
