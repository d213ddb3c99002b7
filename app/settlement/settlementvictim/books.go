package main

import (
	"context"
	"encoding/hex"
	"strings"

	"countersign/app/settlement/ledger"
)

// books are what the ledger holds, for whoever compares them with the terminals'
// journals.
type books struct {
	Holds    bool             `json:"holds"`
	Proof    string           `json:"proof"`
	Sales    []book           `json:"sales"`
	Merchant map[string]int64 `json:"merchant"` // balances by reference
	Payers   int64            `json:"payers"`   // sum of all balances
	Owed     int64            `json:"owed"`     // by the acquirer
	Faults   map[string]int   `json:"faults"`
}

// book is one sale.
type book struct {
	Terminal string `json:"terminal"`
	Scramble string `json:"scramble"`
	Request  string `json:"request"`
	Amount   int64  `json:"amount"`
	// Result is how it ended, or "" while it has not.
	Result       string `json:"result"`
	Reference    uint64 `json:"reference"`
	Acknowledged bool   `json:"acknowledged"`
	// Payments and Reversals count the entries that moved money, Moved is their
	// sum, to the merchant.
	Payments  int   `json:"payments"`
	Reversals int   `json:"reversals"`
	Refunds   int   `json:"refunds"`
	Moved     int64 `json:"moved"`
}

func (s *server) books(ctx context.Context) (books, error) {
	b := books{Merchant: map[string]int64{}}
	proof, err := ledger.Prove(ctx, s.store)
	if err != nil {
		return b, err
	}
	var text strings.Builder
	if _, err := proof.WriteTo(&text); err != nil {
		return b, err
	}
	b.Holds, b.Proof = proof.Holds(), text.String()
	err = s.store.View(ctx, func(r ledger.Snapshot) error { return b.read(r) })
	return b, err
}

// openCards counts what is still to be heard of from the acquirer.
func (s *server) openCards(ctx context.Context) (open int, err error) {
	err = s.store.View(ctx, func(r ledger.Snapshot) error {
		open = 0
		return r.EachOpenAuthorisation(func(ledger.AuthorisationKey, ledger.Authorisation) error {
			open++
			return nil
		})
	})
	return open, err
}

func (b *books) read(r ledger.Snapshot) error {
	err := r.EachAccount(func(a ledger.Account, balance int64) error {
		switch a.Class {
		case ledger.Merchant:
			b.Merchant[a.ID.Number()] = balance
		case ledger.Payer:
			b.Payers += balance
		case ledger.Acquirer:
			b.Owed += balance
		}
		return nil
	})
	if err != nil {
		return err
	}
	moved := map[ledger.SaleKey]*book{}
	err = r.EachEntry(func(e ledger.Entry) error {
		if e.Sale == nil {
			return nil
		}
		m := moved[*e.Sale]
		if m == nil {
			m = &book{}
			moved[*e.Sale] = m
		}
		switch e.Kind {
		case ledger.EntryPayment:
			m.Payments++
			m.Moved += int64(e.Amount)
		case ledger.EntryReversal:
			m.Reversals++
			m.Moved -= int64(e.Amount)
		case ledger.EntryRefund:
			m.Refunds++
			m.Moved -= int64(e.Amount)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.EachSale(func(k ledger.SaleKey, s ledger.Sale) error {
		one := book{}
		if m := moved[k]; m != nil {
			one = *m
		}
		one.Terminal, one.Scramble, one.Request = string(k.Terminal), hex.EncodeToString(k.Scramble[:]), s.Request.String()
		one.Amount, one.Reference, one.Acknowledged = int64(s.Amount), s.Reference, s.Acknowledged != 0
		if d, ended := s.Final(); ended {
			one.Result = d.Result.String()
		}
		b.Sales = append(b.Sales, one)
		return nil
	})
}
