package ledger

import (
	"fmt"
	"math"

	"countersign/protocol"
)

func (t *change) AddAccount(a Account) error {
	if err := a.validate(); err != nil {
		return err
	}
	if err := t.add(bucketAccounts, []byte(a.ID), a); err != nil {
		return err
	}
	t.put(bucketBalances, []byte(a.ID), numberKey(0))
	return nil
}

func (t *change) SetAccount(a Account) error {
	old, err := t.Account(a.ID)
	if err != nil {
		return err
	}
	if !old.sameNature(a) {
		return fmt.Errorf("%w: class, currency and kind of an account", ErrKept)
	}
	return t.keep(bucketAccounts, []byte(a.ID), a)
}

func (t *change) Transfer(m Transfer) (uint64, error) {
	if m.Amount < 1 || m.Amount > protocol.MaxMinor || m.Debit == m.Credit {
		return 0, fmt.Errorf("ledger: transfer of %d between two accounts", m.Amount)
	}
	debit, err := t.Account(m.Debit)
	if err != nil {
		return 0, fmt.Errorf("account to debit: %w", err)
	}
	credit, err := t.Account(m.Credit)
	if err != nil {
		return 0, fmt.Errorf("account to credit: %w", err)
	}
	if debit.Currency != credit.Currency {
		return 0, ErrCurrency
	}
	// Both sides are known to be good before either is changed.
	from, err := t.moved(debit, true, m.Amount)
	if err != nil {
		return 0, err
	}
	to, err := t.moved(credit, false, m.Amount)
	if err != nil {
		return 0, err
	}
	last, err := t.lastEntry()
	if err != nil {
		return 0, err
	}
	e := Entry{Sequence: last + 1, Kind: m.Kind, Debit: m.Debit, Credit: m.Credit,
		Amount: m.Amount, Currency: debit.Currency, At: m.At, Sale: m.Sale, Refund: m.Refund}
	if err := t.keep(bucketEntries, numberKey(e.Sequence), e); err != nil {
		return 0, err
	}
	t.last = e.Sequence
	t.put(bucketBalances, []byte(debit.ID), numberKey(from))
	t.put(bucketBalances, []byte(credit.ID), numberKey(to))
	if terminal := e.Terminal(); terminal != "" {
		t.put(bucketMovements, movementKey(terminal, e.At, e.Sequence), []byte{})
	}
	return e.Sequence, nil
}

// moved returns the balance that one side of a transfer leaves.
func (t *change) moved(a Account, debit bool, amount protocol.Amount) (uint64, error) {
	balance, err := t.Balance(a.ID)
	if err != nil {
		return 0, err
	}
	change := a.Class.change(debit, amount)
	if balance+change < 0 || balance > math.MaxInt64-protocol.MaxMinor {
		return 0, ErrInsufficient
	}
	return uint64(balance + change), nil
}
