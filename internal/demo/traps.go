package demo

// A Trap is something that watches get wrong, planted at a step, with what
// must have come of it once the last step has been polled.
type Trap struct {
	Name    string
	Explain string
	Step    int // from which on it can be fallen into

	Alerts []ExpectAlert
	One    []ExpectOne
	Silent []ExpectSilent
	Feeds  []ExpectFeed
}

// ExpectAlert says that an item must be told for a topic, and for which ones
// it must not fire.
type ExpectAlert struct {
	URL    string
	Topic  string
	Not    []string
	Update bool // being told as a further report will do as well
	NoDate bool // the alert must name no time of publication
}

// ExpectOne says that items are one story with one alert in each channel that
// heard of it, whatever their headlines.
type ExpectOne struct {
	URLs []string
}

// ExpectSilent says that items must not alert, and which outcome, as it stands
// in the stored verdict, must be the reason.
type ExpectSilent struct {
	URLs    []string
	Outcome string
}

// ExpectFeed says in which state a feed must be found, by its path.
type ExpectFeed struct {
	Path  string
	State string
}

// Traps lists what is planted.
func (w *World) Traps() []Trap {
	return []Trap{
		{
			Name: "first sight", Step: 0,
			Explain: "what is in a feed when it is first polled is not news, though some of it matches",
			Silent: []ExpectSilent{{URLs: append(w.links("wire", "grain-ship", "price-cap-tanker", "old-depot"),
				append(w.links("northern", "nato-command"), w.links("ledger", "export-controls")...)...), Outcome: "baseline"}},
		},
		{
			Name: "plain alerts", Step: 1,
			Explain: "news that matches is told, in the channel of its topic",
			Alerts: []ExpectAlert{
				w.alert("wire", "drone-airspace", "nato"), w.alert("wire", "power-cable", "cyber"),
				w.alert("harbour", "battery-ship", "weapons"), w.alert("wire", "mine-ban", "arms-control"),
			},
		},
		{
			Name: "everyday news", Step: 1,
			Explain: "sport, markets and the weather match nothing",
			Silent: []ExpectSilent{{URLs: append(w.links("wire", "cycling-tour", "pension-reform", "apple-harvest", "interest-rates"),
				append(w.links("northern", "heating-plant", "elk-traffic"), w.links("ledger", "coffee-price", "office-rents")...)...), Outcome: "nomatch"}},
		},
		{
			Name: "five tellings", Step: 2,
			Explain: "five outlets tell one event under five headlines: one alert that grows",
			Alerts:  []ExpectAlert{w.alert("wire", "inspections-geneva", "arms-control")},
			One: []ExpectOne{{append(w.links("wire", "inspections-geneva"), append(w.links("harbour", "inspections-local"),
				append(w.links("meridian", "inspections-analysis"), append(w.links("northern", "inspections-north"),
					w.links("ledger", "inspections-ledger")...)...)...)...)}},
		},
		{
			Name: "word in a word", Step: 3,
			Explain: "\"signatory\" has NATO in it and is not about it",
			Silent:  []ExpectSilent{{URLs: w.links("harbour", "signatory"), Outcome: "nomatch"}},
		},
		{
			Name: "donation appeal", Step: 1,
			Explain: "one outlet asks for money under every text, naming sanctions, cyberattacks, missiles, Ukraine and NATO",
			Alerts: []ExpectAlert{{URL: w.links("meridian", "kharkiv-bridge")[0], Topic: "ukraine",
				Not: []string{"sanctions", "cyber", "missiles", "nato"}}},
			Silent: []ExpectSilent{{URLs: w.links("meridian", "crossword", "wild-horses", "rent-brake", "street-names", "essay-letters",
				"bee-keepers", "allotments", "piano-tuner", "tram-line", "winter-coats"), Outcome: "nomatch"}},
		},
		{
			Name: "undated", Step: 4,
			Explain: "an item without a date is news when it is first seen",
			Alerts:  []ExpectAlert{{URL: w.links("harbour", "clinic-records")[0], Topic: "cyber", NoDate: true}},
		},
		{
			Name: "from the future", Step: 4,
			Explain: "an item dated three days ahead is told at once, and not under that date",
			Alerts:  []ExpectAlert{{URL: w.links("ledger", "sanctions-bank")[0], Topic: "sanctions", NoDate: true}},
		},
		{
			Name: "case forms", Step: 5,
			Explain: "Ukrainian and Russian bend their words: Україні, Украине, украинской; НАТО stays as it is",
			Alerts: []ExpectAlert{
				w.alert("steppe", "nato-dopomoha-uk", "ukraine"), w.alert("steppe", "nato-dopomoha-uk", "nato"),
				{URL: w.links("steppe", "nato-uchenia-ru")[0], Topic: "ukraine", Update: true},
				{URL: w.links("steppe", "nato-uchenia-ru")[0], Topic: "nato", Update: true},
			},
		},
		{
			Name: "new identifiers", Step: 6,
			Explain: "a new content system gives all 27 items of a feed new identifiers and addresses with trackers",
			Silent: []ExpectSilent{{URLs: w.links("northern", "border-fence", "nato-command", "herring", "mine-closes", "wind-park"),
				Outcome: "baseline"}},
		},
		{
			Name: "headline changed", Step: 7,
			Explain: "the desk of an outlet sharpens a headline two steps later: the alert is corrected, not repeated",
			One:     []ExpectOne{{w.links("harbour", "battery-ship")}},
		},
		{
			Name: "other languages", Step: 7,
			Explain: "German and French news reaches the same topics",
			Alerts: []ExpectAlert{
				w.alert("frontier", "ruestungskontrolle", "arms-control"), w.alert("frontier", "sanctions-petrole", "sanctions"),
			},
		},
		{
			Name: "from the archive", Step: 8,
			Explain: "an article of last year put into the feed today is late",
			Silent:  []ExpectSilent{{URLs: w.links("northern", "treaty-archive"), Outcome: "late"}},
		},
		{
			Name: "old item returns", Step: 9,
			Explain: "an item of the first poll leaves its feed at step 4 and comes back at step 9",
			Silent:  []ExpectSilent{{URLs: w.links("wire", "old-depot"), Outcome: "baseline"}},
		},
		{
			Name: "told item returns", Step: 10,
			Explain: "an item that was told at step 1 leaves at step 5 and comes back at step 10",
			One:     []ExpectOne{{w.links("wire", "drone-airspace")}},
		},
		{
			Name: "gone quiet", Step: 0,
			Explain: "a feed that brought something every nine hours for eleven days has said nothing since yesterday",
			Feeds:   []ExpectFeed{{"/island.xml", "quiet"}},
		},
		{
			Name: "behind a wall", Step: 8,
			Explain: "a feed answers 403 with a page that wants to see a human",
			Feeds:   []ExpectFeed{{"/ledger.xml", "walled"}},
		},
	}
}

func (w *World) alert(feed, key, topic string) ExpectAlert {
	return ExpectAlert{URL: w.links(feed, key)[0], Topic: topic}
}

// links are the addresses of a feed's items.
func (w *World) links(feed string, keys ...string) []string {
	for i := range w.feeds {
		f := &w.feeds[i]
		if f.file() != feed {
			continue
		}
		urls := make([]string, len(keys))
		for j, key := range keys {
			urls[j] = Link(f, key)
		}
		return urls
	}
	return nil
}
