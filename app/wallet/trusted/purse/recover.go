package purse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/protocol"
)

// Codes that RECOVER was told were never deducted are kept as burnt, durably, for
// burntFor, most of them maxBurnt and of one terminal maxBurntOfOne. Where there is no
// room RECOVER is out of order: the terminal asks again later.
//
// That they are forgotten after burntFor loses nothing. A PAY is answered only within the
// SELECT whose GET's answer it names, and that answer is sealed under a key drawn for it:
// a PAY that was signed before the code was burnt names an answer of an earlier tap, or
// of this one, whose PAY is refused while the code is burnt and whose tap is over long
// before that ends. So whatever a terminal had signed is dead for good, by its nonce and
// not by its time, and only a new PAY for the old code could deduct. An honest terminal
// makes none: it was told "never", and draws a new code for a new sale. Should one that
// did not get the answer try the same code again, it does so within the life of its sale:
// a PAY is issued and lives at most MaxLife, is refused unless its time is within MaxAge
// of ours, and our clocks differ by MaxSkew at the most. Behind their sum, which the
// highest time seen measures and so no clock set back can stretch, no PAY for a sale that
// was open when the code was burnt is good.
const (
	burntFor      = protocol.MaxLife + protocol.MaxAge + protocol.MaxSkew
	maxBurnt      = 64
	maxBurntOfOne = 16
)

func (p *Purse) isBurnt(c code, now time.Time) bool {
	return slices.ContainsFunc(p.state.Burnt, func(b burnt) bool {
		return b.Terminal == c.terminal && b.Code == c.scramble && protocol.At(now) <= b.Until
	})
}

// burn keeps a code as burnt. The caller has the lock.
func (p *Purse) burn(ctx context.Context, c code, now time.Time) error {
	if p.isBurnt(c, now) {
		return nil
	}
	next := p.state
	next.Burnt = nil
	of := 0
	for _, b := range p.state.Burnt {
		if protocol.At(now) > b.Until {
			continue
		}
		next.Burnt = append(next.Burnt, b)
		if b.Terminal == c.terminal {
			of++
		}
	}
	if len(next.Burnt) >= maxBurnt || of >= maxBurntOfOne {
		return fmt.Errorf("%w: too many codes were burnt", ErrOutOfOrder)
	}
	next.Burnt = append(next.Burnt, burnt{Terminal: c.terminal, Code: c.scramble, Until: protocol.At(p.highest.Add(burntFor))})
	return p.commit(ctx, opBurn, &change{state: next})
}

// Recover answers RECOVER: command is the terminal's Signed[TapRecover], the answer what
// protocol.SealTapRecovery makes of the result that was kept for the code, or of the word
// that nothing was deducted for it and nothing will be. Errors: ErrOutOfOrder,
// ErrUndecodable, ErrProof; any ends the tap.
func (p *Purse) Recover(ctx context.Context, command []byte) (answer []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.ended(&err)
	t, err := p.begun()
	if err != nil {
		return nil, err
	}
	if t.recovers++; t.recovers > maxRecovers {
		return nil, fmt.Errorf("%w: too many RECOVERs", ErrOutOfOrder)
	}
	signed, err := protocol.Parse[protocol.TapRecover](command)
	if err != nil {
		return nil, wrapped(ErrUndecodable, err)
	}
	trust, now, err := p.judging()
	if err != nil {
		return nil, err
	}
	asked, terminal, err := protocol.VerifyTapRecover(signed, t.nonce, trust, now)
	if err != nil {
		return nil, wrapped(ErrProof, err)
	}
	if terminal.Device.Agreement == nil {
		return nil, fmt.Errorf("%w: terminal without an agreement key", ErrProof)
	}
	sale := code{terminal.Subject, asked.Scramble}
	shown := ShowRecovered
	var result *protocol.Signed[protocol.TapResult]
	if l := p.chain.codes[sale]; l != nil {
		result = l.result
	} else {
		shown = ShowNever
		if result, err = p.never(ctx, signed.Hash(), sale, now); err != nil {
			return nil, err
		}
	}
	sealed, err := protocol.SealTapRecovery(*terminal.Device.Agreement, signed.Hash(), p.card, result)
	if err != nil {
		return nil, err
	}
	p.o.Log.InfoContext(ctx, "torn tap recovered", "terminal", string(terminal.Subject), "status", result.Unverified().Status.String())
	p.o.Display(Event{Kind: shown, Amount: result.Unverified().Amount, Currency: p.terms().Purse.Currency, Other: *terminal.Device.Name, Balance: p.state.balance()})
	return sealed, nil
}

// never burns a code and signs that nothing was deducted for it.
func (p *Purse) never(ctx context.Context, asked protocol.Hash, sale code, now time.Time) (*protocol.Signed[protocol.TapResult], error) {
	result, err := p.signing.result(protocol.TapResult{
		Answers: asked, Scramble: sale.scramble, Status: protocol.TapNever, Currency: p.terms().Purse.Currency, Terminal: sale.terminal,
	})
	if err != nil {
		return nil, err
	}
	return result, p.burn(ctx, sale, now)
}
