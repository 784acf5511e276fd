package feeds

import (
	"bytes"
	"strings"
)

// span is an item's place in a document: from its start tag to behind its end
// tag, and the start tags seen before it.
type span struct{ start, end, tags int }

// outline is what a scan learns of a document.
type outline struct {
	fault string // the first thing that must be repaired; "" if nothing
	items []span
	end   int // behind the root element
	tags  int
	work  int
	bases bool // xml:base occurs
	langs bool // xml:lang occurs below the root
	about bool // rdf:about occurs
}

// opened is an element that the scan is in.
type opened struct {
	name   []byte
	spaces int  // namespace declarations in scope
	text   int  // bytes of its own text so far
	pieces int  // in how many pieces
	ext    bool // outside the feed's own vocabulary: parsed into a tree
	field  bool // in a text field of the feed: copied as it stands
}

// scanner reads a document strictly and once. What it accepts, an XML parser
// reads in the same way; at the first doubt it stops with a fault.
type scanner struct {
	b      []byte
	i      int
	kind   kind
	item   string // local name of an item
	prefix string // of the root element

	stack  []opened
	inItem int // depth of the item being read; 0 outside
	copied int
	out    outline
}

// scan checks the document whose root element begins at b[0]. Markup that is
// made to exhaust a parser is an error.
func scan(b []byte, k kind) (outline, error) {
	s := scanner{b: b, kind: k, item: k.item(), stack: make([]opened, 0, 16)}
	root := tagName(b, 1)
	if c := strings.IndexByte(root, ':'); c >= 0 {
		s.prefix = root[:c+1]
	}
	s.out.items = make([]span, 0, 32)
	for s.out.fault == "" && s.out.end == 0 {
		if err := s.step(); err != nil {
			return s.out, err
		}
	}
	return s.out, nil
}

func (s *scanner) fault(what string) error {
	s.out.fault = what
	return nil
}

// step reads the text up to the next markup and that markup.
func (s *scanner) step() error {
	j := bytes.IndexByte(s.b[s.i:], '<')
	if j < 0 {
		return s.fault("the document ends in the middle")
	}
	if j > 0 {
		if fault := textFault(s.b[s.i : s.i+j]); fault != "" {
			return s.fault(fault)
		}
		s.text(j)
		s.i += j
	}
	if s.i+1 == len(s.b) {
		return s.fault("the document ends in the middle")
	}
	switch s.b[s.i+1] {
	case '/':
		return s.endTag()
	case '!':
		return s.declaration()
	case '?':
		end := after(s.b, s.i+2, "?>")
		if bytes.HasPrefix(s.b[s.i:], []byte("<?xml")) && s.i+5 < len(s.b) && isBlank(s.b[s.i+5]) {
			return s.fault("an XML declaration inside the document")
		}
		s.i = end
		return nil
	}
	return s.startTag()
}

// text counts a piece of text of n bytes in the innermost element.
func (s *scanner) text(n int) {
	if n > maxText {
		s.out.fault = "a piece of text is too long"
		return
	}
	if len(s.stack) == 0 {
		return
	}
	top := &s.stack[len(s.stack)-1]
	top.text += n
	if top.pieces++; top.pieces > 1 && top.ext {
		if s.copied += top.text; s.copied > maxAppend {
			s.out.fault = "text in too many pieces"
		}
	}
}

// declaration reads a comment or a CDATA section.
func (s *scanner) declaration() error {
	rest := s.b[s.i:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		j := bytes.Index(rest[4:], []byte("--"))
		if j < 0 || 4+j+2 >= len(rest) || rest[4+j+2] != '>' {
			return s.fault("a broken comment")
		}
		s.i += 4 + j + 3
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		j := bytes.Index(rest[9:], []byte("]]>"))
		if j < 0 {
			return s.fault("CDATA without end")
		}
		s.text(j)
		s.i += 9 + j + 3
	default:
		return s.fault("a declaration inside the document")
	}
	return nil
}

// endTag closes the innermost element.
func (s *scanner) endTag() error {
	start := s.i + 2
	j := start
	for j < len(s.b) && isNameByte(s.b[j]) {
		j++
	}
	name := s.b[start:j]
	j = skipBlank(s.b, j)
	n := len(s.stack)
	if n == 0 || j == len(s.b) || s.b[j] != '>' || !bytes.Equal(name, s.stack[n-1].name) {
		return s.fault("tags that do not match")
	}
	s.i = j + 1
	s.close()
	return nil
}

func (s *scanner) close() {
	n := len(s.stack)
	if n == s.inItem {
		s.out.items[len(s.out.items)-1].end = s.i
		s.inItem = 0
	}
	s.stack = s.stack[:n-1]
	if n == 1 {
		s.out.end = s.i
	}
}

// startTag reads a start tag with its attributes.
func (s *scanner) startTag() error {
	start := s.i
	j := start + 1
	if !isName(s.b, j) {
		return s.fault("a naked <")
	}
	colons := 0
	for j < len(s.b) && isNameByte(s.b[j]) {
		if s.b[j] == ':' {
			colons++
		}
		j++
	}
	el := opened{name: s.b[start+1 : j]}
	if colons > 1 {
		return s.fault("a tag name with several colons")
	}
	j, attrs, empty := s.attributes(j)
	if s.out.fault != "" {
		return nil
	}
	s.i = j
	return s.open(el, start, attrs, empty)
}

// tally is what counts of a tag's attributes.
type tally struct {
	n, spaces int
	redefines bool // the default namespace
	foreign   bool // to one that is not Atom's
}

// attributes reads attributes from j on to behind the tag's end.
func (s *scanner) attributes(j int) (end int, t tally, empty bool) {
	b := s.b
	for {
		k := skipBlank(b, j)
		if k == len(b) {
			s.out.fault = "the document ends in the middle"
			return k, t, false
		}
		switch {
		case b[k] == '>':
			return k + 1, t, false
		case b[k] == '/' && k+1 < len(b) && b[k+1] == '>':
			return k + 2, t, true
		case k == j || !isName(b, k):
			s.out.fault = "a broken tag"
			return k, t, false
		}
		start := k
		for k < len(b) && isNameByte(b[k]) {
			k++
		}
		name := b[start:k]
		if k = skipBlank(b, k); k == len(b) || b[k] != '=' {
			s.out.fault = "an attribute without value"
			return k, t, false
		}
		k = skipBlank(b, k+1)
		if k == len(b) || b[k] != '"' && b[k] != '\'' {
			s.out.fault = "an attribute without quotes"
			return k, t, false
		}
		n := bytes.IndexByte(b[k+1:], b[k])
		if n < 0 {
			s.out.fault = "a quote without end"
			return k, t, false
		}
		value := b[k+1 : k+1+n]
		if bytes.IndexByte(value, '<') >= 0 {
			s.out.fault = "a < in an attribute"
			return k, t, false
		}
		if s.out.fault = textFault(value); s.out.fault != "" {
			return k, t, false
		}
		j = k + n + 2
		t.n++
		s.count(name, value, &t)
	}
}

// count notes the attributes that matter for a document as a whole.
func (s *scanner) count(name, value []byte, t *tally) {
	switch {
	case bytes.HasPrefix(name, []byte("xmlns")):
		t.spaces++
		if len(name) == 5 {
			t.redefines = true
			t.foreign = !isAtomSpace(string(bytes.TrimSpace(value)))
		}
	case len(name) == 8 && string(name) == "xml:base":
		s.out.bases = true
	case len(name) == 8 && string(name) == "xml:lang":
		s.out.langs = s.out.langs || len(s.stack) > 0
	case bytes.HasSuffix(name, []byte("about")):
		s.out.about = true
	}
}

func isAtomSpace(space string) bool {
	return space == "" || space == "http://www.w3.org/2005/Atom" || space == "http://purl.org/atom/ns#"
}

// open enters an element within the limits.
func (s *scanner) open(el opened, start int, t tally, empty bool) error {
	depth := len(s.stack)
	el.spaces = t.spaces
	if depth > 0 {
		up := &s.stack[depth-1]
		el.spaces += up.spaces
		el.field = up.field
		el.ext = !el.field && (up.ext || depth > 1 && t.redefines || s.prefixed(el.name))
	} else if s.kind == kindAtom && t.foreign {
		return s.fault("an unknown Atom namespace")
	}
	if err := limits(depth+1, t.n, el.spaces); err != nil {
		return err
	}
	if !el.field && !el.ext && depth > 0 && isTextField(string(el.name[len(s.prefix)*btoi(s.hasPrefix(el.name)):])) {
		el.field = true
	}
	s.out.tags++
	if s.out.work += 1 + el.spaces; s.inItem == 0 && depth > 0 && s.isItem(el.name) {
		s.out.items = append(s.out.items, span{start: start, tags: s.out.tags - 1})
		s.inItem = depth + 1
	}
	s.stack = append(s.stack, el)
	if empty {
		s.close()
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *scanner) hasPrefix(name []byte) bool {
	return s.prefix != "" && bytes.HasPrefix(name, []byte(s.prefix))
}

// prefixed reports a name outside the root's own vocabulary.
func (s *scanner) prefixed(name []byte) bool {
	return bytes.IndexByte(name, ':') >= 0 && !s.hasPrefix(name)
}

func (s *scanner) isItem(name []byte) bool {
	if s.hasPrefix(name) {
		name = name[len(s.prefix):]
	}
	return len(name) == len(s.item) && bytes.EqualFold(name, []byte(s.item))
}
