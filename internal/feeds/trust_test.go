package feeds

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// round is one round with a feed as the daemon makes it, with a body's first
// sight as its news.
func round(t *testing.T, c *Client, url string, st *news.FeedState, seen map[string]bool, now time.Time) (Answer, error) {
	t.Helper()
	ans, err := c.Fetch(t.Context(), news.Feed{URL: Address(url, st)}, st, now)
	if err != nil {
		Fail(st, err, now)
		return ans, err
	}
	fresh := 0
	for title := range strings.SplitSeq(string(ans.Body), "<title>") {
		title, _, ok := strings.Cut(title, "</title>")
		if ok && !seen[title] {
			seen[title] = true
			fresh++
		}
	}
	Apply(st, ans, Reading{Fresh: fresh}, now)
	return ans, nil
}

// Over thousands of scripted exchanges every request carries exactly the last
// validators that the server sent for that URL.
func TestValidatorsAreByteExactAndIndependent(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	etags := []string{"", `"a"`, `W/"b"`, `unquoted`, `"with space"`, `W/"été"`, `"-gzip"`, `"` + strings.Repeat("x", 8000) + `"`, `"comma, inside"`, "W/\"\xff\xfe\""}
	dates := []string{"", "Wed, 04 Mar 2026 11:00:00 GMT", "2026-03-04", "Tue, 01 Jan 2041 00:00:00 GMT", "garbage ü"}
	var want news.Validators
	status, etag, date, body, path := 200, "", "", 0, "/a"
	requests := 0
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		requests++
		url := r.URL.String()
		sent := news.Validators{ETag: r.Header.Get("If-None-Match"), LastModified: r.Header.Get("If-Modified-Since")}
		expect := want
		if expect.URL != url {
			expect = news.Validators{}
		}
		if sent.ETag != expect.ETag || sent.LastModified != expect.LastModified {
			t.Fatalf("request %d to %s carries %q, want %q", requests, url, sent, expect)
		}
		if got := r.Header.Get("A-Im"); (got == "feed") != (expect.ETag != "") {
			t.Fatalf("A-IM %q with ETag %q", got, expect.ETag)
		}
		if etag != "" {
			w.Header()["Etag"] = []string{etag}
		}
		if date != "" {
			w.Header()["Last-Modified"] = []string{date}
		}
		w.WriteHeader(status)
		if status == 200 || status == 226 {
			io.WriteString(w, strings.Replace(tinyFeed, "One", fmt.Sprint(body), 1))
		}
	})})
	st := &news.FeedState{}
	now := fetchNow
	for range 10_000 {
		now = now.Add(time.Minute)
		st.Trust = news.Trust{Audited: now} // audits have their own test
		etag, date = etags[rng.IntN(len(etags))], dates[rng.IntN(len(dates))]
		if rng.IntN(3) > 0 {
			body = rng.IntN(100)
		}
		if rng.IntN(20) == 0 {
			path = []string{"/a", "/b"}[rng.IntN(2)]
		}
		url := "https://example.org" + path
		conditional := want.URL == url && (want.ETag != "" || want.LastModified != "")
		status = []int{200, 200, 200, 304, 304, 500, 226}[rng.IntN(7)]
		if !conditional && (status == 304 || status == 226) {
			status = 200
		}
		ans, err := client.Fetch(t.Context(), news.Feed{URL: url}, st, now)
		given := news.Validators{URL: url, ETag: etag, LastModified: date}
		if etag == "" && date == "" {
			given = news.Validators{}
		}
		switch {
		case status == 500:
			wantClass(t, err, ClassServerError)
			Fail(st, err, now)
			continue
		case err != nil:
			t.Fatal(err)
		case status == 200:
			want = given
		default:
			if etag != "" {
				want.ETag = etag
			}
			if date != "" {
				want.LastModified = date
			}
		}
		if ans.Validators != given {
			t.Fatalf("answer gives %q, sent %q", ans.Validators, given)
		}
		Apply(st, ans, Reading{}, now)
		if st.Validators != want {
			t.Fatalf("remembered %q, want %q (status %d)", st.Validators, want, status)
		}
	}
}

func TestAPartialReadingDoesNotAdvance(t *testing.T) {
	st := &news.FeedState{Validators: news.Validators{URL: "u", ETag: "old"}, BodyHash: 3}
	Apply(st, Answer{Status: 200, Complete: true, BodyHash: 9, Validators: news.Validators{URL: "u", ETag: "new"}}, Reading{Fresh: 1, Partial: true}, fetchNow)
	if st.Validators.ETag != "old" || st.BodyHash != 3 || st.Health.State != StateOK {
		t.Errorf("state %+v", st)
	}
}

func TestAnOversizeValidatorIsNotKept(t *testing.T) {
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", strings.Repeat("x", maxValidator+1))
		w.Header().Set("Last-Modified", "d")
		io.WriteString(w, tinyFeed)
	})})
	ans, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/"}, nil, fetchNow)
	if err != nil || ans.Validators.ETag != "" || ans.Validators.LastModified != "d" {
		t.Errorf("%+v %v", ans.Validators, err)
	}
}

func TestAKnownBodyIsUnchangedAndItsValidatorsAreAdopted(t *testing.T) {
	n := 0
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Etag", fmt.Sprint(n))
		io.WriteString(w, tinyFeed)
	})})
	st, seen := &news.FeedState{}, map[string]bool{}
	round(t, client, "https://example.org/", st, seen, fetchNow)
	ans, err := round(t, client, "https://example.org/", st, seen, fetchNow.Add(time.Hour))
	if err != nil || !ans.Unchanged || ans.Body != nil || st.Validators.ETag != "2" {
		t.Errorf("unchanged %v, etag %q, err %v", ans.Unchanged, st.Validators.ETag, err)
	}
}

// inBubble gives a test fake time, so that pauses cost nothing.
func inBubble(f func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, f) }
}

// A lying server is one whose feed gains stories while its labels say otherwise.
func TestLyingServersAreFoundOut(t *testing.T) {
	type request struct{ conditional bool }
	for _, c := range []struct {
		name   string
		answer func(r request, story int) (status int, etag, date string)
		within time.Duration // the first hidden story is noticed
		liar   bool
	}{
		{"304 for ever, the same ETag", func(r request, n int) (int, string, string) {
			if r.conditional {
				return 304, `"x"`, ""
			}
			return 200, `"x"`, ""
		}, 24 * time.Hour, true},
		{"304 for ever, though the ETag changes", func(r request, n int) (int, string, string) {
			if r.conditional {
				return 304, "", ""
			}
			return 200, fmt.Sprint(n), ""
		}, 24 * time.Hour, true},
		{"304 for ever, though it knows when it changed", func(r request, n int) (int, string, string) {
			if r.conditional {
				return 304, "", ""
			}
			return 200, "", fetchNow.Add(time.Duration(n) * 10 * time.Hour).Format(http.TimeFormat)
		}, 24 * time.Hour, true},
		{"200 with the same ETag", func(r request, n int) (int, string, string) { return 200, `"x"`, "" }, 15 * time.Minute, true},
		{"no validators at all", func(r request, n int) (int, string, string) { return 200, "", "" }, 15 * time.Minute, false},
	} {
		t.Run(c.name, inBubble(func(t *testing.T) {
			now := fetchNow
			var bare []time.Time // unconditional requests
			story := func() int { return int(now.Sub(fetchNow) / (10 * time.Hour)) }
			client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
				req := request{r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""}
				if r.URL.RawQuery != "" {
					t.Fatal("query cruft")
				}
				if !req.conditional {
					bare = append(bare, now)
				}
				status, etag, date := c.answer(req, story())
				if etag != "" {
					w.Header().Set("Etag", etag)
				}
				if date != "" {
					w.Header().Set("Last-Modified", date)
				}
				w.WriteHeader(status)
				if status == 200 {
					io.WriteString(w, strings.Replace(tinyFeed, "One", fmt.Sprintf("story %d", story()), 1))
				}
			})})
			st, seen := &news.FeedState{}, map[string]bool{}
			convicted := time.Time{}
			for ; now.Before(fetchNow.Add(10 * 24 * time.Hour)); now = now.Add(15 * time.Minute) {
				if _, err := round(t, client, "https://example.org/", st, seen, now); err != nil {
					t.Fatal(err)
				}
				hidden := now.Sub(fetchNow) - c.within
				if n := int(hidden / (10 * time.Hour)); hidden > 0 && convicted.IsZero() && len(seen) > 0 && !anySince(seen, n) {
					t.Fatalf("after %v the stories up to %d are not known: %v", now.Sub(fetchNow), n, seen)
				}
				if st.Trust.Liar && convicted.IsZero() {
					convicted = now
				}
				if convicted.IsZero() && c.liar && len(bare) > 1 && bare[len(bare)-1].Sub(bare[len(bare)-2]) < auditEvery && c.within == auditEvery {
					t.Fatalf("two unconditional requests within %v", bare[len(bare)-1].Sub(bare[len(bare)-2]))
				}
			}
			if st.Trust.Liar != c.liar || st.Trust.Proven304 && c.liar {
				t.Errorf("trust %+v", st.Trust)
			}
			if c.liar && convicted.Sub(fetchNow) > 49*time.Hour {
				t.Errorf("convicted only after %v", convicted.Sub(fetchNow))
			}
			if len(seen) < 20 {
				t.Errorf("only %d of 24 stories were seen", len(seen))
			}
		}))
	}
}

// anySince reports whether a story of that number or later is known.
func anySince(seen map[string]bool, n int) bool {
	for k := range seen {
		var i int
		if fmt.Sscanf(k, "story %d", &i); i >= n {
			return true
		}
	}
	return false
}

func TestAnHonestServerIsAuditedOnceADayAndTrusted(t *testing.T) {
	inBubble(honestServer)(t)
}

func honestServer(t *testing.T) {
	now, full := fetchNow, 0
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		etag := fmt.Sprintf("W/%q", now.Format("2006-01-02")[:10]) // one story a day
		w.Header().Set("Etag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(304)
			return
		}
		full++
		// The build date changes all the time, which is no lie.
		fmt.Fprintf(w, "<!-- %v -->%s", now, strings.Replace(tinyFeed, "One", etag, 1))
	})})
	st, seen := &news.FeedState{}, map[string]bool{}
	for range 10 * 96 {
		if _, err := round(t, client, "https://example.org/", st, seen, now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(15 * time.Minute)
	}
	if st.Trust.Liar || !st.Trust.Proven304 || full > 12 {
		t.Errorf("trust %+v after %d full answers", st.Trust, full)
	}
}

func TestAnAuditThatIsRefusedIsNotRepeatedBeforeTheNextDay(t *testing.T) {
	inBubble(func(t *testing.T) {
		full, start := 0, fetchNow
		client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"x"`)
			switch {
			case r.Header.Get("If-None-Match") != "":
				w.WriteHeader(304)
			case full == 0:
				full++
				io.WriteString(w, tinyFeed)
			default:
				full++
				w.WriteHeader(429)
			}
		})})
		st, seen := &news.FeedState{}, map[string]bool{}
		for now := start; now.Before(start.Add(73 * time.Hour)); now = now.Add(15 * time.Minute) {
			if _, err := round(t, client, "https://example.org/", st, seen, now); err != nil {
				t.Fatal(err)
			}
		}
		if full != 4 {
			t.Errorf("asked in full %d times in three days, want once at first and once a day", full)
		}
	})(t)
}

func TestMovesAreBelievedAfterThreeSightingsOverADay(t *testing.T) {
	status, target := 301, "https://new.example/rss"
	goneNew := false
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Host == "old.example":
			w.Header().Set("Location", target)
			w.WriteHeader(status)
		case goneNew:
			w.WriteHeader(410)
		default:
			io.WriteString(w, tinyFeed)
		}
	})})
	const old = "https://old.example/rss"
	fresh := func() (*news.FeedState, func(time.Duration) string) {
		st, seen := &news.FeedState{ID: old}, map[string]bool{}
		return st, func(after time.Duration) string {
			round(t, client, old, st, seen, fetchNow.Add(after))
			return Address(old, st)
		}
	}
	_, poll := fresh()
	for _, h := range []int{0, 1, 2, 12, 23} {
		if got := poll(time.Duration(h) * time.Hour); got != old {
			t.Fatalf("moved to %s after %d h", got, h)
		}
	}
	if got := poll(24 * time.Hour); got != target {
		t.Errorf("still at %s after a day", got)
	}

	_, poll = fresh()
	poll(0)
	if got := poll(48 * time.Hour); got != old {
		t.Error("moved after two sightings")
	}

	_, poll = fresh()
	poll(0)
	poll(20 * time.Hour)
	status = 302
	poll(25 * time.Hour)
	status = 301
	if got := poll(26 * time.Hour); got != old {
		t.Error("moved though the run was broken by a temporary redirect")
	}

	status = 307
	_, poll = fresh()
	for d := range 10 {
		if got := poll(time.Duration(d) * 24 * time.Hour); got != old {
			t.Fatal("a temporary redirect moved the feed")
		}
	}

	status = 308
	st, poll := fresh()
	for h := range 3 {
		poll(time.Duration(h) * 12 * time.Hour)
	}
	if st.Move.URL != target {
		t.Fatalf("move %+v", st.Move)
	}
	goneNew = true
	if got := poll(30 * time.Hour); got != old || st.Health.State != StateFailing {
		t.Errorf("the new address is gone: asked at %s, health %+v; want the configured one again", got, st.Health)
	}
}

func TestHealthFollowsTheRounds(t *testing.T) {
	st := &news.FeedState{}
	at := func(h int) time.Time { return fetchNow.Add(time.Duration(h) * time.Hour) }
	fail := func(c Class, h int) news.Health {
		return Fail(st, &Error{Class: c, Message: "m " + string(c)}, at(h))
	}
	Apply(st, Answer{Status: 200, Complete: true}, Reading{Fresh: 1}, at(0))
	if st.Health.State != StateOK || st.LastGood != at(0) || st.LastNew != at(0) {
		t.Errorf("%+v", st)
	}
	for _, c := range []struct {
		class Class
		state string
		since int
	}{{ClassTimeout, StateFailing, 1}, {ClassDNS, StateFailing, 1}, {ClassBotWall, StateWalled, 3}, {ClassForbidden, StateWalled, 3}, {ClassAuth, StateFailing, 5}, {ClassGone, StateGone, 6}} {
		h := st.Health.Fails + 1
		fail(c.class, h)
		if st.Health.State != c.state || !st.Health.Since.Equal(at(c.since)) || st.Health.Class != string(c.class) || st.Health.Fails != h || st.LastPoll != at(h) {
			t.Errorf("after %s: %+v", c.class, st.Health)
		}
	}
	st.Health.Told = true
	was := Apply(st, Answer{Status: 304, Complete: true, Unchanged: true}, Reading{}, at(9))
	if !was.Told || was.State != StateGone || st.Health != (news.Health{State: StateOK, Since: at(9)}) {
		t.Errorf("was %+v, is %+v", was, st.Health)
	}
	st.Health = news.Health{State: StateQuiet, Since: at(1), Told: true}
	Apply(st, Answer{Status: 304, Complete: true, Unchanged: true}, Reading{}, at(10))
	if st.Health.State != StateQuiet || !st.Health.Told {
		t.Errorf("a 304 ended the silence: %+v", st.Health)
	}
	Apply(st, Answer{Status: 200, Complete: true}, Reading{Fresh: 1}, at(11))
	if st.Health.State != StateOK {
		t.Errorf("a new item did not end the silence: %+v", st.Health)
	}
}
