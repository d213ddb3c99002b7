package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/money"
	"countersign/protocol/problem"
)

// maxReference bounds the operator's own reference, in bytes.
const maxReference = 64

// order is money that the operator moves.
type order struct {
	kind      ledger.EntryKind
	account   ledger.AccountID
	amount    string
	reference string
	// held is what of the balance is not to be touched, in minor units.
	held int64
}

// Load brings money into a payer's account and returns its balance, as text such
// as "100.00 CNY". With a reference, 1 to 64 bytes, the same order again is the
// same load: nothing more moves. A card's money is at its bank, and not loaded.
func (o *Operator) Load(ctx context.Context, number protocol.Account, amount, reference string) (string, error) {
	return o.move(ctx, order{kind: ledger.EntryLoad, account: ledger.PayerAccount(number), amount: amount, reference: reference})
}

// Payout gives a merchant its money: it leaves the books. The reference, 1 to 64
// bytes, is needed: the same order again is the same payout.
func (o *Operator) Payout(ctx context.Context, merchant, amount, reference string) (string, error) {
	if reference == "" {
		return "", refuse(http.StatusBadRequest, problem.Malformed, "a payout needs a reference", "Use the bank transfer's.")
	}
	id := ledger.MerchantAccount([]byte(merchant))
	held, err := o.held(ctx, id)
	if err != nil {
		return "", found(err)
	}
	return o.move(ctx, order{kind: ledger.EntryPayout, account: id, amount: amount, reference: reference, held: held})
}

// heldFor is how far back sales are looked at that may still be reversed.
const heldFor = 32 * 24 * time.Hour

// held is what a merchant's terminals may still take back: sales that were paid
// and whose outcome no terminal has acknowledged. If it were paid out, a reversal
// would find nothing.
func (o *Operator) held(ctx context.Context, id ledger.AccountID) (held int64, err error) {
	now := o.Clock()
	err = o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		account, err := s.Account(id)
		if err != nil {
			return err
		}
		for _, terminal := range account.Terminals {
			err := s.EachEntryOf(terminal, protocol.At(now.Add(-heldFor)), protocol.At(now.Add(heldFor)), func(e ledger.Entry) error {
				if e.Kind != ledger.EntryPayment || e.Credit != id {
					return nil
				}
				sale, err := s.Sale(*e.Sale)
				if err != nil {
					return err
				}
				if sale.Acknowledged == 0 && sale.Refundable() > 0 {
					held += int64(sale.Amount - sale.Refunded)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return held, err
}

// Cleared books what the acquirer has paid out to the operator of what it owed in
// a currency, gross: what it took off for sales that went back was booked with
// them. The reference, 1 to 64 bytes, is needed.
func (o *Operator) Cleared(ctx context.Context, currency, amount, reference string) (string, error) {
	c, err := money.CurrencyByCode(currency)
	switch {
	case err != nil:
		return "", refuse(http.StatusBadRequest, problem.Malformed, err.Error(), "Currencies are named by three letters, such as CNY.")
	case reference == "":
		return "", refuse(http.StatusBadRequest, problem.Malformed, "a clearing needs a reference", "Use the bank transfer's.")
	}
	return o.move(ctx, order{kind: ledger.EntryClearing, account: ledger.AcquirerAccount(protocol.Currency(c)), amount: amount, reference: reference})
}

func (o *Operator) move(ctx context.Context, m order) (balance string, err error) {
	if len(m.reference) > maxReference {
		return "", refuse(http.StatusBadRequest, problem.Malformed, "a reference has 1 to 64 bytes", "")
	}
	repeated := false
	err = o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		account, err := tx.Account(m.account)
		if err != nil {
			return err
		}
		amount, err := money.Parse(m.amount, money.Currency(account.Currency))
		switch {
		case err != nil:
			return refuse(http.StatusBadRequest, problem.Malformed, err.Error(), "Write amounts like 100.00.")
		case account.Card():
			return refuse(http.StatusConflict, problem.Conflict, "a card's money is at its bank", "Load accounts of kind prepaid or third-party.")
		}
		repeated, err = m.made(tx, protocol.Amount(amount.Minor))
		if err == nil && !repeated && m.held > 0 {
			err = m.leaves(tx, amount.Minor)
		}
		if err == nil && !repeated {
			err = m.make(tx, account, protocol.Amount(amount.Minor), protocol.At(o.Clock()))
		}
		if err != nil {
			return err
		}
		minor, err := tx.Balance(m.account)
		balance = Text(minor, account.Currency)
		return err
	})
	switch {
	case errors.Is(err, ledger.ErrInsufficient):
		return "", refuse(http.StatusConflict, problem.Conflict, "the account does not cover it", "See account list.")
	case err != nil:
		return "", found(err)
	}
	o.Log.InfoContext(ctx, m.kind.String(), "account", m.account.Tail(), "amount", m.amount, "reference", m.reference, "repeated", repeated)
	return balance, nil
}

// made says whether the order was carried out before.
func (m order) made(tx ledger.Tx, amount protocol.Amount) (bool, error) {
	if m.reference == "" {
		return false, nil
	}
	kept, err := tx.Load(m.reference)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case kept.Kind != m.kind || kept.Account != m.account || kept.Amount != amount:
		return false, refuse(http.StatusConflict, problem.Conflict, fmt.Sprintf("reference %q was used for another order", m.reference), "Use another reference.")
	}
	return true, nil
}

// leaves makes sure that what is held stays there.
func (m order) leaves(tx ledger.Tx, amount int64) error {
	balance, err := tx.Balance(m.account)
	if err == nil && balance-m.held < amount {
		err = refuse(http.StatusConflict, problem.Conflict, "terminals may still take back a part of the balance", "Pay out less, or later: sales are acknowledged within minutes while their terminal runs.")
	}
	return err
}

func (m order) make(tx ledger.Tx, account ledger.Account, amount protocol.Amount, now protocol.Time) error {
	t := ledger.Transfer{Kind: m.kind, Debit: ledger.FundingAccount(account.Currency), Credit: m.account, Amount: amount, At: now}
	if m.kind == ledger.EntryPayout {
		t.Debit, t.Credit = t.Credit, t.Debit
	}
	n, err := tx.Transfer(t)
	if err != nil || m.reference == "" {
		return err
	}
	return tx.AddLoad(m.reference, ledger.Load{Kind: m.kind, Account: m.account, Amount: amount, Entry: n})
}
