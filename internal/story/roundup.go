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

// forms are matched against the folded title. They are kept narrow: a report
// taken for a round-up is told on its own, which costs a repeat.
var forms = []form{
	{"live blog", strings.Split("live|happened|minut|онлайн|трансляц|наживо|newsblog|direct|v zivo|na zywo", "|"), regexp.MustCompile(`^live( updates?| blog| coverage)?\s*[:|–—-]|\blive(-| )?(blog|updates|coverage|text)\b|as it happened$|minute[- ]by[- ]minute|^(онлайн|текстовая трансляция|наживо)\s*[:|–—-]|^liveticker|newsblog\b|en direct\s*[:|–—-]|^minuto a minuto|\bv zivo\b|\bna zywo\b`)},
	{"digest", strings.Split("brief|digest|round|newsletter|headlines|wrap|edition|update|review|pictures|top stories|this week|front pages|papers|главное|итоги|дайджест|головне|підсумки|presseschau", "|"), regexp.MustCompile(`\b(morning|evening|daily|weekly|weekend|nightly|midday) (briefing|digest|brief|roundup|round-up|newsletter|headlines|wrap|edition|update)\b|\b(news|week|weekly|daily) (roundup|round-up|digest|in review|in brief|in pictures|wrap)\b|^(the )?(briefing|newsletter|headlines|round-?up|news in brief|top stories|this week in)\b|today's (headlines|front pages|papers|top stories)|what the papers say|^newspaper headlines|pictures of the (day|week)|in pictures\s*[:|–—-]|главное (за|к) |итоги (дня|недели)|дайджест|головне за (день|добу|тиждень)|підсумки (дня|тижня)|presseschau`)},
	{"list", strings.Split("things|takeaways|points|moments|reasons|facts|charts|questions|know|watch|key |glance|explainer|timeline|what happened", "|"), regexp.MustCompile(`^(\d+|three|four|five|six|seven|ten) (things|takeaways|key (points|moments|takeaways)|reasons|facts|charts|questions)\b|\b(\d+|three|four|five|six|seven|ten) things (to know|to watch|you need to know|we learned)\b|what (we|you) (know|need to know)( so far| about| today)|\bwhat to (know|watch) (today|this week)\b|^key (events|developments|moments|takeaways)|:\s*(list of )?key (events|developments)\b|at a glance$|^explainer\b|^timeline\s*:|what happened (on|over)( the)? (day \d+|weekend)|russia-ukraine war: (list of )?key`)},
	{"market ticker", strings.Split("market|stock|share|price|rate|forex|sensex|nifty|dow jones|курс", "|"), regexp.MustCompile(`^(stock market( news)? today|market(s)? (wrap|live|close|snapshot|recap|update)|stocks to watch|(asian|european|us|wall st(reet)?) (stocks|shares|markets) (open|close)|(gold|oil|silver|petrol|diesel|fuel) (price|rate)s? today|forex|currency rates|(sensex|nifty) today|dow jones today|exchange rates?\b|курс (валют|доллара|долара|евро|євро|гривни|рубля))`)},
	{"weather", strings.Split("weather|forecast|погод|wetter|horoscope|гороскоп", "|"), regexp.MustCompile(`\bweather (forecast|today|update|report|tomorrow)\b|^(today's )?(weather|forecast)\s*[:|–—-]|прогноз погод|^погода (на|в)\b|^wetter(bericht|vorhersage)?\s*[:|–—-]|horoscope|гороскоп`)},
	{"quiz or guide", strings.Split("quiz|crossword|wordle|to watch|tv guide|listings|lottery|fixtures", "|"), regexp.MustCompile(`\bquiz (of the week|:)|^quiz\s*[:|–—-]|crossword|\bwordle (answer|hint|today)|^(how|where) to watch\b|^tv (guide|listings)|lottery results|fixtures and results`)},
}
