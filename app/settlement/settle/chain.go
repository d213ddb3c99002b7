package settle

import (
	"slices"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// link is a deduction in its place in a card's chain, as the ledger stands.
type link struct {
	ledger.DeductionKey
	// links are all in this place, with the deduction at index at; fresh says that
	// it was not known before.
	links []ledger.Deduction
	at    int
	fresh bool
	// forked says that the chain has another deduction in its place, or that it
	// does not name the one before it, or the one after it does not name it.
	forked bool
	// crowded says that the place holds as many as are kept: this one is not.
	crowded bool
	// closing says that the operator settles it, so that what was reported is kept.
	closing bool
}

// locate finds a deduction's place. Counters may come out of order and with gaps.
func locate(r ledger.Reader, n protocol.CardNumber, counter uint64, d ledger.Deduction) (link, error) {
	l := link{DeductionKey: ledger.DeductionKey{Number: n, Counter: counter}}
	known, err := r.Deductions(l.DeductionKey)
	if err != nil {
		return l, err
	}
	l.links = slices.Clone(known)
	l.at = slices.IndexFunc(known, func(k ledger.Deduction) bool { return k.Hash == d.Hash })
	if l.at >= 0 {
		l.forked = len(known) > 1
		return l, nil
	}
	l.fresh, l.forked = true, len(known) > 0
	if len(known) >= ledger.MaxForks {
		l.crowded = true
		return l, nil
	}
	if counter > 1 {
		before, err := r.Deductions(ledger.DeductionKey{Number: n, Counter: counter - 1})
		if err != nil {
			return l, err
		}
		if len(before) > 0 && !slices.ContainsFunc(before, func(b ledger.Deduction) bool { return b.Hash == d.Previous }) {
			l.forked = true
		}
	}
	after, err := r.Deductions(ledger.DeductionKey{Number: n, Counter: counter + 1})
	if err != nil {
		return l, err
	}
	if slices.ContainsFunc(after, func(a ledger.Deduction) bool { return a.Previous != d.Hash }) {
		l.forked = true
	}
	d.State = ledger.DeductionReported
	l.at, l.links = len(l.links), append(l.links, d)
	return l, nil
}

// report is where the wallet's word about the deduction is.
func (l link) report() ledger.ReportKey {
	return ledger.ReportKey{DeductionKey: l.DeductionKey, Result: l.links[l.at].Hash}
}

// state is what became of the deduction so far.
func (l link) state() ledger.DeductionState {
	if l.crowded {
		return ledger.DeductionUnpaid
	}
	return l.links[l.at].State
}

// keep writes the link with what became of it, and the purse, whose sums and
// flags it brings up to date.
func (l link) keep(tx ledger.Tx, purse ledger.Purse, state ledger.DeductionState, entry uint64, now protocol.Time) error {
	if l.forked {
		purse.Forked = true
		purse.Block(ledger.BlockForked, now)
	}
	if l.crowded {
		return tx.PutPurse(purse)
	}
	d := &l.links[l.at]
	if !l.fresh && !l.closing && !d.State.Settled() && state.Settled() { // the report has done its work
		if err := tx.RemoveReport(l.report()); err != nil {
			return err
		}
	}
	d.State, d.Entry = state, entry
	if err := tx.PutDeductions(l.DeductionKey, l.links); err != nil {
		return err
	}
	if l.fresh {
		purse.Deducted += protocol.Sum(d.Amount)
	}
	for {
		links, err := tx.Deductions(ledger.DeductionKey{Number: purse.Number, Counter: purse.Cleared + 1})
		if err != nil {
			return err
		}
		if len(links) == 0 || slices.ContainsFunc(links, func(d ledger.Deduction) bool { return !d.State.Settled() }) {
			return tx.PutPurse(purse)
		}
		purse.Cleared++
	}
}

// covers says whether a card holds an amount: what was loaded, less what has
// left it.
func covers(r ledger.Reader, n protocol.CardNumber, amount protocol.Amount) (bool, error) {
	held, err := r.Balance(ledger.PurseAccount(n))
	return held >= int64(amount), err
}
