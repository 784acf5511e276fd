package news

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

// Parts are what a likeness was made of, sorted by name. In JSON they are an
// object. Every placed item has them, and a map would take far more of the time
// and memory of placing, storing and reading it.
type Parts []Part

// Part is one figure of a likeness.
type Part struct {
	Name  string
	Value float64
}

// MarshalJSON writes an object of the parts by name.
func (p Parts) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 24*len(p)+2), '{')
	for i, x := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, x.Name)
		b = strconv.AppendFloat(append(b, ':'), x.Value, 'g', -1, 64)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads an object of numbers.
func (p *Parts) UnmarshalJSON(b []byte) error {
	if q, ok := plainParts(b); ok {
		*p = q
		return nil
	}
	var m map[string]float64
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*p = nil
	for name, v := range m {
		*p = append(*p, Part{name, v})
	}
	slices.SortFunc(*p, func(a, b Part) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// plainParts reads what MarshalJSON writes.
func plainParts(b []byte) (Parts, bool) {
	n := bytes.Count(b, []byte(","))
	if len(b) < 5 || b[0] != '{' || b[len(b)-1] != '}' || n > 100 {
		return nil, false
	}
	p := make(Parts, 0, n+1)
	for rest := b[1 : len(b)-1]; len(rest) > 0; {
		field, more, _ := bytes.Cut(rest, []byte(","))
		rest = more
		name, number, ok := bytes.Cut(field, []byte(":"))
		if !ok || len(name) < 3 || name[0] != '"' || name[len(name)-1] != '"' {
			return nil, false
		}
		x := Part{Name: known(name[1 : len(name)-1])}
		v, err := strconv.ParseFloat(string(number), 64)
		if x.Name == "" || err != nil || len(p) > 0 && p[len(p)-1].Name >= x.Name {
			return nil, false
		}
		x.Value = v
		p = append(p, x)
	}
	return p, true
}

// partNames are those that package story gives.
var partNames = [...]string{"closest", "copy", "covered", "hours", "names", "numbers", "own", "reports", "rival", "words"}

// known gives the name without a copy; "" for any other.
func known(name []byte) string {
	for _, n := range partNames {
		if string(name) == n {
			return n
		}
	}
	return ""
}
