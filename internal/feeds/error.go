package feeds

import (
	"errors"
	"time"
)

// Class is the kind of a failed round. The same word stands in health,
// metrics, logs and JSON.
type Class string

// The error classes. The words are part of the contract.
const (
	ClassDNS             Class = "dns"              // the host's name could not be resolved
	ClassConnect         Class = "connect"          // no connection to the host
	ClassTLS             Class = "tls"              // no secure connection: certificate or protocol
	ClassTimeout         Class = "timeout"          // too slow in one phase or in all
	ClassReset           Class = "reset"            // the connection broke during the exchange
	ClassTruncated       Class = "truncated"        // the body ended before its end
	ClassGone            Class = "gone"             // 410
	ClassNotFound        Class = "not_found"        // 404
	ClassServerError     Class = "server_error"     // 5xx but 503, and answers that make no sense
	ClassUnavailable     Class = "unavailable"      // 503
	ClassRateLimited     Class = "rate_limited"     // 429
	ClassForbidden       Class = "forbidden"        // 403 and other refusals without a challenge
	ClassAuth            Class = "auth"             // 401, 407
	ClassBotWall         Class = "bot_wall"         // a challenge page for browsers
	ClassNotFeed         Class = "not_feed"         // an answer that is no feed
	ClassRedirectLoop    Class = "redirect_loop"    // too many redirects
	ClassRedirectBlocked Class = "redirect_blocked" // a redirect or address that must not be followed
	ClassTooLarge        Class = "too_large"        // over the size cap
	ClassBomb            Class = "bomb"             // decompresses out of all proportion
	ClassHostileMarkup   Class = "hostile_markup"   // markup made to exhaust a parser
	ClassBadEncoding     Class = "bad_encoding"     // undecodable compression or characters
	ClassBadHeaders      Class = "bad_headers"      // the answer's head cannot be used
)

// Error is the verdict on a failed round: what happened, for a person, and
// what follows from it for the schedule.
type Error struct {
	Class   Class
	Message string // what, where, and the next step; for the operator

	// RetryAfter is the earliest next try that the server asked for; zero if
	// it did not. Host says that it binds every feed of the host.
	RetryAfter time.Time
	Host       bool
	Status     int // HTTP status; 0 if no answer came
	Err        error
}

// Error returns the message, led by the class.
func (e *Error) Error() string { return string(e.Class) + ": " + e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of an error of this package, and "" for others.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ""
}

// Network reports whether the failure happened before the host answered, so
// that our own connection may be to blame.
func (c Class) Network() bool { return c == ClassDNS || c == ClassConnect }

// Walled reports whether somebody keeps us out on purpose.
func (c Class) Walled() bool {
	return c == ClassBotWall || c == ClassForbidden
}
