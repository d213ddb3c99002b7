package ledger

import (
	"fmt"

	"countersign/protocol"
)

// AuthorisationKey names what the acquirer is asked for: a card sale by its
// scramble code, or a card's refund by its key.
type AuthorisationKey struct {
	_        struct{} `cbor:",toarray"`
	Terminal protocol.ID
	Code     protocol.Code
	Refund   bool
}

// String names an authorisation in a finding.
func (k AuthorisationKey) String() string {
	return fmt.Sprintf("authorisation %s/%x", k.Terminal, k.Code[:4])
}

// AuthorisationState says how far an authorisation has come.
type AuthorisationState uint8

// The states. Sent and Reversing are open: something is still to be heard from
// the acquirer. Approved may still be taken back, the others are final.
const (
	AuthorisationSent      AuthorisationState = 1 // kept before it is sent; perhaps charged
	AuthorisationApproved  AuthorisationState = 2
	AuthorisationDeclined  AuthorisationState = 3
	AuthorisationReversing AuthorisationState = 4 // to be taken back; repeated until confirmed
	AuthorisationReversed  AuthorisationState = 5
)

// Open says whether something is still to be heard from the acquirer.
func (s AuthorisationState) Open() bool {
	return s == AuthorisationSent || s == AuthorisationReversing
}

// may says whether next can come after s.
func (s AuthorisationState) may(next AuthorisationState) bool {
	switch s {
	case 0:
		return next == AuthorisationSent
	case AuthorisationSent:
		return next <= AuthorisationReversing
	case AuthorisationApproved:
		return next == AuthorisationApproved || next == AuthorisationReversing
	case AuthorisationReversing:
		return next == AuthorisationReversing || next == AuthorisationReversed
	}
	return s == next
}

// Authorisation is what was asked of the acquirer, kept before it is asked.
type Authorisation struct {
	_ struct{} `cbor:",toarray"`
	// Card is the payer's account and Merchant the one to credit.
	Card, Merchant AccountID
	Amount         protocol.Amount
	Currency       protocol.Currency
	// Trace is the system trace audit number (ISO 8583 field 11) and Retrieval
	// the reference (field 37): with Sent (field 7) they name the message, and
	// stay the same in every repeat.
	Trace     uint32
	Retrieval uint64
	Sent      protocol.Time
	// Attempt is the finger attempt that led to it.
	Attempt uint8
	State   AuthorisationState
	// Response and Approval are the acquirer's (fields 39 and 38).
	Response, Approval string
	// Lease is until when the process that Holder names works on it; afterwards
	// any may.
	Lease  protocol.Time
	Holder string
	// Note is for whoever continues the work: the caller's own, opaque here.
	Note []byte
}

// follows says why a may not replace old.
func (a Authorisation) follows(old Authorisation) error {
	same := a.Card == old.Card && a.Merchant == old.Merchant && a.Amount == old.Amount && a.Currency == old.Currency &&
		a.Trace == old.Trace && a.Retrieval == old.Retrieval && a.Sent == old.Sent && a.Attempt == old.Attempt
	if !same {
		return fmt.Errorf("%w: what the acquirer was asked", ErrKept)
	}
	if !old.State.may(a.State) {
		return fmt.Errorf("%w: authorisation in state %d cannot become %d", ErrKept, old.State, a.State)
	}
	return nil
}
