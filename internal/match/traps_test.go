package match

import (
	"reflect"
	"sync"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

// trapRules are a small desk, with the words that mislead others.
func trapRules() Rules {
	return Rules{
		Topics: []Topic{
			{ID: "arms", Any: lines("arms control ^4\nNew START ^6\n=START ^5 with treaty, warhead*, nuclear, Moscow\nINF ^5 with treaty, missile*"), Unless: lines("fantasy football")},
			{ID: "turkey", Any: lines("Turkey\nAnkara"), Unless: lines("Thanksgiving\nroast*\nrecipe*\nsandwich*")},
			{ID: "nato", Any: lines("@nato"), Unless: lines("phonetic alphabet\nspelling alphabet")},
			{ID: "us", Any: lines("US\nU.S.\nUnited States")},
			{ID: "who", Any: lines("WHO\nWorld Health Organization")},
			{ID: "georgia", Any: lines("Georgia\nTbilisi"), Unless: lines("Atlanta\nBulldogs\nSavannah\nSenate race\nU.S. state")},
			{ID: "jordan", Any: lines("Jordan ^2\nAmman"), Unless: lines("Michael Jordan\nJordan Peterson\nNBA\nsneaker*")},
			{ID: "chad", Any: lines("Chad ^2 with N'Djamena, Africa*, Sahel, rebels, Sudan, president")},
			{ID: "air", Any: lines("Patriot* ^4 with missile*, battery, batteries, air defence, Ukraine\nJavelin* ^4 with anti-tank, missile*, launcher*"),
				Unless: lines("Patriot Act\nNew England\nquarterback\nOlympic*\ndecathlon"), UnlessContexts: refs("sport")},
			{ID: "strike", Any: lines("missile strike\nair strike\ndrone strike")},
		},
		Entities: []Entity{
			{ID: "nato", Any: lines("NATO\nNorth Atlantic Treaty Organization"), ByLang: langs("sl", "Nato", "uk", "НАТО")},
			{ID: "sweden", Any: lines("Sweden")},
		},
		Contexts: []Context{{Name: "sport", Any: lines("league\ncoach\nquarterback\nplayoff*\ngoal\ncup\nNFL\nSuper Bowl\nathletics")}},
	}
}

func TestTraps(t *testing.T) {
	m := compile(t, trapRules())
	for _, tt := range []struct{ name, lang, title, text, want string }{
		{"talks start", "en", "Arms talks start in Geneva", "", ""},
		{"START in a headline of capitals", "en", "TALKS START ON MONDAY IN GENEVA", "", ""},
		{"START the treaty", "en", "Moscow suspends START", "The treaty limits warheads.", "arms"},
		{"New START", "en", "Russia leaves New START", "", "arms"},
		{"New START in capitals", "en", "RUSSIA LEAVES NEW START TREATY", "", "arms"},
		{"INF the treaty", "en", "End of the INF treaty", "", "arms"},
		{"INF the initials", "en", "Shares of INF rise", "", ""},
		{"turkey the bird", "en", "How to cook a turkey", "", ""},
		{"Turkey the bird at a sentence start", "en", "Turkey prices rise before the holiday", "", ""},
		{"Turkey the bird in capitals", "en", "TURKEY PRICES RISE BEFORE HOLIDAY", "", ""},
		{"Turkey the bird in a title of capitals", "en", "Turkey Prices Rise Before Family Holiday", "", ""},
		{"Turkey the country at a sentence start", "en", "Turkey says it will block the bid", "", "turkey"},
		{"Turkey the country by another name", "en", "Turkey, Sweden and Finland at one table", "", "turkey"},
		{"Turkey the country in capitals, backed", "en", "TURKEY BLOCKS NORDIC BIDS", "Officials in Ankara confirmed it.", "turkey"},
		{"Turkey the country within a sentence", "en", "Talks with Turkey fail", "", "turkey"},
		{"a Thanksgiving recipe", "en", "The best Turkey recipe", "", ""},
		{"NATO", "en", "In NATO today", "", "nato"},
		{"Nato as the British write it", "en", "Nato chief warns of war", "", "nato"},
		{"the alphabet", "en", "The NATO phonetic alphabet explained", "", ""},
		{"signatory", "en", "A signatory of the pact", "", ""},
		{"nato in Slovenian", "sl", "In nato so odšli domov", "", ""},
		{"Nato at the start of a Slovenian sentence", "sl", "Odšli so. Nato so se vrnili", "", ""},
		{"Nato in Slovenian", "sl", "Vstop v Nato je bil težak", "", "nato"},
		{"Nata in Slovenian", "sl", "Vrh zveze Nata v Madridu", "", "nato"},
		{"us", "en", "They told us so", "", ""},
		{"US at the start", "en", "US open to limiting exercises", "", "us"},
		{"US in capitals is weak", "en", "THEY TOLD US SO TODAY", "", ""},
		{"U.S.", "en", "The U.S. will reply", "", "us"},
		{"who", "en", "Who said this", "They asked who did it.", ""},
		{"WHO", "en", "The WHO declares an emergency", "", "who"},
		{"WHO in capitals is weak", "en", "MAN WHO SOLD THE WORLD", "", ""},
		{"Georgia the country", "en", "Protests in Georgia go on", "", "georgia"},
		{"Georgia the state", "en", "Voters in Georgia and Atlanta decide", "", ""},
		{"Jordan the country", "en", "The king of Jordan spoke", "", "jordan"},
		{"Jordan the player", "en", "The shoes of Michael Jordan", "", ""},
		{"Chad the country", "en", "Rebels in Chad near Sudan", "", "chad"},
		{"Chad the man", "en", "Drummer Chad Smith returns", "", ""},
		{"Patriot batteries", "en", "More Patriot batteries for Kyiv", "", "air"},
		{"the Patriot Act", "en", "The Patriot Act and a missile", "", ""},
		{"the Patriots", "en", "The Patriots need a coach", "", ""},
		{"Javelins", "en", "Javelin anti-tank missiles arrive", "", "air"},
		{"the javelin", "en", "She won the javelin in athletics", "", ""},
		{"a strike at work", "en", "Rail strike enters its second week", "", ""},
		{"a missile strike", "en", "A missile strike on Odesa", "", "strike"},
		{"a drone strike across a break", "en", "A drone\u00a0strike on Odesa", "", "strike"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it := &news.Item{Title: tt.title, Summary: tt.text, Lang: tt.lang}
			if got := fires(m, it); got != tt.want {
				t.Errorf("%q fires %q, want %q: %+v", tt.title, got, tt.want, m.Match(it))
			}
		})
	}
}

// TestManyAtOnce shares one Matcher among goroutines: each must find what it
// finds alone.
func TestManyAtOnce(t *testing.T) {
	m := compile(t, trapRules())
	items := []*news.Item{
		{Title: "Russia leaves New START", Lang: "en"}, {Title: "Nato chief warns of war in Turkey", Lang: "en"},
		{Title: "Vrh zveze Nata v Madridu"}, {Title: "TALKS START", Summary: "Sign up to our newsletter on NATO. The US said so."},
	}
	var want [][]news.Match
	for _, it := range items {
		want = append(want, m.Match(it))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 400 {
				k := i % len(items)
				if got := m.Match(items[k]); !reflect.DeepEqual(got, want[k]) {
					t.Errorf("%q: %+v", items[k].Title, got)
					return
				}
				m.Dead(items[k])
				m.Misses(items[k])
			}
		})
	}
	wg.Wait()
}

// TestNothingIsAllocated holds for items without a match once the memory of
// the first ones is there.
func TestNothingIsAllocated(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector empties pools at random")
	}
	m := compile(t, trapRules())
	it := &news.Item{Title: "An honest headline about turkey and who said what", Summary: "The START of term. They told us so.", Lang: "en"}
	m.Match(it)
	if n := testing.AllocsPerRun(200, func() { m.Match(it) }); n > 0.1 {
		t.Errorf("%v allocations", n)
	}
}
