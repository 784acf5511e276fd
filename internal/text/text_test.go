package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTry(t *testing.T) {
	for _, f := range []string{"001_303ef1de10a5f64c.txt"} {
		b, err := os.ReadFile(filepath.Join("../../../shared/testdata/seeds", f))
		if err != nil {
			t.Skip(err)
		}
		s := string(b)
		for _, r := range Appeals(s) {
			t.Logf("%q", s[r.Start:r.End])
		}
		t.Log(Plain(s) == strings.TrimSpace(s), Lang(s))
	}
	t.Log(Fold("Україна Йод ё É ß “x” — Š Ὀ ﬁ łódź нá"), Plain("a &amp;lt;p&amp;gt;b&amp;lt;/p&amp;gt; c<br>d<p>e<a href='NATO'>x</a>y</p>"))
	for w, r := range Words("U.S. forces' об’єкт 3.5 https://x.org/nato missile's 北约说 e.g. Gen. Bob") {
		t.Log(w, r)
	}
}
