package feeds

import (
	"bytes"
	"strings"
)

// rawTag is a start tag as it was written, read with patience.
type rawTag struct {
	name  string
	attrs []rawAttr
	empty bool
	end   int
}

type rawAttr struct {
	name  string
	value []byte
}

// readTag reads the start tag at b[i]: attributes without value or quotes, a
// quote or a ">" that was forgotten. ok is false if the document ends in it.
func readTag(b []byte, i int) (t rawTag, ok bool) {
	t.name = tagName(b, i+1)
	j := i + 1 + len(t.name)
	if c := strings.LastIndexByte(t.name, ':'); strings.Count(t.name, ":") > 1 || c == len(t.name)-1 {
		t.name = strings.ReplaceAll(t.name, ":", "_")
	}
	for j < len(b) {
		switch c := b[j]; {
		case c == '>':
			t.end = j + 1
			return t, true
		case c == '<':
			t.end = j
			return t, true
		case c == '/' && j+1 < len(b) && b[j+1] == '>':
			t.empty, t.end = true, j+2
			return t, true
		case !isName(b, j):
			j++
		default:
			var a rawAttr
			a, j = readAttr(b, j)
			if len(t.attrs) <= maxAttrs {
				t.attrs = append(t.attrs, a)
			}
		}
	}
	return t, false
}

// readAttr reads the attribute at b[j].
func readAttr(b []byte, j int) (rawAttr, int) {
	a := rawAttr{name: tagName(b, j)}
	j += len(a.name)
	k := skipBlank(b, j)
	if k == len(b) || b[k] != '=' {
		return a, j
	}
	if k = skipBlank(b, k+1); k == len(b) {
		return a, k
	}
	if b[k] == '"' || b[k] == '\'' {
		if n := bytes.IndexByte(b[k+1:], b[k]); n >= 0 && !brokenQuote(b[k+1:], n) {
			a.value = b[k+1 : k+1+n]
			return a, k + n + 2
		}
		k++
	}
	n := bytes.IndexAny(b[k:], " \t\r\n<>\"'")
	if n < 0 {
		n = len(b) - k
	}
	if n > 0 && b[k+n-1] == '/' && k+n < len(b) && b[k+n] == '>' {
		n--
	}
	a.value = b[k : k+n]
	return a, k + n
}

// brokenQuote reports that the quote at b[n] is not the one that ends the
// value at b[0]: a whole tag lies between them.
func brokenQuote(b []byte, n int) bool {
	lt := bytes.IndexByte(b[:n], '<')
	if lt < 0 {
		return false
	}
	if gt := bytes.IndexByte(b[:n], '>'); gt >= 0 && gt < lt {
		return true
	}
	return n+1 < len(b) && !isBlank(b[n+1]) && b[n+1] != '>' && b[n+1] != '/'
}

// spaces counts the namespace declarations.
func (t *rawTag) spaces() int {
	n := 0
	for _, a := range t.attrs {
		if strings.HasPrefix(a.name, "xmlns") {
			n++
		}
	}
	return n
}

// attr returns an attribute by its name, any case.
func (t *rawTag) attr(name string) string {
	for _, a := range t.attrs {
		if strings.EqualFold(a.name, name) {
			return string(a.value)
		}
	}
	return ""
}

// setXHTML turns an XHTML text into the HTML that it will be once its markup
// is escaped.
func (t *rawTag) setXHTML() bool {
	for i := range t.attrs {
		if a := &t.attrs[i]; a.name == "type" && bytes.Contains(bytes.ToLower(a.value), []byte("xhtml")) {
			a.value = []byte("html")
			return true
		}
	}
	return false
}

// writeTag writes a start tag as XML has it.
func (r *repairer) writeTag(t rawTag) {
	r.out = append(append(r.out, '<'), t.name...)
	for i, a := range t.attrs {
		if strings.Count(a.name, ":") > 1 || strings.HasSuffix(a.name, ":") || hasAttr(t.attrs[:i], a.name) {
			continue
		}
		value := a.value
		if len(r.stack) == 0 && r.kind == kindAtom && a.name == "xmlns" && !isAtomSpace(string(bytes.TrimSpace(value))) {
			value = []byte("http://www.w3.org/2005/Atom")
		}
		r.out = append(append(append(r.out, ' '), a.name...), `="`...)
		r.writeValue(value)
		r.out = append(r.out, '"')
	}
	r.out = append(r.out, '>')
}

func hasAttr(attrs []rawAttr, name string) bool {
	for _, a := range attrs {
		if a.name == name {
			return true
		}
	}
	return false
}

// writeValue writes an attribute's value, at most a link's length of it.
func (r *repairer) writeValue(v []byte) {
	v = cutAt(v, capLink)
	for {
		i := bytes.IndexByte(v, '"')
		if i < 0 {
			break
		}
		r.write(v[:i], false)
		r.out = append(r.out, "&quot;"...)
		v = v[i+1:]
	}
	r.write(v, false)
}

// declaredEntities reads the simple entities of a document type's internal
// subset. What refers elsewhere, to a file or to another entity, is not
// followed: a reference in a value stays as it stands.
func declaredEntities(prolog []byte) map[string]string {
	var found map[string]string
	for len(found) < 64 {
		_, rest, ok := bytes.Cut(prolog, []byte("<!ENTITY"))
		if !ok {
			break
		}
		prolog = rest
		name := tagName(prolog, skipBlank(prolog, 0))
		value := skipBlank(prolog, 0) + len(name)
		value = skipBlank(prolog, value)
		if name == "" || value >= len(prolog) || prolog[value] != '"' && prolog[value] != '\'' {
			continue
		}
		text, _, ok := bytes.Cut(prolog[value+1:], prolog[value:value+1])
		if !ok || len(text) > 1024 {
			continue
		}
		if found == nil {
			found = map[string]string{}
		}
		w := repairer{}
		w.write(text, false)
		found[name] = string(w.out)
	}
	return found
}
