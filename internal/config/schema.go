package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

//go:generate go test -run Schema -update .

// object is a part of a JSON Schema. Its keys come out in the order of the
// alphabet, so that the file is stable.
type object map[string]any

// Schema is the JSON Schema (draft-07) of a config file, for editors that
// complete and check while typing. It comes from the table that the checker
// uses; what only the checker can see (names that refer to nothing, things
// that stand twice) is not in it.
func Schema() []byte {
	s := schemaOf(top, reflect.ValueOf(Default()).Elem())
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["$id"] = "https://github.com/watcherd/watcherd/configs/watcherd.schema.json"
	s["title"] = "watcherd"
	s["description"] = "A file of a watcherd desk: the main file, or one that it includes."
	s["definitions"] = object{
		"terms": object{"anyOf": []any{
			object{"type": looseTypes, "minLength": 1},
			object{"type": "array", "minItems": 1, "items": object{"type": looseTypes, "minLength": 1}},
		}},
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic(fmt.Sprintf("config: schema: %v", err)) // plain maps, texts and numbers always encode
	}
	return b.Bytes()
}

var looseTypes = []string{"string", "number", "boolean"}

// schemaOf describes a mapping. def holds the default values; it may be invalid.
func schemaOf(t *table, def reflect.Value) object {
	props := object{}
	var need []string
	for i := range t.fields {
		f := &t.fields[i]
		var d reflect.Value
		if def.IsValid() {
			d = def.Field(f.index)
		}
		props[f.key] = schemaField(f, d)
		if f.need {
			need = append(need, f.key)
		}
	}
	s := object{"type": "object", "properties": props, "additionalProperties": false}
	if len(need) > 0 {
		s["required"] = need
	}
	if t.langs != nil {
		s["patternProperties"] = object{`^[a-z]{2}$`: object{"$ref": "#/definitions/terms", "description": t.langs.help}}
	}
	return s
}

func schemaField(f *field, def reflect.Value) object {
	var s object
	switch {
	case f.elem != nil && f.isList():
		s = schemaList(f)
	case f.elem != nil && f.short:
		s = object{"anyOf": []any{object{"$ref": "#/definitions/terms"}, schemaOf(f.elem, def)}}
	case f.elem != nil:
		s = schemaOf(f.elem, def)
	case f.kind == "terms":
		// draft-07 ignores what stands beside a $ref, a description too.
		s = object{"allOf": []any{object{"$ref": "#/definitions/terms"}}}
	case f.typ.Kind() == reflect.Map:
		item := schemaKind(f)
		s = object{"type": "object", "additionalProperties": item, "propertyNames": object{"pattern": headerName.String()}}
	case f.typ.Kind() == reflect.Slice && f.typ != durationType:
		s = object{"type": "array", "items": schemaKind(f)}
		if f.kind == "channel" {
			s["minItems"] = 1
		}
	default:
		s = schemaKind(f)
		if x, ok := defaultOf(def); ok {
			s["default"] = x
		}
	}
	s["description"] = f.help
	return s
}

func schemaList(f *field) object {
	def := newElement(f.elem)
	item := schemaOf(f.elem, def)
	if !f.keyed {
		list := object{"type": "array", "items": item}
		if f.single {
			return object{"anyOf": []any{list, item}}
		}
		return list
	}
	if f.short {
		item = object{"anyOf": []any{object{"$ref": "#/definitions/terms"}, item}}
	}
	return object{"type": "object", "additionalProperties": item, "propertyNames": object{"pattern": namePattern.String()}}
}

// schemaKind describes one value.
func schemaKind(f *field) object {
	s := object{"type": "string"}
	switch k := kinds[f.kind]; {
	case f.kind == "bool":
		return object{"type": "boolean"}
	case f.kind == "count":
		return bounds(object{"type": "integer"}, f)
	case f.kind == "number":
		return bounds(object{"type": "number"}, f)
	case f.kind == "word":
		s["enum"] = f.enum
	case f.kind == "day":
		s["enum"] = dayWords
	case k.loose:
		s["type"] = looseTypes
		if !f.optional {
			s["minLength"] = 1
		}
	}
	if form := forms[f.kind]; form != "" {
		if f.optional {
			form = "^$|" + form
		}
		s["pattern"] = form
	}
	if f.eg != "" {
		s["examples"] = []string{f.eg}
	}
	return s
}

func bounds(s object, f *field) object {
	if f.min != "" {
		s["minimum"] = json.Number(f.min)
	}
	if f.max != "" {
		s["maximum"] = json.Number(f.max)
	}
	return s
}

// defaultOf writes a default value as a file would.
func defaultOf(v reflect.Value) (any, bool) {
	if !v.IsValid() || v.IsZero() && v.Kind() != reflect.Bool {
		return nil, false
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return durationText(x), true
	case Size:
		return sizeText(x), true
	case string:
		// The state folder's default depends on the environment.
		return x, x != defaultStateDir(func(string) string { return "" }) && x != Default().StateDir
	case bool, int, float64:
		return x, true
	}
	return nil, false
}

// durationText writes a duration in its largest whole unit.
func durationText(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d >= u.unit && d%u.unit == 0 {
			return fmt.Sprintf("%d%s", d/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%dms", d.Milliseconds())
}

func sizeText(s Size) string {
	for _, u := range []struct {
		unit Size
		name string
	}{{terabyte, "TB"}, {gigabyte, "GB"}, {megabyte, "MB"}, {kilobyte, "KB"}} {
		if s >= u.unit && s%u.unit == 0 {
			return fmt.Sprintf("%d%s", s/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%dB", s)
}
