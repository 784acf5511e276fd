package daemon

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify/terminal"
)

// reachable is a watch that hubs may reach, at an address that is free.
func reachable(t *testing.T, dir string, w *world, dry bool, address string) (*Daemon, error) {
	t.Helper()
	return Build(t.Context(), testRules(t, dir, testConfig+"listen_public: "+address+"\n"), "watcherd.yaml",
		Options{Transport: w, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true, Dry: dry})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func (p *pushes) question(path string, q url.Values) int {
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path+"?"+q.Encode(), http.NoBody))
	return rec.Code
}

func TestNobodyAnswersInTheHubsPlace(t *testing.T) {
	d, err := reachable(t, t.TempDir(), &world{}, false, freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	now := time.Now().UTC()
	sub := news.Push{Hub: "https://hub.example/", Topic: wire, Secret: "s3cret", Asked: now}
	d.pushes.change(wire, func(s *news.Push) { *s = sub })
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {wire}, "hub.challenge": {"x"}}
	guess, err := news.NewKey("push", wire).MarshalText() // all that the world knows of the feed
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/" + string(guess): http.StatusGone,
		"/" + callback(wire, news.Push{Secret: "guessed"}):  http.StatusGone,
		"/" + callback(wire, sub):                           http.StatusOK,
		"/behind/a/proxy/" + callback(wire, sub):            http.StatusOK,
		"/" + callback(post, news.Push{Secret: sub.Secret}): http.StatusGone,
	} {
		if got := d.pushes.question(path, q); got != want {
			t.Errorf("%s is answered %d, want %d", path, got, want)
		}
	}
	// A new subscription leaves the old address to nobody.
	d.pushes.change(wire, func(s *news.Push) { s.Secret = "another" })
	if got := d.pushes.question("/"+callback(wire, sub), q); got != http.StatusGone {
		t.Errorf("the address of the subscription before is answered %d", got)
	}
}

func TestWhoSendsTheWorldsRequestsSlowlyIsCutOff(t *testing.T) {
	d, err := reachable(t, t.TempDir(), &world{}, false, freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	found := false
	for _, s := range d.serve(cancel) {
		defer s.Close()
		if s.Handler != d.pushes {
			continue
		}
		found = true
		// Also of requests whose body nobody wants, as to an unknown address.
		if s.ReadTimeout <= 0 || s.ReadTimeout > 30*time.Second || s.WriteTimeout <= 0 {
			t.Errorf("a request may take %v to come, %v to be answered", s.ReadTimeout, s.WriteTimeout)
		}
	}
	if !found {
		t.Error("nobody listens to hubs")
	}
}

func TestADryRunBesideTheServiceLeavesTheHubsToIt(t *testing.T) {
	dir, at := t.TempDir(), freeAddress(t)
	service, err := reachable(t, dir, &world{}, false, at)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	_, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	for _, s := range service.serve(cancel) {
		defer s.Close()
	}
	dry, err := reachable(t, dir, &world{}, true, at)
	if err != nil {
		t.Fatal(err)
	}
	defer dry.Close()
	if dry.pushes != nil {
		t.Error("it listens to hubs")
	}
}

func TestAPushThatIsStoredEndsTheTroubleOfTheOneBefore(t *testing.T) {
	w := &world{}
	w.set(wire, rss())
	d := watch(t, w, t.TempDir())
	d.round(t.Context(), wire)
	d.storeTrouble(wire, errors.New("no room"))
	if d.storing.err() == nil {
		t.Fatal("no trouble")
	}
	body := []byte(rss(entry("wire", 1, "NATO ministers meet in Riga")))
	if result, err := d.pushed(t.Context(), wire, body, "application/rss+xml", wire); err != nil || result != "new" {
		t.Fatal(result, err)
	}
	if err := d.storing.err(); err != nil {
		t.Errorf("unhealthy until the next poll: %v", err)
	}
}
