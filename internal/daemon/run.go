package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/schedule"
	"github.com/watcherd/watcherd/internal/web"
)

// landing is how long a stop waits for what is under way, and landingBench how
// much longer for the bench. A stop takes stopWithin at most: what is left of
// it is for closing the data file.
const (
	landing      = 4 * time.Second
	landingBench = 500 * time.Millisecond
	stopWithin   = 5 * time.Second
)

// Run watches until ctx ends or something fails that only a new start can
// mend. Every value on hup is a request to reload.
func (d *Daemon) Run(ctx context.Context, hup <-chan os.Signal) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.cancel.Store(&cancel)
	d.now()

	// The bench outlives the workers, and the courier the bench, so that what
	// is under way at a stop comes to its end.
	bench, stopBench := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBench()
	var judging sync.WaitGroup
	judging.Go(func() { d.bench.run(bench) })

	var parts sync.WaitGroup
	parts.Go(func() { d.work(ctx, d.rules.Load().Config.Fetch.Workers) })
	parts.Go(func() {
		if err := d.courier.Run(ctx); err != nil {
			cancel(fmt.Errorf("courier: %w", err))
		}
	})
	if d.opts.Hands != nil {
		parts.Go(func() {
			house{d}.catchUp(ctx)
			d.opts.Hands.Run(ctx, house{d})
		})
	}
	parts.Go(func() { d.housekeep(ctx) })
	parts.Go(func() { d.watchdog(ctx) })
	parts.Go(func() { d.watchFiles(ctx) })
	parts.Go(func() { d.tellChanges(ctx) })
	if d.pushes != nil {
		parts.Go(func() { d.pushes.run(ctx) })
	}
	if hup != nil {
		parts.Go(func() { d.reloadOn(ctx, hup) })
	}
	servers := d.serve(cancel)
	parts.Go(func() { d.tellDowntime(ctx) })
	if why := d.opts.Degraded; why != "" {
		d.reloading.Lock()
		d.configNotice(why, "was refused at the start, the last good one runs")
		d.reloading.Unlock()
	}

	d.sdNotify(sd.SdNotifyReady)
	d.log.Info("watching", "feeds", len(d.rules.Load().feeds), "data", d.store.Path())
	<-ctx.Done()
	d.closeBy = time.Now().Add(stopWithin)
	d.sdNotify(sd.SdNotifyStopping)
	cause := context.Cause(ctx)
	d.log.Info("stopping", "cause", cause)
	for _, s := range servers {
		_ = s.Close() // readers come again
	}
	land(&parts, stopBench, &judging)
	if errors.Is(cause, context.Canceled) || isSignal(cause) {
		return nil
	}
	return cause
}

// isSignal says that the cause of the end is a signal, which is how a service
// is stopped.
func isSignal(err error) bool {
	return err != nil && (errors.Is(err, context.Canceled) || fmt.Sprintf("%T", err) == "signal.signalError")
}

// land waits for the parts, and then for the bench.
func land(parts *sync.WaitGroup, stopBench func(), judging *sync.WaitGroup) {
	until := time.Now().Add(landing)
	wait(parts, until)
	stopBench()
	wait(judging, until.Add(landingBench))
}

// wait waits for the parts, but not for ever: the store is consistent at every
// moment.
func wait(parts *sync.WaitGroup, until time.Time) {
	done := make(chan struct{})
	go func() { parts.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Until(until)):
	}
}

// now marks everything as alive at the start.
func (d *Daemon) now() {
	now := time.Now()
	d.beats.polling.mark(now)
	d.beats.storing.mark(now)
	d.beats.delivering.mark(now)
}

// fail ends Run with an error.
func (d *Daemon) fail(err error) {
	if c := d.cancel.Load(); c != nil {
		(*c)(err)
	}
}

// work takes rounds with so many workers until ctx ends.
func (d *Daemon) work(ctx context.Context, workers int) {
	c := crew{size: workers, next: d.queue.Next, round: d.roundBy}
	c.run(ctx)
}

// housekeep runs the fixed jobs.
func (d *Daemon) housekeep(ctx context.Context) {
	jobs := schedule.NewJobs(d.log, d.rules.Load().Config.Timezone)
	add := func(name, spec string, job func(context.Context)) {
		if err := jobs.Add(name, spec, job); err != nil {
			d.log.Error("a fixed job cannot be set up", "err", err)
		}
	}
	add("heartbeat", "15s", d.heartbeat)
	add("expire", "1h", d.expire)
	add("mutes", "15s", d.closeMutes)
	add("opinions", "1h", d.weekly)
	add("trial", trialHour, d.onTrial)
	jobs.Run(ctx)
}

// heartbeat proves that the three parts progress even when there is no news:
// the queue answers, a commit becomes durable, the courier can read its
// outbox.
func (d *Daemon) heartbeat(ctx context.Context) {
	now := time.Now()
	d.tellHands(now)
	// Wall clocks, which run on while the machine sleeps.
	if last := d.pulse.Swap(now.UnixNano()); last != 0 && now.Sub(time.Unix(0, last)) > awayTold {
		d.tellAway("stood still with its machine", time.Unix(0, last), now)
	}
	if d.queue.Stats().Late < stalled {
		d.beats.polling.mark(now)
	}
	if err := d.store.Heartbeat(ctx); err != nil {
		d.storeTrouble(heartbeatFeed, err)
	} else {
		d.storeFine(heartbeatFeed)
		d.beats.storing.mark(time.Now())
	}
	if d.courier.Status().Outbox == "" {
		d.beats.delivering.mark(now)
	}
}

func (d *Daemon) expire(ctx context.Context) {
	c := d.rules.Load().Config
	gone, err := d.store.Expire(ctx, time.Now(), c.Keep, int64(c.KeepSize))
	if err != nil {
		d.log.Error("what is too old could not be dropped", "err", err)
	} else if gone.Items > 0 {
		d.log.Info("dropped what is too old", "items", gone.Items, "weeks", gone.Weeks)
	}
	d.reloading.Lock()
	d.pace(d.rules.Load()) // adaptive feeds have come to other rhythms
	d.reloading.Unlock()
	if err := d.forget(ctx, time.Now()); err != nil {
		d.log.Error("notes of feeds that left the config could not be dropped", "err", err)
	}
	if err := dropCopies(filepath.Dir(d.store.Path()), time.Now()); err != nil {
		d.log.Warn("a left copy of the data file could not be removed", "err", err)
	}
	if n, err := d.store.Counts(ctx); err == nil && n.Wasteful() {
		if err := d.store.Compact(ctx); err != nil {
			d.log.Error("compact", "err", err)
		}
	}
	if err := d.bench.expire(ctx, time.Now()); err != nil {
		d.log.Error("stories could not be let go", "err", err)
	}
}

// watchdog tells systemd that the watch lives, while it does.
func (d *Daemon) watchdog(ctx context.Context) {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil || every <= 0 {
		every = 30 * time.Second
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if d.beats.alive(now) {
				d.sdNotify(sd.SdNotifyWatchdog)
			}
			d.sdNotify("STATUS=" + d.statusLine(ctx))
		}
	}
}

func (d *Daemon) sdNotify(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		d.log.Debug("systemd could not be told", "state", state, "err", err)
	}
}

// statusLine is what `systemctl status` shows.
func (d *Daemon) statusLine(ctx context.Context) string {
	c, err := d.store.Counts(ctx)
	if err != nil {
		return "status unknown: " + err.Error()
	}
	r := d.rules.Load()
	line := fmt.Sprintf("%d of %d feeds ok, %d topics, %d alerts sent, %d waiting", d.states.healthy(r), len(r.order),
		len(r.Config.Topics), c.Deliveries[news.StateSent], c.Deliveries[news.StateQueued])
	if d.degraded.Load() != nil {
		line = "DEGRADED, the last good config runs; " + line
	}
	return line
}

// serve answers on the page and on the command socket.
func (d *Daemon) serve(cancel context.CancelCauseFunc) []*http.Server {
	var all []*http.Server
	start := func(h http.Handler, what string, serve func(*http.Server) error) {
		s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
		if h == d.pushes {
			// The world may come here. The others have no such limits: a read
			// deadline would cut off a long command, too.
			s.ReadTimeout, s.WriteTimeout, s.MaxHeaderBytes = bodyWithin, answerWithin, 16<<10
		}
		all = append(all, s)
		go func() {
			if err := serve(s); err != nil && !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("%s: %w", what, err))
			}
		}()
	}
	if d.socket != nil {
		start(d.commands(), "command socket", func(s *http.Server) error { return s.Serve(d.socket) })
	}
	if d.pushes != nil {
		start(d.pushes, "listen_public", func(s *http.Server) error { return s.Serve(d.pushes.ln) })
	}
	if d.page != nil {
		start(web.Handler(d.page.Addr(), pageSource{d}, d.metrics.registry), "page", func(s *http.Server) error { return s.Serve(d.page) })
	}
	return all
}

// awayTold is how long the watch must be away before it says so.
const awayTold = 5 * time.Minute

// lastAlive is the stored name of the last moment the service was known alive.
const lastAlive = "heartbeat"

// tellDowntime says how long the watch was down, and which feeds may have
// lost items meanwhile.
func (d *Daemon) tellDowntime(ctx context.Context) {
	b, err := d.store.Get(ctx, lastAlive)
	if err != nil || len(b) == 0 {
		return
	}
	last, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil || time.Since(last) < awayTold {
		return
	}
	d.tellAway("was down", last, time.Now())
}
