package text

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"clean text stays", "Arms control, said Moscow – “no”.\nNext line\n\nNext block", "Arms control, said Moscow – “no”.\nNext line\n\nNext block"},
		{"blanks collapse", "  a \t b\u00a0 c  ", "a b c"},
		{"a blank line is a block", "a \r\n \r\n\n b", "a\n\nb"},
		{"a line break in text is one", "a\r\nb", "a\nb"},
		{"inline tags join", "<p>arms <b>con</b>trol <a href='NATO'>treaty</a></p>", "arms control treaty"},
		{"blocks part", "<p>arms</p><p>control</p>", "arms\n\ncontrol"},
		{"list items part", "<ul><li>arms<li>control</ul>", "arms\n\ncontrol"},
		{"cells part", "<tr><td>arms</td><td>control</td></tr>", "arms\n\ncontrol"},
		{"br is a soft break", "arms<br/>control", "arms\ncontrol"},
		{"source lines in HTML are blanks", "<p>arms\n  control</p>", "arms control"},
		{"pre keeps lines", "<pre>arms\ncontrol</pre>", "arms\ncontrol"},
		{"lines between inline tags stay", "<b>a</b>\n\nb", "a\n\nb"},
		{"entities", "AT&amp;T &lt; 5 &#8220;x&#x201D; &nbsp; &eacute;", "AT&T < 5 “x” é"},
		{"double-encoded markup", "&lt;p&gt;arms &lt;b&gt;control&lt;/b&gt;&lt;/p&gt;", "arms control"},
		{"double-encoded entities", "AT&amp;amp;T&amp;nbsp;x &amp;lt;p&amp;gt;y&amp;lt;/p&amp;gt;", "AT&T x\n\ny"},
		{"a lone ampersand", "Q&A & R&D &c; &unknown;", "Q&A & R&D &c; &unknown;"},
		{"less than is text", "if a < b and 3<4 then x<y", "if a < b and 3<4 then x<y"},
		{"an address in brackets is text", "<john@example.org> wrote", "<john@example.org> wrote"},
		{"script and style are unseen", "a<script>var NATO='<b>';</script><style>p{}</style>b", "ab"},
		{"a comment is unseen", "a<!-- NATO --> b", "a b"},
		{"alt is unseen", `a <img src="NATO.png" alt="NATO" title='x > y'> b`, "a b"},
		{"an attribute may hold a bracket", `<a title="x > y">z</a>`, "z"},
		{"hidden elements are unseen", `a <span style="display: none">NATO</span><p hidden>x</p>b`, "a\n\nb"},
		{"CDATA is text", "<![CDATA[arms]]> control", "arms]]> control"},
		{"a cut tag at the end", `arms control <a href="https://x.org/NATO`, "arms control"},
		{"control characters go", "a\x00\x07b\u202ec\u200ed", "abcd"},
		{"soft hyphens stay", "sanc\u00adtions", "sanc\u00adtions"},
		{"noscript and iframe are unseen", "a<noscript>x</noscript><iframe>y</iframe>", "a"},
		{"unknown tags are unseen", "a <o:p>b</o:p> <custom-tag>c</custom-tag>", "a b c"},
		{"an unclosed script takes the rest", "a<script>NATO", "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Plain(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if got := Plain(tt.want); got != tt.want && !strings.Contains(tt.want, "]]>") {
				t.Errorf("not stable: %q", got)
			}
		})
	}
	if got := Title("<b>One</b><br>two\n\nthree"); got != "One two three" {
		t.Errorf("title %q", got)
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "&amp;lt;p&amp;gt;", "a\n\nb", "<", "&", "<a href=\"", "\xff<!--", "<pre>\n x", "a\u00a0b\u200bc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := Plain(s)
		if !utf8.ValidString(p) {
			t.Fatalf("%q: not UTF-8", p)
		}
		if strings.Contains(p, "  ") || strings.Contains(p, "\n\n\n") || strings.TrimSpace(p) != p && strings.Trim(p, " \n\t") != p {
			t.Fatalf("%q: blanks", p)
		}
		for _, r := range p {
			if isControl(r) && r != '\n' || isBlank(r) && r != ' ' {
				t.Fatalf("%q: %q", p, r)
			}
		}
		if isPlain(p) && Plain(p) != p {
			t.Fatalf("%q is not stable", p)
		}
		if strings.ContainsRune(Title(s), '\n') {
			t.Fatal("title of two lines")
		}
		Fold(s)
		for _, r := range Appeals(p) {
			if r.Start < 0 || r.End > len(p) || r.Start >= r.End {
				t.Fatal(r)
			}
		}
		for _, b := range Blocks(p) {
			if b.Start < 0 || b.End > len(p) || b.Start >= b.End {
				t.Fatal(b)
			}
		}
	})
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Erdoğan": "erdogan", "Zełenski Łódź": "zelenski lodz", "ЁЛКА": "елка", "Йод Їжак": "йод їжак", "и\u0306": "й",
		"“x” ‘y’ «z»": `"x" 'y' "z"`, "a–b": "a-b", "sanc\u00adtions\u200b": "sanctions", "Straße": "strasse", "ΣΊΣΥΦΟΣ": "σισυφοσ",
		"a\u00a0b\nc": "a b c", "ﬁ Ｎ": "fi n", "İ": "i", "plain text": "plain text",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	var got []string
	s := "U.S. forces' об’єкт 3.5 https://x.org/nato. Missile's 北约 e.g. Gen. Bob www.nato.int end"
	for w, r := range Words(s) {
		got = append(got, w)
		if Fold(s[r.Start:r.End]) != w {
			t.Errorf("%q stands at %v", w, r)
		}
	}
	want := strings.Split("u.s forces об'єкт 3.5 https missile s 北 约 e.g gen bob www end", " ")
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestAppealsOfTheSeed(t *testing.T) {
	b, err := os.ReadFile("../../../shared/testdata/seeds/001_303ef1de10a5f64c.txt")
	if err != nil {
		t.Skip("no test data")
	}
	s := string(b)
	got := Appeals(s)
	if len(got) != 1 || !strings.HasPrefix(s[got[0].Start:], "Your support helps us") || !strings.HasSuffix(s[:got[0].End], "makes all the difference.") {
		t.Errorf("%v", got)
	}
}

func TestAppeals(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a newsletter line", "NATO met today. Sign up to our newsletter for NATO news. It agreed.", "Sign up to our newsletter for NATO news."},
		{"a whole appeal between its marks", "News of Kyiv.\n\nWe need your support. The war in Ukraine goes on. NATO matters. Donate today!\n\nMore news.", "We need your support. The war in Ukraine goes on. NATO matters. Donate today!"},
		{"news of donations is news", "Norway's donation of tanks helps Ukraine. The donation was large.", ""},
		{"news of a paywall is news", "The paper put up a paywall. Its newsletter grew.", ""},
		{"marks far apart are two", "Subscribe now. " + strings.Repeat("Long news of the war. ", 60) + "Donate now.", "Subscribe now.|Donate now."},
		{"Ukrainian", "Новини з фронту. Підтримайте нас на Патреоні. Ще новини.", "Підтримайте нас на Патреоні."},
		{"cookies", "This website uses cookies to help NATO readers.\nNews.", "This website uses cookies to help NATO readers."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range Appeals(tt.in) {
				got = append(got, tt.in[r.Start:r.End])
			}
			if g := strings.Join(got, "|"); g != tt.want {
				t.Errorf("%q, want %q", g, tt.want)
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	a := "The minister spoke in Kyiv about new weapons. He said so. Read more about our independent work here."
	b := "Another story altogether, with its own words in it.\nREAD MORE about our “independent” work here!"
	x, y := Blocks(a), Blocks(b)
	if len(x) != 2 || len(y) != 2 || x[1].Hash != y[1].Hash || x[0].Hash == y[0].Hash {
		t.Fatalf("%+v %+v", x, y)
	}
	if got := a[x[1].Start:x[1].End]; got != "Read more about our independent work here." {
		t.Errorf("%q", got)
	}
}

func TestLang(t *testing.T) {
	for want, s := range map[string]string{
		"en": "The minister said that the talks with Russia will go on in Geneva.",
		"uk": "Президент заявив, що Україна не буде вести переговори під час обстрілів.",
		"ru": "Президент заявил, что Россия не будет вести переговоры во время обстрелов.",
		"pl": "Prezydent powiedział, że Polska nie będzie prowadzić rozmów w tym tygodniu.",
		"cs": "Prezident řekl, že Česko nebude jednat, protože se to nedá stihnout.",
		"sk": "Prezident povedal, že Slovensko nebude rokovať, pretože sa to nedá stihnúť.",
		"sl": "Predsednik je dejal, da se pogovori ne bodo nadaljevali, ker so končani.",
		"bg": "Президентът заяви, че България няма да води преговори с Русия през тази година.",
		"de": "Der Präsident sagte, dass die Gespräche mit Russland nicht in Genf stattfinden.",
		"fr": "Le président a déclaré que les négociations avec la Russie ne sont pas terminées.",
		"":   "NATO",
	} {
		if got, sure := GuessLang(s); got != want || sure != (want != "") {
			t.Errorf("%q: %q, sure: %t, want %q", s, got, sure, want)
		}
	}
}

func BenchmarkGuessLang(b *testing.B) {
	s := strings.Repeat("The minister said that the talks with Russia will go on in Geneva. ", 10)
	b.ReportAllocs()
	for b.Loop() {
		GuessLang(s)
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{"latin": strings.Repeat("The Minister said “no” to Café talks. ", 300), "cyrillic": strings.Repeat("Президент заявив, що Україна не буде. ", 300)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				Fold(s)
			}
		})
	}
}
