package story

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

var noon = time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)

// piece makes an item seen n minutes after noon.
func piece(id string, n int, title, summary string) *news.Item {
	return &news.Item{ID: news.ItemID(id), Feed: news.FeedID("https://example.org/" + id), Outlet: "Outlet " + id,
		Title: title, Summary: summary, FirstSeen: noon.Add(time.Duration(n) * time.Minute)}
}

// read prepares an item with its appeals as dead text, as the desk does.
func read(it *news.Item) *Report {
	var dead []news.Span
	for _, f := range news.Fields {
		for _, a := range text.Appeals(it.Text(f)) {
			dead = append(dead, news.Span{Field: f, Start: a.Start, End: a.End})
		}
	}
	return Prepare(it, dead, nil)
}

// tell places items in order in a new book.
func tell(opt Options, items ...*news.Item) []news.Placement {
	b := New(opt)
	var out []news.Placement
	for _, it := range items {
		r := read(it)
		p := b.Place(r)
		b.Add(r, p)
		out = append(out, p)
	}
	return out
}

func TestNumberWordsThatCountNothingAreNotToldAsNew(t *testing.T) {
	p := tell(Options{},
		piece("a", 0, "United States and Russia agree to resume warhead inspections", "The two sides agreed in Geneva to resume inspections of nuclear warheads."),
		piece("b", 30, "United States and Russia to resume warhead inspections", "The two sides agreed in Geneva to resume inspections of nuclear warheads. Seven of the 140 inspectors trained here, and eleven diplomats met."))
	if p[1].Story != p[0].Story {
		t.Fatal("two stories")
	}
	got := strings.Join(p[1].New, "; ")
	if strings.Contains(got, "Seven") || !strings.Contains(got, "140 inspectors") || !strings.Contains(got, "eleven diplomats") {
		t.Errorf("told as new: %q", got)
	}
}

// TestAWordWrittenSmallIsNoNewName holds what a further report tells as new to
// names: a word that opens a sentence has a capital for no other reason.
func TestAWordWrittenSmallIsNoNewName(t *testing.T) {
	first := piece("a", 0, "United States and Russia agree to resume warhead inspections",
		"The two sides agreed in Geneva to resume eighteen inspections of nuclear warheads a year.")
	for _, c := range []struct{ name, title, text, want string }{
		{"small in an earlier report", "United States and Russia to resume warhead inspections",
			"Inspections of nuclear warheads resume, the two sides agreed in Geneva.", ""},
		{"small in this report", "United States and Russia to resume warhead inspections",
			"Verification was agreed by the two sides in Geneva, who resume inspections of nuclear warheads. The verification is new.", ""},
		{"small in the text below a headline in title case", "Geneva Talks Restart Verification As United States And Russia Resume Warhead Inspections",
			"The two sides agreed in Geneva to restart verification, and to resume inspections of nuclear warheads.", ""},
		{"a number word", "United States and Russia to resume warhead inspections",
			"Eighteen inspections of nuclear warheads a year were agreed by the two sides in Geneva.", ""},
		{"another number", "United States and Russia to resume warhead inspections",
			"Nineteen inspections of nuclear warheads a year were agreed by the two sides in Geneva.", "Nineteen inspections"},
		{"a name that opens a sentence", "United States and Russia to resume warhead inspections",
			"Grushko and the two sides agreed in Geneva to resume inspections of nuclear warheads.", "Grushko"},
		{"the agency that signs, and its place", "United States and Russia to resume warhead inspections",
			"KYIV. Nov 24 (Ukrinform) - The two sides agreed in Geneva to resume inspections of nuclear warheads, Ukrinform said.", "Nov; 24"},
		{"who said it, and where", "United States and Russia to resume warhead inspections",
			"The two sides agreed to resume inspections of nuclear warheads in Vienna, said Ambassador Sergei Grushko.", "Vienna; Ambassador Sergei Grushko (quoted)"},
		{"a name with a word known small", "United States and Russia to resume warhead inspections",
			"The two sides agreed at Vostok Warhead in Geneva to resume inspections of nuclear warheads.", "Vostok Warhead"},
	} {
		p := tell(Options{}, first, piece("b", 30, c.title, c.text))
		if p[1].Story != p[0].Story {
			t.Errorf("%s: two stories, %s", c.name, p[1].Detail)
		}
		if got := strings.Join(p[1].New, "; "); got != c.want {
			t.Errorf("%s: told as new %q, want %q", c.name, got, c.want)
		}
	}
}

func TestANumberAloneJoinsNothing(t *testing.T) {
	var items []*news.Item
	for i, feed := range []string{"Wire", "Gazette", "Herald", "Post", "Courier", "Echo", "Tribune"} {
		for n := range 30 {
			it := piece(fmt.Sprintf("%s-%d", feed, n), i, fmt.Sprintf("%s page %d: local council meets on parking %d", feed, n, n*7), "")
			it.Feed, it.Outlet = news.FeedID(feed), feed
			items = append(items, it)
		}
	}
	items = append(items, piece("strike", 30, "Missile strike on Kharkiv apartment block kills nine", "A Russian missile struck an apartment block in Kharkiv on Tuesday, killing nine people and wounding 21, regional governor Oleh Syniehubov said."))
	ps := tell(Options{}, items...)
	if p := ps[len(ps)-1]; p.Reason != news.ReasonNewStory {
		t.Errorf("%s: %s", p.Reason, p.Detail)
	}
}

func TestTwoTellingsOfOneMeetingAreOneStory(t *testing.T) {
	load := func(name string) string {
		raw, err := os.ReadFile(filepath.Join("../../../shared/testdata/seeds", name))
		if err != nil {
			t.Skip("the two articles are not at hand")
		}
		return string(raw)
	}
	first, second := load("000_70d3fe8e1c5aa08f.txt"), load("001_303ef1de10a5f64c.txt")
	headline, body, _ := strings.Cut(second, "\n")
	lead, rest, _ := strings.Cut(first, ". ")
	as := map[string][]*news.Item{
		"no headline, all in the summary": {piece("a", 0, "", first), piece("b", 60, headline, body)},
		"no headline, all in the content": {
			{ID: "a", Content: first, FirstSeen: noon}, {ID: "b", Title: headline, Content: body, FirstSeen: noon.Add(time.Hour)}},
		"the first sentence as headline":  {piece("a", 0, lead, rest), piece("b", 60, headline, body)},
		"all of it in one field":          {piece("a", 0, "", first), piece("b", 60, "", second)},
		"headline and its first sentence": {piece("a", 0, "", first[:700]), piece("b", 60, headline, body[:280])},
	}
	for name, items := range as {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][2]int{{0, 1}, {1, 0}} {
				x, y := *items[order[0]], *items[order[1]]
				x.FirstSeen, y.FirstSeen = noon, noon.Add(time.Hour)
				p := tell(Options{}, &x, &y)
				if p[0].Story != p[1].Story {
					t.Errorf("order %v: two stories; %s; %v", order, p[1].Detail, p[1].Parts)
				}
			}
		})
	}
}

// pairs that fill one template, or share their actors, and tell two events.
var apart = [][2]string{
	{"Day 2 of the siege of Mariupol: what residents say", "Day 21 of the siege of Mariupol: what residents say"},
	{"War in Ukraine, day 412: situation at the front", "War in Ukraine, day 413: situation at the front"},
	{"EU adopts 12th package of sanctions against Russia", "EU adopts 13th package of sanctions against Russia"},
	{"EU agrees twelfth sanctions package on Russia", "EU agrees thirteenth sanctions package on Russia"},
	{"Oil falls on demand worries", "Oil rises on demand worries"},
	{"Gold price falls as dollar strengthens", "Gold price rises as dollar weakens"},
	{"Russia's central bank raises key rate", "Russia's central bank cuts key rate"},
	{"Wheat exports from Odesa rise in March", "Wheat exports from Odesa fall in March"},
	{"Russia strikes Ukraine grain port with drones", "Ukraine strikes Russia grain port with drones"},
	{"Israel accuses Iran over tanker attack", "Iran accuses Israel over tanker attack"},
	{"Armenia shells Azerbaijan border village", "Azerbaijan shells Armenia border village"},
	{"India summons Pakistan envoy over border fire", "Pakistan summons India envoy over border fire"},
	{"Macron meets Zelensky in Kyiv to discuss air defence", "Scholz meets Zelensky in Kyiv to discuss air defence"},
	{"Poland expels three Russian diplomats over spying", "Norway expels three Russian diplomats over spying"},
	{"Finland closes border with Russia", "Finland reopens border with Russia"},
	{"Hungary blocks EU aid for Ukraine", "Hungary approves EU aid for Ukraine"},
	{"Senate passes Ukraine aid bill", "Senate rejects Ukraine aid bill"},
	{"Turkey ratifies Swedish NATO bid", "Turkey vetoes Swedish NATO bid"},
	{"Court convicts former minister in bribery case", "Court acquits former minister in bribery case"},
	{"Iran releases two detained dual nationals", "Iran arrests two more dual nationals"},
	{"Magnitude 5.6 earthquake hits Crete, no damage reported", "Magnitude 6.1 earthquake hits Taiwan, buildings damaged"},
	{"Missile strike on Kharkiv apartment block kills nine", "Missile strike on Odesa hotel wounds four"},
	{"Drone attack on Ryazan oil refinery causes fire", "Drone attack on Engels air base, governor says"},
	{"North Korea fires ballistic missile into sea", "North Korea sends troops to Russia, Seoul says"},
	{"Biden and Xi speak by phone on Taiwan", "Biden and Putin speak by phone on New START"},
	{"NATO allies to meet in Vilnius in July", "NATO jets intercept Russian bombers over Baltic"},
	{"Zelensky dismisses defence minister Reznikov", "Zelensky visits defence plant in Pennsylvania"},
	{"UN Security Council votes on Gaza ceasefire resolution 2728", "UN Security Council votes on Sudan ceasefire resolution 2724"},
	{"G7 summit ends with pledge on frozen Russian assets", "G20 summit ends without statement on Ukraine"},
	{"Russia withdraws from nuclear test ban treaty", "Russia sends nuclear-capable bombers to Belarus"},
	{"IAEA inspectors reach Zaporizhzhia nuclear plant", "IAEA inspectors denied access to Iran's Natanz plant"},
	{"US sends Abrams tanks to Ukraine", "US sends aircraft carrier to Mediterranean"},
	{"Wagner fighters withdraw from Bakhmut", "Wagner fighters arrive in Belarus"},
	{"Kremlin spokesman Peskov comments on peace talks in Istanbul", "Kremlin spokesman Peskov comments on drone attack on Moscow"},
	{"Russian general killed in car bomb near Moscow", "Russian journalist jailed for eight years in Moscow"},
	{"Germany delivers third Patriot battery", "Germany delivers fourth Patriot battery"},
	{"First round of talks in Geneva ends", "Second round of talks in Geneva ends"},
	{"Sixth evacuation train reaches Lviv from Donetsk region", "Seventh evacuation train reaches Lviv from Donetsk region"},
	{"Japan to join export controls on chips", "Japan to leave whaling commission"},
	{"Russia advances near Avdiivka", "Russia retreats near Avdiivka"},
	{"British Army's 3rd Division begins exercise in Estonia", "British Army's 4th Division begins exercise in Estonia"},
	{"ЕС согласовал 12-й пакет санкций против России", "ЕС обсуждает экспорт зерна из Украины"},
	{"Россия запустила ракеты по Одессе", "Россия вышла из договора СНВ-3"},
	{"Обстріл Харкова: загинули троє людей", "Обстріл Херсона: поранено двох людей"},
}

func TestTemplatesAndSharedActorsAreKeptApart(t *testing.T) {
	bad := 0
	for _, pair := range apart {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			p := tell(Options{}, piece("a", 0, pair[order[0]], ""), piece("b", 90, pair[order[1]], ""))
			if p[0].Story == p[1].Story {
				bad++
				t.Errorf("one story: %q and %q: %s", pair[order[0]], pair[order[1]], p[1].Detail)
			}
		}
	}
	t.Logf("%d of %d joined", bad, 2*len(apart))
}

// pairs that tell one event in other words.
var together = [][2]string{
	{"Nine killed in Russian missile strike on Kharkiv apartment block", "Russian missile hits apartment block in Kharkiv, killing at least nine"},
	{"EU agrees 12th package of sanctions on Russia, including diamonds", "Diamonds targeted as EU agrees 12th sanctions package against Russia"},
	{"Sweden formally joins NATO, ending decades of neutrality", "Sweden becomes NATO's 32nd member, ending neutrality"},
	{"Finland to close entire border with Russia", "Finland says it will shut whole Russia border"},
	{"Putin suspends Russia's participation in New START treaty", "Russia suspends New START nuclear treaty, Putin says"},
	{"В Харькове при ударе по жилому дому погибли девять человек", "Число погибших при ударе по дому в Харькове выросло до девяти"},
	{"Ракетний удар по Харкову: загинули дев'ять людей, влучання в будинок", "У Харкові внаслідок ракетного удару по будинку загинули дев'ять людей"},
}

func TestOtherWordsForOneEventAreJoined(t *testing.T) {
	for _, pair := range together {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			p := tell(Options{}, piece("a", 0, pair[order[0]], ""), piece("b", 40, pair[order[1]], ""))
			if p[0].Story != p[1].Story {
				t.Errorf("two stories: %q and %q: %s", pair[order[0]], pair[order[1]], p[1].Detail)
			}
		}
	}
}

const appeal = `Your support helps us to tell the story. From reproductive rights to climate change to Big Tech, our reporters are on the ground when the story is developing. Your donation allows us to keep sending journalists to speak to both sides of the story. Your support makes all the difference.`

func TestAnAppealJoinsNothing(t *testing.T) {
	titles := strangers(t)
	b := New(Options{})
	for i, s := range titles {
		it := piece(fmt.Sprint("x", i), i, s, appeal)
		if i%2 == 0 {
			it.Summary, it.Content = "", appeal
		}
		r := read(it)
		p := b.Place(r)
		b.Add(r, p)
		if p.Story != news.NewStoryID(it.ID) {
			t.Errorf("%q joined: %s", s, p.Detail)
		}
	}
}

// strangers are headlines of unrelated events.
func strangers(t testing.TB) []string {
	var out []string
	for _, p := range apart[20:35] {
		out = append(out, p[0])
	}
	return append(out, "Chess federation picks Budapest for olympiad", "Vaccine trial for malaria shows promise", "Train drivers call off strike in Lisbon",
		"Volcano erupts on Iceland's Reykjanes peninsula", "Novelist wins Booker prize with debut", "Bees return to rooftops of Ljubljana")
}

func TestTitlesOfAnyScriptStayApart(t *testing.T) {
	titles := []string{
		"Путин встретился с президентом Турции", "В Москве открылась выставка цветов", "Учёные нашли новую планету", "Суд отказал в иске к банку",
		"الرئيس المصري يستقبل وزير الخارجية الفرنسي", "زلزال يضرب جنوب تركيا", "أسعار النفط ترتفع في لندن", "فوز المنتخب المغربي على إسبانيا",
		"乌克兰总统访问波兰", "日本央行维持利率不变", "北京举行国际车展", "台风登陆广东沿海",
		"首相が国会で演説した", "東京で地震がありました", "新しい美術館が開館しました", "大谷選手が本塁打を打ちました",
		"윤석열 대통령 미국 방문", "서울에 폭설 주의보", "삼성전자 실적 발표", "นายกรัฐมนตรีเยือนจีน", "น้ำท่วมหนักในภาคใต้", "ตลาดหุ้นไทยปิดบวก",
		"ראש הממשלה נפגש עם הנשיא", "רעידת אדמה בצפון", "Ο πρωθυπουργός στις Βρυξέλλες", "Σεισμός στην Κρήτη", "", "!!!", "123",
	}
	b := New(Options{})
	seen := map[news.StoryID]string{}
	for i, s := range titles {
		r := read(piece(fmt.Sprint("s", i), i, s, ""))
		p := b.Place(r)
		b.Add(r, p)
		if old, ok := seen[p.Story]; ok {
			t.Errorf("%q and %q are one story: %s", old, s, p.Detail)
		}
		seen[p.Story] = s
	}
}

func TestNearVerbatimTextIsACopy(t *testing.T) {
	body := "A Russian missile hit an apartment block in the Ukrainian city of Kharkiv on Tuesday, killing nine people, the regional governor said."
	p := tell(Options{}, piece("a", 0, "Russian missile kills nine in Kharkiv", body), piece("b", 30, "Russian missile kills nine in Kharkiv", body+" More follows."))
	if p[1].Story != p[0].Story || p[1].Reason != news.ReasonCopy {
		t.Errorf("got %+v", p[1])
	}
}

func TestAFurtherReportSaysWhatIsNew(t *testing.T) {
	items := []*news.Item{
		piece("a", 0, "Missile strike on Kharkiv apartment block kills nine", "Governor Oleh Syniehubov said nine people were killed in the strike on Kharkiv."),
		piece("b", 60, "Kharkiv apartment block strike kills 12", "Mayor Ihor Terekhov said 12 people were killed when the missile struck the apartment block in Kharkiv."),
		piece("c", 70, "Kharkiv apartment block strike kills 12", "Terekhov said 12 were killed in the Kharkiv apartment block."),
	}
	p := tell(Options{}, items...)
	if p[1].Story != p[0].Story || p[1].Reason != news.ReasonDevelop {
		t.Errorf("a higher toll is %q: %s", p[1].Reason, p[1].Detail)
	}
	if got := strings.Join(p[1].New, "; "); !strings.Contains(got, "Ihor Terekhov") || !strings.Contains(got, "12") || strings.Contains(got, "Kharkiv") {
		t.Errorf("new: %s", got)
	}
	if len(p[2].New) > 0 {
		t.Errorf("nothing is new, got %v", p[2].New)
	}
	if q := tell(Options{Develop: DevelopOff}, items...); q[1].Reason != news.ReasonFurther {
		t.Errorf("with developments off: %q", q[1].Reason)
	}
}

func TestAStoryEndsAfterItsWindow(t *testing.T) {
	title := "Sweden formally joins NATO, ending decades of neutrality"
	p := tell(Options{Window: 24 * time.Hour}, piece("a", 0, title, ""), piece("b", 23*60, title, ""), piece("c", 40*60, title, ""), piece("d", 66*60, title, ""))
	if p[1].Story != p[0].Story || p[2].Story != p[0].Story {
		t.Error("a report within the window of the last one is not joined")
	}
	if p[3].Story == p[0].Story {
		t.Error("a report after the window is joined")
	}
}

// A live page that a second outlet carries word by word is that page, however
// large the story is that it touches.
func TestACopiedLivePageIsNoSecondStory(t *testing.T) {
	const title = "Ukraine war live updates: Kharkiv apartment block hit, Zelensky asks for air defence"
	const body = "Rescuers search the rubble after a Russian missile hit an apartment block in Kharkiv. " +
		"Zelensky asks allies for air defence. Drones over Odesa port overnight. Follow the latest developments here."
	for _, n := range []int{3, 10, 100} {
		var items []*news.Item
		for i := range n {
			items = append(items, piece(fmt.Sprint("s", i), i, "Nine killed as Russian missile hits Kharkiv apartment block",
				fmt.Sprintf("A Russian missile hit an apartment block in Kharkiv on Monday, killing nine people, governor Oleh Syniehubov said. Rescuers search the rubble for survivors. Update %d of outlet %d.", i*7, i*13)))
		}
		placed := tell(Options{}, append(items, piece("live", n, title, body), piece("copy", n+1, title, body))...)
		live, again := placed[n], placed[n+1]
		if live.Reason != news.ReasonRoundup || again.Story != live.Story {
			t.Errorf("beside a story of %d reports the page is %s and its copy %s (%s)", n, live.Reason, again.Reason, again.Detail)
		}
	}
}
