package story

import (
	"regexp"

	"github.com/watcherd/watcherd/internal/text"
)

// roundup names the form of an item whose title says that it tells many things
// at once, or the same thing every day; "" for a report of one event.
func roundup(title string) string {
	t := text.Fold(title)
	for _, f := range forms {
		if f.pattern.MatchString(t) {
			return f.name
		}
	}
	return ""
}

// form is a kind of piece that is not the report of one event.
type form struct {
	name    string
	pattern *regexp.Regexp
}

// forms are matched against the folded title. They are kept narrow: a report
// taken for a round-up is told on its own, which costs a repeat.
var forms = []form{
	{"live blog", regexp.MustCompile(`^live( updates?| blog| coverage)?\s*[:|–—-]|\blive(-| )?(blog|updates|coverage|text)\b|as it happened$|minute[- ]by[- ]minute|^(онлайн|текстовая трансляция|наживо)\s*[:|–—-]|^liveticker|newsblog\b|en direct\s*[:|–—-]|^minuto a minuto|\bv zivo\b|\bna zywo\b`)},
	{"digest", regexp.MustCompile(`\b(morning|evening|daily|weekly|weekend|nightly|midday) (briefing|digest|brief|roundup|round-up|newsletter|headlines|wrap|edition|update)\b|\b(news|week|weekly|daily) (roundup|round-up|digest|in review|in brief|in pictures|wrap)\b|^(the )?(briefing|newsletter|headlines|round-?up|news in brief|top stories|this week in)\b|today's (headlines|front pages|papers|top stories)|what the papers say|^newspaper headlines|pictures of the (day|week)|in pictures\s*[:|–—-]|главное (за|к) |итоги (дня|недели)|дайджест|головне за (день|добу|тиждень)|підсумки (дня|тижня)|presseschau`)},
	{"list", regexp.MustCompile(`^(\d+|three|four|five|six|seven|ten) (things|takeaways|key (points|moments|takeaways)|reasons|facts|charts|questions)\b|\b(\d+|three|four|five|six|seven|ten) things (to know|to watch|you need to know|we learned)\b|what (we|you) (know|need to know)( so far| about| today)|\bwhat to (know|watch) (today|this week)\b|^key (events|developments|moments|takeaways)|:\s*(list of )?key (events|developments)\b|at a glance$|^explainer\b|^timeline\s*:|what happened (on|over)( the)? (day \d+|weekend)|russia-ukraine war: (list of )?key`)},
	{"market ticker", regexp.MustCompile(`^(stock market( news)? today|market(s)? (wrap|live|close|snapshot|recap|update)|stocks to watch|(asian|european|us|wall st(reet)?) (stocks|shares|markets) (open|close)|(gold|oil|silver|petrol|diesel|fuel) (price|rate)s? today|forex|currency rates|(sensex|nifty) today|dow jones today|exchange rates?\b|курс (валют|доллара|долара|евро|євро|гривни|рубля))`)},
	{"weather", regexp.MustCompile(`\bweather (forecast|today|update|report|tomorrow)\b|^(today's )?(weather|forecast)\s*[:|–—-]|прогноз погод|^погода (на|в)\b|^wetter(bericht|vorhersage)?\s*[:|–—-]|horoscope|гороскоп`)},
	{"quiz or guide", regexp.MustCompile(`\bquiz (of the week|:)|^quiz\s*[:|–—-]|crossword|\bwordle (answer|hint|today)|^(how|where) to watch\b|^tv (guide|listings)|lottery results|fixtures and results`)},
}
