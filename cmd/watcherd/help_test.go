package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestHelpFitsATerminalAndShowsAnExample keeps every help readable at 80
// columns. What cobra says of completion is its own affair.
func TestHelpFitsATerminalAndShowsAnExample(t *testing.T) {
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: &out}
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		out.Reset()
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%s --help has a line of %d columns:\n%s", c.CommandPath(), n, line)
			}
		}
		if c.HasParent() && c.Example == "" {
			t.Errorf("%s --help has no example", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			if sub.Name() != "completion" {
				look(sub)
			}
		}
	}
	root := a.root()
	root.SetOut(&out)
	look(root)
}
