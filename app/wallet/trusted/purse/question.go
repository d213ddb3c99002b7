package purse

import (
	"context"
	"fmt"
	"slices"

	"countersign/protocol"
)

// maxReported is how many results one question carries.
const maxReported = 32

// Question signs a question how the card stands at settlement, and hands in taps that
// were not settled yet: what a terminal gave up is given back on the strength of them.
// Where there are more than fit, the next question goes on with the next ones.
func (p *Purse) Question(context.Context) (*protocol.Signed[protocol.CardQuestion], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if p.card == nil {
		return nil, ErrNoCard
	}
	results := p.unsettled(p.reported)
	if len(results) == 0 {
		results = p.unsettled(0)
	}
	p.reported = 0
	if len(results) > maxReported {
		results = results[:maxReported]
		p.reported = results[maxReported-1].Unverified().Counter
	}
	signed, err := p.signing.question(protocol.CardQuestion{Number: p.terms().Number, Sent: protocol.At(p.o.Clock()), Results: results})
	if err != nil {
		return nil, fmt.Errorf("ask how the card stands: %w", err)
	}
	return signed, nil
}

// MoreToReport says whether the last question had no room for all that is not settled.
func (p *Purse) MoreToReport() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reported != 0
}

// unsettled lists the results behind a counter that are not settled.
func (p *Purse) unsettled(behind uint64) []*protocol.Signed[protocol.TapResult] {
	results := []*protocol.Signed[protocol.TapResult]{}
	for _, l := range p.chain.links {
		if l.result != nil && l.counter > max(behind, p.state.Cleared) {
			results = append(results, l.result)
		}
	}
	return results
}

// AcceptState verifies settlement's answer to a question and keeps what it says: what
// waits, what is settled, and whether the card is blocked. An answer older than the last
// changes nothing. Settlement being ahead of this purse means that the purse was rolled
// back, or used from a copy: ErrRolledBack, and it pays no more. It is ahead as well by a
// load whose request was said to be refused: that one waits again.
func (p *Purse) AcceptState(ctx context.Context, signed *protocol.Signed[protocol.CardState]) (protocol.CardState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.acceptState(ctx, signed)
	if err != nil {
		return s, fmt.Errorf("accept how the card stands: %w", err)
	}
	return s, nil
}

func (p *Purse) acceptState(ctx context.Context, signed *protocol.Signed[protocol.CardState]) (protocol.CardState, error) {
	if p.closed {
		return protocol.CardState{}, ErrClosed
	}
	if p.card == nil {
		return protocol.CardState{}, ErrNoCard
	}
	now, err := p.now()
	if err != nil {
		return protocol.CardState{}, err
	}
	server, err := p.signedUnder(signed.Unverified().Signer)
	if err != nil {
		return protocol.CardState{}, err
	}
	s, err := protocol.VerifyCardState(signed, server, p.terms().Number, p.o.Identity.Trust(), now)
	switch {
	case err != nil:
		return s, err
	case s.Currency != p.terms().Purse.Currency:
		return s, protocol.ErrOtherCurrency
	case s.Decided < p.state.Decided:
		return s, nil
	case s.Cleared > p.state.Counter:
		return s, p.rolledBack(ctx, s.Cleared)
	}
	next := p.state
	next.Decided, next.Waiting, next.Blocked = s.Decided, s.Waiting, s.Blocked
	next.Cleared = max(next.Cleared, s.Cleared)
	if s.Sequence > p.state.Sequence {
		if next.Requests, err = p.booked(s); err != nil {
			return s, p.rolledBack(ctx, s.Sequence)
		}
	}
	if err := p.commit(ctx, opState, &change{state: next}); err != nil {
		return s, err
	}
	p.o.Display(Event{Kind: ShowState, Currency: s.Currency, Balance: p.state.balance()})
	return s, nil
}

// booked has the request wait again that settlement has booked, although it was said
// to be refused. It fails where there is none of that amount, or settlement is ahead by
// more than one load.
func (p *Purse) booked(s protocol.CardState) ([]request, error) {
	if s.Sequence != p.state.Sequence+1 {
		return nil, ErrRolledBack
	}
	if signed := p.pendingLoad(); signed != nil && protocol.Sum(signed.Unverified().Amount) == s.Total-p.state.Total {
		return p.state.Requests, nil
	}
	for i, r := range slices.Backward(p.state.Requests) {
		signed, err := protocol.Parse[protocol.LoadRequest](r.Message)
		if err != nil || protocol.Sum(signed.Unverified().Amount) != s.Total-p.state.Total {
			continue
		}
		requests := slices.Clone(p.state.Requests)
		for j := range requests {
			requests[j].Refused = j != i
		}
		return requests, nil
	}
	return nil, ErrRolledBack
}

// rolledBack keeps that settlement knows more than this purse. The caller has the lock.
func (p *Purse) rolledBack(ctx context.Context, known uint64) error {
	p.o.Log.ErrorContext(ctx, "settlement knows more of the card than the purse", "known", known, "counter", p.state.Counter, "load", p.state.Sequence)
	next := p.state
	next.RolledBack = true
	if err := p.commit(ctx, opState, &change{state: next}); err != nil {
		return err
	}
	return ErrRolledBack
}
