package cardservice

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/store"
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

// Options are what a Service works with. Ready and Purse may be nil.
type Options struct {
	// Data is the directory of the purse's file.
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
}

// mostShown is how many events wait for the client; where it does not take them in
// time it asks how the card stands.
const mostShown = 64

// Service is the virtual card of a wallet. It is safe for concurrent use.
type Service struct {
	o     Options
	shown chan purse.Event

	mu    sync.Mutex
	purse *purse.Purse // nil until it is needed
	store *store.Store

	// sending is held while something is sent, so that nothing is sent twice at once.
	sending sync.Mutex
}

// New returns a service. The purse is opened when it is first needed; Close closes it.
func New(o Options) *Service { return &Service{o: o, shown: make(chan purse.Event, mostShown)} }

// Purse opens the card and its money with the first command that needs them.
func (s *Service) Purse(ctx context.Context) (*purse.Purse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.purse != nil {
		return s.purse, nil
	}
	if s.o.Ready != nil {
		if err := s.o.Ready(); err != nil {
			return nil, err
		}
	}
	p, kept, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	s.purse, s.store = p, kept
	return p, nil
}

func (s *Service) open(ctx context.Context) (*purse.Purse, *store.Store, error) {
	key, err := s.fileKey(ctx)
	if err != nil {
		return nil, nil, err
	}
	kept, err := store.Open(filepath.Join(s.o.Data, purseFile), key)
	clear(key)
	if err != nil {
		return nil, nil, err
	}
	o := purse.Options{
		Card: s.cardSigner, Wallet: s.o.Wallet, Identity: s.o.Identity, Store: kept, Owner: atScreen{s.o.Owner}, Anchor: anchor{s.o.Unit},
		Clock: s.o.Clock, Log: s.o.Log, Display: s.show,
	}
	if s.o.Purse != nil {
		s.o.Purse(&o)
	}
	p, err := purse.New(ctx, o)
	if err != nil {
		return nil, nil, errors.Join(err, kept.Close())
	}
	return p, kept, nil
}

// Close gives the purse's file up.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.purse == nil {
		return nil
	}
	s.purse.Close()
	err := s.store.Close()
	s.purse, s.store = nil, nil
	return err
}

var _ commands.Cards = (*Service)(nil)
