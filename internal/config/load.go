package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// files is where config files are read from.
type files interface {
	read(name string) ([]byte, error)
	glob(pattern string) ([]string, error)
	beside(file, name string) string // name as seen from file's folder
}

// Load reads a config file and what it includes. It finds all faults at once
// and returns what could be read along with them, so that other stages can
// look for theirs; if the faults are Bad, that config is for nothing else.
func Load(name string) (*Config, Faults) { return load(disk{}, name) }

// LoadFS is Load from a file system, such as the files shipped in the binary.
func LoadFS(fsys fs.FS, name string) (*Config, Faults) { return load(tree{fsys}, name) }

// LoadBytes reads a config from memory. It can include nothing.
func LoadBytes(name string, src []byte) (*Config, Faults) { return load(memory{name: src}, name) }

func load(from files, name string) (*Config, Faults) {
	cfg := Default()
	var faults Faults
	root := cfg.readFile(from, name, Pos{}, &faults)
	for _, inc := range slices.Clone(cfg.Include) {
		if cfg.At("include").File != root {
			break
		}
		for _, file := range cfg.expand(from, root, inc, &faults) {
			cfg.include(from, file, inc.Pos, &faults)
		}
	}
	if root != "" {
		cfg.check(&faults)
	}
	if cfg.broken {
		faults = slices.DeleteFunc(faults, func(f Fault) bool { return f.sight&absence != 0 })
	}
	return cfg, cfg.Sort(faults)
}

// readFile reads one file into the config and returns its name, or "" if it
// could not be read at all. asked is where its name was written.
func (c *Config) readFile(from files, name string, asked Pos, faults *Faults) string {
	text, err := from.read(name)
	if err != nil {
		f := c.Fault(asked, 0, fmt.Sprintf("%s: %s", name, reason(err)), "write that file, or take it out of include")
		if asked == (Pos{}) {
			f.File = name
			f.Message = reason(err)
			f.Fix = "name yours with --config FILE; watcherd init writes one to begin with"
		}
		*faults = append(*faults, f)
		return ""
	}
	src := newSource(name, text)
	c.sources = append(c.sources, src)
	d := &decoder{src: src, faults: faults}
	clean := d.scan()
	if clean == "" {
		c.broken = true
		return name
	}
	root := d.parse(clean)
	if root == nil {
		c.broken = true
		return name
	}
	c.broken = c.broken || len(src.blanked) > 0
	if asked == (Pos{}) && len(root.Content) == 0 && root.Value == "" && len(src.blanked) == 0 {
		d.fault(Pos{File: name}, 0, plain, "the file says nothing", "watcherd init writes one to begin with")
		return name
	}
	if c.Pos == (Pos{}) {
		c.Pos = Pos{File: name}
	}
	d.root(root, c)
	return name
}

// reason says in plain words why a file could not be read.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this file may not be read by the user that watcherd runs as"
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

// expand turns one entry of include into files.
func (c *Config) expand(from files, root string, inc Line, faults *Faults) []string {
	pattern := from.beside(root, inc.Text)
	if strings.Contains(inc.Text, "**") {
		*faults = append(*faults, c.Fault(inc.Pos, 0, "** is not known; name each folder, such as topics/*.yaml", strings.ReplaceAll(inc.Text, "**", "*")))
		return nil
	}
	if !strings.ContainsAny(inc.Text, "*?[") {
		return []string{pattern}
	}
	found, err := from.glob(pattern)
	if err != nil {
		*faults = append(*faults, c.Fault(inc.Pos, 0, "the brackets of this pattern do not fit together", "topics/*.yaml"))
	} else if len(found) == 0 {
		f := c.Fault(inc.Pos, 0, fmt.Sprintf("no file fits %q, so nothing is included by it", inc.Text), "correct it, or put the first file there")
		f.Warning = true
		*faults = append(*faults, f)
	}
	return found
}

// include reads one more file, once.
func (c *Config) include(from files, name string, asked Pos, faults *Faults) {
	if slices.ContainsFunc(c.sources, func(s *source) bool { return s.name == name }) {
		return
	}
	n := len(c.Include)
	c.readFile(from, name, asked, faults)
	if len(c.Include) > n {
		*faults = append(*faults, c.Fault(c.Include[n].Pos, 0, "include: stands only in the main file", "name this file there too"))
		c.Include = c.Include[:n]
	}
}

// Files lists the files that were read, the main one first.
func (c *Config) Files() []string {
	names := make([]string, len(c.sources))
	for i, s := range c.sources {
		names[i] = s.name
	}
	return names
}

// Folders lists the folders in which a change can change the config, those of
// patterns that match nothing yet included.
func (c *Config) Folders() []string {
	var dirs []string
	for _, name := range c.Files() {
		dirs = append(dirs, filepath.Dir(name))
	}
	for _, inc := range c.Include {
		dirs = append(dirs, filepath.Dir(disk{}.beside(inc.Pos.File, inc.Text)))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// beside resolves a file name given in a config file.
func (c *Config) beside(at Pos, name string) string { return disk{}.beside(at.File, name) }

// disk reads the machine's files.
type disk struct{}

func (disk) read(name string) ([]byte, error)      { return os.ReadFile(name) }
func (disk) glob(pattern string) ([]string, error) { return filepath.Glob(pattern) }

func (disk) beside(file, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(file), name)
}

// tree reads a file system.
type tree struct{ fsys fs.FS }

func (t tree) read(name string) ([]byte, error)      { return fs.ReadFile(t.fsys, name) }
func (t tree) glob(pattern string) ([]string, error) { return fs.Glob(t.fsys, pattern) }
func (t tree) beside(file, name string) string       { return path.Join(path.Dir(file), name) }

// memory holds whole files by name.
type memory map[string][]byte

func (m memory) read(name string) ([]byte, error) {
	if text, ok := m[name]; ok {
		return text, nil
	}
	return nil, fs.ErrNotExist
}

func (m memory) glob(pattern string) ([]string, error) {
	var found []string
	for name := range m {
		ok, err := filepath.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found, nil
}

func (memory) beside(file, name string) string { return disk{}.beside(file, name) }
