package daemon

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
)

// Missed is an item that no topic matched, with terms that would have caught
// it.
type Missed struct {
	Item      LineItem       `json:"item"`
	Fired     []news.TopicID `json:"fired"` // topics that match it as the rules stand
	Topic     news.TopicID   `json:"topic"` // that the terms are proposed for
	Lacks     string         `json:"lacks,omitempty"`
	Days      float64        `json:"days"`  // of the past that was looked at
	Items     int            `json:"items"` // in it
	Proposals []Proposal     `json:"proposals"`
}

// Proposal is a term that would have caught a missed item, with what it gains
// and costs on the past.
type Proposal struct {
	Term   string      `json:"term"`
	Group  string      `json:"group,omitempty"` // of all:, where it would stand
	Agrees int         `json:"agrees"`          // stories of the topic that it stands in too
	Gains  int         `json:"gains"`           // stories that the topic does not tell now
	Known  int         `json:"known"`           // of these, the ones that another topic tells
	PerDay float64     `json:"per_day"`         // alerts more a day
	Sample []StoryDiff `json:"sample"`
}

const (
	maxCandidates = 60 // phrases of an item that are tried
	maxProposals  = 5
	maxSamples    = 3
)

// Propose looks for terms that would have caught an item, in the topic given
// or, if it is "", in the one that came closest. Each is tried on the past.
func Propose(ctx context.Context, r *Rules, it *news.Item, topic news.TopicID, past []Past, step func()) (Missed, error) {
	out := Missed{Item: NewLine(it, news.Verdict{Item: it.ID}).Item, Fired: []news.TopicID{}, Topic: topic, Days: spanDays(past), Items: len(past), Proposals: []Proposal{}}
	for _, m := range r.Desk.Match(it) {
		out.Fired = append(out.Fired, m.Topic)
	}
	if slices.Contains(out.Fired, topic) || topic == "" && len(out.Fired) > 0 {
		out.Topic = cmp.Or(topic, out.Fired[0])
		return out, nil
	}
	if err := judgePast(ctx, r, past); err != nil {
		return out, err
	}
	tried, err := try(ctx, candidates(it), it, past, step)
	if err != nil {
		return out, err
	}
	misses := r.Desk.Misses(it)
	if out.Topic == "" {
		out.Topic = closestTopic(misses, tried, past)
	}
	for _, m := range misses {
		if m.Topic == out.Topic {
			out.Lacks = m.Lacks
		}
	}
	return out, out.choose(r, it, tried, past)
}

// judgePast gives items that come from no store the verdicts of the rules.
func judgePast(ctx context.Context, r *Rules, past []Past) error {
	if len(past) == 0 || past[0].Story != "" {
		return nil
	}
	i := 0
	return Replay(ctx, r, All(past), func(_ *news.Item, dec desk.Decision) error {
		past[i].Story = dec.Verdict.Placement.Story
		for _, m := range dec.Verdict.Matches {
			past[i].Topics = append(past[i].Topics, m.Topic)
		}
		i++
		return nil
	})
}

// candidate is a phrase of the item and where else it stands.
type candidate struct {
	term string
	in   []int // places in the past
}

// try finds which phrases the matcher can find in the item, and where else in
// the past they stand.
func try(ctx context.Context, phrases []string, it *news.Item, past []Past, step func()) ([]candidate, error) {
	m, faults := phraseMatcher(phrases)
	if m == nil { // some are no terms: look-alike letters, a word too short
		bad := make(map[int]bool)
		for _, f := range faults {
			bad[f.Pos.Line-1] = true
		}
		var good []string
		for i, p := range phrases {
			if !bad[i] {
				good = append(good, p)
			}
		}
		phrases = good
		if m, faults = phraseMatcher(phrases); m == nil {
			return nil, fmt.Errorf("the phrases of the item make no terms: %v", faults)
		}
	}
	number := func(t news.TopicID) int {
		n, _ := strconv.Atoi(string(t)) // the names are numbers
		return n
	}
	out := make([]candidate, len(phrases))
	finds := make([]bool, len(phrases))
	for _, x := range m.Match(it) {
		finds[number(x.Topic)] = true
	}
	var mu sync.Mutex
	err := inParallel(ctx, len(past), func(i int) {
		found := m.Match(&past[i].Item)
		mu.Lock()
		defer mu.Unlock()
		step()
		for _, x := range found {
			n := number(x.Topic)
			out[n].in = append(out[n].in, i)
		}
	})
	kept := out[:0]
	for i := range out {
		if out[i].term = phrases[i]; finds[i] {
			slices.Sort(out[i].in)
			kept = append(kept, out[i])
		}
	}
	return kept, err
}

// phraseMatcher has a topic for each phrase, named by its number.
func phraseMatcher(phrases []string) (*match.Matcher, []match.Fault) {
	var rules match.Rules
	for i, p := range phrases {
		rules.Topics = append(rules.Topics, match.Topic{ID: news.TopicID(strconv.Itoa(i)), Any: []match.Line{{Text: p, Pos: news.Pos{File: "proposed", Line: i + 1, Col: 1}}}})
	}
	return match.Compile(rules)
}

// inParallel runs work for 0 to n-1 on every core.
func inParallel(ctx context.Context, n int, work func(int)) error {
	cores := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range cores {
		wg.Go(func() {
			for i := w; i < n && ctx.Err() == nil; i += cores {
				work(i)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// closestTopic is the one that found something in the item or, if none did,
// the one that the item's words most often go with.
func closestTopic(misses []news.Miss, tried []candidate, past []Past) news.TopicID {
	if len(misses) == 0 || len(misses[0].Hits)+len(misses[0].Discounted) > 0 {
		return firstTopic(misses)
	}
	with := make(map[news.TopicID]float64)
	for _, c := range tried {
		for _, i := range c.in {
			for _, t := range past[i].Topics {
				with[t] += 1 / float64(len(c.in))
			}
		}
	}
	best := firstTopic(misses)
	for _, m := range misses {
		if with[m.Topic] > with[best] {
			best = m.Topic
		}
	}
	return best
}

func firstTopic(misses []news.Miss) news.TopicID {
	if len(misses) == 0 {
		return ""
	}
	return misses[0].Topic
}

// choose keeps the phrases that make the topic fire on the item, the most
// telling first, and works out what each gains.
func (out *Missed) choose(r *Rules, it *news.Item, tried []candidate, past []Past) error {
	told := make(map[news.StoryID]map[news.TopicID]bool)
	for i := range past {
		if told[past[i].Story] == nil {
			told[past[i].Story] = make(map[news.TopicID]bool)
		}
		for _, t := range past[i].Topics {
			told[past[i].Story][t] = true
		}
	}
	gains := func(c candidate, fires func(*news.Item) bool) Proposal {
		p := Proposal{Term: c.term, Sample: []StoryDiff{}}
		seen := make(map[news.StoryID]bool)
		for _, i := range c.in {
			s, x := past[i].Story, &past[i].Item
			if seen[s] || !fires(x) {
				continue
			}
			seen[s] = true
			if told[s][out.Topic] {
				p.Agrees++
				continue
			}
			p.Gains++
			if len(told[s]) > 0 {
				p.Known++
			}
			if len(p.Sample) < maxSamples && x.ID != it.ID {
				p.Sample = append(p.Sample, StoryDiff{Headline: x.Title, URL: x.URL, Words: c.term, At: x.Time()})
			}
		}
		p.PerDay = float64(p.Gains) / out.Days
		return p
	}
	anywhere := func(*news.Item) bool { return true }
	slices.SortStableFunc(tried, func(a, b candidate) int {
		return cmp.Compare(worth(gains(b, anywhere)), worth(gains(a, anywhere)))
	})
	tried = tried[:min(len(tried), 2*maxProposals)]
	v, err := vary(r, out.Topic, tried)
	if err != nil || v == nil {
		return err
	}
	for i, c := range tried {
		for _, id := range v.of[i] {
			fires := func(x *news.Item) bool { return v.fires(x, id) }
			if fires(it) && len(out.Proposals) < maxProposals {
				p := gains(c, fires)
				p.Group = v.group[id]
				out.Proposals = append(out.Proposals, p)
				break
			}
		}
	}
	return nil
}

// worth is the share of a term's stories that are the desk's business already,
// under this topic or another, less what it costs a day. Longer phrases are
// believed sooner.
func worth(p Proposal) float64 {
	words := float64(min(3, len(strings.Fields(p.Term))))
	return (float64(p.Agrees+p.Known)+0.3*words)/(float64(p.Agrees+p.Gains)+2) - 0.05*p.PerDay
}

// variants are a topic with each of the proposed terms in each place where it
// could stand.
type variants struct {
	matcher *match.Matcher
	of      [][]news.TopicID // per proposed term
	group   map[news.TopicID]string
}

func (v *variants) fires(it *news.Item, id news.TopicID) bool {
	return slices.ContainsFunc(v.matcher.Match(it), func(m news.Match) bool { return m.Topic == id })
}

// vary makes the variants of a topic; nil if there is no such topic. A term
// that the topic has already, or may not have, has no variant.
func vary(r *Rules, topic news.TopicID, tried []candidate) (*variants, error) {
	v, faults := varyBut(r, topic, tried, nil)
	if len(faults) == 0 {
		return v, nil
	}
	bad := make(map[news.Pos]bool)
	for _, f := range faults {
		bad[f.Pos] = true
	}
	if v, faults = varyBut(r, topic, tried, bad); len(faults) > 0 {
		return nil, fmt.Errorf("the proposed terms do not compile: %v", faults)
	}
	return v, nil
}

func varyBut(r *Rules, topic news.TopicID, tried []candidate, bad map[news.Pos]bool) (*variants, []match.Fault) {
	rules := matchRules(r.Config)
	at := slices.IndexFunc(rules.Topics, func(t match.Topic) bool { return t.ID == topic })
	if at < 0 {
		return nil, nil
	}
	base := rules.Topics[at]
	v := &variants{of: make([][]news.TopicID, len(tried)), group: make(map[news.TopicID]string)}
	rules.Topics = nil
	add := func(i int, t match.Topic, group string) {
		t.ID = news.TopicID(fmt.Sprintf("variant-%d", len(rules.Topics)))
		v.of[i], v.group[t.ID] = append(v.of[i], t.ID), group
		rules.Topics = append(rules.Topics, t)
	}
	at = 0
	for i, c := range tried {
		line := func() (match.Line, bool) {
			at++
			pos := news.Pos{File: "proposed", Line: at, Col: 1}
			return match.Line{Text: c.term, Pos: pos}, !bad[pos]
		}
		if len(base.All) == 0 || len(base.Any) > 0 {
			if l, ok := line(); ok {
				t := base
				t.Any = append(slices.Clone(base.Any), l)
				add(i, t, "")
			}
		}
		for g := range base.All {
			if l, ok := line(); ok {
				t := base
				t.All = slices.Clone(base.All)
				t.All[g].Any = append(slices.Clone(base.All[g].Any), l)
				add(i, t, base.All[g].Name)
			}
		}
	}
	m, faults := match.Compile(rules)
	if m == nil {
		return nil, slices.DeleteFunc(faults, func(f match.Fault) bool { return f.Warning })
	}
	v.matcher = m
	return v, nil
}

// spanDays is how many days a past covers, at least one.
func spanDays(past []Past) float64 {
	if len(past) < 2 {
		return 1
	}
	first, last := past[0].Item.Time(), past[0].Item.Time()
	for i := range past {
		t := past[i].Item.Time()
		if t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	return max(1, last.Sub(first).Hours()/24)
}

// candidates are the phrases of an item that an editor might take for a term:
// up to three words in a row of the headline, and names of the text.
func candidates(it *news.Item) []string {
	var out []string
	seen := make(map[string]bool)
	add := func(words []string) {
		p := strings.Join(words, " ")
		if k := strings.ToLower(p); !seen[k] && len(out) < maxCandidates && utf8.RuneCountInString(p) > 3 {
			seen[k] = true
			out = append(out, p)
		}
	}
	title := phraseWords(it.Title)
	for n := 3; n > 0; n-- {
		for i := 0; i+n <= len(title); i++ {
			if w := title[i : i+n]; !slices.Contains(w, "") && telling(w[0]) && telling(w[n-1]) {
				add(w)
			}
		}
	}
	text := phraseWords(it.Summary)
	for i := 1; i < len(text); i++ { // the first word has a capital anyway
		k := i
		for k < len(text) && k < i+3 && startsUpper(text[k]) && text[k-1] != "" {
			k++
		}
		if k > i {
			add(text[i:k])
			i = k
		}
	}
	return out
}

// phraseWords are the words of a text; an empty one stands where a phrase may
// not run on.
func phraseWords(s string) []string {
	var out []string
	for f := range strings.FieldsSeq(s) {
		w := strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		if strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }) {
			w = ""
		}
		out = append(out, w)
		if last, _ := utf8.DecodeLastRuneInString(f); w != "" && strings.ContainsRune(".,;:!?)”\"", last) {
			out = append(out, "")
		}
	}
	return out
}

// telling says that a phrase may begin or end with the word.
func telling(w string) bool {
	if startsUpper(w) || utf8.RuneCountInString(w) >= 5 {
		return true
	}
	switch w {
	case "the", "and", "for", "but", "nor", "are", "was", "has", "had", "not", "its", "his", "her", "who", "how", "why", "out", "off",
		"say", "says", "said", "with", "from", "over", "into", "upon", "than", "then", "that", "this", "they", "them", "will", "have",
		"more", "most", "amid", "when", "what", "were", "been", "can", "may", "all", "new", "one", "two", "set", "use", "get":
		return false
	}
	return utf8.RuneCountInString(w) >= 3
}

func startsUpper(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r)
}

// WouldTell says whether a live topic matches an item, and by which words.
func (r *Rules) WouldTell(it *news.Item) (StoryDiff, bool) {
	var words []string
	for _, m := range r.Desk.Match(it) {
		if !r.shadow(m.Topic) {
			words = append(words, fmt.Sprintf("%s: %s", m.Topic, hitWords(m)))
		}
	}
	return StoryDiff{Headline: it.Title, URL: it.URL, Words: strings.Join(words, "; "), At: it.Time()}, len(words) > 0
}
