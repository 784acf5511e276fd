package config

import (
	"fmt"
	"reflect"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// list decodes a list of mappings.
func (d *decoder) list(key, n *yaml.Node, v reflect.Value, f *field) {
	if f.single && n.Kind == yaml.MappingNode {
		e := newElement(f.elem)
		d.structure(n, e, f.elem, d.at(key))
		v.Set(reflect.Append(v, e))
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.notA(n, "a list, each entry with a dash", f.key, "- "+f.elem.sample())
		return
	}
	for _, item := range n.Content {
		if !d.usable(item) {
			continue
		}
		if isNull(item) {
			d.faultAt(item, shape, "this entry is empty", "take the dash out")
			continue
		}
		if item.Kind == yaml.ScalarNode {
			d.bareEntry(item, f)
			continue
		}
		if item.Kind == yaml.SequenceNode {
			d.faultAt(item, shape, fmt.Sprintf("an entry of %s has keys; this is a list within the list", f.key), "one dash: - "+f.elem.sample())
			continue
		}
		e := newElement(f.elem)
		d.structure(item, e, f.elem, d.at(item))
		v.Set(reflect.Append(v, e))
	}
}

// bareEntry reports an entry of a list that has no keys, and finds out why.
func (d *decoder) bareEntry(item *yaml.Node, f *field) {
	key, value, _ := strings.Cut(item.Value, ":")
	switch {
	case f.elem.find(key) != nil && value != "":
		d.faultAt(item, shape, "there is no blank after the colon", "- "+key+": "+strings.TrimSpace(value))
	case f.key == "feeds" && strings.Contains(item.Value, "://"):
		d.faultAt(item, shape, "an entry of feeds has keys", "- url: "+item.Value)
	default:
		d.faultAt(item, shape, fmt.Sprintf("an entry of %s has keys", f.key), "- "+f.elem.sample())
	}
}

// named decodes a mapping from names to elements, keeping the order.
func (d *decoder) named(n *yaml.Node, v reflect.Value, f *field) {
	if n.Kind != yaml.MappingNode {
		d.notA(n, "names, each with a colon and what belongs to it", f.key, "name:")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, item := n.Content[i], n.Content[i+1]
		if !d.plainKey(key) {
			continue
		}
		d.name(key, f)
		if !d.usable(item) {
			continue
		}
		e := newElement(f.elem)
		e.FieldByName("Key").SetString(key.Value)
		place := e.Field(0).Addr().Interface().(*Place)
		place.Pos = d.at(key)
		if f.short && item.Kind != yaml.MappingNode {
			d.short(key, item, e)
		} else if isNull(item) {
			place.spoilt = true
			d.nothing(key, item, &field{key: key.Value})
		} else {
			d.structure(item, e, f.elem, d.at(key))
		}
		v.Set(reflect.Append(v, e))
	}
}

// short decodes a bare list of terms into an element that may be written so.
func (d *decoder) short(key, n *yaml.Node, v reflect.Value) {
	place := v.Field(0).Addr().Interface().(*Place)
	place.Pos = d.at(key)
	place.keys = append(place.keys, keyPos{key: "any", pos: d.at(n)})
	v.FieldByName("Any").Set(reflect.ValueOf(d.terms(key, n)))
}

// name checks the name of an element: rules refer to it.
func (d *decoder) name(key *yaml.Node, f *field) {
	if namePattern.MatchString(key.Value) {
		return
	}
	var b strings.Builder
	for _, r := range strings.ToLower(key.Value) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	d.faultAt(key, shape, fmt.Sprintf("a name in %s is made of small letters a to z, digits and dashes", f.key), orNothing(strings.Trim(b.String(), "-"), ":"))
}

func newElement(t *table) reflect.Value {
	e := reflect.New(t.typ)
	if x, ok := reflect.TypeAssert[interface{ defaults() }](e); ok {
		x.defaults()
	}
	return e.Elem()
}

// headers decodes a mapping from header names to values.
func (d *decoder) headers(n *yaml.Node, v reflect.Value, f *field) {
	if n.Kind != yaml.MappingNode {
		d.notA(n, "header names and values", f.key, "{Accept-Language: en}")
		return
	}
	m := make(map[string]string)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if !d.plainKey(key) || !d.usable(val) {
			continue
		}
		var s string
		d.scalar(key, val, reflect.ValueOf(&s).Elem(), &field{key: key.Value, kind: f.kind})
		switch _, twice := m[key.Value]; {
		case twice:
			d.faultAt(key, plain, fmt.Sprintf("%s stands twice here", key.Value), "take one of them out")
		case !headerName.MatchString(key.Value):
			d.faultAt(key, shape, fmt.Sprintf("%q is not a header's name", key.Value), "for example Accept-Language")
		case f.kind == "header" && secretHeader.MatchString(key.Value):
			d.faultAt(key, plain, fmt.Sprintf("%s is a secret and does not stand in this file", key.Value), fmt.Sprintf("header_files: {%s: FILE}", key.Value))
		case strings.ContainsAny(s, "\r\n"):
			d.faultAt(val, plain, "a header's value is one line", strings.Join(strings.Fields(s), " "))
		}
		m[key.Value] = s
	}
	v.Set(reflect.ValueOf(m))
}
