package daemon

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/slack"
	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

// TestMessagesOfRealItemsAreReadInThreeSeconds takes what the shipped rules
// catch in real feeds through the whole way, posts every alert and update to
// the strict fake, and counts what a reader has to take in. In its short form
// forty items; WATCHERD_LONG takes nine hundred, which make over 200 messages.
func TestMessagesOfRealItemsAreReadInThreeSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a real archive")
	}
	most, want := 40, 5
	if os.Getenv("WATCHERD_LONG") != "" {
		most, want = 900, 200
	}
	all := archive(t)
	r := rulesFor(t, all)
	var items []filed
	for i := 0; i < len(all) && len(items) < most; i++ {
		x := &all[i]
		if it := r.testItem(x.Title, x.Desc, x.Lang[:min(2, len(x.Lang))], ""); len(r.Desk.Found(&it)) > 0 {
			items = append(items, *x)
		}
	}
	_, told := dayOf(t, r, items, int(items[len(items)-1].at().Sub(items[0].at()).Hours())+2)
	lines, blocks, kinds := map[int]int{}, map[int]int{}, map[news.Kind]int{}
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Config{Free: true, Channels: []fakeslack.Channel{{ID: "C0ARMS", Name: "arms", Member: true}}})
		n, err := slack.New(slack.Options{Token: "xoxb-test", AppToken: "xapp-test", APIURL: "https://slack.test/api/", Transport: fake.Transport(nil)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range told {
			if d.Alert.Kind == news.KindDigest || d.Alert.Kind == news.KindOps {
				continue // they are lists
			}
			kinds[d.Alert.Kind]++
			d.Step, d.Alert.Channel = 0, "C0ARMS"
			if _, err := n.Say(t.Context(), d, news.Receipt{}); err != nil {
				t.Fatalf("%q: %v %v", d.Alert.Headline, err, fake.Oracle().Violations)
			}
			m := fake.Oracle().Visible[string(d.Alert.ID)][0]
			got, err := fakeslack.MeasureBlocks(m.Blocks)
			if err != nil || got.Blocks > 5 || got.Lines > 9 || got.Primary > 1 || got.Label > 30 {
				t.Errorf("%+v, %v: %s", got, err, m.Blocks)
			}
			lines[got.Lines]++
			blocks[got.Blocks]++
			mustBeComplete(t, &d, m.Text)
		}
		if v := fake.Oracle().Violations; len(v) > 0 {
			t.Error(v)
		}
	})
	n := kinds[news.KindAlert] + kinds[news.KindUpdate] + kinds[news.KindCorrection]
	if n < want {
		t.Errorf("%d messages only", n)
	}
	share := func(most int) int {
		sum := 0
		for l, c := range lines {
			if l <= most {
				sum += c
			}
		}
		return sum * 100 / max(n, 1)
	}
	t.Logf("%d real items, %d messages %v: at most %d lines, %d %% in 6 or fewer, %d %% in 7; at most %d blocks; by lines %v",
		len(items), n, kinds, slices.Max(slices.Collect(maps.Keys(lines))), share(6), share(7), slices.Max(slices.Collect(maps.Keys(blocks))), lines)
}

// mustBeComplete wants the text alone, as a phone or a screen reader gives it,
// to be the whole alert: how bad and what within 90 characters, who and when,
// and why us.
func mustBeComplete(t *testing.T, d *news.Delivery, text string) {
	t.Helper()
	plain := strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(text)
	head := notify.Clean(d.Alert.Headline, 300)
	if d.Alert.Withdrawn {
		head = "WITHDRAWN: " + head
	} else if d.Alert.Urgent {
		head = "URGENT: " + head
	}
	rs := []rune(head)
	if !strings.HasPrefix(plain, string(rs[:min(len(rs), 90)])) {
		t.Errorf("the text begins %q, want %q", plain, head)
	}
	for _, part := range append([]string{notify.Clean(d.Alert.Outlet, 80), " UTC"}, d.Alert.Topics...) {
		if !strings.Contains(plain, part) {
			t.Errorf("no %q in %q", part, plain)
		}
	}
	if utf8.RuneCountInString(text) > 3900 {
		t.Errorf("a text of %d characters", utf8.RuneCountInString(text))
	}
}
