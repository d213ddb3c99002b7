package cardservice

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
)

// Settlement is what is asked of settlement; *settlementclient.Client is one.
type Settlement interface {
	ApplyCard(context.Context, *protocol.Signed[protocol.CardApplication]) (settlementclient.CardAnswer, error)
	Load(context.Context, *protocol.Signed[protocol.LoadRequest]) (settlementclient.LoadAnswer, error)
	Transfer(context.Context, *protocol.Signed[protocol.Transfer]) (settlementclient.TransferAnswer, error)
	CardState(context.Context, *protocol.Signed[protocol.CardQuestion]) (settlementclient.CardStateAnswer, error)
	// SignedUnder returns settlement's certificate that bears a mark.
	SignedUnder(ctx context.Context, mark [8]byte) (*protocol.Signed[protocol.Certificate], error)
}

// Options are what a Service works with. Ready, Purse and FailPoint may be nil.
type Options struct {
	// Data is the directory of the purses' files.
	Data string
	Unit *secureunit.Unit
	// Wallet returns the signer of the wallet's certified key.
	Wallet   func(context.Context) (crypto.Signer, error)
	Owner    *trusted.Owner
	Identity purse.Identity
	// Ready says why there can be no card yet, if so.
	Ready func() error
	// Account is one of the owner's accounts, by its index.
	Account func(index int) (protocol.Account, protocol.Currency, error)
	// Settlement is settlement, or why it cannot be asked.
	Settlement func() (Settlement, error)
	Clock      func() time.Time
	Log        *slog.Logger
	// Purse changes the options that a purse is opened with.
	Purse func(*purse.Options)
	// FailPoint is called at the points that FailPoints lists.
	FailPoint func(string)
}

// mostShown is how many events wait for the client; where it does not take them in
// time it asks how the card stands.
const mostShown = 64

// Service is the virtual card of a wallet. It is safe for concurrent use.
type Service struct {
	o     Options
	shown chan purse.Event

	mu sync.Mutex
	// now is the card that is used; nil until it is needed.
	now *opened
	// used is its number; purses ask for it while they hold their own locks.
	used atomic.Uint32
	// next is the one that is to take its place, while its application has no answer yet;
	// its own fields are used with sending held.
	next *opened

	// sending is held while something is sent, so that nothing is sent twice at once. Who
	// needs both takes it before mu.
	sending sync.Mutex
	// handedIn are the cards that are used no more whose deductions settlement has.
	handedIn map[uint32]bool
}

// New returns a service. The purse is opened when it is first needed; Close closes it.
func New(o Options) *Service {
	if o.FailPoint == nil {
		o.FailPoint = func(string) {}
	}
	return &Service{o: o, shown: make(chan purse.Event, mostShown), handedIn: map[uint32]bool{}}
}

// Purse opens the card and its money with the first command that needs them, and ends a
// replacement that had been all but made.
func (s *Service) Purse(ctx context.Context) (*purse.Purse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		return s.now.purse, nil
	}
	if s.o.Ready != nil {
		if err := s.o.Ready(); err != nil {
			return nil, err
		}
	}
	number, err := s.number()
	if err != nil {
		return nil, err
	}
	now, failed := s.open(ctx, number)
	if s.now, err = s.goOn(ctx, number, now); err != nil {
		return nil, err
	}
	if s.now == nil {
		return nil, failed
	}
	s.used.Store(s.now.number)
	return s.now.purse, nil
}

// Close gives the purses' files up. Whatever is being sent has ended by then.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, o := range []*opened{s.now, s.next} {
		if o != nil {
			errs = append(errs, o.close())
		}
	}
	s.now, s.next = nil, nil
	return errors.Join(errs...)
}

var _ commands.Cards = (*Service)(nil)
