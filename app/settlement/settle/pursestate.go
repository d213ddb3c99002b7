package settle

import (
	"context"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// CardState tells a wallet how its card stands at settlement, and takes the
// results that it reports: they fill its chain, and those that their terminal gave
// up wait for the card again. The answer is signed and not kept: it is of now.
func (s *Settler) CardState(ctx context.Context, p Peer, m *protocol.Signed[protocol.CardQuestion]) ([]byte, error) {
	asked, _, err := byCard(ctx, s, p, m.Unverified().Number, m)
	if err != nil {
		return nil, err
	}
	now := protocol.At(s.Clock())
	if len(asked.Results) > 0 {
		if err := s.report(ctx, p, asked, now); err != nil {
			return nil, err
		}
	}
	identity := s.Identity()
	state := protocol.CardState{Number: asked.Number, Decided: now, Signer: protocol.SignerOf(identity.Certificate)}
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		purse, err := own(r, p, asked.Number)
		if err != nil {
			return err
		}
		waiting, err := r.Balance(ledger.WaitingAccount(asked.Number))
		state.Currency, state.Waiting, state.Sequence, state.Total = purse.Currency, protocol.Sum(waiting), purse.Sequence, purse.Loaded
		state.Cleared, state.Blocked = purse.Cleared, purse.Blocked != 0
		return err
	})
	if err != nil {
		return nil, err
	}
	signed, err := protocol.Sign(identity.Signer, state)
	if err != nil {
		return nil, notReady("the answer could not be signed: " + err.Error())
	}
	return signed.Bytes(), nil
}

// report takes the results of a question, all or none.
func (s *Settler) report(ctx context.Context, p Peer, asked protocol.CardQuestion, now protocol.Time) error {
	forks := 0
	err := s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		forks = 0
		for _, signed := range asked.Results {
			purse, err := own(tx, p, asked.Number)
			if err != nil {
				return err
			}
			result, err := signed.Verify(purse.Key)
			switch {
			case err != nil:
				return unauthorised("a reported result is not the card's: " + err.Error())
			case result.Status != protocol.TapDeducted || result.Currency != purse.Currency:
				return malformed("a reported result is no deduction of this card's currency")
			}
			key := ledger.NewTapKey(result.Terminal, result.Answers)
			l, err := locate(tx, purse.Number, result.Counter, ledger.Deduction{Hash: signed.Hash(), Previous: *result.Previous, Amount: result.Amount, Tap: key})
			if err != nil {
				return err
			}
			if l.fresh && l.forked {
				forks++
			}
			if err := settleReported(tx, purse, l, key, result.Scramble, result.Currency, now); err != nil {
				return err
			}
			if err := hint(tx, key, purse, l, result, signed.Hash()); err != nil {
				return err
			}
			if err := keepWord(tx, l, signed, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && forks > 0 {
		s.Log.WarnContext(ctx, "fraud", "card", asked.Number.Ending(), "why", "the wallet reports a second deduction in one place of its card's chain")
	}
	return err
}

// keepWord keeps the card's word about a deduction that is still open: the operator may
// have to close it on the strength of that.
func keepWord(tx ledger.Tx, l link, signed *protocol.Signed[protocol.TapResult], now protocol.Time) error {
	if l.crowded || l.state().Settled() {
		return nil
	}
	if _, err := tx.Report(l.report()); !isNotFound(err) {
		return err
	}
	return tx.PutReport(l.report(), ledger.Report{Result: signed.Bytes(), At: now})
}

// hint lets an abandonment that comes later find what was reported. The first
// report of a PAY stays: others are looked at when they are reported again.
func hint(tx ledger.Tx, key ledger.TapKey, purse ledger.Purse, l link, result protocol.TapResult, h protocol.Hash) error {
	if l.crowded || l.state().Settled() {
		return nil
	}
	_, err := tx.Tap(key)
	if !isNotFound(err) {
		return err
	}
	return tx.PutTap(key, ledger.Tap{Pay: result.Answers, Scramble: result.Scramble, Amount: result.Amount, Currency: result.Currency,
		Number: purse.Number, Counter: result.Counter, Result: h})
}
