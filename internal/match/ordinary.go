package match

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/watcherd/watcherd/internal/text"
)

// ordinary knows the words that are a name or an abbreviation in capitals and
// an ordinary word in small letters, per language.
type ordinary struct {
	words    map[string][]string // folded word -> languages
	function map[string]bool
}

func newOrdinary(desk []string) ordinary {
	o := builtInWords()
	if len(desk) > 0 {
		o.words = maps.Clone(o.words)
	}
	for _, w := range desk {
		w = text.Fold(strings.TrimSpace(w))
		o.words[w] = append(slices.Clone(o.words[w]), "")
	}
	return o
}

// builtInWords reads the lists below, once.
var builtInWords = sync.OnceValue(func() ordinary {
	o := ordinary{words: map[string][]string{}, function: map[string]bool{}}
	for _, l := range ordinaryWords {
		for w := range strings.FieldsSeq(l.words) {
			w = text.Fold(w)
			o.words[w] = append(o.words[w], l.lang)
		}
	}
	for w := range strings.FieldsSeq(functionWords) {
		o.function[w] = true
	}
	return o
})

// langs returns the languages in which a word is ordinary, as bits; all bits
// if the desk's own past says so.
func (o ordinary) langs(word string, bit func(string) uint64) uint64 {
	var out uint64
	for _, l := range o.words[text.Fold(strings.TrimRight(word, "*"))] {
		if l == "" {
			return ^uint64(0)
		}
		out |= bit(l)
	}
	return out
}

func (o ordinary) isFunction(word string) bool { return o.function[word] }

// ordinaryWords are words that a desk may use as a name or an abbreviation
// and that are ordinary too. A name that is only a name (Ukraine) is not here,
// nor one that is two names (Jordan, Georgia): which of them is meant the
// context tells, not the case.
var ordinaryWords = []struct{ lang, words string }{
	{"en", `us it who start salt aid aids act arms ice pact bat case care hope live rose fast grid
		turkey china polish chile cuba guinea jersey march may august mobile nice reading bath cork
		bush trump rice bolt west east north south ring gap cap top map cop pop mad eta sad fed feds
		patriot patriots javelin stinger hawk hawks eagle eagles falcon hornet harrier tornado typhoon
		tiger tigers leopard leopards puma fox lynx panther bear dagger kinzhal caesar archer avenger
		grad hurricane smerch buk tor pine needle sentinel guardian titan trident polaris minuteman
		peacekeeper peacekeepers tomahawk hellfire harpoon brimstone paladin bradley marder gepard
		storm shadow scalp neptune orion dome iron drone falcons jets giants saints rebels
		chad
		union alliance council commission congress senate house assembly court treaty summit accord
		quad group seven twenty fund bank west desk times post sun mirror star express
		un inf inc pa ma pi so in an on or as at be by do go he if is me my no of to up we am
		all and any are but can for had has her him his how its let man new not now off old one our
		out own put run say see set she the too two use was way why yes you
		read tank tanks sam sams mine mines ark arc era met men mar sat sun wed jan dec mac mod rap
		scar sea seal seals search spot step stem stop swift tap task team test tip track trap unit
		wave win wing wise word work ban bar base best big bill bit bull but call cat cut dart data
		deal den dig dip dot draft dump face fact fair far fat fear fir fire firm fit five fix flag
		flame flash flow fly fog force form fort forum free fuel full gas gate gem get global gold
		good grant green ground guard gun hard heat help high hip hit home hot ideas impact jam job
		key kid kind king lab land lap last law lead leap led left less life light link list loan
		lock long lot love low mark mass match mate matter mean media mid mind mission model more
		motion move nation need net next night nuclear ocean offer one open opera option order
		pad page pan park part pass past path pay peace pen pet phase plan play plus point pole port
		power press pride prime process project public pure quest race radar rain range rate real
		red region rest right rise risk road rock role roof root round rule safe sail same sand
		save say scan school score secure self sense series serve set share shield ship shop shot
		show side sight sign silk site size sky slim smart snow soft solid sound space spark speed
		spring square stable staff stage stand star state steel strike strong sugar suit sure`},
	{"fr", `us on son est ni or un une les des car par pour dans sans mars août sa si se tu ces été main
		pays orange nations pacte lors alors sous sur tous tout mais donc`},
	{"de", `die der das ein eine es er sie war bar gut tag rat bund grad bis an am um im zum uns wer wie
		was land lager park mark mars stern patriot türkei eu ab`},
	{"es", `un una es el la los las se su sus son con sin más muy nada otan fin mal van ven dan sol mar
		oro paz uno`},
	{"it", `un una il la lo gli le si se su non con per due sei tre ora poi già nato nata nati nate onu
		stato patto era sono`},
	{"pt", `um uma os as se no na nos nas do da dos das com sem mais nato onu era são`},
	{"sl", `nato nata start us in on je se do da ne po za od pa so bo ter ali med tem ki ko sto star stara
		mir miru`},
	{"hr", `nato us in on je se do da ne po za od pa su bi te mir miru sad`},
	{"sr", `nato us in on je se do da ne po za od pa su bi te mir miru sad`},
	{"cs", `start us on je se do by ne po za od pak jsou mir ale ani den rok unie rada`},
	{"sk", `start us on je se do by ne po za od pak sú mier ale ani deň rok únia rada`},
	{"pl", `start us on je się do by nie po za od są ale ani dni rok unia rada pis pakt stan stany sam
		sama grad`},
	{"ru", `старт грань град мир союз свет друг нет да рада тор бук уран ураган смерч калибр
		кинжал искра точка тополь ярс сармат буря гроза орел звезда правда известия рада альянс запад
		восток север юг`},
	{"uk", `старт град мир союз світ друг ні так рада тор бук ураган смерч калібр точка альянс захід схід
		північ південь мрія слуга голос`},
	{"bg", `старт град мир съюз свят да не град бук тор запад изток север юг алианс`},
	{"sv", `nato us en ett den det som man mot för`},
}

// functionWords are too frequent in English to be terms.
const functionWords = `about above after again against also among because been before being below
	between both could does doing down during each else even ever every from further have having here
	into itself just like made make many might more most much must only other over said same says should
	since some such than that their them then there these they this those through under until upon very
	were what when where which while whom will with within without would your yours year years people
	time today week month monday tuesday wednesday thursday friday saturday sunday`
