package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/storepage"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// AddStoreUser lets somebody look at a merchant's page. A user who is there already
// gets the new password, is out of every log-in, and locked out no longer.
func (o *Operator) AddStoreUser(ctx context.Context, merchant, name string, password []byte) error {
	switch {
	case name == "" || len(name) > ledger.MaxUserName || !utf8.ValidString(name):
		return refuse(http.StatusBadRequest, problem.Malformed, fmt.Sprintf("a user's name has 1 to %d bytes", ledger.MaxUserName), "")
	case len(password) < storepage.LeastPassword || len(password) > storepage.MostPassword:
		return refuse(http.StatusBadRequest, problem.Malformed, fmt.Sprintf("a password has %d to %d bytes", storepage.LeastPassword, storepage.MostPassword),
			"Write it on the first line of the file.")
	}
	user := ledger.StoreUser{Merchant: ledger.MerchantAccount([]byte(merchant)), Name: name, Password: storepage.HashPassword(password), Added: protocol.At(o.Clock())}
	err := o.Ledger.Update(ctx, func(tx ledger.Tx) error { return tx.PutStoreUser(user) })
	if errors.Is(err, ledger.ErrNotFound) {
		return refuse(http.StatusNotFound, problem.NotFound, "no such merchant account", "See account list, or add it with merchant add.")
	}
	if err == nil {
		o.Log.InfoContext(ctx, "store user added", "merchant", merchant, "user", name)
	}
	return err
}

// RemoveStoreUser takes that back. Log-ins of the user end at once.
func (o *Operator) RemoveStoreUser(ctx context.Context, merchant, name string) error {
	err := o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		return tx.RemoveStoreUser(ledger.MerchantAccount([]byte(merchant)), name)
	})
	if errors.Is(err, ledger.ErrNotFound) {
		return refuse(http.StatusNotFound, problem.NotFound, "no such user of this merchant", "See store-user list.")
	}
	if err == nil {
		o.Log.InfoContext(ctx, "store user removed", "merchant", merchant, "user", name)
	}
	return err
}

// StoreUsers lists them, of one merchant or with an empty reference of all.
func (o *Operator) StoreUsers(ctx context.Context, merchant string) ([]ledger.StoreUser, error) {
	var all []ledger.StoreUser
	err := o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		all = nil
		return s.EachStoreUser(func(u ledger.StoreUser) error {
			if merchant == "" || u.Merchant.Number() == merchant {
				all = append(all, u)
			}
			return nil
		})
	})
	return all, err
}
