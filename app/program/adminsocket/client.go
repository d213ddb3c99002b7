package adminsocket

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
var ErrNotRunning = errors.New("it is not running with this data directory")

const (
	connectTime = 3 * time.Second
	maxAnswer   = 64 << 20
)

// Client asks the running server of a data directory. It is safe for concurrent
// use and holds no connection between questions.
type Client struct {
	server string
	http   *http.Client
}

// NewClient returns a client; server is the server's name in errors, such as
// "settlement", and within bounds an answer.
func NewClient(server, data string, within time.Duration) *Client {
	dialer := &net.Dialer{Timeout: connectTime}
	return &Client{server, &http.Client{Timeout: within, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, "unix", Path(data))
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
			}
			return conn, nil
		},
	}}}
}

// Ask sends a question to a path and reads the answer. Its error wraps
// [ErrNotRunning], or is a *problem.Problem that the server answered.
func Ask[Given any](ctx context.Context, c *Client, method, path string, asked any) (given Given, err error) {
	answer, status, err := c.ask(ctx, method, path, asked)
	if err != nil {
		return given, fmt.Errorf("ask the running %s: %w", c.server, err)
	}
	if status != http.StatusOK {
		return given, problem.Decode(status, answer)
	}
	if err := json.Unmarshal(answer, &given); err != nil {
		return given, fmt.Errorf("ask the running %s: read answer: %w", c.server, err)
	}
	return given, nil
}

func (c *Client) ask(ctx context.Context, method, path string, asked any) (answer []byte, status int, err error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, 0, err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+c.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return answer, response.StatusCode, err
}
