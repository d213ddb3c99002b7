package purse

import (
	"context"
	"fmt"
	"slices"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// maxRequests bounds the requests for one load that are remembered: one that waits,
// and those before it that settlement is said to have refused.
const maxRequests = 4

// BeginLoad signs a request for money on the card (step S1): from the card's account,
// or, waiting, of what waits for the card at settlement. Until it is answered the same
// request is returned again, after a restart as well; another one fails with ErrWaits.
// Errors: ErrCeiling, ErrNoCard, ErrBlocked, ErrRolledBack, ErrClock.
func (p *Purse) BeginLoad(ctx context.Context, amount protocol.Amount, waiting bool) (*protocol.Signed[protocol.LoadRequest], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	signed, err := p.beginLoad(ctx, amount, waiting)
	if err != nil {
		return nil, fmt.Errorf("begin a load: %w", err)
	}
	return signed, nil
}

func (p *Purse) beginLoad(ctx context.Context, amount protocol.Amount, waiting bool) (*protocol.Signed[protocol.LoadRequest], error) {
	if err := p.usable(); err != nil {
		return nil, err
	}
	now, err := p.now()
	if err != nil {
		return nil, err
	}
	if signed := p.pendingLoad(); signed != nil {
		if asked := signed.Unverified(); asked.Amount != amount || asked.Waiting != waiting {
			return nil, ErrWaits
		}
		return signed, nil
	}
	terms := p.terms()
	if protocol.Sum(amount) > protocol.Sum(terms.Purse.Ceiling)-p.state.balance() {
		return nil, ErrCeiling
	}
	signed, err := p.signing.request(protocol.LoadRequest{
		Number: terms.Number, Nonce: protocol.NewCode(), Amount: amount, Currency: terms.Purse.Currency,
		Sequence: p.state.Sequence + 1, Waiting: waiting, Sent: protocol.At(now),
	})
	if err != nil {
		return nil, err
	}
	next := p.state
	next.Requests = append(slices.Clone(p.state.Requests), request{Message: signed.Bytes()})
	if len(next.Requests) > maxRequests {
		next.Requests = next.Requests[1:] // refused, and refused again since
	}
	return signed, p.commit(ctx, opRequest, &change{state: next})
}

// PendingLoad is the request that waits for its answer, or nil: those very bytes are
// sent until there is one.
func (p *Purse) PendingLoad() *protocol.Signed[protocol.LoadRequest] {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pendingLoad()
}

func (p *Purse) pendingLoad() *protocol.Signed[protocol.LoadRequest] {
	for _, r := range p.state.Requests {
		if !r.Refused {
			signed, _ := protocol.Parse[protocol.LoadRequest](r.Message) // it was parsed when the purse was opened, or made here
			return signed
		}
	}
	return nil
}

// AcceptLoad verifies settlement's load and credits it, once: the load that was
// credited last is returned and changes nothing. Errors: ErrNotWaiting, ErrCeiling (spend
// first, then accept it: it keeps), those of protocol.VerifyLoad, and ErrRolledBack when
// settlement knows deductions that this purse does not.
func (p *Purse) AcceptLoad(ctx context.Context, signed *protocol.Signed[protocol.Load]) (protocol.Load, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	load, err := p.acceptLoad(ctx, signed)
	if err != nil {
		return protocol.Load{}, fmt.Errorf("accept a load: %w", err)
	}
	return load, nil
}

func (p *Purse) acceptLoad(ctx context.Context, signed *protocol.Signed[protocol.Load]) (protocol.Load, error) {
	if err := p.usable(); err != nil {
		return protocol.Load{}, err
	}
	now, err := p.now()
	if err != nil {
		return protocol.Load{}, err
	}
	server, err := p.signedUnder(signed.Unverified().Signer)
	if err != nil {
		return protocol.Load{}, err
	}
	if signed.Hash() == p.state.Loaded { // the hash is over all that was verified then
		return signed.Unverified(), nil
	}
	asked, err := p.requestFor(signed.Unverified().Nonce)
	if err != nil {
		return protocol.Load{}, err
	}
	load, err := protocol.VerifyLoad(signed, server, asked, p.state.Total, p.o.Identity.Trust(), now)
	if err != nil {
		return protocol.Load{}, err
	}
	terms := p.terms()
	switch {
	case load.Cleared > p.state.Counter:
		return protocol.Load{}, p.rolledBack(ctx, load.Cleared)
	case protocol.Sum(load.Amount) > protocol.Sum(terms.Purse.Ceiling)-p.state.balance():
		return protocol.Load{}, ErrCeiling
	}
	next := p.state
	next.Sequence, next.Total, next.Loaded, next.Requests = load.Sequence, load.Total, signed.Hash(), nil
	next.Cleared = max(next.Cleared, load.Cleared)
	kind := Loaded
	if asked.Waiting {
		kind = Received
		next.Waiting = max(next.Waiting-protocol.Sum(load.Amount), 0)
	}
	if err := p.commit(ctx, opLoad, &change{state: next, entries: []Entry{next.entry(kind, load.Amount, "", now)}}); err != nil {
		return protocol.Load{}, err
	}
	steps.LogTap(ctx, p.o.Log, steps.TapLoaded, 0, "load", load.Sequence, "amount", int64(load.Amount))
	p.o.Display(Event{Kind: ShowLoaded, Amount: load.Amount, Currency: load.Currency, Balance: p.state.balance()})
	return load, nil
}

// requestFor finds the request that a load answers: the one that waits, or one that is said
// to have been refused.
func (p *Purse) requestFor(nonce protocol.Code) (protocol.LoadRequest, error) {
	for _, r := range p.state.Requests {
		signed, err := protocol.Parse[protocol.LoadRequest](r.Message)
		if err != nil {
			return protocol.LoadRequest{}, err
		}
		if signed.Unverified().Nonce == nonce {
			return signed.Unverified(), nil
		}
	}
	return protocol.LoadRequest{}, ErrNotWaiting
}

// LoadRefused takes a request off that settlement has refused for good, so that
// another can be made. That word is not signed: should settlement have booked the load
// nevertheless, it is still accepted, and AcceptState has the request wait again.
// Errors: ErrNotWaiting.
func (p *Purse) LoadRefused(ctx context.Context, asked protocol.Hash) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	for i, r := range p.state.Requests {
		signed, err := protocol.Parse[protocol.LoadRequest](r.Message)
		if err != nil {
			return err
		}
		if signed.Hash() == asked && !r.Refused {
			next := p.state
			// To the front, so that of two alike the other is tried first.
			next.Requests = append([]request{{Message: r.Message, Refused: true}}, slices.Delete(slices.Clone(p.state.Requests), i, i+1)...)
			return p.commit(ctx, opRefused, &change{state: next})
		}
	}
	return ErrNotWaiting
}
