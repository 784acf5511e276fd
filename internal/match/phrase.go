package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watcherd/watcherd/internal/text"
)

// phraseWord is one word of a term: as written, and in codes with its
// wildcards.
type phraseWord struct {
	text  string
	codes string
}

// phraseWords splits a phrase into words as text.Step does, reading * and ? as
// wildcards.
func phraseWords(s string) []phraseWord {
	var out []phraseWord
	var codes []byte
	start, end := 0, 0
	flush := func() {
		if len(codes) > 0 {
			out = append(out, phraseWord{s[start:end], string(codes)})
		}
		codes = codes[:0]
	}
	for i := 0; i < len(s); {
		if len(codes) == 0 {
			start = i
		}
		switch s[i] {
		case '*':
			if len(codes) > 0 && codes[len(codes)-1] != formStar {
				codes = append(codes, formStar)
			}
			i++
			end = i
			continue
		case '?':
			codes = append(codes, formAny)
			i++
			end = i
			continue
		}
		p := text.Step(s, i, start)
		if p.A < text.Ignore || p.Alone {
			flush()
		}
		if p.Alone {
			start = i
		}
		if p.A > text.Ignore {
			codes = append(codes, p.A)
			if p.B != 0 {
				codes = append(codes, p.B)
			}
		}
		i = p.Next
		end = i
		if p.Alone {
			flush()
		}
	}
	flush()
	for i := range out {
		out[i].text = strings.TrimRightFunc(out[i].text, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '*' && r != '?' && !unicode.Is(unicode.M, r)
		})
	}
	return out
}

// codesOf returns the codes of one word.
func codesOf(word string) string {
	var b []byte
	for i := 0; i < len(word); {
		p := text.Step(word, i, 0)
		if p.A > text.Ignore {
			b = append(b, p.A)
			if p.B != 0 {
				b = append(b, p.B)
			}
		}
		i = p.Next
	}
	return string(b)
}

// slots makes the pattern of an operand as it stands in a list of language
// lang ("" for the list of all languages).
func slots(o Operand, lang string) (out []slot, caps []wordCaps) {
	words := phraseWords(o.Text)
	for i, w := range words {
		forms := []string{w.codes}
		if !o.Exact && !strings.ContainsAny(w.text, "*?") {
			for _, f := range formsOf(w.text, lang, i == len(words)-1, words) {
				forms = append(forms, codesOf(f))
			}
		}
		out = append(out, newSlot(forms))
		caps = append(caps, capsOf(w.text, o.Exact))
	}
	return out, caps
}

// formsOf lists the other forms of a word: the plural of the last word in
// English, the case forms in the languages that have them.
func formsOf(word, lang string, last bool, phrase []phraseWord) []string {
	if isCapitals(word) || letters(word) == 0 {
		return nil
	}
	if script := scriptOf(word); lang == "" && script != unicode.Latin {
		if script == unicode.Cyrillic {
			return cyrillicForms(word, phrase)
		}
		return nil
	}
	switch lang {
	case "", "en":
		if last {
			return englishForms(word)
		}
		return nil
	case "fr", "es", "pt":
		if last && utf8.RuneCountInString(word) > 3 {
			return []string{word + "s", word + "es"}
		}
		return nil
	}
	return inflect(lang, word, phrase)
}

// cyrillicForms serves a Cyrillic word in the list of all languages: the forms
// of each language that its letters allow.
func cyrillicForms(word string, phrase []phraseWord) []string {
	lower := strings.ToLower(word)
	switch {
	case strings.ContainsAny(lower, "іїєґ"):
		return inflect("uk", word, phrase)
	case strings.ContainsAny(lower, "ыэё"):
		return inflect("ru", word, phrase)
	}
	return append(inflect("ru", word, phrase), inflect("uk", word, phrase)...)
}

func scriptOf(word string) *unicode.RangeTable {
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r):
			return unicode.Latin
		case unicode.Is(unicode.Cyrillic, r):
			return unicode.Cyrillic
		case unicode.IsLetter(r):
			return nil
		}
	}
	return unicode.Latin
}

// englishForms lists the plural of a word of four letters or more. The
// possessive needs no form: an apostrophe parts words.
func englishForms(word string) []string {
	r, _ := utf8.DecodeLastRuneInString(word)
	switch {
	case unicode.IsDigit(r):
		return []string{word + "s"} // F-16s
	case utf8.RuneCountInString(word) <= 3:
		return nil
	}
	stem, lower := word[:len(word)-1], strings.ToLower(word)
	switch {
	case hasAnySuffix(lower, "ss", "sh", "ch", "x", "z"):
		return []string{word + "es"}
	case strings.HasSuffix(lower, "sis"):
		return []string{word[:len(word)-2] + "es"}
	case strings.HasSuffix(lower, "us"):
		return []string{word + "es"}
	case strings.HasSuffix(lower, "s"):
		return nil
	case strings.HasSuffix(lower, "y") && !hasAnySuffix(lower, "ay", "ey", "oy", "uy"):
		return []string{stem + "ies", word + "s"}
	case strings.HasSuffix(lower, "man"):
		return []string{word[:len(word)-2] + "en", word + "s"}
	case strings.HasSuffix(lower, "o"):
		return []string{word + "s", word + "es"}
	}
	return []string{word + "s"}
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, x := range suffixes {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}
