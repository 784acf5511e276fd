// Package notify is what we say: it empties the outbox. The Courier takes the
// deliveries whose time has come, says each through a Notifier, and records
// the outcome so that neither a crash nor an unclear answer loses an alert or
// shows it twice. Manners (quiet hours, budgets, digests, mentions) and pace
// are kept here, for every protocol alike.
//
// It leaves to others what an alert says (the desk writes it whole), where it
// is stored (an Outbox) and how a protocol speaks (notify/slack and
// notify/terminal). Start reading at Courier.Run; outcome.go holds what
// follows from each answer, and plan.go what a delivery needs next.
package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watcherd/watcherd/internal/news"
)

// Notifier speaks one protocol. Its errors are of type *Error wherever it can
// tell what became of the message; any other error counts as Unknown.
type Notifier interface {
	// Say posts the delivery, once and without retries. If target names a
	// message, an update or correction changes it or replies to it, as
	// Alert.Updates wants; without a target it is said in full. The receipt
	// names the message that now tells the alert. If an error comes with a
	// receipt, the receipt's message is misplaced and is to be taken back.
	Say(ctx context.Context, d news.Delivery, target news.Receipt) (news.Receipt, error)

	// Look reads what readers can see and returns the copies of the
	// delivery that are there, the one to keep first. A further copy that
	// somebody has answered is not listed. No copies and no error means that
	// the whole history since Delivery.First was read and holds none.
	Look(ctx context.Context, d news.Delivery, target news.Receipt) ([]news.Receipt, error)

	// Unsay takes a message back. A message that is not there is no error.
	Unsay(ctx context.Context, r news.Receipt) error
}

// Outbox is the durable queue. A Delivery's Alert.ID is its name.
type Outbox interface {
	// Due lists the pending deliveries (see news.Delivery.Pending) whose Due
	// is not after now: urgent ones first, then by Due, at most n of them,
	// all if n <= 0.
	Due(ctx context.Context, now time.Time, n int) ([]news.Delivery, error)
	// Save writes all of the deliveries or none; when it returns nil they
	// are on the disk.
	Save(ctx context.Context, ds ...news.Delivery) error
	// Delivery finds one by name, whatever its state.
	Delivery(ctx context.Context, id news.AlertID) (news.Delivery, bool, error)
	// NextDue is the earliest Due after now of a pending delivery; zero if
	// there is none.
	NextDue(ctx context.Context, now time.Time) (time.Time, error)
}

// Tally is what an Outbox may offer beside: how many deliveries of kind alert
// were sent in a channel since a moment, urgent ones not counted. Without it
// a channel's budget counts from the start of the process.
type Tally interface {
	Told(ctx context.Context, channel string, since time.Time) (int, error)
}

// Class is what a failure says about the message and about what to do next.
type Class string

// The classes of failure.
const (
	Again      Class = "again"       // surely not said; may be said later
	Unknown    Class = "unknown"     // may have been said: look before saying again
	BadMessage Class = "bad message" // refused for what it is; a plainer form may pass
	BadChannel Class = "bad channel" // this channel takes nothing for now
	BadApp     Class = "bad app"     // no channel takes anything for now
	Gone       Class = "gone"        // the message to be changed cannot be changed any more
)

// ErrBlind is returned by Look where the channel's history may not be read.
var ErrBlind = errors.New("the channel's history cannot be read")

// Error is a verdict on a failed attempt.
type Error struct {
	Class      Class
	Code       string        // the protocol's own word, for people
	RetryAfter time.Duration // for Again: how long the other side wants us to wait; 0 if it did not say
	Wide       bool          // RetryAfter concerns every channel
	Err        error
}

func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Code
	case e.Code == "" || e.Code == e.Err.Error():
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Code, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf tells the class of an error; "" for nil. What is not an *Error is
// Unknown: it may have been said.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Class != "" {
		return e.Class
	}
	return Unknown
}

// isWide tells whether the wait that an error asks for is everybody's.
func isWide(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Wide && e.RetryAfter > 0
}

// retryAfter is the wait that an error asks for; 0 if none.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
