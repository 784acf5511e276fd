package match

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// atom is one thing to look for: a pattern, and what must be true of the
// place where it is found.
//
// What judging reads stands first in this and the types below, what only a
// person asks for last: the rules are larger than the caches, and each line
// that a judgement touches is likely a miss.
type atom struct {
	pattern  int32
	words    int32
	entity   int32  // number of the entity whose alias it is, or -1
	guest    bool   // case forms of a name that is given for all languages
	langs    uint64 // 0: all
	ordinary uint64 // languages in which the word is an ordinary word too
	caps     []wordCaps

	text string
	pos  news.Pos
}

// finder is a phrase or an entity: any of its atoms.
type finder struct {
	atoms []atom
	pats  []int32 // the patterns of the atoms, each once
	no    int32   // its number among the finders of terms, from 1; 0 if it is none

	name string
}

// entity is what an alias shares with the others of its entity.
type entity struct {
	id     news.EntityID
	unless []*finder
}

// term is a term line of a topic.
type term struct {
	a, b    *finder
	langs   uint64
	group   int32
	within  int32
	title   bool
	ordered bool
	with    []*finder
	weight  float64
	atLeast int

	text string
	pos  news.Pos
}

// group is a list of a topic of which one term must be found. The list `any`
// is the group without a name.
type group struct {
	unless []*finder
	pats   []int32

	terms int
	name  string
	pos   news.Pos
}

type near struct {
	groups []int32
	within int32
	pos    news.Pos
}

type topic struct {
	termPats  []int32 // of each term the count and the patterns, unless they are many
	sought    []int32 // then the number of the finder of each term
	terms     []term
	groups    []group
	near      []near
	unless    []*finder
	none      []*finder
	nonePats  []int32 // the patterns of none
	include   []selector
	exclude   []selector
	threshold float64

	index int32
	id    news.TopicID
	name  string
	pos   news.Pos
}

// Compile checks the rules and makes a Matcher of them. All faults come back
// at once, in the order of their places. The Matcher is nil if one of them is
// more than a warning.
func Compile(r Rules) (*Matcher, []Fault) {
	c := newCompiler(r)
	c.check()
	if slices.ContainsFunc(c.faults, func(f Fault) bool { return !f.Warning }) {
		return nil, c.faults
	}
	c.finish()
	return c.m, c.faults
}

// Check is Compile for who wants the faults alone: the dear part of compiling
// is left out.
func Check(r Rules) []Fault {
	c := newCompiler(r)
	c.faultsOnly = true
	c.check()
	return c.faults
}

func newCompiler(r Rules) *compiler {
	return &compiler{
		rules: r, nfa: newNFA(), finders: map[finderKey]*finder{}, patterns: map[string]int32{},
		entityAt: map[news.EntityID]int{}, contextAt: map[string]int{},
		m: &Matcher{langs: map[string]uint64{}, common: newOrdinary(r.Common)},
	}
}

// check compiles all terms to patterns, and finds all faults on the way.
func (c *compiler) check() {
	r := c.rules
	c.names()
	c.compileEntities()
	for i := range r.Topics {
		c.topic(&r.Topics[i])
	}
	c.boilerplate()
	c.unused()
	slices.SortStableFunc(c.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line, a.Pos.Col-b.Pos.Col)
	})
}

type compiler struct {
	rules      Rules
	m          *Matcher
	nfa        *nfa
	finders    map[finderKey]*finder
	patterns   map[string]int32
	entityAt   map[news.EntityID]int
	contextAt  map[string]int
	contexts   map[string][]*finder
	open       []news.EntityID // entities being expanded, to find circles
	ready      []*finder       // expanded entities
	usedEnt    map[news.EntityID]bool
	usedCtx    map[string]bool
	faultsOnly bool // no Matcher is wanted
	lenient    bool // in a list that keeps things out, short words are welcome
	faults     []Fault
}

type finderKey struct {
	text, lang string
	exact      bool
}

// lang returns the bit of a language, which it gives out at first use. The
// 64th language and all after it share the last bit.
func (c *compiler) lang(tag string) uint64 {
	if tag == "" {
		return 0
	}
	tag = primary(tag)
	bit, ok := c.m.langs[tag]
	if !ok {
		bit = 1 << min(len(c.m.langs), 63)
		c.m.langs[tag] = bit
	}
	return bit
}

// primary is the primary subtag of a language tag in small letters.
func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(strings.TrimSpace(tag))
}

// phrase returns the finder of a phrase.
func (c *compiler) phrase(o Operand, lang string) *finder {
	k := finderKey{o.Text, lang, o.Exact}
	if f, ok := c.finders[k]; ok {
		return f
	}
	a := c.atom(o, lang)
	f := &finder{name: o.Text, atoms: []atom{a}, pats: []int32{a.pattern}}
	c.finders[k] = f
	return f
}

func (c *compiler) atom(o Operand, lang string) atom {
	s, caps := slots(o, lang)
	a := atom{pattern: c.pattern(s, o), words: int32(len(s)), entity: -1, text: o.Text, pos: o.Pos}
	if asks(caps) {
		a.caps = caps
		if len(caps) == 1 {
			a.ordinary = c.m.common.langs(o.Text, c.lang)
		}
	}
	return a
}

// guest returns the atom for the case forms that a name from the list of all
// languages has in those that inflect foreign names: Putina, Nord Streamu. It
// is false for what is no name in Latin letters.
func (c *compiler) guest(o Operand) (atom, bool) {
	if o.Entity || o.Exact || strings.ContainsAny(o.Text, "*?") {
		return atom{}, false
	}
	words := phraseWords(o.Text)
	var s []slot
	a := atom{guest: true, words: int32(len(words)), text: o.Text, pos: o.Pos}
	some := false
	for _, w := range words {
		forms := []string{w.codes}
		cw := capsOf(w.text, false)
		switch {
		case cw.kind == capsFree || scriptOf(w.text) != unicode.Latin:
			return atom{}, false
		case cw.kind == capsMask:
			for _, lang := range guestLangs {
				for _, f := range inflect(lang, w.text, words) {
					forms = append(forms, codesOf(f))
					some = true
				}
			}
		}
		s = append(s, newSlot(forms))
		a.caps = append(a.caps, cw)
	}
	if !some {
		return atom{}, false
	}
	for _, lang := range guestLangs {
		a.langs |= c.lang(lang)
	}
	if len(words) == 1 {
		a.ordinary = c.m.common.langs(o.Text, c.lang)
	}
	a.pattern = c.pattern(s, o)
	return a, true
}

// guestLangs give foreign names in Latin letters endings of their own.
var guestLangs = [...]string{"pl", "cs", "sk", "sl", "hr"}

// pattern returns the number of a pattern, adding it at first use.
func (c *compiler) pattern(s []slot, o Operand) int32 {
	var b strings.Builder
	for _, x := range s {
		b.WriteString(x.key)
		b.WriteByte(1)
	}
	if id, ok := c.patterns[b.String()]; ok {
		return id
	}
	id := c.nfa.add(s)
	c.patterns[b.String()] = id
	info := patternInfo{words: int32(len(s))}
	for _, x := range s {
		for _, f := range x.forms {
			if hasOther(f) && !strings.ContainsAny(o.Text, "*?") {
				info.exact = text.Fold(o.Text)
			}
		}
	}
	c.m.patterns = append(c.m.patterns, info)
	return id
}

func hasOther(form string) bool {
	for i := range len(form) {
		if text.IsOther(form[i]) && form[i] < formAny {
			return true
		}
	}
	return false
}

// operand returns the finder of an operand; nil, with a fault, for an entity
// that does not exist.
func (c *compiler) operand(o Operand, lang string) *finder {
	if !o.Entity {
		return c.phrase(o, lang)
	}
	return c.entity(o)
}

// lines compiles the terms of a list.
func (c *compiler) lines(lines []Line, lang string, use func(Term, string)) (n int) {
	for _, l := range lines {
		t, faults, ok := ParseTerm(l)
		c.faults = append(c.faults, faults...)
		if ok {
			n++
			if !c.lenient {
				c.short(t)
			}
			use(t, lang)
		}
	}
	return n
}

func (c *compiler) byLang(byLang map[string][]Line, use func(Term, string)) (n int) {
	for _, lang := range slices.Sorted(maps.Keys(byLang)) {
		if !c.isLang(lang, byLang[lang]) {
			continue
		}
		n += c.lines(byLang[lang], primary(lang), use)
	}
	return n
}

// plain compiles a list of bare phrases, for entities and for the lists that
// keep things out.
func (c *compiler) plain(what string, lines []Line, lang string) (out []*finder) {
	defer func(was bool) { c.lenient = was }(c.lenient)
	c.lenient = true
	c.lines(lines, lang, func(t Term, lang string) {
		c.bare(t, what)
		if f := c.operand(t.A, lang); f != nil {
			out = append(out, f)
		}
	})
	return out
}

// withContexts adds the words of named contexts to a list.
func (c *compiler) withContexts(out []*finder, refs []Ref) []*finder {
	for _, ref := range refs {
		out = append(out, c.context(ref)...)
	}
	return out
}

// finish builds the automaton and everything that needs all patterns.
func (c *compiler) finish() {
	m := c.m
	m.auto = build(c.nfa)
	for i := range m.patterns {
		p := &m.patterns[i]
		shape := uint32(p.words) << 1
		if p.exact != "" || p.dead != deadNo {
			shape |= shapeOdd
		}
		m.shapes = append(m.shapes, shape)
	}
	c.anchors()
	c.sought()
	for _, f := range m.finders {
		for i := range f.atoms {
			a := &f.atoms[i]
			if a.caps != nil && a.ordinary == 0 && m.patterns[a.pattern].name == nil {
				m.patterns[a.pattern].name = a
			}
		}
	}
	if b, err := json.Marshal(c.rules); err == nil {
		sum := sha256.Sum256(b)
		m.hash = hex.EncodeToString(sum[:12])
	}
}

// anchors hangs each topic on the patterns of its rarest group.
func (c *compiler) anchors() {
	m := c.m
	byPattern := make([][]int32, len(m.patterns))
	for i := range m.topics {
		t := &m.topics[i]
		rarest := t.anchor(m.patterns, c.nfa)
		if rarest < 0 {
			continue
		}
		var others []int32
		for g := range t.groups {
			if g != rarest {
				others = append(others, int32(len(t.groups[g].pats)))
				others = append(others, t.groups[g].pats...)
			}
		}
		record := append([]int32{int32(i), t.reach(), int32(len(others))}, others...)
		if len(others) > anchorRoom {
			record = []int32{int32(i), t.reach(), ^int32(len(m.quick))}
			m.quick = append(m.quick, int32(len(others)))
			m.quick = append(m.quick, others...)
		}
		for _, p := range t.groups[rarest].pats {
			byPattern[p] = append(byPattern[p], record...)
		}
	}
	m.anchors, m.anchorsOf = inARow(byPattern)
}

// sought numbers the finders of terms and hangs them on their patterns.
func (c *compiler) sought() {
	m := c.m
	byPattern := make([][]int32, len(m.patterns))
	for i := range m.topics {
		t := &m.topics[i]
		if t.termPats = t.patterns(); len(t.termPats) <= fewPats {
			continue
		}
		t.termPats = nil
		for k := range t.terms {
			f := t.terms[k].a
			if f.no == 0 {
				m.sought++
				f.no = int32(m.sought)
				for _, p := range f.pats {
					byPattern[p] = append(byPattern[p], f.no)
				}
			}
			t.sought = append(t.sought, f.no)
		}
	}
	m.soughtBy, m.soughtOf = inARow(byPattern)
}

// fewPats is how many numbers of a topic's terms are sooner asked about than
// the finders of all that was found.
const fewPats = 64

func (t *topic) patterns() (out []int32) {
	for i := range t.terms {
		out = append(out, int32(len(t.terms[i].a.pats)))
		out = append(out, t.terms[i].a.pats...)
	}
	return out
}

// reach is within how many words of a hit of one of a topic's two groups there
// is one of the other if it fires; 0 if that cannot be said.
func (t *topic) reach() (out int32) {
	if len(t.groups) != 2 {
		return 0
	}
	for i := range t.terms {
		if t.terms[i].b != nil {
			return 0
		}
	}
	for i := range t.near {
		if n := &t.near[i]; len(n.groups) == 2 && n.groups[0] != n.groups[1] && (out == 0 || n.within < out) {
			out = n.within
		}
	}
	return out
}

// inARow lays lists behind each other, and tells where each begins and where
// the last one ends.
func inARow(lists [][]int32) (all, at []int32) {
	for _, l := range lists {
		at = append(at, int32(len(all)))
		all = append(all, l...)
	}
	return all, append(at, int32(len(all)))
}

// anchor returns the number of the topic's rarest group: every group is
// required, so if nothing of this one is found, the topic cannot fire.
func (t *topic) anchor(patterns []patternInfo, n *nfa) int {
	best, bestCost := -1, 0.0
	for i := range t.groups {
		cost := 0.0
		for _, p := range t.groups[i].pats {
			cost += n.commonness(p, patterns)
		}
		if best < 0 || cost < bestCost {
			best, bestCost = i, cost
		}
	}
	return best
}
