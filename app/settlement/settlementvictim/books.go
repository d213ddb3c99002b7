package main

import (
	"context"
	"encoding/hex"
	"strings"

	"countersign/app/program/victim"
	"countersign/app/settlement/ledger"
)

// books are what the ledger holds, for whoever compares them with the terminals'
// journals.
func (s *server) books(ctx context.Context) (victim.Books, error) {
	b := victim.Books{Merchant: map[string]int64{}}
	proof, err := ledger.Prove(ctx, s.store)
	if err != nil {
		return b, err
	}
	var text strings.Builder
	if _, err := proof.WriteTo(&text); err != nil {
		return b, err
	}
	b.Holds, b.Proof = proof.Holds(), text.String()
	err = s.store.View(ctx, func(r ledger.Snapshot) error { return read(&b, r) })
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

// readCards adds the virtual cards.
func readCards(b *victim.Books, r ledger.Snapshot, balances map[ledger.AccountID]int64) error {
	return r.EachPurse(func(p ledger.Purse) error {
		b.Cards = append(b.Cards, victim.Card{
			Wallet: string(p.Wallet), Purse: balances[ledger.PurseAccount(p.Number)], Waiting: balances[ledger.WaitingAccount(p.Number)],
			Loaded: int64(p.Loaded), Deducted: int64(p.Deducted), Cleared: p.Cleared, Blocked: p.Blocked.String(), Forked: p.Forked,
		})
		return nil
	})
}

// read adds accounts, cards and sales.
func read(b *victim.Books, r ledger.Snapshot) error {
	balances := map[ledger.AccountID]int64{}
	err := r.EachAccount(func(a ledger.Account, balance int64) error {
		balances[a.ID] = balance
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
	if err := readCards(b, r, balances); err != nil {
		return err
	}
	moved := map[ledger.SaleKey]*victim.Kept{}
	err = r.EachEntry(func(e ledger.Entry) error {
		if e.Sale == nil {
			return nil
		}
		m := moved[*e.Sale]
		if m == nil {
			m = &victim.Kept{}
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
		one := victim.Kept{}
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
