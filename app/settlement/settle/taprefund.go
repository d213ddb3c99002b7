package settle

import (
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// decideTap decides a refund of a cleared tap, as the ledger stands: the money
// waits for the card that paid.
func (f refund) decideTap(r ledger.Reader, number uint64) (v verdictOf[protocol.RefundOutcome], err error) {
	unknown := f.refused(ledger.SaleKey{}, 0, protocol.RefundNotPaid, "no sale bears the number")
	borne, err := r.PurseReference(f.Reference)
	if isNotFound(err) || err == nil && borne.Tap == nil {
		return unknown, nil
	}
	if err != nil {
		return v, err
	}
	key := *borne.Tap
	tap, err := r.Tap(key)
	if err != nil {
		return v, err
	}
	merchant, err := r.Account(tap.Merchant)
	if err != nil {
		return v, err
	}
	balance, err := r.Balance(tap.Merchant)
	switch {
	case err != nil:
		return v, err
	case !merchant.Credits(f.key.Terminal) || tap.Currency != f.Currency:
		return unknown, nil
	case f.Amount > tap.Amount-tap.Refunded:
		return f.refused(key.Sale(), tap.Refunded, protocol.RefundExceeds, "more than is left of the sale"), nil
	case balance < int64(f.Amount):
		return f.refused(key.Sale(), tap.Refunded, protocol.RefundFunds, "the merchant account does not cover it"), nil
	}
	tap.Refunded += f.Amount
	v.outcome = f.outcome(protocol.RefundMade, tap.Refunded)
	v.outcome.Number = number
	v.keep = func(tx ledger.Tx, signed []byte) error {
		sale := key.Sale()
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryTapRefund, Debit: tap.Merchant, Credit: ledger.WaitingAccount(tap.Number),
			Amount: f.Amount, At: f.now, Sale: &sale, Refund: &f.key})
		if err != nil {
			return err
		}
		if err := tx.PutTap(key, tap); err != nil {
			return err
		}
		return tx.PutRefund(f.key, f.kept(sale, ledger.RefundDone, number, signed))
	}
	return v, nil
}
