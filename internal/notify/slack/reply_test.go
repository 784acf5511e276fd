package slack_test

import (
	"strings"
	"testing"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/slack"
)

func TestAReplyNamesEveryOutletThatItStandsFor(t *testing.T) {
	d := example()
	d.Alert.Kind, d.Alert.Target, d.Alert.With = news.KindUpdate, "a3k5zj2q7w", []string{"Gazette", "Herald"}
	d.Alert.Latest = &news.Report{Outlet: "Courier", URL: "https://courier.example/3", Title: "Moscow sends 12 inspectors home"}
	if got := slack.RenderReply(d).Text; got != "Also Gazette, Herald, Courier: Moscow sends 12 inspectors home" {
		t.Errorf("%q", got)
	}
}

func TestAWithdrawalIsMarkedOnce(t *testing.T) {
	for _, title := range []string{"Russia ends New START", "WITHDRAWN: Russia ends New START"} {
		d := example()
		d.Alert.Headline, d.Alert.Withdrawn = title, true
		got := slack.Render(d, false).Text
		if !strings.HasPrefix(got, "WITHDRAWN: Russia ends New START") {
			t.Errorf("%q", got)
		}
	}
}
