package story

import "testing"

func TestAHeadlineRepeatedInTheTextIsFound(t *testing.T) {
	const head = "Ministers meet in Riga on\nTuesday"
	for _, c := range []struct {
		name, text, head string
		want             int
	}{
		{"at the start", "Ministers meet in Riga on Tuesday. They", head, 33},
		{"after blanks and in other blanks", " \nMinisters  meet in Riga on\n\nTuesday. They", head, 37},
		{"cut off with dots", "Ministers meet in Riga on Tuesday", "Ministers meet in Riga on ...", 25},
		{"cut off in a word", "Ministers meet in Riga on Tuesday", "Ministers meet in Riga on Tues…", 30},
		{"another text", "Ministers met in Riga on Tuesday", head, 0},
		{"a shorter text", "Ministers meet in Riga", head, 0},
		{"a headline of one word", "Ministers meet in Riga", "Ministers", 0},
		{"words run together", "Ministersmeet in Riga on Tuesday", head, 0},
		{"words torn apart", "Mini sters meet in Riga on Tuesday", head, 0},
		{"nothing", "", "", 0},
	} {
		if got := heads(c.text, c.head); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
