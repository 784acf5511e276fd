package desk

import (
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/story"
)

func TestADevelopmentIsToldAsTheDeskAsks(t *testing.T) {
	first := piece("wire", "1", 0, "Strike on warhead store near Kursk kills nine", "Governor Ivan Petrov said nine people were killed in the strike on the warhead store near Kursk.")
	higher := piece("post", "2", 60, "Strike on Kursk warhead store kills 12", "Mayor Oleg Sidorov said 12 people were killed when the strike hit the warhead store near Kursk.")
	same := piece("times", "3", 70, "Strike on Kursk warhead store kills 12", "Sidorov said 12 people were killed in the strike on the warhead store near Kursk.")
	for _, tc := range []struct {
		develop string
		want    []string
		note    string
	}{
		{"off", []string{"update #all", "update #arms"}, ""},
		{"mark", []string{"update #all", "update #arms"}, "New in this story: 12 people, Oleg Sidorov (quoted)"},
		{"alert", []string{"alert #all", "alert #arms"}, ""},
	} {
		t.Run(tc.develop, func(t *testing.T) {
			b := benchOf(t, newDesk(t, tc.develop), story.Options{Develop: tc.develop})
			b.judge(first)
			dec := b.judge(higher)
			if got := channels(dec.Alerts); !slices.Equal(got, tc.want) {
				t.Errorf("alerts %v, want %v (%s)", got, tc.want, dec.Verdict.Placement.Detail)
			}
			for _, a := range dec.Alerts {
				if !strings.HasPrefix(a.Note, tc.note) || tc.note == "" && a.Note != "" {
					t.Errorf("note %q", a.Note)
				}
			}
			// What says nothing new is an update without a word of news.
			for _, a := range b.judge(same).Alerts {
				if a.Kind != news.KindUpdate || len(a.New) > 0 || a.Note != "" {
					t.Errorf("%s with %q, note %q", a.Kind, a.New, a.Note)
				}
			}
		})
	}
}
