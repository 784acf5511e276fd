package match

import (
	"slices"
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

func TestCaseForms(t *testing.T) {
	for _, tt := range []struct{ lang, word, forms string }{
		{"ru", "Украина", "Украины Украине Украину Украиной"},
		{"ru", "Россия", "России Россию Россией"},
		{"ru", "Киев", "Киева Киеву Киевом Киеве"},
		{"ru", "Крым", "Крыма Крыму Крымом Крыме"},
		{"ru", "Донбасс", "Донбасса Донбассу Донбассом Донбассе"},
		{"ru", "Путин", "Путина Путину Путиным Путине"},
		{"ru", "Зеленский", "Зеленского Зеленскому Зеленским Зеленском"},
		{"ru", "санкция", "санкции санкций санкциям санкциями санкциях"},
		{"ru", "санкции", "санкций санкциям санкциями санкциях"},
		{"ru", "Кремль", "Кремля Кремлю Кремлем Кремле"},
		{"ru", "ядерный", "ядерного ядерному ядерным ядерное ядерной ядерную ядерных"},
		{"ru", "оружие", "оружия оружию оружием оружии"},
		{"ru", "договор", "договора договору договором договоры договоров"},
		{"ru", "Мариуполь", "Мариуполя Мариуполю Мариуполем Мариуполе"},
		{"ru", "Херсонская", "Херсонской Херсонскую"},
		{"ru", "украинец", "украинца украинцы украинцев украинцам"},
		{"uk", "Україна", "України Україні Україну Україною"},
		{"uk", "Росія", "Росії Росію Росією"},
		{"uk", "Київ", "Києва Києву Києвом Києві"},
		{"uk", "Харків", "Харкова Харкову Харковом Харкові"},
		{"uk", "Крим", "Криму Кримом Криму"},
		{"uk", "Путін", "Путіна Путіну Путіним Путіном Путіні"},
		{"uk", "Зеленський", "Зеленського Зеленському Зеленським"},
		{"uk", "зброя", "зброї зброю зброєю"},
		{"uk", "озброєння", "озброєнь озброєнням озброєннями"},
		{"uk", "санкція", "санкції санкцій санкціям санкціями санкціях"},
		{"uk", "ракета", "ракети ракеті ракету ракетою ракет"},
		{"uk", "Донбас", "Донбасу Донбасом Донбасі"},
		{"uk", "Луганськ", "Луганська Луганську Луганськом"},
		{"uk", "українець", "українця українців українцям"},
		{"uk", "допомога", "допомоги допомозі допомогу допомогою"},
		{"pl", "Ukraina", "Ukrainy Ukrainie Ukrainę Ukrainą"},
		{"pl", "Rosja", "Rosji Rosję Rosją"},
		{"pl", "Kijów", "Kijowa Kijowowi Kijowem Kijowie"},
		{"pl", "Krym", "Krymu Krymowi Krymem Krymie"},
		{"pl", "Putin", "Putina Putinowi Putinem Putinie"},
		{"pl", "Zełenski", "Zełenskiego Zełenskiemu Zełenskim"},
		{"pl", "sankcja", "sankcji sankcje sankcjom sankcjami sankcjach"},
		{"pl", "Donbas", "Donbasu Donbasowi Donbasem Donbasie"},
		{"pl", "rakieta", "rakiety rakiet rakietę rakietami"},
		{"pl", "Kreml", "Kremla Kremlowi Kremlem Kremlu"},
		{"cs", "Ukrajina", "Ukrajiny Ukrajině Ukrajinu Ukrajinou"},
		{"cs", "Rusko", "Ruska Rusku Ruskem"},
		{"cs", "Kyjev", "Kyjeva Kyjevu Kyjevem Kyjevě"},
		{"cs", "Krym", "Krymu Krymem Krymě"},
		{"cs", "Putin", "Putina Putinovi Putinem Putinův Putinova"},
		{"cs", "Zelenskyj", "Zelenského Zelenskému Zelenským"},
		{"cs", "sankce", "sankcí sankcím sankcemi sankcích"},
		{"sk", "Ukrajina", "Ukrajiny Ukrajine Ukrajinu Ukrajinou"},
		{"sk", "sankcia", "sankcie sankcií sankciám sankciami"},
		{"sk", "Kyjev", "Kyjeva Kyjevu Kyjevom Kyjeve"},
		{"sl", "Ukrajina", "Ukrajine Ukrajini Ukrajino"},
		{"sl", "Rusija", "Rusije Rusiji Rusijo"},
		{"sl", "Putin", "Putina Putinu Putinom Putinov Putinova"},
		{"sl", "Zelenski", "Zelenskega Zelenskemu Zelenskim"},
		{"sl", "Krim", "Krima Krimu Krimom"},
		{"sl", "Nato", "Nata Natu Natom"},
		{"bg", "Украйна", "Украйна"},
		{"bg", "ракета", "ракетата ракети ракетите"},
		{"bg", "президент", "президентът президента президенти"},
		{"bg", "санкция", "санкцията санкции санкциите"},
		{"ru", "россиянин", "россиянина россияне россиян россиянам россиянами россиянах"},
		{"ru", "российский", "российско"},
		{"uk", "росіянин", "росіянина росіяни росіян росіянам росіянами"},
		{"uk", "російський", "російсько"},
		{"pl", "Rosjanin", "Rosjanina Rosjaninem Rosjanie Rosjan Rosjanom Rosjanami Rosjanach"},
		{"pl", "rosyjski", "rosyjsko"},
		{"cs", "ukrajinský", "ukrajinsko"},
		{"sk", "ukrajinský", "ukrajinsko"},
		{"sl", "Nato", "Natov Natova Natove Natovega"},
		{"bg", "руснак", "руснака руснакът руснаци руснаците"},
		{"bg", "поток", "потока потокът потоци потоците"},
		{"bg", "Путинов", "Путинова Путиновата Путиновите"},
		{"de", "Russland", "Russlands"},
		{"de", "Ukraine", "Ukraine"},
		{"de", "Sanktion", "Sanktionen"},
		{"de", "Krim", "Krim"},
		{"de", "Selenskyj", "Selenskyjs"},
	} {
		got := []string{text.Fold(tt.word)}
		for _, f := range inflect(tt.lang, tt.word, nil) {
			got = append(got, text.Fold(f))
		}
		for f := range strings.FieldsSeq(tt.forms) {
			if !slices.Contains(got, text.Fold(f)) {
				t.Errorf("%s %s: %s is not among %d forms", tt.lang, tt.word, f, len(got))
			}
		}
	}
}

// TestNamesInNinAreNoPeoples: Ленин ends as россиянин does, but has no plural in
// -не, which is the first name Лена in a case.
func TestNamesInNinAreNoPeoples(t *testing.T) {
	for _, tt := range []struct{ lang, word, not string }{
		{"ru", "Ленин", "Лене Лен"}, {"ru", "Калинин", "Калине Калин"}, {"bg", "Ленин", "Лени"},
	} {
		for _, f := range inflect(tt.lang, tt.word, nil) {
			if slices.Contains(strings.Fields(strings.ToLower(tt.not)), strings.ToLower(f)) {
				t.Errorf("%s %s has the form %s", tt.lang, tt.word, f)
			}
		}
	}
}

// TestForeignNamesAreInflectedToo types a name once, for all languages.
func TestForeignNamesAreInflectedToo(t *testing.T) {
	m := compile(t, Rules{Topics: []Topic{anyOf("who", "@who")},
		Entities: []Entity{{ID: "who", Any: lines("Putin\nNord Stream\nErdogan\nDonald Trump\nZelenskyj\nBerlin")}}})
	for _, tt := range []struct {
		lang, title string
		want        bool
	}{
		{"pl", "Rozmowa z Putinem w Moskwie", true}, {"pl", "Wyciek z Nord Streamu", true}, {"pl", "Spotkanie Erdogana i Trumpa", true},
		{"cs", "Schůzka s Putinem", true}, {"cs", "Výbuch na Nord Streamu", true}, {"cs", "Zelenského návštěva Berlína", true},
		{"sk", "Stretnutie s Putinom", true}, {"sl", "Pogovor s Putinom", true}, {"sl", "Obisk pri Donaldu Trumpu", true},
		{"hr", "Razgovor s Putinom", true}, {"hr", "Posjet Berlinu", true},
		{"en", "The Putina river", false}, {"fr", "La Putina", false}, {"de", "Berlina", false},
	} {
		if got := fires(m, &news.Item{Title: tt.title, Lang: tt.lang}) != ""; got != tt.want {
			t.Errorf("%s %q: %v", tt.lang, tt.title, got)
		}
	}
}

// TestCaseFormsOfNames looks for every case of a name of one word or more, as
// written and in a headline of capitals.
func TestCaseFormsOfNames(t *testing.T) {
	for _, tt := range []struct{ lang, word, forms string }{
		{"ru", "Северный поток", "Северного потока|Северному потоку|Северным потоком|Северном потоке|Северные потоки|Северных потоков|Северным потокам|Северными потоками|Северных потоках"},
		{"uk", "Північний потік", "Північного потоку|Північному потоку|Північним потоком|Північному потоці|Північні потоки|Північних потоків|Північними потоками"},
		{"pl", "Nord Stream", "Nord Streamu|Nord Streamem|Nord Streamie|Nord Streamowi"},
		{"pl", "Gazociąg Północny", "Gazociągu Północnego|Gazociągowi Północnemu|Gazociągiem Północnym"},
		{"cs", "Nord Stream", "Nord Streamu|Nord Streamem"},
		{"cs", "Severní proud", "Severního proudu|Severnímu proudu|Severním proudem|Severním proudu"},
		{"sk", "Severný prúd", "Severného prúdu|Severnému prúdu|Severným prúdom|Severnom prúde"},
		{"sk", "Nord Stream", "Nord Streamu|Nord Streamom|Nord Streame"},
		{"sl", "Severni tok", "Severnega toka|Severnemu toku|Severnim tokom|Severnem toku"},
		{"sl", "Nord Stream", "Nord Streama|Nord Streamu|Nord Streamom"},
		{"bg", "Северен поток", "Северния поток|Северният поток"},
		{"ru", "санкции", "санкция|санкцию|санкцией|санкций|санкциям|санкциями|санкциях"},
		{"uk", "санкції", "санкція|санкцію|санкцією|санкцій|санкціям|санкціями|санкціях"},
		{"pl", "sankcje", "sankcja|sankcji|sankcję|sankcją|sankcjom|sankcjami|sankcjach"},
		{"cs", "sankce", "sankcí|sankcím|sankcemi|sankcích|sankci"},
		{"sk", "sankcie", "sankcia|sankcií|sankciu|sankciou|sankciám|sankciami|sankciách|sankcii"},
		{"sl", "sankcije", "sankcija|sankcij|sankcijo|sankcijam|sankcijami|sankcijah|sankciji"},
		{"bg", "санкции", "санкциите|санкция|санкцията"},
		{"de", "Sanktionen", "Sanktion"},
		{"sk", "Rusko", "Ruska|Rusku|Ruskom"},
		{"sk", "Krym", "Krymu|Kryme|Krymom"},
		{"sk", "Donbas", "Donbasu|Donbase|Donbasom"},
		{"sk", "Putin", "Putina|Putinovi|Putinom|Putinov|Putinova|Putinove|Putinovho|Putinovej"},
		{"sk", "Zelenskyj", "Zelenského|Zelenskému|Zelenským|Zelenskom"},
		{"sk", "Zelenskij", "Zelenského|Zelenskému|Zelenským|Zelenskom"},
		{"cs", "Zelenskyj", "Zelenského|Zelenskému|Zelenským|Zelenském"},
		{"cs", "Zelenský", "Zelenského|Zelenskému|Zelenským|Zelenském"},
		{"pl", "Zełenski", "Zełenskiego|Zełenskiemu|Zełenskim"},
		{"pl", "Zełenskij", "Zełenskiego|Zełenskiemu|Zełenskim"},
		{"sl", "Zelenski", "Zelenskega|Zelenskemu|Zelenskim|Zelenskem"},
		{"sl", "Kijev", "Kijeva|Kijevu|Kijevom"},
		{"sl", "Donbas", "Donbasa|Donbasu|Donbasom"},
		{"sl", "Krim", "Krima|Krimu|Krimom"},
		{"sl", "Rusija", "Rusije|Rusiji|Rusijo"},
		{"sl", "Ukrajina", "Ukrajine|Ukrajini|Ukrajino"},
		{"sl", "Donald Trump", "Donalda Trumpa|Donaldu Trumpu|Donaldom Trumpom"},
		{"sl", "Joe Biden", "Joeja Bidna|Joeja Bidena|Joeju Bidnu"},
		{"bg", "Русия", "Русия"}, {"bg", "Киев", "Киев"}, {"bg", "Зеленски", "Зеленски"},
		{"de", "Russland", "Russlands|Rußland|Rußlands"}, {"de", "Kiew", "Kiews"}, {"de", "Krim", "Krim"}, {"de", "Putin", "Putins"},
		{"de", "Donbass", "Donbass"}, {"de", "Ukraine", "Ukraine-Krieg|Ukraine"}, {"de", "Nato", "Nato-Gipfel|NATO"},
		{"pl", "Kijów", "Kijowa|Kijowowi|Kijowem|Kijowie"},
		{"pl", "Donbas", "Donbasu|Donbasie|Donbasem"},
		{"pl", "Rosja", "Rosji|Rosję|Rosją"},
		{"pl", "Ukraina", "Ukrainy|Ukrainie|Ukrainę|Ukrainą"},
		{"pl", "Moskwa", "Moskwy|Moskwie|Moskwę|Moskwą"},
		{"pl", "Kreml", "Kremla|Kremlu|Kremlem|Kremlowi"},
		{"pl", "Władimir Putin", "Władimira Putina|Władimirowi Putinowi|Władimirem Putinem|Władimirze Putinie"},
		{"pl", "Wołodymyr Zełenski", "Wołodymyra Zełenskiego|Wołodymyrowi Zełenskiemu|Wołodymyrem Zełenskim"},
		{"pl", "Unia Europejska", "Unii Europejskiej|Unię Europejską|Unią Europejską"},
		{"cs", "Vladimir Putin", "Vladimira Putina|Vladimiru Putinovi|Vladimirem Putinem"},
		{"cs", "Moskva", "Moskvy|Moskvě|Moskvu|Moskvou"},
		{"cs", "Kreml", "Kremlu|Kremlem|Kremle|Kremlu"},
		{"cs", "Severoatlantická aliance", "Severoatlantické aliance|Severoatlantickou alianci|Severoatlantické alianci|Severoatlantickou aliancí"},
		{"cs", "Evropská unie", "Evropské unie|Evropskou unii|Evropské unii|Evropskou unií"},
		{"ru", "Владимир Путин", "Владимира Путина|Владимиру Путину|Владимиром Путиным|Владимире Путине"},
		{"ru", "Владимир Зеленский", "Владимира Зеленского|Владимиру Зеленскому|Владимиром Зеленским|Владимире Зеленском"},
		{"ru", "Североатлантический альянс", "Североатлантического альянса|Североатлантическому альянсу|Североатлантическим альянсом|Североатлантическом альянсе"},
		{"ru", "Евросоюз", "Евросоюза|Евросоюзу|Евросоюзом|Евросоюзе"},
		{"ru", "Европейский союз", "Европейского союза|Европейском союзе|Европейским союзом"},
		{"ru", "Донбасс", "Донбасса|Донбассе|Донбассом|Донбассу"},
		{"ru", "Донецк", "Донецка|Донецке|Донецком|Донецку"},
		{"ru", "Харьков", "Харькова|Харькове|Харьковом|Харькову"},
		{"ru", "Одесса", "Одессы|Одессе|Одессу|Одессой"},
		{"ru", "Запорожье", "Запорожья|Запорожьем|Запорожью"},
		{"ru", "Белоруссия", "Белоруссии|Белоруссию|Белоруссией"},
		{"ru", "Беларусь", "Беларуси|Беларусью"},
		{"ru", "Польша", "Польши|Польше|Польшу|Польшей"},
		{"ru", "Турция", "Турции|Турцию|Турцией"},
		{"ru", "США", "США"},
		{"ru", "Лавров", "Лаврова|Лаврову|Лавровым|Лаврове"},
		{"ru", "Шойгу", "Шойгу"},
		{"ru", "Байден", "Байдена|Байдену|Байденом|Байдене"},
		{"ru", "Меркель", "Меркель"},
		{"ru", "Порошенко", "Порошенко"},
		{"uk", "Володимир Зеленський", "Володимира Зеленського|Володимиру Зеленському|Володимиром Зеленським|Володимирові Зеленському"},
		{"uk", "Північноатлантичний альянс", "Північноатлантичного альянсу|Північноатлантичному альянсу|Північноатлантичним альянсом"},
		{"uk", "Європейський Союз", "Європейського Союзу|Європейському Союзі|Європейським Союзом"},
		{"uk", "Євросоюз", "Євросоюзу|Євросоюзі|Євросоюзом"},
		{"uk", "Запоріжжя", "Запоріжжі|Запоріжжю|Запоріжжям"},
		{"uk", "Одеса", "Одеси|Одесі|Одесу|Одесою"},
		{"uk", "Донецьк", "Донецька|Донецьку|Донецьком"},
		{"uk", "Маріуполь", "Маріуполя|Маріуполі|Маріуполем|Маріуполю"},
		{"uk", "Польща", "Польщі|Польщу|Польщею"},
		{"uk", "Білорусь", "Білорусі|Білоруссю"},
		{"uk", "Лавров", "Лаврова|Лаврову|Лавровим"},
		{"uk", "Херсон", "Херсона|Херсоні|Херсоном|Херсону"},
		{"uk", "Чернігів", "Чернігова|Чернігові|Черніговом|Чернігову"},
		{"uk", "Львів", "Львова|Львові|Львовом"},
		{"uk", "Крим", "Криму|Кримом|Кримові"},
		{"uk", "Північний потік-2", "Північного потоку-2|Північним потоком-2"},
		{"ru", "Северный поток-2", "Северного потока-2|Северным потоком – 2|Северном потоке 2"},
		{"bg", "ядрено оръжие", "ядреното оръжие|ядрени оръжия|ядрените оръжия"},
		{"bg", "Донбас", "Донбас"}, {"bg", "Крим", "Крим"}, {"bg", "Европейски съюз", "Европейския съюз|Европейският съюз"},
		{"bg", "Украйна", "Украйна"}, {"bg", "война", "войната|войни|войните"}, {"bg", "договор", "договора|договорът|договори|договорите"},
		{"sk", "Ukrajina", "Ukrajiny|Ukrajine|Ukrajinu|Ukrajinou"},
		{"sk", "Európska únia", "Európskej únie|Európskej únii|Európsku úniu|Európskou úniou"},
		{"sk", "Moskva", "Moskvy|Moskve|Moskvu|Moskvou"},
		{"sk", "Severoatlantická aliancia", "Severoatlantickej aliancie|Severoatlantickej aliancii|Severoatlantickú alianciu|Severoatlantickou alianciou"},
		{"sl", "Evropska unija", "Evropske unije|Evropski uniji|Evropsko unijo"},
		{"sl", "Moskva", "Moskve|Moskvi|Moskvo"},
		{"sl", "Kremelj", "Kremlja|Kremlju|Kremljem"},
		{"sl", "Vladimir Putin", "Vladimirja Putina|Vladimirju Putinu|Vladimirjem Putinom"},
		{"sl", "jedrsko orožje", "jedrskega orožja|jedrskemu orožju|jedrskim orožjem|jedrskem orožju"},
		{"sl", "Beograd", "Beograda|Beogradu|Beogradom"},
		{"de", "Europäische Union", "Europäischen Union"},
		{"de", "Wladimir Putin", "Wladimir Putins"},
		{"de", "Atomwaffe", "Atomwaffen"}, {"de", "Rakete", "Raketen"}, {"de", "Panzer", "Panzern|Panzers"}, {"de", "Vertrag", "Vertrags|Vertrages|Verträge|Verträgen"},
	} {
		m := compile(t, Rules{Topics: []Topic{{ID: "x", ByLang: langs(tt.lang, tt.word)}}})
		for _, f := range append(strings.Split(tt.forms, "|"), tt.word) {
			for _, s := range []string{"xx yy " + f + " zz", strings.ToUpper("xx yy " + f + " zz")} {
				if fires(m, &news.Item{Title: s, Lang: tt.lang}) == "" {
					t.Errorf("%s %s is not found in %q", tt.lang, tt.word, s)
				}
			}
		}
	}
}
