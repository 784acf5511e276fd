package daemon

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/news"
)

// TermUse is what one term of a topic caught in the past.
type TermUse struct {
	Topic  news.TopicID  `json:"topic"`
	Term   string        `json:"term"`
	Entity news.EntityID `json:"entity,omitempty"`
	Items  int           `json:"items"`            // matched items that it was found in
	Alone  int           `json:"alone"`            // of these, the ones that only it fired
	Common bool          `json:"common,omitempty"` // in more than 5 % of the past
	Forms  []Form        `json:"forms"`            // as they stood in the text, most frequent first
	Rule   news.Pos      `json:"rule"`
	Rating               // what readers thought of the alerts that it had part in
}

// Form is one form of a term and how often it was met.
type Form struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// maxForms is how many forms of a term are told.
const maxForms = 8

// Terms counts what the terms of a topic ("": of all) really caught in the
// past, so that nothing is hidden: not the case forms that the matcher made,
// not a term that fires alone, not one that is silent.
//
// With it comes how many stories each topic tells; one on trial, would tell.
func Terms(ctx context.Context, r *Rules, past []Past, topic string, step func()) ([]TermUse, map[news.TopicID]int, error) {
	tells := newSide(r)
	type key struct {
		topic news.TopicID
		term  string
		rule  news.Pos
	}
	uses := make(map[key]*TermUse)
	forms := make(map[key]map[string]int)
	err := Replay(ctx, r, All(past), func(it *news.Item, dec desk.Decision) error {
		step()
		tells.note(it, dec)
		for _, m := range dec.Verdict.Matches {
			if topic != "" && string(m.Topic) != topic {
				continue
			}
			in := make(map[key]bool)
			for _, h := range m.Hits {
				k := key{m.Topic, h.Term, h.Rule}
				if uses[k] == nil {
					uses[k] = &TermUse{Topic: m.Topic, Term: h.Term, Entity: h.Entity, Rule: h.Rule}
					forms[k] = make(map[string]int)
				}
				forms[k][h.Text]++
				in[k] = true
			}
			for k := range in {
				uses[k].Items++
				if len(in) == 1 {
					uses[k].Alone++
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	stories := make(map[news.TopicID]int)
	for t, all := range tells.told {
		stories[t] = len(all)
	}
	out := make([]TermUse, 0, len(uses))
	for k, u := range uses {
		for text, n := range forms[k] {
			u.Forms = append(u.Forms, Form{text, n})
		}
		slices.SortFunc(u.Forms, func(a, b Form) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
		})
		u.Forms = u.Forms[:min(len(u.Forms), maxForms)]
		u.Common = len(past) >= commonLeast && float64(u.Items) > commonShare*float64(len(past))
		out = append(out, *u)
	}
	out = append(out, silent(r, topic, func(t news.TopicID, at news.Pos) bool {
		for k := range uses {
			if k.topic == t && k.rule == at {
				return false
			}
		}
		return true
	})...)
	slices.SortFunc(out, func(a, b TermUse) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(b.Items, a.Items),
			cmp.Compare(a.Rule.File, b.Rule.File), cmp.Compare(a.Rule.Line, b.Rule.Line), cmp.Compare(a.Term, b.Term))
	})
	return out, stories, nil
}

// silent are the term lines of the topics themselves that caught nothing.
func silent(r *Rules, topic string, unused func(news.TopicID, news.Pos) bool) []TermUse {
	var out []TermUse
	for _, t := range matchRules(r.Config).Topics {
		if topic != "" && string(t.ID) != topic {
			continue
		}
		for _, l := range t.Any {
			if !strings.HasPrefix(l.Text, "@") && unused(t.ID, l.Pos) {
				out = append(out, TermUse{Topic: t.ID, Term: l.Text, Rule: l.Pos, Forms: []Form{}})
			}
		}
	}
	return out
}
