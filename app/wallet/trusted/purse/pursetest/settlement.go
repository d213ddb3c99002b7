package pursetest

import (
	"context"
	"time"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// ledger is what settlement knows of the card.
type ledger struct {
	sequence uint64
	total    protocol.Sum
	cleared  uint64
	waiting  protocol.Sum
	blocked  bool
	requests map[protocol.Hash]*protocol.Signed[protocol.Load]
}

// Number is the card's number.
func (w *World) Number() protocol.CardNumber { return w.number(4711) }

// OtherNumber is another card's.
func (w *World) OtherNumber() protocol.CardNumber { return w.number(815) }

func (w *World) number(serial uint64) protocol.CardNumber {
	n, err := protocol.NewCardNumber(serial)
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

// CardClaims are what settlement signs for an application.
func (w *World) CardClaims(a *protocol.Signed[protocol.CardApplication]) protocol.VirtualCard {
	w.T.Helper()
	_, proof, _, err := protocol.VerifyCardApplication(a, w.Trust(), w.Now())
	if err != nil {
		w.T.Fatal(err)
	}
	return protocol.VirtualCard{
		Issuer: w.Server.Subject, Number: w.Number(), Expires: protocol.At(w.Now().Add(365 * 24 * time.Hour)),
		Holder: protocol.Confirmation{Key: proof.Key}, Purse: Terms,
	}
}

// Issue signs the card.
func (w *World) Issue(a *protocol.Signed[protocol.CardApplication]) *protocol.Signed[protocol.VirtualCard] {
	w.T.Helper()
	return protocoltest.Sign(w.T, w.Server.Key, w.CardClaims(a))
}

// Book is settlement's side of a load: booked once for each request, and repeated. It
// returns nil for a request that settlement refuses, because it is not the next one.
func (w *World) Book(r *protocol.Signed[protocol.LoadRequest]) *protocol.Signed[protocol.Load] {
	w.T.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if load := w.ledger.requests[r.Hash()]; load != nil {
		return load
	}
	asked := r.Unverified()
	if asked.Sequence != w.ledger.sequence+1 {
		return nil
	}
	if asked.Waiting {
		if protocol.Sum(asked.Amount) > w.ledger.waiting {
			return nil
		}
		w.ledger.waiting -= protocol.Sum(asked.Amount)
	}
	w.ledger.sequence++
	w.ledger.total += protocol.Sum(asked.Amount)
	load := protocoltest.Sign(w.T, w.Server.Key, protocol.Load{
		Number: asked.Number, Sequence: w.ledger.sequence, Amount: asked.Amount, Currency: asked.Currency, Total: w.ledger.total,
		Nonce: asked.Nonce, Made: protocol.At(w.now), Cleared: w.ledger.cleared, Signer: protocol.SignerOf(w.Server.Certificate),
	})
	w.ledger.requests[r.Hash()] = load
	return load
}

// Booked is the sum of all loads that settlement has signed.
func (w *World) Booked() protocol.Sum {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ledger.total
}

// Clear has settlement say that the deductions up to a counter are settled.
func (w *World) Clear(counter uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger.cleared = counter
}

// Block has settlement say that the card is blocked, or not.
func (w *World) Block(blocked bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger.blocked = blocked
}

// StateClaims are how the card stands at settlement.
func (w *World) StateClaims() protocol.CardState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return protocol.CardState{
		Number: w.Number(), Currency: Terms.Currency, Waiting: w.ledger.waiting, Sequence: w.ledger.sequence, Total: w.ledger.total,
		Cleared: w.ledger.cleared, Blocked: w.ledger.blocked, Decided: protocol.At(w.now), Signer: protocol.SignerOf(w.Server.Certificate),
	}
}

// State signs them.
func (w *World) State() *protocol.Signed[protocol.CardState] {
	w.T.Helper()
	return protocoltest.Sign(w.T, w.Server.Key, w.StateClaims())
}

// Receipt answers a transfer. What is returned waits for the card.
func (w *World) Receipt(t *protocol.Signed[protocol.Transfer], result protocol.TransferResult) *protocol.Signed[protocol.TransferReceipt] {
	w.T.Helper()
	w.mu.Lock()
	if result == protocol.TransferReturned {
		w.ledger.waiting += protocol.Sum(t.Unverified().Amount)
	}
	now := w.now
	w.mu.Unlock()
	r := protocol.TransferReceipt{Transfer: t.Hash(), Result: result, Reference: 7, Decided: protocol.At(now), Signer: protocol.SignerOf(w.Server.Certificate)}
	if result == protocol.TransferConflict {
		r.Reference = 0
	}
	return protocoltest.Sign(w.T, w.Server.Key, r)
}

// Furnish applies for the card and loads it.
func (w *World) Furnish(p *purse.Purse, amount protocol.Amount) {
	w.T.Helper()
	ctx := context.Background()
	a, err := p.Apply(ctx, "6222020200112233445", Terms.Currency)
	if err != nil {
		w.T.Fatal(err)
	}
	if _, err := p.AcceptCard(ctx, w.Issue(a)); err != nil {
		w.T.Fatal(err)
	}
	if amount > 0 {
		w.Load(p, amount)
	}
}

// Load loads the card.
func (w *World) Load(p *purse.Purse, amount protocol.Amount) {
	w.T.Helper()
	r, err := p.BeginLoad(context.Background(), amount, false)
	if err != nil {
		w.T.Fatal(err)
	}
	if _, err := p.AcceptLoad(context.Background(), w.Book(r)); err != nil {
		w.T.Fatal(err)
	}
}
