package slack_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
	"github.com/watcherd/watcherd/internal/notify/slack"
)

// TestAWorkspaceThatListsNoChannels is posted to by name; the answer gives
// the ID that the next call needs.
func TestAWorkspaceThatListsNoChannels(t *testing.T) {
	var calls []string
	refuse := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		method, channel := r.URL.Path[len("/api/"):], r.FormValue("channel")
		calls = append(calls, method+" "+channel)
		switch {
		case method == "auth.test":
			fmt.Fprint(w, `{"ok":true,"url":"https://desk.slack.com/","user_id":"U1","bot_id":"B1"}`)
		case method == "chat.postMessage" && refuse:
			fmt.Fprint(w, `{"ok":false,"error":"channel_not_found"}`)
		case method == "chat.postMessage":
			fmt.Fprint(w, `{"ok":true,"channel":"C0ARMS","ts":"1790000000.000100","message":{"ts":"1790000000.000100"}}`)
		default:
			fmt.Fprint(w, `{"ok":false,"error":"missing_scope","needed":"channels:read"}`)
		}
	}))
	defer srv.Close()
	connect := func() *slack.Notifier {
		n, err := slack.New(slack.Options{Token: "xoxb-test", APIURL: srv.URL + "/api/"})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := connect()
	for range 2 {
		r, err := n.Say(t.Context(), story(1, "#arms"), news.Receipt{})
		if err != nil || r.Channel != "C0ARMS" {
			t.Errorf("%+v %v", r, err)
		}
	}
	want := []string{"auth.test ", "conversations.list ", "chat.postMessage #arms", "chat.postMessage C0ARMS"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	refuse = true
	_, err := connect().Say(t.Context(), story(1, "#arms"), news.Receipt{})
	if notify.ClassOf(err) != notify.BadChannel {
		t.Fatalf("%v", err)
	}
	if want := "look up #arms: missing_scope: channels cannot be found by name without the scopes channels:read and groups:read: add them, or give the channel's ID"; err.Error() != want {
		t.Errorf("%v", err)
	}
}
