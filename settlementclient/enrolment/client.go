package enrolment

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// maxAnswer bounds what is read from the authority, bytes: a full revocation
// list is the largest.
const maxAnswer = 1 << 20

// client talks to one authority over connections that it opens anew: an
// enrolment takes few of them, and a renewed leaf or root is used at once.
type client struct {
	base *url.URL
	http *http.Client
}

func newClient(address string, config *tls.Config, o Options) (*client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("%w: %q is not an https address", ErrUnreachable, address)
	}
	return &client{base: base, http: &http.Client{
		Timeout: o.Answer,
		Transport: &http.Transport{
			DialContext: o.DialContext, TLSClientConfig: config, TLSHandshakeTimeout: o.Connect,
			DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10,
		},
		// The authority does not redirect; a redirect would carry the code away.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// get fetches a message.
func (c *client) get(ctx context.Context, path string) ([]byte, error) {
	return c.do(ctx, http.MethodGet, path, "", nil)
}

// post sends a message and returns the answer.
func (c *client) post(ctx context.Context, path, contentType string, body []byte) ([]byte, error) {
	return c.do(ctx, http.MethodPost, path, contentType, body)
}

func (c *client) do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base.String(), "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask authority: %w", err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask authority: %w", reason(err))
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("ask authority: %w", reason(err))
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("ask authority: %w: more than %d bytes", ErrAnswer, maxAnswer)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask authority: %w", refusal(problem.Decode(response.StatusCode, answer)))
	}
	return answer, nil
}

// reason sorts why there is no answer.
func reason(err error) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.Is(err, ErrWrongAuthority), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("%w: %w", ErrClock, err)
	case errors.As(err, &invalid), errors.As(err, &unknown), errors.As(err, &host):
		return fmt.Errorf("%w: %w", ErrWrongAuthority, err)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// refusal sorts what the authority said no to. The problem stays in the chain.
func refusal(p *problem.Problem) error {
	kind := ErrRefused
	switch p.Code {
	case problem.CodeUsed:
		kind = ErrCodeUsed
	case problem.CodeUnknown:
		kind = ErrCodeUnknown
	case problem.Proof:
		kind = ErrProof
	case problem.Revoked:
		kind = ErrRevoked
	case problem.Busy:
		kind = ErrBusy
	}
	return fmt.Errorf("%w: %w", kind, p)
}

// challenge fetches and verifies a challenge.
func (c *client) challenge(ctx context.Context, authority protocol.Key, r protocol.ChallengeRequest) (protocol.Challenge, error) {
	body, err := protocol.EncodeChallengeRequest(r)
	if err != nil {
		return protocol.Challenge{}, fmt.Errorf("ask for a challenge: %w", err)
	}
	answer, err := c.post(ctx, protocol.PathChallenges, protocol.ContentTypeCBOR, body)
	if err != nil {
		return protocol.Challenge{}, err
	}
	return verified[protocol.Challenge](answer, authority)
}

// verified decodes an answer that the authority's key has signed.
func verified[P protocol.Payload](answer []byte, by protocol.Key) (P, error) {
	var none P
	signed, err := protocol.Parse[P](answer)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	payload, err := signed.Verify(by)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrWrongAuthority, err)
	}
	return payload, nil
}

// checkClock fails with ErrClock when a statement just signed by the authority
// is far from our time.
func checkClock(issued protocol.Time, now time.Time) error {
	if skew := now.Sub(issued.Time()); skew > maxSkew+time.Minute || skew < -maxSkew {
		return fmt.Errorf("%w: here it is %s, there %s", ErrClock,
			now.UTC().Format(time.DateTime), issued.Time().Format(time.DateTime))
	}
	return nil
}
