package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
)

// goodName is the file in the state folder that holds the last good config.
const goodName = "config.good.json"

// bundle is every file of a config in one, the main one first.
type bundle struct {
	Saved time.Time    `json:"saved"`
	Hash  string       `json:"hash"`
	Files []bundleFile `json:"files"`
}

type bundleFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Hash identifies the config: it differs exactly when the name or the text of
// a file that was read differs.
func (c *Config) Hash() string {
	h := sha256.New()
	for _, s := range c.sources {
		fmt.Fprintf(h, "%d %s\n%d\n", len(s.name), s.name, len(s.text))
		_, _ = io.WriteString(h, s.text) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// SaveGood keeps a copy of all files in a state folder, so that a start with
// broken files has something to run on. It is whole or not there, whenever
// the machine stops.
func (c *Config) SaveGood(dir string, now time.Time) error {
	b := bundle{Saved: now.UTC().Truncate(time.Second), Hash: c.Hash()}
	for _, s := range c.sources {
		b.Files = append(b.Files, bundleFile{Name: s.name, Text: s.text})
	}
	text, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return fmt.Errorf("keep the good config: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, goodName), text, 0o600); err != nil {
		return fmt.Errorf("keep the good config: %w", err)
	}
	// The rename itself is durable only once its folder is.
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("keep the good config: %w", err)
	}
	return nil
}

// LoadGood loads the copy that SaveGood kept, as if its files stood where they
// stood then, and says when it was kept.
func LoadGood(dir string) (*Config, time.Time, error) {
	text, err := os.ReadFile(filepath.Join(dir, goodName))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("last good config: %w", err)
	}
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, time.Time{}, fmt.Errorf("last good config: %w", err)
	}
	if len(b.Files) == 0 {
		return nil, time.Time{}, errors.New("last good config: it holds no files")
	}
	m := make(memory, len(b.Files))
	for _, f := range b.Files {
		m[f.Name] = []byte(f.Text)
	}
	cfg, faults := load(m, b.Files[0].Name)
	switch {
	case faults.Bad():
		return nil, b.Saved, fmt.Errorf("last good config: this version finds faults in it: %w", faults)
	case cfg.Hash() != b.Hash:
		return nil, b.Saved, errors.New("last good config: it is damaged")
	}
	return cfg, b.Saved, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Shrink names the feeds and topics that would go if next replaced old, where
// they are so many that a half-saved file is the likely reason: more than 3
// and more than a tenth. nil means that nothing stands against it.
func Shrink(old, next *Config) []string {
	if old == nil {
		return nil
	}
	feeds := gone(old.Feeds, next.Feeds, func(f *Feed) string { return sameFeed(f.URL) }, func(f *Feed) string {
		if f.Name != "" {
			return "feed " + f.Name + " (" + f.URL + ")"
		}
		return "feed " + f.URL
	})
	topics := gone(old.Topics, next.Topics, func(t *Topic) string { return t.Key }, func(t *Topic) string { return "topic " + t.Key })
	var lost []string
	if tooMany(len(feeds), len(old.Feeds)) {
		lost = append(lost, feeds...)
	}
	if tooMany(len(topics), len(old.Topics)) {
		lost = append(lost, topics...)
	}
	return lost
}

func tooMany(gone, had int) bool { return gone > 3 && gone*10 > had }

// gone lists what of old is not in next.
func gone[T any](old, next []T, key, say func(*T) string) []string {
	stays := make(map[string]bool, len(next))
	for i := range next {
		stays[key(&next[i])] = true
	}
	var lost []string
	for i := range old {
		if !stays[key(&old[i])] {
			lost = append(lost, say(&old[i]))
		}
	}
	return lost
}
