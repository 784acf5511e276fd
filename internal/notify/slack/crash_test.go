package slack_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
	"github.com/watcherd/watcherd/internal/notify/slack"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

var seeds = flag.Int("seeds", 100, "seeds of the crash matrix")

func story(n int, channel string) news.Delivery {
	id := news.StoryID(fmt.Sprint("s", n))
	now := time.Now()
	return news.Delivery{
		Alert: news.Alert{
			ID: news.NewAlertID(id, channel, news.KindAlert, 0), Channel: channel, Kind: news.KindAlert, Story: id,
			Headline: fmt.Sprintf("Story %d: <talks> & *treaties* resume", n), Outlet: "Example World",
			URL: fmt.Sprintf("https://example.org/%d?a=1&b=2", n), At: now, Seen: now,
			Topics: []string{"Arms control"}, Why: []string{"arms control (title)"}, Queued: now,
			Excerpt: []news.Segment{{Text: "Moscow said it would return to "}, {Text: "arms control", Hit: true}, {Text: " talks."}},
		},
		State: news.StateQueued, Since: now, Due: now,
	}
}

func update(of news.Delivery, seq int, mode string) news.Delivery {
	d := of
	d.Alert.Kind, d.Alert.Target, d.Alert.Seq, d.Alert.Updates = news.KindUpdate, of.Alert.ID, seq, mode
	d.Alert.ID = news.NewAlertID(of.Alert.Story, of.Alert.Channel, news.KindUpdate, seq)
	r := news.Report{Outlet: fmt.Sprint("Outlet ", seq), URL: "https://other.example/x", Title: "They talk again"}
	d.Alert.Latest, d.Alert.Also, d.Alert.Count, d.Alert.New = &r, []news.Report{r}, seq+1, []string{"12 delegates"}
	d.State, d.Due, d.Receipt, d.Attempts, d.First, d.Doubtful = news.StateQueued, time.Now(), news.Receipt{}, 0, time.Time{}, false
	return d
}

// process is one life of the daemon's courier: killed, it neither stores nor
// sends nor hears anything any more.
type process struct {
	dead   atomic.Bool
	cancel context.CancelFunc
	done   chan struct{}
	*notify.Courier
}

var errKilled = errors.New("killed")

// mortal is an outbox through which a dead process writes nothing.
type mortal struct {
	*notifytest.Memory
	p      *process
	saves  atomic.Int64
	fake   *fakeslack.Server
	killAt int // before (odd) or after (even) which save the process dies; 0 never
}

func (m *mortal) Save(ctx context.Context, ds ...news.Delivery) error {
	if m.p.dead.Load() {
		return errKilled
	}
	if n := int(m.saves.Add(1)); m.killAt > 0 && n == (m.killAt+1)/2 {
		if m.killAt%2 == 1 {
			m.die()
			return errKilled
		}
		err := m.Memory.Save(ctx, ds...)
		m.die()
		return err
	}
	return m.Memory.Save(ctx, ds...)
}

func (m *mortal) die() {
	m.p.dead.Store(true)
	m.fake.People().Crash(time.Now(), 200*time.Millisecond)
}

func live(t *testing.T, out *notifytest.Memory, fake *fakeslack.Server, killAt int) *process {
	t.Helper()
	p := &process{done: make(chan struct{})}
	n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: "https://slack.test/api/", Transport: fake.Transport(p.dead.Load)})
	if err != nil {
		t.Fatal(err)
	}
	p.Courier = notify.NewCourier(&mortal{Memory: out, p: p, fake: fake, killAt: killAt}, n, notify.Options{Ops: notify.NewOps("#ops")})
	ctx, cancel := context.WithCancel(t.Context())
	p.cancel = cancel
	go func() {
		defer close(p.done)
		if err := p.Run(ctx); err != nil && !errors.Is(err, errKilled) {
			t.Error(err)
		}
	}()
	return p
}

func (p *process) kill() { p.dead.Store(true); p.cancel() }

// TestCrashMatrix kills the courier at random moments and at every store
// operation, while Slack loses, delays and garbles what it can. At the end
// each alert is visible exactly once, and none was posted again before two
// readings.
//
// It is short by default; `make crash` runs 1,000 seeds and prints the count.
func TestCrashMatrix(t *testing.T) {
	var sum tally
	for seed := range uint64(*seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { crash(t, seed, &sum) })
		})
	}
	t.Logf("%d seeds, %d kills, %d faults in %d requests: %d alerts and updates, %d lost, %d visible twice, %d extra copies taken back, %d rules of Slack's broken",
		*seeds, sum.kills, sum.faults.Load(), sum.requests, sum.alerts, sum.lost, sum.twice, sum.deleted, sum.broken)
}

// tally counts over all seeds.
type tally struct {
	kills, requests, alerts, lost, twice, deleted, broken int

	faults atomic.Int64
}

func crash(t *testing.T, seed uint64, sum *tally) {
	rng := rand.New(rand.NewPCG(seed, 1))
	seeded := fakeslack.Seeded(seed, 0.55)
	var calm atomic.Bool
	fake := fakeslack.New(fakeslack.Config{
		Lag:  time.Duration(rng.IntN(9)) * time.Second,
		Skew: time.Duration(rng.IntN(61)-30) * time.Second,
		Page: 15 + rng.IntN(40),
		Faults: func(n int, method string) fakeslack.Fault {
			f := seeded(n, method)
			if calm.Load() {
				return fakeslack.Fault{}
			}
			if f.Kind != "" {
				sum.faults.Add(1)
			}
			return f
		},
	})
	fake.People().Chat("C0ARMS", 30)
	channels := []string{"#arms", "#nato"}
	modes := []string{"edit", "thread"}
	out := notifytest.NewMemory()
	var all []news.Delivery
	for i := range 4 {
		d := story(i, channels[i%2])
		d.Alert.Urgent = i == 3
		all = append(all, d)
		u := update(d, 1, modes[i%2])
		all = append(all, u)
	}
	killAt := 0
	if seed%2 == 0 { // every crash point in turn
		killAt = int(seed/2)%40 + 1
	}
	if err := out.Save(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	p := live(t, out, fake, killAt)
	for range 3 {
		time.Sleep(time.Duration(rng.IntN(45000)) * time.Millisecond)
		p.kill()
		sum.kills++
		fake.People().Crash(time.Now(), 200*time.Millisecond)
		next := live(t, out, fake, 0)
		time.Sleep(time.Duration(rng.IntN(100)) * time.Millisecond)
		<-p.done
		p = next
	}
	time.Sleep(10 * time.Minute)
	calm.Store(true)
	time.Sleep(40 * time.Minute)
	p.cancel()
	<-p.done
	if killAt > 0 {
		sum.kills++
	}
	judgeCrash(t, fake.Oracle(), out, all, sum)
}

func judgeCrash(t *testing.T, v fakeslack.Verdict, out *notifytest.Memory, all []news.Delivery, sum *tally) {
	t.Helper()
	sum.requests, sum.broken, sum.alerts = sum.requests+v.Requests, sum.broken+len(v.Violations), sum.alerts+len(all)
	for _, e := range v.Seen {
		if e.Kind == "delete" {
			sum.deleted++
		}
	}
	for _, b := range v.Violations {
		t.Error("rule broken:", b)
	}
	if v.Coming != 0 {
		t.Errorf("%d posts still on their way", v.Coming)
	}
	for _, d := range all {
		got, _, _ := out.Delivery(context.Background(), d.Alert.ID)
		visible := v.Visible[string(d.Alert.ID)]
		own := got.State == news.StateSent && got.Receipt.Thread == "" && d.Alert.Kind == news.KindAlert
		switch {
		case got.State != news.StateSent && got.State != news.StateSuppressed:
			sum.lost++
			t.Errorf("%s of %s is %s: %s", d.Alert.Kind, d.Alert.Story, got.State, got.Reason)
		case len(visible) > 1:
			sum.twice++
			t.Errorf("%s of %s is visible %d times", d.Alert.Kind, d.Alert.Story, len(visible))
		case (own || got.Receipt.Thread != "") && len(visible) != 1:
			sum.lost++
			t.Errorf("%s of %s is visible %d times", d.Alert.Kind, d.Alert.Story, len(visible))
		case own && visible[0].TS != got.Receipt.Message:
			t.Errorf("%s of %s: the receipt names %s, visible is %s", d.Alert.Kind, d.Alert.Story, got.Receipt.Message, visible[0].TS)
		case own && !strings.Contains(visible[0].Text, "2 reports"):
			t.Errorf("%s was not brought up to date: %s", d.Alert.Story, visible[0].Text)
		case d.Alert.Kind == news.KindUpdate && len(visible) == 1 && visible[0].Thread == "":
			t.Errorf("the update of %s stands alone", d.Alert.Story)
		}
	}
}
