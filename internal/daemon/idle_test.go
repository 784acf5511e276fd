//go:build unix

package daemon

import (
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/notify/terminal"
)

// BenchmarkIdleMinute is what a service of 100,000 feeds does in a minute in
// which none of them is due: heartbeats, the line for systemd, mutes, a look at
// the config's folders. The due-queue's own cost, one look at the clock a
// minute, is schedule's BenchmarkQueueIdle. "%core" is the CPU time's share of one core; ns/op
// holds the waits for the disk as well.
func BenchmarkIdleMinute(b *testing.B) {
	var config strings.Builder
	config.WriteString("listen: \"\"\ndefault_channel: \"#desk\"\ntopics:\n  nato: {any: \"NATO\"}\nfeeds:\n")
	for i := range 100_000 {
		fmt.Fprintf(&config, "  - {url: \"https://host%d.example/%d\", every: 6h}\n", i%20_000, i)
	}
	d, err := Build(b.Context(), testRules(b, b.TempDir(), config.String()), "watcherd.yaml",
		Options{Transport: &world{}, Notifier: terminal.New(io.Discard, terminal.Options{})})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close() // no error matters here
	go d.bench.run(b.Context())
	folders := []string{b.TempDir()}
	b.ReportAllocs()
	began := cpuTime()
	for b.Loop() {
		for range 4 {
			d.heartbeat(b.Context())
			d.closeMutes(b.Context())
		}
		for range 6 {
			d.statusLine(b.Context())
		}
		foldersNow(folders)
	}
	b.ReportMetric(100*(cpuTime()-began).Seconds()/float64(b.N)/60, "%core")
	if n := d.queue.Stats(); n.Feeds != 100_000 {
		b.Errorf("%+v", n)
	}
}

// cpuTime is the CPU time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
