package ledger

import "countersign/protocol"

func (p *prover) readAccounts() error {
	return p.snapshot.EachAccount(func(a Account, balance int64) error {
		p.accounts[a.ID], p.stored[a.ID] = a, balance
		p.check(checkNegative).look(balance >= 0, "%s stands at %d", a.ID.Tail(), balance)
		registered := a.Wallet != ""
		p.check(checkRegistrations).look(a.validate() == nil && registered == (a.Key != protocol.Hash{}) && (!registered || a.Class == Payer),
			"%s: wallet %q", a.ID.Tail(), a.Wallet)
		total := p.Totals[a.Currency]
		if a.Class.held() {
			total.Held += balance
		} else {
			total.Owed += balance
		}
		p.Totals[a.Currency] = total
		return nil
	})
}

func (p *prover) readEntries() error {
	var last uint64
	err := p.snapshot.EachEntry(func(e Entry) error {
		p.check(checkSequence).look(e.Sequence == last+1, "entry %d follows %d", e.Sequence, last)
		last = e.Sequence
		debit, credit := p.accounts[e.Debit], p.accounts[e.Credit]
		p.check(checkEntries).look(p.sound(e, debit, credit), "entry %d, %v of %d", e.Sequence, e.Kind, e.Amount)
		p.computed[e.Debit] += debit.Class.change(true, e.Amount)
		p.computed[e.Credit] += credit.Class.change(false, e.Amount)
		p.check(checkNegative).look(p.computed[e.Debit] >= 0 && p.computed[e.Credit] >= 0, "after entry %d", e.Sequence)
		switch {
		case e.Kind == EntryReleased:
			p.released[e.Debit] += int64(e.Amount)
			p.loads[e.Sequence] = e
		case e.Kind == EntryTapRefund && e.Sale != nil:
			p.tapRefunds[*e.Sale] = append(p.tapRefunds[*e.Sale], e)
		case e.Kind >= EntryTopUp:
			p.purseEntries[e.Sequence] = e
		case e.Sale != nil:
			p.moves[*e.Sale] = append(p.moves[*e.Sale], e)
		default:
			p.loads[e.Sequence] = e
		}
		if e.Refund != nil {
			p.refunds[*e.Refund] = append(p.refunds[*e.Refund], e)
		}
		if e.Terminal() != "" {
			p.movements[e.Sequence] = e
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, balance := range p.stored {
		p.check(checkBalances).look(balance == p.computed[id], "%s is kept as %d, its entries make %d", id.Tail(), balance, p.computed[id])
	}
	for currency, total := range p.Totals {
		p.check(checkBooks).look(total.Held == total.Owed, "currency %d: %d held, %d owed", currency, total.Held, total.Owed)
	}
	return nil
}

// sound says whether an entry of its kind may join two accounts.
func (p *prover) sound(e Entry, debit, credit Account) bool {
	if debit.ID != e.Debit || credit.ID != e.Credit || e.Debit == e.Credit || e.Amount < 1 || e.Amount > protocol.MaxMinor ||
		debit.Currency != e.Currency || credit.Currency != e.Currency {
		return false
	}
	source := func(a Account) bool { return a.Class == Payer && !a.Card() || a.Class == Acquirer }
	switch e.Kind {
	case EntryLoad:
		return debit.Class == Funding && credit.Class == Payer && e.Sale == nil && e.Refund == nil
	case EntryPayout:
		return debit.Class == Merchant && credit.Class == Funding && e.Sale == nil && e.Refund == nil
	case EntryClearing:
		between := debit.Class == Funding && credit.Class == Acquirer || debit.Class == Acquirer && credit.Class == Funding
		return between && e.Sale == nil && e.Refund == nil
	case EntryPayment:
		return source(debit) && credit.Class == Merchant && e.Sale != nil && e.Refund == nil
	case EntryReversal:
		return debit.Class == Merchant && source(credit) && e.Sale != nil && e.Refund == nil
	case EntryRefund:
		return debit.Class == Merchant && source(credit) && e.Sale != nil && e.Refund != nil
	}
	return soundForCards(e, debit, credit)
}

// soundForCards is sound for the entries of virtual cards.
func soundForCards(e Entry, debit, credit Account) bool {
	payer := func(a Account) bool { return a.Class == Payer && !a.Card() }
	same, alone := e.Debit.Number() == e.Credit.Number(), e.Sale == nil && e.Refund == nil
	switch e.Kind {
	case EntryTopUp:
		return payer(debit) && credit.Class == PurseMoney && alone
	case EntryTaken:
		return debit.Class == Waiting && credit.Class == PurseMoney && same && alone
	case EntryTap:
		return debit.Class == PurseMoney && credit.Class == Merchant && e.Sale != nil && e.Refund == nil
	case EntryGivenBack:
		return debit.Class == PurseMoney && credit.Class == Waiting && same && alone
	case EntryMoved:
		return debit.Class == PurseMoney && credit.Class == Waiting && !same && alone
	case EntryTapRefund:
		return debit.Class == Merchant && credit.Class == Waiting && e.Sale != nil && e.Refund != nil
	case EntryReleased:
		return (debit.Class == PurseMoney || debit.Class == Waiting) && payer(credit) && alone
	}
	return false
}

func (p *prover) readMovements() error {
	err := p.snapshot.EachMovement(func(terminal protocol.ID, at protocol.Time, sequence uint64) error {
		e, there := p.movements[sequence]
		p.check(checkMovements).look(there && e.Terminal() == terminal && e.At == at, "entry %d is marked as of %s", sequence, terminal)
		delete(p.movements, sequence)
		return nil
	})
	for sequence := range p.movements {
		p.check(checkMovements).look(false, "entry %d is not found by its time", sequence)
	}
	return err
}

func (p *prover) readLoads() error {
	return p.snapshot.EachLoad(func(reference string, l Load) error {
		e, there := p.loads[l.Entry]
		account := e.Credit
		if e.Kind == EntryPayout {
			account = e.Debit
		}
		p.check(checkLoads).look(there && e.Kind == l.Kind && account == l.Account && e.Amount == l.Amount, "%v %q names entry %d", l.Kind, reference, l.Entry)
		delete(p.loads, l.Entry)
		return nil
	})
}
