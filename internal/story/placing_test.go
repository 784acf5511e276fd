package story

import (
	"fmt"
	"testing"
	"time"
)

// Stored places are taken over while Fingerprint is the same. Whoever places
// otherwise than before must raise the number placing, and put the sum that is
// printed here beside it.
func TestTheSameFingerprintPlacesAlike(t *testing.T) {
	const was, sum = 9, 0x4cc17783
	b := New(Options{Window: 24 * time.Hour})
	text := ""
	for i, p := range place(b, stream(1500, 21)) {
		text += fmt.Sprintln(i, p.Story, p.Reason, fmt.Sprintf("%.3f", p.Likeness))
	}
	if got := hash(text); got != sum || was != placing {
		t.Errorf("placing is %d and makes %#x, was %d and %#x: raise placing in story.go if reports are placed otherwise, and set both here", placing, got, was, sum)
	}
}

func TestEverySettingIsInTheFingerprint(t *testing.T) {
	seen := map[string]Options{}
	for _, o := range []Options{{}, {Window: time.Hour}, {Develop: DevelopOff}, {Sure: 0.7}, {Maybe: 0.2}} {
		f := o.Fingerprint()
		if other, ok := seen[f]; ok {
			t.Errorf("%+v and %+v have one fingerprint", o, other)
		}
		seen[f] = o
	}
	if (Options{}).Fingerprint() != (Options{Window: 96 * time.Hour, Develop: DevelopMark}).Fingerprint() {
		t.Error("a default written out is another setting")
	}
}
