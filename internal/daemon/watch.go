package daemon

import (
	"context"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/watcherd/watcherd/internal/config"
)

const (
	// settle is how long the files must be left alone before they are read:
	// editors write in several steps.
	settle = 300 * time.Millisecond
	// lookAgain is how often the files are compared by content, for changes
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
			continue
		case err := <-errs:
			if err != nil {
				d.log.Warn("config folders", "err", err)
			}
			continue
		case <-quiet.C:
		}
		quiet.Reset(lookAgain)
		c, _ := config.Load(d.path)
		if h := c.Hash(); h != seen {
			seen = h
			d.Reload(ctx, false)
			d.watchFolders(w, watched)
		}
	}
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
