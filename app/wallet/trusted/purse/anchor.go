package purse

import (
	"context"
	"fmt"
)

// Anchor keeps the count of this purse's transactions where its file is not: in the
// secure unit. A copy of the file that is put back is behind it.
//
// To write an object takes a token some 25 ms (SoftHSM on this project's build machine),
// as much as the whole tap may: so it is raised behind the answer, not before. A process
// that is killed in between leaves it behind by what it wrote last, and a copy put back in
// that moment is for settlement to find: one counter with two hashes.
type Anchor interface {
	// Highest returns the last number raised to; 0 before the first.
	Highest() (uint64, error)
	// Raise returns when the number is kept.
	Raise(ctx context.Context, to uint64) error
}

// raiser tells the goroutine that raises the anchor.
type raiser struct {
	wake chan struct{}
	at   uint64 // what it was raised to; the goroutine's own
}

func (r *raiser) behind() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// keepAnchor raises the anchor until the purse is closed, and once more then.
func (p *Purse) keepAnchor() {
	for open := true; open; {
		select {
		case <-p.anchor.wake:
		case <-p.prompts.Done():
			open = false
		}
		p.mu.Lock()
		to := p.state.Written
		p.mu.Unlock()
		if to <= p.anchor.at {
			continue // never down: a copy that was put back stays known
		}
		ctx := context.WithoutCancel(p.prompts)
		if err := p.o.Anchor.Raise(ctx, to); err != nil {
			p.o.Log.WarnContext(ctx, "count of transactions in the secure unit", "err", err)
			continue // with the next change, or when the purse is closed
		}
		p.anchor.at = to
	}
}

// holdAgainstAnchor notices a copy that was put back, and a file that lost its last
// transaction to damage.
func (p *Purse) holdAgainstAnchor(ctx context.Context) error {
	if p.o.Anchor == nil {
		if p.o.Store.Doubtful() {
			return fmt.Errorf("%w: its last transaction may be missing", ErrDamaged)
		}
		return nil
	}
	highest, err := p.o.Anchor.Highest()
	p.anchor.at = max(highest, p.state.Written)
	switch {
	case err != nil:
		return fmt.Errorf("count of transactions in the secure unit: %w", err)
	case p.state.Written < highest && p.o.Store.Doubtful():
		return fmt.Errorf("%w: its last transaction is missing", ErrDamaged)
	case p.state.Written < highest:
		p.o.Log.ErrorContext(ctx, "an older copy of the purse was put back", "transactions", p.state.Written, "known", highest)
		p.state.RolledBack = true // written with the next change
	case p.state.Written > highest:
		return p.o.Anchor.Raise(ctx, p.state.Written)
	}
	return nil
}
