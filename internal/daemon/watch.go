package daemon

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/watcherd/watcherd/internal/config"
)

const (
	// settle is how long the files must be left alone before they are read:
	// editors write in several steps.
	settle = 300 * time.Millisecond
	// lookAgain is how often the files are looked at, for changes
	// that no notice came of (network file systems, bind mounts).
	lookAgain = 60 * time.Second
)

// watchFiles reloads when a file in a config folder changes. Folders are
// watched, since editors save by renaming a new file over the old one.
func (d *Daemon) watchFiles(ctx context.Context) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		d.log.Warn("config folders cannot be watched; changes are found once a minute, by SIGHUP or by watcherd reload", "err", err)
	} else {
		defer w.Close() // nothing was written
	}
	seen := d.rules.Load().Config.Hash()
	watched := make(map[string]bool)
	d.watchFolders(w, watched)
	quiet := time.NewTimer(lookAgain)
	look := foldersNow(d.rules.Load().Config.Folders())
	noticed := false
	var events chan fsnotify.Event // nil: nothing ever comes
	var errs chan error
	if w != nil {
		events, errs = w.Events, w.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			quiet.Reset(settle)
			noticed = true
			continue
		case err := <-errs:
			if err != nil {
				d.log.Warn("config folders", "err", err)
			}
			continue
		case <-quiet.C:
		}
		quiet.Reset(lookAgain)
		now := foldersNow(d.rules.Load().Config.Folders())
		if !noticed && now == look {
			continue
		}
		look, noticed = now, false
		c, _ := config.Load(d.path)
		if h := c.Hash(); h != seen {
			seen = h
			d.Reload(ctx, false)
			d.watchFolders(w, watched)
		}
	}
}

// foldersNow is what folders hold, by name, size and time: a look that costs
// little even where a desk has very many feeds.
func foldersNow(dirs []string) string {
	h := sha256.New()
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		fmt.Fprintln(h, dir, err)
		for _, e := range entries {
			// What a link points to is what counts.
			if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && !info.IsDir() {
				fmt.Fprintln(h, e.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return string(h.Sum(nil))
}

// watchFolders adds the folders of the present config.
func (d *Daemon) watchFolders(w *fsnotify.Watcher, watched map[string]bool) {
	for _, dir := range d.rules.Load().Config.Folders() {
		if w == nil || watched[dir] {
			continue
		}
		if err := w.Add(dir); err != nil {
			d.log.Warn("a config folder cannot be watched", "folder", dir, "err", err)
			continue
		}
		watched[dir] = true
	}
}

// reloadOn reloads at every signal.
func (d *Daemon) reloadOn(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			d.Reload(ctx, false)
		}
	}
}
