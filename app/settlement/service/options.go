package service

import (
	"errors"
	"runtime"
	"time"

	"countersign/app/program/admission"
	"countersign/app/program/httpserver"
	"countersign/app/program/metrics"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Limits are how many messages the service carries at once.
//
// A terminal's queries, reversals and acknowledgements have places of their own:
// they are what ends a sale whose outcome is unknown; and so have its taps and
// abandonments, which end sales that were made without settlement. Could payments take their
// places as well, a rush of payments would leave terminals without answers, they
// would ask and reverse, find no room, and each would keep its sale open for as
// long as the rush lasts: overload would make more of what it is made of. A
// wallet's query ends nothing, and there are more wallets than terminals, so it
// has its place among the rest.
type Limits struct {
	// Opening is for payments and all else.
	Opening admission.Limits
	// Ending is for what ends a terminal's sale.
	Ending admission.Limits
	// Connections bounds what comes before any message. There have to be more than
	// devices, which keep theirs for a minute.
	Connections httpserver.Bounds
}

// DefaultLimits are for a machine with a few processors. Fingers are compared on
// the processor, so more at once would only be slower each; a queue longer than
// what is carried in a second would only make callers wait for a refusal.
func DefaultLimits() Limits {
	return Limits{
		Opening: admission.Limits{Places: 64, Queue: 64, Wait: time.Second},
		Ending:  admission.Limits{Places: 32, Queue: 128, Wait: 2 * time.Second},
		// A client waits 3 s for a connection.
		Connections: httpserver.Bounds{Connections: 8192, Handshakes: 4 * runtime.GOMAXPROCS(0), Within: 3 * time.Second},
	}
}

// Option is how a service differs from the usual one.
type Option func(*Service)

// WithLimits replaces [DefaultLimits]. Both must pass their Check.
func WithLimits(l Limits) Option {
	return func(s *Service) {
		s.opening, s.ending, s.connections = admission.New(l.Opening), admission.New(l.Ending), l.Connections
	}
}

// WithMetrics counts messages, and what waits at the gates, in a registry that
// has no other service.
func WithMetrics(r *metrics.Registry) Option {
	return func(s *Service) {
		s.messages = r.Messages(kinds(), results())
		r.Gauge("messages_waiting", "Messages that wait for a place.",
			func() float64 { return float64(s.opening.Waiting() + s.ending.Waiting()) })
	}
}

// Kinds of messages, as metrics name them.
const (
	kindCertificate     = "certificate"
	kindPayment         = "payment"
	kindQuery           = "query"
	kindReversal        = "reversal"
	kindAcknowledgement = "acknowledgement"
	kindRefund          = "refund"
	kindTotals          = "totals"
	kindAnchor          = "anchor"
	kindStatus          = "status"
	kindAccount         = "account"
	kindDeposit         = "deposit"
	kindVirtualCard     = "virtual-card"
	kindCardState       = "card-state"
	kindLoad            = "load"
	kindTransfer        = "transfer"
	kindTap             = "tap"
	kindAbandonment     = "abandonment"
	kindBlocklist       = "blocklist"
)

func kinds() []string {
	return []string{kindCertificate, kindPayment, kindQuery, kindReversal, kindAcknowledgement, kindRefund, kindTotals, kindAnchor, kindStatus, kindAccount, kindDeposit,
		kindVirtualCard, kindCardState, kindLoad, kindTransfer, kindTap, kindAbandonment, kindBlocklist}
}

const (
	resultDone      = "done" // nothing was to be decided
	resultUndecided = "undecided"
)

// results are all that a message can come to: a signed outcome's result, a
// problem's code, or neither.
func results() []string {
	all := []string{resultDone, resultUndecided}
	for r := protocol.ResultPaid; r <= protocol.ResultDeclined; r++ {
		all = append(all, r.String())
	}
	for r := protocol.RefundMade; r <= protocol.RefundFunds; r++ {
		all = append(all, r.String())
	}
	for r := protocol.ClearingCredited; r <= protocol.ClearingConflict; r++ {
		all = append(all, r.String())
	}
	for r := protocol.TransferMade; r <= protocol.TransferUncovered; r++ {
		all = append(all, r.String())
	}
	for _, code := range []problem.Code{problem.Malformed, problem.Unauthorised, problem.NotFound, problem.Conflict, problem.Revoked, problem.Stale,
		problem.Busy, problem.NotReady, problem.Internal, problem.Activation, problem.NotRegistered, problem.Funds, problem.Ceiling, problem.Blocked} {
		all = append(all, string(code))
	}
	return all
}

// resultOf is what a message came to.
func resultOf(raw []byte, err error) string {
	var p *problem.Problem
	switch {
	case errors.As(err, &p):
		return string(p.Code)
	case err != nil:
		return string(problem.Internal)
	}
	if signed, err := protocol.Parse[protocol.Outcome](raw); err == nil {
		return signed.Unverified().Result.String()
	}
	if signed, err := protocol.Parse[protocol.RefundOutcome](raw); err == nil {
		return signed.Unverified().Result.String()
	}
	if signed, err := protocol.Parse[protocol.TapCleared](raw); err == nil {
		return signed.Unverified().Result.String()
	}
	if signed, err := protocol.Parse[protocol.TransferReceipt](raw); err == nil {
		return signed.Unverified().Result.String()
	}
	return resultDone
}
