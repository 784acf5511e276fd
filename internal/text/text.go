// Package text turns what publishers send into what a reader sees, and tells
// words apart in it. It owns the normal form of an item's text (Plain, Title),
// the one fold under which rules and text are compared (Fold, Step), the walk
// over words (Words), the knowledge of donation appeals and newsletter lines
// (Appeals), the units in which boilerplate is learned (Blocks) and the guess
// of a language (Lang). It knows nothing of items, rules or feeds.
//
// Start reading at Plain; the letters that everything else stands on are in
// Step.
package text

// Range is a half-open range of bytes [Start, End) of a string.
type Range struct{ Start, End int }

// Block is a piece of text with a hash of its folded words. Two blocks with
// the same words have the same hash, whatever their case, accents, blanks and
// punctuation.
type Block struct {
	Range
	Hash uint64
}
