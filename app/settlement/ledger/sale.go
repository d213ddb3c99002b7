package ledger

import (
	"bytes"
	"fmt"

	"countersign/protocol"
)

// SaleKey is where a sale is kept, for ever: the terminal as mutual TLS names
// it, and the scramble code.
type SaleKey struct {
	_        struct{} `cbor:",toarray"`
	Terminal protocol.ID
	Scramble protocol.Code
}

// DecisionKind says what was decided about.
type DecisionKind uint8

// The kinds of decision.
const (
	DecidedSubmission DecisionKind = 1 // an attempt to pay
	DecidedConflict   DecisionKind = 2 // other content for an attempt that was decided
	DecidedReversal   DecisionKind = 3 // the terminal took the sale back
	DecidedEnd        DecisionKind = 4 // the time for further attempts ran out
)

// Decision is one signed outcome and what it answered.
type Decision struct {
	_       struct{} `cbor:",toarray"`
	Kind    DecisionKind
	Attempt uint8
	// Content is H(request) ‖ H(payment) ‖ mark of the opened print, hashed; of
	// zeros for an end and a reversal.
	Content protocol.Hash
	Result  protocol.Result
	Decided protocol.Time
	// Outcome is the signed bytes, repeated to whoever asks again.
	Outcome []byte
	// Print is the mark of the live print, if one was used.
	Print *protocol.Hash
}

// Sale is everything that settlement keeps of a sale.
type Sale struct {
	_                struct{} `cbor:",toarray"`
	Request, Payment protocol.Hash
	Amount           protocol.Amount
	Currency         protocol.Currency
	// Closes is the last moment at which an attempt is accepted; 0 for a sale
	// that was reversed before it was seen.
	Closes protocol.Time
	// Wallet and WalletKey are whose certificate paid, as far as it verified.
	Wallet    protocol.ID
	WalletKey protocol.Hash
	// Decisions are about this request and payment, in order.
	Decisions []Decision
	// Conflicts are refusals of other requests or payments under the same key.
	Conflicts []Decision
	// Reference, Payer and Merchant are set when it is paid; so is Source, the
	// account that the money came from: the payer's, or for a card the
	// acquirer's.
	Reference               uint64
	Payer, Merchant, Source AccountID
	// Refunded is what was given back, and Refunding what is on its way back
	// through the acquirer: together never more than Amount.
	Refunded, Refunding protocol.Amount
	// Acknowledged is when the terminal said that it has the outcome, or 0.
	Acknowledged protocol.Time
}

// Final returns the decision that ended the sale; ok is false while there is
// none.
func (s Sale) Final() (d Decision, ok bool) {
	if len(s.Decisions) == 0 {
		return d, false
	}
	d = s.Decisions[len(s.Decisions)-1]
	return d, d.Result.Final()
}

// Attempts returns how many attempts were decided.
func (s Sale) Attempts() (n int) {
	for _, d := range s.Decisions {
		if d.Kind == DecidedSubmission {
			n++
		}
	}
	return n
}

// Paid says whether money was moved, though it may have been moved back since.
func (s Sale) Paid() bool { return s.Reference != 0 }

// Refundable returns what refunds may come to altogether: nothing unless it is
// paid and was not reversed.
func (s Sale) Refundable() protocol.Amount {
	if last, final := s.Final(); !final || last.Result != protocol.ResultPaid {
		return 0
	}
	return s.Amount
}

// follows says why s may not replace old, the sale kept so far.
func (s Sale) follows(old Sale) error {
	same := s.Request == old.Request && s.Payment == old.Payment && s.Amount == old.Amount && s.Currency == old.Currency &&
		s.Closes == old.Closes && s.Wallet == old.Wallet && s.WalletKey == old.WalletKey
	if !same {
		return fmt.Errorf("%w: what the sale is about", ErrKept)
	}
	if !extends(s.Decisions, old.Decisions) || !extends(s.Conflicts, old.Conflicts) {
		return fmt.Errorf("%w: a decision", ErrKept)
	}
	if old.Acknowledged != 0 && s.Acknowledged != old.Acknowledged {
		return fmt.Errorf("%w: the acknowledgement", ErrKept)
	}
	if old.Paid() && (s.Reference != old.Reference || s.Payer != old.Payer || s.Merchant != old.Merchant || s.Source != old.Source) {
		return fmt.Errorf("%w: what was paid", ErrKept)
	}
	if s.Refunded < old.Refunded {
		return fmt.Errorf("%w: what was refunded", ErrKept)
	}
	if old.Acknowledged != 0 && len(s.Decisions) > len(old.Decisions) {
		return fmt.Errorf("%w: an acknowledged sale is closed", ErrKept)
	}
	return nil
}

// validate holds a sale to the order that decisions have.
func (s Sale) validate() error {
	paid := false
	for i, d := range s.Decisions {
		if len(d.Outcome) == 0 {
			return fmt.Errorf("decision %d without its signed outcome", i+1)
		}
		if i > 0 {
			before := s.Decisions[i-1]
			undone := before.Result == protocol.ResultPaid && d.Kind == DecidedReversal && d.Result == protocol.ResultReversed
			if before.Result.Final() && !undone {
				return fmt.Errorf("%w: decision %d follows %v, which is final", ErrKept, i+1, before.Result)
			}
		}
		if d.Kind == DecidedSubmission && int(d.Attempt) != i+1 {
			return fmt.Errorf("%w: attempt %d in place %d", ErrKept, d.Attempt, i+1)
		}
		paid = paid || d.Result == protocol.ResultPaid
	}
	for _, d := range s.Conflicts {
		if d.Result != protocol.ResultConflict || len(d.Outcome) == 0 {
			return fmt.Errorf("%v among the conflicts", d.Result)
		}
	}
	if paid != s.Paid() || paid != (s.Payer != "") || paid != (s.Merchant != "") || paid != (s.Source != "") {
		return fmt.Errorf("reference and accounts belong to paid sales, and to no others")
	}
	if s.Refunded < 0 || s.Refunding < 0 || s.Refunded+s.Refunding > s.Refundable() {
		return fmt.Errorf("refunds of %d and %d exceed the %d that may be given back", s.Refunded, s.Refunding, s.Refundable())
	}
	if _, final := s.Final(); s.Acknowledged != 0 && !final {
		return fmt.Errorf("%w: acknowledged before the end", ErrKept)
	}
	return nil
}

func extends(list, old []Decision) bool {
	if len(list) < len(old) {
		return false
	}
	for i, d := range old {
		if !d.equal(list[i]) {
			return false
		}
	}
	return true
}

func (d Decision) equal(e Decision) bool {
	samePrint := (d.Print == nil) == (e.Print == nil) && (d.Print == nil || *d.Print == *e.Print)
	return d.Kind == e.Kind && d.Attempt == e.Attempt && d.Content == e.Content && d.Result == e.Result &&
		d.Decided == e.Decided && bytes.Equal(d.Outcome, e.Outcome) && samePrint
}

// PrintUse says where a live print was used.
type PrintUse struct {
	_       struct{} `cbor:",toarray"`
	Sale    SaleKey
	Attempt uint8
}

// Failures counts a wallet's failed fingers since its last success, at all
// terminals together.
type Failures struct {
	_      struct{} `cbor:",toarray"`
	Wallet protocol.ID
	Count  uint8
	Last   protocol.Time
}

// ChangeKey names an account change: the wallet's key and the change's own.
type ChangeKey struct {
	_      struct{} `cbor:",toarray"`
	Wallet protocol.Hash
	Key    protocol.Code
}

// Change is an account change that was made.
type Change struct {
	_       struct{} `cbor:",toarray"`
	Content protocol.Hash
	Info    []byte // protocol.AccountInfo, encoded
}
