// Package configs holds what a desk edits: the operator's file, the feeds, the
// shared word lists, the topics with their tests and the entities. They are real
// and usable as they stand, and Files carries them inside the binary, so that a
// new desk starts from them and a demonstration and the tests run what ships.
//
// The package owns the files and decides nothing: config reads them, match
// compiles them. Start reading at watcherd.yaml, then topics/.
package configs

import "embed"

// Files are the shipped files, with the paths that watcherd.yaml includes them by.
//
//go:embed *.yaml topics/*.yaml entities/*.yaml
var Files embed.FS
