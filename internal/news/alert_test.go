package news

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestADeliveryAlwaysSaysWhenItIsDue(t *testing.T) {
	text, err := json.Marshal(Delivery{State: StateSent})
	if err != nil || !strings.Contains(string(text), `"due":"0001-01-01T00:00:00Z"`) {
		t.Errorf("%s %v", text, err)
	}
}
