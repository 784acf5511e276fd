package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRepeatedTextThatUnmadeAnAlertIsToldOnce(t *testing.T) {
	w := &world{}
	d := watch(t, w, t.TempDir())
	var items []string
	add := func(n int) {
		items = append([]string{fmt.Sprintf(`<item><guid isPermaLink="false">c%d</guid><link>https://wire.example/c%d</link><title>Column number %d on matters of the village</title>`+
			`<description>&lt;p&gt;Words of the day %d, and others again %d.&lt;/p&gt;&lt;p&gt;The author of this column follows NATO and its doings.&lt;/p&gt;</description></item>`, n, n, n, n, n*7)}, items...)
		w.set(wire, rss(items...))
	}
	for n := range 8 {
		add(n)
	}
	d.round(t.Context(), wire)
	for n := 8; n < 11; n++ {
		add(n)
		d.round(t.Context(), wire)
	}
	if got := outbox(t, d); len(got) > 0 {
		t.Fatalf("repeated text counted: %v", got)
	}
	a, n, ok := d.ops.Take(time.Now().Add(time.Hour))
	if !ok || n != 1 || !strings.Contains(a.Lines[0].Text, "The author of this column follows NATO") || !strings.Contains(a.Lines[0].Text, "nato") {
		t.Errorf("%d notices: %+v", n, a.Lines)
	}
}
