package feeds

import (
	"cmp"
	"hash/fnv"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// Identified is what the names of a body's items tell of the feed.
type Identified struct {
	// Reset says that more than 60 % of the items came under new names at
	// once; Renamed counts them. They carry their old names too, so that only
	// what is really new is new.
	Reset   bool
	Renamed int

	// Gap says that nothing of the body was in the last one: items went by
	// between two polls. Lost is how many that may be, From and To when.
	Gap      bool
	Lost     int
	From, To time.Time
}

const (
	resetShare = 0.6
	churned    = 2 // resets in a row after which guids are no names
)

// Identify gives every item its ID, its keys and its version, and brings what
// the feed's state knows of its names up to date. Keys stand strongest first:
// the publisher's guid, which is the feed's own unless it is an address; the
// canonical link, which is everybody's; its path, for a feed that moves; and
// only where there is none of them, the title. The state must have its habits,
// unless it is of a feed of which nothing is known.
func Identify(items []news.Item, st *news.FeedState, now time.Time) Identified {
	if st.Habits == nil {
		st.Habits = new(news.Habits)
	}
	id := &st.Habits.Identity
	n := newNaming(items, st)
	n.name(id)
	res := n.compare(id, st)
	if res.Reset {
		id.Resets++
	} else if len(items) > 2 {
		id.Resets = 0
	}
	if id.Resets >= churned && !id.NoGUID && !id.NoLink {
		id.NoGUID = true
		n.rename(id)
	}
	if len(items) > 0 {
		n.remember(id)
		st.Newest = n.newest(st.Newest, now)
	}
	return res
}

// naming is the work on one body.
type naming struct {
	feed   news.FeedID
	items  []news.Item
	guids  []string
	urls   []string // canonical link, "" if it says nothing
	titles []uint32
	old    []news.Key // the name that an item had before; zero for none
	known  []bool     // under one of its keys in the last body
	first  []string   // what the ID is made of
}

func newNaming(items []news.Item, st *news.FeedState) *naming {
	n := &naming{
		feed: st.ID, items: items,
		guids: make([]string, len(items)), urls: make([]string, len(items)), titles: make([]uint32, len(items)),
		old: make([]news.Key, len(items)), known: make([]bool, len(items)), first: make([]string, len(items)),
	}
	for i := range items {
		it := &items[i]
		n.feed = cmp.Or(n.feed, it.Feed)
		n.guids[i] = strings.TrimSpace(it.GUID)
		if u := Canonical(it.URL); specific(u) {
			n.urls[i] = u
		}
		n.titles[i] = titleHash(it.Title)
		it.Version = version(it)
	}
	return n
}

// specific reports an address that can be one article's: more than a site.
func specific(u string) bool {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return false
	}
	_, path, ok := strings.Cut(rest, "/")
	return ok && path != ""
}

// name computes keys and IDs. A guid or link that stands for items of
// different titles in one body names none of them.
func (n *naming) name(id *news.Identity) {
	badGUID := n.shared(n.guids, n.urls)
	badURL := n.shared(n.urls, n.guids)
	canon := make([]string, len(n.items))
	for i, g := range n.guids {
		if isWeb(g) {
			canon[i] = Canonical(g)
		}
	}
	badCanon := n.shared(canon, n.urls)
	if count(badGUID) >= 3 && float64(count(badGUID)) > 0.3*float64(len(n.items)) {
		id.NoGUID = true
	}
	if count(badURL) >= 3 && 2*count(badURL) > len(n.items) {
		id.NoLink = true
	}
	for i := range n.items {
		var k keyring
		if g := n.guids[i]; g != "" && !id.NoGUID && !badGUID[i] {
			switch {
			case canon[i] != "" && specific(canon[i]) && !badCanon[i]:
				k.address(n.feed, canon[i])
			default:
				k.add(g, news.NewKey("guid", string(n.feed), g))
			}
		}
		if u := n.urls[i]; u != "" && !id.NoLink && !badURL[i] {
			k.address(n.feed, u)
		}
		if len(k.keys) == 0 {
			n.byText(&k, i)
		}
		n.items[i].Keys, n.first[i] = k.keys, k.first
		n.items[i].ID = news.NewItemID(n.feed, k.first)
	}
}

// rename computes the names again without guids, and keeps the old ones as
// further keys.
func (n *naming) rename(id *news.Identity) {
	was := make([][]news.Key, len(n.items))
	for i := range n.items {
		was[i] = n.items[i].Keys
	}
	n.name(id)
	for i := range n.items {
		n.items[i].Keys = appendNew(n.items[i].Keys, was[i]...)
	}
}

// keyring collects an item's keys.
type keyring struct {
	keys  []news.Key
	first string
}

func (k *keyring) add(value string, key news.Key) {
	if len(k.keys) == 0 {
		k.first = value
	}
	k.keys = appendNew(k.keys, key)
}

// address adds an address and, if its path alone tells it from others, the
// path, so that the article is known when its site moves.
func (k *keyring) address(feed news.FeedID, u string) {
	k.add(u, news.NewKey("url", u))
	if p := slug(u); p != "" {
		k.add(p, news.NewKey("path", string(feed), p))
	}
}

func appendNew(keys []news.Key, more ...news.Key) []news.Key {
	for _, key := range more {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// slug is the path and query of an address if they are long and particular
// enough to be one article's on any site.
func slug(u string) string {
	p, err := url.Parse(u)
	if err != nil {
		return ""
	}
	s := p.RequestURI()
	digits := 0
	for _, c := range s {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	if len(s) < 16 || strings.Count(s, "-") < 3 && digits < 7 {
		return ""
	}
	return s
}

// byText names an item by what it says, where nothing else does: by title and
// day, and by the beginning of its text, so that a changed headline is still
// the same item.
func (n *naming) byText(k *keyring, i int) {
	it := &n.items[i]
	title := text.Fold(it.Title)
	day := ""
	if !it.Published.IsZero() && it.RawDate == "" {
		day = it.Published.Format(time.DateOnly)
	}
	if title != "" {
		k.add(title+" "+day, news.NewKey("title", string(n.feed), title, day))
	}
	if s := text.Fold(it.Summary); len(s) >= 80 {
		s = string(cutAt([]byte(s), 400))
		k.add(s, news.NewKey("text", string(n.feed), s))
	} else if len(k.keys) == 0 {
		k.add(s+" "+day, news.NewKey("text", string(n.feed), s, day))
	}
}

// shared finds the values that stand for items of different titles. The same
// value twice with the same other name is one item in two versions.
func (n *naming) shared(values, others []string) []bool {
	bad := make([]bool, len(values))
	at := make(map[string]int, len(values))
	for i, v := range values {
		if v == "" {
			continue
		}
		j, seen := at[v]
		if !seen {
			at[v] = i
			continue
		}
		if n.titles[i] != n.titles[j] && (bad[j] || others[i] != others[j] || others[i] == "" || n.many(values, i)) {
			bad[i], bad[j] = true, true
		}
	}
	for i, v := range values {
		if v != "" && bad[at[v]] {
			bad[i] = true
		}
	}
	return bad
}

// many reports a value that stands for more than two titles.
func (n *naming) many(values []string, i int) bool {
	var titles []uint32
	for j, v := range values {
		if v == values[i] && !slices.Contains(titles, n.titles[j]) {
			if titles = append(titles, n.titles[j]); len(titles) > 2 {
				return true
			}
		}
	}
	return false
}

func count(bs []bool) int {
	n := 0
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}

func titleHash(title string) uint32 {
	if title == "" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(text.Fold(title)))
	return max(1, h.Sum32())
}

// version is a hash of what a reader sees.
func version(it *news.Item) uint64 {
	h := fnv.New64a()
	for _, f := range news.Fields {
		h.Write([]byte(it.Text(f)))
		h.Write([]byte{0xff}) // in no UTF-8
	}
	return max(1, h.Sum64())
}

// Reused reports that a feed has given the name of an old item to another
// one: other words in the title, another address, and days between them.
func Reused(old, fresh *news.Item) bool {
	if old.Feed != fresh.Feed || old.GUID != fresh.GUID || fresh.Published.Sub(old.Time()) < 48*time.Hour {
		return false
	}
	a, b := Canonical(old.URL), Canonical(fresh.URL)
	return (a != b || !specific(a)) && alike(old.Title, fresh.Title) < 0.2
}

// Distinguish gives a fresh item that bears an old item's name a name of its
// own. The next body names it so again.
func Distinguish(it *news.Item) {
	name := Canonical(it.URL)
	if !specific(name) {
		name = text.Fold(it.Title)
	}
	it.Keys = []news.Key{news.NewKey("again", string(it.Feed), it.GUID, name)}
	it.ID = news.NewItemID(it.Feed, it.GUID+" "+name)
}

// alike is the share of words of two titles that both have.
func alike(a, b string) float64 {
	words := func(s string) map[string]bool {
		set := map[string]bool{}
		for w := range strings.FieldsSeq(text.Fold(s)) {
			if w = strings.Trim(w, ".,:;!?'\"()-"); utf8.RuneCountInString(w) > 3 {
				set[w] = true
			}
		}
		return set
	}
	x, y := words(a), words(b)
	both := 0
	for w := range x {
		if y[w] {
			both++
		}
	}
	return float64(both) / float64(max(1, min(len(x), len(y))))
}
