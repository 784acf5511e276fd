package feeds

import (
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/text"
)

// monthNames are the months as publishers write them, in both cases where a
// language has two. Names that begin like one of these are found too.
var monthNames = [12]string{
	"january januar janvier enero gennaio janeiro januari stycznia styczeń ledna leden január январь января січень січня студзень janvāris sausis sausio ianuarie január ocak ιανουάριος ιανουαρίου tammikuu jaanuar januárius gener siječanj siječnja јануар јануара януари leden yanvar",
	"february februar février febrero febbraio fevereiro februari lutego luty února únor február февраль февраля лютий лютого люты februāris vasaris vasario februarie şubat φεβρουάριος φεβρουαρίου helmikuu veebruar febrer veljača veljače фебруар фебруара февруари fevral",
	"march märz maerz mars marzo março maart marca marzec března březen marec март марта березень березня сакавік marts kovas kovo martie március mart μάρτιος μαρτίου maaliskuu märts març ožujak ožujka",
	"april avril abril aprile kwietnia kwiecień dubna duben apríl апрель апреля квітень квітня красавік aprīlis balandis balandžio aprilie április nisan απρίλιος απριλίου huhtikuu aprill travanj travnja април aprel",
	"may mai mayo maggio maio mei maja maj května květen máj май мая травень травня maijs gegužė gegužės május mayıs μάιος μαΐου toukokuu maig svibanj svibnja мај",
	"june juni juin junio giugno junho czerwca czerwiec června červen jún июнь июня червень червня чэрвень jūnijs birželis birželio iunie június haziran ιούνιος ιουνίου kesäkuu juuni juny lipanj lipnja јун юни iyun",
	"july juli juillet julio luglio julho lipca lipiec července červenec júl июль июля липень липня ліпень jūlijs liepa liepos iulie július temmuz ιούλιος ιουλίου heinäkuu juuli juliol srpanj srpnja јул юли iyul",
	"august août aout agosto augustus sierpnia sierpień srpna srpen август августа серпень серпня жнівень augusts rugpjūtis rugpjūčio augusztus ağustos αύγουστος αυγούστου elokuu agost kolovoz kolovoza avqust",
	"september septembre septiembre settembre setembro września wrzesień září сентябрь сентября вересень вересня верасень septembris rugsėjis rugsėjo septembrie szeptember eylül σεπτέμβριος σεπτεμβρίου syyskuu setembre rujan rujna септембар септембра септември sentyabr setiembre",
	"october oktober octobre octubre ottobre outubro października październik října říjen október октябрь октября жовтень жовтня кастрычнік oktobris spalis spalio octombrie ekim οκτώβριος οκτωβρίου lokakuu oktoober października октобар октобра октомври oktyabr",
	"november novembre noviembre novembro listopada listopad listopadu ноябрь ноября листопад листопада лістапад novembris lapkritis lapkričio noiembrie kasım νοέμβριος νοεμβρίου marraskuu studeni studenoga новембар новембра ноември noyabr",
	"december dezember décembre diciembre dicembre dezembro grudnia grudzień prosince prosinec декабрь декабря грудень грудня снежань decembris gruodis gruodžio decembrie aralık δεκέμβριος δεκεμβρίου joulukuu detsember desembre desember prosinac prosinca децембар децембра декември dekabr",
}

// months maps folded names to months; prefixes of three letters and more that
// belong to one month only are in it too.
var months = buildMonths()

func buildMonths() map[string]int {
	exact := map[string]int{}
	prefix := map[string]int{}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			name = text.Fold(name)
			exact[name] = i + 1
			runes := []rune(name)
			for n := 3; n < len(runes); n++ {
				p := string(runes[:n])
				if was, ok := prefix[p]; ok && was != i+1 {
					prefix[p] = -1
				} else {
					prefix[p] = i + 1
				}
			}
		}
	}
	// The short forms that are no beginning of one month only.
	for short, m := range map[string]int{
		"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
		"mai": 5, "jui": 0, "juin": 6, "juil": 7, "cze": 6, "lip": 7, "lis": 11, "stu": 1, "sty": 1, "lut": 2, "kwi": 4, "sie": 8,
		"wrz": 9, "paz": 10, "gru": 12, "mrt": 3, "mrz": 3, "gen": 1, "ene": 1, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10,
		"dic": 12, "dez": 12, "out": 10, "fev": 2, "avr": 4, "abr": 4, "ago": 8, "pro": 12, "sic": 1, "сен": 9, "мар": 3, "июн": 6, "июл": 7, "чер": 6, "лип": 7, "des": 12, "ara": 12,
	} {
		prefix[text.Fold(short)] = m
	}
	for p, m := range prefix {
		if _, ok := exact[p]; !ok && m > 0 {
			exact[p] = m
		}
	}
	return exact
}

// bothWays are short forms that name a weekday as well as a month: the French
// mardi and the Romance martes begin like March.
var bothWays = map[string]bool{"mar": true, "mart": true}

// monthByName finds a month. weekday tells that the word may be a day too.
func monthByName(word string) (month int, weekday bool) {
	m := months[word]
	if m == 0 {
		m = months[text.Fold(strings.TrimRight(word, "."))]
	}
	return m, bothWays[word]
}

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "sunday": time.Sunday, "mon": time.Monday, "monday": time.Monday,
	"tue": time.Tuesday, "tues": time.Tuesday, "tuesday": time.Tuesday, "wed": time.Wednesday, "wednesday": time.Wednesday,
	"thu": time.Thursday, "thur": time.Thursday, "thurs": time.Thursday, "thursday": time.Thursday,
	"fri": time.Friday, "friday": time.Friday, "sat": time.Saturday, "saturday": time.Saturday,
}

// fillers are the words between the parts of a date that say nothing.
var fillers = map[string]bool{
	"at": true, "on": true, "of": true, "the": true, "um": true, "uhr": true, "à": true, "a": true, "h": true, "de": true, "del": true,
	"den": true, "le": true, "el": true, "kl": true, "klo": true, "в": true, "о": true, "об": true, "г": true, "год": true, "года": true,
	"р": true, "року": true, "рік": true, "ore": true, "alle": true, "às": true, "os": true, "o": true, "t": true, "godz": true, "hrs": true, "v": true, "do": true, "da": true,
}

// isEastAsian reports the marks of Korean, Chinese and Japanese dates.
func isEastAsian(r rune) bool {
	return strings.ContainsRune("년월일年月日", r) || r == '오' || r == '午'
}

// eastAsian rewrites such a date with signs. Korean sites write local time
// without saying so.
func (p *dateParser) eastAsian() {
	korean := strings.ContainsAny(p.s, "년월일오")
	for _, half := range []struct {
		word string
		mark byte
	}{{"오전", 'a'}, {"上午", 'a'}, {"午前", 'a'}, {"오후", 'p'}, {"下午", 'p'}, {"午後", 'p'}} {
		if strings.Contains(p.s, half.word) {
			p.s = strings.ReplaceAll(p.s, half.word, " ")
			p.half = half.mark
		}
	}
	p.s = strings.NewReplacer("년", "-", "年", "-", "월", "-", "月", "-", "일", " ", "日", " ", "시", ":", "时", ":", "時", ":", "- ", "-").Replace(p.s)
	if korean {
		p.zone = time.FixedZone("KST", 9*3600)
		p.zoned = true
	}
}

// zoneHours are the offsets of zone names from UTC in hours. Where a name has
// several meanings, the one that news feeds use.
var zoneHours = map[string]float64{
	"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2,
	"eet": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3, "idt": 3, "sast": 2, "cat": 2, "eat": 3, "wat": 1, "ast": -4, "adt": -3,
	"samt": 4, "yekt": 5, "omst": 6, "novt": 7, "krat": 7, "irkt": 8, "yakt": 9, "vlat": 10, "magt": 11, "pett": 12,
	"azt": 4, "get": 4, "gst": 4, "irst": 3.5, "irdt": 4.5, "aft": 4.5, "pkt": 5, "uzt": 5, "tmt": 5, "tjt": 5, "almt": 5, "kgt": 6,
	"ist": 5.5, "npt": 5.75, "bdt": 6, "mmt": 6.5, "ict": 7, "wib": 7, "wita": 8, "wit": 9, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "awst": 8,
	"jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
	"nst": -3.5, "ndt": -2.5, "art": -3, "brt": -3, "uyt": -3, "clt": -4, "clst": -3, "vet": -4, "bot": -4, "cot": -5, "pet": -5, "ect": -5,
	"at": -4, "et": -5, "ct": -6, "mt": -7, "pt": -8, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
	"akst": -9, "akdt": -8, "hst": -10, "hast": -10, "мск": 3,
}

// zoneByName finds a zone by its short name or by its place.
func zoneByName(name string) (*time.Location, bool) {
	low := strings.ToLower(strings.Trim(name, "."))
	if h, ok := zoneHours[low]; ok {
		if h == 0 {
			return time.UTC, true
		}
		return time.FixedZone(name, int(h*3600)), true
	}
	if low, ok := strings.CutPrefix(low, "etc/"); ok && (low == "gmt" || low == "utc") {
		return time.UTC, true
	}
	if strings.IndexByte(name, '/') > 0 {
		loc, err := time.LoadLocation(name)
		return loc, err == nil
	}
	return nil, false
}
