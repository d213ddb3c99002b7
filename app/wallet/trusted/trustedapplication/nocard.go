package main

import (
	"context"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// noStore says that there can be no virtual card.
type noStore struct{}

func (noStore) Error() string { return "a virtual card needs a store" }

// Hint says what a person can do.
func (noStore) Hint() string { return "Name a directory for it with --data." }

// withoutCard is commands.Cards where the trusted application has no store.
type withoutCard struct{}

func (withoutCard) Purse(context.Context) (*purse.Purse, error) { return nil, noStore{} }
func (withoutCard) ApplyCard(context.Context, int) error        { return noStore{} }
func (withoutCard) LoadCard(context.Context, protocol.Amount, bool) error {
	return noStore{}
}
func (withoutCard) TransferCard(context.Context, protocol.CardNumber, protocol.Amount) error {
	return noStore{}
}
func (withoutCard) RefreshCard(context.Context) error                         { return noStore{} }
func (withoutCard) ArmCard(context.Context) error                             { return noStore{} }
func (withoutCard) TrustClock(context.Context) error                          { return noStore{} }
func (withoutCard) ShowCardNumber(context.Context) error                      { return noStore{} }
func (withoutCard) TapRefused(context.Context, string, iso7816.Status, error) {}
