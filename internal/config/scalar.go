package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

var (
	namePattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	headerName   = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	bareWord     = regexp.MustCompile(`^[A-Za-z0-9./]([A-Za-z0-9./_+?=&%:@-]*[A-Za-z0-9./_-])?$`)
	secretHeader = regexp.MustCompile(`(?i)^(authorization|proxy-authorization|cookie|.*(api-?key|token|secret).*)$`)
)

// scalar decodes one value into a field.
func (d *decoder) scalar(key, n *yaml.Node, v reflect.Value, f *field) {
	s, ok := d.raw(key, n, f)
	if !ok {
		return
	}
	x, p := kinds[f.kind].parse(f, s)
	if p != nil {
		d.problem(n, f, p, f.key+": ")
		return
	}
	if v.Type() == lineType {
		v.Set(reflect.ValueOf(Line{Text: s, Pos: d.at(n)}))
		return
	}
	v.Set(reflect.ValueOf(x).Convert(v.Type()))
}

// scalars decodes a list of single values.
func (d *decoder) scalars(n *yaml.Node, v reflect.Value, f *field) {
	if n.Kind != yaml.SequenceNode {
		fix := ""
		if n.Kind == yaml.ScalarNode {
			parts := []string{n.Value}
			if f.kind != "prose" {
				parts = strings.FieldsFunc(n.Value, func(r rune) bool { return r == ',' })
			}
			for i, part := range parts {
				parts[i] = quoteIfNeeded(strings.TrimSpace(part))
			}
			fix = f.key + ": [" + strings.Join(parts, ", ") + "]"
		}
		d.faultAt(n, shape, fmt.Sprintf("%s wants a list", f.key), fix)
		return
	}
	if len(n.Content) == 0 && f.kind == "channel" {
		d.faultAt(n, shape, fmt.Sprintf("there is nothing in %s", f.key), "fill it, or take the line out")
	}
	list := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for _, item := range n.Content {
		if !d.usable(item) {
			continue
		}
		s, ok := d.raw(item, item, f)
		if !ok {
			continue
		}
		x, p := kinds[f.kind].parse(f, s)
		if p != nil {
			d.problem(item, f, p, "")
			continue
		}
		e := reflect.ValueOf(x)
		if v.Type().Elem() == lineType {
			e = reflect.ValueOf(Line{Text: s, Pos: d.at(item)})
		}
		list = reflect.Append(list, e.Convert(v.Type().Elem()))
	}
	v.Set(list)
}

// problem reports what a value's parser said. before leads in the fix.
func (d *decoder) problem(n *yaml.Node, f *field, p *problem, before string) {
	s := shape
	if p.deep {
		s = plain
	}
	fix := f.offer(p)
	switch {
	case fix != "":
		fix = before + fix
	case f.eg != "" || len(f.enum) > 0:
		fix = "for example " + f.sample()
	default:
		fix = "write one, or take the line out"
	}
	d.faultAt(n, s, p.message, fix)
}

// offer is the fix of a problem, if it would be accepted where it is offered;
// else what would, or "". A list may be offered for one of its entries.
func (f *field) offer(p *problem) string {
	for fix, tries := p.fix, 3; fix != "" && tries > 0; fix, tries = p.fix, tries-1 {
		values := []string{unquoted(fix)}
		if f.typ != nil && f.typ.Kind() == reflect.Slice {
			values = strings.Split(values[0], ", ")
		}
		for _, v := range values {
			if _, p = kinds[f.kind].parse(f, v); p != nil {
				break
			}
		}
		switch {
		case p != nil:
		case fix[0] == '"' || len(values) > 1 || bareWord.MatchString(fix):
			return fix
		default:
			return quote(fix)
		}
	}
	return ""
}

// unquoted is the value that is written as s.
func unquoted(s string) string {
	if len(s) > 1 && s[0] == '"' {
		if v, err := strconv.Unquote(s); err == nil {
			return v
		}
	}
	return s
}

// raw returns the text of a single value as it is written, after the checks
// that hold for every kind of value.
func (d *decoder) raw(key, n *yaml.Node, f *field) (string, bool) {
	k := kinds[f.kind]
	if n.Kind != yaml.ScalarNode {
		d.notScalar(n, f)
		return "", false
	}
	if isNull(n) {
		d.null(key, n, f)
		return "", false
	}
	if f.kind != "prose" && strings.ContainsFunc(n.Value, hidden) {
		message, fix := "there is an invisible character in this value", ""
		if one := strings.Join(strings.Fields(n.Value), " "); strings.Contains(n.Value, "\n") && !strings.ContainsFunc(one, hidden) {
			message, fix = f.label()+" is one line", quoteIfNeeded(one)
		}
		d.faultAt(n, f.sightOf(n.Value), message, fix)
		return "", false
	}
	bare := n.Style == 0
	if k.typed != "" {
		return n.Value, d.typed(n, f, k, bare)
	}
	if bare && !k.loose && slices.Contains([]string{"!!int", "!!float", "!!bool"}, n.Tag) {
		if _, p := k.parse(f, n.Value); p == nil {
			d.faultAt(n, shape, fmt.Sprintf("%s without quotes is read as a number", n.Value), f.key+": "+quote(n.Value))
			return "", false
		}
		return n.Value, true
	}
	if bare && !d.asMeant(n, f) {
		return "", false
	}
	return n.Value, true
}

// sightOf says whether the schema refuses a value too.
func (f *field) sightOf(value string) sight {
	if forms[f.kind] != "" && !f.matches(value) {
		return shape
	}
	return plain
}

// hidden reports characters that no one sees and that change what a value is:
// controls, line ends of all kinds, marks of direction.
func hidden(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// typed checks the YAML type of a value that is no text.
func (d *decoder) typed(n *yaml.Node, f *field, k kind, bare bool) bool {
	if bare && (n.Tag == k.typed || k.typed == "!!float" && n.Tag == "!!int") {
		return true
	}
	_, p := k.parse(f, n.Value)
	if p == nil {
		p = wrong(n.Value, "%s stands without quotes", f.key)
	}
	p.deep = false
	d.problem(n, f, p, f.key+": ")
	return false
}

func (d *decoder) notScalar(n *yaml.Node, f *field) {
	is := "a list"
	fix := ""
	switch {
	case n.Kind == yaml.MappingNode && len(n.Content) == 2 && f.typ != nil && f.typ.Kind() == reflect.Slice:
		// "- a: b" in a list of texts.
		text := n.Content[0].Value + ": " + n.Content[1].Value
		d.faultAt(n, shape, "the colon makes this a key with a value, not a text", "- "+quote(text))
		return
	case n.Kind == yaml.MappingNode:
		is = "keys and values"
	case n.Kind == yaml.SequenceNode && len(n.Content) == 1 && n.Content[0].Kind == yaml.ScalarNode:
		fix = f.key + ": " + quoteIfNeeded(n.Content[0].Value)
	}
	d.faultAt(n, shape, fmt.Sprintf("%s wants one value; this is %s", f.key, is), fix)
}

// null reports a value that is missing or is a word that YAML takes for nothing.
func (d *decoder) null(key, n *yaml.Node, f *field) {
	if n.Value == "" {
		if key == n {
			if word, col := d.eaten(n); word != "" {
				d.fault(d.src.pos(n.Line, col), utf8.RuneCountInString(word), shape, "this entry is empty, because everything after # is a comment", "- "+quote(word))
				return
			}
			d.faultAt(n, shape, "this entry is empty", "fill it, or take it out")
			return
		}
		d.nothing(key, n, f)
		return
	}
	fix := ""
	if kinds[f.kind].loose {
		fix = quote(n.Value)
		if key != n {
			fix = f.key + ": " + fix
		}
	}
	d.faultAt(n, shape, fmt.Sprintf("%s without quotes means nothing at all", n.Value), fix)
}

// asMeant checks that a value without quotes is what its writer sees: not in
// curly quotes, and not cut off at a # that was meant as a letter.
func (d *decoder) asMeant(n *yaml.Node, f *field) bool {
	strict := f.kind != "prose" // a headline may hold anything
	if r, _ := utf8.DecodeRuneInString(n.Value); strict && strings.ContainsRune("“”„‟«‘’‚‛", r) && f.kind != "terms" {
		d.faultAt(n, f.sightOf(n.Value), "these are curly quotes, which are part of the text here", quote(strings.Trim(n.Value, "“”„‟«»‘’‚‛")))
		return false
	}
	if strict && strings.ContainsRune(n.Value, '\u00a0') {
		d.faultAt(n, plain, "there is a no-break space in this value; it looks like a blank and is none", quoteIfNeeded(strings.ReplaceAll(n.Value, "\u00a0", " ")))
		return false
	}
	if word := d.cutOff(n); word != "" && (kinds[f.kind].loose || f.kind == "channel") {
		whole := n.Value + " " + word
		d.fault(d.src.pos(n.Line, n.Column+utf8.RuneCountInString(n.Value)), 1+utf8.RuneCountInString(word), plain,
			fmt.Sprintf("%q is left out, because everything after a blank and # is a comment", word), quote(whole)+"   (or a blank after # for a comment)")
		return false
	}
	return true
}

// cutOff returns the comment that follows a plain value, if it looks like a
// part of the value: a # with a letter right behind it.
func (d *decoder) cutOff(n *yaml.Node) string {
	rest := d.rest(n.Line, n.Column)
	after, ok := strings.CutPrefix(rest, n.Value)
	after = strings.TrimLeft(after, " \t")
	if !ok || len(after) < 2 || after[0] != '#' || strings.ContainsAny(after[1:2], " #\t-=!") {
		return ""
	}
	return strings.TrimRight(after, " \t")
}
