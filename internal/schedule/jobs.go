package schedule

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/robfig/cron/v3"
)

// Jobs runs the handful of fixed jobs of the daemon (expiry, digests,
// heartbeat). A job that panics is logged and runs again at its next time; a
// job that still runs is not started twice. Feeds are no jobs: they wait in a
// [Queue].
type Jobs struct {
	cron *cron.Cron
	log  *slog.Logger
	ctx  context.Context // of Run, for the jobs
}

// NewJobs returns an empty set of jobs whose specs count in loc.
func NewJobs(log *slog.Logger, loc *time.Location) *Jobs {
	return &Jobs{cron: cron.New(cron.WithLocation(loc), cron.WithLogger(quiet{})), log: log}
}

// Add sets up a job before Run. The spec is a duration or a cron spec, as
// ParseSpec reads it.
func (j *Jobs) Add(name, spec string, job func(context.Context)) error {
	s, err := ParseSpec(spec, j.cron.Location())
	if err != nil {
		return fmt.Errorf("job %s: %w", name, err)
	}
	var when cron.Schedule
	switch {
	case s.cron != nil:
		when = onClock{s.cron}
	case s.every > 0:
		when = cron.Every(s.every)
	default:
		return fmt.Errorf("job %s: a job cannot be adaptive", name)
	}
	// The guard against overlap must be outside: the library's loses its
	// token if a panic passes through it.
	chain := cron.NewChain(cron.SkipIfStillRunning(quiet{}))
	j.cron.Schedule(when, chain.Then(cron.FuncJob(func() { j.run(name, job) })))
	return nil
}

// Run runs the jobs until ctx ends, and waits for those under way.
func (j *Jobs) Run(ctx context.Context) {
	j.ctx = ctx
	j.cron.Start()
	<-ctx.Done()
	<-j.cron.Stop().Done()
}

func (j *Jobs) run(name string, job func(context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			j.log.Error("job failed", "job", name, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	job(j.ctx)
}

// onClock gives the library a spec that keeps its hours over a change of the
// clocks.
type onClock struct{ spec *cronSpec }

func (o onClock) Next(now time.Time) time.Time { return o.spec.next(now) }

// quiet is the library's logger: what it says is of no interest.
type quiet struct{}

func (quiet) Info(string, ...any)         {}
func (quiet) Error(error, string, ...any) {}
