package daemon

import (
	"strings"
	"testing"
	"time"
)

const trialConfig = testConfig + `
  birds: {any: [osprey, stork], mode: shadow}
  fish: {any: herring, mode: shadow}
`

// A topic on trial is judged and counted, told once a day in the operations
// channel, and never posted; one word makes it live.
func TestATopicOnTrialIsCountedAndNeverPosted(t *testing.T) {
	w := &world{}
	w.set(wire, rss())
	d := openDesktop(t, w, trialConfig)
	d.round(t.Context(), wire)
	w.set(wire, rss(entry("wire", 1, "Osprey nest halts harbour crane in Gdansk"), entry("wire", 2, "NATO ministers meet in Riga"),
		entry("wire", 3, "Stork lands on NATO radar mast in Estonia"), entry("wire", 4, "Bakery opens")))
	d.round(t.Context(), wire)
	for _, o := range outbox(t, d.Daemon) {
		if strings.Contains(o, "Osprey") {
			t.Errorf("posted: %s", o)
		}
	}
	got, err := d.trialText(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := `birds would have told 2 stories, 1 of them told by no live topic, such as "Osprey nest halts harbour crane in Gdansk"; fish would have told 0 stories`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, err := d.trialText(t.Context(), time.Now().Add(25*time.Hour)); err != nil || !strings.HasPrefix(got, "birds would have told 0 stories") {
		t.Errorf("a day later: %s %v", got, err)
	}
	d.onTrial(t.Context())
	if got := d.opsText(); !strings.HasPrefix(got, "Topics on trial, the last day\n") {
		t.Errorf("told %q", got)
	}

	d.write(strings.Replace(trialConfig, "stork], mode: shadow", "stork], mode: live", 1))
	if v := d.Reload(t.Context(), false); !v.Applied {
		t.Fatal(v.Text)
	}
	text, err := d.changeText(t.Context(), <-d.reports.pending)
	if err != nil || strings.Contains(text, "gained") {
		t.Errorf("a promotion gains no story that the trial has not counted: %s %v", text, err)
	}
	w.set(wire, rss(entry("wire", 5, "Osprey chick breaks flight record over Lapland")))
	d.round(t.Context(), wire)
	found := false
	for _, o := range outbox(t, d.Daemon) {
		found = found || o == "alert Osprey chick breaks flight record over Lapland"
	}
	if !found {
		t.Error("a live topic is not told")
	}
}

func TestWithoutTrialsNothingIsSaid(t *testing.T) {
	d := openDesktop(t, &world{}, testConfig)
	if got, err := d.trialText(t.Context(), time.Now()); got != "" || err != nil {
		t.Error(got, err)
	}
}
