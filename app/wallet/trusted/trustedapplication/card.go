package main

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/store"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// purseFile is the purse's, in the data directory.
const purseFile = "purse.db"

// What the secure unit keeps of the purse.
const (
	labelPurseKey    = "wallet purse key"
	labelPurseAnchor = "wallet purse count"
)

// mostShown is how many events wait for the client; where it does not take them in
// time it asks how the card stands.
const mostShown = 64

// cards is the virtual card of a phone: the purse, and step S1 with settlement.
type cards struct {
	*phone
	shown chan purse.Event

	mu    sync.Mutex // beside the phone's own
	purse *purse.Purse
	store *store.Store

	// sending is held while something is sent, so that nothing is sent twice at once.
	sending sync.Mutex
}

func newCards(p *phone) *cards { return &cards{phone: p, shown: make(chan purse.Event, mostShown)} }

// Purse opens the card and its money with the first command that needs them.
func (d *cards) Purse(ctx context.Context) (*purse.Purse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.purse != nil {
		return d.purse, nil
	}
	if _, err := d.Application(); err != nil {
		return nil, err // not enrolled
	}
	key, err := d.purseKey(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := store.Open(filepath.Join(d.settings.Data, purseFile), key)
	clear(key)
	if err != nil {
		return nil, err
	}
	opened, err := purse.New(ctx, purse.Options{
		Card: d.cardSigner, Wallet: func(context.Context) (crypto.Signer, error) { return token{d.unit}.Signer() },
		Identity: d.identity(), Store: kept, Owner: cardOwner{d.owner}, Anchor: anchor{d.unit}, Clock: time.Now, Log: d.log, Display: d.show,
	})
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	d.purse, d.store = opened, kept
	return opened, nil
}

// closePurse gives the purse's file up.
func (d *cards) closePurse() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.purse == nil {
		return nil
	}
	d.purse.Close()
	err := d.store.Close()
	d.purse, d.store = nil, nil
	return err
}

// purseKey is what the purse's file is sealed with: drawn in the secure unit, and kept
// there.
func (d *cards) purseKey(ctx context.Context) ([]byte, error) {
	key, err := d.unit.Load(labelPurseKey)
	if err == nil || !errors.Is(err, secureunit.ErrNotFound) {
		return key, err
	}
	if key, err = d.unit.Random(store.KeySize); err != nil {
		return nil, err
	}
	return key, d.unit.Store(ctx, labelPurseKey, key, true)
}

// cardSigner is the card's key, made when it is first asked for.
func (d *cards) cardSigner(ctx context.Context) (crypto.Signer, error) {
	if _, err := d.unit.EnsureKey(ctx, secureunit.Card); err != nil {
		return nil, err
	}
	return d.unit.Signer(secureunit.Card)
}

// identity is what the authority has given: the newest that is known.
func (d *cards) identity() purse.Identity { return current{d.phone} }

// current follows an enrolment that is made anew.
type current struct{ phone *phone }

func (c current) papers() papers {
	c.phone.mu.Lock()
	defer c.phone.mu.Unlock()
	return papers{c.phone.papers}
}

func (c current) Certificate() *protocol.Signed[protocol.Certificate] {
	return c.papers().Certificate()
}
func (c current) Trust() protocol.Trust                              { return c.papers().Trust() }
func (c current) Settlement() *protocol.Signed[protocol.Certificate] { return c.papers().Settlement() }

// anchor keeps the purse's count in the secure unit.
type anchor struct{ unit *secureunit.Unit }

func (a anchor) Highest() (uint64, error) {
	kept, err := a.unit.Load(labelPurseAnchor)
	switch {
	case errors.Is(err, secureunit.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(kept) != 8:
		return 0, fmt.Errorf("%w: %d bytes", purse.ErrDamaged, len(kept))
	}
	return binary.BigEndian.Uint64(kept), nil
}

func (a anchor) Raise(ctx context.Context, to uint64) error {
	return a.unit.Store(ctx, labelPurseAnchor, binary.BigEndian.AppendUint64(nil, to), true)
}

// cardOwner puts the purse's questions on the trusted screen.
type cardOwner struct{ owner *trusted.Owner }

func (o cardOwner) Unlocked() bool { return o.owner.Unlocked() }

func (o cardOwner) Confirm(ctx context.Context, q purse.Question) (bool, error) {
	prompt := trusted.Prompt{Purpose: trusted.ToPay, Shop: q.Shop, Amount: q.Amount, Currency: q.Currency, Until: q.Until}
	var err error
	switch q.About {
	case purse.AboutTap:
		err = o.owner.Confirm(ctx, prompt)
	case purse.AboutTransfer:
		prompt.Purpose, prompt.Receiver = trusted.ToTransfer, q.Receiver
		err = o.owner.RequirePIN(ctx, prompt)
	default:
		err = o.owner.RequirePIN(ctx, trusted.Prompt{Purpose: trusted.ToUnlock, Until: q.Until})
	}
	if errors.Is(err, trusted.ErrDeclined) {
		return false, nil
	}
	return err == nil, err
}

// ArmCard has the owner unlock the wallet and the card answer.
func (d *cards) ArmCard(ctx context.Context) error {
	p, err := d.Purse(ctx)
	if err != nil {
		return err
	}
	if err := d.unlock(ctx, p); err != nil {
		return err
	}
	return p.Arm(ctx)
}

// unlock has the owner unlock the wallet, which is the owner's word for taps as well.
func (d *cards) unlock(ctx context.Context, p *purse.Purse) error {
	entered := !d.owner.Unlocked()
	if err := d.owner.Unlock(ctx); err != nil || !entered {
		return err
	}
	return p.OwnerVerified(ctx)
}

// ShowCardNumber shows the owner the card's number on the trusted screen.
func (d *cards) ShowCardNumber(ctx context.Context) error {
	p, err := d.Purse(ctx)
	if err != nil {
		return err
	}
	number, err := p.OwnNumber()
	if err != nil {
		return err
	}
	if err := d.unlock(ctx, p); err != nil {
		return err
	}
	return d.owner.ShowNumber(ctx, number)
}

// TapRefused logs why a terminal's command was refused.
func (d *cards) TapRefused(ctx context.Context, command string, status iso7816.Status, err error) {
	d.log.WarnContext(ctx, "tap refused", "command", command, "status", fmt.Sprintf("%04X", uint16(status)), "error", err.Error())
}

// show hands an event to tell. It does not wait.
func (d *cards) show(e purse.Event) {
	select {
	case d.shown <- e:
	default:
	}
}

// tell sends the client what its screen may show, until ctx ends.
func (d *cards) tell(ctx context.Context, emit func(ctx context.Context, kind uint32, data []byte) error) {
	for {
		select {
		case e := <-d.shown:
			data, err := commands.CardEvent(e)
			if err == nil {
				err = emit(ctx, commands.EventCard, data)
			}
			if err != nil && ctx.Err() == nil {
				d.log.WarnContext(ctx, "the client was not told what happened to the card", "error", err.Error())
			}
		case <-ctx.Done():
			return
		}
	}
}

var _ commands.Cards = (*cards)(nil)
