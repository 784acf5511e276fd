package daemon

import (
	"strings"
	"testing"
)

// Some editors begin a file with an invisible mark and end lines with two.
func TestItemsOfAnyEditorAreRead(t *testing.T) {
	past, err := ReadItems(testRules(t, t.TempDir(), "topics: {a: {any: NATO}}\n"), strings.NewReader("\ufeff{\"title\":\"One\"}\r\n \r\n{\"title\":\"Two\"}\r\n"), "x.jsonl")
	if err != nil || len(past) != 2 || past[0].Item.Title != "One" {
		t.Errorf("got %d items, %v", len(past), err)
	}
}
