package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"
)

const schemaFile = "../../configs/watcherd.schema.json"

func TestTheCommittedSchemaIsTheOneOfTheCode(t *testing.T) {
	golden(t, schemaFile, Schema())
}

func TestEveryKeyIsExplained(t *testing.T) {
	var walk func(tab *table)
	walk = func(tab *table) {
		for _, f := range tab.fields {
			if len(f.help) < 10 || !strings.HasSuffix(f.help, ".") {
				t.Errorf("%s.%s has no hover text that is a sentence: %q", tab.name, f.key, f.help)
			}
			if f.kind != "" && kinds[f.kind].parse == nil {
				t.Errorf("%s.%s is of an unknown kind %q", tab.name, f.key, f.kind)
			}
			if f.elem != nil {
				walk(f.elem)
			}
		}
	}
	walk(top)
}

// The schema refuses exactly the files in which the checker finds a fault of
// shape: an editor that uses it never says yes or no to what check does not.
func TestSchemaAndCheckerAgreeOnAllFixtures(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("watcherd.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("watcherd.json")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	compared, refused := 0, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := (&decoder{src: newSource(name, text), faults: new(Faults)}); d.scan() != string(text) {
			continue // characters that an editor does not see either
		}
		var n yaml.Node
		if yaml.Unmarshal(text, &n) != nil || len(n.Content) == 0 {
			continue // an editor shows the syntax fault itself
		}
		value, ok := asJSON(n.Content[0])
		if !ok {
			continue
		}
		_, faults := Load(name)
		want := false
		for _, f := range faults {
			want = want || f.sight&shape != 0
		}
		compared++
		err = schema.Validate(value)
		if err != nil {
			refused++
		}
		if want != (err != nil) {
			t.Errorf("%s: the checker finds a fault of shape: %t\n%v\nschema: %v", name, want, faults, err)
		}
	}
	if compared < 100 || refused < 50 {
		t.Errorf("compared %d files, %d refused: too few to prove anything", compared, refused)
	}
}

// asJSON reads a node as editors do, by YAML's core types. It is not ok for
// what has no JSON form.
func asJSON(n *yaml.Node) (any, bool) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		return nil, false
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			v, ok := asJSON(c)
			if !ok {
				return nil, false
			}
			list = append(list, v)
		}
		return list, true
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, ok := asJSON(n.Content[i+1])
			if !ok || n.Content[i].Kind != yaml.ScalarNode || n.Content[i].Tag == "!!merge" {
				return nil, false
			}
			m[n.Content[i].Value] = v
		}
		return m, true
	}
	switch n.Tag {
	case "!!null":
		return nil, true
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), true
	case "!!int":
		i, err := strconv.ParseInt(n.Value, 0, 64)
		return json.Number(strconv.FormatInt(i, 10)), err == nil
	case "!!float":
		_, err := strconv.ParseFloat(n.Value, 64)
		return json.Number(strings.TrimPrefix(n.Value, "+")), err == nil
	}
	return n.Value, true
}
