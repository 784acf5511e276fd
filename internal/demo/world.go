// Package demo is the small world that `watcherd demo` watches: eight feeds of
// invented outlets, served over HTTP as careful and careless publishers serve
// theirs, that change from step to step. Among much everyday news it sets the
// traps that a watch must not fall into, and says for each what must come of
// it, so that a run can be checked by machine.
//
// It knows nothing of the watch. All texts are in content/, written for this
// purpose; places and treaties are real where the rules need them, persons,
// outlets and events are not. Start reading at traps.go and content/wire.txt.
package demo

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed content/*.txt
var content embed.FS

// lastStep is the last step at which something happens.
const lastStep = 12

// A Feed is one feed of the world.
type Feed struct {
	Name   string // of the outlet
	Path   string // on the server
	Lang   string // "" if its items are of several languages
	Tags   []string
	Format string // rss, atom or json

	Site   string // the outlet's own address; items link there
	Appeal string // HTML that the outlet puts under every text

	gap    time.Duration // between the items that are there at the start
	oldest time.Duration // how long before the start the newest of them came
	walled int           // from this step on a challenge page stands before it; 0 for never
	renew  int           // at this step all identifiers change; 0 for never
	full   bool          // the text in full beside a summary
}

// feeds are the outlets, in the order of their content files.
func feeds() []Feed {
	return []Feed{
		{Name: "Demo Wire", Path: "/wire.xml", Lang: "en", Tags: []string{"wire", "en"}, Format: "rss",
			Site: "https://demowire.example", gap: 23 * time.Minute, oldest: 21 * time.Minute},
		{Name: "Harbour Gazette", Path: "/harbour.xml", Lang: "en", Tags: []string{"local", "en"}, Format: "rss",
			Site: "https://harbourgazette.example", gap: 71 * time.Minute, oldest: 34 * time.Minute, full: true},
		{Name: "The Meridian Post", Path: "/meridian.xml", Lang: "en", Tags: []string{"press", "en"}, Format: "atom",
			Site: "https://meridianpost.example", Appeal: meridianAppeal, gap: 55 * time.Minute, oldest: 28 * time.Minute, full: true},
		{Name: "Northern Courier", Path: "/northern.json", Lang: "en", Tags: []string{"press", "en"}, Format: "json",
			Site: "https://northerncourier.example", gap: 64 * time.Minute, oldest: 47 * time.Minute, renew: 6, full: true},
		{Name: "Capital Ledger", Path: "/ledger.xml", Lang: "en", Tags: []string{"business", "en"}, Format: "rss",
			Site: "https://capitalledger.example", gap: 90 * time.Minute, oldest: 40 * time.Minute, walled: 8},
		{Name: "Степовий вісник", Path: "/steppe.xml", Tags: []string{"press", "uk", "ru"}, Format: "atom",
			Site: "https://stepovyi.example", gap: 50 * time.Minute, oldest: 25 * time.Minute},
		{Name: "Grenzland-Bote", Path: "/frontier.xml", Tags: []string{"press", "de", "fr"}, Format: "atom",
			Site: "https://grenzland.example", gap: 80 * time.Minute, oldest: 52 * time.Minute},
		{Name: "Island Messenger", Path: "/island.xml", Lang: "en", Tags: []string{"local", "en"}, Format: "rss",
			Site: "https://islandmessenger.example", gap: 9*time.Hour + 30*time.Minute, oldest: 25 * time.Hour},
	}
}

// meridianAppeal names half the desk's topics under every text of one outlet,
// as the press does when it asks for money.
const meridianAppeal = `<p><b>Your support helps us to tell the story</b></p>
<p>From sanctions on Russian oil to cyberattacks on hospitals, from ballistic missiles to the war in Ukraine and the
future of NATO, The Meridian Post is there when history is made. We do not lock readers out with a paywall, because
we believe that good reporting should be open to everyone. Your donation lets us keep our reporters on the ground.
Support independent journalism today.</p>`

// A World is the feeds at one step. Its methods may be called while it serves.
type World struct {
	start time.Time
	feeds []Feed
	items [][]item // of each feed, newest first

	mu   sync.Mutex
	step int
}

// New makes a world at step 0. The dates of its items are counted from start.
func New(start time.Time) *World {
	w := &World{start: start.UTC().Truncate(time.Second), feeds: feeds()}
	for _, f := range w.feeds {
		name := f.file()
		data, err := content.ReadFile("content/" + name + ".txt")
		if err != nil {
			panic(err) // it is part of the program
		}
		items, err := parse(string(data))
		if err != nil {
			panic(fmt.Sprintf("content/%s.txt: %v", name, err))
		}
		w.items = append(w.items, items)
	}
	return w
}

// file is the name of the feed's content file.
func (f *Feed) file() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(f.Path, "/"), ".")
	return name
}

// Steps is how many steps there are, the baseline included.
func (w *World) Steps() int { return lastStep + 1 }

// Step is the present step.
func (w *World) Step() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.step
}

// Advance goes on to the next step and reports whether there was one.
func (w *World) Advance() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.step >= lastStep {
		return false
	}
	w.step++
	return true
}

// Feeds lists the feeds.
func (w *World) Feeds() []Feed { return slices.Clone(w.feeds) }

// Config is the list of feeds as a config file of the watch has it, for a
// world served at base.
func (w *World) Config(base string) string {
	var b strings.Builder
	b.WriteString("feeds:\n")
	for _, f := range w.feeds {
		fmt.Fprintf(&b, "  - url: %s%s\n    name: %q\n    every: 1s\n    tags: [%s]\n",
			strings.TrimSuffix(base, "/"), f.Path, f.Name, strings.Join(f.Tags, ", "))
		if f.Lang != "" {
			fmt.Fprintf(&b, "    lang: %s\n", f.Lang)
		}
	}
	return b.String()
}

// entry is an item as a feed shows it at one step.
type entry struct {
	ID, URL, Title string
	Lang, Author   string
	Category       string
	Paragraphs     []string
	Published      time.Time // zero: the feed gives none
}

// entries are what a feed shows at a step, newest first.
func (w *World) entries(n, step int) []entry {
	f := &w.feeds[n]
	var out []entry
	base := 0
	for _, it := range w.items[n] {
		at := w.start.Add(-f.oldest - time.Duration(base)*f.gap)
		if it.step == 0 {
			base++
		} else {
			// Later steps are newer, and none is newer than the start.
			at = w.start.Add(-time.Duration(lastStep-it.step)*75*time.Second - time.Duration(20+7*n)*time.Second)
		}
		if !it.shown(step) {
			continue
		}
		e := entry{
			ID: w.id(f, it.key, step), URL: Link(f, it.key), Title: it.titleAt(step),
			Lang: it.lang, Author: it.author, Category: it.category, Paragraphs: it.paragraphs, Published: at,
		}
		if f.renew > 0 && step >= f.renew {
			e.URL += "?utm_source=feed&utm_medium=json"
		}
		switch {
		case it.undated:
			e.Published = time.Time{}
		case it.shift != 0:
			e.Published = w.start.Add(it.shift)
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b entry) int {
		if a.Published.IsZero() || b.Published.IsZero() {
			return 0
		}
		return b.Published.Compare(a.Published)
	})
	return out
}

// id is what the publisher calls an item: its address, or a number of its
// content system, which may be replaced.
func (w *World) id(f *Feed, key string, step int) string {
	switch {
	case f.renew > 0 && step >= f.renew:
		return fmt.Sprintf("urn:uuid:%s", uuid("new system", key))
	case f.renew > 0:
		return fmt.Sprintf("nc-%d", number(key))
	case f.Format == "atom":
		return "tag:" + strings.TrimPrefix(f.Site, "https://") + ",2026:" + key
	}
	return Link(f, key)
}

// Link is the address of an item.
func Link(f *Feed, key string) string { return f.Site + "/news/" + key }
