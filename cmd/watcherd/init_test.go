package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInitAsksAgainUntilItUnderstands(t *testing.T) {
	packs := []string{"arms-control", "nato", "sanctions"}
	tests := map[string]struct {
		answers string
		want    starter
		again   int // questions asked a second time
	}{
		"three answers":            {"nato, sanctions\ndesk\nEurope/Kyiv\n", starter{topics: []string{"nato", "sanctions"}, channel: "#desk", timezone: "Europe/Kyiv"}, 0},
		"nothing but line ends":    {"\n\n\n", starter{timezone: localZone()}, 0},
		"the defaults, typed":      {"all\none per topic\n" + localZone() + "\n", starter{timezone: localZone()}, 0},
		"slips":                    {"nata\nnato\n#Desk Room\n#desk\nBrussels\nEurope/Brussels\n", starter{topics: []string{"nato"}, channel: "#desk", timezone: "Europe/Brussels"}, 3},
		"an end before the answer": {"nato\n", starter{topics: []string{"nato"}, timezone: localZone()}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			a := &app{stdin: strings.NewReader(tt.answers), stdout: &out}
			var got starter
			if err := a.interview(&got, packs); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, cmp.AllowUnexported(starter{})); d != "" {
				t.Error(d)
			}
			if n := strings.Count(out.String(), "]: ") - 3; n != tt.again {
				t.Errorf("%d questions again, want %d:\n%s", n, tt.again, out.String())
			}
			if err := got.check(packs); err != nil {
				t.Error(err)
			}
		})
	}
}
