package feeds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Answer is what a feed said in one round. It changes nothing by itself;
// [Apply] writes what follows from it into the feed's state.
type Answer struct {
	Status    int
	Unchanged bool // 304, or a body that is known by its hash; nothing to parse
	Delta     bool // 226: only what is new, so that absence means nothing
	Audit     bool // a whole body was asked for just after a 304, to see whether that was true

	Body        []byte // decoded; nil if Unchanged
	BodyHash    uint64 // of a whole body; 0 if there was none
	Complete    bool   // the body ended where it should
	ContentType string
	FinalURL    string          // where the answer came from; links are relative to it
	Permanent   string          // where an unbroken chain of permanent redirects leads; "" if none
	Validators  news.Validators // as this answer gave them, byte for byte; never from a cut body

	Wish       time.Time // no sooner, asks the answer; zero if it does not
	WishReason string    // the header that asks
	Date       time.Time // the server's clock
	Hub, Self  string    // WebSub, from Link headers

	Wire  int64         // body bytes on the wire
	Took  time.Duration // from the request to the last byte
	Proto string
}

// Fetch asks a feed once, as politely as what is remembered of it allows. st
// may be nil; it is read, not changed.
//
// A failure is an [*Error], except that the end of ctx is returned as it is.
// A body that was cut off or too large comes with its error and with what
// arrived: its items may be read, its validators are not given.
func (c *Client) Fetch(ctx context.Context, feed news.Feed, st *news.FeedState, now time.Time) (Answer, error) {
	if st == nil {
		st = &news.FeedState{}
	}
	start := time.Now()
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	run, done := context.WithTimeoutCause(run, c.opt.Timeout, errRound)
	defer done()

	x := &exchange{c: c, feed: feed, st: st, now: now, stop: stop}
	x.known, x.audit = remembered(st, now)
	ans, err := x.run(run)
	ans.Took = time.Since(start)
	if err == nil {
		return ans, nil
	}
	if ctx.Err() != nil {
		return Answer{}, context.Cause(ctx)
	}
	return ans, x.verdict(run, err)
}

// exchange is one round with one feed.
type exchange struct {
	c     *Client
	feed  news.Feed
	st    *news.FeedState
	now   time.Time
	known news.Validators // that may be sent
	audit bool            // a 304 is to be verified
	stop  func(error)

	origin string          // to which alone the feed's secrets go
	at     *url.URL        // the hop being asked
	sent   news.Validators // what the last request carried
}

// run follows redirects until an answer comes.
func (x *exchange) run(ctx context.Context) (Answer, error) {
	u, err := url.Parse(x.feed.URL)
	if err != nil {
		return Answer{}, x.blocked("the address %q cannot be read; correct it in the config", x.feed.URL)
	}
	x.origin, x.at = origin(u), u
	trail := trail{unbroken: true}
	for hops := 0; ; hops++ {
		if err := checkURL(x.at); err != nil {
			return Answer{}, x.blocked("%v", err)
		}
		resp, err := x.ask(ctx)
		if err != nil {
			return Answer{}, err
		}
		if !redirects(resp.StatusCode) {
			ans, err := x.read(resp, trail)
			if err == nil && ans.Status == http.StatusNotModified && x.audit {
				return x.verify(ctx, ans, trail), nil
			}
			return ans, err
		}
		drain(resp.Body)
		if hops == maxRedirects {
			return Answer{}, x.loop(&trail)
		}
		if err := x.follow(resp, &trail); err != nil {
			return Answer{}, err
		}
	}
}

// verify asks once more, without validators, where a 304 just came from. Only
// so close to one another do the two answers tell a lie from news that came
// in between. If the second answer is of no use the first one holds.
func (x *exchange) verify(ctx context.Context, not Answer, t trail) Answer {
	select {
	case <-time.After(auditPause):
	case <-ctx.Done():
		return not
	}
	x.known = news.Validators{}
	not.Audit = true
	resp, err := x.ask(ctx)
	if err != nil {
		return not
	}
	if resp.StatusCode != http.StatusOK {
		drain(resp.Body)
		return not
	}
	ans, err := x.read(resp, t)
	if err != nil || !ans.Complete {
		return not
	}
	ans.Audit = true
	return ans
}

// ask sends one request to the present hop.
func (x *exchange) ask(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x.at.String(), nil)
	if err != nil {
		return nil, x.blocked("the address cannot be asked: %v", err)
	}
	x.head(req)
	if x.feed.Insecure && x.at.Scheme == "https" && origin(x.at) == x.origin {
		return x.c.lax.RoundTrip(req)
	}
	return x.c.roundTripper(x.at.Host).RoundTrip(req)
}

// read turns the last hop's response into an answer.
func (x *exchange) read(resp *http.Response, t trail) (Answer, error) {
	ans := x.envelope(resp, t)
	body := newWatch(resp.Body, x.stop)
	defer resp.Body.Close()
	defer body.end()
	switch resp.StatusCode {
	case http.StatusNotModified:
		return x.notModified(ans, resp)
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusIMUsed:
	default:
		page, _ := x.c.readBody(&counter{r: body, max: maxPage}, resp.Header.Get("Content-Encoding"))
		return ans, x.refusal(resp, page)
	}

	b, err := x.c.readBody(body, encodings(resp.Header))
	ans.Wire, ans.Body = body.n.Load(), b
	if err != nil {
		return x.partial(ans, err, body.err)
	}
	if sign := wall(resp, b); sign != "" {
		return Answer{Status: ans.Status, FinalURL: ans.FinalURL}, x.walled(resp, sign)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return Answer{Status: ans.Status}, x.fail(ClassNotFeed, resp, "the answer is empty; look at the address in a browser")
	}
	ans.Complete = delimited(resp) || endsWell(b)
	if !ans.Complete {
		return ans, nil
	}
	ans.Validators = x.given(resp)
	if !ans.Delta {
		ans.BodyHash = hashBody(b)
		if ans.BodyHash == x.st.BodyHash {
			ans.Unchanged, ans.Body = true, nil
		}
	}
	return ans, nil
}

// envelope fills in what every answer has, whatever its status.
func (x *exchange) envelope(resp *http.Response, t trail) Answer {
	ans := Answer{
		Status:      resp.StatusCode,
		Delta:       resp.StatusCode == http.StatusIMUsed,
		ContentType: resp.Header.Get("Content-Type"),
		FinalURL:    bare(x.at),
		Permanent:   t.permanent,
		Proto:       resp.Proto,
	}
	if d, reason := freshFor(resp.Header, x.now); d > 0 {
		ans.Wish, ans.WishReason = x.now.Add(d), reason
	}
	if d, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		ans.Date = d.UTC()
	}
	ans.Hub, ans.Self = hubLinks(resp.Header, x.at)
	return ans
}

// notModified believes a 304 only if we asked for one. It may carry new
// validators.
func (x *exchange) notModified(ans Answer, resp *http.Response) (Answer, error) {
	if x.sent == (news.Validators{}) {
		return Answer{Status: ans.Status, FinalURL: ans.FinalURL}, &Error{
			Class: ClassServerError, Status: ans.Status,
			Message: x.place() + "the server says \"not modified\" to a request that asked no such thing; it is asked again later",
		}
	}
	ans.Unchanged, ans.Complete, ans.Validators = true, true, x.given(resp)
	return ans, nil
}

// partial is a body that did not come whole, for a reason of the decoder or
// of the wire. What came is kept unless it was made to harm.
func (x *exchange) partial(ans Answer, err, wire error) (Answer, error) {
	if errors.Is(err, errBomb) || errors.Is(err, errLayers) {
		ans.Body = nil
	}
	if wire != nil {
		err = wire
	}
	ans.Complete = false
	return ans, &bodyError{err: err, got: len(ans.Body), wire: wire != nil}
}

// given are the validators of a whole answer, byte for byte.
func (x *exchange) given(resp *http.Response) news.Validators {
	v := news.Validators{URL: bare(x.at), ETag: resp.Header.Get("Etag"), LastModified: resp.Header.Get("Last-Modified")}
	if len(v.ETag) > maxValidator {
		v.ETag = ""
	}
	if len(v.LastModified) > maxValidator {
		v.LastModified = ""
	}
	if v.ETag == "" && v.LastModified == "" {
		return news.Validators{}
	}
	return v
}

// delimited reports whether the protocol itself says where the body ends, so
// that a cut would have been noticed.
func delimited(resp *http.Response) bool {
	return resp.ProtoMajor >= 2 || resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0
}

// endsWell reports whether a body of unknown length has its closing tag.
func endsWell(b []byte) bool {
	tail := bytes.ToLower(b[max(0, len(b)-4096):])
	for _, end := range []string{"</rss>", "</feed>", ":rdf>", "</rdf>", "</urlset>", "</html>", ":feed>", ":rss>"} {
		if bytes.Contains(tail, []byte(end)) {
			return true
		}
	}
	tail = bytes.TrimSpace(tail)
	return len(tail) > 0 && (tail[len(tail)-1] == '}' || tail[len(tail)-1] == ']')
}

// hashBody is the body's fingerprint; never 0.
func hashBody(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return max(1, binary.BigEndian.Uint64(sum[:8]))
}
