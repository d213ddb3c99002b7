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
var ErrNotRunning = errors.New("the authority is not running with this data directory")

// Client talks to the running server.
type Client struct{ http *http.Client }

// NewClient returns a client for the server of a data directory.
func NewClient(data string) *Client {
	dialer := &net.Dialer{Timeout: 3 * time.Second}
	return &Client{&http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{
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

// NewCode has a code given out.
func (c *Client) NewCode(ctx context.Context, asked NewCode) (Code, error) {
	var code Code
	err := c.do(ctx, http.MethodPost, pathCodes, asked, &code)
	return code, err
}

// Revoke has a device revoked.
func (c *Client) Revoke(ctx context.Context, subject string) error {
	return c.do(ctx, http.MethodPost, pathRevocations, Revocation{subject}, &struct{}{})
}

// Devices lists every device.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	var devices []Device
	err := c.do(ctx, http.MethodGet, pathDevices, nil, &devices)
	return devices, err
}

func (c *Client) do(ctx context.Context, method, path string, asked, into any) error {
	body, err := json.Marshal(asked)
	if err != nil {
		return fmt.Errorf("ask the running authority: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://authority"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the running authority: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("ask the running authority: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("ask the running authority: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return problem.Decode(response.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("ask the running authority: read answer: %w", err)
	}
	return nil
}
