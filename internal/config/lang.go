package config

import "strings"

// languages are the two-letter codes of ISO 639-1.
const languages = " aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy " +
	"da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz " +
	"ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv " +
	"mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw " +
	"sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty " +
	"ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "

// isLang reports whether a word is a language's two-letter code.
func isLang(s string) bool {
	return len(s) == 2 && strings.Contains(languages, " "+s+" ")
}

// langFor knows the words that people write instead of a code.
func langFor(word string) string {
	word = strings.ToLower(word)
	if base, _, ok := strings.Cut(strings.ReplaceAll(word, "_", "-"), "-"); ok && isLang(base) {
		return base
	}
	switch word {
	case "english", "eng":
		return "en"
	case "ukrainian", "ukr", "ua":
		return "uk"
	case "russian", "rus":
		return "ru"
	case "german", "deutsch", "ger", "deu":
		return "de"
	case "french", "francais", "français", "fra", "fre":
		return "fr"
	case "polish", "polski", "pol":
		return "pl"
	case "czech", "cz", "ces":
		return "cs"
	case "spanish", "spa":
		return "es"
	case "swedish", "swe":
		return "sv"
	case "greek", "gr":
		return "el"
	case "japanese", "jp":
		return "ja"
	case "chinese", "cn":
		return "zh"
	}
	return ""
}
