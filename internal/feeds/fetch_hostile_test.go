package feeds

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/watcherd/watcherd/internal/news"
)

// rawServer answers every connection with what say writes, after it has read
// the request's head.
func rawServer(t *testing.T, say func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 4096))
				say(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// bomb is n zero bytes, packed.
func bomb(t testing.TB, kind string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch kind {
	case "gzip":
		w, _ = gzip.NewWriterLevel(&b, 9)
	case "br":
		w = brotli.NewWriterLevel(&b, 5)
	case "zstd":
		w, _ = zstd.NewWriter(&b)
	}
	chunk := make([]byte, 1<<20)
	for range n >> 20 {
		w.Write(chunk)
	}
	w.Close()
	return b.Bytes()
}

func TestBombsAreDefused(t *testing.T) {
	const size = 16 << 20
	twice := func(kind string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(bomb(t, kind, size))
		z.Close()
		return b.Bytes()
	}
	for _, c := range []struct {
		name, encoding string
		body           []byte
	}{
		{"gzip", "gzip", bomb(t, "gzip", size)},
		{"br", "br", bomb(t, "br", size)},
		{"zstd", "zstd", bomb(t, "zstd", size)},
		{"not labelled", "", bomb(t, "gzip", size)},
		{"nested", "gzip, gzip", twice("gzip")},
		{"nested, not labelled", "gzip", twice("zstd")},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := server(t, func(w http.ResponseWriter, r *http.Request) {
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				w.Write(c.body)
			})
			client := localClient(t, Options{})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ans, err := client.Fetch(t.Context(), news.Feed{URL: url}, nil, fetchNow)
			runtime.ReadMemStats(&after)
			wantClass(t, err, ClassBomb)
			if ans.Body != nil || ans.Complete || ans.BodyHash != 0 {
				t.Errorf("%d bytes of a bomb were kept", len(ans.Body))
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("%d MB were allocated in all", used>>20)
			}
		})
	}
}

func TestEncodingsOverOneAnotherEnd(t *testing.T) {
	body := []byte(tinyFeed)
	for range 10 {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(body)
		z.Close()
		body = b.Bytes()
	}
	client := NewClient(Options{Transport: serve(func(w http.ResponseWriter, r *http.Request) { w.Write(body) })})
	_, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/"}, nil, fetchNow)
	wantClass(t, err, ClassBomb)
}

func TestBodiesThatDoNotComeWhole(t *testing.T) {
	long := tinyFeed[:len(tinyFeed)-6] + strings.Repeat(" ", 5000)
	packed := func() string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, tinyFeed+fmt.Sprint(strings.Split(strings.Repeat("x", 3000), "")))
		z.Close()
		return b.String()
	}()
	head := "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nLast-Modified: Wed, 04 Mar 2026 11:00:00 GMT\r\n"
	for _, c := range []struct {
		name string
		say  string
		rst  bool
		want Class // "" if it counts as an answer that is not complete
		kept bool
	}{
		{"shorter than its length", head + "Content-Length: 9000\r\n\r\n" + long, false, ClassTruncated, true},
		{"chunks without an end", head + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + long[:1024] + "\r\n", false, ClassTruncated, true},
		{"reset in the middle", head + "Content-Length: 900000\r\n\r\n" + long, true, ClassReset, true},
		{"gzip cut off", head + "Content-Encoding: gzip\r\n\r\n" + packed[:len(packed)-20], false, ClassTruncated, true},
		{"gzip damaged", head + "Content-Encoding: gzip\r\n\r\n" + packed[:30] + "\xff\xff\xff" + packed[33:], false, ClassBadEncoding, false},
		{"an encoding that nobody knows", head + "Content-Encoding: rot13\r\n\r\n\x01\x02\x03 scrambled", false, ClassBadEncoding, false},
		{"an end by closing, without the closing tag", head + "\r\n" + long, false, "", true},
		{"closed before the head", "", false, ClassReset, false},
		{"closed within the head", "HTTP/1.1 200 OK\r\nETag: ", false, ClassReset, false},
		{"no HTTP at all", "220 mail.example ESMTP\r\n", false, ClassBadHeaders, false},
		{"a head without end", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 300), false, ClassBadHeaders, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := rawServer(t, func(conn net.Conn) {
				io.WriteString(conn, c.say)
				if c.rst {
					time.Sleep(50 * time.Millisecond) // let what was sent arrive
					conn.(*net.TCPConn).SetLinger(0)
				}
			})
			ans, err := localClient(t, Options{}).Fetch(t.Context(), news.Feed{URL: url}, nil, fetchNow)
			if c.want != "" {
				wantClass(t, err, c.want)
			} else if err != nil {
				t.Fatal(err)
			}
			if ans.Complete || ans.Validators != (news.Validators{}) || ans.BodyHash != 0 {
				t.Errorf("complete %v, validators %+v, hash %d", ans.Complete, ans.Validators, ans.BodyHash)
			}
			if c.kept && !strings.Contains(string(ans.Body), "<title>One</title>") {
				t.Errorf("what came was not kept: %d bytes", len(ans.Body))
			}
			st := &news.FeedState{Validators: news.Validators{URL: url, ETag: `"old"`}, BodyHash: 7}
			if err == nil {
				Apply(st, ans, Reading{Fresh: 1}, fetchNow)
			} else {
				Fail(st, err, fetchNow)
			}
			if st.Validators.ETag != `"old"` || st.BodyHash != 7 {
				t.Errorf("a body that did not come whole advanced the validators: %+v", st.Validators)
			}
		})
	}
}

func TestAnEndByClosingIsCompleteWithItsClosingTag(t *testing.T) {
	url := rawServer(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.0 200 OK\r\nETag: \"v\"\r\n\r\n"+tinyFeed+"\n") })
	ans, err := localClient(t, Options{}).Fetch(t.Context(), news.Feed{URL: url}, nil, fetchNow)
	if err != nil || !ans.Complete || ans.Validators.ETag != `"v"` {
		t.Errorf("err %v, complete %v, validators %+v", err, ans.Complete, ans.Validators)
	}
}

func TestTooLargeIsCutAndKept(t *testing.T) {
	client := NewClient(Options{MaxBody: 100_000, Transport: serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v"`)
		io.WriteString(w, tinyFeed+strings.Repeat("<!-- more -->", 100_000))
	})})
	ans, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/"}, nil, fetchNow)
	wantClass(t, err, ClassTooLarge)
	if n := len(ans.Body); n < 90_000 || n > 100_000 || ans.Validators.ETag != "" {
		t.Errorf("%d bytes kept, validators %+v", n, ans.Validators)
	}
}

// drip gives one byte, or a few, after each pause.
type drip struct {
	pause time.Duration
	n     int
	done  <-chan struct{}
}

func (d *drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(d.pause):
	case <-d.done:
		return 0, errors.New("canceled")
	}
	for i := range p[:d.n] {
		p[i] = ' '
	}
	return d.n, nil
}
func (d *drip) Close() error { return nil }

func TestTrickles(t *testing.T) {
	for _, c := range []struct {
		name   string
		pause  time.Duration
		n      int
		within time.Duration
	}{
		{"a byte a second", time.Second, 1, 11 * time.Second},
		{"nothing at all", time.Hour, 1, 11 * time.Second},
		{"a good rate without end is ended by the round", 100 * time.Millisecond, 200, 31 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := NewClient(Options{Transport: inProcess(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, Header: http.Header{}, ContentLength: -1,
						Body: &drip{c.pause, c.n, r.Context().Done()}, Request: r}, nil
				})})
				start := time.Now()
				_, err := client.Fetch(t.Context(), news.Feed{URL: "https://example.org/"}, nil, start)
				wantClass(t, err, ClassTimeout)
				if d := time.Since(start); d > c.within {
					t.Errorf("ended after %v", d)
				}
			})
		})
	}
}

func TestTLSFaultsAreNamed(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	client := localClient(t, Options{})
	_, err := client.Fetch(t.Context(), news.Feed{URL: srv.URL}, nil, fetchNow)
	if e := wantClass(t, err, ClassTLS); !strings.Contains(e.Message, "signed by nobody we know") {
		t.Errorf("message %q", e.Message)
	}
	plain := server(t, func(http.ResponseWriter, *http.Request) {})
	_, err = client.Fetch(t.Context(), news.Feed{URL: strings.Replace(plain, "http:", "https:", 1)}, nil, fetchNow)
	wantClass(t, err, ClassTLS)
}

func TestHTTP2IsSpokenAndGivenUpWhereItFails(t *testing.T) {
	var protos []string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protos = append(protos, r.Proto)
		if r.URL.Path == "/bad" && r.ProtoMajor == 2 {
			panic(http.ErrAbortHandler) // a stream error
		}
		io.WriteString(w, tinyFeed)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	client := localClient(t, Options{})
	for _, rt := range []http.RoundTripper{client.main, client.plain} {
		rt.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	}
	if _, err := client.Fetch(t.Context(), news.Feed{URL: srv.URL + "/"}, nil, fetchNow); err != nil {
		t.Fatal(err)
	}
	_, err := client.Fetch(t.Context(), news.Feed{URL: srv.URL + "/bad"}, nil, fetchNow)
	wantClass(t, err, ClassReset)
	if _, err := client.Fetch(t.Context(), news.Feed{URL: srv.URL + "/bad"}, nil, fetchNow); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(protos); got != "[HTTP/2.0 HTTP/2.0 HTTP/1.1]" {
		t.Errorf("spoken: %s", got)
	}
}

func TestDeadHosts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	client := localClient(t, Options{})
	_, err = client.Fetch(t.Context(), news.Feed{URL: "http://" + addr}, nil, fetchNow)
	if wantClass(t, err, ClassConnect); !ClassOf(err).Network() {
		t.Error("a refused connection may be our own network")
	}
	_, err = client.Fetch(t.Context(), news.Feed{URL: "http://no-such-host.invalid/"}, nil, fetchNow)
	wantClass(t, err, ClassDNS)
}

func FuzzReadBodyIsBounded(f *testing.F) {
	f.Add([]byte(tinyFeed), "gzip")
	for _, kind := range []string{"gzip", "br", "zstd"} {
		f.Add(bomb(f, kind, 4<<20), kind)
	}
	f.Add([]byte("\x1f\x8b\x1f\x8b"), "gzip, br, zstd, deflate")
	client := NewClient(Options{MaxBody: 1 << 20})
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		out, err := client.readBody(bytes.NewReader(body), encoding)
		if len(out) > 1<<20 {
			t.Fatalf("%d bytes came out (%v)", len(out), err)
		}
	})
}
