package settle

import (
	"context"
	"crypto/ecdh"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// forTaps is the form of answers about taps.
var forTaps = form[protocol.TapCleared]{
	numbered: func(o protocol.TapCleared) bool { return o.Result == protocol.ClearingCredited },
	number:   func(o *protocol.TapCleared, n uint64) { o.Reference = n },
	sign:     func(o *protocol.TapCleared, signer [8]byte) { o.Signer = signer },
	result:   func(o protocol.TapCleared) string { return o.Result.String() },
}

// clearing is a tap that a terminal hands in, after every signature in it was
// checked.
type clearing struct {
	protocol.VerifiedTap
	key         ledger.TapKey
	pay, result protocol.Hash
	now         protocol.Time
}

// ClearTap credits a tap to its merchant (what follows step S9 of
// CN103942678A), at most with what is left of what was loaded on its card; or
// gives it back to the card if the terminal had given the sale up. It returns the
// signed answer, which is kept under (terminal, H(PAY)): the same result is
// answered with the same bytes, another is fraud. peer is the terminal that
// mutual TLS names. Two deductions in one place of a card's chain block the card.
func (s *Settler) ClearTap(ctx context.Context, peer protocol.ID, envelope protocol.Envelope) ([]byte, error) {
	signed, err := openWith(s, func(key ecdh.KeyExchanger) (*protocol.Signed[protocol.TapClearing], error) {
		return protocol.OpenTapClearing(key, peer, envelope)
	})
	if err != nil {
		return nil, err
	}
	if signed == nil {
		return nil, malformed("the clearing cannot be opened: it is damaged, or was sealed for another server or by another terminal")
	}
	// What was answered is answered again, whatever has changed meanwhile.
	claimed := signed.Unverified()
	pay, result := claimed.Pay.Hash(), claimed.Result.Hash()
	key := ledger.NewTapKey(peer, pay)
	var kept []byte
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		tap, err := r.Tap(key)
		if err == nil && tap.Pay == pay {
			kept = tap.Answered(result, claimed.GivenUp)
		}
		return ignoreNotFound(err)
	})
	if err != nil || kept != nil {
		return kept, err
	}
	now, trust := s.Clock(), s.Trust()
	if err := trust.ListCurrent(now, s.Policy.MaxListAge); err != nil {
		return nil, notReady(err.Error())
	}
	verified, err := protocol.VerifyTapClearing(signed, s.self(), peer, s.Identity().Certificate.Unverified().Holder.Key, trust)
	if err != nil {
		return nil, unauthorised(err.Error())
	}
	c := clearing{verified, key, pay, result, protocol.At(now)}
	answer, v, err := conclude(ctx, s, forTaps, key.String(), c.decide)
	if err == nil && v.answer == nil {
		s.Log.InfoContext(ctx, "tap", "terminal", string(peer), "tap", key.String(), "card", verified.Card.Number.Ending(), "counter", verified.Result.Counter,
			"amount", int64(verified.Pay.Amount), "result", v.outcome.Result.String(), "settlement", v.outcome.Reference, "forked", v.outcome.Forked, "why", v.why)
	}
	return answer, err
}

func ignoreNotFound(err error) error {
	if isNotFound(err) {
		return nil
	}
	return err
}

// outcome is an answer about the PAY.
func (c clearing) outcome(result protocol.ClearingResult) protocol.TapCleared {
	return protocol.TapCleared{Pay: c.pay, Result: result, Amount: c.Pay.Amount, Currency: c.Pay.Currency, Decided: c.now}
}

// decide decides a clearing, as the ledger stands.
func (c clearing) decide(r ledger.Reader, number uint64) (v verdictOf[protocol.TapCleared], err error) {
	tap, err := r.Tap(c.key)
	switch {
	case isNotFound(err):
		tap = ledger.Tap{Pay: c.pay}
	case err != nil:
		return v, err
	case tap.Pay != c.pay && !told(tap):
		tap = ledger.Tap{Pay: c.pay}
	case tap.Pay != c.pay:
		return v, conflict("another tap is kept under the first half of this hash")
	}
	if kept := tap.Answered(c.result, c.Clearing.GivenUp); kept != nil {
		return verdictOf[protocol.TapCleared]{answer: kept}, nil
	}
	other := tap.Answer != nil || tap.Tombstone != nil && tap.Number != "" && tap.Result != c.result
	purse, err := r.Purse(c.Card.Number)
	switch unknown := isNotFound(err) || err == nil && (purse.Key != c.Card.Holder.Key || purse.Currency != c.Pay.Currency); {
	case unknown && other:
		return c.refused(tap, false)
	case unknown:
		return c.unknownCard(tap), nil
	case err != nil:
		return v, err
	}
	l, err := locate(r, purse.Number, c.Result.Counter, ledger.Deduction{Hash: c.result, Previous: *c.Result.Previous, Amount: c.Result.Amount, Tap: c.key})
	if err != nil {
		return v, err
	}
	if other && (tap.Answer == nil || tap.Result != c.result) {
		return c.contradicts(tap, purse, l)
	}
	if !l.fresh && l.state().Settled() { // as what was closed is
		if v, closed, err := c.closed(r, tap); closed || err != nil {
			return v, err
		}
	}
	if other {
		return c.contradicts(tap, purse, l)
	}
	return c.settle(r, tap, purse, l, number)
}

// settle decides about a result that is the first for its PAY.
func (c clearing) settle(r ledger.Reader, tap ledger.Tap, purse ledger.Purse, l link, number uint64) (v verdictOf[protocol.TapCleared], err error) {
	back := c.Clearing.GivenUp || tap.Tombstone != nil
	merchant := ledger.MerchantAccount(c.Clearing.Merchant)
	result, why := protocol.ClearingCredited, ""
	switch known, err := r.Account(merchant); {
	case err != nil && !isNotFound(err):
		return v, err
	case back:
		result = protocol.ClearingGivenBack
	case c.Pay.Issued > c.Card.Expires:
		result, why = protocol.ClearingCard, "the card had expired"
	case err != nil || !known.Credits(c.key.Terminal) || known.Currency != c.Pay.Currency:
		result, why = protocol.ClearingTerminal, "the merchant account is not registered to this terminal in this currency"
	}
	moves := result == protocol.ClearingCredited || result == protocol.ClearingGivenBack
	// What was given back on the wallet's report is given back.
	done := l.state().Settled()
	covered, err := covers(r, purse.Number, c.Pay.Amount)
	if err != nil {
		return v, err
	}
	if moves && (done && !l.state().Moved() || !done && !covered) {
		result, why, moves = protocol.ClearingUncovered, "more than is left of what was loaded", false
		v.fraud = true
	}
	if l.forked {
		why, v.fraud = "two deductions in one place of the card's chain", true
	}
	tap.Scramble, tap.Amount, tap.Currency = c.Pay.Scramble, c.Pay.Amount, c.Pay.Currency
	tap.Number, tap.Counter, tap.Result = purse.Number, c.Result.Counter, c.result
	if l.crowded {
		tap.Number, tap.Counter = "", 0
	}
	tap.GivenUp, tap.Decision = c.Clearing.GivenUp, result
	v.why, v.outcome = why, c.outcome(result)
	v.outcome.Forked = l.forked
	if result == protocol.ClearingCredited {
		tap.Reference, tap.Merchant, v.outcome.Reference = number, merchant, number
	}
	v.keep = func(tx ledger.Tx, signed []byte) (err error) {
		if result == protocol.ClearingUncovered {
			purse.Block(ledger.BlockUncovered, c.now)
		}
		state := ledger.DeductionUnpaid
		switch {
		case done:
			state = l.state()
		case result == protocol.ClearingCredited:
			sale := c.key.Sale()
			tap.Entry, err = tx.Transfer(ledger.Transfer{Kind: ledger.EntryTap, Debit: ledger.PurseAccount(purse.Number), Credit: merchant,
				Amount: c.Pay.Amount, At: c.now, Sale: &sale})
			state = ledger.DeductionCredited
		case moves:
			tap.Entry, err = giveBack(tx, purse.Number, c.Pay.Amount, c.now)
			state = ledger.DeductionGivenBack
		}
		if err != nil {
			return err
		}
		if err := l.keep(tx, purse, state, tap.Entry, c.now); err != nil {
			return err
		}
		tap.Answer = signed
		return tx.PutTap(c.key, tap)
	}
	return v, nil
}

// giveBack lets a deduction wait for its card.
func giveBack(tx ledger.Tx, n protocol.CardNumber, amount protocol.Amount, now protocol.Time) (uint64, error) {
	return tx.Transfer(ledger.Transfer{Kind: ledger.EntryGivenBack, Debit: ledger.PurseAccount(n), Credit: ledger.WaitingAccount(n), Amount: amount, At: now})
}

// unknownCard refuses a card that this ledger does not know.
func (c clearing) unknownCard(tap ledger.Tap) verdictOf[protocol.TapCleared] {
	tap.Scramble, tap.Amount, tap.Currency = c.Pay.Scramble, c.Pay.Amount, c.Pay.Currency
	tap.Number, tap.Counter, tap.Result = "", 0, c.result
	tap.GivenUp, tap.Decision = c.Clearing.GivenUp, protocol.ClearingCard
	return verdictOf[protocol.TapCleared]{outcome: c.outcome(protocol.ClearingCard), why: "no such card", keep: func(tx ledger.Tx, signed []byte) error {
		tap.Answer = signed
		return tx.PutTap(c.key, tap)
	}}
}

// contradicts refuses another result for a PAY that was decided. What the card
// signed is kept in its chain all the same.
func (c clearing) contradicts(tap ledger.Tap, purse ledger.Purse, l link) (v verdictOf[protocol.TapCleared], err error) {
	if v, err = c.refused(tap, l.forked); err != nil {
		return v, err
	}
	keep := v.keep
	v.keep = func(tx ledger.Tx, signed []byte) error {
		state, entry := ledger.DeductionUnpaid, uint64(0)
		if !l.crowded && !l.fresh && l.state().Settled() {
			state, entry = l.state(), l.links[l.at].Entry
		}
		if err := l.keep(tx, purse, state, entry, c.now); err != nil {
			return err
		}
		return keep(tx, signed)
	}
	return v, nil
}

// refused adds a refusal to a tap that was decided.
func (c clearing) refused(tap ledger.Tap, forked bool) (v verdictOf[protocol.TapCleared], err error) {
	if len(tap.Conflicts) >= maxConflicts {
		return v, conflict("too many other results for this PAY")
	}
	v.outcome, v.fraud, v.why = c.outcome(protocol.ClearingConflict), true, "another result for a PAY that was decided"
	v.outcome.Forked = forked
	v.keep = func(tx ledger.Tx, signed []byte) error {
		tap.Conflicts = append(tap.Conflicts[:len(tap.Conflicts):len(tap.Conflicts)], ledger.TapConflict{Result: c.result, GivenUp: c.Clearing.GivenUp, Answer: signed})
		return tx.PutTap(c.key, tap)
	}
	return v, nil
}
