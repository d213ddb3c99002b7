package purse

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// Purse is the card and its money. It is safe for concurrent use. What the owner is
// asked for a tap is asked by a goroutine of the purse's, which Close waits for.
type Purse struct {
	o          Options
	encryption encryption

	mu      sync.Mutex
	closed  bool
	state   state
	highest time.Time // seen by this process; state.Highest is what is kept of it
	card    *protocol.Signed[protocol.VirtualCard]
	signing *signing // nil until the card's key was asked for
	chain   chain
	history []Entry

	armed     time.Time // until when
	tap       *tap
	confirmed map[wish]verdict
	asking    *wish
	reported  uint64 // the last counter that a question has handed in
	// former are certificates of settlement's beside the present one, by their marks.
	former map[[8]byte]*protocol.Signed[protocol.Certificate]

	anchor   raiser
	prompts  context.Context
	cancel   context.CancelFunc
	prompted sync.WaitGroup // questions about taps
	raising  sync.WaitGroup // keepAnchor
}

// New opens the purse that the store holds, or an empty one. It fails with ErrDamaged
// and ErrCardKey. A purse that was rolled back opens, and pays no more.
func New(ctx context.Context, o Options) (*Purse, error) {
	p := &Purse{o: o.withDefaults(), encryption: encryption{o.Store}, confirmed: map[wish]verdict{}, former: map[[8]byte]*protocol.Signed[protocol.Certificate]{}}
	p.anchor.wake = make(chan struct{}, 1)
	if err := p.load(ctx); err != nil {
		return nil, fmt.Errorf("open the purse: %w", err)
	}
	if err := p.holdAgainstAnchor(ctx); err != nil {
		return nil, fmt.Errorf("open the purse: %w", err)
	}
	p.prompts, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if p.o.Anchor != nil {
		p.raising.Go(p.keepAnchor)
	}
	return p, nil
}

// load reads and checks everything.
func (p *Purse) load(ctx context.Context) error {
	err := p.o.Store.View(func(tx *store.Tx) error {
		raw, err := tx.Get(store.Purse, keyState)
		if err != nil {
			return err
		}
		if raw == nil {
			p.state = state{Version: recordVersion}
		} else if p.state, err = decodeState(raw); err != nil {
			return err
		}
		if p.chain, err = readChain(tx, &p.state); err != nil {
			return err
		}
		p.history, err = readHistory(tx, &p.state)
		return err
	})
	if err != nil {
		return err
	}
	p.highest = p.state.Highest.Time()
	if p.state.Card != nil {
		if p.card, err = protocol.Parse[protocol.VirtualCard](p.state.Card); err != nil {
			return fmt.Errorf("%w: card: %w", ErrDamaged, err)
		}
	}
	for _, r := range p.state.Requests {
		if _, err := protocol.Parse[protocol.LoadRequest](r.Message); err != nil {
			return fmt.Errorf("%w: load request: %w", ErrDamaged, err)
		}
	}
	if p.state.Key != (protocol.Hash{}) {
		if err := p.cardKey(ctx); err != nil {
			return err
		}
	}
	return nil
}

// cardKey gets the card's key, and holds it against the one that was there before.
func (p *Purse) cardKey(ctx context.Context) error {
	if p.signing != nil {
		return nil
	}
	signer, err := p.o.Card(ctx)
	if err != nil {
		return fmt.Errorf("the card's key: %w", err)
	}
	module := signing{signer}
	key, err := module.key()
	if err != nil {
		return err
	}
	if p.state.Key != (protocol.Hash{}) && key.Thumbprint() != p.state.Key {
		return ErrCardKey
	}
	p.signing = &module
	return nil
}

// Close ends what the owner is being asked, waits for that, and has the anchor raised
// to where the purse is. Nothing is done any more after it.
func (p *Purse) Close() {
	p.mu.Lock()
	p.closed, p.tap, p.armed = true, nil, time.Time{}
	p.mu.Unlock()
	p.cancel()
	p.prompted.Wait()
	p.raising.Wait()
}

// now is the clock's time, which may not go back far. The caller has the lock.
func (p *Purse) now() (time.Time, error) {
	now := p.o.Clock()
	if p.highest.Sub(now) > protocol.MaxSkew {
		return now, fmt.Errorf("%w by %v", ErrClock, p.highest.Sub(now).Round(time.Second))
	}
	if now.After(p.highest) {
		p.highest = now
	}
	return now, nil
}

// usable says why the card cannot be used at all, if so. The caller has the lock.
func (p *Purse) usable() error {
	switch {
	case p.closed:
		return ErrClosed
	case p.card == nil:
		return ErrNoCard
	case p.state.RolledBack:
		return ErrRolledBack
	case p.state.Blocked:
		return ErrBlocked
	}
	return nil
}

// terms are what the card was issued with. The caller has the lock and there is a
// card, which was verified when it was accepted.
func (p *Purse) terms() protocol.VirtualCard { return p.card.Unverified() }

// listCurrent holds the revocation list's age against the limit.
func (p *Purse) listCurrent(t protocol.Trust, now time.Time) error {
	return t.ListCurrent(now, p.o.ListAge)
}

// TrustClock has the owner say, with the PIN, that the clock is right although a later
// time was seen once. Errors: ErrDeclined, the screen's.
func (p *Purse) TrustClock(ctx context.Context) error {
	agreed, err := p.o.Owner.Confirm(ctx, Question{About: AboutClock, Until: p.o.Clock().Add(askFor)})
	if err == nil && !agreed {
		err = ErrDeclined
	}
	if err != nil {
		return fmt.Errorf("trust the clock: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	p.highest = p.o.Clock()
	return p.commit(ctx, opClock, &change{state: p.state})
}

// wrapped is for errors that carry a kind for Status and the reason.
func wrapped(kind, reason error) error {
	if errors.Is(reason, kind) {
		return reason
	}
	return fmt.Errorf("%w: %w", kind, reason)
}
