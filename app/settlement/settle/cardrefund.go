package settle

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// refundThroughAcquirer is what a refund's decision fails with when the money
// has to go back through the acquirer.
type refundThroughAcquirer struct {
	key  ledger.SaleKey
	sale ledger.Sale
}

func (*refundThroughAcquirer) Error() string { return "the acquirer has to be asked" }

// forCardRefunds is the form of outcomes about refunds of card sales: they bear
// the number that the acquirer was asked under.
var forCardRefunds = form[protocol.RefundOutcome]{
	numbered: func(protocol.RefundOutcome) bool { return false },
	number:   func(*protocol.RefundOutcome, uint64) {},
	sign:     forRefunds.sign,
	result:   forRefunds.result,
}

// errShort says that the acquirer has given the money back, and the merchant
// account, or the operator's funds for what was paid out, does not cover it: the
// refund stays open until it does.
var errShort = errors.New("the refund that the card has had is not covered")

// byCard gives back what a card paid: the refund is committed as pending, and
// what it takes off the sale is set aside, before anything is sent. ISO 8583
// knows no query, so that the same message is repeated until there is a certain
// answer; the acquirer carries it out once.
func (f refund) byCard(ctx context.Context, s *Settler) ([]byte, verdictOf[protocol.RefundOutcome], error) {
	var none verdictOf[protocol.RefundOutcome]
	if s.Acquirer == nil {
		return nil, none, notReady("settlement has no acquirer")
	}
	if err := s.Acquirer.Await(ctx); err != nil {
		return nil, none, notReady("the acquirer cannot be reached")
	}
	number, err := s.Ledger.NextReference(ctx)
	if err != nil {
		return nil, none, err
	}
	k := ledger.AuthorisationKey{Terminal: f.key.Terminal, Code: f.key.Key, Refund: true}
	var a ledger.Authorisation
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		_, err := f.decide(tx, number)
		var ask *refundThroughAcquirer
		switch {
		case err == nil:
			return errOvertaken
		case !errors.As(err, &ask):
			return err
		}
		ask.sale.Refunding += f.Amount
		if err := tx.PutSale(ask.key, ask.sale); err != nil {
			return err
		}
		if err := tx.PutRefund(f.key, f.kept(ask.key, ledger.RefundPending, 0, nil)); err != nil {
			return err
		}
		a = s.begin(ask.sale.Payer, ask.sale.Merchant, f.Amount, f.Currency, number)
		return tx.PutAuthorisation(k, a)
	})
	if err != nil {
		return nil, none, err
	}
	ctx = context.WithoutCancel(ctx)
	raw, v, err := s.askRefund(ctx, k, a, false)
	if errors.Is(err, errUnsure) || errors.Is(err, errShort) {
		return nil, none, errors.Join(s.uncertain(ctx, s.postpone(ctx, k)), ErrUndecided)
	}
	return raw, v, s.uncertain(ctx, err)
}

// errUnsure says that the acquirer gave no certain answer.
var errUnsure = errors.New("no certain answer from the acquirer")

// askRefund sends the refund that this process works on, and ends it if there
// is a certain answer; then it returns the signed outcome.
func (s *Settler) askRefund(ctx context.Context, k ledger.AuthorisationKey, a ledger.Authorisation, repeat bool) ([]byte, verdictOf[protocol.RefundOutcome], error) {
	var none verdictOf[protocol.RefundOutcome]
	key := ledger.RefundKey{Terminal: k.Terminal, Key: k.Code}
	t := transaction(k, a)
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		kept, err := r.Refund(key)
		if err != nil {
			return err
		}
		sold, err := r.Authorisation(asking(kept.Sale))
		original := trace(sold)
		t.Original = &original
		return err
	})
	if err != nil {
		return nil, none, err
	}
	answer, err := s.Acquirer.Refund(ctx, t, repeat)
	s.Log.InfoContext(ctx, "card refund asked", "terminal", string(k.Terminal), "card", a.Card.Tail(), "trace", a.Trace, "retrieval", a.Retrieval,
		"code", answer.Code, "verdict", answer.Verdict().String(), "error", err)
	approved := answer.Verdict() == acquirer.Approved
	switch {
	case errors.Is(err, acquirer.ErrCard):
	case err != nil:
		return nil, none, fmt.Errorf("%w: %w", errUnsure, err)
	case answer.Verdict() == acquirer.Unsure:
		return nil, none, fmt.Errorf("%w: code %s", errUnsure, answer.Code)
	}
	now := protocol.At(s.Clock())
	return conclude(ctx, s, forCardRefunds, key.String(), func(r ledger.Reader, _ uint64) (verdictOf[protocol.RefundOutcome], error) {
		return s.refundAnswered(r, k, key, approved, answer, now)
	})
}

// refundAnswered ends a refund that this process works on by the acquirer's
// answer, as the ledger stands.
func (s *Settler) refundAnswered(r ledger.Reader, k ledger.AuthorisationKey, key ledger.RefundKey, approved bool, answer acquirer.Answer, now protocol.Time) (verdictOf[protocol.RefundOutcome], error) {
	var none verdictOf[protocol.RefundOutcome]
	kept, err := r.Refund(key)
	if err != nil || kept.State != ledger.RefundPending {
		none.answer = kept.Answer
		return none, err
	}
	a, err := r.Authorisation(k)
	if err != nil {
		return none, err
	}
	if a.State != ledger.AuthorisationSent || a.Holder != s.Process {
		return none, errUnsure
	}
	sale, err := r.Sale(kept.Sale)
	if err != nil {
		return none, err
	}
	balance, err := r.Balance(sale.Merchant)
	if err != nil {
		return none, err
	}
	if approved && balance < int64(kept.Amount) {
		return none, errShort
	}
	a.Response, a.Approval, a.Lease, a.Holder = answer.Code, answer.Approval, 0, ""
	a.State, kept.State = ledger.AuthorisationDeclined, ledger.RefundRefused
	sale.Refunding -= kept.Amount
	result := protocol.RefundDeclined
	if approved {
		a.State, kept.State, kept.Number = ledger.AuthorisationApproved, ledger.RefundDone, a.Retrieval
		sale.Refunded += kept.Amount
		result = protocol.RefundMade
	}
	kept.Decided = now
	o := protocol.RefundOutcome{Reference: kept.Reference, Key: key.Key, Result: result, Number: kept.Number, Amount: kept.Amount,
		Currency: kept.Currency, Refunded: sale.Refunded, Decided: now}
	return verdictOf[protocol.RefundOutcome]{outcome: o, why: "the card's issuer: " + answer.Code, keep: func(tx ledger.Tx, signed []byte) error {
		if approved {
			err := handBack(tx, ledger.Transfer{Kind: ledger.EntryRefund, Debit: sale.Merchant, Credit: sale.Source,
				Amount: kept.Amount, At: now, Sale: &kept.Sale, Refund: &key})
			switch {
			case errors.Is(err, ledger.ErrInsufficient):
				return errShort
			case err != nil:
				return err
			}
		}
		if err := tx.PutSale(kept.Sale, sale); err != nil {
			return err
		}
		kept.Answer = signed
		if err := tx.PutRefund(key, kept); err != nil {
			return err
		}
		return tx.PutAuthorisation(k, a)
	}}, nil
}
