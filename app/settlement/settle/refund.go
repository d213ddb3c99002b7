package settle

import (
	"context"
	"errors"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// forRefunds is the form of refund outcomes.
var forRefunds = form[protocol.RefundOutcome]{
	numbered: func(o protocol.RefundOutcome) bool { return o.Result == protocol.RefundMade },
	number:   func(o *protocol.RefundOutcome, n uint64) { o.Number = n },
	sign:     func(o *protocol.RefundOutcome, signer [8]byte) { o.Signer = signer },
	result:   func(o protocol.RefundOutcome) string { return o.Result.String() },
}

// refund is a refund that was asked for, with what is needed to decide it.
type refund struct {
	protocol.Refund
	key ledger.RefundKey
	now protocol.Time
}

// Refund gives back all or part of a paid sale of the terminal's merchant, and
// returns the signed answer. It is kept under (terminal, key): the same again is
// answered with the same bytes; another reference, amount or currency under the
// key is fraud. What all refunds and a reversal give back together is never more
// than was paid. ErrUndecided means that the
// card's bank has not answered yet; any other error, that nothing was decided.
func (s *Settler) Refund(ctx context.Context, p Peer, m *protocol.Signed[protocol.Refund]) ([]byte, error) {
	asked, _, err := signedBy(s, p, m)
	if err != nil {
		return nil, err
	}
	f := refund{asked, ledger.RefundKey{Terminal: p.Subject, Key: asked.Key}, protocol.At(s.Clock())}
	answer, v, err := conclude(ctx, s, forRefunds, f.key.String(), f.decide)
	var ask *refundThroughAcquirer
	for turn := 0; turn < maxTurns && errors.As(err, &ask); turn++ {
		answer, v, err = f.byCard(ctx, s)
		if errors.Is(err, errOvertaken) {
			answer, v, err = conclude(ctx, s, forRefunds, f.key.String(), f.decide)
		}
	}
	if err == nil && v.answer == nil {
		s.Log.InfoContext(ctx, "refund", "terminal", string(p.Subject), "settlement", asked.Reference, "number", v.outcome.Number,
			"amount", int64(asked.Amount), "staff", string(asked.Staff), "result", v.outcome.Result.String(), "why", v.why)
	}
	return answer, err
}

// decide is the refund's decision, as the ledger stands.
func (f refund) decide(r ledger.Reader, number uint64) (verdictOf[protocol.RefundOutcome], error) {
	kept, err := r.Refund(f.key)
	switch {
	case err == nil:
		return f.repeated(kept)
	case !isNotFound(err):
		return verdictOf[protocol.RefundOutcome]{}, err
	}
	key, err := r.SaleByReference(f.Reference)
	if isNotFound(err) {
		return f.decideTap(r, number)
	}
	if err != nil {
		return verdictOf[protocol.RefundOutcome]{}, err
	}
	sale, err := r.Sale(key)
	if err != nil {
		return verdictOf[protocol.RefundOutcome]{}, err
	}
	merchant, err := r.Account(sale.Merchant)
	if err != nil {
		return verdictOf[protocol.RefundOutcome]{}, err
	}
	balance, err := r.Balance(sale.Merchant)
	if err != nil {
		return verdictOf[protocol.RefundOutcome]{}, err
	}
	left := sale.Refundable() - sale.Refunded - sale.Refunding
	switch {
	case !merchant.Credits(f.key.Terminal):
		// The same as for a number that nobody bears: sales of other shops cannot
		// be tried out.
		return f.refused(ledger.SaleKey{}, 0, protocol.RefundNotPaid, "the sale is of another shop"), nil
	case sale.Refundable() == 0:
		return f.refused(key, 0, protocol.RefundNotPaid, "the sale was reversed"), nil
	case sale.Currency != f.Currency:
		return f.refused(ledger.SaleKey{}, 0, protocol.RefundNotPaid, "the sale has another currency"), nil
	case f.Amount > left:
		return f.refused(key, sale.Refunded, protocol.RefundExceeds, "more than is left of the sale"), nil
	case balance < int64(f.Amount):
		return f.refused(key, sale.Refunded, protocol.RefundFunds, "the merchant account does not cover it"), nil
	}
	if sale.Source != sale.Payer {
		return verdictOf[protocol.RefundOutcome]{}, &refundThroughAcquirer{key, sale}
	}
	return f.made(key, sale, number), nil
}

// made moves the money and adds up what was given back.
func (f refund) made(key ledger.SaleKey, sale ledger.Sale, number uint64) verdictOf[protocol.RefundOutcome] {
	sale.Refunded += f.Amount
	o := f.outcome(protocol.RefundMade, sale.Refunded)
	o.Number = number
	return verdictOf[protocol.RefundOutcome]{outcome: o, keep: func(tx ledger.Tx, signed []byte) error {
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryRefund, Debit: sale.Merchant, Credit: sale.Source,
			Amount: f.Amount, At: f.now, Sale: &key, Refund: &f.key})
		if err != nil {
			return err
		}
		if err := tx.PutSale(key, sale); err != nil {
			return err
		}
		return tx.PutRefund(f.key, f.kept(key, ledger.RefundDone, number, signed))
	}}
}

// refused keeps a refusal: it is final for its key.
func (f refund) refused(key ledger.SaleKey, refunded protocol.Amount, result protocol.RefundResult, why string) verdictOf[protocol.RefundOutcome] {
	return verdictOf[protocol.RefundOutcome]{outcome: f.outcome(result, refunded), why: why, keep: func(tx ledger.Tx, signed []byte) error {
		return tx.PutRefund(f.key, f.kept(key, ledger.RefundRefused, 0, signed))
	}}
}

// repeated answers a refund whose key is taken.
func (f refund) repeated(kept ledger.Refund) (verdictOf[protocol.RefundOutcome], error) {
	if kept.Reference == f.Reference && kept.Amount == f.Amount && kept.Currency == f.Currency {
		if kept.State == ledger.RefundPending {
			return verdictOf[protocol.RefundOutcome]{}, ErrUndecided
		}
		return verdictOf[protocol.RefundOutcome]{answer: kept.Answer}, nil
	}
	for _, c := range kept.Conflicts {
		if c.Reference == f.Reference && c.Amount == f.Amount && c.Currency == f.Currency {
			return verdictOf[protocol.RefundOutcome]{answer: c.Answer}, nil
		}
	}
	if len(kept.Conflicts) >= maxConflicts {
		return verdictOf[protocol.RefundOutcome]{}, conflict("too many other refunds under this key")
	}
	why := "another refund under a key that was used"
	return verdictOf[protocol.RefundOutcome]{outcome: f.outcome(protocol.RefundConflict, 0), why: why, fraud: true, keep: func(tx ledger.Tx, signed []byte) error {
		kept.Conflicts = append(kept.Conflicts[:len(kept.Conflicts):len(kept.Conflicts)],
			ledger.RefundConflict{Reference: f.Reference, Amount: f.Amount, Currency: f.Currency, Decided: f.now, Answer: signed})
		return tx.PutRefund(f.key, kept)
	}}, nil
}

func (f refund) outcome(result protocol.RefundResult, refunded protocol.Amount) protocol.RefundOutcome {
	return protocol.RefundOutcome{Reference: f.Reference, Key: f.Key, Result: result, Amount: f.Amount, Currency: f.Currency,
		Refunded: refunded, Decided: f.now}
}

func (f refund) kept(sale ledger.SaleKey, state ledger.RefundState, number uint64, signed []byte) ledger.Refund {
	return ledger.Refund{Reference: f.Reference, Sale: sale, Amount: f.Amount, Currency: f.Currency, Staff: f.Staff,
		State: state, Number: number, Decided: f.now, Answer: signed}
}
