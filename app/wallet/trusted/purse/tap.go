package purse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// maxRecovers bounds the RECOVERs of one SELECT.
const maxRecovers = 8

// tap is what happened since the last SELECT.
type tap struct {
	nonce    protocol.Code
	recovers int
	// Of GET, once it was answered: the terminal, its GET, the answer, and the sealing
	// context that PAY's answer goes on with.
	get      *protocol.Signed[protocol.TapGet]
	terminal protocol.Certificate
	answer   []byte
	cipher   *protocol.TapCipher
	paid     bool // PAY came
}

// Arm has the card answer for Options.ArmedFor, if the wallet is unlocked and the
// card can pay. Errors: ErrLocked, ErrNoCard, ErrBlocked, ErrRolledBack, ErrClock, and
// protocol.ErrListStale and ErrExpired.
func (p *Purse) Arm(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return fmt.Errorf("arm the card: %w", err)
	}
	if !p.o.Owner.Unlocked() {
		return fmt.Errorf("arm the card: %w", ErrLocked)
	}
	now, err := p.now()
	if err == nil {
		err = p.listCurrent(p.o.Identity.Trust(), now)
	}
	if err == nil && protocol.At(now) > p.terms().Expires {
		err = protocol.ErrExpired
	}
	if err != nil {
		return fmt.Errorf("arm the card: %w", err)
	}
	p.armed = now.Add(p.o.ArmedFor)
	// A tap writes the highest time; one without a deduction should not have to.
	if now.Sub(p.state.Highest.Time()) > protocol.MaxSkew {
		return p.commit(ctx, opClock, &change{state: p.state})
	}
	return nil
}

// Disarm has the card answer nothing any more; a tap that is under way ends.
func (p *Purse) Disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.tap = time.Time{}, nil
}

// Select begins a tap (step S3) and returns its nonce; the one before is over. It
// fails with ErrUnavailable unless the wallet is unlocked and the card armed.
func (p *Purse) Select(context.Context) (protocol.Code, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tap = nil
	now, err := p.now()
	if err == nil {
		err = p.usable()
	}
	switch {
	case err != nil:
		return protocol.Code{}, wrapped(ErrUnavailable, err)
	case !p.o.Owner.Unlocked():
		return protocol.Code{}, wrapped(ErrUnavailable, ErrLocked)
	case !now.Before(p.armed) || p.armed.Sub(now) > p.o.ArmedFor: // a clock set back must not stretch it
		return protocol.Code{}, wrapped(ErrUnavailable, errors.New("the card is not armed"))
	}
	p.tap = &tap{nonce: protocol.NewCode()}
	return p.tap.nonce, nil
}

// Forget ends the tap: the phone was taken out of the field.
func (p *Purse) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tap = nil
}

// begun returns the tap that a command belongs to. After an error of the command,
// which ended reports, there is none any more.
func (p *Purse) begun() (*tap, error) {
	if p.tap == nil || p.closed {
		return nil, fmt.Errorf("%w: no SELECT", ErrOutOfOrder)
	}
	return p.tap, nil
}

func (p *Purse) ended(err *error) {
	if *err != nil {
		p.tap = nil
	}
}

// Get answers GET VIRTUAL CARD NUMBER (steps S5 and S6): handle is what the client
// holds of the card, command the terminal's Signed[TapGet]. The answer is an encoded
// protocol.TapAnswer. Errors: ErrOutOfOrder, ErrUndecodable, ErrProof; any ends the tap.
func (p *Purse) Get(ctx context.Context, handle, command []byte) (answer []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.ended(&err)
	began := time.Now()
	t, err := p.begun()
	if err != nil {
		return nil, err
	}
	if t.get != nil {
		return nil, fmt.Errorf("%w: second GET", ErrOutOfOrder)
	}
	get, err := protocol.Parse[protocol.TapGet](command)
	if err != nil {
		return nil, wrapped(ErrUndecodable, err)
	}
	trust, now, err := p.judging()
	if err != nil {
		return nil, err
	}
	_, terminal, err := protocol.VerifyTapGet(get, t.nonce, p.terms().Issuer, trust, now)
	if err != nil {
		return nil, wrapped(ErrProof, err)
	}
	n, err := p.encryption.number(handle)
	if err == nil && n != p.terms().Number {
		err = protocol.ErrOtherCard
	}
	if err != nil {
		return nil, fmt.Errorf("the number that the client holds: %w", err)
	}
	cipher, sealed, err := p.encryption.begin(terminal, get.Hash(), n)
	if err != nil {
		return nil, err
	}
	signature, err := p.signing.number(get.Hash(), sealed, p.card)
	if err != nil {
		return nil, err
	}
	proof, err := cipher.SealProof(p.card, signature)
	if err != nil {
		return nil, err
	}
	answer, err = protocol.EncodeTapAnswer(protocol.TapAnswer{Number: sealed, Proof: proof})
	if err != nil {
		return nil, err
	}
	t.get, t.terminal, t.answer, t.cipher = get, terminal, answer, cipher
	steps.LogTap(ctx, p.o.Log, steps.TapEncrypted, time.Since(began), "terminal", string(terminal.Subject))
	return answer, nil
}

// judging is what a terminal's certificate is judged by. The list must be current.
func (p *Purse) judging() (protocol.Trust, time.Time, error) {
	trust := p.o.Identity.Trust()
	now, err := p.now()
	if err == nil {
		err = p.listCurrent(trust, now)
	}
	if err != nil {
		return trust, now, wrapped(ErrProof, err)
	}
	return trust, now, nil
}

// Pay answers PAY (step S9): command is the terminal's Signed[TapPay], the answer a
// sealed Signed[TapResult]. What it says was deducted is on the disk by then. Errors:
// ErrOutOfOrder (also for a code that was paid or burnt before: the terminal has RECOVER
// for that), ErrUndecodable, ErrProof; any ends the tap.
func (p *Purse) Pay(ctx context.Context, command []byte) (answer []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.ended(&err)
	began := time.Now()
	t, err := p.begun()
	if err != nil {
		return nil, err
	}
	if t.get == nil || t.paid {
		return nil, fmt.Errorf("%w: PAY without its own GET", ErrOutOfOrder)
	}
	t.paid = true
	signed, err := protocol.Parse[protocol.TapPay](command)
	if err != nil {
		return nil, wrapped(ErrUndecodable, err)
	}
	now, err := p.now()
	if err != nil {
		return nil, wrapped(ErrProof, err)
	}
	pay, err := protocol.VerifyTapPay(signed, t.terminal, t.get, t.answer, now)
	if err != nil {
		return nil, wrapped(ErrProof, err)
	}
	sale := code{t.terminal.Subject, pay.Scramble}
	if p.chain.codes[sale] != nil {
		return nil, fmt.Errorf("%w: code was paid before", ErrOutOfOrder)
	}
	if p.isBurnt(sale, now) {
		return nil, fmt.Errorf("%w: code was burnt", ErrOutOfOrder)
	}
	status, confirmed := p.decide(sale, pay, *t.terminal.Device.Name, now)
	result := protocol.TapResult{
		Answers: signed.Hash(), Scramble: pay.Scramble, Status: status, Currency: pay.Currency, Terminal: t.terminal.Subject,
	}
	if status == protocol.TapDeducted {
		previous := p.state.Head
		result.Amount, result.Counter, result.Previous = pay.Amount, p.state.Counter+1, &previous
	}
	made, err := p.signing.result(result)
	if err != nil {
		return nil, err
	}
	if answer, err = t.cipher.SealResult(signed.Hash(), made); err != nil {
		return nil, err
	}
	if status == protocol.TapDeducted {
		if err := p.deductTap(ctx, made, *t.terminal.Device.Name, confirmed, now); err != nil {
			return nil, err
		}
		delete(p.confirmed, wish{sale, pay.Amount})
	}
	steps.LogTap(ctx, p.o.Log, steps.TapPaid, time.Since(began), "status", status.String(), "amount", int64(pay.Amount), "terminal", string(sale.terminal))
	p.o.Display(Event{Kind: shows(status), Amount: pay.Amount, Currency: pay.Currency, Other: *t.terminal.Device.Name, Balance: p.state.balance()})
	return answer, nil
}

// decide is what a PAY that is in order is answered with, and whether the owner has
// confirmed it. The card must be good by the wallet's clock and by the terminal's:
// settlement goes by the latter, and would not credit what was deducted after the
// card's end. The caller has the lock.
func (p *Purse) decide(sale code, pay protocol.TapPay, shop string, now time.Time) (_ protocol.TapStatus, confirmed bool) {
	terms := p.terms()
	wanted := wish{sale, pay.Amount}
	answered := p.verdict(wanted, now)
	switch {
	case pay.Currency != terms.Purse.Currency, max(protocol.At(now), pay.Issued) > terms.Expires, p.usable() != nil,
		p.chain.unsettled(p.state.Cleared) >= p.o.MaxKept, answered == refused:
		return protocol.TapRefused, false
	case protocol.Sum(pay.Amount) > p.state.balance():
		return protocol.TapFunds, false
	case answered == agreed:
		return protocol.TapDeducted, true
	case pay.Amount <= terms.Purse.ConfirmAbove && p.underCaps(pay.Amount):
		return protocol.TapDeducted, false
	}
	if !p.ask(wanted, shop, pay.Currency, now) {
		return protocol.TapRefused, false // another question is on the trusted screen
	}
	return protocol.TapConfirm, false
}

// underCaps says whether a tap still goes without the owner's word.
func (p *Purse) underCaps(amount protocol.Amount) bool {
	most := p.o.MaxUnconfirmedSum
	if most == 0 {
		most = 3 * protocol.Sum(p.terms().Purse.ConfirmAbove)
	}
	return p.state.Unconfirmed < p.o.MaxUnconfirmed && p.state.UnconfirmedSum+protocol.Sum(amount) <= most
}

// deductTap writes the deduction of a tap.
func (p *Purse) deductTap(ctx context.Context, made *protocol.Signed[protocol.TapResult], shop string, confirmed bool, now time.Time) error {
	amount := made.Unverified().Amount
	next := p.state
	if confirmed {
		next.Unconfirmed, next.UnconfirmedSum = 0, 0
	} else {
		next.Unconfirmed++
		next.UnconfirmedSum += protocol.Sum(amount)
	}
	entry := next.entry(Paid, amount, shop, now)
	return p.deduct(ctx, opDeduct, next, kept{Message: made.Bytes(), At: protocol.At(now), History: entry.Number}, entry)
}
