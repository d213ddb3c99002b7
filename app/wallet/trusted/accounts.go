package trusted

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/protocol"
)

const labelAccounts = "wallet accounts"

// Account is a registered account as the owner sees it.
type Account struct {
	// Index is what Pay takes.
	Index    int
	Kind     protocol.AccountKind
	Currency protocol.Currency
	// Ending is what may be shown of the number; see the function Ending.
	Ending string
}

// Ending is what may be shown of an account number: its last four characters, or
// the second half of a number that has fewer than eight.
func Ending(number protocol.Account) string {
	runes := []rune(number)
	return string(runes[len(runes)-min(4, len(runes)/2):])
}

// stored is an account InforCn in the secure unit.
type stored struct {
	Number   string               `json:"number"`
	Kind     protocol.AccountKind `json:"kind"`
	Currency protocol.Currency    `json:"currency"`
}

// Accounts lists the owner's accounts, in the order in which they were added.
func (a *Application) Accounts(context.Context) ([]Account, error) {
	all, err := a.load()
	if err != nil {
		return nil, err
	}
	accounts := make([]Account, len(all))
	for i, s := range all {
		accounts[i] = Account{Index: i, Kind: s.Kind, Currency: s.Currency, Ending: Ending(protocol.Account(s.Number))}
	}
	return accounts, nil
}

// Registration signs the message that registers an account to this wallet's key
// at settlement (claim 2 step F). With an empty activation it removes it.
func (a *Application) Registration(number protocol.Account, activation string) (*protocol.Signed[protocol.AccountChange], error) {
	change, err := protocol.NewAccountChange(number, activation, protocol.NewCode(), protocol.At(a.now()), a.identity.Certificate())
	if err != nil {
		return nil, err
	}
	signer, err := a.unit.Signer()
	if err != nil {
		return nil, err
	}
	return protocol.Sign(signer, change)
}

// Registered keeps an account after settlement has accepted its registration.
// An account that is there already is brought up to date.
func (a *Application) Registered(ctx context.Context, number protocol.Account, info protocol.AccountInfo) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, err := a.load()
	if err != nil {
		return err
	}
	kept := stored{Number: string(number), Kind: info.Kind, Currency: info.Currency}
	for i := range all {
		if all[i].Number == kept.Number {
			all[i] = kept
			return a.save(ctx, all)
		}
	}
	return a.save(ctx, append(all, kept))
}

// Removed forgets an account after settlement has removed its registration.
func (a *Application) Removed(ctx context.Context, number protocol.Account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, err := a.load()
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Number == string(number) {
			return a.save(ctx, slices.Delete(all, i, i+1))
		}
	}
	return ErrNoAccount
}

func (a *Application) load() ([]stored, error) {
	data, err := a.unit.Load(labelAccounts)
	switch {
	case a.unit.Missing(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("accounts: %w", err)
	}
	var all []stored
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return all, nil
}

func (a *Application) save(ctx context.Context, all []stored) error {
	data, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	return a.unit.Store(ctx, labelAccounts, data)
}
