package purse

import (
	"context"
	"fmt"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// Transfer gives money to another card (转账, step S1): the owner confirms amount and
// the receiver's last four digits with the PIN on the trusted screen, the amount is
// deducted, and the signed transfer returned. It is to be sent until there is a receipt:
// see Transfers. Errors: ErrFunds, ErrFull, ErrDeclined, the screen's, and those of
// BeginLoad but ErrCeiling.
func (p *Purse) Transfer(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) (*protocol.Signed[protocol.Transfer], error) {
	signed, err := p.transfer(ctx, to, amount)
	if err != nil {
		return nil, fmt.Errorf("transfer: %w", err)
	}
	return signed, nil
}

func (p *Purse) transfer(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) (*protocol.Signed[protocol.Transfer], error) {
	if err := to.Validate(); err != nil {
		return nil, err
	}
	currency, err := p.mayTransfer(to, amount)
	if err != nil {
		return nil, err
	}
	agreed, err := p.o.Owner.Confirm(ctx, Question{
		About: AboutTransfer, Amount: amount, Currency: currency, Receiver: to.Ending(), Until: p.o.Clock().Add(askFor),
	})
	if err == nil && !agreed {
		err = ErrDeclined
	}
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.spendable(amount); err != nil { // again: time has passed
		return nil, err
	}
	now, err := p.now()
	if err != nil {
		return nil, err
	}
	terms := p.terms()
	signed, err := p.signing.transfer(protocol.Transfer{
		From: terms.Number, To: to, Amount: amount, Currency: currency,
		Counter: p.state.Counter + 1, Previous: p.state.Head, Nonce: protocol.NewCode(), Sent: protocol.At(now),
	})
	if err != nil {
		return nil, err
	}
	next := p.state
	next.Unconfirmed, next.UnconfirmedSum = 0, 0 // the PIN was entered
	entry := next.entry(Transferred, amount, to.Ending(), now)
	if err := p.deduct(ctx, opTransfer, next, kept{Transfer: true, Message: signed.Bytes(), At: protocol.At(now), History: entry.Number}, entry); err != nil {
		return nil, err
	}
	steps.LogTap(ctx, p.o.Log, steps.TapLoaded, 0, "transfer", p.state.Counter, "amount", int64(amount))
	p.o.Display(Event{Kind: ShowTransferred, Amount: amount, Currency: currency, Other: to.Ending(), Balance: p.state.balance()})
	return signed, nil
}

// mayTransfer says whether it is worth asking the owner.
func (p *Purse) mayTransfer(to protocol.CardNumber, amount protocol.Amount) (protocol.Currency, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.spendable(amount); err != nil {
		return 0, err
	}
	if to == p.terms().Number {
		return 0, fmt.Errorf("%w: to itself", protocol.ErrRange)
	}
	return p.terms().Purse.Currency, nil
}

// spendable says why an amount cannot be deducted, if so. The caller has the lock.
func (p *Purse) spendable(amount protocol.Amount) error {
	if err := p.usable(); err != nil {
		return err
	}
	now, err := p.now()
	switch {
	case err != nil:
		return err
	case protocol.At(now) > p.terms().Expires:
		return protocol.ErrExpired
	case amount < 1 || amount > protocol.MaxMinor:
		return protocol.ErrRange
	case protocol.Sum(amount) > p.state.balance():
		return ErrFunds
	case p.chain.unsettled(p.state.Cleared) >= p.o.MaxKept:
		return ErrFull
	}
	return nil
}

// deduct writes a deduction: the message that record holds is the chain's next. The
// caller has the lock and has found it spendable.
func (p *Purse) deduct(ctx context.Context, op operation, next state, record kept, entry Entry) error {
	l, err := newLink(record)
	if err != nil {
		return err
	}
	next.Counter, next.Head = l.counter, l.hash
	next.Deducted += protocol.Sum(l.amount)
	entry.Counter = l.counter
	return p.commit(ctx, op, &change{state: next, add: l, entries: []Entry{entry}})
}

// Transfers lists the transfers that have no receipt yet, oldest first: those very bytes
// are sent until they have.
func (p *Purse) Transfers() []*protocol.Signed[protocol.Transfer] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var waiting []*protocol.Signed[protocol.Transfer]
	for _, l := range p.chain.links {
		if !l.over() {
			waiting = append(waiting, l.transfer)
		}
	}
	return waiting
}

// AcceptReceipt verifies settlement's answer to a transfer and shows how it ended. What
// was returned waits for this card: BeginLoad. A receipt that was accepted before
// changes nothing. Errors: ErrNotWaiting, those of protocol.VerifyTransferReceipt.
func (p *Purse) AcceptReceipt(ctx context.Context, signed *protocol.Signed[protocol.TransferReceipt]) (protocol.TransferReceipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.acceptReceipt(ctx, signed)
	if err != nil {
		return protocol.TransferReceipt{}, fmt.Errorf("accept a transfer's receipt: %w", err)
	}
	return r, nil
}

func (p *Purse) acceptReceipt(ctx context.Context, signed *protocol.Signed[protocol.TransferReceipt]) (protocol.TransferReceipt, error) {
	if p.closed {
		return protocol.TransferReceipt{}, ErrClosed
	}
	now, err := p.now()
	if err != nil {
		return protocol.TransferReceipt{}, err
	}
	server, err := p.signedUnder(signed.Unverified().Signer)
	if err != nil {
		return protocol.TransferReceipt{}, err
	}
	of := p.transferOf(signed.Unverified().Transfer)
	if of == nil {
		return protocol.TransferReceipt{}, ErrNotWaiting
	}
	r, err := protocol.VerifyTransferReceipt(signed, server, of.hash, p.o.Identity.Trust(), now)
	if err != nil || of.record.Receipt != receiptNone {
		return r, err
	}
	answered := *of
	ending := Ending("")
	switch r.Result {
	case protocol.TransferMade:
		answered.record.Receipt, ending = receiptMade, Delivered
	case protocol.TransferReturned:
		answered.record.Receipt, ending = receiptReturned, Returned
	default:
		answered.record.Receipt, ending = receiptConflict, Conflict
	}
	sent := of.transfer.Unverified()
	entry := Entry{Number: of.record.History, Kind: Transferred, Amount: sent.Amount, Other: sent.To.Ending(), At: of.record.At, Ending: ending, Counter: of.counter}
	next := p.state
	if r.Result == protocol.TransferReturned {
		next.Waiting += protocol.Sum(sent.Amount) // until settlement says how much it is
	}
	if err := p.commit(ctx, opReceipt, &change{state: next, put: &answered, entries: []Entry{entry}}); err != nil {
		return r, err
	}
	p.o.Log.InfoContext(ctx, "transfer answered", "counter", of.counter, "result", r.Result.String())
	p.o.Display(Event{Kind: ShowReceipt, Amount: sent.Amount, Currency: sent.Currency, Other: sent.To.Ending(), Ending: ending, Balance: p.state.balance()})
	return r, nil
}

func (p *Purse) transferOf(h protocol.Hash) *link {
	for _, l := range p.chain.links {
		if l.transfer != nil && l.hash == h {
			return l
		}
	}
	return nil
}
