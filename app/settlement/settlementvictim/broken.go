package main

import (
	"context"

	"countersign/app/settlement/ledger"
)

// The guards that can be taken away, to see whether the harness notices. They are
// taken away here, between the real parts; the real parts know nothing of it.
const (
	// forgetsOutcomes: what was answered before is not found again.
	forgetsOutcomes = "forgets-outcomes"
	// movesTwice: every payment moves its amount twice.
	movesTwice = "moves-twice"
)

// without returns the ledger without a guard.
func without(guard string, l ledger.Ledger) (ledger.Ledger, error) {
	switch guard {
	case "":
		return l, nil
	case forgetsOutcomes:
		return broken{l, func(r ledger.Reader) ledger.Reader { return forgetful{r} }, nil}, nil
	case movesTwice:
		return broken{l, nil, func(tx ledger.Tx) ledger.Tx { return twofold{tx} }}, nil
	}
	return nil, errGuard
}

// broken is a ledger seen through something.
type broken struct {
	ledger.Ledger
	read  func(ledger.Reader) ledger.Reader
	write func(ledger.Tx) ledger.Tx
}

func (b broken) View(ctx context.Context, read func(ledger.Snapshot) error) error {
	return b.Ledger.View(ctx, func(s ledger.Snapshot) error {
		if b.read != nil {
			s = snapshot{s, b.read(s)}
		}
		return read(s)
	})
}

func (b broken) Update(ctx context.Context, change func(ledger.Tx) error) error {
	return b.Ledger.Update(ctx, func(tx ledger.Tx) error {
		if b.read != nil {
			tx = transaction{tx, b.read(tx)}
		}
		if b.write != nil {
			tx = b.write(tx)
		}
		return change(tx)
	})
}

// snapshot and transaction look up sales elsewhere.
type snapshot struct {
	ledger.Snapshot
	reader ledger.Reader
}

func (s snapshot) Sale(k ledger.SaleKey) (ledger.Sale, error) { return s.reader.Sale(k) }

type transaction struct {
	ledger.Tx
	reader ledger.Reader
}

func (t transaction) Sale(k ledger.SaleKey) (ledger.Sale, error) { return t.reader.Sale(k) }

type forgetful struct{ ledger.Reader }

func (forgetful) Sale(ledger.SaleKey) (ledger.Sale, error) {
	return ledger.Sale{}, ledger.ErrNotFound
}

type twofold struct{ ledger.Tx }

func (t twofold) Transfer(m ledger.Transfer) (uint64, error) {
	if m.Kind == ledger.EntryPayment {
		if n, err := t.Tx.Transfer(m); err != nil {
			return n, err
		}
	}
	return t.Tx.Transfer(m)
}
