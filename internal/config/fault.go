package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Line and Col count from 1, Col in Unicode code
// points. Line 0 means the file as a whole.
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// String is file:line:column, as compilers write it.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// see names another place, as seen from p.
func (p Pos) see(other Pos) string {
	if p.File == other.File {
		return fmt.Sprintf("in line %d", other.Line)
	}
	return "at " + other.String()
}

// Place says where an element stands and where its values are written. The
// zero Place belongs to elements that come from no file.
type Place struct {
	Pos    Pos `json:"-"`
	keys   []keyPos
	spoilt bool // could not be read: what it lacks is no fault of its own
}

type keyPos struct {
	key string
	pos Pos
}

// At is the place of the value of a key as it is written in the file, or the
// element's own place if the file does not have the key.
func (p Place) At(key string) Pos {
	for _, k := range p.keys {
		if k.key == key {
			return k.pos
		}
	}
	return p.Pos
}

// Has reports whether the file gives the key.
func (p Place) Has(key string) bool {
	return slices.ContainsFunc(p.keys, func(k keyPos) bool { return k.key == key })
}

// terms reports whether the file gives the element terms of any kind.
func (p Place) terms() bool {
	return p.spoilt || slices.ContainsFunc(p.keys, func(k keyPos) bool { return k.key == "any" || k.key == "all" || isLang(k.key) })
}

// Fault is something wrong at a place, in an editor's words.
type Fault struct {
	Pos
	Len     int    `json:"len,omitempty"` // in code points; 0 if not known
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Warning bool   `json:"warning,omitempty"` // worth a look, refuses nothing

	src   *source
	sight sight
}

// sight says who else could see a fault.
type sight uint8

const (
	plain   sight = iota
	shape         // the JSON Schema sees it too
	absence       // something is missing: not to be trusted where a part of a file could not be read
)

// Error is the fault on one line, without its excerpt.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Pos.String())
	b.WriteString(": ")
	if f.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(f.Message)
	return b.String()
}

// Faults are all faults of one run, in the order of the files.
type Faults []Fault

// Bad reports whether any fault refuses the config; warnings alone do not.
func (fs Faults) Bad() bool {
	return slices.ContainsFunc(fs, func(f Fault) bool { return !f.Warning })
}

// Err is nil unless the faults refuse the config.
func (fs Faults) Err() error {
	if !fs.Bad() {
		return nil
	}
	return fs
}

// Error is every fault on its own line, without excerpts.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Fault makes a fault of something found later, such as a term that does not
// compile. It prints like those of the checker.
func (c *Config) Fault(pos Pos, length int, message, fix string) Fault {
	f := Fault{Pos: pos, Len: length, Message: message, Fix: fix}
	for _, s := range c.sources {
		if s.name == pos.File {
			f.src = s
		}
	}
	return f
}

// Sort puts faults in the order of the files, the main file first, and drops
// what is said twice of one place.
func (c *Config) Sort(fs Faults) Faults {
	rank := make(map[string]int, len(c.sources))
	for i, s := range c.sources {
		rank[s.name] = i
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(rank[a.File], rank[b.File]),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
		)
	})
	return slices.CompactFunc(fs, func(a, b Fault) bool { return a.Pos == b.Pos && a.Message == b.Message })
}
