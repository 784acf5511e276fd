package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// decoder turns the nodes of one file into values and notes every fault on
// the way. It never stops at one.
type decoder struct {
	src    *source
	faults *Faults

	// near is the last place that was looked for. The values of a line are
	// asked for from left to right, and a line can be very long.
	near struct{ line, col, offset int }

	depths map[int]int // of lines that begin with tabs: where they are meant to stand
}

// offset is where a column begins in its line, in bytes.
func (d *decoder) offset(line, col int) int {
	at, offset := 1, 0
	if d.near.line == line && d.near.col <= col {
		at, offset = d.near.col, d.near.offset
	}
	offset = offsetOf(d.src.line(line), at, offset, col)
	d.near.line, d.near.col, d.near.offset = line, col, offset
	return offset
}

// rest returns what stands on a line from a column on.
func (d *decoder) rest(line, col int) string { return d.src.line(line)[d.offset(line, col):] }

// before returns what stands on a line left of a column.
func (d *decoder) before(line, col int) string { return d.src.line(line)[:d.offset(line, col)] }

func (d *decoder) fault(pos Pos, length int, s sight, message, fix string) {
	*d.faults = append(*d.faults, Fault{Pos: pos, Len: length, Message: message, Fix: fix, src: d.src, sight: s})
}

func (d *decoder) at(n *yaml.Node) Pos { return d.src.pos(n.Line, n.Column) }

// width is how many code points a node has on its first line.
func (d *decoder) width(n *yaml.Node) int {
	if n.Kind == yaml.ScalarNode && n.Value != "" && n.Style&^yaml.TaggedStyle == 0 &&
		strings.HasPrefix(d.rest(n.Line, n.Column), n.Value) {
		return utf8.RuneCountInString(n.Value)
	}
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 {
		return 1
	}
	return d.src.extent(n.Line, n.Column)
}

func (d *decoder) faultAt(n *yaml.Node, s sight, message, fix string) {
	d.fault(d.at(n), d.width(n), s, message, fix)
}

// root decodes a whole file into the config that all files share. Lists grow;
// a setting that another file gave already is a fault.
func (d *decoder) root(n *yaml.Node, cfg *Config) {
	if n.Kind != yaml.MappingNode {
		d.faultAt(n, shape, "the file does not begin with a key", "feeds:\n  - url: https://example.org/world/rss")
		return
	}
	earlier := cfg.keys
	d.mapping(n, reflect.ValueOf(cfg).Elem(), top, func(f *field, key *yaml.Node) bool {
		for _, k := range earlier {
			if k.key == f.key && !f.isList() && f.key != "boilerplate" && f.key != "version" {
				d.faultAt(key, plain, fmt.Sprintf("%s is set already, at %s", f.key, k.pos), "keep one of the two")
				return false
			}
		}
		return true
	})
}

// structure decodes a mapping into a struct.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, t *table, pos Pos) {
	place := v.Field(0).Addr().Interface().(*Place)
	if place.Pos == (Pos{}) {
		place.Pos = pos
	}
	if n.Kind != yaml.MappingNode {
		place.spoilt = true
		if key, rest, _ := strings.Cut(n.Value, " "); n.Kind == yaml.ScalarNode && t.find(key) != nil {
			d.faultAt(n, shape, "there is no colon after "+key, strings.TrimRight(key+": "+rest, " "))
			return
		}
		d.notA(n, "keys and values", t.name, t.sample())
		return
	}
	d.mapping(n, v, t, nil)
	for i := range t.fields {
		f := &t.fields[i]
		if f.need && !place.Has(f.key) {
			d.fault(pos, 0, shape|absence, fmt.Sprintf("%s is missing here", f.key), f.sample())
		}
	}
}

// mapping decodes the keys of a mapping. allow may refuse a key; it has then
// said why.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, t *table, allow func(*field, *yaml.Node) bool) {
	place := v.Field(0).Addr().Interface().(*Place)
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if !d.plainKey(key) {
			continue
		}
		f := t.find(key.Value)
		if f == nil {
			if meant := d.unknown(key, t); meant != "" { // it is there, by another name
				place.keys = append(place.keys, keyPos{key: meant, pos: d.at(key)})
			}
			continue
		}
		if first := seen[key.Value]; first != nil {
			d.faultAt(key, plain, fmt.Sprintf("%s stands twice here; the first is in line %d", key.Value, first.Line), "put both together under one "+key.Value+":")
			continue
		}
		seen[key.Value] = key
		if allow != nil && !allow(f, key) {
			continue
		}
		at := d.at(val)
		if val.Kind != yaml.ScalarNode || isNull(val) {
			at = d.at(key)
		}
		place.keys = append(place.keys, keyPos{key: key.Value, pos: at})
		d.value(key, val, v.Field(f.index), f)
	}
}

// plainKey refuses keys that are lists, merges, or written with a question mark.
func (d *decoder) plainKey(key *yaml.Node) bool {
	switch {
	case key.Kind != yaml.ScalarNode:
		d.faultAt(key, plain, "a key is one word followed by a colon", "name: value")
	case key.Tag == "!!merge":
		d.faultAt(key, plain, "<< takes keys from elsewhere; here every value is written where it belongs", "write the keys out")
	case strings.HasSuffix(strings.TrimSpace(d.before(key.Line, key.Column)), "?"):
		d.faultAt(key, plain, "a key is written without a question mark", key.Value+":")
	case strings.Contains(key.Value, "\n"):
		d.faultAt(key, plain, "a key is one word followed by a colon", "name: value")
	default:
		return true
	}
	return false
}

// unknown reports a key that does not belong here, and returns the one that was
// meant.
func (d *decoder) unknown(key *yaml.Node, t *table) string {
	name, rest := key.Value, ": ..."
	switch near := t.meant(name); {
	case name == "":
		d.faultAt(key, shape, "the key before the colon is empty", "keys here: "+strings.Join(t.keys(), ", "))
	case near == "" && top.find(name) != nil && t != top && !isLang(name):
		d.faultAt(key, shape, fmt.Sprintf("%q belongs at the left margin, not under %s", name, t.name), "write it without blanks before it")
	case near == "" && t.home(name) != "":
		d.faultAt(key, shape, fmt.Sprintf("%q belongs under %s:", name, t.home(name)), fmt.Sprintf("%s: {%s: ...}", t.home(name), name))
	case cmp.Or(near, nearest(name, t.keys())) != "":
		near = cmp.Or(near, nearest(name, t.keys()))
		d.faultAt(key, shape, fmt.Sprintf("%q is not a key here; did you mean %q?", name, near), near+rest)
		return near
	case len(name) == 2 && t.langs != nil:
		d.fault(d.at(key), 2, plain, fmt.Sprintf("%q is not a language; languages have two letters, such as en, uk or de", name), cmp.Or(orNothing(langFor(name), rest), "write the code of ISO 639-1, such as uk for Ukrainian"))
	case langFor(name) != "" && t.langs != nil:
		d.faultAt(key, shape, fmt.Sprintf("%q is not a key here; languages have two letters", name), langFor(name)+rest)
	default:
		d.faultAt(key, shape, fmt.Sprintf("%q is not a key here", name), "keys here: "+strings.Join(t.keys(), ", "))
	}
	return ""
}

func orNothing(s, more string) string {
	if s == "" {
		return ""
	}
	return s + more
}

// value decodes one value by the form that its field wants.
func (d *decoder) value(key, n *yaml.Node, v reflect.Value, f *field) {
	if !d.usable(n) {
		return
	}
	if isNull(n) && !f.short && f.kind != "terms" && (f.elem != nil || v.Kind() == reflect.Slice || v.Kind() == reflect.Map) {
		d.nothing(key, n, f)
		return
	}
	switch {
	case f.isList() && f.keyed:
		d.named(n, v, f)
	case f.isList():
		d.list(key, n, v, f)
	case f.elem != nil && f.short && n.Kind != yaml.MappingNode:
		d.short(key, n, v)
	case f.elem != nil:
		d.structure(n, v, f.elem, d.at(key))
	case f.typ == langsType:
		ts := d.terms(key, n)
		v.Set(reflect.Append(v, reflect.ValueOf(LangTerms{Lang: key.Value, Terms: ts})))
	case f.kind == "terms":
		v.Set(reflect.AppendSlice(v, reflect.ValueOf(d.terms(key, n))))
	case v.Kind() == reflect.Map:
		d.headers(n, v, f)
	case v.Kind() == reflect.Slice:
		d.scalars(n, v, f)
	default:
		d.scalar(key, n, v, f)
	}
}

// usable refuses what makes YAML say something else than what is written.
func (d *decoder) usable(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.faultAt(n, plain, fmt.Sprintf("*%s stands for something written elsewhere; here every value is written where it belongs. A text that begins with * needs quotes", n.Value), quote("*"+n.Value))
	case n.Anchor != "":
		d.faultAt(n, plain, fmt.Sprintf("&%s names a value for use elsewhere, which is not done here. A text that begins with & needs quotes", n.Anchor), quote("&"+n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		d.faultAt(n, plain, "a value that begins with ! says its type, which is not done here. A text that begins with ! needs quotes", "take what begins with ! out, or put the text into quotes")
	default:
		return true
	}
	return false
}

// notA reports a value of the wrong form.
func (d *decoder) notA(n *yaml.Node, want, key, eg string) {
	is := map[yaml.Kind]string{yaml.ScalarNode: "a single value", yaml.SequenceNode: "a list", yaml.MappingNode: "keys and values"}[n.Kind]
	fix := ""
	if eg != "" {
		fix = key + ":\n  " + eg
	}
	d.faultAt(n, shape, fmt.Sprintf("%s wants %s; this is %s", key, want, is), fix)
}

// nothing reports a key with nothing under it.
func (d *decoder) nothing(key, n *yaml.Node, f *field) {
	if n.Value != "" {
		d.faultAt(n, shape, fmt.Sprintf("%s is %s, which is nothing", f.key, n.Value), "take the line out")
		return
	}
	if d.gap(key) {
		return
	}
	if word, col := d.eaten(key); word != "" {
		d.fault(d.src.pos(key.Line, col), utf8.RuneCountInString(word), shape, fmt.Sprintf("%s is empty, because everything after # is a comment", f.key), d.uneaten(key, f, word))
		return
	}
	d.faultAt(key, shape, fmt.Sprintf("there is nothing under %s", f.key), "fill it, or take the line out")
}

// gap reports whether the value of a key was left out because it could not be
// read; its absence is then no fault of its own.
func (d *decoder) gap(key *yaml.Node) bool {
	for n := key.Line; n <= len(d.src.lines); n++ {
		if d.src.blanked[n] {
			return true
		}
		if n > key.Line && indent(d.src.line(n)) >= 0 {
			return false
		}
	}
	return false
}

// eaten finds a word that YAML took for a comment because it begins with #,
// right after a key or a dash, and its column.
func (d *decoder) eaten(key *yaml.Node) (word string, col int) {
	rest := d.rest(key.Line, key.Column)
	i := strings.Index(rest, "#")
	if i < 0 || i+1 == len(rest) || strings.ContainsAny(rest[i+1:i+2], " #\t-=!") {
		return "", 0
	}
	word = strings.TrimRight(rest[i:], " \t,]}")
	if j := strings.Index(word, " #"); j > 0 {
		word = strings.TrimRight(word[:j], " ,")
	}
	return word, key.Column + utf8.RuneCountInString(rest[:i])
}

// uneaten is how a value is written that YAML took for a comment: one, or
// several channels.
func (d *decoder) uneaten(key *yaml.Node, f *field, word string) string {
	all := strings.FieldsFunc(d.rest(key.Line, key.Column+len(f.key)+1), func(r rune) bool { return r == ' ' || r == ',' })
	if f.kind != "channel" || len(all) < 2 || slices.ContainsFunc(all, func(s string) bool { return !patterns["channel"].MatchString(s) }) {
		return f.key + ": " + quote(word)
	}
	for i := range all {
		all[i] = quote(all[i])
	}
	return "channels: [" + strings.Join(all, ", ") + "]"
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Style&^yaml.TaggedStyle == 0
}
