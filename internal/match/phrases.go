package match

// Phrases finds many phrases in one pass, whole words in any case and accents,
// with the automaton that Match stands on and nothing else: no rules, no
// forms. It is safe for any number of goroutines.
type Phrases struct {
	auto  *automaton
	words []int32
}

// NewPhrases prepares the phrases. Equal ones are found once each.
func NewPhrases(phrases []string) *Phrases {
	n := newNFA()
	p := &Phrases{}
	for _, s := range phrases {
		sl, _ := slots(Operand{Text: s, Exact: true}, "")
		if len(sl) == 0 {
			sl = []slot{newSlot([]string{"\xFD"})} // never found, but keeps the numbers
		}
		n.add(sl)
		p.words = append(p.words, int32(len(sl)))
	}
	p.auto = build(n)
	return p
}

// PhraseFinder is one goroutine's memory for finding phrases.
type PhraseFinder struct {
	p  *Phrases
	sc scanner
}

// Finder returns a finder to be used by one goroutine.
func (p *Phrases) Finder() *PhraseFinder { return &PhraseFinder{p: p} }

// Find calls found with the number of each phrase in s and the bytes at which
// it stands, overlapping ones too.
func (f *PhraseFinder) Find(s string, found func(phrase, start, end int)) {
	f.sc.words, f.sc.hits = f.sc.words[:0], f.sc.hits[:0]
	f.sc.scan(f.p.auto, s)
	for _, h := range f.sc.hits {
		for _, id := range f.p.auto.accept(h.wordEnd) {
			found(int(id), int(f.sc.words[h.word-f.p.words[id]+1].start), int(wordEndTrimmed(s, h.end)))
		}
	}
}

// Size is the memory that the phrases take, in bytes.
func (p *Phrases) Size() int { return p.auto.size() }
