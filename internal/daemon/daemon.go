// Package daemon is the house put together: it knows all stages and alone
// knows their order. Build makes the parts from a config, Run keeps them going,
// Close undoes them in the opposite order.
//
// The way of one item:
//   - schedule says that a feed is due; a worker takes the round (round.go)
//   - feeds asks the server politely; an unchanged answer ends the round
//   - the bytes become items with stable identity; known ones are only touched
//   - the feed's recurring blocks are learned, and desk reads each new item:
//     match and preparation, in parallel, outside any transaction
//   - the bench gives verdicts one after the other and stores the round whole:
//     items, verdicts, stories, alerts in the outbox, the feed's state (bench.go)
//   - notify's courier takes it from the outbox to the channel
//
// Beside it: reload.go swaps the rules whole, view.go and why.go answer
// questions, socket.go lets commands ask them, replay.go and ruletests.go run
// the same desk over the past and over examples.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/schedule"
	"github.com/watcherd/watcherd/internal/store"
	"github.com/watcherd/watcherd/internal/web"
)

// Options are what a Daemon needs beside its config.
type Options struct {
	Version string
	Log     *slog.Logger

	// Notifier speaks to the readers, and Promise says what it guarantees.
	Notifier notify.Notifier
	Promise  string

	// Hands bring what readers do; nil if nobody listens to them.
	Hands Hands

	// Transport replaces the network towards feeds in tests.
	Transport http.RoundTripper

	// Degraded says why an older config runs; "" if the files are good.
	Degraded string

	// Dry works on a data file of its own and leaves what the service keeps
	// as it is.
	Dry bool

	// Pace bounds how fast is said; the zero Pace is Slack's.
	Pace notify.Pace
	// On is told of every change in the outbox; may be nil.
	On func(news.Delivery)

	// Hasty shortens the waits that only manners ask for (the gathering of
	// notices, the spread of first polls), for the demo.
	Hasty bool
}

// Hands bring to the watch what its readers do and ask. Alerts do not need
// them.
type Hands interface {
	// Run listens until ctx ends.
	Run(ctx context.Context, h notify.House)
	State() notify.HandsState
}

// Daemon is the watch, built and ready to run.
type Daemon struct {
	opts    Options
	log     *slog.Logger
	path    string // of the config
	started time.Time

	store   *store.Store
	client  *feeds.Client
	queue   *schedule.Queue
	bench   *bench
	inbox   inbox
	courier *notify.Courier
	ops     *notify.Ops
	states  *states
	marking sync.RWMutex // rounds that store their state share it; enroll has it alone
	outage  struct {
		mu sync.Mutex
		o  schedule.Outage
	}
	clamps  sync.Map     // news.FeedID -> the wishes of its publisher that were clamped, as logged
	pulse   atomic.Int64 // wall time of the last heartbeat
	storing storing
	cancel  atomic.Pointer[context.CancelCauseFunc]

	rules    atomic.Pointer[Rules]
	applied  atomic.Pointer[time.Time]
	degraded atomic.Pointer[string]
	reports  *reports

	reloading sync.Mutex
	refused   string // key of the notice of a refused config; "" if the files are good

	metrics *metrics
	beats   beats

	pushes *pushes // nil: hubs are not listened to
	page   net.Listener
	socket net.Listener
	undo   []func() error

	closeBy time.Time // Close waits no longer for the disk; zero: it waits
}

// DataFile is where the config keeps what the watch remembers.
func DataFile(c *config.Config) string { return filepath.Join(c.StateDir, "watcherd.db") }

// Build makes the parts in the order of the data. What it built is undone if a
// later part fails.
func Build(ctx context.Context, r *Rules, path string, opts Options) (*Daemon, error) {
	c := r.Config
	d := &Daemon{opts: opts, log: opts.Log, path: path, started: time.Now()}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.metrics = newMetrics(d.started, opts.Version)
	if err := d.build(ctx, r, c); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	// Compiling and testing the rules took several times what they hold.
	debug.FreeOSMemory()
	return d, nil
}

func (d *Daemon) build(ctx context.Context, r *Rules, c *config.Config) error {
	var err error
	file := DataFile(c)
	if d.opts.Dry {
		file = dryRunFile(c)
		if err := prepareDryRun(ctx, c); err != nil {
			return err
		}
	}
	if d.store, err = store.Open(file, store.Options{Log: d.log}); err != nil {
		return err
	}
	d.undo = append(d.undo, d.closeStore)

	stored, err := d.store.FeedStates(ctx)
	if err != nil {
		return err
	}
	d.states = newStates(stored)

	// A dry run beside the service leaves page, socket and hubs to it.
	if _, err := Dial(ctx, SocketPath(c)); !d.opts.Dry || errors.Is(err, ErrNotRunning) {
		if err := d.listen(c); err != nil {
			return err
		}
		if d.pushes, err = d.receive(ctx, r, c); err != nil {
			return err
		}
	}

	fetch := FetchOptions(c, d.opts.Version)
	fetch.Own, fetch.Transport = d.own(), d.opts.Transport
	d.client = feeds.NewClient(fetch)
	d.undo = append(d.undo, func() error { d.client.Close(); return nil })

	d.queue = schedule.NewQueue(schedule.QueueOptions{Manners: schedule.Manners{
		Concurrent: c.Fetch.PerHost.Concurrent, Spacing: c.Fetch.PerHost.Spacing}})
	d.ops = notify.NewOps(c.Slack.OpsChannel)
	d.courier = notify.NewCourier(d.store, d.opts.Notifier, notify.Options{
		Manners: channelManners(c), Ops: d.ops, Log: d.log, Pace: d.opts.Pace, On: d.opts.On})
	d.rules.Store(r)
	d.recallTold(r, time.Now())
	memory, err := d.recall(ctx)
	if err != nil {
		return err
	}
	d.bench = newBench(d.store, memory, d.recall)
	d.reports = newReports()
	d.setDegraded(d.opts.Degraded)
	now := time.Now()
	d.applied.Store(&now)
	d.metrics.configTime.Set(float64(now.Unix()))
	d.enroll(ctx, r, now)
	if d.opts.Degraded == "" {
		d.keepGood(c)
	}
	return nil
}

// listen opens the page and the command socket.
func (d *Daemon) listen(c *config.Config) error {
	var err error
	if c.Listen != "" {
		if d.page, err = web.Listen(c.Listen); err != nil {
			return err
		}
		d.undo = append(d.undo, closer(d.page))
	}
	if d.socket, err = listenSocket(SocketPath(c)); err != nil {
		return err
	}
	d.undo = append(d.undo, closer(d.socket))
	return nil
}

// closer closes a listener; one that a server closed already is closed.
func closer(ln net.Listener) func() error {
	return func() error {
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// own are our listeners, which no feed may point at.
func (d *Daemon) own() []netip.AddrPort {
	var all []netip.AddrPort
	add := func(ln net.Listener) {
		if a, ok := ln.Addr().(*net.TCPAddr); ok {
			all = append(all, a.AddrPort())
		}
	}
	if d.page != nil {
		add(d.page)
	}
	if d.pushes != nil {
		add(d.pushes.ln)
	}
	return all
}

// Close undoes what Build did, last first.
func (d *Daemon) Close() error {
	var errs []error
	for len(d.undo) > 0 {
		last := len(d.undo) - 1
		errs = append(errs, d.undo[last]())
		d.undo = d.undo[:last]
	}
	return errors.Join(errs...)
}

// closeStore closes the data file, but waits no longer than a stop may take:
// a commit is there whole or not at all, so nothing is lost with the process.
func (d *Daemon) closeStore() error {
	if d.closeBy.IsZero() {
		return d.store.Close()
	}
	done := make(chan error, 1)
	go func() { done <- d.store.Close() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Until(d.closeBy)):
		return fmt.Errorf("%s could not be closed within %v of the stop: the disk does not answer; what was stored is safe", d.store.Path(), stopWithin)
	}
}

// Addr is where the desk's page is served; "" if it is off.
func (d *Daemon) Addr() string {
	if d.page == nil {
		return ""
	}
	return d.page.Addr().String()
}

// view answers questions with the present rules and states.
func (d *Daemon) view() *view {
	return &view{store: d.store, rules: d.rules.Load(), live: d.states.all()}
}

// Status is the view's, with what only the running service knows.
func (d *Daemon) Status(ctx context.Context) (Status, error) {
	st, err := d.view().Status(ctx)
	if err != nil {
		return st, err
	}
	now := time.Now()
	st.Running, st.Version, st.Since, st.Promise = true, d.opts.Version, d.started.UTC(), d.opts.Promise
	st.Checks = d.checks(now)
	st.Healthy = allOK(st.Checks)
	if d.opts.Hands != nil {
		h := d.opts.Hands.State()
		st.Hands = &h
	}
	st.Config = fmt.Sprintf("%s, applied %s", d.path, clock(*d.applied.Load()))
	if why := d.degraded.Load(); why != nil {
		st.Degraded = *why
	}
	return st, nil
}

// setDegraded notes why an older config runs; "" ends it.
func (d *Daemon) setDegraded(why string) {
	if why == "" {
		d.degraded.Store(nil)
		d.metrics.degraded.Set(0)
		return
	}
	d.degraded.Store(&why)
	d.metrics.degraded.Set(1)
}
