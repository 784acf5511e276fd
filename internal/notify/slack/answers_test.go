package slack

import "testing"

func TestAnswersGoToSlackOnly(t *testing.T) {
	n, err := New(Options{Token: "xoxb-x", APIURL: "http://127.0.0.1:8080/api/"})
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]bool{
		"https://hooks.slack.com/actions/T/1/2": true, "https://slack.com/x": true, "http://127.0.0.1:8080/hook/e1": true,
		"http://hooks.slack.com/actions": false, "https://hooks.slack.com.example.org/": false, "https://notslack.com/": false,
		"http://127.0.0.1:9090/hook": false, "file:///etc/passwd": false, "": false, "https://example.org/?slack.com": false,
	} {
		if got := n.mayAnswerAt(raw); got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}
