package match

import (
	"slices"
	"strings"
	"testing"

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
