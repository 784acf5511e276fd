package feeds

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// maxPage is how much of a refusal is read to see who refuses.
const maxPage = 64 << 10

// refusal is the verdict on an answer that brings no feed.
func (x *exchange) refusal(resp *http.Response, page []byte) *Error {
	if sign := wall(resp, page); sign != "" {
		return x.walled(resp, sign)
	}
	status := resp.StatusCode
	switch {
	case status == http.StatusTooManyRequests || status == 420:
		e := x.fail(ClassRateLimited, resp, "the server finds that we ask too often (%d); all feeds of this host wait%s", status, x.until(resp))
		e.Host = true
		return e
	case status == http.StatusServiceUnavailable:
		return x.fail(ClassUnavailable, resp, "the server is not available (503); it is asked again%s", x.until(resp))
	case status == http.StatusGone:
		return x.fail(ClassGone, resp, "the feed is gone for good (410); look for its new address on the outlet's site, or remove it from the config")
	case status == http.StatusNotFound:
		return x.fail(ClassNotFound, resp, "there is no such page (404); it is asked again ever more rarely; if it stays so, look for the feed's new address on the outlet's site")
	case status == http.StatusUnauthorized:
		return x.fail(ClassAuth, resp, "the feed wants a name and a password (401); %s", x.credentials())
	case status == http.StatusProxyAuthRequired:
		return x.fail(ClassAuth, resp, "the proxy wants a name and a password (407); put them into the proxy's address")
	case status == http.StatusForbidden:
		return x.fail(ClassForbidden, resp, "the server refuses us (403); see whether the address works in a browser, and write to the outlet if it does")
	case status == http.StatusRequestTimeout:
		return x.fail(ClassTimeout, resp, "the server gave up waiting for our request (408); it is asked again")
	case status >= 500:
		return x.fail(ClassServerError, resp, "the server has a fault (%d); it is asked again", status)
	case status == http.StatusNoContent || status == http.StatusResetContent:
		return x.fail(ClassNotFeed, resp, "the answer is empty (%d); look at the address in a browser", status)
	case status == http.StatusPaymentRequired || status == http.StatusMethodNotAllowed ||
		status == http.StatusNotAcceptable || status == http.StatusUnavailableForLegalReasons:
		return x.fail(ClassForbidden, resp, "the server refuses us (%d); see whether the address works in a browser", status)
	}
	return x.fail(ClassServerError, resp, "an answer that no feed gives (%d); check the address in a browser", status)
}

// fail is an error about a response, with the wish that it carries.
func (x *exchange) fail(class Class, resp *http.Response, format string, args ...any) *Error {
	e := &Error{Class: class, Status: resp.StatusCode, Message: x.place() + fmt.Sprintf(format, args...)}
	if resp.StatusCode >= 400 {
		e.RetryAfter = retryAfter(resp.Header, x.now)
	}
	return e
}

// walled is the verdict on a page that is meant to keep programs out.
func (x *exchange) walled(resp *http.Response, sign string) *Error {
	e := x.fail(ClassBotWall, resp, "%s keeps programs out (status %d); ask the outlet to let our User-Agent in, or find another feed of it", sign, resp.StatusCode)
	e.Host = resp.StatusCode == http.StatusTooManyRequests
	return e
}

// blocked is the refusal to ask an address at all.
func (x *exchange) blocked(format string, args ...any) *Error {
	return &Error{Class: ClassRedirectBlocked, Message: x.place() + fmt.Sprintf(format, args...)}
}

// loop is the verdict on redirects without end.
func (x *exchange) loop(t *trail) *Error {
	what := fmt.Sprintf("more than %d redirects", maxRedirects)
	at := bare(x.at)
	if slices.Contains(t.urls, at) {
		what = "the redirects go round in a circle"
	}
	return &Error{Class: ClassRedirectLoop, Message: x.place() + what + "; open the address in a browser and put the one where it ends into the config"}
}

// place names where it happened: the hop, and the configured host if a
// redirect led elsewhere.
func (x *exchange) place() string {
	if x.at == nil {
		return ""
	}
	s := safeURL(x.at)
	if x.at.Host == "" {
		return s + ": "
	}
	if bare(x.at) != x.feed.URL && !strings.Contains(x.feed.URL, "@") && origin(x.at) != x.origin {
		s += " (redirected)"
	}
	return s + ": "
}

func (x *exchange) credentials() string {
	if origin(x.at) != x.origin {
		return "the one in the config is not sent to another host than the configured one"
	}
	if x.feed.User != "" || x.feed.Password != "" || x.at.User != nil || len(x.feed.Headers) > 0 {
		return "the ones in the config are not accepted"
	}
	return "put them into the config"
}

// until says how long the server asks us to wait.
func (x *exchange) until(resp *http.Response) string {
	t := retryAfter(resp.Header, x.now)
	if t.IsZero() {
		return " later"
	}
	return " after " + t.UTC().Format("2006-01-02 15:04:05 MST") + ", as it wishes"
}

// encodings are the layers of compression, innermost first.
func encodings(h http.Header) string {
	return strings.Join(h.Values("Content-Encoding"), ",")
}
