package news

import "testing"

// Identifiers are stored: they never change.
func TestIdentifiersStayWhatTheyAre(t *testing.T) {
	for got, want := range map[string]string{
		string(NewItemID("https://a.example/rss", "guid-1")): "ikdvawf5ldmsbhdxx",
		string(NewStoryID("i1")):                             "s5bzi2tovrfzgxtzp",
		string(AppendStoryID([]byte("x"), "i1")):             "xs5bzi2tovrfzgxtzp",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
