package config

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// table is what one kind of mapping may hold, made from the tags of a struct.
// The checker, the suggestions and the JSON Schema all read it.
type table struct {
	typ    reflect.Type
	name   string // the key that the mapping stands under; "" at the top level
	fields []field
	langs  *field // takes two-letter language keys; nil if they are not allowed
}

// field is one key of a mapping.
type field struct {
	key      string
	index    int
	kind     string
	enum     []string
	also     []string // what people write instead
	min, max string
	need     bool // must be there
	optional bool // may be ""
	keyed    bool // a mapping from names to elements
	short    bool // may be a bare list of terms instead of a mapping
	single   bool // may be one element instead of a list
	help, eg string
	typ      reflect.Type
	elem     *table // of the mapping, or of the elements
}

var (
	top = newTable(reflect.TypeFor[Config](), "")

	lineType     = reflect.TypeFor[Line]()
	langsType    = reflect.TypeFor[[]LangTerms]()
	durationType = reflect.TypeFor[time.Duration]()
)

// newTable reads the tags of a struct, and of the structs in it.
func newTable(t reflect.Type, name string) *table {
	tab := &table{typ: t, name: name}
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Tag == "" {
			continue
		}
		f := field{
			key: sf.Tag.Get("yaml"), index: i, kind: sf.Tag.Get("kind"), typ: sf.Type,
			enum: split(sf.Tag.Get("enum")), also: split(sf.Tag.Get("also")),
			min: sf.Tag.Get("min"), max: sf.Tag.Get("max"), help: sf.Tag.Get("help"), eg: sf.Tag.Get("eg"),
			need: sf.Tag.Get("need") != "", optional: sf.Tag.Get("optional") != "",
			keyed: sf.Tag.Get("keyed") != "", short: sf.Tag.Get("short") != "", single: sf.Tag.Get("single") != "",
		}
		if sf.Tag.Get("langs") != "" {
			f.kind = "terms"
			tab.langs = &f
			continue
		}
		if f.kind == "" {
			st := sf.Type
			if st.Kind() == reflect.Slice {
				st = st.Elem()
			}
			f.elem = newTable(st, f.key)
		}
		tab.fields = append(tab.fields, f)
	}
	return tab
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// find returns the field of a key, or nil.
func (t *table) find(key string) *field {
	for i := range t.fields {
		if t.fields[i].key == key {
			return &t.fields[i]
		}
	}
	if t.langs != nil && isLang(key) {
		return t.langs
	}
	return nil
}

// has reports whether the key is known here or anywhere below.
func (t *table) has(key string) bool {
	return t.find(key) != nil || slices.ContainsFunc(t.fields, func(f field) bool { return f.elem != nil && f.elem.has(key) })
}

// keys lists the keys in the order in which they are explained.
func (t *table) keys() []string {
	keys := make([]string, len(t.fields))
	for i, f := range t.fields {
		keys[i] = f.key
	}
	return keys
}

// meant returns the key that a foreign or differently written one stands for.
func (t *table) meant(key string) string {
	word := strings.ToLower(strings.Trim(key, "“”„\"'‘’«»\u00a0 "))
	word = strings.NewReplacer("-", "_", " ", "_").Replace(word)
	if t.find(word) != nil {
		return word
	}
	for _, f := range t.fields {
		if slices.Contains(f.also, word) {
			return f.key
		}
	}
	return ""
}

// sample is a line that shows how the field is written.
func (f *field) sample() string {
	switch {
	case f.kind == "terms":
		return f.key + ": term"
	case f.eg != "" && (f.typ.Kind() != reflect.Slice || f.typ == durationType):
		if bareWord.MatchString(f.eg) {
			return f.key + ": " + f.eg
		}
		return f.key + ": " + quote(f.eg)
	case f.eg != "":
		return f.key + ": [" + quoteIfNeeded(f.eg) + "]"
	case len(f.enum) > 0:
		return f.key + ": " + f.enum[0]
	}
	return f.key + ": ..."
}

// sample is a line that shows how a mapping of this kind begins.
func (t *table) sample() string {
	for _, f := range t.fields {
		if f.kind != "" && f.key != "name" || f.need {
			return f.sample()
		}
	}
	return t.fields[0].sample()
}

// home returns the path of a key that exists elsewhere, as "slack", or "".
func (t *table) home(key string) string {
	for i := range t.fields {
		f := &t.fields[i]
		if f.elem != nil && f.elem.find(key) != nil && !isLang(key) {
			return f.key
		}
	}
	return ""
}

// isList reports whether a key's value is a list of elements or a mapping of
// them by name, as opposed to a setting.
func (f *field) isList() bool { return f.elem != nil && f.typ.Kind() == reflect.Slice }
