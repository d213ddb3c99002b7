package protocol

import "unicode/utf8"

// maxReason bounds the reason of an order, bytes.
const maxReason = 200

// OrderKind is what a desk asks the authority for.
type OrderKind uint8

// The kinds of order.
const (
	// OrderNoPrint states that a wallet's owner has no readable print: the wallet
	// is enrolled without one.
	OrderNoPrint OrderKind = 1
	// OrderErase states that a wallet's owner wants the template erased.
	OrderErase OrderKind = 2
)

// DeskOrder is what the officer at an enrolment desk has the authority do about a
// wallet on its owner's behalf. The desk signs for the officer.
type DeskOrder struct {
	Authority ID        `cbor:"1,keyasint"`
	Kind      OrderKind `cbor:"2,keyasint"`
	Wallet    ID        `cbor:"3,keyasint"`
	// Reason is why, in the officer's words: what keeps the print from being
	// read, or what the owner asked for; 1 to 200 bytes.
	Reason string `cbor:"4,keyasint"`
	// Officer is as in Consent.
	Officer string               `cbor:"5,keyasint"`
	Made    Time                 `cbor:"6,keyasint"`
	Desk    *Signed[Certificate] `cbor:"7,keyasint"`
}

func (DeskOrder) context() string { return "cs1/desk-order" }

func (o DeskOrder) validate() error {
	if err := o.Authority.validate("authority"); err != nil {
		return err
	}
	if err := o.Wallet.validate("wallet"); err != nil {
		return err
	}
	if o.Kind < OrderNoPrint || o.Kind > OrderErase {
		return outOfRange("order")
	}
	if len(o.Reason) < 1 || len(o.Reason) > maxReason || !utf8.ValidString(o.Reason) {
		return outOfRange("reason")
	}
	if err := validatePerson(o.Officer); err != nil {
		return err
	}
	if o.Desk == nil {
		return outOfRange("desk certificate")
	}
	return o.Made.validate("made")
}
