package purse

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// Identity is what the authority has given the wallet.
type Identity interface {
	Certificate() *protocol.Signed[protocol.Certificate]
	Trust() protocol.Trust
	// Settlement is settlement's certificate, or nil.
	Settlement() *protocol.Signed[protocol.Certificate]
}

// Owner is who the phone belongs to, at the trusted screen.
type Owner interface {
	// Unlocked says whether the wallet is unlocked.
	Unlocked() bool
	// Confirm shows a question and returns whether the owner agreed; an error when there
	// was no answer.
	Confirm(ctx context.Context, q Question) (agreed bool, err error)
}

// Question is what the owner is asked. All of it is verified.
type Question struct {
	About    Subject
	Amount   protocol.Amount   // zero for AboutClock
	Currency protocol.Currency // zero for AboutClock
	// Shop is the name in the terminal's certificate, for AboutTap.
	Shop string
	// Receiver is the last four digits of the other card, for AboutTransfer.
	Receiver string
	// Until is when the question is put away.
	Until time.Time
}

// Subject is what a question is about. For transfers and the clock the PIN is wanted,
// for taps the owner's word.
type Subject uint8

// The subjects.
const (
	AboutTap      Subject = 1 // a shop wants to be paid
	AboutTransfer Subject = 2 // money is to go to another card
	AboutClock    Subject = 3 // the clock is right although it was once ahead
)

// Options are what a purse works with. Of those without a default all are needed
// but Anchor, Log, Display and FailPoint.
type Options struct {
	// Card returns the signer of the card's key, which lies in the secure unit and is
	// made when it is first asked for; Wallet that of the wallet's certified key.
	Card, Wallet func(context.Context) (crypto.Signer, error)
	Identity     Identity
	// Store is the open file; whoever opened it closes it after the purse.
	Store  *store.Store
	Owner  Owner
	Anchor Anchor
	Clock  func() time.Time
	Log    *slog.Logger
	// Display is told what the ordinary screen may show. It must not block or call
	// the purse.
	Display func(Event)
	// FailPoint is called at the points that FailPoints lists.
	FailPoint func(string)

	// ListAge is the greatest age of the revocation list; 7 days unless set.
	ListAge time.Duration
	// ArmedFor is how long Arm lasts; 60 s unless set.
	ArmedFor time.Duration
	// MaxUnconfirmed and MaxUnconfirmedSum bound the taps since the owner's last word:
	// 5, and three times the card's own limit, unless set.
	MaxUnconfirmed    uint32
	MaxUnconfirmedSum protocol.Sum
	// MaxKept bounds the deductions that are not settled yet; 512 unless set.
	MaxKept int
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Display == nil {
		o.Display = func(Event) {}
	}
	if o.FailPoint == nil {
		o.FailPoint = func(string) {}
	}
	if o.ListAge == 0 {
		o.ListAge = 7 * 24 * time.Hour
	}
	if o.ArmedFor == 0 {
		o.ArmedFor = time.Minute
	}
	if o.MaxUnconfirmed == 0 {
		o.MaxUnconfirmed = 5
	}
	if o.MaxKept == 0 {
		o.MaxKept = 512
	}
	return o
}

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

	anchor   raiser
	prompts  context.Context
	cancel   context.CancelFunc
	prompted sync.WaitGroup // questions about taps
	raising  sync.WaitGroup // keepAnchor
}

// New opens the purse that the store holds, or an empty one. It fails with ErrDamaged
// and ErrCardKey. A purse that was rolled back opens, and pays no more.
func New(ctx context.Context, o Options) (*Purse, error) {
	p := &Purse{o: o.withDefaults(), encryption: encryption{o.Store}, confirmed: map[wish]verdict{}}
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

// settlement returns settlement's certificate.
func (p *Purse) settlement() (*protocol.Signed[protocol.Certificate], error) {
	if server := p.o.Identity.Settlement(); server != nil {
		return server, nil
	}
	return nil, ErrNoSettlement
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
