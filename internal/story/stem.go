package story

import (
	"strings"
	"unicode/utf8"
)

// stem cuts a folded word down to what its inflected forms share. It need not
// be a word; two forms of one word must only meet more often than two words
// do. English loses its common endings; other Latin languages, Cyrillic and
// Greek, which inflect more, keep the first letters; Arabic and Hebrew lose the
// article and the commonest endings.
func stem(w, lang string) string {
	if i := strings.IndexByte(w, '\''); i > 0 {
		if i == 1 && len(w) > 3 { // l'avion, d'Estaing
			w = w[2:]
		} else {
			w = w[:i]
		}
	}
	r, _ := utf8.DecodeRuneInString(w)
	switch {
	case r < 0x250 && (lang == "" || lang == "en"):
		return stemEnglish(w)
	case r < 0x250:
		return prefix(w, 7)
	case r < 0x530:
		return stemCyrillic(w)
	case r >= 0x590 && r < 0x780:
		return stemSemitic(w)
	}
	return prefix(w, 6)
}

// prefix keeps the first n letters.
func prefix(w string, n int) string {
	for i := range w {
		if n == 0 {
			return w[:i]
		}
		n--
	}
	return w
}

// stemCyrillic drops the vowels and soft ends that carry case and number, then
// keeps at most seven letters.
func stemCyrillic(w string) string {
	for range 3 {
		r, n := utf8.DecodeLastRuneInString(w)
		if utf8.RuneCountInString(w) <= 4 || !strings.ContainsRune("аеиіоуыьэюяїєйёмхвг", r) {
			break
		}
		w = w[:len(w)-n]
	}
	return prefix(w, 7)
}

func stemSemitic(w string) string {
	for _, p := range []string{"وال", "بال", "ال", "لل"} {
		if t, ok := strings.CutPrefix(w, p); ok && utf8.RuneCountInString(t) >= 3 {
			w = t
			break
		}
	}
	for _, s := range []string{"ات", "ين", "ون", "ية", "ة", "ي"} {
		if t, ok := strings.CutSuffix(w, s); ok && utf8.RuneCountInString(t) >= 3 {
			return t
		}
	}
	return w
}

// stemEnglish drops the endings of number and tense, in the spirit of the
// first steps of Porter's rules: shots, shooting, shoot meet; nothing is cut
// below three letters.
func stemEnglish(w string) string {
	if len(w) <= 3 {
		return w
	}
	switch {
	case strings.HasSuffix(w, "sses"):
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		w = w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
	case strings.HasSuffix(w, "s"):
		w = w[:len(w)-1]
	}
	for _, end := range []string{"ing", "edly", "ed"} {
		if t, ok := strings.CutSuffix(w, end); ok && len(t) >= 3 && strings.ContainsAny(t, "aeiouy") {
			w = undouble(t)
			break
		}
	}
	for _, end := range []string{"ation", "ment", "ness", "ly", "er", "or", "al"} {
		if t, ok := strings.CutSuffix(w, end); ok && len(t) >= 5 {
			w = undouble(t)
			break
		}
	}
	if len(w) > 4 && w[len(w)-1] == 'e' {
		w = w[:len(w)-1]
	}
	if len(w) > 3 && w[len(w)-1] == 'y' {
		w = w[:len(w)-1] + "i"
	}
	return w
}

// undouble turns "shopp" into "shop"; l, s and z may stay double in the root.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("aeioulsz", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}
