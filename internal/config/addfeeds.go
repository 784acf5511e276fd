package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// AddFeeds puts feeds at the end of the list of feeds in the text of a file,
// with nothing else in it changed: comments, order and blank lines stay. Feeds
// that the file has already, or that are given twice, are left out. A file
// with faults is refused, since its list might end elsewhere than it seems.
func AddFeeds(src []byte, feeds []Feed) ([]byte, error) {
	if strings.TrimSpace(string(src)) == "" {
		src = []byte("feeds:\n")
	}
	text := string(src)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	d := &decoder{src: newSource("", []byte(text)), faults: new(Faults)}
	root := d.parse(d.scan())
	if root == nil || len(d.src.blanked) > 0 || d.faults.Bad() {
		return nil, fmt.Errorf("add feeds: the file is broken: %w", d.faults.first())
	}
	fresh := d.fresh(root, feeds)
	if len(fresh) == 0 {
		return src, nil
	}
	out, err := d.insert(text, root, fresh)
	if err != nil {
		return nil, fmt.Errorf("add feeds: %w", err)
	}
	if err := sameBut(text, out, fresh); err != nil {
		return nil, fmt.Errorf("add feeds: %w", err)
	}
	return []byte(out), nil
}

// first is the first fault that refuses, or a plain error.
func (fs Faults) first() error {
	for _, f := range fs {
		if !f.Warning {
			return f
		}
	}
	return errors.New("it cannot be read")
}

// fresh drops the feeds that are there already.
func (d *decoder) fresh(root *yaml.Node, feeds []Feed) []Feed {
	var have Config
	quiet := &decoder{src: d.src, faults: new(Faults)}
	quiet.root(root, &have)
	known := make(map[string]bool)
	for _, f := range have.Feeds {
		known[sameFeed(f.URL)] = true
	}
	var fresh []Feed
	for _, f := range feeds {
		if key := sameFeed(f.URL); f.URL != "" && !known[key] {
			known[key] = true
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// insert writes the feeds into the text, behind the last one that is there.
func (d *decoder) insert(text string, root *yaml.Node, feeds []Feed) (string, error) {
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	key, list := feedsNode(root)
	lines := strings.SplitAfter(text, "\n")
	switch {
	case root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0:
		return "", errors.New("the file does not begin with a key")
	case key == nil:
		return text + eol + "feeds:" + eol + feedLines(feeds, "  ", eol), nil
	case isNull(list) || list.Kind == yaml.SequenceNode && len(list.Content) == 0:
		at := max(key.Line, list.Line)
		l := strings.TrimRight(lines[at-1], "\r\n")
		if i := strings.LastIndex(l, "[]"); i >= 0 && !isNull(list) {
			lines[at-1] = strings.TrimRight(l[:i], " ") + l[i+2:] + eol
		} else if !isNull(list) || list.Value != "" {
			return "", errors.New("feeds: is written in a way that cannot be added to; write it as a list with dashes")
		}
		return strings.Join(lines[:at], "") + feedLines(feeds, "  ", eol) + strings.Join(lines[at:], ""), nil
	case list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0:
		return "", errors.New("feeds: is written in brackets; write it as a list with dashes, one feed below the other")
	}
	at := endOf(list, lines)
	return strings.Join(lines[:at], "") + feedLines(feeds, strings.Repeat(" ", list.Column-1), eol) + strings.Join(lines[at:], ""), nil
}

func feedsNode(root *yaml.Node) (key, list *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "feeds" {
			return root.Content[i], root.Content[i+1]
		}
	}
	return nil, nil
}

// endOf is the number of the last line that belongs to a list: the rest of a
// block text and comments as deep as the entries included.
func endOf(list *yaml.Node, lines []string) int {
	end := lastLine(list)
	for at := end; at < len(lines); at++ {
		l := strings.TrimRight(lines[at], " \r\n")
		switch depth := len(l) - len(strings.TrimLeft(l, " ")); {
		case l == "":
		case depth > list.Column-1:
			end = at + 1
		default:
			return end
		}
	}
	return end
}

// lastLine is the last line on which any part of a node begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// feedLines writes feeds as entries of a list.
func feedLines(feeds []Feed, margin, eol string) string {
	var b strings.Builder
	for _, f := range feeds {
		line := func(lead, key, value string) {
			if value != "" {
				b.WriteString(margin + lead + key + ": " + value + eol)
			}
		}
		some := func(s string) string {
			if s == "" {
				return ""
			}
			return quoteIfNeeded(s)
		}
		line("- ", "url", address(f.URL))
		line("  ", "name", some(f.Name))
		line("  ", "every", some(f.Every))
		if len(f.Tags) > 0 {
			tags := make([]string, len(f.Tags))
			for i, t := range f.Tags {
				tags[i] = quoteIfNeeded(t)
			}
			line("  ", "tags", "["+strings.Join(tags, ", ")+"]")
		}
		line("  ", "lang", some(f.Lang))
	}
	return b.String()
}

// address writes a URL without quotes where that is safe: a colon or a hash
// without a blank beside it is part of the text.
func address(u string) string {
	if strings.ContainsAny(u, " \t\n\"'\\[]{},`") || strings.HasSuffix(u, ":") || !strings.HasPrefix(u, "http") {
		return quote(u)
	}
	return u
}

// sameBut makes sure that a text says what it said before, and the new feeds
// after the old ones.
func sameBut(before, after string, added []Feed) error {
	old, _ := LoadBytes("", []byte(before))
	now, faults := LoadBytes("", []byte(after))
	want := slices.Concat(old.Feeds, added)
	if len(now.Feeds) != len(want) {
		return errors.Join(errors.New("the feeds do not fit into this file"), faults.first())
	}
	for i, f := range now.Feeds {
		w := want[i]
		if f.URL != w.URL || f.Name != w.Name || f.Every != w.Every || f.Lang != w.Lang || !slices.Equal(f.Tags, w.Tags) {
			return fmt.Errorf("the feed %s does not read back as it is: %w", w.URL, faults.first())
		}
	}
	if len(now.Topics) != len(old.Topics) || len(now.Entities) != len(old.Entities) || len(now.Tests) != len(old.Tests) {
		return errors.New("the rest of the file would change")
	}
	return nil
}
