package story

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
)

// How much of an item is read.
const (
	titleWords = 32 // a longer title is a first sentence: its rest counts as lead
	leadWords  = 70 // of summary, then content
	leadWeight = 0.6
	nameWeight = 1.5
)

// Report is an item made ready to be placed: what its words, names and numbers
// say, weighed. It does not change once made and may be shared.
type Report struct {
	Item   news.ItemID
	Feed   news.FeedID
	Outlet string
	Lang   string
	At     time.Time
	// Roundup names the form if the item is a live blog, a digest or a ticker
	// and not one event; "" otherwise.
	Roundup string

	terms     vec       // stems of title and lead, length unit
	prior     []float32 // for each term, its reports among priorReports of general news
	names     vec       // the names among them, length unit
	numbers   []uint32  // sorted
	tolls     []uint32  // sorted
	titleCase bool      // the title is in title case
	title     []mark    // the words of the title in order
	sketch    []uint32  // a sample of the pairs of neighbouring words, sorted
	facts     []fact    // what may be new to a reader
	factIDs   []uint32  // the same, without the words
}

// mark is a word of a title: enough to compare two titles word by word.
type mark struct {
	id    uint32
	class class
}

// trimmed is the report without what is of use only while it is placed.
func (r *Report) trimmed() *Report {
	t := *r
	t.prior, t.facts = nil, nil
	return &t
}

// Equal reports whether two reports of one item say the same, so that they have
// the same place.
func (r *Report) Equal(o *Report) bool {
	return r == o || r.Item == o.Item && r.At.Equal(o.At) && r.Feed == o.Feed && r.Outlet == o.Outlet && r.Lang == o.Lang &&
		r.Roundup == o.Roundup && r.titleCase == o.titleCase &&
		slices.Equal(r.terms, o.terms) && slices.Equal(r.names, o.names) && slices.Equal(r.numbers, o.numbers) &&
		slices.Equal(r.tolls, o.tolls) && slices.Equal(r.title, o.title) && slices.Equal(r.sketch, o.sketch) &&
		slices.Equal(r.facts, o.facts)
}

// As is the report under the name and time of an item that is known already.
func (r *Report) As(it *news.Item) *Report {
	t := *r
	t.Item, t.At = it.ID, it.Time()
	return &t
}

// Prepare reads an item. It is pure and may run in many goroutines at once.
// Text in dead spans is no evidence; hits name the entities of the item, which
// count as names in whatever language they are written.
func Prepare(it *news.Item, dead []news.Span, hits []news.Hit) *Report {
	p := &preparer{lang: it.Lang, shown: titleCase(it.Title)}
	p.readTitle(it, dead)
	p.readLead(it, dead)
	p.settle(entityWords(hits, it.Lang))
	r := &Report{
		Item: it.ID, Feed: it.Feed, Outlet: it.Outlet, Lang: it.Lang, At: it.Time(),
		Roundup:   roundup(it.Title),
		terms:     p.vector(),
		names:     p.nameVector(),
		numbers:   p.numbers(),
		tolls:     tolls(p.title, p.lead),
		titleCase: p.shown,
		title:     make([]mark, len(p.title)),
		sketch:    sketch(p.title, p.lead),
		facts:     facts(p.title, p.lead),
	}
	r.prior = make([]float32, len(r.terms))
	for i, c := range r.terms {
		r.prior[i] = float32(priorReports * math.Exp(-rarity(c.id)))
	}
	for i, t := range p.title {
		r.title[i] = mark{t.id, t.class}
	}
	r.factIDs = make([]uint32, len(r.facts))
	for i, f := range r.facts {
		r.factIDs[i] = f.id
	}
	return r
}

// entityWords are the words under which the desk's entities were found: names,
// whether or not they are written with a capital.
func entityWords(hits []news.Hit, lang string) map[uint32]bool {
	var m map[uint32]bool
	for _, h := range hits {
		if h.Entity == "" {
			continue
		}
		sc := newScanner(h.Text, lang, nil, 8)
		for t, ok := sc.next(); ok; t, ok = sc.next() {
			if t.class == plain && rarity(t.id) >= stopBelow {
				if m == nil {
					m = map[uint32]bool{}
				}
				m[t.id] = true
			}
		}
	}
	return m
}

// preparer gathers the tokens of one item.
type preparer struct {
	lang        string
	title, lead []token
	shown       bool // the title is in title case: a capital says nothing there
}

func (p *preparer) readTitle(it *news.Item, dead []news.Span) {
	text, cut := it.Title, spansOf(dead, news.FieldTitle)
	if i := suffix(text, it.Outlet); i > 0 {
		text = text[:i]
	}
	sc := newScanner(text, p.lang, cut, titleWords+leadWords)
	for t, ok := sc.next(); ok; t, ok = sc.next() {
		if len(p.title) < titleWords {
			p.title = append(p.title, t)
		} else {
			p.lead = append(p.lead, t)
		}
	}
}

func (p *preparer) readLead(it *news.Item, dead []news.Span) {
	for _, f := range []news.Field{news.FieldSummary, news.FieldContent} {
		text := it.Text(f)
		cut := append(spansOf(dead, f), dateline(text)...)
		if n := repeats(text, it, f); n > 0 {
			cut = append(cut, span{0, n})
		}
		sc := newScanner(text, p.lang, cut, leadWords-len(p.lead))
		for t, ok := sc.next(); ok; t, ok = sc.next() {
			// An item without a headline of its own has its first sentence for one.
			if len(p.title) < titleWords && it.Title == "" && len(p.lead) == 0 && (!t.first || len(p.title) == 0) {
				p.title = append(p.title, t)
				continue
			}
			p.lead = append(p.lead, t)
		}
	}
}

// settle decides which words are names. In a title in title case, and at the
// start of a sentence, a capital counts only for a word that is not common and
// nowhere in the item written small.
func (p *preparer) settle(entities map[uint32]bool) {
	for i := range p.title {
		p.settleWord(&p.title[i], p.shown, entities)
	}
	for i := range p.lead {
		p.settleWord(&p.lead[i], false, entities)
	}
}

func (p *preparer) settleWord(t *token, shown bool, entities map[uint32]bool) {
	if t.class == plain && entities[t.id] {
		t.class = name
		return
	}
	if t.class != plain || !t.upper {
		return
	}
	if (t.first || shown) && (everyday(t.id) || p.small(t)) {
		return
	}
	if !everyday(t.id) || rarity(t.id) > 5 {
		t.class = name
	}
}

// small tells whether the word is somewhere written without a capital. What is
// all capitals is another word: US and us.
func (p *preparer) small(t *token) bool {
	if t.text == strings.ToUpper(t.text) {
		return false
	}
	written := func(o token) bool { return o.id == t.id && !o.upper }
	return slices.ContainsFunc(p.title, written) || slices.ContainsFunc(p.lead, written)
}

// vector weighs every term: rarer and repeated words more, the lead less.
func (p *preparer) vector() vec {
	raw := make([]weighted, 0, len(p.title)+len(p.lead))
	put := func(ts []token, f float64) {
		for _, t := range ts {
			rare := t.rarity()
			if rare < stopBelow && t.class != number && t.class != ordinal {
				continue
			}
			if t.class == name {
				rare *= nameWeight
			}
			raw = append(raw, weighted{t.id, rare * f})
		}
	}
	put(p.title, 1)
	put(p.lead, leadWeight)
	return scaled(fused(raw))
}

// fused joins the repeats of a term: the strongest counts whole, the others
// add to it as a logarithm does.
func fused(raw []weighted) []weighted {
	slices.SortFunc(raw, func(a, b weighted) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(b.w, a.w))
	})
	out := raw[:0]
	for i := 0; i < len(raw); {
		j := i + 1
		for j < len(raw) && raw[j].id == raw[i].id {
			j++
		}
		out = append(out, weighted{raw[i].id, raw[i].w * (1 + 0.5*math.Log(float64(j-i)))})
		i = j
	}
	return out
}

func (p *preparer) nameVector() vec {
	raw := make([]weighted, 0, 16)
	for _, ts := range [][]token{p.title, p.lead} {
		for _, t := range ts {
			if t.class == name {
				raw = append(raw, weighted{t.id, rarity(t.id)})
			}
		}
	}
	return scaled(fused(raw))
}

func (p *preparer) numbers() []uint32 {
	var out []uint32
	for _, ts := range [][]token{p.title, p.lead} {
		for _, t := range ts {
			if t.class == number || t.class == ordinal {
				out = append(out, t.id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func spansOf(dead []news.Span, f news.Field) []span {
	var out []span
	for _, d := range dead {
		if d.Field == f && d.End > d.Start {
			out = append(out, span{d.Start, d.End})
		}
	}
	return out
}

// titleCase tells whether most long words of a title begin with a capital, so
// that a capital says nothing.
func titleCase(s string) bool {
	long, upper := 0, 0
	for w := range strings.FieldsSeq(s) {
		if utf8.RuneCountInString(w) < 4 {
			continue
		}
		long++
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
			upper++
		}
	}
	return long > 0 && upper*10 >= long*6
}

// suffix finds where the outlet's own name begins at the end of a title
// ("... - Reuters", "... | The Independent"), or 0.
func suffix(title, outlet string) int {
	for _, sep := range []string{" | ", " - ", " – ", " — "} {
		i := strings.LastIndex(title, sep)
		if i <= 0 {
			continue
		}
		tail := strings.TrimSpace(title[i+len(sep):])
		if sep == " | " && len(strings.Fields(tail)) <= 4 && len(strings.Fields(title[:i])) >= 4 {
			return i
		}
		if outlet != "" && (strings.EqualFold(tail, outlet) || strings.HasPrefix(fold(outlet), fold(tail))) {
			return i
		}
		if f := strings.Fields(tail); len(f) <= 4 && len(strings.Fields(title[:i])) >= 4 && paperName(f) {
			return i
		}
	}
	return 0
}

// paperName tells words that look like the name of a paper or a station.
func paperName(words []string) bool {
	paper := false
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLower(r) && w != "of" && w != "the" && w != "du" && !strings.Contains(w, ".") {
			return false
		}
		if i := strings.LastIndexByte(w, '.'); i > 0 && len(w)-i <= 4 && i < len(w)-1 {
			paper = true
		}
		paper = paper || papers[fold(w)]
	}
	return paper
}

var papers = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("times news post globe tribune herald daily network magazine gazette journal press today radio tv broadcasting telegraph newspaper newspapers reporter courant observer statesman chronicle guardian independent standard mirror express review agency media star sun mail inquirer examiner record courier dispatch ledger bulletin echo newswire wire") {
		m[w] = true
	}
	return m
}()

// shortHead is a headline too short to be told from a first word.
const shortHead = 20

// repeats is how much of the beginning of a field stands in a field before it:
// many feeds put the headline into the text, and the summary into the content.
func repeats(text string, it *news.Item, f news.Field) int {
	n := heads(text, it.Title)
	if f == news.FieldContent {
		n = max(n, heads(text, it.Summary))
	}
	return n
}

// heads is the length of head at the beginning of text, whatever the blanks; 0
// if text begins otherwise. A head that was cut off ends in dots.
func heads(text, head string) int {
	head = strings.TrimRight(strings.TrimSpace(head), ".… ")
	if len(head) < shortHead {
		return 0
	}
	i := 0
	for j := 0; j < len(head); {
		switch blank, same := isBlank(head[j]), i < len(text) && text[i] == head[j]; {
		case i < len(text) && isBlank(text[i]) && (blank || i == 0 || isBlank(text[i-1])):
			i++
		case blank && i > 0 && isBlank(text[i-1]):
			j++
		case same:
			i, j = i+1, j+1
		default:
			return 0
		}
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// dateline finds a date line at the head of a text: it tells when the text was
// written, not what happened.
func dateline(s string) []span {
	t := strings.TrimLeft(s, " \n")
	off := len(s) - len(t)
	lower := strings.ToLower(prefix(t, 24))
	if !strings.HasPrefix(lower, "date") {
		return nil
	}
	n := 0
	for n < len(lower) && (lower[n] == ' ' || lower[n] == ':' || n < 4 || strings.IndexByte("0123456789-/.", lower[n]) >= 0) {
		n++
	}
	if strings.ContainsAny(lower[:n], "0123456789") {
		return []span{{off, off + n}}
	}
	return nil
}
