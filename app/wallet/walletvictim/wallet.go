package main

import (
	"context"
	"crypto"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"countersign/app/program/pinhash"
	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/store"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient"
)

// What the token keeps of the purse, and its own name.
const (
	labelKey   = "wallet purse key"
	labelCount = "wallet purse count"
	tokenName  = "wallet"
)

// wallet is what the trusted application holds.
type wallet struct {
	account protocol.Account
	device  virtualrealm.Device
	client  *settlementclient.Client
	person  *person
	clock   *stopwatch
	log     *slog.Logger

	unit  *secureunit.Unit
	owner *trusted.Owner
	store *store.Store
	purse *purse.Purse

	written time.Time // when a deduction was last about to be written; within the purse's lock
}

// open opens token, owner and purse, made where they are missing.
func (w *wallet) open(ctx context.Context, data string, hit func(string)) (err error) {
	if w.unit, err = openToken(ctx, filepath.Join(data, "token")); err != nil {
		return err
	}
	w.owner = trusted.NewOwner(token{w.unit, w.device}, trusted.OwnerOptions{
		Prompter: w.person, Now: time.Now, Costs: pinhash.Costs{Memory: 64, Time: 1, Threads: 1}, // PINs are not what is tried here
	})
	if err := w.owner.SetFirst(ctx, []byte(pin), trusted.Mark{Phrase: "amber anchor"}); err != nil && !errors.Is(err, trusted.ErrPINSet) {
		return err
	}
	key, err := w.unit.Load(labelKey)
	if errors.Is(err, secureunit.ErrNotFound) {
		if key, err = w.unit.Random(store.KeySize); err == nil {
			err = w.unit.Store(ctx, labelKey, key, true)
		}
	}
	if err != nil {
		return err
	}
	if w.store, err = store.Open(filepath.Join(data, "purse.db"), key); err != nil {
		return err
	}
	w.purse, err = purse.New(ctx, purse.Options{
		Card: w.card, Wallet: func(context.Context) (crypto.Signer, error) { return w.device.Signer, nil },
		Identity: w, Store: w.store, Owner: ownerOf{w.owner}, Anchor: count{w.unit}, Clock: time.Now, Log: w.log,
		FailPoint: func(point string) {
			switch point { // what is between them is the transaction
			case "purse.deduct.before":
				w.written = time.Now()
			case "purse.deduct.written":
				w.clock.since("fsync", w.written)
			}
			hit(point)
		},
		// The taps here are many, and their owner's patience is not what is tried.
		MaxUnconfirmed: 1 << 20, MaxUnconfirmedSum: 1 << 40,
	})
	return err
}

// openToken opens the wallet's token, made where it is missing. SoftHSM is led to it.
func openToken(ctx context.Context, dir string) (*secureunit.Unit, error) {
	tokens, err := virtualtoken.Make(dir)
	if err != nil {
		return nil, err
	}
	if err := tokens.Use(); err != nil {
		return nil, err
	}
	if _, err := tokens.Token(tokenName); err != nil && !errors.Is(err, secureunit.ErrTokenExists) {
		return nil, err
	}
	return secureunit.Open(ctx, tokens.Config(tokenName))
}

func (w *wallet) close() error {
	w.purse.Close()
	return errors.Join(w.store.Close(), w.unit.Close())
}

// card is the card's signer, whose key is made when it is first asked for.
func (w *wallet) card(ctx context.Context) (crypto.Signer, error) {
	if _, err := w.unit.EnsureKey(ctx, secureunit.Card); err != nil {
		return nil, err
	}
	signer, err := w.unit.Signer(secureunit.Card)
	return measured{signer, w.clock}, err
}

// measured is a signer whose time is taken.
type measured struct {
	crypto.Signer
	clock *stopwatch
}

func (m measured) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	defer m.clock.since("sign", time.Now())
	return m.Signer.Sign(random, digest, o)
}

// Certificate, Trust and Settlement implement purse.Identity.
func (w *wallet) Certificate() *protocol.Signed[protocol.Certificate] { return w.device.Certificate }

// Trust is as the realm's papers have it.
func (w *wallet) Trust() protocol.Trust { return w.device.Trust }

// Settlement is settlement's certificate.
func (w *wallet) Settlement() *protocol.Signed[protocol.Certificate] { return w.device.Settlement }

// token is the wallet's secure unit as its owner's PIN lies in it.
type token struct {
	*secureunit.Unit
	device virtualrealm.Device
}

func (t token) Signer() (crypto.Signer, error) { return t.device.Signer, nil }

func (t token) Store(ctx context.Context, label string, data []byte) error {
	return t.Unit.Store(ctx, label, data, true)
}

func (t token) Missing(err error) bool { return errors.Is(err, secureunit.ErrNotFound) }

// count is the purse's, in the token.
type count struct{ unit *secureunit.Unit }

func (c count) Highest() (uint64, error) {
	kept, err := c.unit.Load(labelCount)
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

func (c count) Raise(ctx context.Context, to uint64) error {
	return c.unit.Store(ctx, labelCount, binary.BigEndian.AppendUint64(nil, to), true)
}

// ownerOf puts the purse's questions to the person.
type ownerOf struct{ owner *trusted.Owner }

func (o ownerOf) Unlocked() bool { return o.owner.Unlocked() }

func (o ownerOf) Confirm(ctx context.Context, q purse.Question) (bool, error) {
	prompt := trusted.Prompt{Purpose: trusted.ToPay, Shop: q.Shop, Amount: q.Amount, Currency: q.Currency, Until: q.Until}
	var err error
	if q.About == purse.AboutTap {
		err = o.owner.Confirm(ctx, prompt)
	} else {
		err = o.owner.RequirePIN(ctx, prompt)
	}
	if errors.Is(err, trusted.ErrDeclined) {
		return false, nil
	}
	return err == nil, err
}

// obey follows an order that is not to end.
func (w *wallet) obey(o victim.Order, talk *victim.Talk) error {
	switch o.Do {
	case "owner": // agrees, or does not
		var agrees bool
		if err := json.Unmarshal(o.With, &agrees); err != nil {
			return err
		}
		w.person.declines.Store(!agrees)
		talk.Say(victim.Word{Say: "owner"})
	case "times":
		talk.Answer("times", w.clock.take())
	default:
		return fmt.Errorf("no order %q", o.Do)
	}
	return nil
}
