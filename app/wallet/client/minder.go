package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// minded is a pending payment that settlement is asked about in the background
// (guarantee 2).
type minded struct {
	payment Payment
	code    string    // of the payment QR code; empty after a restart
	made    time.Time // when the code was made
	until   time.Time // how long the code is good
	stop    context.CancelFunc
	asked   chan struct{} // buffered: somebody wants to know now

	unreachable bool // guarded by Phone.mu
	shown       bool // guarded by Phone.mu
}

// askNow cuts a pause short.
func (m *minded) askNow() {
	select {
	case m.asked <- struct{}{}:
	default:
	}
}

// mindLocked begins to ask about a payment, for the first time after a while.
func (p *Phone) mindLocked(m *minded, first time.Duration) {
	ctx, stop := context.WithCancel(p.ctx)
	m.stop, m.asked = stop, make(chan struct{}, 1)
	p.minded[m.payment.Request] = m
	if p.closed {
		stop() // too late to ask: the next start does
		return
	}
	p.running.Go(func() {
		defer stop()
		if !sleep(ctx, first, m.asked) {
			return
		}
		for wait := p.RetryFirst; !p.ask(ctx, m); wait = min(wait*8/5, p.RetryMost) {
			if !sleep(ctx, wait/2+rand.N(wait), m.asked) {
				return
			}
		}
	})
}

// ask asks settlement once and reports whether there is nothing left to ask.
func (p *Phone) ask(ctx context.Context, m *minded) (over bool) {
	request := m.payment.Request
	question, err := p.Trusted.Question(ctx, request)
	if err != nil {
		p.Log.WarnContext(ctx, "settlement not asked", "sale", request.String(), "error", err.Error())
		return errors.Is(err, trusted.ErrNotPending)
	}
	signed, err := p.Settlement.Query(ctx, question)
	if ctx.Err() != nil {
		return true
	}
	switch {
	case err == nil:
		err = p.settle(ctx, signed)
		if err != nil && !errors.Is(err, errNotFinal) {
			p.Log.WarnContext(ctx, "answer of settlement not taken", "sale", request.String(), "error", err.Error())
		}
		over = err == nil
	case errors.Is(err, ErrNeverSeen):
		if given := p.Trusted.GiveUp(ctx, request); given == nil {
			p.finish(request, View{Stage: Ended, Ending: Unseen, Decided: p.Now()})
			over = true
		} else if !errors.Is(given, trusted.ErrTooEarly) {
			p.Log.WarnContext(ctx, "payment not given up", "sale", request.String(), "error", given.Error())
		}
		err = nil
	case errors.Is(err, ErrUndecided):
		err = nil
	default:
		p.Log.WarnContext(ctx, "settlement not reached", "sale", request.String(), "error", err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if unreachable := err != nil && !errors.Is(err, errNotFinal); !over && m.unreachable != unreachable {
		m.unreachable = unreachable
		p.showLocked()
	}
	return over
}

// errNotFinal says that an outcome is genuine and leaves the payment pending.
var errNotFinal = errors.New("outcome is not final")

// settle has an outcome verified and shows how the payment ended. One that is not
// final is told to the owner and fails with errNotFinal.
func (p *Phone) settle(ctx context.Context, signed *protocol.Signed[protocol.Outcome]) error {
	outcome, pending, err := p.Trusted.Settle(ctx, signed)
	switch {
	case err != nil && outcome == (protocol.Outcome{}):
		return err
	case err != nil:
		// Verified, but still listed: the next start asks again and clears it.
		p.Log.ErrorContext(ctx, "settled payment stays listed", "sale", pending.Request.String(), "error", err.Error())
	case !outcome.Result.Final():
		p.mu.Lock()
		defer p.mu.Unlock()
		if f := p.front; f != nil && f.request == pending.Request && f.view.TriesLeft != outcome.AttemptsLeft() {
			f.view.TriesLeft = outcome.AttemptsLeft()
			f.view.notice(ReasonRetryFinger)
			p.showLocked()
		}
		return errNotFinal
	}
	ending, reason := endingOf(outcome.Result)
	p.finish(pending.Request, View{Stage: Ended, Ending: ending, Reason: reason, Reference: outcome.Reference, Decided: outcome.Decided.Time()})
	return nil
}

// finish takes a payment off the minded ones and shows how it ended: at once
// where it is in front or nothing is, else as soon as the screen is free.
func (p *Phone) finish(request protocol.Hash, v View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.minded[request]
	if m == nil {
		return // shown already
	}
	delete(p.minded, request)
	m.stop()
	v.Chosen, v.Shop, v.Amount, v.Currency = -1, m.payment.Shop, m.payment.Amount, m.payment.Currency
	p.Log.InfoContext(p.ctx, "payment ended", "sale", request.String(), "ending", string(v.Ending), "reason", string(v.Reason), "settlement", v.Reference)
	switch f := p.front; {
	case f == nil:
		p.front = endedFlow(p, v)
	case f.request == request:
		v.Notices = f.view.Notices
		f.cancel()
		f.view = v
	default:
		p.ended = append(p.ended, v)
	}
	p.showLocked()
}

func (p *Phone) mindedOf(request protocol.Hash) *minded {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.minded[request]
}
