package feeds

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func isISO2022(e encoding.Encoding) bool { return e == japanese.ISO2022JP }

// guessed are the charsets that are tried on text without a usable label, the
// most common first, with the languages that are written in them.
var guessed = []struct {
	enc   encoding.Encoding
	langs string
}{
	{charmap.Windows1252, "en de fr es it pt nl sv da no fi"},
	{charmap.Windows1251, "ru uk bg be sr mk"},
	{charmap.KOI8R, "ru uk"},
	{charmap.Windows1250, "pl cs sk hu sl hr ro"},
	{charmap.Windows1253, "el"},
	{charmap.Windows1254, "tr"},
	{charmap.Windows1255, "he"},
	{charmap.Windows1256, "ar fa"},
	{simplifiedchinese.GB18030, "zh"},
	{japanese.EUCJP, "ja"},
	{japanese.ShiftJIS, "ja"},
	{korean.EUCKR, "ko"},
}

// guess chooses the charset under which the high bytes read most like text:
// small letters inside words of one script, in the feed's language if that is
// known.
func guess(body []byte, lang string) encoding.Encoding {
	sample := highSample(body)
	if lang == "" {
		lang = spokenLanguage(body)
	}
	best, most := encoding.Encoding(charmap.Windows1252), 0.0
	for i, g := range guessed {
		score := likeText(decode(g.enc, sample)) - float64(i)*0.001
		if lang != "" && strings.Contains(" "+g.langs+" ", " "+lang+" ") {
			score += 0.25
		}
		if i == 0 || score > most {
			best, most = g.enc, score
		}
	}
	return best
}

// highSample collects the lines that hold high bytes, up to a few kilobytes.
func highSample(b []byte) []byte {
	var out []byte
	for line := range bytes.Lines(b) {
		if bytes.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
			out = append(out, line[:min(len(line), 4096)]...)
		}
		if len(out) > 16<<10 {
			break
		}
	}
	return out
}

// likeText scores decoded text from 0 to 1: the share of its letters beyond
// ASCII that stand where such letters stand.
func likeText(text []byte) float64 {
	var good, all float64
	prev := ' '
	for _, r := range string(text) {
		if r >= 0x80 {
			all++
			good += fits(prev, r)
		}
		prev = r
	}
	if all == 0 {
		return 0
	}
	return good / all
}

// fits is how well r stands after prev.
func fits(prev, r rune) float64 {
	switch {
	case r == utf8.RuneError, unicode.IsControl(r), unicode.In(r, unicode.Co), 0xff61 <= r && r <= 0xff9f:
		return -1
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
		if prev < 0x80 && unicode.IsLetter(prev) {
			return 0 // ideographs do not end a Latin word
		}
		return 0.9
	case !unicode.IsLetter(r):
		if strings.ContainsRune("–—‘’“”„«»…€§°·\u00a0№", r) {
			return 0.6
		}
		return -0.2
	case unicode.In(r, unicode.Latin):
		if unicode.IsUpper(r) && unicode.IsLower(prev) {
			return -0.5
		}
		if prev >= 0x80 && unicode.IsLetter(prev) {
			return 0.2 // accented letters seldom touch
		}
		return 0.9
	}
	switch {
	case unicode.IsLetter(prev) && (prev < 0x80 || unicode.IsUpper(r) && unicode.IsLower(prev)):
		return -0.5
	case !unicode.IsLetter(prev):
		return 0.3 // a word begins; that it goes on in this script is what counts
	}
	return 1
}

// spokenLanguage reads the feed's own word on its language.
func spokenLanguage(b []byte) string {
	head := b[:min(len(b), 8192)]
	for _, mark := range []string{"<language>", "<dc:language>", "xml:lang=\"", "xml:lang='"} {
		if _, rest, ok := bytes.Cut(head, []byte(mark)); ok {
			return primary(string(bytes.TrimSpace(rest[:min(len(rest), 12)])))
		}
	}
	return ""
}

// primary is the primary subtag of a language tag in small letters, "" if
// there is none.
func primary(tag string) string {
	tag = strings.TrimSpace(tag)
	end := 0
	for end < len(tag) && ('a' <= tag[end]|0x20 && tag[end]|0x20 <= 'z') {
		end++
	}
	if end < 2 || end > 3 {
		return ""
	}
	return strings.ToLower(tag[:end])
}
