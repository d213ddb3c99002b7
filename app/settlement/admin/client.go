package admin

import (
	"context"
	"io"
	"net/http"

	"countersign/app/program/adminsocket"
)

// Client asks the running server. Its methods return adminsocket.ErrNotRunning
// or what the server answered.
type Client struct{ socket *adminsocket.Client }

// NewClient returns a client for the server of a data directory.
func NewClient(data string) Client {
	return Client{adminsocket.NewClient("settlement", data, answerWithin)}
}

// AddMerchant adds a merchant account, or a terminal to one.
func (c Client) AddMerchant(ctx context.Context, m Merchant) error {
	_, err := adminsocket.Ask[struct{}](ctx, c.socket, http.MethodPost, pathMerchants, m)
	return err
}

// AddAccount adds a payer account and returns its activation code.
func (c Client) AddAccount(ctx context.Context, a NewAccount) (Code, error) {
	return adminsocket.Ask[Code](ctx, c.socket, http.MethodPost, pathAccounts, a)
}

// NewCode gives out another activation code for an account.
func (c Client) NewCode(ctx context.Context, number string) (Code, error) {
	return adminsocket.Ask[Code](ctx, c.socket, http.MethodPost, pathCodes, NewAccount{Number: number})
}

// Load brings money into a payer's account.
func (c Client) Load(ctx context.Context, m MoneyOrder) (Balance, error) {
	return c.move(ctx, pathLoads, m)
}

// Payout gives a merchant its money.
func (c Client) Payout(ctx context.Context, m MoneyOrder) (Balance, error) {
	return c.move(ctx, pathPayouts, m)
}

// Cleared books what the acquirer paid out.
func (c Client) Cleared(ctx context.Context, m MoneyOrder) (Balance, error) {
	return c.move(ctx, pathClearings, m)
}

func (c Client) move(ctx context.Context, path string, m MoneyOrder) (Balance, error) {
	return adminsocket.Ask[Balance](ctx, c.socket, http.MethodPost, path, m)
}

// Accounts lists all accounts.
func (c Client) Accounts(ctx context.Context) ([]Account, error) {
	return adminsocket.Ask[[]Account](ctx, c.socket, http.MethodGet, pathAccounts, struct{}{})
}

// Proof has the ledger proved.
func (c Client) Proof(ctx context.Context) (Proof, error) {
	return adminsocket.Ask[Proof](ctx, c.socket, http.MethodGet, pathProof, struct{}{})
}

// Backup writes a backup of the ledger, as it is at one moment, while the server goes
// on: see ledger.Backup.
func (c Client) Backup(ctx context.Context, to io.Writer) error {
	return adminsocket.Stream(ctx, c.socket, pathBackup, to)
}
