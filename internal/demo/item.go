package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An item is one piece of news of a content file:
//
//	== key | attribute | attribute ...
//	Headline
//	Paragraph
//
//	Paragraph
//
// Attributes: "step N" it appears at that step (else it is there from the
// start); "until N" it is gone from that step on; "back N" it returns then;
// "title N: ..." its headline from that step on; "date -400d" or "date +72h"
// a date counted from the start; "undated"; "lang xx"; "by NAME"; "in SECTION".
type item struct {
	key, title, lang string
	author, category string
	paragraphs       []string

	step, until, back int
	retitle           int
	newTitle          string
	undated           bool
	shift             time.Duration
}

// shown says whether the feed has the item at a step.
func (it *item) shown(step int) bool {
	switch {
	case step < it.step:
		return false
	case it.until == 0 || step < it.until:
		return true
	}
	return it.back > 0 && step >= it.back
}

func (it *item) titleAt(step int) string {
	if it.retitle > 0 && step >= it.retitle {
		return it.newTitle
	}
	return it.title
}

func parse(text string) ([]item, error) {
	var items []item
	seen := map[string]bool{}
	for _, block := range strings.Split("\n"+text, "\n== ")[1:] {
		it, err := parseItem(block)
		if err != nil {
			return nil, fmt.Errorf("item %q: %w", it.key, err)
		}
		if seen[it.key] {
			return nil, fmt.Errorf("item %q stands twice", it.key)
		}
		seen[it.key] = true
		items = append(items, it)
	}
	return items, nil
}

func parseItem(block string) (item, error) {
	head, rest, _ := strings.Cut(block, "\n")
	key, attrs, _ := strings.Cut(head, "|")
	it := item{key: strings.TrimSpace(key)}
	for attr := range strings.SplitSeq(attrs, "|") {
		if err := it.set(strings.TrimSpace(attr)); err != nil {
			return it, err
		}
	}
	title, body, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	it.title = title
	for par := range strings.SplitSeq(body, "\n\n") {
		if par = strings.Join(strings.Fields(par), " "); par != "" {
			it.paragraphs = append(it.paragraphs, par)
		}
	}
	if it.key == "" || it.title == "" || len(it.paragraphs) == 0 {
		return it, errors.New("no key, headline or text")
	}
	return it, nil
}

func (it *item) set(attr string) (err error) {
	name, value, _ := strings.Cut(attr, " ")
	switch name {
	case "":
	case "step":
		it.step, err = strconv.Atoi(value)
	case "until":
		it.until, err = strconv.Atoi(value)
	case "back":
		it.back, err = strconv.Atoi(value)
	case "title":
		n, title, _ := strings.Cut(value, ": ")
		it.newTitle = title
		it.retitle, err = strconv.Atoi(n)
	case "date":
		it.shift, err = parseShift(value)
	case "undated":
		it.undated = true
	case "lang":
		it.lang = value
	case "by":
		it.author = value
	case "in":
		it.category = value
	default:
		return fmt.Errorf("unknown attribute %q", attr)
	}
	if err != nil {
		return fmt.Errorf("attribute %q: %w", attr, err)
	}
	return nil
}

// parseShift reads a duration that may be in days.
func parseShift(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}

// number and uuid make identifiers as content systems give them.
func number(key string) uint32 {
	sum := sha256.Sum256([]byte(key))
	return 100000 + binary.BigEndian.Uint32(sum[:])%900000
}

func uuid(space, key string) string {
	sum := sha256.Sum256([]byte(space + "\x00" + key))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
