package training

import (
	"context"
	"fmt"
	"sync"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// Outcome is how training's settlement decides about the coming payments.
type Outcome string

// The outcomes.
const (
	// Paid: the money moves.
	Paid Outcome = "paid"
	// Refused: the account does not have as much.
	Refused Outcome = "refused"
	// OtherFinger: the finger is another's, each time.
	OtherFinger Outcome = "other-finger"
	// Unknown: no answer comes, and settlement has not decided when it is asked. The till takes
	// the sale back, and it ends as reversed.
	Unknown Outcome = "unknown"
)

// Outcomes lists them, in the order of a menu.
func Outcomes() []Outcome { return []Outcome{Paid, Refused, OtherFinger, Unknown} }

// settler is training's settlement; it implements sale.Settler.
type settler struct {
	*realm

	mu      sync.Mutex
	outcome Outcome
	number  uint64
	given   map[uint64]protocol.Amount               // back, by reference
	decided map[protocol.Hash]protocol.Outcome       // by request
	refunds map[protocol.Code]protocol.RefundOutcome // by key
}

func newSettler(r *realm) *settler {
	return &settler{
		realm: r, outcome: Paid, given: map[uint64]protocol.Amount{}, decided: map[protocol.Hash]protocol.Outcome{},
		refunds: map[protocol.Code]protocol.RefundOutcome{},
	}
}

func (s *settler) choose(o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcome = o
}

func (s *settler) Certificate(ctx context.Context) (*protocol.Signed[protocol.Certificate], error) {
	return s.realm.settlement.certificate, ctx.Err()
}

// Submit opens and verifies what it is sent, as settlement does, and decides as was chosen.
func (s *settler) Submit(_ context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (sale.Answer, error) {
	submission, err := protocol.OpenSubmission(s.realm.settlement.agreement, terminal, e)
	if err != nil {
		return sale.Answer{}, fmt.Errorf("%w: %w", sale.ErrBusy, err)
	}
	if _, err := protocol.VerifySubmission(submission, settlement, terminal, s.Trust(), s.now()); err != nil {
		return sale.Answer{}, fmt.Errorf("%w: %w", sale.ErrBusy, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.outcome {
	case Unknown:
		return sale.Answer{}, sale.ErrNoAnswer
	case Refused:
		return s.decideLocked(about, attempt, protocol.ResultFunds)
	case OtherFinger:
		if attempt < protocol.MaxAttempts {
			return s.decideLocked(about, attempt, protocol.ResultRetryFinger)
		}
		return s.decideLocked(about, attempt, protocol.ResultFinger)
	}
	return s.decideLocked(about, attempt, protocol.ResultPaid)
}

// decideLocked signs an outcome, and keeps one that is final.
func (s *settler) decideLocked(about protocol.Advice, attempt uint8, result protocol.Result) (sale.Answer, error) {
	o := protocol.Outcome{
		Request: about.Request, Payment: about.Payment, Attempt: max(attempt, 1), Result: result, Amount: about.Amount, Currency: about.Currency,
		Decided: protocol.At(s.now()), Signer: protocol.SignerOf(s.realm.settlement.certificate),
	}
	if result == protocol.ResultPaid {
		s.number++
		o.Reference = s.number
	}
	if result.Final() {
		s.decided[about.Request] = o
	}
	return s.signed(o)
}

func (s *settler) signed(o protocol.Outcome) (sale.Answer, error) {
	signed, err := protocol.Sign(s.realm.settlement.key, o)
	if err != nil {
		return sale.Answer{}, fmt.Errorf("%w: %w", sale.ErrNoAnswer, err)
	}
	return sale.Answer{Outcome: o, Signed: signed}, nil
}

// Query answers with what was decided.
func (s *settler) Query(_ context.Context, about protocol.Advice) (sale.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, there := s.decided[about.Request]; there {
		return s.signed(o)
	}
	return sale.Answer{}, sale.ErrUndecided
}

// Reverse takes back what was not decided.
func (s *settler) Reverse(_ context.Context, about protocol.Advice) (sale.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, there := s.decided[about.Request]; there {
		return s.signed(o)
	}
	return s.decideLocked(about, 1, protocol.ResultReversed)
}

func (s *settler) Acknowledge(ctx context.Context, _ protocol.Advice) error { return ctx.Err() }

// Refund gives back, once under each key.
func (s *settler) Refund(_ context.Context, r *protocol.Signed[protocol.Refund]) (sale.RefundAnswer, error) {
	asked := r.Unverified()
	s.mu.Lock()
	defer s.mu.Unlock()
	o, there := s.refunds[asked.Key]
	if !there {
		s.number++
		s.given[asked.Reference] += asked.Amount
		o = protocol.RefundOutcome{
			Reference: asked.Reference, Key: asked.Key, Result: protocol.RefundMade, Amount: asked.Amount, Currency: asked.Currency, Number: s.number,
			Refunded: s.given[asked.Reference], Decided: protocol.At(s.now()), Signer: protocol.SignerOf(s.realm.settlement.certificate),
		}
		s.refunds[asked.Key] = o
	}
	signed, err := protocol.Sign(s.realm.settlement.key, o)
	if err != nil {
		return sale.RefundAnswer{}, fmt.Errorf("%w: %w", sale.ErrNoAnswer, err)
	}
	return sale.RefundAnswer{Outcome: o, Signed: signed}, nil
}
