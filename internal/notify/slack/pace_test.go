package slack_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/notifytest"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// delays is how long after it was queued each alert of the channels nobody
// limits was posted, in their order, while a third channel is limited in every
// way that Slack knows, or not at all. Half way through the courier is stopped
// and started.
func delays(t *testing.T, faults func(n int, method string) fakeslack.Fault) []time.Duration {
	t.Helper()
	fake := fakeslack.New(fakeslack.Config{
		Channels: []fakeslack.Channel{{ID: "C0ARMS", Name: "arms", Member: true}, {ID: "C0NATO", Name: "nato", Member: true}, {ID: "C0SANC", Name: "sanctions", Member: true}},
		Faults:   faults, Only: "C0ARMS",
	})
	out := notifytest.NewMemory()
	p := live(t, out, fake, 0)
	queued := map[string]time.Time{}
	var free []news.Delivery
	var all []news.Delivery
	for i := range 100 {
		var now []news.Delivery
		for _, c := range []string{"#arms", "#nato", "#sanctions"} {
			d := story(i, c)
			d.Alert.Urgent = i%20 == 19
			queued[string(d.Alert.ID)] = time.Now()
			now = append(now, d)
			if c != "#arms" {
				free = append(free, d)
			}
		}
		all = append(all, now...)
		if err := out.Save(t.Context(), now...); err != nil {
			t.Fatal(err)
		}
		p.Wake()
		time.Sleep(5 * time.Second)
		if i == 50 {
			p.cancel()
			<-p.done
			p = live(t, out, fake, 0)
		}
	}
	time.Sleep(2 * time.Minute)
	fake.People().Calm()
	time.Sleep(20 * time.Minute)
	p.cancel()
	<-p.done
	v := fake.Oracle()
	for _, b := range v.Violations {
		t.Error("rule broken:", b)
	}
	posted := map[string]time.Time{}
	for _, e := range v.Seen {
		if e.Kind == "post" {
			posted[e.ID] = e.At
		}
	}
	var everything strings.Builder
	for _, ms := range v.Visible {
		everything.Write(ms[0].Blocks)
	}
	for _, d := range all {
		head := strings.TrimSuffix(d.Alert.Headline, "<talks> & *treaties* resume")
		if n := strings.Count(everything.String(), head); n != 3 {
			t.Fatalf("%q is told in %d channels", head, n)
		}
	}
	ds := make([]time.Duration, 0, len(free))
	for _, d := range free {
		at, ok := posted[string(d.Alert.ID)]
		if !ok {
			t.Fatalf("%s of %s was not posted by itself", d.Alert.ID, d.Alert.Channel)
		}
		ds = append(ds, at.Sub(queued[string(d.Alert.ID)]))
	}
	return ds
}

// A channel that Slack limits delays no other one.
func TestALimitedChannelDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calm := delays(t, nil)
		kinds := []fakeslack.Fault{
			{Kind: "429", Delay: 30 * time.Second}, {Kind: "429-date", Delay: 20 * time.Second}, {Kind: "429-none"}, {Kind: "429-zero"},
			{Kind: "429-body"}, {Kind: "429-accepted", Delay: 10 * time.Second}, {Kind: "message_limit"},
		}
		limited := 0
		hard := delays(t, func(_ int, method string) fakeslack.Fault {
			if method != "chat.postMessage" {
				return fakeslack.Fault{}
			}
			limited++
			return kinds[(limited-1)%len(kinds)]
		})
		added := make([]time.Duration, len(calm))
		for i := range calm {
			added[i] = hard[i] - calm[i]
		}
		slices.Sort(added)
		p95, most := added[len(added)*95/100], added[len(added)-1]
		t.Logf("%d alerts of two channels while a third was limited %d times: added delay p50 %v, p95 %v, most %v",
			len(added), limited, added[len(added)/2], p95, most)
		if limited < len(kinds) || p95 >= time.Second {
			t.Errorf("limited %d times; the other channels' 95th percentile of added delay is %v", limited, p95)
		}
	})
}

// Five hundred matches within a minute keep to Slack's pace, and every story is
// in a message.
func TestFiveHundredMatchesKeepToThePaceAndAreAllTold(t *testing.T) {
	for seed := range uint64(2) {
		synctest.Test(t, func(t *testing.T) { flood(t, seed) })
	}
}

func flood(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 500))
	fake := fakeslack.New(fakeslack.Config{Channels: []fakeslack.Channel{
		{ID: "C0ARMS", Name: "arms", Member: true}, {ID: "C0NATO", Name: "nato", Member: true}, {ID: "C0SANC", Name: "sanctions", Member: true},
	}})
	channels := []string{"#arms", "#nato", "#sanctions"}
	out := notifytest.NewMemory()
	p := live(t, out, fake, 0)
	moments := make([]time.Duration, 500)
	for i := range moments {
		moments[i] = time.Duration(rng.Int64N(int64(time.Minute)))
	}
	slices.Sort(moments)
	t0 := time.Now()
	for i, at := range moments {
		time.Sleep(time.Until(t0.Add(at)))
		if err := out.Save(t.Context(), story(i, channels[rng.IntN(3)])); err != nil {
			t.Fatal(err)
		}
		p.Wake()
	}
	time.Sleep(5 * time.Minute)
	p.cancel()
	<-p.done
	v := fake.Oracle()
	for _, b := range v.Violations { // a provoked limit is one
		t.Error("rule broken:", b)
	}
	times := map[string][]time.Time{}
	for _, e := range v.Seen {
		if e.Kind == "post" {
			times[e.Channel] = append(times[e.Channel], e.At)
		}
	}
	most, second := 0, 0
	for c, at := range times {
		most = max(most, len(at))
		for i := range at {
			n := 1
			for j := i + 1; j < len(at); j++ {
				// A burst of three, and then one a second.
				if allowed := 3 + int(at[j].Sub(at[i])/time.Second); j-i+1 > allowed {
					t.Errorf("seed %d, %s: %d posts in %v", seed, c, j-i+1, at[j].Sub(at[i]))
				}
				if at[j].Sub(at[i]) < time.Second {
					n++
				}
			}
			second = max(second, n)
		}
	}
	var everything strings.Builder
	for _, ms := range v.Visible {
		everything.Write(ms[0].Blocks)
	}
	for i := range moments {
		if n := strings.Count(everything.String(), fmt.Sprintf("Story %d: ", i)); n != 1 {
			t.Errorf("seed %d: story %d is told %d times", seed, i, n)
		}
	}
	if len(times) != 3 || most > 20 || second > 3 {
		t.Errorf("seed %d: %d channels, up to %d messages in one, %d within a second", seed, len(times), most, second)
	}
	t.Logf("seed %d: 500 stories in %d messages, at most %d in a channel and %d within a second", seed, len(v.Visible), most, second)
}
