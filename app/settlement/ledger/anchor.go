package ledger

import "countersign/protocol"

// Anchor is the head of a terminal's journal as the terminal lodged it: a
// journal that is rewritten later does not fit it any more.
type Anchor struct {
	_        struct{} `cbor:",toarray"`
	Sequence uint64
	Head     protocol.Hash
	Received protocol.Time
	// Message is what the terminal signed, Receipt what settlement did.
	Message, Receipt []byte
}

// Load is money that the operator brought into a payer's account, paid out to a
// merchant or had from the acquirer, under a reference of its own: a repeated
// order is the same one.
type Load struct {
	_       struct{}  `cbor:",toarray"`
	Kind    EntryKind // EntryLoad, EntryPayout or EntryClearing
	Account AccountID
	Amount  protocol.Amount
	Entry   uint64
}
