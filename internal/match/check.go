package match

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// NoWords ends the fault of a topic that has nothing to find.
const NoWords = "has no words to find"

// add reports a fault.
func (c *compiler) add(pos news.Pos, length int, fix, format string, args ...any) {
	c.faults = append(c.faults, Fault{Pos: pos, Len: max(length, 1), Message: fmt.Sprintf(format, args...), Fix: fix})
}

func (c *compiler) warn(pos news.Pos, length int, fix, format string, args ...any) {
	c.add(pos, length, fix, format, args...)
	c.faults[len(c.faults)-1].Warning = true
}

func (c *compiler) warnUnused(pos news.Pos, length int, fix, format string, args ...any) {
	c.warn(pos, length, fix, format, args...)
	c.faults[len(c.faults)-1].Unused = true
}

func place(p news.Pos) string {
	switch {
	case p.File != "" && p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	case p.Line > 0:
		return fmt.Sprintf("line %d", p.Line)
	}
	return "another place"
}

// short reports words so short that case is all that could tell them apart.
func (c *compiler) short(t Term) {
	for _, o := range operandsOf(t) {
		if o.Entity || o.Exact || strings.ContainsAny(o.Text, "*? ") {
			continue
		}
		words := phraseWords(o.Text)
		n := letters(o.Text)
		switch {
		case len(words) != 1 || o.Text != strings.ToLower(o.Text) || strings.ToUpper(o.Text) == o.Text:
		case n <= 3:
			fix := "Write " + strings.ToUpper(o.Text) + " if it is a name, =" + o.Text + " if you do mean the word, or a phrase around it"
			if n == 1 {
				c.add(o.Pos, o.Len, fix, "%q in small letters finds every %s in every text", o.Text, o.Text)
			} else {
				c.add(o.Pos, o.Len, fix, "%q in small letters is too short to mean one thing", o.Text)
			}
		case c.m.common.isFunction(o.Text):
			c.add(o.Pos, o.Len, "Write a phrase around it", "%q is in nearly every text", o.Text)
		}
	}
}

func operandsOf(t Term) []Operand {
	out := []Operand{t.A}
	if t.B != nil {
		out = append(out, *t.B)
	}
	return out
}

// bare reports what only the lists of a topic can use.
func (c *compiler) bare(t Term, what string) {
	where := "in " + what
	switch {
	case t.B != nil:
		c.add(t.Pos, t.Len, "Write a plain phrase", "Two words with ~ or > cannot be used %s", where)
	case t.Title:
		c.add(t.Pos, t.Len, "Write the words without title:", "title: cannot be used %s", where)
	case t.Weight != DefaultWeight:
		c.add(t.Pos, t.Len, "Put the weight on the topic's line, as in @nato ^4", "A weight means nothing %s", where)
	case t.AtLeast > 1:
		c.add(t.Pos, t.Len, "Put the count on the topic's line", "A count means nothing %s", where)
	case len(t.With) > 0:
		c.add(t.Pos, t.Len, "Put the condition on the topic's line", "“with” cannot be used %s", where)
	}
}

// isLang reports whether a key is a language tag.
func (c *compiler) isLang(tag string, lines []Line) bool {
	p := primary(tag)
	ok := len(p) == 2 || len(p) == 3
	for i := range len(p) {
		ok = ok && 'a' <= p[i] && p[i] <= 'z'
	}
	if ok && p != "ua" && p != "cz" && p != "si" && p != "gr" {
		return true
	}
	var pos news.Pos
	if len(lines) > 0 {
		pos = lines[0].Pos
	}
	fix := "Use two letters, as in uk: for Ukrainian or de: for German"
	for country, lang := range map[string]string{"ua": "uk", "cz": "cs", "si": "sl", "gr": "el"} {
		if p == country {
			fix = "Write " + lang + ":, the language, not the country"
		}
	}
	c.add(pos, len(tag), fix, "%q is not a language", tag)
	return false
}

func (c *compiler) threshold(t *Topic) {
	pos := t.ThresholdPos
	if pos == (news.Pos{}) {
		pos = t.Pos
	}
	if t.Threshold < 0 || t.Threshold != t.Threshold || t.Threshold > 1e6 {
		c.add(pos, 1, "Use a number from 1 up; 2 means that one plain term is enough", "The threshold %v of %s is not a sum that terms can reach", t.Threshold, t.ID)
	}
}

func (c *compiler) groupName(g Group, seen map[string]int32) bool {
	if g.Name == "" {
		c.add(g.Pos, 1, "Name it by what its words are, as in who:", "A group has no name")
		return false
	}
	if _, ok := seen[g.Name]; ok {
		c.add(g.Pos, len(g.Name), "Rename one of them, or join their terms", "The group %s is there twice", g.Name)
		return false
	}
	return true
}

func (c *compiler) emptyList(g Group) {
	if g.Name == "" {
		c.add(g.Pos, 1, "Write the words to find, one per line", "The list any: is empty")
		return
	}
	c.add(g.Pos, len(g.Name), "Write terms under it, or take the group out", "The group %s is empty, so the topic could never fire", g.Name)
}

// near compiles a nearness rule.
func (c *compiler) near(t *topic, n Near, groups map[string]int32) {
	if n.Within < 1 || n.Within > maxWithin {
		c.add(n.Pos, 1, "Write within: and a number of words, as in within: 15", "near: says within %d words, which is no distance", n.Within)
	}
	out := near{within: int32(n.Within), pos: n.Pos}
	for _, ref := range n.Groups {
		id, ok := groups[ref.Name]
		pos := ref.Pos
		if pos == (news.Pos{}) {
			pos = n.Pos
		}
		switch {
		case !ok && len(groups) == 0:
			c.add(pos, len(ref.Name), "Put the words into groups under all:", "near: names the group %s, and the topic has no groups", ref.Name)
		case !ok:
			c.add(pos, len(ref.Name), nearest(ref.Name, groups, "The groups are "), "near: names the group %s, which is not under all:", ref.Name)
		case slices.Contains(out.groups, id):
			c.add(pos, len(ref.Name), "Name two different groups", "near: names the group %s twice", ref.Name)
		default:
			out.groups = append(out.groups, id)
		}
	}
	if len(n.Groups) < 2 {
		c.add(n.Pos, 1, "Name two groups, as in groups: [act, who]", "near: needs two groups to compare")
	}
	if len(out.groups) >= 2 {
		t.near = append(t.near, out)
	}
}

func (c *compiler) noEntity(o Operand) {
	names := map[string]int32{}
	for _, e := range c.rules.Entities {
		names[string(e.ID)] = 0
	}
	c.add(o.Pos, o.Len, strings.Replace(nearest(o.Text, names, "Known are "), "Did you mean ", "Did you mean @", 1), "There is no entity @%s", o.Text)
}

func (c *compiler) noContext(ref Ref) {
	names := map[string]int32{}
	for _, x := range c.rules.Contexts {
		names[x.Name] = 0
	}
	c.add(ref.Pos, utf8.RuneCountInString(ref.Name), nearest(ref.Name, names, "Known are "), "There is no context %s", ref.Name)
}

// unused warns of entities and contexts that no topic uses.
func (c *compiler) unused() {
	if len(c.rules.Topics) == 0 {
		return
	}
	for _, e := range c.rules.Entities {
		if !c.usedEnt[e.ID] {
			c.warnUnused(e.Pos, len(e.ID), "Use it as @"+string(e.ID)+" in a topic, or leave it for later", "No topic uses the entity %s", e.ID)
		}
	}
	for _, x := range c.rules.Contexts {
		if !c.usedCtx[x.Name] {
			c.context(Ref{Name: x.Name, Pos: x.Pos}) // its faults show all the same
			c.warnUnused(x.Pos, len(x.Name), "Use it as unless: {context: "+x.Name+"}, or leave it for later", "Nothing uses the context %s", x.Name)
		}
	}
}

// reachable reports topics that could never fire.
func (c *compiler) reachable(src *Topic, t *topic) {
	if len(t.groups) == 0 {
		c.add(src.Pos, len(src.ID), "Write words under any:, or groups under all:", "The topic %s %s", src.ID, NoWords)
		return
	}
	sum := 0.0
	for _, x := range t.terms {
		sum += x.weight * titleFactor
	}
	if len(t.terms) > 0 && sum < t.threshold {
		pos := src.ThresholdPos
		if pos == (news.Pos{}) {
			pos = src.Pos
		}
		c.add(pos, 1, fmt.Sprintf("Lower the threshold to %v or less, or give the terms more weight", sum),
			"The topic %s could never fire: all its terms together reach %v, and the threshold is %v", src.ID, sum, t.threshold)
	}
	for i := range t.groups {
		g := &t.groups[i]
		if g.terms == 0 {
			continue
		}
		if c.killed(t, int32(i), t.none) {
			c.add(g.pos, max(len(g.name), 1), "Take the words out of one of the lists", "Every term of %s is also under none:, so the topic could never fire", listName(g.name))
		}
		if c.killed(t, int32(i), t.unless) || c.killed(t, int32(i), g.unless) {
			c.add(g.pos, max(len(g.name), 1), "Take the words out of one of the lists", "Every term of %s is also under unless:, so none of them could ever count", listName(g.name))
		}
	}
	c.sameLanguage(t)
	c.sameSource(src)
}

// sameLanguage warns of groups that no language has in common: an item is
// written in one.
func (c *compiler) sameLanguage(t *topic) {
	all := ^uint64(0)
	for i := range t.groups {
		mine := uint64(0)
		for _, x := range t.terms {
			if x.group == int32(i) {
				if x.langs == 0 {
					mine = ^uint64(0)
				}
				mine |= x.langs
			}
		}
		if t.groups[i].terms > 0 && all&mine == 0 {
			g := &t.groups[i]
			c.warn(g.pos, max(len(g.name), 1), "Write words of the same languages in each group, or under any:",
				"The words of %s are of other languages than those of the groups before it, and an item is written in one", listName(g.name))
			return
		}
		all &= mine
	}
}

// sameSource reports a source that is let in and kept out.
func (c *compiler) sameSource(src *Topic) {
	for _, x := range src.Exclude {
		for _, in := range src.Include {
			if s := strings.TrimSpace(x.Text); s != "" && s == strings.TrimSpace(in.Text) {
				c.add(x.Pos, utf8.RuneCountInString(s), "Take it out of one of the lists", "%s is under include: and under exclude:, so nothing of it comes in", s)
			}
		}
	}
}

func listName(group string) string {
	if group == "" {
		return "any:"
	}
	return "the group " + group
}

// killed reports whether every term of a group stands in a list that keeps
// things out.
func (c *compiler) killed(t *topic, g int32, list []*finder) bool {
	if len(list) == 0 {
		return false
	}
	var dead []int32
	for _, f := range list {
		for _, a := range f.atoms {
			if a.caps == nil && a.langs == 0 {
				dead = append(dead, a.pattern)
			}
		}
	}
	for _, x := range t.terms {
		if x.group != g {
			continue
		}
		for _, p := range x.a.pats {
			if !slices.Contains(dead, p) {
				return false
			}
		}
	}
	return true
}

// shadowed reports terms that add nothing because another term of the same
// list finds all that they find.
func (c *compiler) shadowed(t *topic) {
	type seenKey struct {
		group  int32
		text   string
		title  bool
		langs  uint64
		within int32
	}
	seen := map[seenKey]*term{}
	var stars []term
	kept := t.terms[:0]
	for _, x := range t.terms {
		k := seenKey{x.group, x.text, x.title, x.langs, x.within}
		if first, ok := seen[k]; ok {
			fault := c.warn // the same line twice: what is meant is clear, and it counts once
			if x.weight != first.weight || x.atLeast != first.atLeast {
				fault = c.add
			}
			fault(x.pos, utf8.RuneCountInString(x.text), "Take one of them out", "%s is in the list twice: it is also at %s", x.text, place(first.pos))
			t.groups[x.group].terms--
			continue
		}
		kept = append(kept, x)
		seen[k] = &x
		if x.b == nil && len(x.with) == 0 && !x.title && x.atLeast == 1 && strings.HasSuffix(x.text, "*") && !strings.Contains(x.text, " ") {
			stars = append(stars, x)
		}
	}
	t.terms = kept
	c.twice(t)
	for _, s := range stars {
		stem := strings.TrimSuffix(s.text, "*")
		for _, x := range t.terms {
			if x.group == s.group && x.text != s.text && x.b == nil && !x.title && x.weight <= s.weight && x.langs == s.langs &&
				!strings.Contains(x.text, " ") && strings.HasPrefix(x.text, stem) {
				c.warn(x.pos, utf8.RuneCountInString(x.text), "Take it out, or give it more weight than "+s.text,
					"%s adds nothing: %s at %s finds it already", x.text, s.text, place(s.pos))
			}
		}
	}
}

// twice warns of a plain word beside another that finds it too: in small
// letters, in the singular, or as an alias of an entity.
func (c *compiler) twice(t *topic) {
	plain := func(x *term) bool {
		return x.b == nil && len(x.with) == 0 && !x.title && x.atLeast == 1
	}
	for i := range t.terms {
		x := &t.terms[i]
		if !plain(x) || strings.HasPrefix(x.text, "@") || strings.HasPrefix(x.text, "=") || strings.ContainsAny(x.text, "*?") {
			continue
		}
		for k := range t.terms {
			y := &t.terms[k]
			if k == i || x.group != y.group || !plain(y) || x.weight != y.weight || x.langs != y.langs || x.text == y.text {
				continue
			}
			switch {
			case strings.HasPrefix(y.text, "@") && slices.ContainsFunc(y.a.atoms, func(a atom) bool { return a.text == x.text && a.langs == 0 }):
				c.warn(x.pos, utf8.RuneCountInString(x.text), "Take it out: one mention would count twice", "%s is a name of %s at %s already", x.text, y.text, place(y.pos))
			case y.text == strings.ToLower(x.text) || x.langs == 0 && slices.Contains(englishForms(y.text), x.text):
				c.warn(x.pos, utf8.RuneCountInString(x.text), "Take it out: one mention would count twice", "%s adds nothing: %s at %s finds it already", x.text, y.text, place(y.pos))
			}
		}
	}
}

// nearest names the known word that is most like a mistyped one.
func nearest(word string, known map[string]int32, list string) string {
	best, bestD := "", max(len(word)/2, 2)+1
	var all []string
	for k := range known {
		all = append(all, k)
	}
	slices.Sort(all)
	for _, k := range all {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < bestD {
			best, bestD = k, d
		}
	}
	switch {
	case best != "":
		return "Did you mean " + best + "?"
	case len(all) == 0:
		return "There are none yet"
	case len(all) > 8:
		all = append(all[:8], "...")
	}
	return list + strings.Join(all, ", ")
}

// distance is the number of letters to change, add or drop.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diag := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := diag
			if r != q {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
