package operator

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// maxNote bounds the reason that is kept with a block, in bytes.
const maxNote = 200

// Card is a virtual card as the operator sees it, without its number.
type Card struct {
	ledger.Purse
	// Held is the money on the card, and Waiting what waits for it, in minor units.
	Held, Waiting int64
	// Open is what holds its cleared counter back; nil if nothing does.
	Open *Open
	// Links are the deductions that are known, by counter.
	Links []Link
}

// Open is the oldest deduction of a card that is not settled.
type Open struct {
	Counter uint64
	// Reported says whether its wallet has reported it: then it can be closed. Since is
	// when it first did, 0 if that was not noted.
	Reported bool
	Since    protocol.Time
	// Behind is how many deductions later ones go: a wallet pays no more when that, with
	// what it has not told yet, comes to 512.
	Behind uint64
}

// Shadow is what the card ought to hold by all that settlement has heard of. It
// is below zero if the card cheats.
func (c Card) Shadow() int64 { return int64(c.Loaded) - int64(c.Deducted) - int64(c.Released) }

// Link is a deduction in a card's chain.
type Link struct {
	Counter uint64
	ledger.Deduction
	// Reason is why the operator closed it, empty unless that was so.
	Reason string
}

// Cards lists all virtual cards, without their chains.
func (o *Operator) Cards(ctx context.Context) ([]Card, error) {
	var all []Card
	err := o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		all = nil
		var purses []ledger.Purse
		err := s.EachPurse(func(p ledger.Purse) error {
			purses = append(purses, p)
			return nil
		})
		if err != nil {
			return err
		}
		for _, p := range purses {
			c, err := cardOf(s, p)
			if err == nil {
				c.Open, err = openOf(s, p)
			}
			if err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	return all, err
}

func cardOf(r ledger.Reader, p ledger.Purse) (c Card, err error) {
	c.Purse = p
	if c.Held, err = r.Balance(ledger.PurseAccount(p.Number)); err != nil {
		return c, err
	}
	c.Waiting, err = r.Balance(ledger.WaitingAccount(p.Number))
	return c, err
}

// openOf looks for what holds a card's cleared counter back.
func openOf(s ledger.Snapshot, p ledger.Purse) (*Open, error) {
	open := Open{Counter: p.Cleared + 1}
	last := p.Cleared
	err := s.EachDeductionOf(p.Number, open.Counter, func(counter uint64, links []ledger.Deduction) error {
		last = counter
		if counter != open.Counter {
			return nil
		}
		for _, d := range links {
			if d.State.Settled() {
				continue
			}
			open.Reported = true
			report, err := s.Report(ledger.ReportKey{DeductionKey: ledger.DeductionKey{Number: p.Number, Counter: counter}, Result: d.Hash})
			if ignoring(err, ledger.ErrNotFound) != nil {
				return err
			}
			if open.Since == 0 || report.At != 0 && report.At < open.Since {
				open.Since = report.At
			}
		}
		return nil
	})
	if err != nil || last == p.Cleared {
		return nil, err
	}
	open.Behind = last - open.Counter
	return &open, nil
}

// Card shows one card with its chain. mark is its 32 hex digits, as Cards lists it.
func (o *Operator) Card(ctx context.Context, mark string) (c Card, err error) {
	err = o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		p, err := marked(s, mark)
		if err != nil {
			return err
		}
		if c, err = cardOf(s, p); err != nil {
			return err
		}
		if c.Open, err = openOf(s, p); err != nil {
			return err
		}
		return s.EachDeductionOf(p.Number, 0, func(counter uint64, links []ledger.Deduction) error {
			for _, d := range links {
				report, err := s.Report(ledger.ReportKey{DeductionKey: ledger.DeductionKey{Number: p.Number, Counter: counter}, Result: d.Hash})
				if ignoring(err, ledger.ErrNotFound) != nil {
					return err
				}
				c.Links = append(c.Links, Link{counter, d, report.Reason})
			}
			return nil
		})
	})
	return c, err
}

func marked(r ledger.Reader, mark string) (ledger.Purse, error) {
	var p ledger.Purse
	raw, err := hex.DecodeString(mark)
	if err != nil || len(raw) != len(protocol.CardMark{}) {
		return p, refuse(http.StatusBadRequest, problem.Malformed, "a card's mark has 32 hex digits", "See card list.")
	}
	number, err := r.PurseByMark(protocol.CardMark(raw))
	if err == nil {
		p, err = r.Purse(number)
	}
	if errors.Is(err, ledger.ErrNotFound) {
		return p, refuse(http.StatusNotFound, problem.NotFound, "no such card", "See card list.")
	}
	return p, err
}

// BlockCard blocks a card, for a reason that is kept: terminals refuse it once
// they have the next list. A card that is blocked already keeps its first reason,
// and gets the note.
func (o *Operator) BlockCard(ctx context.Context, mark, reason string) error {
	return o.mark(ctx, "card blocked", mark, reason, func(p *ledger.Purse) error {
		p.Block(ledger.BlockOperator, protocol.At(o.Clock()))
		return nil
	})
}

// UnblockCard lifts a block, for a reason that is kept: also that of a card that
// was flagged. One that was replaced, or of which money was released, stays
// blocked. That a chain forked stays on record.
func (o *Operator) UnblockCard(ctx context.Context, mark, reason string) error {
	return o.mark(ctx, "card unblocked", mark, reason, func(p *ledger.Purse) error {
		switch {
		case p.Blocked == ledger.BlockReplaced:
			return refuse(http.StatusConflict, problem.Conflict, "the card was replaced by another", "Its wallet uses the other one.")
		case p.Released > 0:
			return refuse(http.StatusConflict, problem.Conflict, "what the card held was released", "Its wallet applies for another one.")
		}
		p.Blocked, p.BlockedAt = 0, 0
		return nil
	})
}

func (o *Operator) mark(ctx context.Context, what, mark, reason string, change func(*ledger.Purse) error) error {
	if reason == "" || len(reason) > maxNote {
		return refuse(http.StatusBadRequest, problem.Malformed, "a reason has 1 to 200 bytes", "Say why: it is kept with the card.")
	}
	err := o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		p, err := marked(tx, mark)
		if err != nil {
			return err
		}
		p.Note = reason
		if err := change(&p); err != nil {
			return err
		}
		return tx.PutPurse(p)
	})
	if err == nil {
		o.Log.InfoContext(ctx, what, "mark", mark[:8], "reason", reason)
	}
	return err
}

// ReleaseCard gives what a blocked card holds, as far as settlement has heard of
// its deductions, and what waits for it, back to its account, and returns how
// much in all. The reference, 1 to 64 bytes, is needed: the same order again moves
// nothing. Terminals that were offline may still hold taps of the card: what
// they hand in later is not covered.
func (o *Operator) ReleaseCard(ctx context.Context, mark, reference string) (string, error) {
	if reference == "" || len(reference) > maxReference {
		return "", refuse(http.StatusBadRequest, problem.Malformed, "a reference has 1 to 64 bytes", "Use the number of the owner's letter, or the like.")
	}
	var given int64
	var currency protocol.Currency
	err := o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		given = 0
		p, err := marked(tx, mark)
		if err != nil {
			return err
		}
		if p.Blocked == 0 {
			return refuse(http.StatusConflict, problem.Conflict, "the card is not blocked", "Block it first, and wait until terminals have the list.")
		}
		c, err := cardOf(tx, p)
		if err != nil {
			return err
		}
		currency = p.Currency
		held, err := release(tx, ledger.PurseAccount(p.Number), p, min(c.Held, max(0, c.Shadow())), "card "+mark[:8]+" "+reference, protocol.At(o.Clock()))
		if err != nil {
			return err
		}
		waiting, err := release(tx, ledger.WaitingAccount(p.Number), p, c.Waiting, "waiting "+mark[:8]+" "+reference, protocol.At(o.Clock()))
		if err != nil {
			return err
		}
		given = held + waiting
		p.Released += protocol.Sum(held)
		return tx.PutPurse(p)
	})
	if err != nil {
		return "", found(err)
	}
	o.Log.InfoContext(ctx, "card released", "mark", mark[:8], "amount", given, "reference", reference)
	return Text(given, currency), nil
}

// release moves money of a card to its account, unless that was done under the
// reference before.
func release(tx ledger.Tx, from ledger.AccountID, p ledger.Purse, amount int64, reference string, now protocol.Time) (int64, error) {
	if _, err := tx.Load(reference); !errors.Is(err, ledger.ErrNotFound) || amount == 0 {
		return 0, ignoring(err, ledger.ErrNotFound)
	}
	amount = min(amount, protocol.MaxMinor)
	n, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryReleased, Debit: from, Credit: p.Account, Amount: protocol.Amount(amount), At: now})
	if err != nil {
		return 0, err
	}
	return amount, tx.AddLoad(reference, ledger.Load{Kind: ledger.EntryReleased, Account: p.Account, Amount: protocol.Amount(amount), Entry: n})
}

func ignoring(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
