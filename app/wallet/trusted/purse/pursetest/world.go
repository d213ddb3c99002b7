// Package pursetest is the world around a purse, in memory, for tests: settlement that
// issues a card and signs loads, states and receipts; a terminal that taps; an owner
// before the trusted screen. Keys are package protocoltest's, messages are real.
package pursetest

import (
	"context"
	"crypto"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Terms of the card that settlement issues here: ¥, at most 2000.00, above 100.00 the
// owner is asked.
var Terms = protocol.PurseTerms{Currency: 156, Ceiling: 200_000, ConfirmAbove: 10_000}

// World is a realm with one settlement server, one wallet and its owner. What tests
// change of it they change before the purse is opened, but for the clock.
type World struct {
	T                  testing.TB
	Realm              *protocoltest.Realm
	Server, WalletUnit protocoltest.Party
	Owner              *Owner
	// Anchored is the purse's Options.Anchor.
	Anchored *Anchor
	// Change changes a purse's options; nil leaves them.
	Change func(*purse.Options)

	mu     sync.Mutex
	now    time.Time
	trust  protocol.Trust
	ledger ledger
}

// New makes a world.
func New(t testing.TB) *World {
	t.Helper()
	r := protocoltest.New(t, "countersign/1")
	w := &World{
		T: t, Realm: r, Server: r.Settlement("settlement-1"), Owner: &Owner{open: true}, Anchored: &Anchor{},
		now: r.Now, trust: r.Trust(),
	}
	w.WalletUnit = r.Wallet("W-0001", w.Server, protocoltest.Template(120, "enrolled"), true)
	w.trust.Revocation = &protocol.RevocationList{Issuer: r.Name, Sequence: 1, Issued: protocol.At(r.Now), Revoked: []protocol.Revoked{}}
	w.ledger.requests = map[protocol.Hash]*protocol.Signed[protocol.Load]{}
	return w
}

// Now is the world's clock; Pass moves it, either way.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass moves the clock.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Certificate, Trust and Settlement make a World the purse's Identity.
func (w *World) Certificate() *protocol.Signed[protocol.Certificate] {
	return w.WalletUnit.Certificate
}

// Trust is what wallet and terminals believe.
func (w *World) Trust() protocol.Trust {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trust
}

// Believe changes that.
func (w *World) Believe(t protocol.Trust) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trust = t
}

// Settlement is settlement's certificate.
func (w *World) Settlement() *protocol.Signed[protocol.Certificate] { return w.Server.Certificate }

// CardKey is the card's key.
func (w *World) CardKey() crypto.Signer { return protocoltest.SignatureKey(w.T, "card of W-0001") }

// Mark names the card.
func (w *World) Mark() protocol.CardMark {
	w.T.Helper()
	return protocol.MarkOf(protocoltest.PublicKey(w.T, protocoltest.SignatureKey(w.T, "card of W-0001")))
}

// Key is what the purse's file is sealed with.
func (w *World) Key() []byte {
	key := protocoltest.Template(120, "store of W-0001")
	return key[:store.KeySize]
}

// Open opens the purse whose file is in a directory.
func (w *World) Open(dir string) (*purse.Purse, *store.Store, error) {
	s, err := store.Open(filepath.Join(dir, "purse.db"), w.Key())
	if err != nil {
		return nil, nil, err
	}
	o := purse.Options{
		Card:     func(context.Context) (crypto.Signer, error) { return w.CardKey(), nil },
		Wallet:   func(context.Context) (crypto.Signer, error) { return w.WalletUnit.Key, nil },
		Identity: w, Store: s, Owner: w.Owner, Clock: w.Now, Anchor: w.Anchored,
	}
	if w.Change != nil {
		w.Change(&o)
	}
	p, err := purse.New(context.Background(), o)
	if err != nil {
		s.Close() //nolint:errcheck // the first error is the one that matters
		return nil, nil, err
	}
	return p, s, nil
}

// Anchor is a purse's anchor in memory.
type Anchor struct {
	mu sync.Mutex
	at uint64
}

// Highest returns the number.
func (a *Anchor) Highest() (uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at, nil
}

// Raise raises it.
func (a *Anchor) Raise(_ context.Context, to uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = max(a.at, to)
	return nil
}

// Owner is the owner before the trusted screen.
type Owner struct {
	mu     sync.Mutex
	open   bool
	answer func(context.Context, purse.Question) (bool, error)
}

// Unlocked says whether the wallet is unlocked, as it is at first.
func (o *Owner) Unlocked() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open
}

// SetUnlocked unlocks or locks the wallet.
func (o *Owner) SetUnlocked(open bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open = open
}

// Answer sets what answers questions from now on; at first the owner agrees to all.
func (o *Owner) Answer(answer func(context.Context, purse.Question) (bool, error)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = answer
}

// Confirm answers.
func (o *Owner) Confirm(ctx context.Context, q purse.Question) (bool, error) {
	o.mu.Lock()
	answer := o.answer
	o.mu.Unlock()
	if answer == nil {
		return true, nil
	}
	return answer(ctx, q)
}
