package slack

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

const (
	bodyLimit    = 16 << 20
	noRetryAfter = 60 * time.Second // where a limit comes without a wait
	longLimit    = 10 * time.Minute // the workspace is over its message limit
	mostWait     = time.Hour
)

// wire is the way to Slack. It makes limits speak one language, bounds what
// is read, tells requests that never left from those that may have arrived,
// and measures Slack's clock.
type wire struct {
	next http.RoundTripper
	skew atomic.Int64 // Slack's clock ahead of ours, in nanoseconds
}

// unsent wraps the error of a request of which no byte was written.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var asked, got atomic.Bool
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}))
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		if asked.Load() && !got.Load() || neverLeft(err) {
			return nil, unsent{err}
		}
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		w.skew.Store(int64(time.Until(date)))
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		if err := plainLimit(resp); err != nil {
			return nil, err
		}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, bodyLimit), resp.Body}
	return resp, nil
}

// neverLeft tells whether an error arose before there was a connection.
func neverLeft(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.UnknownAuthorityError](err)
	return ok
}

// plainLimit rewrites a limit's Retry-After, which may be a date, zero or not
// there at all, as whole seconds.
func plainLimit(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	resp.Body.Close()
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	wait := noRetryAfter
	if strings.Contains(string(body), "message_limit_exceeded") {
		wait = longLimit
	}
	raw := strings.TrimSpace(resp.Header.Get("Retry-After"))
	var seconds int
	if _, err := fmt.Sscanf(raw, "%d", &seconds); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(raw); err == nil {
		now, err := http.ParseTime(resp.Header.Get("Date")) // by the same clock
		if err != nil {
			now = time.Now()
		}
		wait = at.Sub(now) + time.Second // both are cut to whole seconds
	}
	wait = min(max(wait.Round(time.Second), time.Second), mostWait)
	resp.Header.Set("Retry-After", fmt.Sprint(int(wait.Seconds())))
	return nil
}
