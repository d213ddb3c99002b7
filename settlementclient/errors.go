package settlementclient

// Fault is an error that a caller decides on, with a hint for the person in
// front of the device.
type Fault struct{ text, hint string }

func (f *Fault) Error() string { return f.text }

// Hint says what a person can do.
func (f *Fault) Hint() string { return f.hint }

// The faults. Errors of this package wrap exactly one of them.
var (
	// ErrUnreachable: nothing was sent.
	ErrUnreachable = &Fault{"settlement cannot be reached; nothing was sent",
		"Not charged. Check the network, then try again."}
	// ErrUntrusted: settlement's certificate does not verify; nothing was sent.
	ErrUntrusted = &Fault{"settlement's certificate is not trusted; nothing was sent",
		"Not charged. Check this device's clock and network; if both are right, call the authority."}
	// ErrNotKept: settlement refused without deciding. It wraps a
	// *problem.Problem.
	ErrNotKept = &Fault{"settlement refused the message and kept nothing of it",
		"Not charged. Try again in a minute."}
	// ErrUnknown: sent, or perhaps sent, and no answer that verifies.
	ErrUnknown = &Fault{"no answer that can be trusted; it may have been carried out",
		"Do not charge again. The sale is being looked up; if there is no answer, it is cancelled."}
	// ErrUndecided: a wallet has to wait (Query), or a terminal for a card's
	// acquirer (Refund).
	ErrUndecided = &Fault{"not decided yet",
		"Do not pay again. Ask later."}
	// ErrNeverSeen: settlement knows no such sale (Query, Acknowledge).
	ErrNeverSeen = &Fault{"settlement has not seen this sale",
		"It has not been charged."}
	// ErrTotalsGrew: something was booked between two pages of a period that
	// goes on (TotalsPages).
	ErrTotalsGrew = &Fault{"the period goes on, and its totals have changed meanwhile",
		"Ask again, or once the period is over."}
	// ErrTotalsUnfit: settlement's signed pages contradict one another.
	ErrTotalsUnfit = &Fault{"settlement's totals do not fit together",
		"Keep the pages and call settlement's operator."}
	// ErrRefused: settlement refused what moves nothing: an account, a template,
	// an anchor, a question for totals, a virtual card; or refused a load for
	// good. It wraps a *problem.Problem.
	ErrRefused = &Fault{"settlement refused", "See the reason."}
)
