package story

import (
	"regexp"
	"strings"

	"github.com/watcherd/watcherd/internal/text"
)

// roundup names the form of an item whose title says that it tells many things
// at once, or the same thing every day; "" for a report of one event.
func roundup(title string) string {
	t := text.Fold(title)
	for _, f := range forms {
		if f.hinted(t) && f.pattern.MatchString(t) {
			return f.name
		}
	}
	return ""
}

// form is a kind of piece that is not the report of one event.
type form struct {
	name    string
	hints   []string // one of them stands in every title of the form
	pattern *regexp.Regexp
}

// hinted spares most titles the patterns.
func (f form) hinted(t string) bool {
	for _, h := range f.hints {
		if strings.Contains(t, h) {
			return true
		}
	}
	return false
}

// forms are matched against the folded title, in any language: every line is
// one more way to say it. They are kept narrow: a report taken for a round-up
// is told on its own, which costs a repeat.
var forms = []form{
	pieces("live blog", "live|happened|minut|онлайн|трансляц|наживо|хроник|хронік|newsblog|ticker|direct|vivo|diretta|na zywo|v zivo",
		`^live( updates?| blog| coverage| now| \d[^:]{0,14})?(\s*[:|–—]| - )`,
		`\blive(-| )?(blog|updates?|coverage|text|briefing|news|feed)\b`,
		`\b(politics|business|news|football|sport|war|markets|election) live\b\s*([:|–—-]|$)`,
		`[:|–—]\s*live!?$`, ` - live!?$`, `^watch live\s*[:|–—-]`,
		`as it happened$`, `minute[- ]by[- ]minute`,
		`^(онлайн|наживо)\s*[:|–—-]`, `текстовая трансляция`, `прямая трансляция`, `пряма трансляція`, `онлайн-?\s?трансляц`, `[.:|–—-]\s*(онлайн|хроника|хроніка|наживо)$`,
		`^(хроника|хроніка) (дня|событий|подій|войны|війни)`,
		`\b(live|news)-?(ticker|blog)\b`, `[:|–—-]\s*(der )?liveticker`,
		`^(en )?direct\s*[:|–—-]`, `en direct\s*[:|–—-]`, `^minuto a minuto`, `[:|–—,-]\s*(en direct|minuto a minuto)$`,
		`^en (vivo|directo)\s*[:|,–—-]`, `[:|,–—-]\s*(sigue )?en (vivo|directo)\b`, `^(la )?diretta\s*[:|,–—-]`, `[:|,–—-]\s*(la |in )?diretta\b`,
		`\bv zivo\b`, `\b(relacj\S+|transmisj\S+|ogladaj|sledz) na zywo\b`, `(^|[:.|–—\[(-]\s*)na zywo\b`),
	pieces("digest", "brief|digest|round|newsletter|headlines|wrap|edition|update|review|pictures|top stories|this week|front pages|papers|главн|итоги|дайджест|обзор|сводка|головн|підсумки|огляд|зведення|uberblick|ruckblick|presseschau|lage am|wichtigste|essentiel|revue de presse|resumen|titulares|rassegna|notizie|prasy|podsumowanie|najwazniejsze",
		`\b(morning|evening|daily|weekly|weekend|nightly|midday) (briefing|digest|brief|roundup|round-up|newsletter|headlines|wrap|edition|update)\b`,
		`\b(news|week|weekly|daily) (roundup|round-up|digest|in review|in brief|in pictures|wrap)\b`,
		`^(the )?(briefing|newsletter|headlines|round-?up)(\s*([:|–—]|$)| - | of the (day|week|news)\b)`, `^(the )?(news in brief|top stories|this week in)\b`, `^briefing on (operational )?information on`,
		`today's (headlines|front pages|papers|top stories)`, `what the papers say`, `^newspaper headlines`, `pictures of the (day|week)`, `in pictures\s*[:|–—-]`,
		`главное (за|к) `, `^главн(ые|ое) (новости|события)?\s?(дня|недели|утра|вечера)`, `итоги (дня|недели)`, `дайджест`, `^обзор (прессы|сми|недели|дня)`, `^сводка (новостей|за )`,
		`головне за (день|добу|тиждень)`, `^головні (новини|події) (дня|доби|тижня|за)`, `підсумки (дня|тижня)`, `^огляд (преси|змі|тижня)`, `^зведення новин`,
		`presseschau`, `(tages|wochen)ruckblick`, `nachrichten(-| )?uberblick`, `^die lage am (morgen|abend)`, `^das wichtigste (am|vom|des) `,
		`^l'essentiel de (l'actu|la journee|la semaine)`, `^revue de presse`,
		`^resumen (del dia|de la semana|de noticias)`, `^(los )?titulares (del dia|de hoy|de la)`,
		`^rassegna stampa`, `^le notizie (del giorno|di oggi|della settimana)`,
		`^przeglad prasy`, `^podsumowanie (dnia|tygodnia)`, `^najwazniejsze (wydarzenia|informacje|wiadomosci) (dnia|tygodnia)`),
	pieces("list", "things|takeaways|points|moments|reasons|facts|charts|questions|know|watch|key |glance|explainer|timeline|what happened|известно|нужно знать|відомо|треба знати|wissen|bekannt|sait|savoir|retenir|sabe|claves|sappiamo|sapere|co wiemy|co wiadomo",
		`^(\d+|three|four|five|six|seven|ten) (things|takeaways|key (points|moments|takeaways)|reasons|facts|charts|questions)\b`,
		`\b(\d+|three|four|five|six|seven|ten) things (to know|to watch|you need to know|we learned)\b`,
		`what (we|you) (know|need to know)( so far| about| today)`, `\bwhat to (know|watch) (today|this week)\b`,
		`^key (events|developments|moments|takeaways)(\s*([:|,–—]|$)| - | (of|from|in|on|as|before|after|so far|today)\b)`, `:\s*(list of )?key (events|developments)\b`, `at a glance$`, `^explainer\b`, `^timeline\s*:`,
		`what happened (on|over)( the)? (day \d+|weekend)`, `russia-ukraine war: (list of )?key`,
		`^что (сейчас |уже )?известно (о|об|про|к|на)`, `[:.–—-]\s*что (сейчас |уже )?известно`, `^(\d+|пять|десять) (вещей|фактов), которые нужно знать`, `^що (зараз |вже )?відомо (про|на|станом)`, `[:.–—-]\s*що (зараз |вже )?відомо`,
		`^was wir (\S+ ){0,6}wissen`, `[:–—-]\s*was (wir )?(bisher |bislang )?(bekannt ist|wissen)`,
		`^ce qu('on|e l'on|e nous) sa(it|vons)`, `[:,–—-]\s*ce qu('on|e l'on|e nous) sa(it|vons)`, `ce qu'il faut (savoir|retenir)`,
		`^(lo )?que se sabe (de|del|sobre)`, `[:,–—-]\s*lo que (se sabe|sabemos)`, `^(las )?(\d+|cinco|diez) claves (de|del|para)`,
		`^(che )?cosa sappiamo`, `[:,–—-]\s*(che )?cosa sappiamo`, `^(\d+|cinque|dieci) cose da sapere`,
		`^co (juz )?(wiemy|wiadomo) o`, `[:.–—-]\s*co (juz )?(wiemy|wiadomo)`),
	pieces("market ticker", "market|stock|share|price|rate|forex|sensex|nifty|dow jones|курс|бирж|бірж|borse|aktien|devisen|bourse|cours d|bolsa|dolar|borsa|kursy|gielda|notowania",
		`^(stock market( news)? today|market(s)? (wrap|live|close|snapshot|recap|update)|stocks to watch|(asian|european|us|wall st(reet)?) (stocks|shares|markets) (open|close))`,
		`^(gold|oil|silver|petrol|diesel|fuel) (price|rate)s? today`, `^(sensex|nifty|dow jones) today`, `^forex( news| market| trading| rates?| update| report| wrap)?(\s*[:|–—]| - )`, `^forex (rates? )?today`,
		`^((official|currency|exchange|forex) )+rates? (today|as of|for \d|on \d)`, `^((currency|exchange) )+rates?\s*[:|–—-]\s*(today|\d)`,
		`^курсы? валют`, `^(официальный )?курсы? (доллара|евро|рубля|юаня|долара|євро|гривни|гривні)( \S+){0,3}? (на \d|на сегодня|сегодня|сьогодні|к рублю на)`, `^(биржевой обзор|біржовий огляд)`, `^(биржи|біржі)\s*[:|–—-]`, `^(биржи|біржі)( \S+)? (за|от|від)(крыл|кри)(ис|лис)`,
		`^(borse|dax) (heute|aktuell|am (morgen|mittag|abend))`, `^aktien (new york|frankfurt|europa|asien|wien)\b[^:]{0,12}:`, `^devisen\s*:`,
		`^(la )?bourse (de paris )?(aujourd'hui|en direct|ouverture|cloture)`, `^cours (du|de l'|de la) \S+ aujourd'hui`,
		`^(la )?bolsa hoy`, `^(precio del )?dolar hoy`, `^cotizacion del (dolar|euro)`,
		`^borsa (oggi|milano oggi)`, `^(borse|borsa)( europee)?( di)? oggi`,
		`^kursy? walut`, `^notowania (gpw|gieldowe|walut)`, `^gielda dzis`),
	pieces("weather", "weather|forecast|погод|wetter|horosk|horosc|oroscopo|гороскоп|meteo|tiempo|clima|pogod",
		`\bweather (forecast|today|update|report|tomorrow)(\s*([:|,–—]|$)| - | (for|on|in|today|tomorrow)\b)`, `^(today's )?(weather|forecast)\s*[:|–—-]`,
		`прогноз погод`, `^погода (на|в|у|сегодня|сьогодні|завтра) `,
		`^(das )?wetter(bericht|vorhersage)?\s*[:|–—-]`, `^(das )?wetter (heute|morgen|in|am)\b`, `wettervorhersage`,
		`previsions? meteo`, `^(la )?meteo (du|de ce|des) `, `bulletin meteo`, `pronostico del (tiempo|clima)`, `prevision del tiempo`, `^(el )?(tiempo|clima) (hoy|manana)`,
		`previsioni (del tempo|meteo)`, `^meteo (oggi|domani)`, `^pogoda (na|w|dzis|jutro)\b`, `prognoza pogody`,
		`horos[ck]op`, `oroscopo`, `гороскоп`),
	pieces("quiz or guide", "quiz|crossword|wordle|to watch|tv guide|listings|lottery|fixtures|викторина|кроссворд|вікторина|kreuzwort",
		`\bquiz (of the week|:)`, `^quiz\s*[:|–—-]`, `\bcrossword( puzzles?| clues?| answers?)?\s*([:|,#№–—-]|\d|no\b|$)`, `\bwordle (answer|hint|today)`, `^(how|where) to watch\b`, `^tv (guide|listings)`, `lottery results`, `fixtures and results`,
		`^(викторина|вікторина|кроссворд|кросворд)`, `kreuzwortratsel`),
}

func pieces(name, hints string, ways ...string) form {
	return form{name, strings.Split(hints, "|"), regexp.MustCompile(strings.Join(ways, "|"))}
}
