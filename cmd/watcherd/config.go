package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/daemon"
)

// configFile is the file that the command works on. Of a folder it is the main
// file in it.
func (a *app) configFile() string {
	if p := cmp.Or(a.configPath, os.Getenv("WATCHERD_CONFIG")); p != "" {
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			return filepath.Join(p, "watcherd.yaml")
		}
		return p
	}
	const system = "/etc/watcherd/watcherd.yaml"
	if _, err := os.Stat(system); !errors.Is(err, fs.ErrNotExist) {
		return system
	}
	return "configs/watcherd.yaml"
}

// compiled loads the config and compiles it, without running its rule tests.
// Faults go to stderr and make the answer "no".
func (a *app) compiled() (*daemon.Rules, error) {
	c, faults := config.Load(a.configFile())
	if faults.Bad() {
		a.render(c, faults)
		return nil, errNo
	}
	r, more := daemon.Compile(c)
	if r == nil {
		a.render(c, more)
		return nil, errNo
	}
	return r, nil
}

func (a *app) render(_ *config.Config, faults config.Faults) {
	_ = faults.Render(a.stderr, isTerminal(a.stderr))
}

// ask reaches the running service or, if none runs, opens the data file.
func (a *app) ask(ctx context.Context) (daemon.Asker, func() error, error) {
	c, faults := config.Load(a.configFile())
	if faults.Bad() {
		// A broken file must not keep anybody from asking the service that
		// still runs the last good one.
		if c == nil {
			a.render(c, faults)
			return nil, nil, errNo
		}
	}
	r, err := daemon.Dial(ctx, daemon.SocketPath(c))
	if err == nil {
		return r, func() error { return nil }, nil
	}
	if !errors.Is(err, daemon.ErrNotRunning) {
		return nil, nil, err
	}
	rules, err := a.compiled()
	if err != nil {
		return nil, nil, err
	}
	return daemon.OpenView(rules)
}

// service reaches the running service, for orders that only it can carry out.
func (a *app) service(ctx context.Context) (*daemon.Remote, *config.Config, error) {
	c, faults := config.Load(a.configFile())
	if c == nil {
		a.render(c, faults)
		return nil, nil, errNo
	}
	r, err := daemon.Dial(ctx, daemon.SocketPath(c))
	return r, c, err
}
