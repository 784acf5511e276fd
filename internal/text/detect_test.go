package text

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/abadojack/whatlanggo"
)

// What detect says in one pass is what the detector says itself.
func TestDetectSaysWhatTheDetectorSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	signs := []string{" ", " ", " ", " ", ", ", ". ", " 2026 ", "-", "’s ", "\n", "\u00a0", "\xff"}
	sure := 0
	for range 1500 {
		one, two := strings.Fields(smallWords[rng.IntN(len(smallWords))].words), strings.Fields(smallWords[rng.IntN(len(smallWords))].words)
		share := rng.IntN(6)
		var b strings.Builder
		for b.Len() < 24+rng.IntN(300) {
			from := one
			if rng.IntN(10) < share {
				from = two
			}
			w := from[rng.IntN(len(from))]
			if rng.IntN(4) == 0 {
				w = strings.ToUpper(w)
			}
			b.WriteString(w + signs[rng.IntN(len(signs))])
		}
		s := b.String()
		info := whatlanggo.Detect(s)
		want := ""
		if info.Confidence >= sureDetected {
			want = info.Lang.Iso6391()
			sure++
		}
		if got := detect(s); got != want {
			t.Errorf("detect(%q) = %q, the detector says %v", s, got, info)
		}
	}
	if sure < 300 {
		t.Errorf("only %d texts of which the detector is sure: too few to compare", sure)
	}
}

func BenchmarkDetect(b *testing.B) {
	const s = "Mixed-bag: NATO chief Rutte warns Kremlin; Lavrov, Rubio meet Riyadh, Zelensky visits Ankara"
	b.ReportAllocs()
	for b.Loop() {
		detect(s)
	}
}
