package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// langSample is how much of a text GuessLang looks at.
const langSample = 512

// GuessLang guesses the language of s from its first 512 bytes: a primary
// subtag such as "uk", and whether that is sure; "" where nothing at all speaks
// for one. Common words decide most texts, and letters that only one language
// has; a detector by letter triples decides the rest.
func GuessLang(s string) (lang string, sure bool) {
	s = sampleOf(s)
	guess, sure := byWords(s)
	if sure && !barred(guess, s) {
		return guess, true
	}
	if l := byLetters(s); l != "" {
		return l, true
	}
	if utf8.RuneCountInString(s) < 24 {
		return guess, false
	}
	// A detector that knows a hundred languages takes a headline of names for
	// the rarest of them.
	l := detect(s)
	if l == "nb" || l == "nn" {
		l = "no"
	}
	if !hasSmallWords(l) || barred(l, s) {
		return guess, false
	}
	return l, true
}

func sampleOf(s string) string {
	n := min(len(s), langSample)
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func hasSmallWords(lang string) bool {
	return slices.ContainsFunc(smallWords[:], func(w struct{ lang, words string }) bool { return w.lang == lang })
}

// ownLetters are those that one language of a script has and the others do not
// but in names. Latin letters are no proof: a Polish name may stand in any
// text.
var ownLetters = []struct{ letters, lang string }{
	{"ўЎ", "be"}, {"ќѓЌЃ", "mk"}, {"ђћЂЋ", "sr"}, {"їєґЇЄҐ", "uk"}, {"ыэёЫЭЁ", "ru"},
}

func byLetters(s string) string {
	for _, o := range ownLetters {
		if strings.ContainsAny(s, o.letters) && !barred(o.lang, s) {
			return o.lang
		}
	}
	return ""
}

// foreignLetters are those that a language does not have and that its nearest
// neighbours do.
var foreignLetters = map[string]string{
	"sl": "ěřůľĺŕôęąłżźśńćđýú", "hr": "ěřůľĺŕôęąłżźśńýú", "cs": "ľĺŕôąęłżźśńćđ", "sk": "ěřůąęłżźśńćđ", "pl": "ěřůľĺŕôčšžđ",
	"bg": "ыэёіїєґўјљњ", "ru": "іїєґўјљњћђ", "uk": "ыэёўъјљњ", "mk": "ыэёіїєґўъйщюя", "sr": "ыэёіїєґўъйщюя", "be": "їєґъщ",
}

// barred reports whether a text has letters that a language does not have: two
// at least in a text of some length, for one may stand in a name.
func barred(lang, s string) bool {
	not := foreignLetters[lang]
	n := 0
	for _, r := range s {
		if r >= utf8.RuneSelf && strings.ContainsRune(not, unicode.ToLower(r)) {
			n++
		}
	}
	return n > 1 || n == 1 && len(s) < 120
}

// byWords counts the small words that a language cannot do without. It is sure
// when one language has three of them and half as many again as any other, and
// else names the one that has most.
func byWords(s string) (lang string, sure bool) {
	var count [64]int
	for w := range Words(s) {
		for _, l := range smallWordIndex[w] {
			count[l]++
		}
	}
	best, second := 0, 0
	for l := range len(smallWords) {
		switch c := count[l]; {
		case c > count[best] || l == 0:
			if l > 0 {
				second = count[best]
			}
			best = l
		case c > second:
			second = c
		}
	}
	switch {
	case count[best] >= 3 && 2*count[best] >= 3*second:
		return smallWords[best].lang, true
	case count[best] > second:
		return smallWords[best].lang, false
	}
	return "", false
}

var smallWordIndex = buildSmallWords()

func buildSmallWords() map[string][]uint8 {
	x := map[string][]uint8{}
	for i, l := range smallWords {
		for w := range strings.FieldsSeq(l.words) {
			w = Fold(w)
			x[w] = append(x[w], uint8(i))
		}
	}
	return x
}

// smallWords lists, per language, small words that are rare in its
// neighbours. A word may stand under several languages.
var smallWords = [...]struct{ lang, words string }{
	{"en", "the and of to in is that for was with as by from has have are his her its this which will not at be said who were after over into about against their had an on it"},
	{"uk", "та що це як не із від щодо але про під час після який яка які які його її їх буде було був була були також вже ще для або україни україні між якщо ми ви вони є і й"},
	{"ru", "что это как не из от но по при также уже ещё для или который которая которые его её их был была было были будет если мы вы они и с к во со об после является этого россии году между чтобы только"},
	{"bg", "на да се от за че ще са като които който която по при след си до беше бяха още това този тази със ни му ги той тя те според също през"},
	{"sr", "је да се на су од за што који која које као или није ће би са после био била"},
	{"mk", "на да се од за што ќе се како кои која или не би со по тоа беше биле"},
	{"be", "што гэта як не з ад але па пры таксама ўжо для які якая якія яго яе іх быў была было былі калі мы яны і ў"},
	{"pl", "to roku powiedział prezydent przeciw się nie że jest na do to jak od po przez dla przed oraz który która które jego jej ich był była było były będzie także już jeszcze lub może czy między ze we tym tego"},
	{"cs", "nebude protože řekl uvedl řekla dnes roku mu jim tak to lidí které kvůli proti se že je na do jako od po pro před který která které jeho její jejich byl byla bylo byli bude také již ještě nebo mezi ve ze aby při podle jsou není které bych až"},
	{"sk", "nebude pretože povedal uviedol povedala dnes roku mu im tak to ľudí kvôli proti sa že je na do ako od po pre pred ktorý ktorá ktoré jeho jej ich bol bola bolo boli bude tiež už ešte alebo medzi vo zo aby pri podľa sú nie ktorí"},
	{"sl", "se da je na do kot od po za pred ki so ni njegov njen bil bila bilo bili bo tudi že še ali med ter iz pri kar bi pa tem smo lahko"},
	{"hr", "se da je na do kao od po za prije koji koja koje su nije bio bila bilo bili će će također već još ili između te iz pri što bi sa nakon"},
	{"de", "der die das und ist nicht von zu mit den dem des ein eine einer auf für im sich auch als an wird nach bei aus wie hat sind war haben dass noch über werden vor zum zur"},
	{"fr", "le la les des et est pas de du un une que qui dans pour sur avec au aux ce cette par plus son ses sont ont été être mais ne se il elle leur selon après"},
	{"es", "el la los las y es no de del un una que en por para con su sus se al lo como más este esta son fue han sido pero según después entre"},
	{"it", "il la lo gli le e è non di del della dei delle un una che in per con su si al alla da dal come più questo questa sono è stato hanno ma anche nel nella dopo"},
	{"pt", "o a os as e é não de do da dos das um uma que em por para com no na se ao como mais este esta são foi tem mas também segundo após entre pelo pela"},
	{"nl", "de het een en van is niet dat op te in voor met zijn er aan ook als bij door om maar nog wordt werd naar uit zich over heeft hebben deze die dit"},
	{"sv", "och att det som en är på för med den till av inte har ett om var i de från kan efter vid men eller under också sig ska"},
	{"da", "og at det som en er på for med den til af ikke har et om var de fra kan efter ved men eller også sig skal blev"},
	{"no", "og at det som en er på for med den til av ikke har et om var de fra kan etter ved men eller også seg skal ble"},
	{"fi", "ja on ei että se oli hän myös mutta kun niin ovat joka jotka sekä mukaan tai jo vain voi kuin ole sen"},
	{"ro", "și de la în cu pe nu că este din care pentru un o mai a fost sunt au după prin sau ca între dar său"},
	{"hu", "a az és hogy nem is egy volt meg csak már ez de mint el vagy még után azt szerint pedig lesz"},
	{"tr", "ve bir bu için ile de da olarak daha çok olan gibi sonra kadar ancak göre ise en ne oldu dedi"},
	{"el", "και το η ο του της να που με για από στην στο τα των δεν είναι ότι σε θα τον την οι"},
	{"lt", "ir kad yra su iš į dėl tai bet kaip buvo po apie per jis taip pat už nuo"},
	{"lv", "un ir ka no ar par uz kas arī bet pēc tas kā līdz vai nav lai"},
	{"et", "ja on ei et see oli kui ka ning oma mis aga selle kes või pärast"},
	{"ka", "და რომ არ ეს ის არის თუ"},
	{"ar", "في من على إلى أن عن التي الذي مع هذا هذه بعد كما"},
	{"fa", "در به از که این را با است برای آن"},
	{"he", "של את על לא כי הוא עם זה גם אל"},
	{"zh", "的 是 在 了 和 有 不"},
}
