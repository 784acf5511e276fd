package match

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// judge is one goroutine's memory for one item: what was found in it, and the
// judgement of one topic at a time.
type judge struct {
	m    *Matcher
	item *news.Item

	scanner
	fields   [len(news.Fields)]field
	occ      []occurrence // all that was found, by field and place
	set      []uint64     // the patterns that were found, as a set
	head     []int32      // pattern in the set -> its first occurrence
	round    uint32
	hasMarks bool

	soughtSet   []uint64 // the finders of terms that were hit, as a set
	soughtKnown bool

	lang      uint64 // the item's language as a bit; 0 if unknown
	langKnown bool   // lang and guess were worked out
	guess     uint64 // where lang is 0, the likeliest one

	anchorLists []anchorList

	cand     []int32
	anchored int // what was looked at to find these
	candSeen []uint32

	// The judgement of the last topic.
	found   []finding
	sides   [2][]finding
	verdict verdict
}

// field is one field of the item and what is known of it.
type field struct {
	text       string
	word0      int // its words in scanner.words
	word1      int
	occ0, occ1 int

	dead      []deadSpan
	deadKnown bool
	style     capsStyle
}

// anchorList is where the anchors of a pattern are, with the first and the last
// number there.
type anchorList struct {
	pattern     int32
	from, to    int32
	first, last int32
}

// occurrence is a pattern found at a place: bytes [start, end), words w0..w1.
type occurrence struct {
	pattern    int32
	field      int32
	start, end int32
	w0, w1     int32
	next       int32 // the next occurrence of the same pattern, or -1
}

func newJudge(m *Matcher) *judge {
	return &judge{m: m, head: make([]int32, len(m.patterns)),
		set:      make([]uint64, len(m.patterns)/64+1),
		candSeen: make([]uint32, len(m.topics)), soughtSet: make([]uint64, m.sought/64+1)}
}

// read scans an item. The item is kept until the next one is read.
func (j *judge) read(it *news.Item) {
	j.item = it
	j.round++
	if j.round == 0 { // after four thousand million items the marks are stale
		clear(j.candSeen)
		j.round = 1
	}
	for i := range j.occ {
		j.set[j.occ[i].pattern>>6] = 0
	}
	j.words, j.occ, j.cand = j.words[:0], j.occ[:0], j.cand[:0]
	j.lang, j.langKnown, j.guess, j.hasMarks, j.anchored = 0, false, 0, false, 0
	j.soughtKnown = false
	for f, name := range news.Fields {
		fd := &j.fields[f]
		*fd = field{text: it.Text(name), word0: len(j.words), dead: fd.dead[:0], occ0: len(j.occ)}
		j.hits = j.hits[:0]
		j.scan(j.m.auto, fd.text)
		fd.word1 = len(j.words)
		for _, h := range j.hits {
			for _, p := range j.m.auto.accept(h.wordEnd) {
				j.add(f, p, h)
			}
		}
		fd.occ1 = len(j.occ)
	}
	for i := len(j.occ) - 1; i >= 0; i-- {
		o := &j.occ[i]
		o.next = -1
		if j.has(o.pattern) {
			o.next = j.head[o.pattern]
		}
		j.head[o.pattern] = int32(i)
		j.set[o.pattern>>6] |= 1 << (o.pattern & 63)
	}
}

func (j *judge) add(f int, p int32, h rawHit) {
	shape := j.m.shapes[p]
	first, last := j.words[h.word-int32(shape>>1)+1], j.words[h.word]
	s := j.fields[f].text
	o := occurrence{pattern: p, field: int32(f), start: first.start, end: wordEndTrimmed(s, h.end), w0: first.ord, w1: last.ord}
	if shape&shapeOdd != 0 {
		info := &j.m.patterns[p]
		if info.exact != "" && text.Fold(s[o.start:o.end]) != info.exact {
			return
		}
		j.hasMarks = j.hasMarks || info.dead != deadNo
	}
	j.occ = append(j.occ, o)
}

// wordEndTrimmed drops invisible marks at the end of a word.
func wordEndTrimmed(s string, end int32) int32 {
	for end > 0 && s[end-1] >= utf8.RuneSelf {
		r, n := utf8.DecodeLastRuneInString(s[:end])
		if a, _ := text.LetterOf(r); a != text.Ignore || 0x300 <= r && r < 0x370 {
			break
		}
		end -= int32(n)
	}
	return end
}

// candidates returns the topics of which every group was hit, in their order.
// They are sought by the hits of their rarest groups.
func (j *judge) candidates() []int32 {
	// Each list is looked at before any is read: the machine then fetches them
	// all together, not one after the other.
	j.anchorLists = j.anchorLists[:0]
	for i := range j.occ {
		if p := j.occ[i].pattern; j.head[p] == int32(i) {
			if l := (anchorList{pattern: p, from: j.m.anchorsOf[p], to: j.m.anchorsOf[p+1]}); l.from < l.to {
				l.first, l.last = j.m.anchors[l.from], j.m.anchors[l.to-1]
				j.anchorLists = append(j.anchorLists, l)
			}
		}
	}
	for _, l := range j.anchorLists {
		as := j.m.anchors[l.from:l.to]
		for len(as) > 0 {
			topic, reach, n := as[0], as[1], as[2]
			as = as[3:]
			var groups []int32
			if n >= 0 {
				groups, as = as[:n], as[n:]
			} else {
				groups = j.m.quick[^n+1:][:j.m.quick[^n]]
			}
			j.anchored++
			if j.plausible(groups) && j.candSeen[topic] != j.round && (reach == 0 || j.within(l.pattern, groups[1:], reach)) {
				j.candSeen[topic] = j.round
				j.cand = append(j.cand, topic)
			}
		}
	}
	slices.Sort(j.cand)
	return j.cand
}

// within reports whether a pattern stands within reach of one of others.
func (j *judge) within(p int32, others []int32, reach int32) bool {
	for _, q := range others {
		if !j.has(q) {
			continue
		}
		for o := j.head[p]; o >= 0; o = j.occ[o].next {
			for k := j.head[q]; k >= 0; k = j.occ[k].next {
				a, b := &j.occ[o], &j.occ[k]
				if gap := gapWords(a.w0, a.w1, b.w0, b.w1); a.field == b.field && gap >= 1 && gap <= reach {
					return true
				}
			}
		}
	}
	return false
}

// plausible reports whether each of the groups, written as a count and the
// patterns, was hit.
func (j *judge) plausible(groups []int32) bool {
	for len(groups) > 0 {
		n := groups[0] + 1
		if !j.hit(groups[1:n]) {
			return false
		}
		groups = groups[n:]
	}
	return true
}

// hit reports whether any of the patterns was found.
func (j *judge) hit(patterns []int32) bool {
	for _, p := range patterns {
		if j.set[p>>6]>>(p&63)&1 == 1 {
			return true
		}
	}
	return false
}

// has reports whether a pattern was found.
func (j *judge) has(p int32) bool { return j.set[p>>6]>>(p&63)&1 == 1 }

// inLang reports whether something that is only for some languages is for the
// item. An item of unknown language is of all.
func (j *judge) inLang(langs uint64) bool {
	if langs == 0 {
		return true
	}
	l := j.language()
	return l == 0 || l&langs != 0
}

// atomInLang is inLang for an atom. The case forms of a foreign name are found
// only where the text looks like one of the languages that have them.
func (j *judge) atomInLang(a *atom) bool {
	if a.guest {
		return j.likelyLanguage()&a.langs != 0
	}
	return j.inLang(a.langs)
}

// language works out the item's language when it is first asked for.
func (j *judge) language() uint64 {
	if !j.langKnown {
		j.langKnown = true
		lang, sure := languageOf(j.item)
		if !sure {
			j.guess = j.m.langs[cmp.Or(lang, "en")]
			return 0
		}
		if j.lang = j.m.langs[lang]; j.lang == 0 {
			j.lang = 1 << 63 // a language of which the rules know nothing
		}
	}
	return j.lang
}

// likelyLanguage is the item's language or, where that is unknown, what its
// few words look like; English if they look like nothing.
func (j *judge) likelyLanguage() uint64 {
	if l := j.language(); l != 0 {
		return l
	}
	return j.guess
}

// languageOf is the item's own word for its language, unless its script gives
// that the lie, else what its text looks like, and whether that is sure.
func languageOf(it *news.Item) (lang string, sure bool) {
	l := primary(it.Lang)
	sample := it.Title
	if len(sample) < 24 {
		sample = it.Title + " " + it.Summary
	}
	if l != "" && l != "und" && l != "mul" && scriptFits(l, sample) {
		return l, true
	}
	return text.GuessLang(langSample(it))
}

func langSample(it *news.Item) string {
	s := it.Title + "\n" + it.Summary
	if len(s) < 200 {
		s += "\n" + it.Content[:min(len(it.Content), 600)]
	}
	return s
}

// scriptFits reports whether a language can be written as the sample is: a
// feed that says "en" may carry Ukrainian.
func scriptFits(lang, sample string) bool {
	latin, cyrillic := 0, 0
	for _, r := range sample {
		switch {
		case r < 0x250 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'):
			latin++
		case 0x400 <= r && r < 0x530:
			cyrillic++
		}
	}
	switch lang {
	case "ru", "uk", "be", "bg", "mk":
		return cyrillic > 0 || latin == 0
	case "sr", "kk", "ky", "tg", "mn", "uz", "az":
		return true
	}
	return cyrillic <= latin
}
