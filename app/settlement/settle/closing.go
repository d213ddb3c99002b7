package settle

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Closing is the operator's order to close a deduction that a wallet reported and that no
// terminal hands in.
type Closing struct {
	Mark    protocol.CardMark
	Counter uint64
	// Hash begins the hash of the card's result, in hex digits: needed only where the
	// chain has more than one reported deduction in the place.
	Hash string
	// ToShop credits the merchant as if the terminal had handed the tap in; otherwise
	// the money waits for the card.
	ToShop bool
	// Merchant is whose terminal it was; empty for the only one it can be.
	Merchant ledger.AccountID
	Reason   string
}

// CloseDeduction settles a deduction on the card's own signed word (Closing), and returns
// the tap as it is kept, with the signed answer that its terminal gets should it hand the tap in or
// give it up after all: no money moves then. The same order again returns the same. An
// order that cannot be carried out is a problem, and nothing was done.
func (s *Settler) CloseDeduction(ctx context.Context, o Closing) (closed ledger.Tap, err error) {
	c := closeOrder{Closing: o, now: protocol.At(s.Clock())}
	if c.merchants, err = s.merchants(ctx, c); err != nil {
		return closed, err
	}
	subject := fmt.Sprintf("counter %d of card %s", o.Counter, hex.EncodeToString(o.Mark[:4]))
	_, v, err := conclude(ctx, s, forTaps, subject, c.decide)
	if err != nil {
		return closed, err
	}
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		d, err := c.find(r)
		if err == nil {
			closed, err = r.Tap(ledger.ClosedTapKey(d.tap.Terminal, d.key.Result))
		}
		return err
	})
	if err == nil && v.answer == nil {
		s.Log.InfoContext(ctx, "deduction closed", "mark", hex.EncodeToString(o.Mark[:4]), "counter", o.Counter, "amount", int64(closed.Amount),
			"result", v.outcome.Result.String(), "settlement", v.outcome.Reference, "reason", o.Reason)
	}
	return closed, err
}

// closeOrder is an order with what is needed to decide it.
type closeOrder struct {
	Closing
	// merchants are those that the terminal may be credited to, if there is none in
	// the order.
	merchants []ledger.AccountID
	now       protocol.Time
}

// candidate is the deduction that an order is about.
type candidate struct {
	purse  ledger.Purse
	link   link
	key    ledger.ReportKey
	tap    ledger.TapKey // under which its terminal would hand it in
	report ledger.Report
	known  bool // report is
}

func refusedOrder(detail, hint string) error {
	return problem.New(http.StatusConflict, problem.Conflict, detail, hint)
}

// find finds the deduction: the one that is open, or was closed.
func (c closeOrder) find(r ledger.Reader) (found candidate, err error) {
	number, err := r.PurseByMark(c.Mark)
	if err == nil {
		found.purse, err = r.Purse(number)
	}
	if isNotFound(err) {
		return found, problem.New(http.StatusNotFound, problem.NotFound, "no such card", "See card list.")
	}
	if err != nil {
		return found, err
	}
	place := ledger.DeductionKey{Number: number, Counter: c.Counter}
	links, err := r.Deductions(place)
	if err != nil {
		return found, err
	}
	fit, settled := 0, ledger.DeductionState(0)
	for at, d := range links {
		key := ledger.ReportKey{DeductionKey: place, Result: d.Hash}
		report, err := r.Report(key)
		if err != nil && !isNotFound(err) {
			return found, err
		}
		switch {
		case !strings.HasPrefix(hex.EncodeToString(d.Hash[:]), strings.ToLower(c.Hash)):
		case d.State.Settled() && (err != nil || report.Closed == 0):
			settled = d.State
		default:
			fit++
			found.link = link{DeductionKey: place, links: append([]ledger.Deduction{}, links...), at: at, forked: len(links) > 1, closing: true}
			found.key, found.tap, found.report, found.known = key, d.Tap, report, err == nil
		}
	}
	switch {
	case fit == 1:
		return found, nil
	case fit > 1:
		return found, refusedOrder("more than one deduction was reported under this counter", "Say which by --hash, as card show lists it.")
	case settled != 0:
		return found, refusedOrder("the deduction is settled: "+settled.String(), "There is nothing to close.")
	}
	return found, problem.New(http.StatusNotFound, problem.NotFound, "no such deduction is known of this card", "Its wallet has to report it: it does so whenever it asks how the card stands.")
}

// merchants finds whom the deduction's terminal may be credited to.
func (s *Settler) merchants(ctx context.Context, c closeOrder) (all []ledger.AccountID, err error) {
	if !c.ToShop || c.Merchant != "" {
		return []ledger.AccountID{c.Merchant}, nil
	}
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		all = nil
		found, err := c.find(r)
		if err != nil {
			return err
		}
		return r.EachAccount(func(a ledger.Account, _ int64) error {
			if a.Class == ledger.Merchant && a.Currency == found.purse.Currency && a.Credits(found.tap.Terminal) {
				all = append(all, a.ID)
			}
			return nil
		})
	})
	return all, err
}

// decide decides an order, as the ledger stands.
func (c closeOrder) decide(r ledger.Reader, number uint64) (v verdictOf[protocol.TapCleared], err error) {
	found, err := c.find(r)
	if err != nil {
		return v, err
	}
	if found.report.Closed != 0 {
		return c.repeated(r, found)
	}
	if !found.known {
		return v, refusedOrder("the card's own word about the deduction is not kept", "Have its wallet report it once more: it does so whenever it asks how the card stands.")
	}
	signed, err := protocol.Parse[protocol.TapResult](found.report.Result)
	if err != nil {
		return v, fmt.Errorf("what a wallet reported: %w", err)
	}
	result, err := signed.Verify(found.purse.Key)
	if err != nil {
		return v, fmt.Errorf("what a wallet reported: %w", err)
	}
	told, err := c.told(r, found.tap, result)
	if err != nil {
		return v, err
	}
	covered, err := covers(r, found.purse.Number, result.Amount)
	if err == nil && !covered {
		err = refusedOrder("the card does not hold that much any more", "The card has cheated, or what it held was released.")
	}
	if err != nil {
		return v, err
	}
	tap := ledger.Tap{Pay: result.Answers, Scramble: result.Scramble, Amount: result.Amount, Currency: result.Currency, Mark: found.purse.Mark(),
		Number: found.purse.Number, Counter: result.Counter, Result: found.key.Result, Decision: protocol.ClearingGivenBack}
	if c.ToShop {
		if tap.Merchant, err = c.merchant(r, found); err != nil {
			return v, err
		}
		tap.Decision, tap.Reference = protocol.ClearingCredited, number
	}
	v.outcome = protocol.TapCleared{Pay: tap.Pay, Result: tap.Decision, Reference: tap.Reference, Amount: tap.Amount, Currency: tap.Currency,
		Forked: found.link.forked, Decided: c.now}
	v.keep = func(tx ledger.Tx, signed []byte) error { return c.keep(tx, found, tap, told, signed) }
	return v, nil
}

// keep moves the money, and keeps what the terminal is to be answered.
func (c closeOrder) keep(tx ledger.Tx, found candidate, tap ledger.Tap, told bool, signed []byte) (err error) {
	own := ledger.ClosedTapKey(found.tap.Terminal, tap.Result)
	state := ledger.DeductionGivenBack
	if c.ToShop {
		state = ledger.DeductionCredited
		sale := own.Sale()
		tap.Entry, err = tx.Transfer(ledger.Transfer{Kind: ledger.EntryTap, Debit: ledger.PurseAccount(tap.Number), Credit: tap.Merchant,
			Amount: tap.Amount, At: c.now, Sale: &sale})
	} else {
		tap.Entry, err = giveBack(tx, tap.Number, tap.Amount, c.now)
	}
	if err != nil {
		return err
	}
	if !told { // an abandonment names no result: it is to find this one
		hint := tap
		hint.Mark, hint.Decision, hint.Reference, hint.Merchant, hint.Entry = protocol.CardMark{}, 0, 0, "", 0
		if err := tx.PutTap(found.tap, hint); err != nil {
			return err
		}
	}
	found.report.Closed, found.report.Reason = c.now, c.Reason
	if err := tx.PutReport(found.key, found.report); err != nil {
		return err
	}
	if err := found.link.keep(tx, found.purse, state, tap.Entry, c.now); err != nil {
		return err
	}
	tap.Answer = signed
	return tx.PutTap(own, tap)
}

// told says whether the deduction's terminal has said anything about its PAY, or about
// another that begins as it does.
func (c closeOrder) told(r ledger.Reader, key ledger.TapKey, result protocol.TapResult) (bool, error) {
	tap, err := r.Tap(key)
	switch {
	case isNotFound(err):
		return false, nil
	case err != nil || !told(tap):
		return false, err
	case c.ToShop && tap.Pay == result.Answers:
		return true, refusedOrder("the deduction's terminal has told otherwise of this tap", "It can go back to the card only.")
	}
	return true, nil
}

// merchant is whom the order credits.
func (c closeOrder) merchant(r ledger.Reader, found candidate) (ledger.AccountID, error) {
	switch len(c.merchants) {
	case 0:
		return "", refusedOrder("no merchant has the deduction's terminal, "+string(found.tap.Terminal), "Register it by merchant add, or close the deduction to the card.")
	case 1:
	default:
		return "", refusedOrder("more than one merchant has the deduction's terminal, "+string(found.tap.Terminal), "Say which by --merchant.")
	}
	account, err := r.Account(c.merchants[0])
	if isNotFound(err) || err == nil && (account.Class != ledger.Merchant || account.Currency != found.purse.Currency || !account.Credits(found.tap.Terminal)) {
		return "", refusedOrder("the merchant account is not registered to the deduction's terminal, "+string(found.tap.Terminal), "See account list.")
	}
	return account.ID, err
}

// repeated answers an order about what was closed before.
func (c closeOrder) repeated(r ledger.Reader, found candidate) (v verdictOf[protocol.TapCleared], err error) {
	tap, err := r.Tap(ledger.ClosedTapKey(found.tap.Terminal, found.key.Result))
	switch {
	case err != nil:
		return v, err
	case tap.Credited() != c.ToShop:
		return v, refusedOrder("the deduction was closed before: "+tap.Decision.String(), "What was closed stays so. A credited tap can be refunded.")
	case c.ToShop && c.Merchant != "" && c.Merchant != tap.Merchant:
		return v, refusedOrder("the deduction was closed before, to another merchant", "What was closed stays so. A credited tap can be refunded.")
	}
	v.answer = tap.Answer
	return v, nil
}
