package main

import (
	"context"
	"errors"

	"countersign/app/program/virtualrealm"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/settlementclient"
)

// This file is step S1 with settlement, and the card's other commands. As in the
// trusted application itself the purse keeps what is asked before it is sent.

// Purse implements commands.Cards.
func (w *wallet) Purse(context.Context) (*purse.Purse, error) { return w.purse, nil }

// ApplyCard applies for the one card.
func (w *wallet) ApplyCard(ctx context.Context, _ int) error {
	asked, err := w.purse.Apply(ctx, w.account, virtualrealm.Currency)
	if err != nil {
		return err
	}
	answer, err := w.client.ApplyCard(ctx, asked)
	if err != nil {
		return errors.Join(err, w.refused(err, func() error { return w.purse.ApplicationRefused(ctx, asked.Unverified().Key) }))
	}
	_, err = w.purse.AcceptCard(ctx, answer.Signed)
	return err
}

// refused takes a request back that settlement has refused for good.
func (w *wallet) refused(err error, back func() error) error {
	if errors.Is(err, settlementclient.ErrRefused) {
		return back()
	}
	return nil
}

// LoadCard tops the card up.
func (w *wallet) LoadCard(ctx context.Context, amount protocol.Amount, waiting bool) error {
	asked, err := w.purse.BeginLoad(ctx, amount, waiting)
	if err != nil {
		return err
	}
	return w.load(ctx, asked)
}

func (w *wallet) load(ctx context.Context, asked *protocol.Signed[protocol.LoadRequest]) error {
	answer, err := w.client.Load(ctx, asked)
	if err != nil {
		return errors.Join(err, w.refused(err, func() error { return w.purse.LoadRefused(ctx, asked.Hash()) }))
	}
	_, err = w.purse.AcceptLoad(ctx, answer.Signed)
	return err
}

// RefreshCard sends a load that has no answer yet, and asks how the card stands.
func (w *wallet) RefreshCard(ctx context.Context) error {
	if asked := w.purse.PendingLoad(); asked != nil {
		if err := w.load(ctx, asked); err != nil {
			return err
		}
	}
	asked, err := w.purse.Question(ctx)
	if err != nil {
		return err
	}
	answer, err := w.client.CardState(ctx, asked)
	if err != nil {
		return err
	}
	_, err = w.purse.AcceptState(ctx, answer.Signed)
	return err
}

// ArmCard has the owner unlock the wallet and the card answer.
func (w *wallet) ArmCard(ctx context.Context) error {
	if err := w.owner.Unlock(ctx); err != nil {
		return err
	}
	return w.purse.Arm(ctx)
}

// TapRefused logs why a terminal's command was refused.
func (w *wallet) TapRefused(ctx context.Context, command string, status iso7816.Status, err error) {
	w.log.InfoContext(ctx, "tap refused", "command", command, "status", status.String(), "error", err.Error())
}

// errNotHere is what the commands of a sale by scan end with.
var errNotHere = errors.New("this wallet only taps")

// Describe says what the trusted application has.
func (w *wallet) Describe(context.Context) (commands.Description, error) {
	return commands.Description{Screen: true, PIN: true, Enrolled: true, Subject: w.device.Subject, Expires: w.device.Claims.Expires.Time()}, nil
}

// Application, Query, Enrol, Register, Unregister, Deposit, SetPIN, ShowCardNumber
// and TransferCard complete commands.Services.
func (w *wallet) Application() (*trusted.Application, error) { return nil, errNotHere }

// Owner is whose PIN it is.
func (w *wallet) Owner() *trusted.Owner { return w.owner }

// Query is of a sale by scan.
func (w *wallet) Query(context.Context, *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	return nil, errNotHere
}

// Enrol is done by the realm.
func (w *wallet) Enrol(context.Context, string, bool) (commands.Enrolled, error) {
	return commands.Enrolled{}, errNotHere
}

// Register is done by the world.
func (w *wallet) Register(context.Context, protocol.Account, string) (trusted.Account, int, error) {
	return trusted.Account{}, 0, errNotHere
}

// Unregister is not done here.
func (w *wallet) Unregister(context.Context, protocol.Account) error { return errNotHere }

// Deposit is not needed: the template is in the certificate.
func (w *wallet) Deposit(context.Context) error { return errNotHere }

// SetPIN is done at the start.
func (w *wallet) SetPIN(context.Context) error { return errNotHere }

// ShowCardNumber is not done here.
func (w *wallet) ShowCardNumber(context.Context) error { return errNotHere }

// TransferCard is not done here.
func (w *wallet) TransferCard(context.Context, protocol.CardNumber, protocol.Amount) error {
	return errNotHere
}

var _ commands.Services = (*wallet)(nil)
