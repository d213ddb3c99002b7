package settle

import (
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// handBack moves the money of a sale back where it came from. What the acquirer
// has paid out already it will take off its next payout: that much it owes us
// again, out of the operator's funds. It fails with ledger.ErrInsufficient where
// merchant or operator do not cover it, and then nothing has moved.
func handBack(tx ledger.Tx, t ledger.Transfer) error {
	source, err := tx.Account(t.Credit)
	if err != nil {
		return err
	}
	if source.Class == ledger.Acquirer {
		owed, err := tx.Balance(source.ID)
		if err != nil {
			return err
		}
		if short := int64(t.Amount) - owed; short > 0 {
			_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryClearing, Debit: source.ID, Credit: ledger.FundingAccount(source.Currency),
				Amount: protocol.Amount(short), At: t.At})
			if err != nil {
				return err
			}
		}
	}
	_, err = tx.Transfer(t)
	return err
}
