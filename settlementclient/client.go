package settlementclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// An answer is bounded, bytes; the largest is a certificate, but for the list of
// blocked cards, which has 16 bytes for each of at most 16384.
const (
	maxAnswer = 64 << 10
	maxList   = 320 << 10
)

// limit is how long the answer to a message may be.
func (m message) limit() int {
	if m == messageBlocklist {
		return maxList
	}
	return maxAnswer
}

// Options are how a device talks to settlement.
type Options struct {
	// URL is settlement's address, "https://host:port".
	URL string
	// TLS authenticates both sides, such as a Maintainer's
	// ClientTLS(protocol.RoleSettlement) in package enrolment.
	TLS *tls.Config
	// Trust is the anchors and the newest revocation list.
	Trust func() protocol.Trust
	// Certificate is the device's own, as messages carry it.
	Certificate func() *protocol.Signed[protocol.Certificate]
	// Clock defaults to time.Now.
	Clock func() time.Time
	// Connect and Answer bound the time to connect, TLS included, and the time
	// from there to a whole answer; defaults 3 s and 10 s.
	Connect, Answer time.Duration
	// DialContext opens the connections that TLS goes through; nil is a
	// net.Dialer's. It is for a device without a network of its own.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// FailPoint, unless nil, is called with the name of each point that a message
	// passes, one of FailPoints. It is for crash tests, which end the process
	// there: it must not return late, and need not return at all.
	FailPoint func(name string)
}

// Client talks to one settlement server. It is safe for concurrent use.
type Client struct {
	o    Options
	base string
	http *http.Client

	mutex   sync.Mutex
	current *protocol.Signed[protocol.Certificate]
	fetched time.Time
	older   map[[8]byte]*protocol.Signed[protocol.Certificate]
}

// New returns a client. It connects when it is first used.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("settlement's address %q is not https://host:port", o.URL)
	}
	if o.TLS == nil || o.Trust == nil || o.Certificate == nil {
		return nil, errors.New("settlementclient: TLS, Trust and Certificate are needed")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Connect == 0 {
		o.Connect = 3 * time.Second
	}
	if o.Answer == 0 {
		o.Answer = 10 * time.Second
	}
	if o.DialContext == nil {
		o.DialContext = new(net.Dialer).DialContext
	}
	if o.FailPoint == nil {
		o.FailPoint = func(string) {}
	}
	return &Client{
		o: o, base: strings.TrimSuffix(base.String(), "/"), older: map[[8]byte]*protocol.Signed[protocol.Certificate]{},
		http: &http.Client{
			Transport: transport(o),
			// Settlement does not redirect; a redirect would carry the sale away.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// answer is what settlement said, not verified yet.
type answer struct {
	status int
	body   []byte
}

// do sends a message. Its error wraps ErrUnreachable if nothing was sent, else
// ErrUnknown; or, for settlement's own refusal, is a *problem.Problem.
func (c *Client) do(ctx context.Context, m message, method, path, contentType string, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Connect+c.o.Answer)
	defer cancel()
	w := &watch{before: func() { c.o.FailPoint(m.send()) }}
	request, err := http.NewRequestWithContext(w.trace(ctx), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if own := c.o.Certificate(); own != nil && method == http.MethodPost {
		request.Header.Set(protocol.CertificateHeader, base64.RawURLEncoding.EncodeToString(own.Bytes()))
	}
	a, err := c.exchange(request, m.limit())
	switch {
	case err == nil:
		c.o.FailPoint(m.answer())
		return a, nil
	case w.sent():
		return answer{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return answer{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// exchange reads a whole answer.
func (c *Client) exchange(request *http.Request, limit int) (a answer, err error) {
	response, err := c.http.Do(request)
	if err != nil {
		return a, err
	}
	defer func() {
		if closed := response.Body.Close(); err == nil {
			err = closed
		}
	}()
	a.status = response.StatusCode
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, int64(limit)+1)); err != nil {
		return a, fmt.Errorf("read settlement's answer: %w", err)
	}
	if len(a.body) > limit {
		return a, fmt.Errorf("settlement's answer is longer than %d bytes", limit)
	}
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); a.status >= 400 && (err != nil || kind != problem.ContentType) {
		// Not settlement's own words: something else answered for it.
		a.body = nil
	}
	return a, nil
}

// refusal sorts an answer that is no success.
func (a answer) refusal() error {
	if a.status < 400 {
		return fmt.Errorf("%w: HTTP status %d", ErrUnknown, a.status)
	}
	p := problem.Decode(a.status, a.body)
	switch p.Code {
	case problem.Malformed, problem.Unauthorised, problem.Revoked, problem.Stale, problem.Busy, problem.NotReady:
		return fmt.Errorf("%w: %w", ErrNotKept, p)
	case problem.NotFound:
		return fmt.Errorf("%w: %w", ErrNeverSeen, p)
	}
	return fmt.Errorf("%w: %w", ErrUnknown, p)
}
