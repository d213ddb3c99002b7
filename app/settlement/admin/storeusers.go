package admin

import (
	"context"
	"net/http"
	"time"

	"countersign/app/program/adminsocket"
	"countersign/app/settlement/operator"
)

const (
	pathStoreUsers        = "/store-users"
	pathStoreUsersList    = "/store-users/list"
	pathStoreUsersRemoved = "/store-users/removed"
)

// StoreUser is who may look at a merchant's page. The password goes in only.
type StoreUser struct {
	Merchant string `json:"merchant"`
	Name     string `json:"name"`
	Password string `json:"password,omitempty"`
	Added    string `json:"added,omitempty"`
	// Failures are the failed log-ins in a row.
	Failures int `json:"failures,omitempty"`
}

func handleStoreUsers(mux *http.ServeMux, o *operator.Operator) {
	adminsocket.Handle(mux, o.Log, "POST "+pathStoreUsers, func(ctx context.Context, u StoreUser) (struct{}, error) {
		return struct{}{}, o.AddStoreUser(ctx, u.Merchant, u.Name, []byte(u.Password))
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathStoreUsersRemoved, func(ctx context.Context, u StoreUser) (struct{}, error) {
		return struct{}{}, o.RemoveStoreUser(ctx, u.Merchant, u.Name)
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathStoreUsersList, func(ctx context.Context, of StoreUser) ([]StoreUser, error) {
		all, err := o.StoreUsers(ctx, of.Merchant)
		shown := make([]StoreUser, len(all))
		for n, u := range all {
			shown[n] = StoreUser{Merchant: u.Merchant.Number(), Name: u.Name, Added: u.Added.Time().UTC().Format(time.RFC3339), Failures: int(u.Failures)}
		}
		return shown, err
	})
}

// AddStoreUser lets somebody look at a merchant's page, or gives them a new password.
func (c Client) AddStoreUser(ctx context.Context, u StoreUser) error {
	_, err := adminsocket.Ask[struct{}](ctx, c.socket, http.MethodPost, pathStoreUsers, u)
	return err
}

// RemoveStoreUser takes that back.
func (c Client) RemoveStoreUser(ctx context.Context, u StoreUser) error {
	_, err := adminsocket.Ask[struct{}](ctx, c.socket, http.MethodPost, pathStoreUsersRemoved, u)
	return err
}

// StoreUsers lists a merchant's, or with an empty reference all.
func (c Client) StoreUsers(ctx context.Context, merchant string) ([]StoreUser, error) {
	return adminsocket.Ask[[]StoreUser](ctx, c.socket, http.MethodPost, pathStoreUsersList, StoreUser{Merchant: merchant})
}
