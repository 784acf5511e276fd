package match

import (
	"math"
	"slices"

	"github.com/watcherd/watcherd/internal/news"
)

// topic compiles one topic.
func (c *compiler) topic(src *Topic) {
	t := topic{id: src.ID, name: src.Name, pos: src.Pos, index: int32(len(c.m.topics)), threshold: DefaultThreshold}
	if t.name == "" {
		t.name = string(src.ID)
	}
	if src.Threshold != 0 {
		t.threshold = src.Threshold
	}
	c.threshold(src)
	if len(src.Any) > 0 || len(src.ByLang) > 0 {
		c.group(&t, Group{Any: src.Any, ByLang: src.ByLang, Pos: src.Pos})
	}
	names := map[string]int32{}
	for _, g := range src.All {
		if c.groupName(g, names) {
			names[g.Name] = int32(len(t.groups))
			c.group(&t, g)
		}
	}
	for _, n := range src.Near {
		c.near(&t, n, names)
	}
	t.unless = c.withContexts(c.plain("unless", src.Unless, ""), src.UnlessContexts)
	t.none = c.withContexts(c.plain("none", src.None, ""), src.NoneContexts)
	for _, f := range t.none {
		t.nonePats = append(t.nonePats, f.pats...)
	}
	t.include = c.selectors(src.Include)
	t.exclude = c.selectors(src.Exclude)
	c.shadowed(&t)
	c.reachable(src, &t)
	c.m.topics = append(c.m.topics, t)
}

// group compiles one list of terms of which one must be found.
func (c *compiler) group(t *topic, g Group) {
	id := int32(len(t.groups))
	out := group{name: g.Name, pos: g.Pos}
	add := func(x Term, lang string) {
		y := term{text: x.Text, pos: x.Pos, group: id, title: x.Title, ordered: x.Ordered, within: int32(x.Within),
			weight: x.Weight, atLeast: x.AtLeast, langs: c.lang(lang)}
		if y.a = c.operand(x.A, lang); y.a == nil {
			return
		}
		out.pats = append(out.pats, y.a.pats...)
		if x.B != nil {
			if y.b = c.operand(*x.B, lang); y.b == nil {
				return
			}
		}
		for _, w := range x.With {
			if f := c.operand(w, lang); f != nil {
				y.with = append(y.with, f)
			}
		}
		t.terms = append(t.terms, y)
		out.terms++
	}
	before := len(c.faults)
	n := c.lines(g.Any, "", add) + c.byLang(g.ByLang, add)
	if n == 0 && len(c.faults) == before && len(g.Any)+len(g.ByLang) > 0 || n == 0 && g.Name != "" && len(c.faults) == before {
		c.emptyList(g)
	}
	out.unless = c.withContexts(c.plain("unless", g.Unless, ""), g.UnlessContexts)
	slices.Sort(out.pats)
	out.pats = slices.Compact(out.pats)
	t.groups = append(t.groups, out)
}

// commonness guesses how often a pattern is found: short single words often,
// long phrases rarely. It only orders groups, so a rough guess does.
func (n *nfa) commonness(p int32, patterns []patternInfo) float64 {
	l := float64(n.letters[p])
	if l == 0 {
		return 1
	}
	return 1 / math.Pow(l, 1.5) / float64(patterns[p].words*patterns[p].words)
}

// names numbers entities and contexts and reports doubles.
func (c *compiler) names() {
	c.usedEnt, c.usedCtx = map[news.EntityID]bool{}, map[string]bool{}
	c.contexts = map[string][]*finder{}
	for i, e := range c.rules.Entities {
		c.m.entities = append(c.m.entities, entity{id: e.ID})
		if e.ID == "" {
			c.add(e.Pos, 0, "Give it a short name in small letters", "An entity has no name")
		}
		if first, ok := c.entityAt[e.ID]; ok {
			c.add(e.Pos, len(e.ID), "Rename one of them, or join their aliases", "The entity %s is there twice: it is also at %s", e.ID, place(c.rules.Entities[first].Pos))
			continue
		}
		c.entityAt[e.ID] = i
	}
	for i, x := range c.rules.Contexts {
		if first, ok := c.contextAt[x.Name]; ok {
			c.add(x.Pos, len(x.Name), "Rename one of them, or join their words", "The context %s is there twice: it is also at %s", x.Name, place(c.rules.Contexts[first].Pos))
			continue
		}
		c.contextAt[x.Name] = i
	}
	topics := map[news.TopicID]news.Pos{}
	for _, t := range c.rules.Topics {
		if first, ok := topics[t.ID]; ok {
			c.add(t.Pos, len(t.ID), "Rename one of them, or join their terms", "The topic %s is there twice: it is also at %s", t.ID, place(first))
			continue
		}
		if t.ID == "" {
			c.add(t.Pos, 0, "Give it a short name in small letters", "A topic has no name")
		}
		topics[t.ID] = t.Pos
	}
}

// compileEntities expands every entity, so that faults in unused ones show too.
func (c *compiler) compileEntities() {
	c.ready = make([]*finder, len(c.rules.Entities))
	for i := range c.rules.Entities {
		c.expand(i)
	}
	c.m.finders = c.ready
}

// entity returns the finder of the entity that an operand names.
func (c *compiler) entity(o Operand) *finder {
	i, ok := c.entityAt[news.EntityID(o.Text)]
	if !ok {
		c.noEntity(o)
		return nil
	}
	c.usedEnt[news.EntityID(o.Text)] = true
	return c.expand(i)
}

// expand makes the finder of an entity: its own aliases and those of the
// entities that it names.
func (c *compiler) expand(i int) *finder {
	if c.ready[i] != nil {
		return c.ready[i]
	}
	e := &c.rules.Entities[i]
	if slices.Contains(c.open, e.ID) {
		c.add(e.Pos, len(e.ID), "Take one of the references out", "The entity %s contains itself", e.ID)
		c.ready[i] = &finder{name: "@" + string(e.ID)}
		return c.ready[i]
	}
	c.open = append(c.open, e.ID)
	f := &finder{name: "@" + string(e.ID)}
	add := func(t Term, lang string) {
		c.bare(t, "an entity")
		inner := c.operand(t.A, lang)
		if inner == nil {
			return
		}
		for _, a := range inner.atoms {
			if a.entity < 0 {
				a.entity, a.langs, a.text, a.pos = int32(i), c.lang(lang), t.Text, t.Pos
			} else if lang != "" {
				a.langs = c.lang(lang)
			}
			f.atoms = append(f.atoms, a)
			f.pats = append(f.pats, a.pattern)
		}
		if lang == "" {
			if a, ok := c.guest(t.A); ok {
				a.entity = int32(i)
				f.atoms = append(f.atoms, a)
				f.pats = append(f.pats, a.pattern)
			}
		}
	}
	before := len(c.faults)
	if n := c.lines(e.Any, "", add) + c.byLang(e.ByLang, add); n == 0 && len(c.faults) == before {
		c.add(e.Pos, len(e.ID), "Write its names under any:, one per line", "The entity %s has no names to find", e.ID)
	}
	c.variants(e)
	c.m.entities[i].unless = c.withContexts(c.plain("unless", e.Unless, ""), e.UnlessContexts)
	slices.Sort(f.pats)
	f.pats = slices.Compact(f.pats)
	c.open = c.open[:len(c.open)-1]
	c.ready[i] = f
	return f
}

// context returns the words of a named context.
func (c *compiler) context(ref Ref) []*finder {
	i, ok := c.contextAt[ref.Name]
	if !ok {
		c.noContext(ref)
		return nil
	}
	c.usedCtx[ref.Name] = true
	if out, ok := c.contexts[ref.Name]; ok {
		return out
	}
	x := c.rules.Contexts[i]
	out := c.plain("a context", x.Any, "")
	defer func(was bool) { c.lenient = was }(c.lenient)
	c.lenient = true
	c.byLang(x.ByLang, func(t Term, lang string) {
		c.bare(t, "a context")
		if f := c.operand(t.A, lang); f != nil {
			only := &finder{name: f.name, pats: f.pats, atoms: slices.Clone(f.atoms)}
			for i := range only.atoms {
				only.atoms[i].langs = c.lang(lang)
			}
			out = append(out, only)
		}
	})
	c.contexts[ref.Name] = out
	return out
}
