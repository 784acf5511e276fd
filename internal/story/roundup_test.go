package story

import (
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
)

// roundups are titles of pieces that tell no single event, all on the strike
// that the test tells. The first word is the form.
var roundups = map[string]string{
	"live blog": `Live: Russia hits Kharkiv apartment block with missile
Ukraine war live updates: Kharkiv apartment block hit by missile, nine killed
Kharkiv missile strike on apartment block – as it happened
Russia-Ukraine war live: nine killed in Kharkiv missile strike
Ukraine live briefing: missile hits Kharkiv apartment block
Nine killed as Russian missile hits Kharkiv apartment block – live
Russian missile hits Kharkiv apartment block – UK politics live
Australia news live: nine killed in Kharkiv missile strike
LIVE 9:45 AM ET: Briefing on the Kharkiv missile strike
Watch live: rescue at Kharkiv apartment block hit by missile
Онлайн: ракетный удар по жилому дому в Харькове
Удар по жилому дому в Харькове. Онлайн-трансляция
Хроника событий: ракетный удар по Харькову
Пряма трансляція: ракетний удар по Харкову
Ракетний удар по Харкову – наживо
Liveticker: Rakete trifft Wohnhaus in Charkiw
Krieg in der Ukraine im Newsblog: Rakete trifft Wohnhaus in Charkiw
Guerre en Ukraine, en direct : un missile frappe un immeuble à Kharkiv
DIRECT - Un missile frappe un immeuble à Kharkiv
Guerra en Ucrania, en vivo: un misil alcanza un edificio en Járkov
Guerra in Ucraina, la diretta: missile su un palazzo a Kharkiv
Wojna w Izraelu. Relacja na żywo: rakieta trafiła w blok w Hajfie
Pogrzeb w Hajfie po uderzeniu rakiety [NA ŻYWO]`,
	"digest": `Morning briefing: Kharkiv strike, Gaza talks and Oscars
Kharkiv in pictures: week in review
What the papers say: Kharkiv missile strike
Roundup: missile hits Kharkiv, talks go on
Briefing on operational information on the Russian invasion: Kharkiv
Главное за день: удар по Харькову
Дайджест: удар по Харькову, переговоры, выборы
Обзор прессы: ракетный удар по Харькову
Итоги недели: Харьков, переговоры, выборы
Головне за добу: ракетний удар по Харкову
Головні новини дня: ракетний удар по Харкову
Presseschau: Stimmen zum Raketenangriff auf Charkiw
Die Lage am Morgen: Raketenangriff auf Charkiw
L'essentiel de l'actu : missile sur Kharkiv, grève, météo
Revue de presse : le missile de Kharkiv
Resumen del día: misil en Járkov, elecciones y paro
Rassegna stampa: il missile su Kharkiv
Przegląd prasy: rakieta w Charkowie
Podsumowanie dnia: Charków, rozmowy, wybory`,
	"list": `What we know so far about the Kharkiv missile strike on an apartment block
Five things to know about the Kharkiv missile strike
Explainer: the missile that hit the Kharkiv apartment block
Timeline: how the Kharkiv strike unfolded
Что известно о ракетном ударе по Харькову
Ракетный удар по Харькову: что известно
Ракетний удар по Харкову: що відомо
Raketenangriff auf Charkiw: Was wir wissen
Missile sur Kharkiv : ce que l'on sait
Missile sur Kharkiv : ce qu'il faut savoir
Misil en Járkov: lo que se sabe
Missile su Kharkiv: cosa sappiamo
Rakieta w Charkowie. Co wiemy`,
	"market ticker": `Stock market today: Wall Street slips after Kharkiv strike
Markets wrap: shares slip after Kharkiv missile strike
Oil price today: up after Kharkiv strike
Forex - Pound drops to one-month lows after Kharkiv strike
Forex news: dollar up after Kharkiv strike
Exchange rates today: hryvnia down after Kharkiv strike
Биржи США закрылись снижением после удара по Харькову
Біржовий огляд: гривня після удару по Харкову
Біржі відкрились зниженням після удару по Харкову
Курс валют на 5 марта
Курс доллара на сегодня, 5 марта
Курс долара на 5 березня
Börse heute: DAX fällt nach Angriff auf Charkiw
Aktien Frankfurt Schluss: Kursverluste nach Angriff auf Charkiw
Bourse aujourd'hui : le CAC 40 recule après la frappe de Kharkiv
Dólar hoy: así cotiza tras el ataque a Járkov
Borsa oggi, Milano debole dopo Kharkiv
Kursy walut: złoty słabszy po ataku na Charków`,
	"weather": `Weather forecast: rain for Kharkiv
Kharkiv weather forecast for Monday
Погода на завтра: в Харькове дождь
Прогноз погоди на 5 березня
Wettervorhersage: Regen in Charkiw
Météo du mardi 5 mars : pluie
Pronóstico del tiempo: lluvia
Previsioni meteo: pioggia
Prognoza pogody: deszcz
Гороскоп на 5 марта`,
	"quiz or guide": `Crossword No 12: the strike on Kharkiv
Quiz of the week: what hit Kharkiv?
How to watch Kharkiv play Kyiv`,
}

// reportsOf are reports that look a little like one of the forms.
const reportsOf = `Lives lost in Kharkiv missile strike
Liverpool beat Chelsea
Weather balloon shot down over Alaska
Market in Donetsk shelled, 25 dead
Schools reopen as Syrians live with quake's devastation
Live ammunition used at Belarus drill
Oil prices jump as Houthis hit tanker
Reuters journalist lived in Kharkiv
Курс доллара впервые превысил 100 рублей
Погода помешала вылету самолёта Путина
Стало известно о переговорах в Стамбуле
Що сталося з літаком над Бєлгородом
Главнокомандующий назначен
Birzhevik arrested in Moscow
Wetterballon über Alaska abgeschossen
Direction de la Banque centrale remplacée
El tiempo se agota para Ucrania, dice Zelenski
Vivo sospechoso del ataque, según la policía
Russia brings in daily curfew in Kherson
NATO allies review defence plans in Brussels
Bourse de Moscou sanctionnée par Washington
Rate of fire drops on Donbas front, Kyiv says
Live-fire drill begins near Kaliningrad
Border guards watch Belarus troops move
Forex rigging 'as serious as' Libor scandal
Forex investigation 'extremely serious' - Carney
Forex scandal: What is that all about?
Exchange rate: The hryvnia in exchange offices collapsed
Exchange rates: Why has the value of the pound tumbled?
Биржи остановили торги российскими акциями
Біржі призупинили торги російськими акціями
Tokyo weather forecast shifts rowing schedule
Weather reports from Antarctic station stop
Briefing of Azov relatives: Evacuation of defenders of Mariupol
Roundup weedkiller caused cancer, jury finds
Headlines row costs editor his post
Key events at front near Bakhmut, says Denysenko
Przemówienie prezydenta w Polsce będzie emitowane na żywo
ChatGPT: can artificial intelligence create crosswords?`

func TestRoundupsNeitherSwallowNorSeed(t *testing.T) {
	before := "Russian missile strike on Kharkiv apartment block kills nine"
	after := "Nine killed as Russian missile hits Kharkiv apartment block"
	for form, titles := range roundups {
		for title := range strings.SplitSeq(titles, "\n") {
			if got := roundup(title); got != form {
				t.Errorf("%q is a %s, taken for %q", title, form, got)
				continue
			}
			for _, order := range [][3]int{{0, 5, 10}, {5, 0, 10}, {0, 10, 5}} { // the round-up between, before and after the reports
				one, round, two := piece("a", order[0], before, ""), piece("b", order[1], title, before+". Other news follows."), piece("c", order[2], after, "")
				items := []*news.Item{one, round, two}
				switch order[1] {
				case 0:
					items = []*news.Item{round, one, two}
				case 10:
					items = []*news.Item{one, two, round}
				}
				story, reason := map[news.ItemID]news.StoryID{}, map[news.ItemID]news.Reason{}
				for i, p := range tell(Options{}, items...) {
					story[items[i].ID], reason[items[i].ID] = p.Story, p.Reason
				}
				if reason["b"] != news.ReasonRoundup || story["b"] == story["a"] || story["b"] == story["c"] {
					t.Errorf("%q, at minute %d: %s, and not apart", title, order[1], reason["b"])
				}
				if story["a"] != story["c"] {
					t.Errorf("with %q at minute %d two reports do not find one another", title, order[1])
				}
			}
		}
	}
}

func TestReportsAreNoRoundups(t *testing.T) {
	for s := range strings.SplitSeq(reportsOf, "\n") {
		if r := roundup(s); r != "" {
			t.Errorf("%q is taken for a %s", s, r)
		}
	}
	for _, pair := range apart {
		for _, s := range pair {
			if r := roundup(s); r != "" {
				t.Errorf("%q is taken for a %s", s, r)
			}
		}
	}
}
