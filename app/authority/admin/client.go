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
	return Client{adminsocket.NewClient("authority", data, answerWithin)}
}

// NewCode has a code given out.
func (c Client) NewCode(ctx context.Context, asked NewCode) (Code, error) {
	return adminsocket.Ask[Code](ctx, c.socket, http.MethodPost, pathCodes, asked)
}

// Revoke has a device revoked.
func (c Client) Revoke(ctx context.Context, subject string) error {
	_, err := adminsocket.Ask[struct{}](ctx, c.socket, http.MethodPost, pathRevocations, Revocation{subject})
	return err
}

// Devices lists every device.
func (c Client) Devices(ctx context.Context) ([]Device, error) {
	return adminsocket.Ask[[]Device](ctx, c.socket, http.MethodGet, pathDevices, struct{}{})
}

// Erase has the template of a wallet's owner erased.
func (c Client) Erase(ctx context.Context, asked NewErasure) ([]Erasure, error) {
	return adminsocket.Ask[[]Erasure](ctx, c.socket, http.MethodPost, pathErasures, asked)
}

// Erasures lists every erasure.
func (c Client) Erasures(ctx context.Context) ([]Erasure, error) {
	return adminsocket.Ask[[]Erasure](ctx, c.socket, http.MethodGet, pathErasures, struct{}{})
}

// Backup writes a backup of the registry, as it is at one moment, while the server goes
// on.
func (c Client) Backup(ctx context.Context, to io.Writer) error {
	return adminsocket.Stream(ctx, c.socket, pathBackup, to)
}
