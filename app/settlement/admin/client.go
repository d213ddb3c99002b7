package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"countersign/protocol/problem"
)

// ErrNotRunning says that no server listens in the data directory.
var ErrNotRunning = errors.New("settlement is not running with this data directory")

// Client talks to the running server.
type Client struct{ http *http.Client }

// NewClient returns a client for the server of a data directory.
func NewClient(data string) *Client {
	dialer := &net.Dialer{Timeout: 3 * time.Second}
	return &Client{&http.Client{Timeout: 10 * time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, "unix", Socket(data))
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
			}
			return conn, nil
		},
	}}}
}

// AddMerchant adds a merchant account, or a terminal to one.
func (c *Client) AddMerchant(ctx context.Context, m Merchant) error {
	_, err := do[struct{}](ctx, c, http.MethodPost, pathMerchants, m)
	return err
}

// AddAccount adds a payer account and returns its activation code.
func (c *Client) AddAccount(ctx context.Context, a NewAccount) (Code, error) {
	return do[Code](ctx, c, http.MethodPost, pathAccounts, a)
}

// NewCode gives out another activation code for an account.
func (c *Client) NewCode(ctx context.Context, number string) (Code, error) {
	return do[Code](ctx, c, http.MethodPost, pathCodes, NewAccount{Number: number})
}

// Load brings money into an account.
func (c *Client) Load(ctx context.Context, l Load) (Balance, error) {
	return do[Balance](ctx, c, http.MethodPost, pathLoads, l)
}

// Unlock forgets a wallet's failed fingers.
func (c *Client) Unlock(ctx context.Context, subject string) (Unlocked, error) {
	return do[Unlocked](ctx, c, http.MethodPost, pathLocks, Wallet{subject})
}

// Accounts lists all accounts.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	return do[[]Account](ctx, c, http.MethodGet, pathAccounts, struct{}{})
}

// Proof has the ledger proved.
func (c *Client) Proof(ctx context.Context) (Proof, error) {
	return do[Proof](ctx, c, http.MethodGet, pathProof, struct{}{})
}

func do[Given any](ctx context.Context, c *Client, method, path string, asked any) (given Given, err error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return given, fmt.Errorf("ask the running settlement: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://settlement"+path, bytes.NewReader(body))
	if err != nil {
		return given, fmt.Errorf("ask the running settlement: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return given, fmt.Errorf("ask the running settlement: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return given, fmt.Errorf("ask the running settlement: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return given, problem.Decode(response.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, &given); err != nil {
		return given, fmt.Errorf("ask the running settlement: read answer: %w", err)
	}
	return given, nil
}
