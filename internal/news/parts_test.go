package news

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPartsAreAnObjectOfNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Parts
	}{
		"as written":     {`{"closest":0.413,"hours":12,"names":0,"words":0.52}`, Parts{{"closest", 0.413}, {"hours", 12}, {"names", 0}, {"words", 0.52}}},
		"spaced":         {`{ "closest" : 0.413 }`, Parts{{"closest", 0.413}}},
		"not sorted":     {`{"words":1,"closest":0.5}`, Parts{{"closest", 0.5}, {"words", 1}}},
		"unknown names":  {`{"wörds":1,"x,\"y":-2.5}`, Parts{{"wörds", 1}, {"x,\"y", -2.5}}},
		"nothing in it":  {`{}`, nil},
		"small and huge": {`{"own":0.001,"reports":123456}`, Parts{{"own", 0.001}, {"reports", 123456}}},
	} {
		var got Parts
		if err := json.Unmarshal([]byte(c.text), &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		var m, again map[string]float64
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.text), &m); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, again); len(m) > 0 && d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for _, bad := range []string{`[1]`, `{"a":"b"}`, `{"words":[]}`, `3`} {
		var p Parts
		if err := json.Unmarshal([]byte(bad), &p); err == nil {
			t.Errorf("%s is read as %v", bad, p)
		}
	}
	// Written as a map would be, byte for byte.
	p := Parts{{"closest", 0.1}, {"copy", 0}, {"numbers", 3}, {"words", 0.999}}
	b, _ := json.Marshal(p)
	m, _ := json.Marshal(map[string]float64{"closest": 0.1, "copy": 0, "numbers": 3, "words": 0.999})
	if string(b) != string(m) {
		t.Errorf("%s, as a map %s", b, m)
	}
}
