package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/daemon"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
	"github.com/watcherd/watcherd/internal/store"
)

// TestKilledServiceTellsEachStoryOnce kills the built program with SIGKILL,
// at random moments and at each point of a message's way, while Slack, a
// process of its own, loses, delays and garbles what it can. At the end each
// story is visible in each of its channels exactly once, and none of Slack's
// rules was broken.
//
// The program is the one that ships: nothing in it knows of the points. A
// kill is aimed from outside, where the program's requests and Slack's answers
// go by (road), and what the data file and Slack held at that moment is read
// afterwards and counted.
//
// It is short by default: two seeds without faults. `make crash` runs 1,000
// with faults and prints the count; WATCHERD_CRASH_SEEDS=17 or 1-100 runs
// those, as many at once as -parallel says. A seed waits more than it works.
func TestKilledServiceTellsEachStoryOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("kills and starts the service for a quarter of a minute")
	}
	exes := programs{watcherd: build(t, "."), slack: build(t, "../../internal/notify/slack/fakeslack/cmd")}
	seeds, long := crashSeeds(t)
	sum := newTally()
	began := time.Now()
	// The seeds are done when this returns; only then are they counted.
	t.Run("seeds", func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				if long {
					crash(t, exes, newPlot(seed), sum)
					return
				}
				crash(t, exes, shortPlot(seed), sum)
			})
		}
	})
	t.Logf("%d seeds in %v\n%s", len(seeds), time.Since(began).Round(time.Second), sum)
}

// crashSeeds reads WATCHERD_CRASH_SEEDS: 1,2,3 or 1-40.
func crashSeeds(t *testing.T) (seeds []uint64, long bool) {
	t.Helper()
	given := os.Getenv("WATCHERD_CRASH_SEEDS")
	for s := range strings.SplitSeq(cmp.Or(given, "1-2"), ",") {
		from, to, isRange := strings.Cut(s, "-")
		if !isRange {
			to = from
		}
		a, err := strconv.ParseUint(from, 10, 64)
		b, err2 := strconv.ParseUint(to, 10, 64)
		if err != nil || err2 != nil {
			t.Fatalf("WATCHERD_CRASH_SEEDS: %q", s)
		}
		for ; a <= b; a++ {
			seeds = append(seeds, a)
		}
	}
	return seeds, given != ""
}

// plot is what happens in one seed.
type plot struct {
	seed  uint64
	rng   *rand.Rand
	kind  string   // of desk, one of plotKinds
	kills []string // where, one of points
	long  bool     // with faults, and to the end of all audits
}

// plotKinds are the desks: what they publish and how their channels want it.
var plotKinds = []string{"edit", "thread", "silent", "urgent", "storm", "digest", "mute", "limited"}

func newPlot(seed uint64) plot {
	p := plot{seed: seed, rng: rand.New(rand.NewPCG(seed, 0xdead)), kind: plotKinds[seed%uint64(len(plotKinds))], long: true}
	able := slices.DeleteFunc(slices.Clone(points), func(point string) bool {
		switch what, _, _ := strings.Cut(point, " "); what {
		case "digest":
			return p.kind != "storm" && p.kind != "digest"
		case "update":
			return p.kind != "edit" && p.kind != "thread"
		}
		return false
	})
	p.kills = []string{able[seed/uint64(len(plotKinds))%uint64(len(able))]}
	for range p.rng.IntN(3) {
		p.kills = append(p.kills, able[p.rng.IntN(len(able))])
	}
	return p
}

// shortPlot kills an urgent post before and after Slack has taken it: what
// takes least time to repair.
func shortPlot(seed uint64) plot {
	return plot{seed: seed, rng: rand.New(rand.NewPCG(seed, 0xdead)), kind: "urgent", kills: []string{[]string{"post asked", "post accepted"}[seed%2]}}
}

// publish is what the papers write before the nth kill, and after the last.
func (p *plot) publish(w *stand, n int) {
	switch p.kind {
	case "urgent":
		w.publish(topicUrgent, 1)
		if p.long {
			w.publish(topicNormal, 1)
		}
	case "storm":
		w.publish(topicNormal, 1+8*((n+1)%2))
	case "digest":
		w.publish(topicNormal, 3)
	case "limited":
		w.publish(topicNormal, 1)
		w.publish(topicUrgent, 1)
	case "mute":
		w.publish(topicNormal, 1)
	default:
		w.publish(topicNormal, 2)
		w.follow(n - 1)
	}
	if strings.HasPrefix(p.kills[min(n, len(p.kills)-1)], "delete") && n < len(p.kills) {
		w.publish(topicUrgent, 1)
	}
}

type programs struct{ watcherd, slack string }

func crash(t *testing.T, exes programs, p plot, sum *tally) {
	w := newStand(p.seed)
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	sl := startSlack(t, exes.slack, &p)
	svc := &service{exe: exes.watcherd, dir: t.TempDir()}
	rd := newRoad(sl, svc, w, rand.New(rand.NewPCG(p.seed, 0x60)))
	way := httptest.NewServer(rd)
	t.Cleanup(way.Close)
	svc.configure(t, &p, web.URL, way.URL)

	if p.long {
		time.Sleep(time.Duration(p.rng.IntN(20)) * time.Second) // not all seeds at once
	}
	svc.start(t)
	w.waitSeen(t) // the baseline is stored, and the feeds asked again
	if p.kind == "mute" {
		sl.mute(t, svc, "/watch mute nato 3h", 1)
	}
	for n, point := range p.kills {
		shot := rd.aim(point)
		if strings.HasPrefix(point, "delete") {
			sl.get(t, "/_people/next?kind=late&delay=14s") // a copy that comes after the second post
		} else if strings.HasPrefix(point, "history") {
			sl.get(t, "/_people/next?kind=reset")
		}
		p.publish(w, n)
		hit, at := rd.await(t, shot)
		svc.buried(t)
		sum.killed(hit, p.look(t, svc, sl))
		sl.get(t, fmt.Sprint("/_people/crash?at=", at.UnixNano()))
		if p.long && p.rng.IntN(3) == 0 { // a supervisor that starts it again at once, and again
			svc.start(t)
			time.Sleep(time.Duration(p.rng.IntN(300)) * time.Millisecond) // the moment of the kill, of the seed
			at = time.Now()
			svc.kill(t)
			svc.buried(t)
			sum.killed("start", p.look(t, svc, sl))
			sl.get(t, fmt.Sprint("/_people/crash?at=", at.UnixNano()))
		}
		svc.start(t)
	}
	p.publish(w, len(p.kills))
	if p.long {
		time.Sleep(time.Duration(5+p.rng.IntN(15)) * time.Second) // faults go on for a while
	}
	sl.get(t, "/_people/calm")
	if p.kind == "mute" {
		sl.mute(t, svc, "/watch unmute", 0)
	}
	settled := p.settle(t, svc, sl, w.stories())
	rd.late.Wait()
	svc.terminate(t)
	p.judge(t, w, svc, sl, settled, sum)
}

// look is what the data file and Slack hold after a kill: how far each alert
// had come.
func (p *plot) look(t *testing.T, svc *service, sl *slackProcess) map[string]bool {
	t.Helper()
	v, rows := sl.oracle(t), map[string]bool{}
	for _, d := range svc.outbox(t) {
		if d.Alert.Kind == news.KindOps {
			continue
		}
		n := len(v.Visible[string(d.Alert.ID)])
		row := fmt.Sprintf("%s, %d in Slack", d.State, n)
		switch {
		case d.State == news.StateSent && !(d.Doubtful && !d.Audited):
			row = "sent"
		case d.State == news.StateSent:
			row = fmt.Sprintf("sent, to be audited, %d in Slack", n)
		case d.State == news.StateSuppressed && d.Digest != "":
			row = "told in a digest"
		case d.Alert.Target != "":
			row = fmt.Sprintf("an edit or reply %s", d.State)
		case d.Gather:
			row = "gathered for a digest"
		}
		rows[row] = true
	}
	if v.Coming > 0 {
		rows["a post on its way"] = true
	}
	return rows
}

// settle waits until all is told and audited, in the short form until all is
// told. It tells whether that came about.
func (p *plot) settle(t *testing.T, svc *service, sl *slackProcess, all []story) bool {
	t.Helper()
	pause := time.Second
	if p.long {
		pause *= 3
	}
	return until(12*time.Minute, pause, func() bool {
		v := sl.oracle(t)
		return v.Coming == 0 && len(svc.pending(t, p.long)) == 0 && !slices.ContainsFunc(all, func(s story) bool {
			return slices.ContainsFunc(s.channels(), func(c string) bool { return len(shown(v, s.marker, c)) == 0 })
		})
	})
}

func (p *plot) judge(t *testing.T, stand *stand, svc *service, sl *slackProcess, settled bool, sum *tally) {
	t.Helper()
	v := sl.oracle(t)
	var got tally
	got.requests, got.broken = v.Requests, len(v.Violations)
	for _, s := range stand.stories() {
		for _, c := range s.channels() {
			got.stories++
			list := shown(v, s.marker, c)
			switch n := len(list); {
			case n == 0:
				got.lost++
				t.Errorf("lost in %s: %q, of which watcherd why says:\n%s", c, s.title, svc.ask(t, "why", s.url))
			case n > 1:
				got.twice++
				t.Errorf("told %d times in %s: %q", n, c, s.title)
			case s.followed && single(list[0]) && p.kind != "silent" && p.kind != "mute" && !strings.Contains(list[0].Text, "2 reports"):
				got.stale++
				t.Errorf("not brought up to date in %s: %q", c, list[0].Text)
			}
		}
	}
	for _, s := range stand.old {
		for channel := range channelIDs {
			if len(shown(v, s.marker, channel)) > 0 {
				t.Errorf("an item of the first poll was told: %q", s.title)
			}
		}
	}
	for id, list := range v.Visible {
		if id != "" && len(list) > 1 {
			got.twice++
			t.Errorf("%s is visible %d times: %q", id, len(list), list[0].Text)
		}
	}
	for _, d := range svc.outbox(t) {
		switch thread := d.Receipt.Thread; {
		case d.State != news.StateSent && d.State != news.StateSuppressed && d.State != news.StateExpired:
			t.Errorf("%s %q is %s at the end: %s", d.Alert.Kind, d.Alert.Headline, d.State, d.Reason)
		case thread != "" && len(v.Visible[string(d.Alert.ID)]) != 1:
			got.lost++
			t.Errorf("a reply is visible %d times: %q", len(v.Visible[string(d.Alert.ID)]), d.Alert.Headline)
		case thread != "":
			got.replies++
		}
	}
	if !settled {
		t.Error("something was still to be done after 12 minutes")
	}
	for _, broken := range v.Violations {
		t.Errorf("Slack's rule broken: %s", broken)
	}
	for _, e := range v.Seen {
		if e.Kind == "delete" {
			got.deleted++
		}
	}
	got.faults = v.Faults
	sum.add(&got)
}

// single tells whether a message tells one story, not a digest of many.
func single(m fakeslack.Message) bool {
	return m.Metadata == nil || m.Metadata.Payload["kind"] != "digest"
}

// outbox is what the data file of the stopped service holds.
func (s *service) outbox(t *testing.T) []news.Delivery {
	t.Helper()
	st, err := store.Open(filepath.Join(s.dir, "state", "watcherd.db"), store.Options{ReadOnly: true, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatalf("the data file after a kill: %v", err)
	}
	defer st.Close() // only read
	ds, err := st.Deliveries(t.Context(), store.Filter{})
	if err != nil {
		t.Fatalf("the data file after a kill: %v", err)
	}
	return ds
}

// pending asks the running service what is still to be done; with the audits,
// if they count.
func (s *service) pending(t *testing.T, audits bool) []news.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	none := []news.Delivery{{}} // not known
	r, err := daemon.Dial(ctx, filepath.Join(s.dir, "state", "watcherd.sock"))
	if err != nil {
		return none
	}
	ds, err := r.Outbox(ctx, "")
	if err != nil {
		return none
	}
	return slices.DeleteFunc(ds, func(d news.Delivery) bool {
		return !d.Pending() || d.State == news.StateSent && !audits
	})
}

// tally counts over all seeds.
type tally struct {
	mu sync.Mutex

	kills, requests, stories, replies, lost, twice, stale, deleted, broken int

	points, rows, faults map[string]int
}

func newTally() *tally {
	return &tally{points: map[string]int{}, rows: map[string]int{}, faults: map[string]int{}}
}

func (s *tally) killed(point string, rows map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kills++
	s.points[point]++
	for row := range rows {
		s.rows[row]++
	}
}

func (s *tally) add(o *tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.stories, s.replies = s.requests+o.requests, s.stories+o.stories, s.replies+o.replies
	s.lost, s.twice, s.stale = s.lost+o.lost, s.twice+o.twice, s.stale+o.stale
	s.deleted, s.broken = s.deleted+o.deleted, s.broken+o.broken
	for kind, n := range o.faults {
		s.faults[kind] += n
	}
}

func (s *tally) String() string {
	list := func(m map[string]int) string {
		var b strings.Builder
		for _, k := range slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) }) {
			fmt.Fprintf(&b, "\n    %5d %s", m[k], k)
		}
		return b.String()
	}
	faults := 0
	for _, n := range s.faults {
		faults += n
	}
	return fmt.Sprintf("%d kills with SIGKILL, at:%s\n  of them found an alert:%s\n  %d faults in %d requests to Slack:%s\n"+
		"  %d stories told in a channel, %d replies: %d lost, %d visible twice, %d not brought up to date; %d extra copies taken back, %d rules of Slack's broken",
		s.kills, list(s.points), list(s.rows), faults, s.requests, list(s.faults),
		s.stories, s.replies, s.lost, s.twice, s.stale, s.deleted, s.broken)
}
