package ledger

import (
	"fmt"

	"countersign/protocol"
)

// EntryKind says why money moved.
type EntryKind uint8

// The kinds of entry.
const (
	EntryLoad     EntryKind = 1 // funding to payer
	EntryPayment  EntryKind = 2 // payer, or acquirer for a card, to merchant, step 15
	EntryReversal EntryKind = 3 // all of a payment, back where it came from
	EntryRefund   EntryKind = 4 // all or part of it
	EntryPayout   EntryKind = 5 // merchant to funding: the shop got its money
	// EntryClearing is acquirer to funding: the acquirer paid out what it owed; or
	// the other way round, what it will take off its next payout because a card
	// sale that it has paid out went back.
	EntryClearing EntryKind = 6
	// Those of virtual cards (CN103942678A).
	EntryTopUp     EntryKind = 7  // payer to purse: a load
	EntryTaken     EntryKind = 8  // waiting to purse: a load of what waited
	EntryTap       EntryKind = 9  // purse to merchant: a tap was cleared
	EntryGivenBack EntryKind = 10 // purse to waiting of the same card: a tap was given up, a transfer not delivered
	EntryMoved     EntryKind = 11 // purse to waiting of another card: a transfer
	EntryTapRefund EntryKind = 12 // merchant to waiting: all or part of a cleared tap
	EntryReleased  EntryKind = 13 // purse or waiting to payer: what a blocked card held, by the operator's order
)

// String returns the kind as lists show it.
func (k EntryKind) String() string {
	switch k {
	case EntryLoad:
		return "load"
	case EntryPayment:
		return "payment"
	case EntryReversal:
		return "reversal"
	case EntryRefund:
		return "refund"
	case EntryPayout:
		return "payout"
	case EntryClearing:
		return "clearing"
	case EntryTopUp:
		return "top-up"
	case EntryTaken:
		return "waiting-taken"
	case EntryTap:
		return "tap"
	case EntryGivenBack:
		return "given-back"
	case EntryMoved:
		return "card-transfer"
	case EntryTapRefund:
		return "tap-refund"
	case EntryReleased:
		return "released"
	}
	return fmt.Sprintf("entry kind %d", uint8(k))
}

// Transfer is money that is to move.
type Transfer struct {
	Kind          EntryKind
	Debit, Credit AccountID
	Amount        protocol.Amount
	At            protocol.Time
	// Sale is the sale that it belongs to, or for EntryTap and EntryTapRefund the
	// tap (TapKey.Sale); nil for all that no terminal asked for.
	Sale *SaleKey
	// Refund is the refund that it belongs to; nil for all but refunds.
	Refund *RefundKey
}

// Entry is money that moved.
type Entry struct {
	_             struct{} `cbor:",toarray"`
	Sequence      uint64   // from 1, without gaps
	Kind          EntryKind
	Debit, Credit AccountID
	Amount        protocol.Amount
	Currency      protocol.Currency
	At            protocol.Time
	Sale          *SaleKey
	Refund        *RefundKey
}

// Terminal returns whose doing the entry was, empty for a load.
func (e Entry) Terminal() protocol.ID {
	switch {
	case e.Refund != nil:
		return e.Refund.Terminal
	case e.Sale != nil:
		return e.Sale.Terminal
	}
	return ""
}

// change returns what an entry adds to the balance of an account on one side.
func (c Class) change(debit bool, amount protocol.Amount) int64 {
	if debit == c.held() {
		return int64(amount)
	}
	return -int64(amount)
}
