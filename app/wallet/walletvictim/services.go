package main

import (
	"context"
	"errors"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/protocol"
)

// This file completes commands.Services. The card's commands are the production code's,
// with one more thing: whoever orders this wallet about wants a load that has no answer
// yet to be sent now, not by and by.

// RefreshCard sends what has no answer yet, and asks how the card stands.
func (w *wallet) RefreshCard(ctx context.Context) error { return w.SendWaiting(ctx) }

// errNotHere is what the commands of a sale by scan end with.
var errNotHere = errors.New("this wallet only taps")

// Describe says what the trusted application has.
func (w *wallet) Describe(context.Context) (commands.Description, error) {
	return commands.Description{Screen: true, PIN: true, Enrolled: true, Subject: w.device.Subject, Expires: w.device.Claims.Expires.Time()}, nil
}

// Application is the sale by scan's.
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

var _ commands.Services = (*wallet)(nil)
