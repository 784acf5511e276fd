package feeds

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// errRound ends a round that took too long in all.
var errRound = errors.New("the round took too long")

// bodyError is a failure after the answer's head had come.
type bodyError struct {
	err  error
	got  int  // decoded bytes that were kept
	wire bool // the connection failed, not the decoder
}

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// verdict turns what went wrong into an [*Error].
func (x *exchange) verdict(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	class, what := x.diagnose(ctx, err)
	if b, ok := errors.AsType[*bodyError](err); ok && b.got > 0 {
		what += fmt.Sprintf(" (the first %d bytes came and are read)", b.got)
	}
	return &Error{Class: class, Message: x.place() + what, Err: err}
}

// diagnose finds the class of a failure and words for it. The order matters:
// our own reasons to stop come first, since they show as all sorts of errors.
func (x *exchange) diagnose(ctx context.Context, err error) (Class, string) {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTrickle):
		return ClassTimeout, cause.Error() + "; it is asked again"
	case errors.Is(cause, errRound):
		return ClassTimeout, fmt.Sprintf("no whole answer within %v; it is asked again; fetch.timeout allows more", x.c.opt.Timeout)
	}
	if closed, ok := prohibited(err); ok {
		return ClassRedirectBlocked, "closed to feeds: " + closed.what +
			"; if the feed really lives there, name its network in fetch.allow_private"
	}
	if b, ok := errors.AsType[*bodyError](err); ok {
		return x.diagnoseBody(b)
	}
	return x.diagnoseDial(err)
}

// diagnoseBody names failures after the head.
func (x *exchange) diagnoseBody(err *bodyError) (Class, string) {
	switch {
	case errors.Is(err, errBomb):
		return ClassBomb, fmt.Sprintf("the compressed answer unfolds to more than %d times its size; it is not read", maxRatio)
	case errors.Is(err, errLayers):
		return ClassBomb, fmt.Sprintf("the answer is compressed more than %d times over; it is not read", maxLayers)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return ClassBomb, "the compressed answer wants more memory to unfold than the web allows; it is not read"
	case errors.Is(err, errTooLarge):
		return ClassTooLarge, fmt.Sprintf("the answer is larger than %d bytes; fetch.max_body allows more", x.c.opt.MaxBody)
	case errors.Is(err, errEncoding):
		return ClassBadEncoding, err.Error() + "; it is asked again"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ClassTruncated, "the answer ends before its end; it is asked again"
	case !err.wire:
		return ClassBadEncoding, "the compressed answer is damaged: " + root(err) + "; it is asked again"
	}
	return ClassReset, "the connection broke during the answer: " + root(err) + "; it is asked again"
}

// diagnoseDial names failures before the answer's head was complete.
func (x *exchange) diagnoseDial(err error) (Class, string) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return ClassDNS, "the name " + clip(dns.Name) + " is not known; check the address in the config, and the resolver of this machine"
		}
		return ClassDNS, "the name " + clip(dns.Name) + " could not be looked up: " + clip(dns.Err) + "; it is asked again; if many feeds show this, look at the resolver of this machine"
	}
	if what := certificate(err); what != "" {
		return ClassTLS, what
	}
	op, isOp := errors.AsType[*net.OpError](err)
	s := err.Error()
	switch {
	case strings.Contains(s, "TLS handshake timeout"):
		return ClassTimeout, fmt.Sprintf("no secure connection within %v; it is asked again", tlsTimeout)
	case strings.Contains(s, "awaiting response headers"):
		return ClassTimeout, fmt.Sprintf("connected, but no answer within %v; it is asked again", headerTimeout)
	case isOp && (op.Op == "dial" || op.Op == "socks connect" || op.Op == "proxyconnect") && op.Timeout():
		return ClassConnect, fmt.Sprintf("no connection within %v; it is asked again; if many feeds show this, look at the network of this machine", dialTimeout)
	case isOp && (op.Op == "dial" || op.Op == "socks connect" || op.Op == "proxyconnect"):
		return ClassConnect, "no connection: " + root(err) + "; it is asked again"
	case strings.Contains(s, "server response headers exceeded"), strings.Contains(s, "malformed"),
		strings.Contains(s, "invalid header"), strings.Contains(s, "too many 1xx"), strings.Contains(s, "header list"):
		return ClassBadHeaders, "the head of the answer cannot be used: " + root(err) + "; it is asked again"
	case strings.Contains(s, "http2: ") || strings.Contains(s, "stream error"):
		x.c.old.Store(x.at.Host, true)
		return ClassReset, "the server's HTTP/2 is at fault: " + root(err) + "; it is asked by HTTP/1.1 from now on"
	}
	return ClassReset, "the connection broke before the answer: " + root(err) + "; it is asked again"
}

// certificate words what is wrong with a secure connection; "" if nothing is.
func certificate(err error) string {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the server's certificate is out of date, or the clock of this machine is wrong; it is asked again"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the server's certificate is for another name: " + root(err) + "; check the address in the config"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the server's certificate is signed by nobody we know; check the address, and the ca-certificates of this machine"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate is not valid: " + root(err)
	}
	_, alert := errors.AsType[tls.AlertError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	if s := err.Error(); alert || record || strings.Contains(s, "tls: ") || strings.Contains(s, "HTTP response to HTTPS client") {
		return "no secure connection: " + root(err) + "; see whether the address works with http:// or in a browser"
	}
	return ""
}

// root is the innermost text of an error.
func root(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return clip(err.Error())
		}
		err = next
	}
}
