package story

import "strings"

// unknown is the rarity of a word that the background does not list; words
// rarer than that are names and news. Words below stopBelow say nothing.
const (
	unknown   = 8.0
	stopBelow = 2.6
	bandStep  = 0.25
)

// rarity tells how much a stem says, as the logarithm of one over the share of
// news items that have it.
func rarity(id uint32) float64 {
	if c, ok := background[id]; ok {
		return c.rarity
	}
	return unknown
}

// common is a word of the background.
type common struct {
	rarity float64
	name   bool
}

// everyday tells a word that is often written and is no name.
func everyday(id uint32) bool {
	c, ok := background[id]
	return ok && !c.name
}

// function words of languages of which the background has too little news.
const functionWords = `и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще нет о из ему
теперь когда даже ну ли если уже или ни быть был него до вас опять уж вам ведь там потом себя ничего ей может они тут где есть надо ней для мы тебя их чем
была сам чтоб без будто чего раз тоже себе под будет ж тогда кто этот того потому этого какой ним здесь этом один почти мой тем чтобы нее были куда зачем всех
при об после над больше тот через эти нас про них какая много разве эту моя этой перед чуть том такой более всегда конечно всю между это также году год
і й та в у на що не з із до як за від для по про це його її їх він вона вони але або чи при під над між після через який яка які року рік також було був буде
der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über
le la les de des du un une et en dans que qui pour sur au aux par avec est son sa ses ce cette il elle ils plus pas ne se ou mais sont a été après
el los las y que del se por con para una su al lo como más pero sus le ha sobre este entre cuando muy sin ya fue son
il lo gli di che e per con non una sono è da si del della dei nel alla più ma come anche dopo
o os as do da dos das em um uma para com não por mais como mas ao foi ele à pela pelo
في من على أن إلى عن مع هذا هذه التي الذي كان ما لا بعد قد بين كل أو هو هي ثم حيث قال
של את על לא הוא עם זה כי גם אל`

var background = readBackground(backgroundWords, functionWords)

// readBackground reads a table of lines, a line per band of rarity from 0 on.
// A name never falls among the words that say nothing.
func readBackground(lines, functions string) map[uint32]common {
	m := make(map[uint32]common, 8192)
	band := 0
	for l := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		for w := range strings.FieldsSeq(l) {
			c := common{rarity: float64(band) * bandStep}
			if lower := strings.ToLower(w); lower != w {
				c.rarity, c.name, w = max(c.rarity, stopBelow), true, lower
			}
			m[hash(w)] = c
		}
		band++
	}
	for w := range strings.FieldsSeq(functions) {
		for _, lang := range []string{"", "other"} {
			if id := hash(stem(fold(w), lang)); m[id].rarity == 0 && !(lang == "" && w[0] < 0x80) {
				m[id] = common{rarity: stopBelow / 2}
			}
		}
	}
	return m
}
