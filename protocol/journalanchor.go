package protocol

import (
	"fmt"
	"time"
)

// JournalAnchor, by a terminal, lodges the head of its journal with settlement:
// a journal that is rewritten afterwards does not lead there any more.
// Settlement keeps one head for a terminal and sequence; another head for the
// same sequence, or a sequence below the newest, means a journal that was
// rewritten or rolled back.
type JournalAnchor struct {
	// Sequence numbers the journal's records, from 1; Head is the chain's hash of
	// that record, which stands for all before it.
	Sequence uint64 `cbor:"1,keyasint"`
	Head     Hash   `cbor:"2,keyasint"`
	// At is when the terminal read its head.
	At Time `cbor:"3,keyasint"`
}

func (JournalAnchor) context() string { return "cs1/journal-anchor" }

func (a JournalAnchor) validate() error {
	if a.Sequence == 0 {
		return outOfRange("sequence")
	}
	return a.At.validate("at")
}

// AnchorReceipt is settlement's signed word that it holds an anchor. A repeated
// anchor gets the first one's receipt.
type AnchorReceipt struct {
	Terminal ID     `cbor:"1,keyasint"`
	Sequence uint64 `cbor:"2,keyasint"`
	Head     Hash   `cbor:"3,keyasint"`
	Received Time   `cbor:"4,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"5,keyasint"`
}

func (AnchorReceipt) context() string { return "cs1/anchor-receipt" }

func (r AnchorReceipt) validate() error {
	if err := r.Terminal.validate("terminal"); err != nil {
		return err
	}
	if r.Sequence == 0 {
		return outOfRange("sequence")
	}
	return r.Received.validate("received")
}

// VerifyAnchorReceipt checks that the receipt was signed under the settlement
// certificate, which must itself be trusted now, and that it is for this
// terminal's anchor (ErrOtherRequest).
func VerifyAnchorReceipt(r *Signed[AnchorReceipt], settlement *Signed[Certificate], terminal ID, anchor JournalAnchor, t Trust, now time.Time) (AnchorReceipt, error) {
	receipt, err := verifyAnswer(r, r.Unverified().Signer, settlement, t, now)
	if err != nil {
		return AnchorReceipt{}, err
	}
	if receipt.Terminal != terminal || receipt.Sequence != anchor.Sequence || receipt.Head != anchor.Head {
		return AnchorReceipt{}, fmt.Errorf("%w: receipt is for another anchor", ErrOtherRequest)
	}
	return receipt, nil
}
