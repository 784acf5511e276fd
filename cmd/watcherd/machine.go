package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/notify/slack"
)

// machineChecks look at what the watch needs of its machine: room and a sound
// disk, a clock, and names.
func machineChecks(ctx context.Context, c *config.Config) []slack.Check {
	return []slack.Check{stateCheck(c), roomCheck(c), mountCheck(c), clockCheck(), resolverCheck(ctx, c)}
}

func stateCheck(c *config.Config) slack.Check {
	k := slack.Check{Subject: "state_dir", OK: true, Detail: c.StateDir + " can be written"}
	dir := existing(c.StateDir)
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return slack.Check{Subject: "state_dir", Detail: err.Error(), Fix: "give the folder to the service's user"}
	}
	_ = f.Close()           // nothing was written
	_ = os.Remove(f.Name()) // a leftover harms nobody
	return k
}

// existing is the nearest folder that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == "/" || dir == "." {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func roomCheck(c *config.Config) slack.Check {
	var st unix.Statfs_t
	dir := existing(c.StateDir)
	if err := unix.Statfs(dir, &st); err != nil {
		return slack.Check{Subject: "disk", Detail: err.Error()}
	}
	free := int64(st.Bavail) * st.Bsize
	k := slack.Check{Subject: "disk", OK: true, Detail: fmt.Sprintf("%s free where the data file lives, it may take %s", size(free), size(int64(c.KeepSize)))}
	if free < int64(c.KeepSize)/4 {
		k.OK, k.Fix = false, "free some room, or lower keep_size"
	}
	return k
}

// mountCheck warns of the ext4 option under which a sync may return without
// the data on the disk (etcd-io/bbolt#562).
func mountCheck(c *config.Config) slack.Check {
	k := slack.Check{Subject: "file system", OK: true, Detail: "no known hazard for the data file"}
	abs, err := filepath.Abs(existing(c.StateDir))
	if err != nil {
		return k
	}
	b, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return slack.Check{Subject: "file system", OK: true, Weak: true, Detail: "the mounts cannot be read here"}
	}
	best := ""
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 4 || len(f[1]) < len(best) || !strings.HasPrefix(abs+"/", strings.TrimSuffix(f[1], "/")+"/") {
			continue
		}
		best = f[1]
		switch {
		case strings.Contains(f[3], "fast_commit"):
			k = slack.Check{Subject: "file system", Detail: f[1] + " is ext4 with fast_commit, which has lost synced data", Fix: "mount it without fast_commit"}
		case f[2] == "nfs" || f[2] == "nfs4" || f[2] == "cifs":
			k = slack.Check{Subject: "file system", Detail: f[1] + " is a network file system (" + f[2] + "): its locks and syncs are not to be trusted", Fix: "keep state_dir on a local disk"}
		case f[2] == "tmpfs":
			k = slack.Check{Subject: "file system", OK: true, Weak: true, Detail: f[1] + " is in memory: a restart of the machine forgets everything", Fix: "keep state_dir on a disk"}
		default:
			k = slack.Check{Subject: "file system", OK: true, Detail: f[1] + " (" + f[2] + "), no known hazard"}
		}
	}
	return k
}

// clockCheck asks the kernel whether somebody keeps its clock right.
func clockCheck() slack.Check {
	var tx unix.Timex
	state, err := unix.Adjtimex(&tx)
	now := time.Now().UTC().Format("2006-01-02 15:04:05 UTC")
	if err != nil {
		return slack.Check{Subject: "clock", OK: true, Weak: true, Detail: now + "; whether it is kept right cannot be seen here"}
	}
	if state == unix.TIME_ERROR || tx.Status&unix.STA_UNSYNC != 0 {
		return slack.Check{Subject: "clock", OK: true, Weak: true, Detail: now + ", and nobody keeps it right", Fix: "turn on systemd-timesyncd or chrony"}
	}
	return slack.Check{Subject: "clock", OK: true, Detail: now + ", kept right"}
}

func resolverCheck(ctx context.Context, c *config.Config) slack.Check {
	host := "slack.com"
	if len(c.Feeds) > 0 {
		if _, rest, ok := strings.Cut(c.Feeds[0].URL, "://"); ok {
			host, _, _ = strings.Cut(rest, "/")
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return slack.Check{Subject: "names", Detail: err.Error(), Fix: "look at /etc/resolv.conf; under the shipped unit a resolver with a private address needs IPAddressAllow in a drop-in"}
	}
	return slack.Check{Subject: "names", OK: true, Detail: host + " is found"}
}
