package story

import (
	"fmt"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// TestOneFeedThatFillsAFormTellsOneEventATime guards the many desks and
// agencies whose headlines are made from a form.
func TestOneFeedThatFillsAFormTellsOneEventATime(t *testing.T) {
	for _, form := range []string{
		"NATO story number %d", "Breaking news %d about NATO and Ukraine", "Alert %d: drone over Riga", "NATO exercise %d begins",
	} {
		t.Run(form, func(t *testing.T) {
			b := New(Options{})
			stories := map[news.StoryID]bool{}
			for i := range 30 {
				it := &news.Item{ID: news.ItemID(fmt.Sprint(i)), Feed: "https://wire.example/rss", Outlet: "Wire",
					Title: fmt.Sprintf(form, i+1), FirstSeen: noon.Add(time.Duration(i) * time.Minute)}
				r := read(it)
				p := b.Place(r)
				b.Add(r, p)
				stories[p.Story] = true
			}
			if len(stories) != 30 {
				t.Errorf("%d stories of 30 events", len(stories))
			}
		})
	}
}
