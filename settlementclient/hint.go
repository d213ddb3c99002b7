package settlementclient

import "errors"

// advised is an error with another hint than its fault's, which speaks of a
// sale.
type advised struct {
	error
	hint string
}

func (a *advised) Unwrap() error { return a.error }

// Hint says what a person can do.
func (a *advised) Hint() string { return a.hint }

// ofRefund words the hint of a fault for a refund.
func ofRefund(err error) error {
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrUndecided):
		return &advised{err, "Do not refund another way. This refund is repeated until it is answered, and is made once at most."}
	case errors.Is(err, ErrUnreachable):
		return &advised{err, "Nothing was refunded. Check the network, then try again."}
	case errors.Is(err, ErrNotKept):
		return &advised{err, "Nothing was refunded. Try again in a minute."}
	}
	return err
}

// ofInquiry words it for what moves nothing.
func ofInquiry(err error) error {
	if errors.Is(err, ErrUnknown) || errors.Is(err, ErrUnreachable) {
		return &advised{err, "No money was moved. Check the network, then try again."}
	}
	return err
}

// ofLoad words it for a load, and for a transfer.
func ofLoad(err error) error {
	switch {
	case errors.Is(err, ErrUnknown):
		return &advised{err, "It is asked for again until settlement answers, and made once at most."}
	case errors.Is(err, ErrUnreachable):
		return &advised{err, "Nothing was moved. Check the network, then try again."}
	case errors.Is(err, ErrNotKept):
		return &advised{err, "Nothing was moved. Try again in a minute."}
	}
	return err
}

// ofClearing words it for a tap that is handed in.
func ofClearing(err error) error {
	if errors.Is(err, ErrUnknown) || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrNotKept) {
		return &advised{err, "The tap stays queued and is handed in again."}
	}
	return err
}
