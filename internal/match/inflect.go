package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case forms are made from the dictionary form by paradigms: tables that say,
// for the ending of a word, which endings stand in its place. The longest
// ending that fits decides; an ending that has several paradigms (the words in
// -ь of both genders, the vowel that is lost in одесситец, одесситца) gives
// the forms of all of them. That makes some forms which no speaker uses; they
// cost nothing, as no text has them. Everything happens when rules are
// compiled: the forms become letters of a pattern, and nothing is guessed
// while news is read.
//
// Words of all capitals (НАТО), digits and the small words of a phrase (над,
// der) keep their form. Accents need no care, since letters are folded.

// paradigm is an ending and the endings that take its place.
type paradigm struct {
	suffix string
	forms  []string
}

// grammar is a language's paradigms, longest ending first. grown, if set,
// gives further stems of a word, for vowels that change when an ending is
// added.
type grammar struct {
	paradigms []paradigm
	grown     func(lower string) []string
	owner     []string // endings of possessives made of a name: Putinův
}

var grammars = map[string]grammar{
	"ru": {paradigms: parseParadigms(paradigmsRu)},
	"uk": {paradigms: parseParadigms(paradigmsUk), grown: openSyllableUk},
	"bg": {paradigms: parseParadigms(paradigmsBg)},
	"pl": {paradigms: parseParadigms(paradigmsPl), grown: openSyllablePl},
	"cs": {paradigms: parseParadigms(paradigmsCs), grown: openSyllableCs, owner: strings.Fields("ův ova ovo ovu ovy ově ovou ových ovým ovými")},
	"sk": {paradigms: parseParadigms(paradigmsSk), owner: strings.Fields("ov ova ovo ovu ovej ovou ovho ovmu ovom ovým ových ovými ove ovi")},
	"sl": {paradigms: parseParadigms(paradigmsSl), owner: strings.Fields("ov ova ovo ove ovi ovega ovemu ovem ovim ovih ovimi")},
	"hr": {paradigms: parseParadigms(paradigmsSl), owner: strings.Fields("ov ova ovo ove ovi ovog ovom ovu ovim ovih")},
	"de": {paradigms: parseParadigms(paradigmsDe)},
}

// parseParadigms reads a table: one ending per line, a colon, and the endings
// in its place, "-" for none. An ending may have several lines.
func parseParadigms(table string) []paradigm {
	var out []paradigm
	for line := range strings.Lines(table) {
		suffix, forms, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		p := paradigm{suffix: suffix}
		for f := range strings.FieldsSeq(forms) {
			p.forms = append(p.forms, strings.TrimPrefix(f, "-"))
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b paradigm) int { return len(b.suffix) - len(a.suffix) })
	return out
}

// inflect lists the case forms of a word given in its dictionary form.
func inflect(lang, word string, phrase []phraseWord) []string {
	g, ok := grammars[lang]
	n := utf8.RuneCountInString(word)
	first, _ := utf8.DecodeRuneInString(word)
	capital := unicode.IsUpper(first)
	if !ok || n < 3 || strings.ContainsAny(word, "0123456789.") || len(phrase) > 1 && isParticle(word) {
		return nil
	}
	out := g.forms(word)
	lower := strings.ToLower(word)
	if g.grown != nil {
		for _, stem := range g.grown(lower) {
			for _, f := range g.forms(stem) {
				if f != stem { // the bare stem is no word
					out = append(out, f)
				}
			}
		}
	}
	if last, _ := utf8.DecodeLastRuneInString(lower); capital && !strings.ContainsRune("aeiouyáéíóúý", last) {
		for _, e := range g.owner {
			out = append(out, word+e)
		}
	}
	if strings.HasSuffix(lower, "o") && capital && lang == "sl" {
		for _, e := range g.owner { // Nato, Natova
			out = append(out, word[:len(word)-1]+e)
		}
	}
	if strings.HasSuffix(lower, "a") && capital && (lang == "sl" || lang == "hr") {
		for e := range strings.FieldsSeq("in ina ine ino inega inem inih inim") {
			out = append(out, word[:len(word)-1]+e)
		}
	}
	return out
}

// isParticle reports one of the small words of three letters that join the
// words of a phrase and have no forms. Those of four letters get forms that no
// text has.
func isParticle(word string) bool { return particles[strings.ToLower(word)] }

var particles = wordSet(`над под при про для без или что как это все від між або що під
	към със във след pod nad dla bez lub czy ale pro při pri med čez brez iz
	der die das den dem des von und für mit bei aus zum zur vom`)

// forms applies the paradigms of the longest ending that fits.
func (g *grammar) forms(word string) []string {
	lower := strings.ToLower(word)
	var out []string
	best := -1
	for _, p := range g.paradigms {
		if best >= 0 && len(p.suffix) < best {
			break
		}
		if !strings.HasSuffix(lower, p.suffix) || len(p.suffix) >= len(lower) {
			continue
		}
		best = len(p.suffix)
		stem := lower[:len(lower)-len(p.suffix)]
		for _, f := range p.forms {
			out = append(out, stem+f)
		}
	}
	return out
}

// openSyllableUk turns the і of a closed last syllable to о or е, as in
// Харків, Харкова and Київ, Києва.
func openSyllableUk(lower string) (stems []string) {
	r := []rune(lower)
	for i := len(r) - 2; i > 0 && i >= len(r)-3; i-- {
		if strings.ContainsRune("аеиоуюяєь", r[len(r)-1]) && r[len(r)-1] != 'ь' {
			return nil
		}
		with := func(v rune) string {
			c := slices.Clone(r)
			c[i] = v
			return string(c)
		}
		switch r[i] {
		case 'і':
			return []string{with('о'), with('е')}
		case 'ї':
			return []string{with('є')}
		case 'а', 'е', 'и', 'о', 'у', 'ю', 'я', 'є':
			return nil
		}
	}
	return nil
}

// openSyllablePl turns ó to o and ą to ę before an ending, as in Kijów,
// Kijowa. Accents are folded, so that only ą and ę differ.
func openSyllablePl(lower string) []string {
	r := []rune(lower)
	for i := len(r) - 2; i >= max(0, len(r)-3); i-- {
		if r[i] == 'ą' {
			r[i] = 'e'
			return []string{string(r)}
		}
	}
	return nil
}

// openSyllableCs turns ů to o before an ending, as in dům, domu.
func openSyllableCs(lower string) []string {
	r := []rune(lower)
	if i := len(r) - 2; i > 0 && r[i] == 'ů' {
		r[i] = 'o'
		return []string{string(r)}
	}
	return nil
}
