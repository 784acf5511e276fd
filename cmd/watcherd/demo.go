package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/configs"
	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/demo"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/terminal"
)

func (a *app) demoCmd() *cobra.Command {
	var topics string
	c := &cobra.Command{
		Use: "demo", GroupID: "watch", Args: cobra.NoArgs,
		Short: "See the whole job done: no config, no token, no network",
		Long: `Serves eight bundled feeds on loopback and runs the real watch on them at high
speed: polling, matching, grouping, storing, telling. Alerts come to this
terminal. Nothing is canned: change a topic (init writes them, --topics reads
them) and the alerts change. Some traps are planted; the exit code is 0 only if
every one was handled. Nothing is left behind.`,
		Example: "  watcherd demo\n  watcherd demo --topics configs/topics",
		RunE:    func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), topics) },
	}
	c.Flags().StringVar(&topics, "topics", "", "a `FOLDER` of topic files to use instead of the shipped ones")
	return c
}

// demoConfig is the operator's part of the demo's config: quick, and at home.
const demoConfig = `include: [feeds.yaml, contexts.yaml, "topics/*.yaml", "entities/*.yaml"]
state_dir: %q
timezone: UTC
listen: ""
log: {level: error}
fetch:
  workers: 8
  per_host: {concurrent: 8, spacing: 0s}
  allow_private: [127.0.0.0/8]
slack: {ops_channel: "#watcherd-ops"}
default_channel: "#news-watch"
`

// demoPace lets the courier speak as fast as the world turns.
var demoPace = notify.Pace{Every: time.Millisecond, EveryPost: time.Millisecond, EveryEdit: time.Millisecond,
	EveryLook: time.Millisecond, Burst: 100, EditGap: time.Millisecond}

func (a *app) demo(ctx context.Context, topics string) (err error) {
	dir, err := os.MkdirTemp("", "watcherd-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	world := demo.New(time.Now())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: world.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(ln)  //nolint:errcheck // it ends with the demo
	defer server.Close() // nobody waits for an answer any more

	main, err := demoFiles(dir, topics, world.Config("http://"+ln.Addr().String()))
	if err != nil {
		return err
	}
	_, rules, faults := daemon.Prepare(main)
	if rules == nil {
		_ = faults.Render(a.stderr, isTerminal(a.stderr))
		return errNo
	}
	show := &demoRun{app: a, world: world, began: time.Now()}
	fmt.Fprintf(a.stdout, "watcherd demo · %d bundled feeds · %d topics · %d entities · alerts come here\n\n",
		len(rules.Config.Feeds), len(rules.Config.Topics), len(rules.Config.Entities))
	d, err := daemon.Build(ctx, rules, main, daemon.Options{
		Version: version(), Log: slog.New(slog.DiscardHandler), Promise: "this terminal", Hasty: true, Pace: demoPace,
		Notifier: terminal.New(a.stdout, terminal.Options{Color: isTerminal(a.stdout)}),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return show.play(ctx, d)
}

// demoFiles writes the shipped config with the demo's feeds in the place of
// the real ones.
func demoFiles(dir, topics, feedList string) (string, error) {
	files := map[string][]byte{
		"watcherd.yaml": fmt.Appendf(nil, demoConfig, filepath.Join(dir, "state")),
		"feeds.yaml":    []byte(feedList),
	}
	err := fs.WalkDir(configs.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || files[name] != nil {
			return err
		}
		if topics != "" && filepath.Dir(name) == "topics" {
			return nil
		}
		files[name], err = fs.ReadFile(configs.Files, name)
		return err
	})
	if err != nil {
		return "", err
	}
	if topics != "" {
		own, err := filepath.Glob(filepath.Join(topics, "*.yaml"))
		if err != nil || len(own) == 0 {
			return "", errors.Join(err, usagef("demo: no topic files in %s", topics))
		}
		for _, name := range own {
			if files[filepath.Join("topics", filepath.Base(name))], err = os.ReadFile(name); err != nil {
				return "", err
			}
		}
	}
	for name, b := range files {
		if err := writeNew(filepath.Join(dir, name), b); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "watcherd.yaml"), nil
}

// demoRun plays the world to the watch and looks at what came of it.
type demoRun struct {
	*app
	world *demo.World
	began time.Time
}

// stepLimit is how long a step may take before the demo gives up.
const stepLimit = 20 * time.Second

func (r *demoRun) play(ctx context.Context, d *daemon.Daemon) error {
	run, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- d.Run(run, nil) }()
	finish := func() error { stop(); return <-ended }

	for {
		if err := r.settle(ctx, d, time.Now()); err != nil {
			return errors.Join(err, finish())
		}
		if !r.world.Advance() {
			break
		}
	}
	got, err := r.look(ctx, d)
	if err != nil {
		return errors.Join(err, finish())
	}
	if err := finish(); err != nil {
		return err
	}
	return r.conclude(got)
}

// settle waits until every feed was asked since and everything due was said.
func (r *demoRun) settle(ctx context.Context, d *daemon.Daemon, since time.Time) error {
	for deadline := time.Now().Add(stepLimit); ; {
		idle, err := d.Idle(ctx)
		if err != nil {
			return err
		}
		if idle && d.PolledSince(since) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("step %d took longer than %s", r.world.Step(), stepLimit)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
