package notify

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Options are what a Courier is told. Every field may be left zero.
type Options struct {
	Manners map[string]Manners // by channel; "" is for those not named
	Ops     *Ops               // where troubles of delivery are noted
	Blind   Policy
	Pace    Pace
	Log     *slog.Logger
	On      func(news.Delivery) // told of every change once it is saved; must not block
}

// Courier delivers what the outbox holds. One delivery per channel is in
// flight at a time; channels do not wait for one another.
type Courier struct {
	out  Outbox
	not  Notifier
	opt  Options
	log  *slog.Logger
	pace Pace

	wake    chan struct{}
	reports chan report

	// The following belong to the goroutine of Run.
	lanes    map[string]*lane
	app      breaker
	silent   string    // why the last tries had no answer
	silentAt time.Time // when the first of them ended
	again    bool      // a trouble is over: what waits to be tried again need not
	hold     time.Time // the other side asked to wait with everything
	limited  bool      // and nothing went through since
	posts    bucket
	edits    bucket
	looks    bucket
	edited   map[string]time.Time          // last edits, by message
	standins map[news.AlertID]news.AlertID // updates being said in full, by what they stand in for
	flying   int
	window   int
	started  time.Time

	manners atomic.Pointer[map[string]Manners] // set, not yet taken up

	marking sync.RWMutex // held for reading while saving; see Mark

	mu     sync.Mutex
	marks  map[news.AlertID][]news.Mark // made since the start
	status Status
}

const (
	windowMin = 256
	grace     = 2 * time.Second // for storing an outcome while stopping, within what a stop may take
)

// NewCourier makes a courier; Run starts it.
func NewCourier(out Outbox, not Notifier, opt Options) *Courier {
	c := &Courier{
		out: out, not: not, opt: opt, log: opt.Log, pace: opt.Pace.withDefaults(),
		wake: make(chan struct{}, 1), reports: make(chan report),
		lanes: map[string]*lane{}, edited: map[string]time.Time{},
		standins: map[news.AlertID]news.AlertID{}, marks: map[news.AlertID][]news.Mark{}, window: windowMin,
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.posts = bucket{every: c.pace.EveryPost, burst: 20}
	c.edits = bucket{every: c.pace.EveryEdit, burst: 5}
	c.looks = bucket{every: c.pace.EveryLook, burst: 10}
	return c
}

// Wake makes Run look into the outbox now. It never blocks.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, lets what is in flight come to its end, and
// returns nil; or it returns the error of an outbox that could not be read at
// the start. It may be called once.
func (c *Courier) Run(ctx context.Context) error {
	c.started = time.Now()
	if err := c.recover(ctx); err != nil {
		return fmt.Errorf("recover the outbox: %w", err)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			c.land(ctx)
			return nil
		case r := <-c.reports:
			c.apply(r)
		case <-c.wake:
		case <-timer.C:
		}
		c.remanner()
		c.collect(ctx)
		if ctx.Err() != nil {
			continue
		}
		timer.Reset(c.turn(ctx))
	}
}

// collect takes the reports that are already there, to plan with all of them.
func (c *Courier) collect(ctx context.Context) {
	for {
		select {
		case r := <-c.reports:
			c.apply(r)
		default:
			return
		}
	}
}

// land waits for what is in flight.
func (c *Courier) land(ctx context.Context) {
	for c.flying > 0 {
		c.apply(<-c.reports)
	}
}

// recover takes up the outbox as the last process left it: what was being
// sent may have been said. What was refused is tried again at once, since a
// start is what follows after somebody mended the token or invited the bot.
func (c *Courier) recover(ctx context.Context) error {
	all, err := c.out.Due(ctx, time.Now().Add(100*365*24*time.Hour), 0)
	if err != nil {
		return err
	}
	now := time.Now()
	var changed []news.Delivery
	unclear := 0
	for _, d := range all {
		switch {
		case d.State == news.StateSending:
			d = recovered(d, now)
			changed = append(changed, d)
			unclear++
		case putOff(&d, now):
			d.Due = now
			changed = append(changed, d)
		}
		c.restore(d, now)
		if d.State == news.StateUnknown && d.Alert.Target != "" {
			if p, ok, err := c.out.Delivery(ctx, d.Alert.Target); err == nil && ok && p.Receipt.Message == "" {
				c.standins[d.Alert.Target] = d.Alert.ID
			}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if unclear > 0 {
		c.log.Info("looking for what was being sent when the last run ended", "alerts", unclear)
	}
	return c.commit(ctx, changed...)
}

// putOff tells whether an alert waits only because a try was refused or did
// not reach the other side.
func putOff(d *news.Delivery, now time.Time) bool {
	switch {
	case !d.Due.After(now) || d.Gather || d.Hold.After(now):
		return false
	case d.State == news.StateHeld:
		return true
	}
	return d.State == news.StateQueued && d.Alert.Kind == news.KindAlert && d.Attempts > 0
}

// resume lets what was put off be told now, together with what waits behind it.
func (c *Courier) resume(ctx context.Context, now time.Time) error {
	ds, err := c.out.Due(ctx, now.Add(probeChannel), 0)
	if err != nil {
		return fmt.Errorf("read the outbox: %w", err)
	}
	ds = slices.DeleteFunc(ds, func(d news.Delivery) bool { return !putOff(&d, now) })
	for i := range ds {
		ds[i].Due = now
	}
	if len(ds) > 0 {
		if err := c.commit(ctx, ds...); err != nil {
			return err
		}
	}
	c.again = false
	return nil
}

// turn plans every channel's due deliveries and starts what may go. It
// returns how long to wait if nothing happens.
func (c *Courier) turn(ctx context.Context) time.Duration {
	now := time.Now()
	if err := c.takeOps(ctx, now); err != nil {
		return c.stuck(ctx, err)
	}
	if c.again {
		if err := c.resume(ctx, now); err != nil {
			return c.stuck(ctx, err)
		}
	}
	var wake time.Time
	for {
		due, err := c.out.Due(ctx, now, c.window)
		if err != nil {
			return c.stuck(ctx, fmt.Errorf("read the outbox: %w", err))
		}
		if wake, err = c.serveAll(ctx, due, now); err != nil {
			return c.stuck(ctx, err)
		}
		if len(due) < c.window {
			c.window = max(windowMin, len(due)*2)
			break
		}
		c.window *= 2 // what was seen may all be waiting; what is behind it may not
	}
	next, err := c.out.NextDue(ctx, now)
	if err != nil {
		return c.stuck(ctx, fmt.Errorf("read the outbox: %w", err))
	}
	wake = sooner(sooner(wake, next), c.opt.Ops.Due())
	c.publish(now)
	if wake.IsZero() {
		return time.Hour
	}
	return min(max(wake.Sub(now), time.Millisecond), time.Hour)
}

// serveAll sorts the deliveries by channel and serves each channel.
func (c *Courier) serveAll(ctx context.Context, due []news.Delivery, now time.Time) (wake time.Time, err error) {
	byLane := map[*lane][]news.Delivery{}
	var order []*lane
	for _, d := range due {
		ln := c.lane(d.Alert.Channel)
		if ln.busy {
			continue
		}
		if byLane[ln] == nil {
			order = append(order, ln)
		}
		byLane[ln] = append(byLane[ln], d)
	}
	for _, ln := range order {
		t, err := c.tidy(ctx, ln, byLane[ln], now)
		if err != nil {
			return wake, err
		}
		j, ok, at := c.next(ln, t, now)
		wake = sooner(sooner(wake, at), t.wake)
		if ok {
			c.start(ctx, ln, j, now)
		}
	}
	return wake, nil
}

// start sends a job on its way.
func (c *Courier) start(ctx context.Context, ln *lane, j job, now time.Time) {
	c.spend(ln, j, now)
	ln.busy = true
	c.flying++
	j.escalate, j.blind = ln.manners.Escalate, ln.blind
	if j.verb != verbLook {
		j.d.Alert.Mention = ln.mention(j.d, now)
	}
	if j.verb == verbSay {
		if j.target.Message == "" && j.d.Alert.Target != "" {
			c.standins[j.d.Alert.Target] = j.d.Alert.ID
		}
	}
	go func() {
		r := c.work(ctx, j)
		r.ln, r.verb = ln, j.verb
		c.reports <- r
	}()
}

// mention is whom a delivery calls: only as the config says, only for urgent
// alerts, outside quiet hours, and seldom.
func (ln *lane) mention(d news.Delivery, now time.Time) string {
	who := d.Alert.Mention
	if who == "" && d.Alert.Kind == news.KindAlert {
		who = ln.manners.Mention
	}
	_, quiet := ln.manners.QuietUntil(now)
	// Of what follows an alert only its escalation may call anybody.
	follows := d.Alert.Kind == news.KindCorrection || d.Alert.Kind == news.KindUpdate && d.Alert.Latest != nil
	if who == "" || !d.Alert.Urgent || quiet || follows {
		return ""
	}
	if d.Alert.Kind == news.KindAlert {
		if d.Attempts == 0 && !ln.mentioned.IsZero() && now.Sub(ln.mentioned) < mentionGap {
			return ""
		}
		ln.mentioned = now
	}
	return who
}

// takeOps puts gathered notices into the outbox.
func (c *Courier) takeOps(ctx context.Context, now time.Time) error {
	a, taken, ok := c.opt.Ops.Take(now)
	if !ok {
		return nil
	}
	d := news.Delivery{Alert: a, State: news.StateQueued, Since: now, Due: now}
	if err := c.commit(ctx, d); err != nil {
		return err
	}
	c.opt.Ops.Done(taken, now)
	return nil
}

// stuck is the wait after the outbox failed. At a stop it is the stop that
// failed it.
func (c *Courier) stuck(ctx context.Context, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	c.log.Error("the outbox fails; nothing is delivered until it works", "err", err)
	c.mu.Lock()
	c.status.Outbox = err.Error()
	c.mu.Unlock()
	return 5 * time.Second
}
