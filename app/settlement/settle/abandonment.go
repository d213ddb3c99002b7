package settle

import (
	"context"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// AbandonTap keeps that a terminal gave up a torn tap: nothing was sold. It is a
// tombstone as a reversal is: what the card deducted for it goes back to the card,
// whenever settlement learns of it and from whom. A tap that was handed in before
// stays as it was decided, and that answer is returned.
func (s *Settler) AbandonTap(ctx context.Context, p Peer, m *protocol.Signed[protocol.TapAbandonment]) ([]byte, error) {
	asked, certificate, err := signedBy(s, p, m)
	if err != nil {
		return nil, err
	}
	pay, err := asked.Pay.Verify(certificate.Holder.Key)
	if err != nil {
		return nil, unauthorised("the PAY is not this terminal's: " + err.Error())
	}
	h, now := asked.Pay.Hash(), protocol.At(s.Clock())
	key := ledger.NewTapKey(p.Subject, h)
	answer, v, err := conclude(ctx, s, forTaps, key.String(), func(r ledger.Reader, _ uint64) (verdictOf[protocol.TapCleared], error) {
		tap, err := r.Tap(key)
		switch {
		case isNotFound(err):
			tap = ledger.Tap{Pay: h}
		case err != nil:
			return verdictOf[protocol.TapCleared]{}, err
		case tap.Pay != h && !told(tap):
			tap = ledger.Tap{Pay: h}
		case tap.Pay != h:
			return verdictOf[protocol.TapCleared]{}, conflict("another tap is kept under the first half of this hash")
		case tap.Answer != nil:
			return verdictOf[protocol.TapCleared]{answer: tap.Answer}, nil
		case tap.Tombstone != nil:
			return verdictOf[protocol.TapCleared]{answer: tap.Tombstone}, nil
		}
		if v, closed, err := abandonClosed(r, key, tap, pay, asked.Card); closed || err != nil {
			return v, err
		}
		return bury(r, key, tap, pay, asked.Card, now)
	})
	if err == nil && v.answer == nil {
		s.Log.InfoContext(ctx, "tap given up", "terminal", string(p.Subject), "tap", key.String(), "amount", int64(pay.Amount), "result", v.outcome.Result.String())
	}
	return answer, err
}

// told says whether a terminal has told of a tap. Before that there is a card's word
// alone, which may have made the PAY up: its hash begins as another's then.
func told(tap ledger.Tap) bool { return tap.Answer != nil || tap.Tombstone != nil }

// bury leaves the tombstone, and gives back what the wallet has reported.
func bury(r ledger.Reader, key ledger.TapKey, tap ledger.Tap, pay protocol.TapPay, mark protocol.CardMark, now protocol.Time) (v verdictOf[protocol.TapCleared], err error) {
	reported := tap
	tap.Scramble, tap.Amount, tap.Currency, tap.Mark = pay.Scramble, pay.Amount, pay.Currency, mark
	tap.Number, tap.Counter, tap.Result = "", 0, protocol.Hash{}
	v.outcome = protocol.TapCleared{Pay: tap.Pay, Result: protocol.ClearingGivenBack, Amount: pay.Amount, Currency: pay.Currency, Decided: now}
	v.keep = func(tx ledger.Tx, signed []byte) error {
		tap.Tombstone = signed
		if err := tx.PutTap(key, tap); err != nil {
			return err
		}
		if reported.Number == "" {
			return nil
		}
		purse, err := tx.Purse(reported.Number)
		if err != nil {
			return err
		}
		links, err := tx.Deductions(ledger.DeductionKey{Number: reported.Number, Counter: reported.Counter})
		if err != nil {
			return err
		}
		for at, d := range links {
			if d.Hash == reported.Result {
				l := link{DeductionKey: ledger.DeductionKey{Number: reported.Number, Counter: reported.Counter}, links: links, at: at}
				return settleReported(tx, purse, l, key, reported.Scramble, reported.Currency, now)
			}
		}
		return nil
	}
	return v, nil
}

// settleReported gives a deduction back that the wallet reported, if the terminal
// gave the tap up. For what nobody gave up it keeps that it was reported.
func settleReported(tx ledger.Tx, purse ledger.Purse, l link, key ledger.TapKey, scramble protocol.Code, currency protocol.Currency, now protocol.Time) error {
	if l.crowded || l.state().Settled() {
		return l.keep(tx, purse, l.state(), l.entry(), now)
	}
	d := l.links[l.at]
	tap, err := tx.Tap(key)
	fits := err == nil && tap.Tombstone != nil && tap.Answer == nil && tap.Number == "" && tap.Mark == purse.Mark() &&
		tap.Scramble == scramble && tap.Amount == d.Amount && tap.Currency == currency
	switch {
	case err != nil && !isNotFound(err):
		return err
	case !fits:
		return l.keep(tx, purse, ledger.DeductionReported, 0, now)
	}
	tap.Number, tap.Counter, tap.Result = purse.Number, l.Counter, d.Hash
	state := ledger.DeductionGivenBack
	covered, err := covers(tx, purse.Number, d.Amount)
	switch {
	case err != nil:
		return err
	case covered:
		if tap.Entry, err = giveBack(tx, purse.Number, d.Amount, now); err != nil {
			return err
		}
	default:
		state = ledger.DeductionUnpaid
		purse.Block(ledger.BlockUncovered, now)
	}
	if err := l.keep(tx, purse, state, tap.Entry, now); err != nil {
		return err
	}
	return tx.PutTap(key, tap)
}

// entry is what moved the deduction's money so far.
func (l link) entry() uint64 {
	if l.crowded {
		return 0
	}
	return l.links[l.at].Entry
}
