package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/notify"
)

// Boot loads the config for a start. A file that is broken or missing gives
// way to the last good one, with the faults as the reason.
func Boot(path string) (*Rules, string, error) {
	c, r, faults := Prepare(path)
	if r != nil {
		return r, "", nil
	}
	good, err := lastGood(c, path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", errors.Join(faults, err)
		}
		return nil, "", faults
	}
	r, more := Compile(good)
	if r == nil {
		return nil, "", errors.Join(faults, more)
	}
	return r, faults.Error(), nil
}

// lastGood looks for the copy in the state folder that the broken files name
// and, if the line is not in them any more, where the config last ran.
func lastGood(c *config.Config, path string) (*config.Config, error) {
	good, _, err := config.LoadGood(c.StateDir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return good, err
	}
	dir := config.NotedState(path)
	if dir == "" {
		return nil, err
	}
	good, _, again := config.LoadGood(dir)
	if again != nil {
		return nil, err
	}
	return good, nil
}

// keepGood keeps the config that runs for a start with broken files, and notes
// where, for a start with none.
func (d *Daemon) keepGood(c *config.Config) {
	if d.opts.Dry {
		return
	}
	if err := c.SaveGood(c.StateDir, time.Now()); err != nil {
		d.log.Warn("the last good config could not be kept", "err", err)
		return
	}
	if d.opts.Hasty {
		return // a demo leaves nothing behind
	}
	// Without a home there is no note, and $STATE_DIRECTORY says where.
	if err := config.NoteState(d.path, c.StateDir); err != nil {
		d.log.Debug("the state folder could not be noted", "err", err)
	}
}

// configNotice is what the operations channel hears of a refused config, once
// per text, whether at a start or at a reload. The caller holds d.reloading.
func (d *Daemon) configNotice(why, text string) {
	d.refused = cmp.Or(d.refused, refusal(why))
	d.notice(notify.Notice{Key: refusal(why), Label: "The changed config", Text: fmt.Sprintf("%s: %s", text, firstLines(why, 6))})
}

func refusal(why string) string { return "config " + why }
