package feeds

import (
	"fmt"
	"strings"
)

// The limits of markup. Real feeds stay far under them; beyond, parsers eat
// memory, time or the whole stack. They hold in the scan, which reads clean
// documents, and in the repair, which rewrites the others.
const (
	maxDepth   = 256
	maxAttrs   = 256
	maxSpaces  = 64      // namespace declarations in scope
	maxItems   = 2000    // more are left out, from the middle
	keepFirst  = 1500    // of them from the top
	maxTags    = 120_000 // start tags that a parser is given
	maxTagWork = 4 << 20 // tags, each times the namespaces in its scope
	maxText    = 1 << 20 // one piece of text in bytes; longer ones are cut by the repair
	maxAppend  = 8 << 20 // bytes that a parser would copy to put scattered text together
)

// limits holds an element against the limits of markup.
func limits(depth, attrs, spaces int) error {
	switch {
	case depth > maxDepth:
		return hostile("elements are nested more than %d deep", maxDepth)
	case attrs > maxAttrs:
		return hostile("a tag has more than %d attributes", maxAttrs)
	case spaces > maxSpaces:
		return hostile("more than %d namespaces are declared over one another", maxSpaces)
	}
	return nil
}

func hostile(format string, args ...any) error {
	return &Error{Class: ClassHostileMarkup, Message: fmt.Sprintf(format, args...) + "; nothing of the document is used"}
}

// isTextField reports the elements whose content is one text, markup in it
// included.
func isTextField(name string) bool {
	switch strings.ToLower(name) {
	case "title", "link", "description", "guid", "pubdate", "comments", "summary", "content", "id", "updated", "published",
		"issued", "modified", "created", "subtitle", "tagline", "rights", "copyright", "info", "generator", "name", "email", "uri", "url",
		"language", "managingeditor", "webmaster", "lastbuilddate", "ttl", "docs", "rating", "hour", "day", "abstract", "encoded", "fulltext":
		return true
	}
	return false
}
