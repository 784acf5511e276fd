package feeds

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

func TestASubscriptionLives(t *testing.T) {
	var form url.Values
	status := 202
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		form = r.PostForm
		w.WriteHeader(status)
	})})
	var p news.Push
	if Wanted(p, fetchNow) {
		t.Error("a feed without a hub is wanted")
	}
	Discover(&p, Answer{Hub: "https://hub.example/", FinalURL: "https://example.org/rss"}, Document{Hub: "https://other.example/", Self: "https://example.org/self"})
	if p.Hub != "https://hub.example/" || p.Topic != "https://example.org/rss" || len(p.Secret) < 20 {
		t.Fatalf("discovered %+v; headers go before the document", p)
	}
	secret := p.Secret
	Discover(&p, Answer{Hub: "https://hub.example/", FinalURL: "https://example.org/rss"}, Document{})
	if p.Secret != secret {
		t.Error("the same hub got a new secret")
	}
	if !Wanted(p, fetchNow) {
		t.Error("not wanted at first")
	}
	if err := client.Subscribe(t.Context(), &p, "https://desk.example/push/1", fetchNow); err != nil {
		t.Fatal(err)
	}
	if form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != p.Topic || form.Get("hub.callback") != "https://desk.example/push/1" || form.Get("hub.secret") != secret || form.Get("hub.lease_seconds") != "1209600" {
		t.Errorf("asked %v", form)
	}
	if Wanted(p, fetchNow.Add(time.Minute)) || !Wanted(p, fetchNow.Add(2*time.Hour)) {
		t.Error("a hub that does not confirm is asked again after an hour, not before")
	}
	ask := func(mode, topic string, more ...string) (string, error) {
		q := url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"echo"}}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return Confirm(&p, q, fetchNow.Add(time.Minute))
	}
	for _, bad := range [][2]string{{"subscribe", "https://evil.example/"}, {"unsubscribe", p.Topic}, {"dance", p.Topic}, {"subscribe", ""}} {
		if c, err := ask(bad[0], bad[1]); err == nil || c != "" || Trusted(p, fetchNow) {
			t.Errorf("%v is confirmed", bad)
		}
	}
	if c, err := ask("subscribe", p.Topic, "hub.lease_seconds", "99999999"); err != nil || c != "echo" {
		t.Fatal(c, err)
	}
	if want := fetchNow.Add(time.Minute + maxLease); !p.Until.Equal(want) {
		t.Errorf("lease until %v, want %v", p.Until, want)
	}
	if Wanted(p, fetchNow.Add(10*24*time.Hour)) || !Wanted(p, fetchNow.Add(13*24*time.Hour)) {
		t.Error("a lease is renewed in its last two days")
	}

	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(tinyFeed))
	good := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	for range hubMisses {
		Polled(&p, 1, fetchNow.Add(time.Hour))
	}
	if Trusted(p, fetchNow.Add(time.Hour)) {
		t.Error("a hub that misses pushes is trusted")
	}
	for _, bad := range []string{"", "sha256=", good[:len(good)-2] + "00", "md5=" + good[7:], "sha1=" + good[7:]} {
		if Pushed(&p, bad, []byte(tinyFeed)) {
			t.Errorf("signature %q passes", bad)
		}
	}
	if !Pushed(&p, good, []byte(tinyFeed)) || Pushed(&p, good, []byte("other")) || !Trusted(p, fetchNow.Add(time.Hour)) {
		t.Error("a good push does not count")
	}
	if _, err := ask("denied", p.Topic); err == nil || Trusted(p, fetchNow) {
		t.Error("a denied subscription is trusted")
	}
	status = 422
	wantClass(t, client.Subscribe(t.Context(), &p, "https://desk.example/push/1", fetchNow), ClassServerError)
	p.Hub = "http://127.1/"
	wantClass(t, client.Subscribe(t.Context(), &p, "https://desk.example/push/1", fetchNow), ClassRedirectBlocked)
}
