package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
)

// fact is something a report states that another may not: a name, a number
// with what it counts, a quoted speaker.
type fact struct {
	id   uint32
	text string
	// vague says that it is a number word beside nothing that it could count,
	// as in "two of them": readers are not told of it as news.
	vague bool
	// alone says that the fact is a name of one word.
	alone bool
}

// Bounds of what is kept and said of one report.
const (
	maxFacts  = 24
	maxUnsaid = 6
)

// facts lists the names and numbers of a title and a text, each once, as they
// are written. Names that stand together are one; an agency that signs and the
// place of a date line are none.
func facts(fields ...[]token) []fact {
	var out []fact
	at := map[uint32]int{}
	for field, ts := range fields {
		for i := 0; i < len(ts) && len(out) < maxFacts; i++ {
			t := ts[i]
			f := fact{id: t.id, text: bare(t.text)}
			switch t.class {
			case name:
				from := i
				for i+1 < len(ts) && ts[i+1].class == name && ts[i+1].joined {
					i++
					f.text += " " + bare(ts[i].text)
					f.id = ts[i].id
				}
				f.alone = i == from
				if f.alone && (signs[f.id] || field > 0 && dated(ts, i)) {
					continue
				}
				if i+1 < len(ts) && speaks[ts[i+1].id] && ts[i+1].joined || from > 0 && speaks[ts[from-1].id] && ts[from].joined {
					f.text += " (quoted)"
					f.id ^= 0x5bd1e995
				}
			case number, ordinal:
				if i+1 < len(ts) && ts[i+1].class == plain && rarity(ts[i+1].id) >= stopBelow {
					f.text += " " + bare(ts[i+1].text)
				} else {
					f.vague = !strings.ContainsAny(f.text, "0123456789")
				}
			default:
				continue
			}
			i, seen := at[f.id]
			switch {
			case !seen:
				at[f.id] = len(out)
				out = append(out, f)
			case t.class != name && len(f.text) > len(out[i].text):
				out[i].text, out[i].vague = f.text, f.vague // "12 people" says more than "12"
			}
		}
	}
	return out
}

// dated tells whether the name is the place of a date line: "KYIV (Reuters) -",
// in capitals at the head of a text and apart from what follows.
func dated(ts []token, i int) bool {
	s := ts[i].text
	return i == 0 && len(ts) > 1 && !ts[1].joined && len(s) > 3 && s == strings.ToUpper(s)
}

// signs are the agencies by their names of one word.
var signs = func() map[uint32]bool {
	m := map[uint32]bool{}
	for a := range agencies {
		if !strings.Contains(a, " ") {
			m[hash(stem(a, ""))] = true
		}
	}
	return m
}()

// bare is a word without its possessive ending.
func bare(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "'s"), "’s")
}

// speaks are the verbs that make the name beside them a speaker.
var speaks = stems(`say said says tell told warn warned claim claimed insist insisted announce announced
сказал сказала заявил заявила заявив заявила сообщил повідомив сказав`)

// unheard lists what a report has that no earlier report of the story had.
func (t *tale) unheard(r *Report) []string {
	var out []string
	for _, f := range r.facts {
		if !f.vague && !t.knows(f) && len(out) < maxUnsaid {
			out = append(out, f.text)
		}
	}
	return out
}

// knows tells whether a report of the story states the fact. A word that it has
// written small is no new name because a sentence begins with it.
func (t *tale) knows(f fact) bool {
	return t.facts.has(f.id) || f.alone && t.terms.has(f.id)
}

// New lists the names, numbers, places and quoted speakers that no report of
// the story in the book has; nil if there are none, or no such story.
func (b *Book) New(r *Report, story news.StoryID) []string {
	if t := b.tales[story]; t != nil {
		return t.unheard(r)
	}
	return nil
}

// A toll is a number of dead or hurt, as kind and count in one word.
const (
	tollDead = 1 << 28
	tollHurt = 2 << 28
	tollMask = 1<<28 - 1
)

var (
	dead = stems(`killed dead deaths death died dies kill kills fatalities погибли погибших загинули загиблих tote morts`)
	hurt = stems(`injured wounded hurt injuries injures раненых ранены пострадавших поранено постраждалих verletzte blessés`)
)

// tolls finds the numbers of dead and hurt: those with such a word among the
// next three, or right before them ("death toll rises to 12").
func tolls(fields ...[]token) []uint32 {
	var out []uint32
	for _, ts := range fields {
		for i, t := range ts {
			if t.class != number {
				continue
			}
			n, err := strconv.Atoi(t.stem)
			if err != nil || n <= 0 || n > tollMask || (n > 1900 && n < 2100) {
				continue
			}
			near := slices.Concat(ts[max(0, i-4):i], ts[i+1:min(len(ts), i+4)])
			for _, n0 := range slices.Backward(near) {
				if dead[n0.id] {
					out = append(out, tollDead|uint32(n))
					break
				}
				if hurt[n0.id] {
					out = append(out, tollHurt|uint32(n))
					break
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Revise puts the new text of a report in the place of the old one and says
// how its tolls changed; "" if they did not, or the report is not in the book.
func (b *Book) Revise(r *Report) string {
	e := b.items[r.Item]
	if e == nil {
		return ""
	}
	var said []string
	for _, k := range []struct {
		kind uint32
		word string
	}{{tollDead, "dead"}, {tollHurt, "hurt"}} {
		was, is := topOf(e.tolls, k.kind), topOf(r.tolls, k.kind)
		if was != is && was > 0 && is > 0 {
			said = append(said, fmt.Sprintf("%d %s, was %d", is, k.word, was))
		}
	}
	b.Add(r, news.Placement{Story: e.tale.id})
	return strings.Join(said, "; ")
}

// topOf is the highest toll of a kind; 0 if there is none.
func topOf(tolls []uint32, kind uint32) uint32 {
	var top uint32
	for _, n := range tolls {
		if n&^tollMask == kind {
			top = max(top, n&tollMask)
		}
	}
	return top
}

// develops says what makes a further report a development of its story; "" if
// nothing does.
func (t *tale) develops(r *Report, c *candidate) string {
	for _, n := range r.tolls {
		if top := t.top(n &^ tollMask); top > 0 && n&tollMask > top {
			return fmt.Sprintf("the toll is %d, was %d", n&tollMask, top)
		}
	}
	if opposedTitles(r.title, c.closest.title) && r.At.Unix() > c.closest.at {
		return "it says the opposite of an earlier report"
	}
	if c.hours >= 6 && c.x[xCentre] < 0.4 {
		for _, f := range r.facts {
			if f.inTitle(r) && !t.knows(f) {
				return fmt.Sprintf("after %.0f quiet hours, with %s", c.hours, f.text)
			}
		}
	}
	return ""
}

// inTitle tells whether a fact is a name that stands in the report's title.
func (f fact) inTitle(r *Report) bool {
	return slices.ContainsFunc(r.title, func(m mark) bool { return m.id == f.id && m.class == name })
}

// top is the highest toll of a kind that the story has told.
func (t *tale) top(kind uint32) uint32 {
	var top uint32
	for _, c := range t.tolls {
		if c.id&^tollMask == kind {
			top = max(top, c.id&tollMask)
		}
	}
	return top
}
