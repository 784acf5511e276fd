package news

import (
	"encoding/json"
	"testing"
	"time"
)

func TestBlocksOfAnOlderDataFileAreRead(t *testing.T) {
	var b Blocks
	if err := json.Unmarshal([]byte(`{"7":{"n":1,"t":"2026-01-02T03:04:05Z"},"8":{"n":4,"t":"2026-01-02T03:04:05Z","x":"Support us"}}`), &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Once) != 1 || b.Once[0] != 7 || b.Again[8].Items != 4 || b.Again[8].Text != "Support us" {
		t.Errorf("read as %+v", b)
	}
	b.Again[9] = Block{Items: 2, Last: time.Unix(0, 0).UTC()}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var again Blocks
	if err := json.Unmarshal(text, &again); err != nil || len(again.Again) != 2 || len(again.Once) != 1 {
		t.Errorf("%s is read as %+v, %v", text, again, err)
	}
}
