package feeds

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// memory stands in for what the store remembers: names and the item each
// belongs to, with its last version.
type memory struct {
	byKey   map[news.Key]news.ItemID
	version map[news.ItemID]uint64
	title   map[news.ItemID]string
}

func newMemory() *memory {
	return &memory{map[news.Key]news.ItemID{}, map[news.ItemID]uint64{}, map[news.ItemID]string{}}
}

// see remembers an item and tells whether it is new, and whether its headline
// differs from when it was last seen.
func (m *memory) see(it *news.Item) (id news.ItemID, fresh, headline bool) {
	for _, k := range it.Keys {
		if known, ok := m.byKey[k]; ok {
			id = known
			break
		}
	}
	fresh = id == ""
	if fresh {
		id = it.ID
	}
	for _, k := range it.Keys {
		if _, ok := m.byKey[k]; !ok {
			m.byKey[k] = id
		}
	}
	headline = !fresh && m.title[id] != it.Title
	if headline && m.version[id] == it.Version {
		panic("a changed headline has the same version")
	}
	m.title[id], m.version[id] = it.Title, it.Version
	return id, fresh, headline
}

// snapshot is one version of a feed.
type snapshot struct {
	TS   int64
	Body string
}

func snapshots(t *testing.T, pack string) []snapshot {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(sharedFile(t, "replay/"+pack)))
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 64<<20)
	var out []snapshot
	for sc.Scan() {
		var s snapshot
		if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func TestEachStoryOfARealFeedIsOneItemInAllVersionsOfTheFeed(t *testing.T) {
	type pack struct {
		Pack      string
		Links     int `json:"distinct_links"`
		Headlines int `json:"headline_changes_on_same_link"`
	}
	for _, p := range lines[pack](t, "replay/EXPECT.jsonl") {
		t.Run(p.Pack, func(t *testing.T) {
			t.Parallel()
			mem := newMemory()
			ofLink := map[string]news.ItemID{}
			items := map[news.ItemID]bool{}
			st := news.FeedState{ID: news.FeedID(p.Pack)}
			headlines, resets, lost := 0, 0, 0
			for _, s := range snapshots(t, p.Pack) {
				now := time.Unix(s.TS, 0).UTC()
				doc, err := Parse([]byte(s.Body), Source{Feed: news.Feed{ID: st.ID}}, "", now)
				if err != nil {
					t.Fatalf("version of %v: %v", now, err)
				}
				st = restarted(t, st)
				res := Identify(doc.Items, &st, now)
				st.LastPoll = now
				if res.Reset {
					resets++
				}
				lost += res.Lost
				for i := range doc.Items {
					it := &doc.Items[i]
					id, fresh, headline := mem.see(it)
					if fresh != !items[id] {
						t.Fatalf("%q is new but has an old ID", it.Title)
					}
					items[id] = true
					if headline {
						headlines++
					}
					if was, ok := ofLink[it.URL]; ok && was != id {
						t.Errorf("%s is two items: %q", it.URL, it.Title)
					}
					ofLink[it.URL] = id
				}
			}
			t.Logf("%d links, %d items, %d headline changes (%d expected), %d resets, %d possibly lost", p.Links, len(items), headlines, p.Headlines, resets, lost)
			if len(items) > p.Links || float64(len(items)) < 0.985*float64(p.Links) {
				t.Errorf("%d items of %d distinct links", len(items), p.Links)
			}
			if headlines < p.Headlines*9/10 {
				t.Errorf("%d headline changes seen, %d expected", headlines, p.Headlines)
			}
			if resets > 0 {
				t.Errorf("%d identity resets in a feed that has none", resets)
			}
		})
	}
}

// restarted passes the state through its stored form, as a restart does.
func restarted(t *testing.T, st news.FeedState) news.FeedState {
	out := stored(t, st)
	if st.Habits != nil { // they are stored apart
		habits := stored(t, *st.Habits)
		out.Habits = &habits
	}
	return out
}

func stored[T any](t *testing.T, v T) (out T) {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
