package settle

import (
	"context"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// forTransfers is the form of receipts for transfers.
var forTransfers = form[protocol.TransferReceipt]{
	numbered: func(o protocol.TransferReceipt) bool { return o.Result.Booked() },
	number:   func(o *protocol.TransferReceipt, n uint64) { o.Reference = n },
	sign:     func(o *protocol.TransferReceipt, signer [8]byte) { o.Signer = signer },
	result:   func(o protocol.TransferReceipt) string { return o.Result.String() },
}

// Transfer books what a card has deducted for another one (step S1 of
// CN103942678A): it waits for the other, or, if it cannot be delivered, for the
// sender again. It returns the signed receipt, which is kept. A transfer in a
// place of the chain that another deduction has, or that is not covered, moves
// nothing and blocks the card.
func (s *Settler) Transfer(ctx context.Context, p Peer, m *protocol.Signed[protocol.Transfer]) ([]byte, error) {
	asked, _, err := byCard(ctx, s, p, m.Unverified().From, m)
	if err != nil {
		return nil, err
	}
	h, now := m.Hash(), protocol.At(s.Clock())
	answer, v, err := conclude(ctx, s, forTransfers, "transfer of card …"+asked.From.Ending(), func(r ledger.Reader, number uint64) (verdictOf[protocol.TransferReceipt], error) {
		kept, err := r.PurseTransfer(h)
		if err == nil {
			return verdictOf[protocol.TransferReceipt]{answer: kept.Answer}, nil
		}
		if !isNotFound(err) {
			return verdictOf[protocol.TransferReceipt]{}, err
		}
		return decideTransfer(r, p, asked, h, number, now)
	})
	if err == nil && v.answer == nil {
		s.Log.InfoContext(ctx, "transfer", "wallet", string(p.Subject), "from", asked.From.Ending(), "to", asked.To.Ending(), "counter", asked.Counter,
			"amount", int64(asked.Amount), "result", v.outcome.Result.String(), "settlement", v.outcome.Reference, "why", v.why)
	}
	return answer, err
}

// decideTransfer decides a transfer that was not seen before, as the ledger stands.
func decideTransfer(r ledger.Reader, p Peer, asked protocol.Transfer, h protocol.Hash, number uint64, now protocol.Time) (v verdictOf[protocol.TransferReceipt], err error) {
	purse, err := own(r, p, asked.From)
	if err != nil {
		return v, err
	}
	if asked.Currency != purse.Currency {
		return v, malformed("the card has another currency")
	}
	l, err := locate(r, purse.Number, asked.Counter, ledger.Deduction{Hash: h, Previous: asked.Previous, Amount: asked.Amount})
	if err != nil {
		return v, err
	}
	covered, err := covers(r, purse.Number, asked.Amount)
	if err != nil {
		return v, err
	}
	v.outcome = protocol.TransferReceipt{Transfer: h, Decided: now}
	kept := ledger.PurseTransfer{From: asked.From, To: asked.To, Counter: asked.Counter, Amount: asked.Amount, Decided: now}
	t := ledger.Transfer{Kind: ledger.EntryMoved, Debit: ledger.PurseAccount(asked.From), Credit: ledger.WaitingAccount(asked.To), Amount: asked.Amount, At: now}
	state := ledger.DeductionTransferred
	to, err := r.Purse(asked.To)
	switch {
	case err != nil && !isNotFound(err):
		return v, err
	case l.forked:
		v.outcome.Result, v.fraud, v.why = protocol.TransferConflict, true, "two deductions in one place of the card's chain"
	case !covered:
		v.outcome.Result, v.fraud, v.why = protocol.TransferUncovered, true, "more than is left of what was loaded"
	case err != nil || to.Currency != purse.Currency || to.Blocked != 0 || purse.Blocked != 0:
		v.outcome.Result, v.why = protocol.TransferReturned, "it cannot be delivered"
		t.Kind, t.Credit = ledger.EntryGivenBack, ledger.WaitingAccount(asked.From)
		state = ledger.DeductionGivenBack
	}
	if v.outcome.Result.Booked() {
		v.outcome.Reference = number
	}
	v.keep = func(tx ledger.Tx, signed []byte) (err error) {
		if !v.outcome.Result.Booked() {
			state = ledger.DeductionUnpaid
			if v.outcome.Result == protocol.TransferUncovered {
				purse.Block(ledger.BlockUncovered, now)
			}
		} else if kept.Entry, err = tx.Transfer(t); err != nil {
			return err
		}
		if err := l.keep(tx, purse, state, kept.Entry, now); err != nil {
			return err
		}
		kept.Result, kept.Reference, kept.Answer = v.outcome.Result, v.outcome.Reference, signed
		return tx.AddPurseTransfer(h, kept)
	}
	return v, nil
}
