package main

import (
	"context"
	"crypto"
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
	"countersign/app/wallet/trusted/cardservice"
	"countersign/app/wallet/trusted/purse"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient"
)

// tokenName is the wallet's token's.
const tokenName = "wallet"

// wallet is what the trusted application holds: the card is the production code's.
type wallet struct {
	*cardservice.Service
	account protocol.Account
	device  virtualrealm.Device
	client  *settlementclient.Client
	person  *person
	clock   *stopwatch
	log     *slog.Logger

	unit  *secureunit.Unit
	owner *trusted.Owner

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
	w.Service = cardservice.New(cardservice.Options{
		Data: data, Unit: w.unit, Owner: w.owner, Identity: w, Clock: time.Now, Log: w.log,
		Wallet:     func(context.Context) (crypto.Signer, error) { return w.device.Signer, nil },
		Account:    func(int) (protocol.Account, protocol.Currency, error) { return w.account, virtualrealm.Currency, nil },
		Settlement: func() (cardservice.Settlement, error) { return w.client, nil },
		Purse: func(o *purse.Options) {
			key := o.Card
			o.Card = func(ctx context.Context) (crypto.Signer, error) {
				signer, err := key(ctx)
				return measured{signer, w.clock}, err
			}
			o.FailPoint = func(point string) {
				switch point { // what is between them is the transaction
				case "purse.deduct.before":
					w.written = time.Now()
				case "purse.deduct.written":
					w.clock.since("fsync", w.written)
				}
				hit(point)
			}
			// The taps here are many, and their owner's patience is not what is tried.
			o.MaxUnconfirmed, o.MaxUnconfirmedSum = 1<<20, 1<<40
		},
	})
	_, err = w.Purse(ctx)
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
	return errors.Join(w.Service.Close(), w.unit.Close())
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
